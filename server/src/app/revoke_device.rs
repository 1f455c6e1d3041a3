//! `POST /v1/devices/{id}/revoke`: a phone is lost, given back or stolen.

use api_spec::devices::{Device, RevokeDevice};
use api_spec::locale::Text;
use api_spec::primitives::Person;
use api_spec::problem::{Code, Problem};
use serde_json::json;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::authenticate::STOLEN;
use super::list_devices::devices_of;
use super::supervision;
use crate::error::AppError;
use crate::seal::mask::mask_numbers_in;
use crate::seal::phone::Region;
use crate::state::App;
use crate::store::{devices, run_tx, tokens, users};

/// `devices.revocation` of a device that is merely not used any more.
const REVOKED: &str = "revoked";

/// Revokes a device for ever; again changes nothing. The logins of a stolen one go on, so that what it still pushes is
/// kept, parked, for the office to look at; those of any other end.
///
/// # Errors
/// `not-found`, also for devices of those the actor is not responsible for, `validation` without a reason.
pub async fn revoke_device(app: &App, actor: &Actor, id: Uuid, request: &RevokeDevice) -> Result<Device, AppError> {
    if request.reason.trim().is_empty() || request.reason.chars().count() > 4_000 {
        let message = Text::new("must be 1 to 4000 characters, not blank", "须为 1 至 4000 个字符，且不能为空白");
        return Err(Problem::invalid("/reason", message).into());
    }
    run_tx(&app.db, "revoke_device", async |mut tx| {
        let now = app.clock.now();
        let device = devices::lock(&mut tx, &[id]).await?.pop().filter(|device| device.org == actor.org);
        let user = device.ok_or(Code::NotFound)?.user;
        if user != actor.user {
            supervision::charge(&mut tx, actor, user, now).await.map_err(unseen)?;
        }
        let revocation = if request.stolen { STOLEN } else { REVOKED };
        let is_news = devices::revoke(&mut tx, actor.org, id, now, revocation).await?;
        if is_news {
            let reason = mask_numbers_in(&request.reason, Region::CN);
            let detail = json!({"stolen": request.stolen, "reason": reason});
            write_down(&mut tx, &app.random, (actor.org, actor.user), "revoke_device", id, &detail, now).await?;
        }
        if is_news && !request.stolen {
            tokens::revoke_device(&mut tx, actor.org, user, id, now).await?;
        }
        let name =
            users::by_ids(&mut tx, actor.org, &[user]).await?.pop().map(|user| user.name).ok_or(Code::NotFound)?;
        let all = devices_of(&mut tx, actor.org, Person { id: user, name }).await?;
        all.into_iter().find(|device| device.id == id).ok_or_else(|| Code::NotFound.into())
    })
    .await
}

/// Colleagues are known, their devices are not.
fn unseen(error: AppError) -> AppError {
    match error {
        AppError::Problem(problem) if problem.code == Code::Forbidden => Code::NotFound.into(),
        error => error,
    }
}
