//! `POST /v1/confirmations/{id}/confirm`: the site lead signs, and the customer is protected (CF-5, PR-1).

use api_spec::desk::Confirmation;
use api_spec::problem::Problem;
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::first_lead::make_lead;
use super::sheets::{Act, Open, change_sheet, refusal};
use crate::error::AppError;
use crate::facts::Facts;
use crate::facts::sheets::{SHEET, SheetBody};
use crate::rules::protection::protected_until;
use crate::rules::replay::Decision;
use crate::rules::sheet::{self, ConfirmFacts, Signature};
use crate::state::App;
use crate::store::Key;
use crate::store::confirmations;
use crate::store::protections::Protection;

/// Puts the site lead's signature on a sheet that the consultant has signed. A holder without a lead on the customer gets one (CF-9).
///
/// # Errors
/// `not-found`, `forbidden`, `stale`, `rule-refused` (CF-5).
pub async fn confirm_sheet(
    app: &App,
    actor: &Actor,
    id: Uuid,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<Confirmation, AppError> {
    let act = Act { name: "confirm_sheet", id, roles: &[Role::SiteLead] };
    change_sheet(app, actor, &act, check_version, |facts, open| confirm(facts, open, actor.user)).await
}

fn confirm(facts: &mut Facts, open: Open<'_>, by: Uuid) -> Result<confirmations::Confirmation, AppError> {
    let Open { unit, directory, row, body } = open;
    let zone = directory.zone(row.project);
    let policy = directory.policy(row.project, unit.now);
    let signature = Signature { by, at: unit.now };
    let known = ConfirmFacts { zone, sheet: body.sheet.clone(), signature };
    let (sheet, ruling) = sheet::confirm(&known, &policy).map_err(|error| refusal(error, zone))?;
    let key = Key { project: row.project, id: row.id };
    let subject = Facts::about_sheet(key, SHEET, None, Some(body.ruling)).decided_by(by, None);
    let verdict = facts.rule(directory, &subject, &ruling, &Decision::SheetConfirmed(known));
    let until = protected_until(signature.at, zone, &policy);
    for (customer, name, phone_masked) in body.customers(&row) {
        let sheet = facts.standing_for(Key { project: row.project, id: customer }, "sheet").cloned();
        let Some(sheet) = sheet.filter(|each| each.source == row.id || customer == row.customer) else { continue };
        end_lead_of(facts, &sheet);
        if sheet.source == row.id && sheet.state == "reserved" && has_holder(&sheet) {
            let ruling = Some(verdict.ruling);
            let live =
                Protection { state: "live".to_owned(), from_at: signature.at, until_at: Some(until), ruling, ..sheet };
            facts.show_protection(&live, name, phone_masked);
            facts.protections.put(Key { project: live.project, id: live.id }, live);
        }
    }
    let body = SheetBody { sheet, ruling: verdict.ruling, reasons: ruling.reasons, ..body };
    make_lead(facts, directory, &row, &body);
    Ok(facts.put_sheet(directory, row, &body, Some(verdict)))
}

/// A signature ends the lead class of the customer; that of another holder only a settled case ends (PR).
fn end_lead_of(facts: &mut Facts, sheet: &Protection) {
    let own = |each: &&Protection| {
        each.customer == sheet.customer
            && (each.holder_user, each.holder_partner) == (sheet.holder_user, sheet.holder_partner)
    };
    let lead = facts.standing(sheet.project, "lead").find(own).map(|each| Key { project: each.project, id: each.id });
    if let Some(lead) = lead {
        facts.end_protection(lead, "signed");
    }
}

fn has_holder(sheet: &Protection) -> bool {
    sheet.holder_user.is_some() || sheet.holder_partner.is_some()
}
