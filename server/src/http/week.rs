//! The back office's week.

use api_spec::office_week::{OfficeWeek, OfficeWeekQuery};
use api_spec::primitives::{Page, PageQuery};
use sync_core::people::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Permission, Shared};
use super::extract::{Path, Query};
use super::listed::{Asked, Listed, listed};
use crate::app::export::{self, OF_THE_PROJECT, Whence};
use crate::app::show_office_week::show_office_week;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(week))
}

/// Who looks at a whole project's week.
#[derive(Debug)]
struct Office;

impl Permission for Office {
    const ROLES: &'static [Role] = OF_THE_PROJECT;
}

/// What a week came to: attendance, daily logs and what waits for somebody, of the whole project and then of each team.
#[utoipa::path(get, path = "/v1/projects/{project}/week", operation_id = "show_office_week", tag = "office",
    params(("project" = Uuid, Path, description = "The project."), OfficeWeekQuery, PageQuery),
    responses((status = 200, body = Page<OfficeWeek>)))]
async fn week(
    auth: Auth<Office>,
    Path(project): Path<Uuid>,
    Query(query): Query<OfficeWeekQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<OfficeWeek>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_THE_PROJECT };
    let columns = export::office_week(auth.actor.locale);
    let list =
        |Asked { app, actor, query, page }| async move { show_office_week(&app, &actor, project, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}
