//! Outlets, as their leads look after them (OV).

use api_spec::outlets::{
    DistinctOutlet, FunnelDay, FunnelQuery, KeepOutlet, MergeOutlet, OutletCard, OutletMonth, OutletMonthQuery,
    OutletPair, OutletQuery, OverdueLead, OverdueQuery,
};
use api_spec::primitives::{Page, PageQuery, Reason};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Shared, SignedIn};
use super::extract::{Json, Path, Query};
use super::listed::{Asked, Listed, listed};
use crate::app::export::{self, OF_ONES_TEAMS, Whence};
use crate::app::list_funnel::list_funnel;
use crate::app::list_overdue_leads::list_overdue_leads;
use crate::app::outlets::{Act, decide_card, list_idle, list_months, list_pairs, merge_cards};
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(months))
        .routes(routes!(idle))
        .routes(routes!(duplicates))
        .routes(routes!(merge))
        .routes(routes!(distinct))
        .routes(routes!(drop_outlet))
        .routes(routes!(keep))
        .routes(routes!(overdue_leads))
        .routes(routes!(funnel))
}

/// The visits of a month to the outlets one looks after, against what is asked for (OV-3, OV-4).
#[utoipa::path(get, path = "/v1/projects/{project}/outlet-months/{month}", operation_id = "list_outlet_months",
    tag = "outlets",
    params(("project" = Uuid, Path, description = "The project."),
        ("month" = String, Path, description = "Such as `2026-11`."), OutletMonthQuery, PageQuery),
    responses((status = 200, body = Page<OutletMonth>)))]
async fn months(
    auth: Auth<SignedIn>,
    Path((project, month)): Path<(Uuid, String)>,
    Query(query): Query<OutletMonthQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<OutletMonth>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::outlet_months(auth.actor.locale);
    let list = |Asked { app, actor, query, page }| {
        let month = month.clone();
        async move { list_months(&app, &actor, (project, &month), &query, &page).await }
    };
    listed(&auth, whence, (query, page), columns, list).await
}

/// Outlets that brought no lead for long, the longest first (OV-9).
#[utoipa::path(get, path = "/v1/projects/{project}/outlets/idle", operation_id = "list_idle_outlets", tag = "outlets",
    params(("project" = Uuid, Path, description = "The project."), OutletQuery, PageQuery),
    responses((status = 200, body = Page<OutletCard>)))]
async fn idle(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Query(query): Query<OutletQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<OutletCard>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::outlets(auth.actor.locale);
    let list = |Asked { app, actor, query, page }| async move { list_idle(&app, &actor, project, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}

/// Cards that may be one outlet's, the oldest suspicion first (OV-2).
#[utoipa::path(get, path = "/v1/projects/{project}/outlets/duplicates", operation_id = "list_outlet_duplicates",
    tag = "outlets", params(("project" = Uuid, Path, description = "The project."), PageQuery),
    responses((status = 200, body = Page<OutletPair>)))]
async fn duplicates(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<OutletPair>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::outlet_pairs(auth.actor.locale);
    let list = |Asked { app, actor, page, .. }| async move { list_pairs(&app, &actor, project, &page).await };
    listed(&auth, whence, (OutletQuery::default(), page), columns, list).await
}

/// Open leads that nobody followed up for long, the longest first (FW-10).
#[utoipa::path(get, path = "/v1/projects/{project}/leads/overdue", operation_id = "list_overdue_leads", tag = "outlets",
    params(("project" = Uuid, Path, description = "The project."), OverdueQuery, PageQuery),
    responses((status = 200, body = Page<OverdueLead>)))]
async fn overdue_leads(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Query(query): Query<OverdueQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<OverdueLead>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::overdue_leads(auth.actor.locale);
    let list = |Asked { app, actor, query, page }| async move {
        list_overdue_leads(&app, &actor, project, &query, &page).await
    };
    listed(&auth, whence, (query, page), columns, list).await
}

/// From contacts to deals, day by day.
#[utoipa::path(get, path = "/v1/projects/{project}/funnel", operation_id = "list_funnel", tag = "outlets",
    params(("project" = Uuid, Path, description = "The project."), FunnelQuery, PageQuery),
    responses((status = 200, body = Page<FunnelDay>)))]
async fn funnel(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Query(query): Query<FunnelQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<FunnelDay>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::funnel(auth.actor.locale);
    let list =
        |Asked { app, actor, query, page }| async move { list_funnel(&app, &actor, project, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}

/// Merges a card into another one of the same outlet; both histories stay (OV-2). The same request again is answered the same.
#[utoipa::path(post, path = "/v1/outlets/{id}/merge", operation_id = "merge_outlet", tag = "outlets",
    params(("id" = Uuid, Path, description = "The card that is merged.")),
    responses((status = 200, body = OutletCard)))]
async fn merge(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    Json(request): Json<MergeOutlet>,
) -> Result<Json<OutletCard>, AppError> {
    merge_cards(&auth.app, &auth.actor, id, &request).await.map(Json)
}

/// Says that two cards are those of two outlets (OV-2).
#[utoipa::path(post, path = "/v1/outlets/{id}/distinct", operation_id = "tell_outlets_apart", tag = "outlets",
    params(("id" = Uuid, Path, description = "One of the cards.")),
    responses((status = 200, body = OutletCard)))]
async fn distinct(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    Json(DistinctOutlet { other, reason }): Json<DistinctOutlet>,
) -> Result<Json<OutletCard>, AppError> {
    decide_card(&auth.app, &auth.actor, id, Act::Distinct(other), &reason).await.map(Json)
}

/// Drops an outlet: it is asked for no visits from this month on (OV-9).
#[utoipa::path(post, path = "/v1/outlets/{id}/drop", operation_id = "drop_outlet", tag = "outlets",
    params(("id" = Uuid, Path, description = "The outlet.")),
    responses((status = 200, body = OutletCard)))]
async fn drop_outlet(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    Json(Reason { reason }): Json<Reason>,
) -> Result<Json<OutletCard>, AppError> {
    decide_card(&auth.app, &auth.actor, id, Act::Drop, &reason).await.map(Json)
}

/// Keeps an outlet that brings no lead; it is a candidate again from the day named on (OV-9).
#[utoipa::path(post, path = "/v1/outlets/{id}/keep", operation_id = "keep_outlet", tag = "outlets",
    params(("id" = Uuid, Path, description = "The outlet.")),
    responses((status = 200, body = OutletCard)))]
async fn keep(
    auth: Auth<SignedIn>,
    Path(id): Path<Uuid>,
    Json(KeepOutlet { until, reason }): Json<KeepOutlet>,
) -> Result<Json<OutletCard>, AppError> {
    decide_card(&auth.app, &auth.actor, id, Act::Keep(until), &reason).await.map(Json)
}
