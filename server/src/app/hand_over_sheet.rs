//! `POST /v1/confirmations/{id}/consultant`: somebody else receives the customer (CF-4).

use api_spec::desk::{Confirmation, HandOver};
use api_spec::problem::{Code, Problem};
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::reason::reason;
use super::rotation::active_consultants;
use super::sheets::{Act, Open, change_sheet, refusal};
use crate::error::AppError;
use crate::facts::Facts;
use crate::facts::sheets::{HAND_OVER, SheetBody};
use crate::rules::replay::Decision;
use crate::rules::sheet::{self, HandOverFacts};
use crate::state::App;
use crate::store::Key;
use crate::store::confirmations;

/// Hands a sheet over to another consultant; no turn of the rotation is used.
///
/// # Errors
/// `not-found`, `forbidden` for consultants who do not receive this customer, `stale`, `validation`, `rule-refused` (CF-4, CF-10).
pub async fn hand_over_sheet(
    app: &App,
    actor: &Actor,
    id: Uuid,
    request: &HandOver,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<Confirmation, AppError> {
    let act = Act { name: "hand_over_sheet", id, roles: &[Role::Consultant, Role::SiteLead] };
    change_sheet(app, actor, &act, check_version, |facts, open| {
        let leads_site = actor.on_project_as(&[Role::SiteLead], open.row.project, open.unit.now).is_ok();
        if open.row.consultant != Some(actor.user) && !leads_site {
            return Err(Code::Forbidden.into());
        }
        hand_over(facts, open, actor.user, request)
    })
    .await
}

fn hand_over(
    facts: &mut Facts,
    open: Open<'_>,
    by: Uuid,
    request: &HandOver,
) -> Result<confirmations::Confirmation, AppError> {
    let Open { unit, directory, row, body } = open;
    let known = HandOverFacts {
        sheet: body.sheet.clone(),
        from: row.consultant,
        to: request.to,
        active: active_consultants(directory, row.project, unit.now).contains(&request.to),
        by,
        reason: reason(&request.reason, directory.region(row.project))?,
    };
    let (sheet, ruling) = sheet::hand_over(&known).map_err(|error| refusal(error, directory.zone(row.project)))?;
    let key = Key { project: row.project, id: row.id };
    // the verdict stands: whose customer it is does not change with the one who receives
    let subject = Facts::about_sheet(key, HAND_OVER, None, None).decided_by(by, Some(&known.reason));
    facts.rule(directory, &subject, &ruling, &Decision::HandedOver(known.clone()));
    let row = confirmations::Confirmation { consultant: Some(request.to), ..row };
    Ok(facts.put_sheet(directory, row, &SheetBody { sheet, ..body }, None))
}
