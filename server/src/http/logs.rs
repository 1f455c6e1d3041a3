//! Daily logs, as leads look at them.

use api_spec::logs::{ApproveLog, ApproveLogs, ApprovedLogs, DailyLog, LogList, LogQuery, MissingLog, MissingQuery};
use api_spec::primitives::{ListFormat, Page, PageQuery};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Shared, SignedIn};
use super::extract::{Json, Path, Query};
use super::listed::{Asked, Listed, listed};
use super::version::{IfMatch, Versioned};
use crate::app::export::{self, OF_ONES_TEAMS, Whence};
use crate::app::list_logs::{list_logs, list_missing};
use crate::app::review_log::{approve_logs, review_log};
use crate::error::AppError;
use crate::rules::daily_log::Reading;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(logs))
        .routes(routes!(missing))
        .routes(routes!(approve))
        .routes(routes!(send_back))
        .routes(routes!(reopen))
        .routes(routes!(approve_many))
}

/// Why a log goes back to its author.
#[derive(Debug, Deserialize, ToSchema)]
struct Reason {
    /// For the author, 1 to 4,000 characters.
    #[schema(min_length = 1, max_length = 4000)]
    reason: String,
}

/// The logs of a team's day, and who was present and has handed none in (WL-7).
#[utoipa::path(get, path = "/v1/daily-logs", operation_id = "list_logs", tag = "logs", params(LogQuery, PageQuery),
    responses((status = 200, body = LogList)))]
async fn logs(
    auth: Auth<SignedIn>,
    Query(query): Query<LogQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<LogList>, AppError> {
    if matches!(page.format, None | Some(ListFormat::Json)) {
        return list_logs(&auth.app, &auth.actor, &query, &page).await.map(Listed::Page);
    }
    let columns = export::daily_logs(auth.actor.locale);
    let list = |Asked { app, actor, query, page }| async move {
        let LogList { items, next_cursor, .. } = list_logs(&app, &actor, &query, &page).await?;
        Ok(Page { items, next_cursor })
    };
    // the list is over teams, so the project is the one of the caller
    let whence = Whence { project: auth.actor.project, roles: OF_ONES_TEAMS };
    Ok(match listed(&auth, whence, (query, page), columns, list).await? {
        Listed::File(file) => Listed::File(file),
        Listed::Page(Page { items, next_cursor }) => Listed::Page(LogList { items, missing: Vec::new(), next_cursor }),
    })
}

/// Who was there on days that are over and handed no log in (WL-1).
#[utoipa::path(get, path = "/v1/daily-logs/missing", operation_id = "list_missing_logs", tag = "logs",
    params(MissingQuery, PageQuery), responses((status = 200, body = Page<MissingLog>)))]
async fn missing(
    auth: Auth<SignedIn>,
    Query(query): Query<MissingQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<MissingLog>>, AppError> {
    let whence = Whence { project: auth.actor.project, roles: OF_ONES_TEAMS };
    let columns = export::missing_logs(auth.actor.locale);
    let list = |Asked { app, actor, query, page }| async move { list_missing(&app, &actor, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}

/// Approves a log in the version that was seen, and freezes it (WL-6).
#[utoipa::path(post, path = "/v1/daily-logs/{id}/approve", operation_id = "approve_log", tag = "logs",
    params(("id" = Uuid, Path, description = "The log."),
        ("If-Match" = String, Header, description = "The version that was looked at, such as \"3\".")),
    responses((status = 200, body = DailyLog)))]
async fn approve(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Json(ApproveLog { comment }): Json<ApproveLog>,
) -> Result<Versioned<Json<DailyLog>>, AppError> {
    let reading = |version| Reading::Approve { version, comment: comment.clone(), among_many: false };
    read(&auth, id, if_match, reading).await
}

/// Sends a log back to its author, with the reason (WL-6).
#[utoipa::path(post, path = "/v1/daily-logs/{id}/return", operation_id = "return_log", tag = "logs",
    params(("id" = Uuid, Path, description = "The log."),
        ("If-Match" = String, Header, description = "The version that was looked at, such as \"3\".")),
    responses((status = 200, body = DailyLog)))]
async fn send_back(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Json(Reason { reason }): Json<Reason>,
) -> Result<Versioned<Json<DailyLog>>, AppError> {
    let reading = |version| Reading::Return { version, reason: reason.clone() };
    read(&auth, id, if_match, reading).await
}

/// Opens an approved log again (WL-6); it is with its author as if returned.
#[utoipa::path(post, path = "/v1/daily-logs/{id}/reopen", operation_id = "reopen_log", tag = "logs",
    params(("id" = Uuid, Path, description = "The log."),
        ("If-Match" = String, Header, description = "The version that was looked at, such as \"3\".")),
    responses((status = 200, body = DailyLog)))]
async fn reopen(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Json(Reason { reason }): Json<Reason>,
) -> Result<Versioned<Json<DailyLog>>, AppError> {
    read(&auth, id, if_match, |_| Reading::Reopen { reason: reason.clone() }).await
}

async fn read(
    auth: &Auth<SignedIn>,
    id: Uuid,
    if_match: IfMatch,
    reading: impl Fn(u64) -> Reading + Sync,
) -> Result<Versioned<Json<DailyLog>>, AppError> {
    let log = review_log(&auth.app, &auth.actor, id, |current| if_match.require(current), reading).await?;
    Ok(Versioned(log.version, Json(log)))
}

/// Approves many logs, each in the version that was seen; the answer says what became of each.
#[utoipa::path(post, path = "/v1/daily-logs/approve", operation_id = "approve_logs", tag = "logs",
    responses((status = 200, body = ApprovedLogs)))]
async fn approve_many(auth: Auth<SignedIn>, Json(request): Json<ApproveLogs>) -> Result<Json<ApprovedLogs>, AppError> {
    approve_logs(&auth.app, &auth.actor, &request).await.map(Json)
}
