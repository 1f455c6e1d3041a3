//! `POST /v1/confirmations/{id}/correct`: a new version of a sheet, judged again as of the arrival (CF-10).

mod again;
mod arrival;
mod bookings;
mod request;

use std::sync::Arc;

use api_spec::desk::{Confirmation, Correction};
use api_spec::problem::{Code, Problem};
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::sheets::{describe, find, refusal};
use crate::error::AppError;
use crate::facts::sheets::SheetBody;
use crate::facts::{Facts, Need};
use crate::rules::sheet::{Deal, SheetError, Signature};
use crate::state::App;
use crate::store::{Key, confirmations, disputes, run_tx};
use again::{Again, Version};
use arrival::Former;
use request::Request;

/// Opens a corrected version of a sheet; the old one stays as it was. The same body with the same id again is answered with the same version.
///
/// # Errors
/// `not-found`, `forbidden`, `stale`, `validation`, `id-taken`, `rule-refused`: CF-10 for a sheet that was corrected or made void by hand,
/// has a deal or a case, CF-3 for an arrival that cannot be, PR-3 when the customer is somebody else's meanwhile.
pub async fn correct_sheet(
    app: &App,
    actor: &Actor,
    id: Uuid,
    correction: &Correction,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<Confirmation, AppError> {
    let check_version = &check_version;
    run_tx(&app.db, "correct_sheet", async |mut tx| {
        let now = app.clock.now();
        let found = find(&mut tx, actor, id, &[Role::Desk, Role::SiteLead], now).await?;
        let project = found.project;
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let before = SheetBody::of(&found)?;
        let request = Request::read(&directory, &found, &before, correction)?;
        let former = Former::read(&mut tx, &found, &before).await?;
        let (key, old) = (Key { project, id: correction.id }, Key { project, id });
        let cases = disputes::about(&mut tx, project, id).await?;
        let settled = cases.iter().any(|case| case.state != "withdrawn");
        let mut need = Need::default();
        need.sheet(&found, &before);
        need.record(key);
        request.phones().for_each(|phone| need.phone(project, phone, ""));
        former.need_bookings(&mut tx, &mut need, &request.masks(&before)).await?;
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let row = facts.sheets.get(&old).cloned().ok_or(Code::NotFound)?;
        let body = SheetBody::of(&row)?;
        let visitors = request.visitors(&facts, &row, &body)?;
        let digest = request.digest(id, &facts, project);
        if let Some(known) = confirmations::lock(&mut tx, project, key.id).await? {
            return if known.request_digest == digest {
                describe(&directory, &known)
            } else {
                Err(Code::IdTaken.into())
            };
        }
        if facts.records.get(&key).is_some() {
            return Err(Code::IdTaken.into());
        }
        check_version(row.version.cast_unsigned())?;
        let zone = directory.zone(project);
        if body.deal.as_ref().is_some_and(Deal::stands) {
            return Err(refusal(SheetError::HasDeal, zone).into());
        }
        let in_case = |customer| facts.case_of(project, customer).is_some();
        if settled || body.customers(&row).any(|(id, ..)| in_case(id)) || visitors.iter().any(|v| in_case(v.customer)) {
            return Err(refusal(SheetError::InCase, zone).into());
        }
        let signature = Signature { by: actor.user, at: unit.now };
        let corrected = body.sheet.clone().correct(key.id, signature).map_err(|error| refusal(error, zone))?;
        let policy = directory.policy(project, unit.now);
        let again = Again {
            unit: &unit,
            directory: &directory,
            policy: &policy,
            visit: request.visit(key, &row, zone, former.entered_at(&row))?,
            old,
            former: &former,
            request: &request,
            by: actor.user,
        };
        let version = Version { row: row.clone(), body: body.clone(), digest };
        let made = again.open(&mut facts, version, &visitors)?;
        facts.put_sheet(&directory, row, &SheetBody { sheet: corrected, ..body }, None);
        facts.save(&mut tx, &unit).await?;
        describe(&directory, &made)
    })
    .await
}
