//! `POST /v1/auth/logout`: a login and everything that descends from it ends.

use crate::error::AppError;
use crate::seal::refresh;
use crate::state::App;
use crate::store::{run_tx, tokens};

/// Revokes the family of a refresh token; a token that is not known any more has ended already.
///
/// # Errors
/// [`AppError::Store`]
pub async fn end_session(app: &App, refresh_token: &str) -> Result<(), AppError> {
    let Some(hash) = refresh::digest(refresh_token) else { return Ok(()) };
    run_tx(&app.db, "end_session", async |mut tx| {
        if let Some(token) = tokens::lock(&mut tx, &hash).await? {
            tokens::revoke_family(&mut tx, token.org, token.family, app.clock.now()).await?;
        }
        Ok(())
    })
    .await
}
