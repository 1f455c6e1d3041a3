//! Why something was decided, what waits for a person, and what was recorded.

use api_spec::primitives::{Page, PageQuery};
use api_spec::records::{History, RecordQuery};
use api_spec::rulings::{Decision, Review, ReviewQuery, Ruling, RulingQuery};
use api_spec::sync::SyncRecord;
use serde_json::value::RawValue;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Shared, SignedIn};
use super::extract::{Json, Path, Query};
use super::listed::{Asked, Listed, listed};
use super::version::IfMatch;
use crate::app::decide_review::decide_review;
use crate::app::export::{self, OF_ONES_TEAMS, Whence};
use crate::app::list_records::list_records;
use crate::app::list_reviews::list_reviews;
use crate::app::list_rulings::list_rulings;
use crate::app::record_history::record_history;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(rulings))
        .routes(routes!(reviews))
        .routes(routes!(decide))
        .routes(routes!(records))
        .routes(routes!(history))
}

/// Every ruling about a record, a sheet or a protection, oldest first: in words and facts.
#[utoipa::path(get, path = "/v1/rulings", operation_id = "list_rulings", tag = "rulings", params(RulingQuery),
    responses((status = 200, body = Vec<Ruling>)))]
async fn rulings(auth: Auth<SignedIn>, Query(query): Query<RulingQuery>) -> Result<Json<Vec<Ruling>>, AppError> {
    list_rulings(&auth.app, &auth.actor, query.subject).await.map(Json)
}

/// What the rules left open for the caller to decide, oldest first.
#[utoipa::path(get, path = "/v1/reviews", operation_id = "list_reviews", tag = "rulings", params(ReviewQuery, PageQuery),
    responses((status = 200, body = Page<Review>)))]
async fn reviews(
    auth: Auth<SignedIn>,
    Query(query): Query<ReviewQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<Review>>, AppError> {
    let whence = Whence { project: query.project, roles: OF_ONES_TEAMS };
    let columns = export::reviews(auth.actor.locale);
    let list = |Asked { app, actor, query, page }| async move { list_reviews(&app, &actor, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}

/// Decides a review, with a reason. `If-Match` names the version of the subject that was looked at.
#[utoipa::path(post, path = "/v1/rulings/{id}/decide", operation_id = "decide_review", tag = "rulings",
    params(("id" = Uuid, Path, description = "The ruling that left it open."),
        ("If-Match" = String, Header, description = "The version that was looked at, such as \"3\".")),
    responses((status = 200, body = Ruling)))]
async fn decide(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Json(decision): Json<Decision>,
) -> Result<Json<Ruling>, AppError> {
    decide_review(&auth.app, &auth.actor, id, &decision, |current| if_match.require(current)).await.map(Json)
}

/// What was recorded on a project, as far as the caller may see it, the newest day first.
#[utoipa::path(get, path = "/v1/projects/{project}/records", operation_id = "list_records", tag = "office",
    params(("project" = Uuid, Path, description = "The project."), RecordQuery, PageQuery),
    responses((status = 200, body = Page<SyncRecord>)))]
async fn records(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Query(query): Query<RecordQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<Box<RawValue>>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::records(auth.actor.locale, &query.kind);
    let list =
        |Asked { app, actor, query, page }| async move { list_records(&app, &actor, project, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}

/// Every op about a record in server order, numbers masked, and every ruling.
#[utoipa::path(get, path = "/v1/records/{id}/history", operation_id = "record_history", tag = "office",
    params(("id" = Uuid, Path, description = "The record.")),
    responses((status = 200, body = History)))]
async fn history(auth: Auth<SignedIn>, Path(id): Path<Uuid>) -> Result<Json<History>, AppError> {
    record_history(&auth.app, &auth.actor, id).await.map(Json)
}
