//! `POST /v1/confirmations/{id}/void`: somebody makes a sheet void (CF-6, CF-7).

use api_spec::desk::Confirmation;
use api_spec::locale::Text;
use api_spec::problem::Problem;
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::sheets::{Act, Open, change_sheet, refusal};
use crate::error::AppError;
use crate::facts::Facts;
use crate::facts::holding::split;
use crate::facts::sheets::{SHEET, SheetBody};
use crate::rules::replay::Decision;
use crate::rules::sheet::{self, Sheet, Signature, VoidFacts};
use crate::seal::mask::mask_numbers_in;
use crate::state::App;
use crate::store::Key;
use crate::store::confirmations::Confirmation as Row;
use crate::store::protections::Protection;

/// Longest reason, in characters.
const REASON_MAX: usize = 4_000;

/// Makes a sheet void that is not confirmed. The holder is told; the customer stays reserved for as long as a case may be opened.
///
/// # Errors
/// `not-found`, `forbidden`, `stale`, `validation`, `rule-refused` (CF-6, CF-7, CF-10).
pub async fn void_sheet(
    app: &App,
    actor: &Actor,
    id: Uuid,
    reason: &str,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<Confirmation, AppError> {
    if reason.chars().count() > REASON_MAX {
        let text = Text::new("must be at most 4000 characters", "最多 4000 个字符");
        return Err(Problem::invalid("/reason", text).into());
    }
    let act = Act { name: "void_sheet", id, roles: &[Role::SiteLead, Role::Consultant] };
    change_sheet(app, actor, &act, check_version, |facts, open| make_void(facts, open, actor.user, reason)).await
}

fn make_void(facts: &mut Facts, open: Open<'_>, by: Uuid, reason: &str) -> Result<Row, AppError> {
    let Open { unit, directory, row, body } = open;
    let policy = directory.policy(row.project, unit.now);
    let reason = mask_numbers_in(reason.trim(), directory.region(row.project)).into_owned();
    let signature = Signature { by, at: unit.now };
    let known = VoidFacts { sheet: body.sheet.clone(), signature, reason };
    let (sheet, ruling) =
        sheet::make_void(&known, &policy).map_err(|error| refusal(error, directory.zone(row.project)))?;
    let key = Key { project: row.project, id: row.id };
    let told = body.sheet.holder().or(body.sheet.candidate()).and_then(|holder| split(Some(holder)).0);
    let subject = Facts::about_sheet(key, SHEET, told, Some(body.ruling)).decided_by(by, Some(&known.reason));
    let verdict = facts.rule(directory, &subject, &ruling, &Decision::SheetVoided(known.clone()));
    if let Sheet::Void { manual: Some(manual) } = &sheet {
        end_reservations(facts, &row, &body, manual.reserved_until);
    }
    let body = SheetBody { sheet, ruling: verdict.ruling, reasons: ruling.reasons, ..body };
    Ok(facts.put_sheet(directory, row, &body, Some(verdict)))
}

/// The reservations of a void sheet stand until the time for a case is over.
fn end_reservations(facts: &mut Facts, row: &Row, body: &SheetBody, until: i64) {
    let customers: Vec<Uuid> = body.customers(row).map(|(customer, ..)| customer).collect();
    let of_sheet =
        |each: &&Protection| each.source == row.id && each.state == "reserved" && customers.contains(&each.customer);
    let reserved: Vec<Protection> = facts.standing(row.project, "sheet").filter(of_sheet).cloned().collect();
    for each in reserved {
        let ending = Protection { until_at: Some(until), ..each };
        facts.show_protection_again(&ending);
        facts.protections.put(Key { project: ending.project, id: ending.id }, ending);
    }
}
