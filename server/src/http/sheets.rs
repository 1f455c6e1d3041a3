//! What becomes of a sheet: signatures, a void by hand, hand-overs, deals and corrections.

use api_spec::desk::{Confirmation, Correction, HandOver, SheetDeal};
use api_spec::primitives::Reason;
use axum::http::StatusCode;
use sync_core::people::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Permission, Shared};
use super::extract::{Json, Path};
use super::version::{IfMatch, Versioned};
use crate::app::confirm_sheet::confirm_sheet;
use crate::app::correct_sheet::correct_sheet;
use crate::app::hand_over_sheet::hand_over_sheet;
use crate::app::record_deal::record_deal;
use crate::app::sign_sheet::sign_sheet;
use crate::app::void_sheet::void_sheet;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(sign))
        .routes(routes!(confirm))
        .routes(routes!(void))
        .routes(routes!(hand_over))
        .routes(routes!(deal))
        .routes(routes!(correct))
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

/// Who corrects a sheet.
#[derive(Debug)]
struct Corrector;

impl Permission for Corrector {
    const ROLES: &'static [Role] = &[Role::Desk, Role::SiteLead];
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

/// Somebody else receives the customer, for a reason: the consultant in charge or the site lead hands over. No turn is used.
#[utoipa::path(post, path = "/v1/confirmations/{id}/consultant", operation_id = "hand_over_sheet", tag = "desk",
    params(("id" = Uuid, Path, description = "The sheet.")),
    responses((status = 200, body = Confirmation)))]
async fn hand_over(
    auth: Auth<Signatory>,
    Path(id): Path<Uuid>,
    seen: IfMatch,
    Json(request): Json<HandOver>,
) -> Result<Versioned<Json<Confirmation>>, AppError> {
    let sheet = hand_over_sheet(&auth.app, &auth.actor, id, &request, |current| seen.check(current)).await?;
    Ok(Versioned(sheet.version, Json(sheet)))
}

/// The customer buys, which makes the protection permanent, or cancels, which gives the rest of its period back.
#[utoipa::path(post, path = "/v1/confirmations/{id}/deal", operation_id = "record_deal", tag = "desk",
    params(("id" = Uuid, Path, description = "The sheet.")),
    responses((status = 200, body = Confirmation)))]
async fn deal(
    auth: Auth<Signatory>,
    Path(id): Path<Uuid>,
    seen: IfMatch,
    Json(step): Json<SheetDeal>,
) -> Result<Versioned<Json<Confirmation>>, AppError> {
    let sheet = record_deal(&auth.app, &auth.actor, id, &step, |current| seen.check(current)).await?;
    Ok(Versioned(sheet.version, Json(sheet)))
}

/// Opens a corrected version of the sheet, judged again as of the arrival; the old one stays as it was. The same body again is answered
/// with the same version.
#[utoipa::path(post, path = "/v1/confirmations/{id}/correct", operation_id = "correct_sheet", tag = "desk",
    params(("id" = Uuid, Path, description = "The sheet.")),
    responses((status = 201, body = Confirmation)))]
async fn correct(
    auth: Auth<Corrector>,
    Path(id): Path<Uuid>,
    seen: IfMatch,
    Json(correction): Json<Correction>,
) -> Result<(StatusCode, Versioned<Json<Confirmation>>), AppError> {
    let sheet = correct_sheet(&auth.app, &auth.actor, id, &correction, |current| seen.check(current)).await?;
    Ok((StatusCode::CREATED, Versioned(sheet.version, Json(sheet))))
}
