//! Teams and their leads: deputies, training, the morning.

use api_spec::primitives::{ListFormat, Page, PageQuery};
use api_spec::teams::{Deputy, Morning, MorningQuery, PutDeputy, RecordTraining, Training};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Shared, SignedIn};
use super::extract::{Json, Path, Query};
use super::listed::{Asked, Listed, listed};
use crate::app::export::{self, OF_ONES_TEAMS, Whence};
use crate::app::list_morning::{list_morning, list_morning_people};
use crate::app::put_deputy::put_deputy;
use crate::app::record_training::record_training;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(morning)).routes(routes!(deputy)).routes(routes!(training))
}

/// The lead's morning: who is in, who is not, which posts are empty, what is open.
#[utoipa::path(get, path = "/v1/projects/{project}/morning", operation_id = "list_morning", tag = "logs",
    params(("project" = Uuid, Path, description = "The project."), MorningQuery, PageQuery),
    responses((status = 200, body = Morning)))]
async fn morning(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Query(query): Query<MorningQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Morning>, AppError> {
    auth.on_project(project)?;
    if matches!(page.format, None | Some(ListFormat::Json)) {
        return list_morning(&auth.app, &auth.actor, project, &query, &page).await.map(Listed::Page);
    }
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::morning(auth.actor.locale);
    let list = |Asked { app, actor, query, page }| async move {
        list_morning_people(&app, &actor, project, &query, &page).await
    };
    let day = query.day.unwrap_or_default();
    Ok(match listed(&auth, whence, (query, page), columns, list).await? {
        Listed::File(file) => Listed::File(file),
        Listed::Page(Page { items, next_cursor }) => Listed::Page(Morning {
            day,
            items,
            next_cursor,
            empty_posts: Vec::new(),
            open_requests: 0,
            open_reviews: 0,
        }),
    })
}

/// Names who stands in for the lead of a team, or nobody: the lead, the back office or an admin.
#[utoipa::path(put, path = "/v1/teams/{id}/deputy", operation_id = "put_deputy", tag = "logs",
    params(("id" = Uuid, Path, description = "The team.")), responses((status = 200, body = Deputy)))]
async fn deputy(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    Json(request): Json<PutDeputy>,
) -> Result<Json<Deputy>, AppError> {
    put_deputy(&auth.app, &auth.actor, id, &request).await.map(Json)
}

/// Records when somebody was trained (TR-1): the lead of their team, the back office of their project, an admin.
#[utoipa::path(post, path = "/v1/users/{id}/training", operation_id = "record_training", tag = "logs",
    params(("id" = Uuid, Path, description = "The user.")), responses((status = 200, body = Training)))]
async fn training(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    Json(request): Json<RecordTraining>,
) -> Result<Json<Training>, AppError> {
    record_training(&auth.app, &auth.actor, id, &request).await.map(Json)
}
