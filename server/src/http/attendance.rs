//! Attendance: days, months, and what leads and the office add to them (AT, MC).

use api_spec::attendance::{
    AttendanceDay, AttendanceQuery, CloseMonth, EnteredCheck, ManualCheck, MonthClosed, MonthQuery, MonthSheet,
    NameDelegate, WitnessPost, WitnessedPost,
};
use api_spec::primitives::{ListFormat, Page, PageQuery};
use sync_core::people::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Permission, Shared, SignedIn};
use super::extract::{Json, Path, Query};
use super::listed::{Asked, Listed, listed};
use crate::app::close_month::close_month;
use crate::app::enter_check::enter_check;
use crate::app::export::{self, OF_ONES_TEAMS, Whence};
use crate::app::list_attendance::list_attendance;
use crate::app::list_month::{Month, list_month};
use crate::app::name_delegate::name_delegate;
use crate::app::witness_post::witness_post;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(attendance))
        .routes(routes!(month))
        .routes(routes!(close))
        .routes(routes!(enter))
        .routes(routes!(witness))
        .routes(routes!(delegate))
}

/// Who closes months.
#[derive(Debug)]
struct Office;

impl Permission for Office {
    const ROLES: &'static [Role] = &[Role::BackOffice];
}

/// What the day of everybody came to, or has come to so far: the teams one leads, all for the back office and the site lead, else oneself.
#[utoipa::path(get, path = "/v1/projects/{project}/attendance", operation_id = "list_attendance", tag = "attendance",
    params(("project" = Uuid, Path, description = "The project."), AttendanceQuery, PageQuery),
    responses((status = 200, body = AttendanceDay)))]
async fn attendance(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Query(query): Query<AttendanceQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<AttendanceDay>, AppError> {
    auth.on_project(project)?;
    if matches!(page.format, None | Some(ListFormat::Json)) {
        return list_attendance(&auth.app, &auth.actor, project, &query, &page).await.map(Listed::Page);
    }
    let list = |Asked { app, actor, query, page }| async move {
        let AttendanceDay { people, next_cursor, .. } = list_attendance(&app, &actor, project, &query, &page).await?;
        Ok(Page { items: people, next_cursor })
    };
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::attendance(auth.actor.locale);
    as_file(listed(&auth, whence, (query, page), columns, list).await?)
}

/// A month of attendance, person × day. A closed month is shown as it was frozen; what came later stands among the adjustments of the
/// month that was open then (MC-1).
#[utoipa::path(get, path = "/v1/projects/{project}/attendance/months/{month}", operation_id = "list_attendance_month",
    tag = "attendance",
    params(("project" = Uuid, Path, description = "The project."),
        ("month" = String, Path, description = "The month, such as 2026-11."), MonthQuery, PageQuery),
    responses((status = 200, body = MonthSheet)))]
async fn month(
    auth: Auth<SignedIn>,
    Path((project, month)): Path<(Uuid, String)>,
    Query(query): Query<MonthQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<MonthSheet>, AppError> {
    auth.on_project(project)?;
    let month = Month::read(&month)?;
    if matches!(page.format, None | Some(ListFormat::Json)) {
        return list_month(&auth.app, &auth.actor, (project, month), &query, &page).await.map(Listed::Page);
    }
    let list = |Asked { app, actor, query, page }| async move {
        let MonthSheet { people, next_cursor, .. } = list_month(&app, &actor, (project, month), &query, &page).await?;
        Ok(Page { items: people, next_cursor })
    };
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::months(auth.actor.locale, month.days().collect());
    as_file(listed(&auth, whence, (query, page), columns, list).await?)
}

/// Freezes the sheet of a month that is over, with its checksum (MC-1). Days in review need a reason. Closing a closed month changes
/// nothing and gives the same answer.
#[utoipa::path(post, path = "/v1/projects/{project}/attendance/months/{month}/close",
    operation_id = "close_attendance_month", tag = "attendance",
    params(("project" = Uuid, Path, description = "The project."),
        ("month" = String, Path, description = "The month, such as 2026-11.")),
    responses((status = 200, body = MonthClosed)))]
async fn close(
    auth: Auth<Office>,
    Path((project, month)): Path<(Uuid, String)>,
    Json(request): Json<CloseMonth>,
) -> Result<Json<MonthClosed>, AppError> {
    auth.on_project(project)?;
    close_month(&auth.app, &auth.actor, project, Month::read(&month)?, &request).await.map(Json)
}

/// Enters a check-in that a phone could not record, with reason and witness; both times are kept (AT-9). Asked again with the same id, it is
/// the same entry.
#[utoipa::path(post, path = "/v1/projects/{project}/attendance/manual", operation_id = "enter_check",
    tag = "attendance", params(("project" = Uuid, Path, description = "The project.")),
    responses((status = 200, body = EnteredCheck)))]
async fn enter(
    auth: Auth<Office>,
    Path(project): Path<Uuid>,
    Json(request): Json<ManualCheck>,
) -> Result<Json<EnteredCheck>, AppError> {
    auth.on_project(project)?;
    enter_check(&auth.app, &auth.actor, project, &request).await.map(Json)
}

/// Takes the attendance of a whole post: own check-ins are confirmed and give the time, for those without one the caller's moment counts
/// (AT-10). For the lead of a team, who stands in, and the named delegate.
#[utoipa::path(post, path = "/v1/projects/{project}/attendance/witness", operation_id = "witness_post",
    tag = "attendance", params(("project" = Uuid, Path, description = "The project.")),
    responses((status = 200, body = WitnessedPost)))]
async fn witness(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Json(request): Json<WitnessPost>,
) -> Result<Json<WitnessedPost>, AppError> {
    auth.on_project(project)?;
    witness_post(&auth.app, &auth.actor, project, &request).await.map(Json)
}

/// Names who takes attendance for the lead of a team, too (AT-8); for the lead, who stands in, and the back office.
#[utoipa::path(put, path = "/v1/teams/{team}/delegate", operation_id = "name_delegate", tag = "attendance",
    params(("team" = Uuid, Path, description = "The team.")), responses((status = 200, body = NameDelegate)))]
async fn delegate(
    auth: Auth<SignedIn>,
    Path(team): Path<Uuid>,
    Json(request): Json<NameDelegate>,
) -> Result<Json<NameDelegate>, AppError> {
    name_delegate(&auth.app, &auth.actor, team, request.user).await?;
    Ok(Json(request))
}

/// A file as the answer of a list whose pages are shaped otherwise.
fn as_file<T, P>(answer: Listed<Page<T>>) -> Result<Listed<P>, AppError> {
    match answer {
        Listed::File(file) => Ok(Listed::File(file)),
        Listed::Page(_) => Err(api_spec::problem::Code::Internal.into()),
    }
}
