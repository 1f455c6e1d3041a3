//! Phones, and help with accounts.

use api_spec::auth::{OneTimeCode, Session};
use api_spec::customers::{CloseUser, ClosedUser};
use api_spec::devices::{Device, ForkedDevice, RevokeDevice};
use api_spec::primitives::Page;
use axum::http::StatusCode;
use serde::Deserialize;
use sync_core::people::Role;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Anyone, Auth, Permission, Shared, SignedIn};
use super::extract::{Json, Path, Query};
use crate::app::close_user::close_user;
use crate::app::fork_device::fork_device;
use crate::app::issue_one_time_code::issue_one_time_code;
use crate::app::list_devices::list_devices;
use crate::app::revoke_device::revoke_device;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(devices, fork))
        .routes(routes!(revoke))
        .routes(routes!(one_time_code))
        .routes(routes!(close))
}

/// Goes on under a new device after `device-forked`. The refresh token is the credential; the login goes on with it.
#[utoipa::path(post, path = "/v1/devices", operation_id = "fork_device", tag = "identity", security(()),
    responses((status = 201, body = Session)))]
async fn fork(
    Anyone { app, locale }: Anyone,
    Json(fork): Json<ForkedDevice>,
) -> Result<(StatusCode, Json<Session>), AppError> {
    let session = fork_device(&app, &fork, locale).await?;
    Ok((StatusCode::CREATED, Json(session)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DevicesQuery {
    /// Whose; oneself without it.
    user: Option<Uuid>,
}

/// All devices a user ever had: one's own, or those of somebody one is responsible for.
#[utoipa::path(get, path = "/v1/devices", operation_id = "list_devices", tag = "identity", params(DevicesQuery),
    responses((status = 200, body = Page<Device>)))]
async fn devices(auth: Auth<SignedIn>, Query(query): Query<DevicesQuery>) -> Result<Json<Page<Device>>, AppError> {
    let user = query.user.unwrap_or(auth.actor.user);
    let items = list_devices(&auth.app, &auth.actor, user).await?;
    Ok(Json(Page { items, next_cursor: None }))
}

/// Revokes a device: one's own, or that of somebody one is responsible for.
#[utoipa::path(post, path = "/v1/devices/{id}/revoke", operation_id = "revoke_device", tag = "identity",
    params(("id" = Uuid, Path, description = "The device.")), responses((status = 200, body = Device)))]
async fn revoke(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    Json(request): Json<RevokeDevice>,
) -> Result<Json<Device>, AppError> {
    revoke_device(&auth.app, &auth.actor, id, &request).await.map(Json)
}

/// Makes a code that logs somebody in once: for the lead of their team, the back office of their project, an admin.
#[utoipa::path(post, path = "/v1/users/{id}/one-time-code", operation_id = "issue_one_time_code", tag = "identity",
    params(("id" = Uuid, Path, description = "The user.")), responses((status = 201, body = OneTimeCode)))]
async fn one_time_code(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<OneTimeCode>), AppError> {
    let code = issue_one_time_code(&auth.app, &auth.actor, id).await?;
    Ok((StatusCode::CREATED, Json(code)))
}

/// Who ends accounts.
#[derive(Debug)]
struct Admin;

impl Permission for Admin {
    const ROLES: &'static [Role] = &[Role::Admin];
}

/// Ends an account; a colleague may take over its leads and protections. What was recorded until then still counts.
#[utoipa::path(post, path = "/v1/users/{id}/close", operation_id = "close_user", tag = "identity",
    params(("id" = Uuid, Path, description = "The user.")), responses((status = 200, body = ClosedUser)))]
async fn close(
    auth: Auth<Admin>,
    Path(id): Path<Uuid>,
    Json(request): Json<CloseUser>,
) -> Result<Json<ClosedUser>, AppError> {
    close_user(&auth.app, &auth.actor, id, &request).await.map(Json)
}
