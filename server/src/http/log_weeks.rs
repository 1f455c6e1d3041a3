//! What becomes of a team's logs when the day and the week are over.

use api_spec::locale::Text;
use api_spec::primitives::{ListFormat, Page, PageQuery};
use api_spec::problem::{Code, Problem};
use api_spec::weeks::{
    Evening, EveningPerson, EveningQuery, HandInWeek, Inspect, LogSample, LogVersions, SampledLog, WeekSheet,
};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Shared, SignedIn};
use super::extract::{Json, Path, Query};
use super::listed::{Asked, Listed, listed};
use crate::app::export::{self, OF_ONES_TEAMS, Whence};
use crate::app::hand_in_week::{hand_in_week, show_week};
use crate::app::log_samples::{inspect_log, show_sample};
use crate::app::log_versions::log_versions;
use crate::app::show_evening::show_evening;
use crate::error::AppError;
use crate::rules::week::Week;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(versions))
        .routes(routes!(evening))
        .routes(routes!(week))
        .routes(routes!(hand_in))
        .routes(routes!(sample))
        .routes(routes!(inspect))
}

/// # Errors
/// `bad-parameter`
fn week_of(text: &str) -> Result<Week, Problem> {
    let says = Text::new("must be a week like 2026-W47", "须为形如 2026-W47 的周次");
    text.parse().map_err(|_| Problem::new(Code::BadParameter).at("{week}", says))
}

/// Every version of a log's words, and what its lead said about them (WL-12).
#[utoipa::path(get, path = "/v1/daily-logs/{id}/versions", operation_id = "log_versions", tag = "logs",
    params(("id" = Uuid, Path, description = "The log.")),
    responses((status = 200, body = LogVersions)))]
async fn versions(auth: Auth<SignedIn>, Path(id): Path<Uuid>) -> Result<Json<LogVersions>, AppError> {
    log_versions(&auth.app, &auth.actor, id).await.map(Json)
}

/// The lead's evening: who was there, whose log waits and asks for a look, what the day came to (WL-6, WL-7).
#[utoipa::path(get, path = "/v1/projects/{project}/evening", operation_id = "show_evening", tag = "logs",
    params(("project" = Uuid, Path, description = "The project."), EveningQuery, PageQuery),
    responses((status = 200, body = Evening)))]
async fn evening(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Query(query): Query<EveningQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Evening>, AppError> {
    auth.on_project(project)?;
    if matches!(page.format, None | Some(ListFormat::Json)) {
        return show_evening(&auth.app, &auth.actor, project, &query, &page).await.map(Listed::Page);
    }
    let columns = export::evening(auth.actor.locale);
    let list = |Asked { app, actor, query, page }| async move {
        let Evening { items, next_cursor, .. } = show_evening(&app, &actor, project, &query, &page).await?;
        Ok(Page::<EveningPerson> { items, next_cursor })
    };
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    match listed(&auth, whence, (query, page), columns, list).await? {
        Listed::File(file) => Ok(Listed::File(file)),
        Listed::Page(_) => Err(Code::Internal.into()),
    }
}

/// A team's week: as it was handed in, and what changed since; before that as it stands (WL-9).
#[utoipa::path(get, path = "/v1/teams/{id}/weeks/{week}", operation_id = "show_week", tag = "logs",
    params(("id" = Uuid, Path, description = "The team."),
        ("week" = String, Path, description = "The week of ISO 8601, such as 2026-W47.")),
    responses((status = 200, body = WeekSheet)))]
async fn week(auth: Auth<SignedIn>, Path((id, week)): Path<(Uuid, String)>) -> Result<Json<WeekSheet>, AppError> {
    show_week(&auth.app, &auth.actor, id, week_of(&week)?).await.map(Json)
}

/// Compiles a team's logs of a week that is over and freezes them with their checksum (WL-9). Late is flagged.
#[utoipa::path(post, path = "/v1/teams/{id}/weeks/{week}/hand-in", operation_id = "hand_in_week", tag = "logs",
    params(("id" = Uuid, Path, description = "The team."),
        ("week" = String, Path, description = "The week of ISO 8601, such as 2026-W47.")),
    responses((status = 200, body = WeekSheet)))]
async fn hand_in(
    auth: Auth<SignedIn>,
    Path((id, week)): Path<(Uuid, String)>,
    Json(request): Json<HandInWeek>,
) -> Result<Json<WeekSheet>, AppError> {
    hand_in_week(&auth.app, &auth.actor, id, week_of(&week)?, &request).await.map(Json)
}

/// The logs of a week that are inspected (WL-8): a share of those handed in, drawn when the week is due in the order of the SHA-256 of
/// `project:week:log`.
#[utoipa::path(get, path = "/v1/projects/{project}/log-samples/{week}", operation_id = "show_log_sample", tag = "logs",
    params(("project" = Uuid, Path, description = "The project."),
        ("week" = String, Path, description = "The week of ISO 8601, such as 2026-W47."), PageQuery),
    responses((status = 200, body = LogSample)))]
async fn sample(
    auth: Auth<SignedIn>,
    Path((project, week)): Path<(Uuid, String)>,
    Query(page): Query<PageQuery>,
) -> Result<Json<LogSample>, AppError> {
    auth.on_project(project)?;
    show_sample(&auth.app, &auth.actor, project, week_of(&week)?, &page).await.map(Json)
}

/// Writes down what the inspection of a log found (WL-8). Audited.
#[utoipa::path(post, path = "/v1/projects/{project}/log-samples/{week}/{log}", operation_id = "inspect_log", tag = "logs",
    params(("project" = Uuid, Path, description = "The project."),
        ("week" = String, Path, description = "The week of ISO 8601, such as 2026-W47."),
        ("log" = Uuid, Path, description = "A log of the sample.")),
    responses((status = 200, body = SampledLog)))]
async fn inspect(
    auth: Auth<SignedIn>,
    Path((project, week, log)): Path<(Uuid, String, Uuid)>,
    Json(request): Json<Inspect>,
) -> Result<Json<SampledLog>, AppError> {
    auth.on_project(project)?;
    inspect_log(&auth.app, &auth.actor, (project, week_of(&week)?, log), &request).await.map(Json)
}
