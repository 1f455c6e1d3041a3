//! What the parties do in a case: `…/statements`, `…/withdraw`, `…/appeal`; and `…/outside`, where the office records what became of it elsewhere.

use api_spec::disputes::Dispute;
use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use sync_core::op::Digest;
use uuid::Uuid;

use super::actor::Actor;
use super::disputes::{Open, describe, open, refusal, written};
use crate::error::AppError;
use crate::facts::disputes::{CaseBody, Role, Said, about_case};
use crate::rules::dispute::{self, Appeal, AppealFacts, CaseState, WithdrawFacts};
use crate::rules::party::Holder;
use crate::rules::replay::Decision;
use crate::state::App;
use crate::store::{Key, disputes, run_tx};

/// Photos and papers of one statement.
const ATTACHMENTS_MAX: usize = 9;

/// What somebody does.
#[derive(Debug, Clone, Copy)]
pub enum Act<'a> {
    /// A party says something.
    State(&'a str, &'a [Digest]),
    /// A claimant, or who appealed, withdraws.
    Withdraw,
    /// A party that lost appeals, with a reason.
    Appeal(&'a str),
    /// DS-7: the office records what an arbitration or a court said.
    Outside(&'a str),
}

impl Act<'_> {
    const fn name(self) -> &'static str {
        match self {
            Self::State(..) => "state_in_dispute",
            Self::Withdraw => "withdraw_dispute",
            Self::Appeal(_) => "appeal_dispute",
            Self::Outside(_) => "note_outside",
        }
    }
}

/// Does something in a case; `check_version` refuses a version other than the one the caller saw.
///
/// # Errors
/// `not-found` for those whom the case does not concern, `forbidden` for what others do, `wrong-state`, `validation`, `rule-refused` (DS-4),
/// `stale`.
pub async fn change_dispute(
    app: &App,
    actor: &Actor,
    id: Uuid,
    act: Act<'_>,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<Dispute, AppError> {
    let check_version = &check_version;
    run_tx(&app.db, act.name(), async |mut tx| {
        let mut opened = open(app, &mut tx, actor, id).await?;
        check_version(opened.row.version.cast_unsigned())?;
        let (row, body) = match act {
            Act::State(text, attachments) => state(&mut opened, actor.user, text, attachments)?,
            Act::Withdraw => withdraw(&mut opened, actor.user)?,
            Act::Appeal(reason) => appeal(&mut opened, actor.user, reason)?,
            Act::Outside(text) => note(&mut opened, actor.user, text)?,
        };
        opened.facts.save(&mut tx, &opened.unit).await?;
        let entries = disputes::entries(&mut tx, row.project, row.id).await?;
        Ok(describe(&opened.directory, &opened.reader, &row, &body, &entries, opened.unit.now))
    })
    .await
}

type Changed = Result<(disputes::Dispute, CaseBody), AppError>;

/// DS-1: statements may be added while somebody has to settle.
fn state(opened: &mut Open, by: Uuid, text: &str, attachments: &[Digest]) -> Changed {
    let Open { directory, facts, row, body, reader, .. } = opened;
    let holder = reader.party()?;
    if !body.case.is_pending() {
        return Err(Problem::wrong_state(row.state.as_str()).into());
    }
    let text = written(text, "/text", directory, row.project)?;
    if attachments.len() > ATTACHMENTS_MAX {
        let message = Text::new("must be up to 9 digests", "不得超过 9 个附件");
        return Err(Problem::invalid("/attachments", message).into());
    }
    let said = Said { act: "statement", author: Some(by), holder: Some(holder), text: &text, attachments };
    Ok((facts.put_case(row.clone(), body, said, None), body.clone()))
}

fn withdraw(opened: &mut Open, by: Uuid) -> Changed {
    let Open { unit, directory, facts, row, body, reader } = opened;
    let claims = |holder| {
        body.parties.iter().any(|party| party.holder == holder && party.role == Role::Claimant && !party.withdrawn)
    };
    reader.party()?;
    let appellant = match &body.case {
        dispute::Case::Appealed { appeal, .. } => Some(appeal.holder),
        _ => None,
    };
    let may = |holder: &&Holder| appellant.map_or_else(|| claims(**holder), |appellant| **holder == appellant);
    let holder = reader.parties.iter().find(may).copied().ok_or_else(|| Problem::wrong_state(row.state.as_str()))?;
    let others = body.parties.iter().filter(|party| party.holder != holder && party.role == Role::Claimant);
    let last = others.filter(|party| !party.withdrawn).count() == 0;
    let known = WithdrawFacts { case: body.case.clone(), holder, last, at: unit.now };
    let (case, ruling) = dispute::withdraw(&known).map_err(|error| refusal(directory, row.project, error))?;
    let key = Key { project: row.project, id: row.id };
    let subject = about_case(key, Some(body.ruling));
    let verdict = facts.rule(directory, &subject, &ruling, &Decision::CaseWithdrawn(known));
    let mut body = CaseBody { case, ruling: verdict.ruling, ..body.clone() };
    if appellant.is_none() {
        body.parties.iter_mut().filter(|party| party.holder == holder).for_each(|party| party.withdrawn = true);
    }
    let said = Said { act: "withdrawn", author: Some(by), holder: Some(holder), text: "", attachments: &[] };
    let row = facts.put_case(row.clone(), &body, said, Some(verdict));
    // what was kept from lapsing lapses now
    facts.lapse_protections();
    Ok((row, body))
}

fn appeal(opened: &mut Open, by: Uuid, reason: &str) -> Changed {
    let Open { unit, directory, facts, row, body, reader } = opened;
    let holder = reader.party()?;
    let lost = body.case.settlement().map(|settlement| settlement.holder);
    let holder = reader.parties.iter().copied().find(|party| lost != Some(Some(*party))).unwrap_or(holder);
    let reason = written(reason, "/reason", directory, row.project)?;
    let known = AppealFacts {
        zone: directory.zone(row.project),
        case: body.case.clone(),
        appeal: Appeal { holder, by, at: unit.now },
        reason: reason.clone(),
    };
    let policy = directory.policy(row.project, unit.now);
    let (case, ruling) = dispute::appeal(&known, &policy).map_err(|error| refusal(directory, row.project, error))?;
    let key = Key { project: row.project, id: row.id };
    let subject = about_case(key, Some(body.ruling));
    let verdict = facts.rule(directory, &subject, &ruling, &Decision::CaseAppealed(known));
    let mut body = CaseBody { case, ruling: verdict.ruling, ..body.clone() };
    body.parties
        .iter_mut()
        .filter(|party| party.holder == holder)
        .for_each(|party| party.speaker = party.speaker.or(Some(by)));
    let said = Said { act: "appealed", author: Some(by), holder: Some(holder), text: &reason, attachments: &[] };
    Ok((facts.put_case(row.clone(), &body, said, Some(verdict)), body))
}

/// DS-7: recorded only, once the house has decided.
fn note(opened: &mut Open, by: Uuid, note: &str) -> Changed {
    let Open { directory, facts, row, body, reader, .. } = opened;
    if !reader.office {
        return Err(Code::Forbidden.into());
    }
    if !matches!(body.case.state(), CaseState::Settled | CaseState::Final) {
        return Err(Problem::wrong_state(row.state.as_str()).into());
    }
    let note = written(note, "/note", directory, row.project)?;
    let body = CaseBody { outside: true, ..body.clone() };
    let said = Said { act: "outside", author: Some(by), holder: None, text: &note, attachments: &[] };
    Ok((facts.put_case(row.clone(), &body, said, None), body))
}
