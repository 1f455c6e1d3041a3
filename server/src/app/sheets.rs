//! Sheets as the desk is answered, and the way every change of one goes.

use std::sync::Arc;

use api_spec::desk::{
    Companion, Confirmation, DealStage as WireStage, MaskedVisitor, Route, SheetDeal, SheetReason, SheetState,
    SheetStatus,
};
use api_spec::messages;
use api_spec::primitives::{Holder, Instant};
use api_spec::problem::{Code, Problem};
use serde_json::json;
use sync_core::people::Role;
use sync_core::time::Answer;
use uuid::Uuid;

use super::actor::Actor;
use super::rotation::person;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::holding::split;
use crate::facts::sheets::{self, SheetBody};
use crate::facts::{Facts, Need, Unit};
use crate::rules::arrival::SheetVerdict;
use crate::rules::calendar::Zone;
use crate::rules::ruling::Reason;
use crate::rules::sheet::{DealStage, Phase, SheetError};
use crate::state::App;
use crate::store::{Key, Tx, confirmations, run_tx};

/// A sheet that somebody is about to change, with everything locked.
pub(super) struct Open<'a> {
    pub(super) unit: &'a Unit,
    pub(super) directory: &'a Directory,
    pub(super) row: confirmations::Confirmation,
    pub(super) body: SheetBody,
}

/// What somebody does to a sheet.
pub(super) struct Act<'a> {
    /// Names the transaction.
    pub(super) name: &'static str,
    /// The sheet.
    pub(super) id: Uuid,
    /// Who may, on the sheet's project.
    pub(super) roles: &'a [Role],
}

/// Who is shown sheets; others on the project do not learn that there is one.
const READERS: &[Role] = &[Role::Desk, Role::Consultant, Role::SiteLead, Role::BackOffice];

/// The sheet, for who has one of `roles` on its project.
///
/// # Errors
/// `not-found`, also for those who are shown no sheets there, `forbidden` for those who are shown it only.
pub(super) async fn find(
    tx: &mut Tx,
    actor: &Actor,
    id: Uuid,
    roles: &[Role],
    now: i64,
) -> Result<confirmations::Confirmation, AppError> {
    let found = confirmations::find(tx, &actor.projects_as(READERS, now), id).await?.ok_or(Code::NotFound)?;
    actor.on_project_as(roles, found.project, now)?;
    Ok(found)
}

/// Changes a sheet: finds it among the actor's projects, locks it with its customers, lets `change` decide, and stores what it answers.
/// `check_version` refuses a version other than the one the caller saw.
///
/// # Errors
/// `not-found`, `forbidden`, `stale`, and those of `change`.
pub(super) async fn change_sheet(
    app: &App,
    actor: &Actor,
    act: &Act<'_>,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
    change: impl Fn(&mut Facts, Open<'_>) -> Result<confirmations::Confirmation, AppError> + Sync,
) -> Result<Confirmation, AppError> {
    let (check_version, change) = (&check_version, &change);
    run_tx(&app.db, act.name, async |mut tx| {
        let now = app.clock.now();
        let found = find(&mut tx, actor, act.id, act.roles, now).await?;
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let mut need = Need::default();
        need.sheet(&found, &SheetBody::of(&found)?);
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let key = Key { project: found.project, id: found.id };
        let row = facts.sheets.get(&key).cloned().ok_or(Code::NotFound)?;
        check_version(row.version.cast_unsigned())?;
        let body = SheetBody::of(&row)?;
        let row = change(&mut facts, Open { unit: &unit, directory: &directory, row, body })?;
        facts.save(&mut tx, &unit).await?;
        describe(&directory, &row)
    })
    .await
}

/// What a sheet cannot do, with the rule that says so.
pub(super) fn refusal(error: SheetError, zone: Zone) -> Problem {
    let rule = error.rule().as_str();
    Problem::rule(rule, &messages::message(rule, Answer::No, &json!({ "case": error.case() }), &zone.tz()))
}

/// What a rule refuses.
pub(super) fn refused(reason: &Reason, zone: Zone) -> Problem {
    let rule = reason.rule.as_str();
    Problem::rule(rule, &messages::message(rule, reason.answer, &reason.facts, &zone.tz()))
}

/// A sheet as the desk sees it; numbers masked.
///
/// # Errors
/// [`AppError::Store`] when the stored sheet cannot be read.
pub(super) fn describe(directory: &Directory, row: &confirmations::Confirmation) -> Result<Confirmation, AppError> {
    let body = SheetBody::of(row)?;
    let zone = directory.zone(row.project);
    let holder = body.sheet.holder().map(|holder| {
        let (user, partner) = split(Some(holder));
        Holder { user, partner }
    });
    let companion = |each: &sheets::Companion| Companion {
        visitor: MaskedVisitor { name: each.name.clone(), phone_masked: each.phone_masked.clone() },
        status: status(each.verdict),
        reasons: reasons(&each.reasons, zone),
    };
    Ok(Confirmation {
        id: row.id,
        project: row.project,
        version: row.version.cast_unsigned(),
        state: match body.sheet.phase() {
            Phase::Open => SheetState::Open,
            Phase::Signed => SheetState::Signed,
            Phase::Confirmed => SheetState::Confirmed,
            Phase::Voided => SheetState::Voided,
            Phase::Corrected => SheetState::Corrected,
        },
        status: status(body.sheet.verdict()),
        reasons: reasons(&body.reasons, zone),
        ruling: body.ruling,
        route: match row.route.as_str() {
            "booked" => Route::Booked,
            "brought" => Route::Brought,
            _ => Route::WalkIn,
        },
        arrived_at: Instant(row.arrived_at),
        booking: row.booking,
        holder,
        consultant: row.consultant.map(|id| person(directory, id)),
        companions: body.companions.iter().map(companion).collect(),
        signed_at: row.signed_at.map(Instant),
        confirmed_at: row.confirmed_at.map(Instant),
        protected_until: protected_until(&body).map(Instant),
        late_entry: row.late_entry,
        deal: body.deal.map(|deal| SheetDeal { stage: stage(deal.stage), on: deal.on }),
        corrects: body.corrects,
        corrected_by: body.sheet.correction(),
        customer: MaskedVisitor { name: body.name, phone_masked: body.phone_masked },
    })
}

/// The end of the protection, as far as the sheet knows: none while a deal makes it permanent.
fn protected_until(body: &SheetBody) -> Option<i64> {
    match body.deal {
        Some(deal) => (!deal.stands()).then_some(deal.until),
        None => body.sheet.protected_until(),
    }
}

fn stage(stage: DealStage) -> WireStage {
    match stage {
        DealStage::Subscribed => WireStage::Subscribed,
        DealStage::Signed => WireStage::Signed,
        DealStage::Cancelled => WireStage::Cancelled,
    }
}

fn status(verdict: SheetVerdict) -> SheetStatus {
    match verdict {
        SheetVerdict::Valid => SheetStatus::Valid,
        SheetVerdict::Void => SheetStatus::Void,
        SheetVerdict::Review => SheetStatus::Review,
        SheetVerdict::WalkIn => SheetStatus::WalkIn,
    }
}

fn reasons(reasons: &[Reason], zone: Zone) -> Vec<SheetReason> {
    let shown = |reason: &Reason| SheetReason {
        rule: reason.rule.as_str().to_owned(),
        answer: reason.answer,
        message: messages::message(reason.rule.as_str(), reason.answer, &reason.facts, &zone.tz()).both(),
        until: reason.until().map(Instant),
    };
    reasons.iter().map(shown).collect()
}
