//! Who should be where: rosters, and the requests that change them.

use api_spec::primitives::{Page, PageQuery, Reason};
use api_spec::requests::AnsweredRequest;
use api_spec::rosters::{ProposeRoster, ProposedRoster, PutRoster, Roster, RosterEntry, RosterQuery, RosterTeam};
use chrono::NaiveDate;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Shared, SignedIn};
use super::extract::{Json, Path, Query};
use super::listed::{Asked, Listed, listed};
use super::version::{IfMatch, Versioned};
use crate::app::answer_request::answer_request;
use crate::app::export::{self, OF_ONES_TEAMS, Whence};
use crate::app::rosters::{list_rosters, propose_roster, put_roster, show_roster};
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(rosters))
        .routes(routes!(roster, put))
        .routes(routes!(propose))
        .routes(routes!(approve))
        .routes(routes!(decline))
}

/// What everybody does from one day to another: by day, team and name.
#[utoipa::path(get, path = "/v1/projects/{project}/rosters", operation_id = "list_rosters", tag = "logs",
    params(("project" = Uuid, Path, description = "The project."), RosterQuery, PageQuery),
    responses((status = 200, body = Page<RosterEntry>)))]
async fn rosters(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Query(query): Query<RosterQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<RosterEntry>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::rosters(auth.actor.locale);
    let list =
        |Asked { app, actor, query, page }| async move { list_rosters(&app, &actor, project, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}

/// The roster of a team's day.
#[utoipa::path(get, path = "/v1/projects/{project}/rosters/{day}", operation_id = "show_roster", tag = "logs",
    params(("project" = Uuid, Path, description = "The project."),
        ("day" = NaiveDate, Path, description = "The project's day."), RosterTeam),
    responses((status = 200, body = Roster)))]
async fn roster(
    auth: Auth<SignedIn>,
    Path((project, day)): Path<(Uuid, NaiveDate)>,
    Query(RosterTeam { team }): Query<RosterTeam>,
) -> Result<Versioned<Json<Roster>>, AppError> {
    auth.on_project(project)?;
    let roster = show_roster(&auth.app, &auth.actor, (project, day, team)).await?;
    Ok(Versioned(roster.version, Json(roster)))
}

/// Sets the whole roster of a team's day (AT-2, AT-3, AT-4).
#[utoipa::path(put, path = "/v1/projects/{project}/rosters/{day}", operation_id = "put_roster", tag = "logs",
    params(("project" = Uuid, Path, description = "The project."),
        ("day" = NaiveDate, Path, description = "The project's day."), RosterTeam,
        ("If-Match" = Option<String>, Header, description = "The version that was looked at, such as \"3\"; \"0\" for none.")),
    responses((status = 200, body = Roster)))]
async fn put(
    auth: Auth<SignedIn>,
    Path((project, day)): Path<(Uuid, NaiveDate)>,
    Query(RosterTeam { team }): Query<RosterTeam>,
    if_match: IfMatch,
    Json(request): Json<PutRoster>,
) -> Result<Versioned<Json<Roster>>, AppError> {
    auth.on_project(project)?;
    let check = |current| if_match.check(current);
    let roster = put_roster(&auth.app, &auth.actor, (project, day, team), &request, check).await?;
    Ok(Versioned(roster.version, Json(roster)))
}

/// Proposes days off that rotate fairly (AT-2); nothing is stored.
#[utoipa::path(post, path = "/v1/projects/{project}/rosters/propose", operation_id = "propose_roster", tag = "logs",
    params(("project" = Uuid, Path, description = "The project.")),
    responses((status = 200, body = ProposedRoster)))]
async fn propose(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Json(request): Json<ProposeRoster>,
) -> Result<Json<ProposedRoster>, AppError> {
    auth.on_project(project)?;
    propose_roster(&auth.app, &auth.actor, project, &request).await.map(Json)
}

/// Approves a request (AT-9, AT-14): by the lead of whoever asks, the deputy, or the back office.
#[utoipa::path(post, path = "/v1/requests/{id}/approve", operation_id = "approve_request", tag = "logs",
    params(("id" = Uuid, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The version that was looked at, such as \"1\".")),
    responses((status = 200, body = AnsweredRequest)))]
async fn approve(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
) -> Result<Versioned<Json<AnsweredRequest>>, AppError> {
    answer(&auth, id, None, if_match).await
}

/// Declines a request, with the reason, which reaches the phone of whoever asks.
#[utoipa::path(post, path = "/v1/requests/{id}/decline", operation_id = "decline_request", tag = "logs",
    params(("id" = Uuid, Path, description = "The request."),
        ("If-Match" = Option<String>, Header, description = "The version that was looked at, such as \"1\".")),
    responses((status = 200, body = AnsweredRequest)))]
async fn decline(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    if_match: IfMatch,
    Json(Reason { reason }): Json<Reason>,
) -> Result<Versioned<Json<AnsweredRequest>>, AppError> {
    answer(&auth, id, Some(&reason), if_match).await
}

async fn answer(
    auth: &Auth<SignedIn>,
    id: Uuid,
    decline: Option<&str>,
    if_match: IfMatch,
) -> Result<Versioned<Json<AnsweredRequest>>, AppError> {
    let check = |current| if_match.check(current);
    let answered = answer_request(&auth.app, &auth.actor, id, decline, check).await?;
    Ok(Versioned(answered.version, Json(answered)))
}
