//! Logins and what belongs to oneself.

use api_spec::auth::{Login, PasswordChange, Refresh, Session, Tokens, User};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Anyone, Auth, Newcomer, Shared};
use super::calling_from::CallingFrom;
use super::extract::Json;
use crate::app::change_password::change_password;
use crate::app::end_session::end_session;
use crate::app::log_in::log_in;
use crate::app::refresh_session::refresh_session;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
        .routes(routes!(me))
        .routes(routes!(set_password))
}

/// Logs in with a password or a one-time code, and registers the device.
#[utoipa::path(post, path = "/v1/auth/login", tag = "identity", security(()), responses((status = 200, body = Session)))]
async fn login(
    Anyone { app, locale }: Anyone,
    CallingFrom(address): CallingFrom,
    Json(login): Json<Login>,
) -> Result<Json<Session>, AppError> {
    log_in(&app, &login, address, locale).await.map(Json)
}

/// Exchanges a refresh token for the next pair of tokens.
///
/// Within 30 s after the first time, when that answer may have been lost, the same pair is answered again. Later the
/// token is taken for stolen, and every session of that login ends.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "identity", security(()), responses((status = 200, body = Tokens)))]
async fn refresh(Anyone { app, locale }: Anyone, Json(refresh): Json<Refresh>) -> Result<Json<Tokens>, AppError> {
    refresh_session(&app, refresh.refresh_token.reveal(), locale).await.map(Json)
}

/// Ends a login; a login that has ended already stays so.
#[utoipa::path(post, path = "/v1/auth/logout", tag = "identity", security(()), responses((status = 204)))]
async fn logout(Anyone { app, .. }: Anyone, Json(refresh): Json<Refresh>) -> Result<StatusCode, AppError> {
    end_session(&app, refresh.refresh_token.reveal()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who the access token speaks for.
#[utoipa::path(get, path = "/v1/me", tag = "identity", responses((status = 200, body = User)))]
async fn me(auth: Auth<Newcomer>) -> Json<User> {
    Json(auth.actor.describe())
}

/// Sets a new password; all other logins of the user end.
#[utoipa::path(post, path = "/v1/me/password", tag = "identity", responses((status = 204)))]
async fn set_password(
    auth: Auth<Newcomer>,
    CallingFrom(address): CallingFrom,
    Json(change): Json<PasswordChange>,
) -> Result<StatusCode, AppError> {
    change_password(&auth.app, &auth.actor, address, &change).await?;
    Ok(StatusCode::NO_CONTENT)
}
