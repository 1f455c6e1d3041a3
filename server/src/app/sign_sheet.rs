//! `POST /v1/confirmations/{id}/sign`: the receiving consultant signs (CF-5).

use api_spec::desk::Confirmation;
use api_spec::problem::Problem;
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::sheets::{Act, change_sheet, refusal};
use crate::error::AppError;
use crate::facts::sheets::SheetBody;
use crate::rules::sheet::Signature;
use crate::state::App;

/// Puts the consultant's signature on a valid sheet.
///
/// # Errors
/// `not-found`, `forbidden`, `stale`, `rule-refused` (CF-5).
pub async fn sign_sheet(
    app: &App,
    actor: &Actor,
    id: Uuid,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<Confirmation, AppError> {
    let act = Act { name: "sign_sheet", id, roles: &[Role::Consultant] };
    change_sheet(app, actor, &act, check_version, |facts, open| {
        let signature = Signature { by: actor.user, at: open.unit.now };
        let zone = open.directory.zone(open.row.project);
        let sheet = open.body.sheet.clone().sign(signature).map_err(|error| refusal(error, zone))?;
        let body = SheetBody { sheet, ..open.body };
        Ok(facts.put_sheet(open.directory, open.row, &body, None))
    })
    .await
}
