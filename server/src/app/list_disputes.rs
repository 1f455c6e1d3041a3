//! `GET /v1/disputes` and `GET /v1/disputes/{id}`: the office sees every case of its projects, a party its own.

use api_spec::disputes::{Dispute, DisputeProposal, DisputeQuery, ProposalLine};
use api_spec::messages;
use api_spec::primitives::{Holder, Page, PageQuery};
use api_spec::problem::Code;
use uuid::Uuid;

use super::actor::Actor;
use super::disputes::{Open, Reader, describe, open, own_holders, word};
use super::page::Wanted;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::disputes::CaseBody;
use crate::facts::holding::split;
use crate::rules::dispute::propose;
use crate::state::App;
use crate::store::disputes::{self, Filter};
use crate::store::run_tx;

/// A page of cases, by opening.
///
/// # Errors
/// `not-found` for projects outside the actor's scope, `bad-cursor`, `bad-parameter`.
pub async fn list_disputes(
    app: &App,
    actor: &Actor,
    query: &DisputeQuery,
    page: &PageQuery,
) -> Result<Page<Dispute>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    let scope = Scope::of(actor, &directory, now);
    let projects: Vec<Uuid> = match query.project {
        Some(project) if scope.projects.contains(&project) => vec![project],
        Some(_) => return Err(Code::NotFound.into()),
        None => scope.projects.clone(),
    };
    let offices: Vec<Uuid> = projects.iter().copied().filter(|project| scope.is_office(*project)).collect();
    let filter = Filter {
        projects: &projects,
        state: query.state.map(word),
        overdue_at: query.overdue.filter(|overdue| *overdue).map(|_| now),
        offices: &offices,
        holders: &own_holders(actor, &directory, &scope, now),
        after: wanted.after,
    };
    let rows = disputes::list(&mut db, &filter, wanted.rows()).await?;
    let (rows, next_cursor) = wanted.cut(rows, |row| (row.opened_at, row.id));
    let mut items = Vec::new();
    for row in &rows {
        let body = CaseBody::of(row)?;
        // a party's case of a project or a team that it has left meanwhile
        if let Ok(reader) = Reader::of(actor, &directory, row, &body, now) {
            items.push(describe(&directory, &reader, row, &body, &[], now));
        }
    }
    Ok(Page { items, next_cursor })
}

/// One case with everything said in it; for the office, with the ruling that the records propose.
///
/// # Errors
/// `not-found` for those whom the case does not concern.
pub async fn show_dispute(app: &App, actor: &Actor, id: Uuid) -> Result<Dispute, AppError> {
    run_tx(&app.db, "show_dispute", async |mut tx| {
        let opened = open(app, &mut tx, actor, id).await?;
        let Open { unit, directory, row, body, reader, .. } = &opened;
        let entries = disputes::entries(&mut tx, row.project, row.id).await?;
        let mut shown = describe(directory, reader, row, body, &entries, unit.now);
        if reader.office && body.case.is_pending() {
            shown.proposal = Some(proposal(&opened)?);
        }
        Ok(shown)
    })
    .await
}

/// DS-3: what follows from the records.
fn proposal(opened: &Open) -> Result<DisputeProposal, AppError> {
    let Open { unit, directory, facts, row, .. } = opened;
    let claims = facts.claims_on(directory, row.project, row.customer)?;
    let zone = directory.zone(row.project).tz();
    let proposal = propose(&claims, &directory.policy(row.project, unit.now));
    let wire = |holder| {
        let (user, partner) = split(Some(holder));
        Holder { user, partner }
    };
    let lines = proposal.lines.into_iter().map(|line| {
        let rule = line.reason.rule.as_str();
        ProposalLine {
            claim: line.claim,
            holder: wire(line.holder),
            rank: line.rank.as_str().to_owned(),
            rule: rule.to_owned(),
            answer: line.reason.answer,
            message: messages::message(rule, line.reason.answer, &line.reason.facts, &zone).both(),
        }
    });
    Ok(DisputeProposal { holder: proposal.holder.map(wire), lines: lines.collect() })
}
