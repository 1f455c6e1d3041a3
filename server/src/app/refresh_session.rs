//! `POST /v1/auth/refresh`: a refresh token becomes the next pair.

use api_spec::auth::Tokens;
use api_spec::locale::Locale;
use api_spec::problem::Code;

use super::authenticate::{Bearer, load_actor};
use super::session::{self, Exchanged};
use crate::error::AppError;
use crate::state::App;
use crate::store::run_tx;

/// Exchanges a refresh token. Within 30 s after the first time, when that answer may have been lost, the same
/// successor is answered again; later the token is in two hands, and the whole family is revoked.
///
/// # Errors
/// `refresh-invalid`, `refresh-reused`, `session-ended`, `account-ended`, `device-revoked`.
pub async fn refresh_session(app: &App, refresh_token: &str, locale: Locale) -> Result<Tokens, AppError> {
    let tokens = run_tx(&app.db, "refresh_session", async |mut tx| {
        let now = app.clock.now();
        let stored = session::lock_refresh_token(&mut tx, refresh_token, now).await?;
        let Exchanged::For(successor) = session::exchange(app, &mut tx, &stored, stored.device, now).await? else {
            return Ok(None);
        };
        let bearer = Bearer { org: stored.org, user: stored.user, device: stored.device, family: stored.family };
        let actor = load_actor(&mut tx, bearer, locale, now).await?;
        session::tokens(app, &actor, &successor, now).map(Some)
    });
    tokens.await?.ok_or_else(|| Code::RefreshReused.into())
}
