//! `POST /v1/disputes/{id}/settle`: the office decides whose customer it is (DS-4).

use std::collections::BTreeMap;

use api_spec::disputes::{Dispute, Settle};
use api_spec::locale::Text;
use api_spec::primitives;
use api_spec::problem::{Code, Problem};
use uuid::Uuid;

use super::actor::Actor;
use super::decide_sheet::{Decided, judge_companions_after};
use super::disputes::{Open, describe, open, refusal, written};
use crate::error::AppError;
use crate::facts::disputes::{CaseBody, Said, about_case};
use crate::facts::settling::Carried;
use crate::facts::sheets::{Companion, SheetBody};
use crate::rules::arrival::SheetVerdict;
use crate::rules::dispute::{self, SettleFacts, Settlement, Share};
use crate::rules::party::Holder;
use crate::rules::replay::Decision;
use crate::rules::review::Capacity;
use crate::state::App;
use crate::store::{Key, Tx, disputes, run_tx};

/// Settles a case for a party or for the site, with everything that follows. `check_version` refuses a version other than the one the caller
/// saw.
///
/// # Errors
/// `not-found` for those whom the case does not concern, `forbidden` for others than the office and for own claims, `stale`,
/// `precondition-required`, `wrong-state`, `validation`, `rule-refused` (DS-4).
pub async fn settle_dispute(
    app: &App,
    actor: &Actor,
    id: Uuid,
    request: &Settle,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<Dispute, AppError> {
    let check_version = &check_version;
    run_tx(&app.db, "settle_dispute", async |mut tx| {
        let mut opened = open(app, &mut tx, actor, id).await?;
        if !opened.reader.office {
            return Err(Code::Forbidden.into());
        }
        check_version(opened.row.version.cast_unsigned())?;
        let (row, body) = settle(&mut tx, &mut opened, actor.user, request).await?;
        opened.facts.save(&mut tx, &opened.unit).await?;
        let entries = disputes::entries(&mut tx, row.project, row.id).await?;
        Ok(describe(&opened.directory, &opened.reader, &row, &body, &entries, opened.unit.now))
    })
    .await
}

async fn settle(
    tx: &mut Tx,
    opened: &mut Open,
    by: Uuid,
    request: &Settle,
) -> Result<(disputes::Dispute, CaseBody), AppError> {
    let Open { unit, directory, facts, row, body, .. } = opened;
    let (project, customer) = (row.project, row.customer);
    let known = SettleFacts {
        zone: directory.zone(project),
        case: body.case.clone(),
        parties: body.holders().collect(),
        speakers: body.speakers(),
        claims: facts.claims_on(directory, project, customer)?,
        by,
        at: unit.now,
        holder: request.holder.map(|of| holder(of, "/holder")).transpose()?,
        split: shares(request)?,
        reason: written(&request.reason, "/reason", directory, project)?,
    };
    let policy = directory.policy(project, unit.now);
    let (case, ruling) = dispute::settle(&known, &policy).map_err(|error| refusal(directory, project, error))?;
    let key = Key { project, id: row.id };
    let subject = about_case(key, Some(body.ruling)).decided_by(by, Some(&known.reason));
    let verdict = facts.rule(directory, &subject, &ruling, &Decision::CaseSettled(known.clone()));
    let body = CaseBody { case, ruling: verdict.ruling, ..body.clone() };
    let companions = match body.case.settlement() {
        Some(settlement) => companions(tx, opened, settlement).await?,
        None => BTreeMap::new(),
    };
    let Open { directory, facts, row, .. } = opened;
    if let Some(settlement) = body.case.settlement() {
        facts.carry_out(&Carried {
            directory,
            policy: &policy,
            row,
            shown: (&body.customer_name, &body.phone_masked),
            settlement,
            ruling: verdict.ruling,
            companions: &companions,
        })?;
    }
    let said = Said { act: "settled", author: Some(by), holder: None, text: &known.reason, attachments: &[] };
    let row = facts.put_case(row.clone(), &body, said, Some(verdict));
    Ok((row, body))
}

/// BK-10: those whose verdict waited for that of the sheet are judged again.
async fn companions(
    tx: &mut Tx,
    opened: &mut Open,
    settlement: &Settlement,
) -> Result<BTreeMap<Uuid, Vec<Companion>>, AppError> {
    let Open { unit, facts, row, .. } = opened;
    let of_customer = facts.sheets.values().filter(|sheet| sheet.customer == row.customer && sheet.state == "review");
    let sheets: Vec<_> = of_customer.cloned().collect();
    let mut companions = BTreeMap::new();
    for sheet in sheets {
        let body = SheetBody::of(&sheet)?;
        let main = if settlement.holder.is_some() { SheetVerdict::Valid } else { SheetVerdict::Void };
        let decided = Decided {
            by: settlement.by,
            capacity: Capacity::BackOffice,
            outcome: main.as_str(),
            reason: &settlement.reason,
        };
        let judged = judge_companions_after(tx, unit, facts, (&sheet, &body), &decided, settlement.holder).await?;
        companions.insert(sheet.id, judged);
    }
    Ok(companions)
}

fn shares(request: &Settle) -> Result<Vec<Share>, Problem> {
    let share = |(place, share): (usize, &api_spec::disputes::Share)| {
        let holder = holder(share.holder, &format!("/split/{place}"))?;
        Ok(Share { holder, percent: share.percent })
    };
    request.split.iter().enumerate().map(share).collect()
}

/// A person or a company, just one of both.
fn holder(of: primitives::Holder, pointer: &str) -> Result<Holder, Problem> {
    match (of.user, of.partner) {
        (Some(user), None) => Ok(Holder::User(user)),
        (None, Some(partner)) => Ok(Holder::Partner(partner)),
        _ => Err(Problem::invalid(pointer, Text::new("name a user or a partner", "须指明人员或渠道公司之一"))),
    }
}
