//! `POST /v1/confirmations/{id}/deal`: the customer buys, or cancels (CF-8).

use api_spec::desk::{Confirmation, DealStage as WireStage, SheetDeal};
use api_spec::problem::Problem;
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::sheets::{Act, Open, change_sheet, refusal, refused};
use crate::error::AppError;
use crate::facts::Facts;
use crate::facts::sheets::{SHEET, SheetBody};
use crate::rules::replay::Decision;
use crate::rules::sheet::{self, Deal, DealFacts, DealStage, Sheet, SheetError};
use crate::state::App;
use crate::store::Key;
use crate::store::confirmations;
use crate::store::protections::Protection;

/// Takes a step of a deal. The protection is permanent while the deal stands; the rest of its period returns when it is cancelled.
/// The step the deal has come to already changes nothing.
///
/// # Errors
/// `not-found`, `forbidden`, `stale`, `rule-refused` (CF-8, CF-10, PR-3, PR-4).
pub async fn record_deal(
    app: &App,
    actor: &Actor,
    id: Uuid,
    step: &SheetDeal,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<Confirmation, AppError> {
    let act = Act { name: "record_deal", id, roles: &[Role::Consultant, Role::SiteLead] };
    change_sheet(app, actor, &act, check_version, |facts, open| take(facts, open, actor.user, *step)).await
}

fn take(facts: &mut Facts, open: Open<'_>, by: Uuid, step: SheetDeal) -> Result<confirmations::Confirmation, AppError> {
    let Open { unit, directory, row, body } = open;
    let zone = directory.zone(row.project);
    let stage = match step.stage {
        WireStage::Subscribed => DealStage::Subscribed,
        WireStage::Signed => DealStage::Signed,
        WireStage::Cancelled => DealStage::Cancelled,
    };
    if body.deal.is_some_and(|deal| (deal.stage, deal.on) == (stage, step.on)) {
        return Ok(row);
    }
    if matches!(body.sheet, Sheet::Corrected { .. }) {
        return Err(refusal(SheetError::Corrected, zone).into());
    }
    let standing = facts.standing_for(Key { project: row.project, id: row.customer }, "sheet").cloned();
    let known = DealFacts {
        zone,
        sheet: body.sheet.clone(),
        arrived_on: zone.day_of(row.arrived_at),
        deal: body.deal,
        protection: facts.sheet_protection(row.project, row.customer),
        own: standing.as_ref().is_some_and(|each| is_of_holder(facts, &row, each)),
        stage,
        on: step.on,
        at: unit.now,
    };
    let policy = directory.policy(row.project, unit.now);
    let (deal, ruling) = sheet::deal(&known, &policy).map_err(|error| refused(&error.reason(), zone))?;
    let key = Key { project: row.project, id: row.id };
    let subject = Facts::about_sheet(key, SHEET, None, Some(body.ruling)).decided_by(by, None);
    let verdict = facts.rule(directory, &subject, &ruling, &Decision::Deal(known.clone()));
    if let Some(standing) = standing.filter(|_| known.own) {
        let changed = protection_of(&deal, standing, verdict.ruling);
        facts.show_protection(&changed, &body.name, &body.phone_masked);
        facts.protections.put(Key { project: changed.project, id: changed.id }, changed);
    }
    let body = SheetBody { ruling: verdict.ruling, reasons: ruling.reasons, deal: Some(deal), ..body };
    Ok(facts.put_sheet(directory, row, &body, Some(verdict)))
}

/// Whether a protection is the one of the sheet's holder, also when it was transferred since to a colleague.
fn is_of_holder(facts: &Facts, row: &confirmations::Confirmation, protection: &Protection) -> bool {
    let holder = (row.holder_user, row.holder_partner);
    let of_source = facts.sheets.get(&Key { project: row.project, id: protection.source });
    (protection.holder_user, protection.holder_partner) == holder
        || of_source.is_some_and(|source| (source.holder_user, source.holder_partner) == holder)
}

fn protection_of(deal: &Deal, protection: Protection, ruling: Uuid) -> Protection {
    let (state, until_at) = if deal.stands() { ("deal", None) } else { ("live", Some(deal.until)) };
    Protection { state: state.to_owned(), until_at, ruling: Some(ruling), ..protection }
}
