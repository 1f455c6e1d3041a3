//! Spot checks (AT-11).

use api_spec::primitives::{Page, PageQuery};
use api_spec::spot_checks::{IssueSpotChecks, IssuedSpotChecks, SpotCheck, SpotCheckQuery};
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Shared, SignedIn};
use super::extract::{Json, Path, Query};
use super::listed::{Asked, Listed, listed};
use crate::app::export::{self, OF_ONES_TEAMS, Whence};
use crate::app::spot_checks::{issue_spot_checks, list_spot_checks};
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(checks, issue))
}

/// The spot checks of a day, by time of issue.
#[utoipa::path(get, path = "/v1/projects/{project}/spot-checks", operation_id = "list_spot_checks", tag = "logs",
    params(("project" = Uuid, Path, description = "The project."), SpotCheckQuery, PageQuery),
    responses((status = 200, body = Page<SpotCheck>)))]
async fn checks(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Query(query): Query<SpotCheckQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<SpotCheck>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::spot_checks(auth.actor.locale);
    let list =
        |Asked { app, actor, query, page }| async move { list_spot_checks(&app, &actor, project, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}

/// Asks people where they are. Each answers with a `spot` check-in within the policy's minutes of the exchange that delivers it.
#[utoipa::path(post, path = "/v1/projects/{project}/spot-checks", operation_id = "issue_spot_checks", tag = "logs",
    params(("project" = Uuid, Path, description = "The project.")),
    responses((status = 201, body = IssuedSpotChecks)))]
async fn issue(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Json(request): Json<IssueSpotChecks>,
) -> Result<(StatusCode, Json<IssuedSpotChecks>), AppError> {
    auth.on_project(project)?;
    let issued = issue_spot_checks(&auth.app, &auth.actor, project, &request).await?;
    Ok((StatusCode::CREATED, Json(issued)))
}
