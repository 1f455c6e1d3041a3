//! What becomes of a sheet: signatures, and a void by hand.

use api_spec::desk::Confirmation;
use api_spec::primitives::Reason;
use sync_core::people::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Permission, Shared};
use super::extract::{Json, Path};
use super::version::{IfMatch, Versioned};
use crate::app::confirm_sheet::confirm_sheet;
use crate::app::sign_sheet::sign_sheet;
use crate::app::void_sheet::void_sheet;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(sign)).routes(routes!(confirm)).routes(routes!(void))
}

/// Who signs first.
#[derive(Debug)]
struct Consultant;

impl Permission for Consultant {
    const ROLES: &'static [Role] = &[Role::Consultant];
}

/// Who signs second.
#[derive(Debug)]
struct SiteLead;

impl Permission for SiteLead {
    const ROLES: &'static [Role] = &[Role::SiteLead];
}

/// Who makes a sheet void.
#[derive(Debug)]
struct Signatory;

impl Permission for Signatory {
    const ROLES: &'static [Role] = &[Role::SiteLead, Role::Consultant];
}

/// The receiving consultant signs.
#[utoipa::path(post, path = "/v1/confirmations/{id}/sign", operation_id = "sign_sheet", tag = "desk",
    params(("id" = Uuid, Path, description = "The sheet.")),
    responses((status = 200, body = Confirmation)))]
async fn sign(
    auth: Auth<Consultant>,
    Path(id): Path<Uuid>,
    seen: IfMatch,
) -> Result<Versioned<Json<Confirmation>>, AppError> {
    let sheet = sign_sheet(&auth.app, &auth.actor, id, |current| seen.check(current)).await?;
    Ok(Versioned(sheet.version, Json(sheet)))
}

/// The site lead signs, and the customer is protected.
#[utoipa::path(post, path = "/v1/confirmations/{id}/confirm", operation_id = "confirm_sheet", tag = "desk",
    params(("id" = Uuid, Path, description = "The sheet.")),
    responses((status = 200, body = Confirmation)))]
async fn confirm(
    auth: Auth<SiteLead>,
    Path(id): Path<Uuid>,
    seen: IfMatch,
) -> Result<Versioned<Json<Confirmation>>, AppError> {
    let sheet = confirm_sheet(&auth.app, &auth.actor, id, |current| seen.check(current)).await?;
    Ok(Versioned(sheet.version, Json(sheet)))
}

/// Makes a sheet void, with a reason; the holder is told.
#[utoipa::path(post, path = "/v1/confirmations/{id}/void", operation_id = "void_sheet", tag = "desk",
    params(("id" = Uuid, Path, description = "The sheet.")),
    responses((status = 200, body = Confirmation)))]
async fn void(
    auth: Auth<Signatory>,
    Path(id): Path<Uuid>,
    seen: IfMatch,
    Json(request): Json<Reason>,
) -> Result<Versioned<Json<Confirmation>>, AppError> {
    let sheet = void_sheet(&auth.app, &auth.actor, id, &request.reason, |current| seen.check(current)).await?;
    Ok(Versioned(sheet.version, Json(sheet)))
}
