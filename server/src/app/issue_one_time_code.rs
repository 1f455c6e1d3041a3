//! `POST /v1/users/{id}/one-time-code`: the way back in for somebody who lost their password.

use api_spec::auth::OneTimeCode;
use api_spec::primitives::{Instant, Secret};
use api_spec::problem::{Code, Problem};
use serde_json::json;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::authenticate::ACTIVE;
use super::{one_time_code, supervision};
use crate::error::AppError;
use crate::state::App;
use crate::store::{run_tx, users};

/// Makes a code that logs the user in once, and forgets the one before. Only its hash is kept.
///
/// # Errors
/// `not-found` and `forbidden` for users the actor is not responsible for, `wrong-state` when the account has ended.
pub async fn issue_one_time_code(app: &App, actor: &Actor, user: Uuid) -> Result<OneTimeCode, AppError> {
    if user == actor.user {
        return Err(Code::Forbidden.into());
    }
    let charge = supervision::charge(&mut app.db.read().await?, actor, user, app.clock.now()).await?.user;
    if charge.status != ACTIVE {
        return Err(Problem::wrong_state(charge.status).into());
    }
    let code = one_time_code::generate(&app.random);
    let hash = app.passwords.hash(&code).await?;
    let expires_at = run_tx(&app.db, "issue_one_time_code", async |mut tx| {
        let now = app.clock.now();
        let expires_at = now.saturating_add(one_time_code::LIFE_MS);
        users::set_one_time_code(&mut tx, actor.org, user, Some((&hash, expires_at))).await?;
        let actor = (actor.org, actor.user);
        write_down(&mut tx, &app.random, actor, "issue_one_time_code", user, &json!({}), now).await?;
        Ok::<_, AppError>(expires_at)
    });
    let expires_at = Instant(expires_at.await?);
    Ok(OneTimeCode { code: Secret::new(code.as_str()), expires_at })
}
