//! The front desk: arrivals, the booking feed, the sheets of a day and the rotation.

use api_spec::desk::{
    Arrival, Booking, BookingQuery, Confirmation, ConfirmationQuery, Rotation as Turns, RotationSkip,
};
use api_spec::primitives::{Page, PageQuery};
use axum::http::StatusCode;
use sync_core::people::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Permission, Shared};
use super::extract::{Json, Path, Query};
use super::listed::{Asked, Listed, listed};
use super::version::Versioned;
use crate::app::export::{self, OF_THE_PROJECT, Whence};
use crate::app::list_bookings::list_bookings;
use crate::app::list_sheets::list_sheets;
use crate::app::open_sheet::open_sheet;
use crate::app::rotation::show_rotation;
use crate::app::skip_turn::skip_turn;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(arrive))
        .routes(routes!(bookings))
        .routes(routes!(sheets))
        .routes(routes!(rotation))
        .routes(routes!(skip))
}

/// CF-1: only the desk opens a sheet.
#[derive(Debug)]
struct Desk;

impl Permission for Desk {
    const ROLES: &'static [Role] = &[Role::Desk];
}

/// BK-2: who reads the booking feed of the project.
#[derive(Debug)]
struct BookingReader;

impl Permission for BookingReader {
    const ROLES: &'static [Role] = &[Role::Desk, Role::SiteLead, Role::TeamLead, Role::BackOffice];
}

/// Who reads sheets and the rotation.
#[derive(Debug)]
struct SheetReader;

impl Permission for SheetReader {
    const ROLES: &'static [Role] = &[Role::Desk, Role::Consultant, Role::SiteLead, Role::BackOffice];
}

/// Who passes consultants over.
#[derive(Debug)]
struct RotationKeeper;

impl Permission for RotationKeeper {
    const ROLES: &'static [Role] = &[Role::Desk, Role::SiteLead];
}

/// Opens the sheet of a customer who has arrived. The same body again is answered with the same sheet.
#[utoipa::path(post, path = "/v1/projects/{project}/arrivals", operation_id = "open_sheet", tag = "desk",
    params(("project" = Uuid, Path, description = "The project.")),
    responses((status = 201, body = Confirmation)))]
async fn arrive(
    auth: Auth<Desk>,
    Path(project): Path<Uuid>,
    Json(arrival): Json<Arrival>,
) -> Result<(StatusCode, Versioned<Json<Confirmation>>), AppError> {
    auth.on_project(project)?;
    let sheet = open_sheet(&auth.app, &auth.actor, project, &arrival).await?;
    Ok((StatusCode::CREATED, Versioned(sheet.version, Json(sheet))))
}

/// The bookings that may lie on a day, in server order.
#[utoipa::path(get, path = "/v1/projects/{project}/bookings", operation_id = "list_bookings", tag = "desk",
    params(("project" = Uuid, Path, description = "The project."), BookingQuery, PageQuery),
    responses((status = 200, body = Page<Booking>)))]
async fn bookings(
    auth: Auth<BookingReader>,
    Path(project): Path<Uuid>,
    Query(query): Query<BookingQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<Booking>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_THE_PROJECT };
    let columns = export::bookings(auth.actor.locale);
    let list =
        |Asked { app, actor, query, page }| async move { list_bookings(&app, &actor, project, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}

/// The sheets of a project, by arrival.
#[utoipa::path(get, path = "/v1/projects/{project}/confirmations", operation_id = "list_sheets", tag = "desk",
    params(("project" = Uuid, Path, description = "The project."), ConfirmationQuery, PageQuery),
    responses((status = 200, body = Page<Confirmation>)))]
async fn sheets(
    auth: Auth<SheetReader>,
    Path(project): Path<Uuid>,
    Query(query): Query<ConfirmationQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<Confirmation>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_THE_PROJECT };
    let columns = export::sheets(auth.actor.locale);
    let list =
        |Asked { app, actor, query, page }| async move { list_sheets(&app, &actor, project, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}

/// Whose turn it is to receive a customer.
#[utoipa::path(get, path = "/v1/projects/{project}/rotation", operation_id = "show_rotation", tag = "desk",
    params(("project" = Uuid, Path, description = "The project.")),
    responses((status = 200, body = Turns)))]
async fn rotation(auth: Auth<SheetReader>, Path(project): Path<Uuid>) -> Result<Json<Turns>, AppError> {
    auth.on_project(project)?;
    show_rotation(&auth.app, &auth.actor, project).await.map(Json)
}

/// Passes over the consultant whose turn it is, with a reason.
#[utoipa::path(post, path = "/v1/projects/{project}/rotation/skip", operation_id = "skip_turn", tag = "desk",
    params(("project" = Uuid, Path, description = "The project.")),
    responses((status = 200, body = Turns)))]
async fn skip(
    auth: Auth<RotationKeeper>,
    Path(project): Path<Uuid>,
    Json(request): Json<RotationSkip>,
) -> Result<Json<Turns>, AppError> {
    auth.on_project(project)?;
    skip_turn(&auth.app, &auth.actor, project, &request).await.map(Json)
}
