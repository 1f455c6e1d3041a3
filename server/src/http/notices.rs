//! Notices that are to reach everybody they are for (OV-7).

use api_spec::notices::{ListedNotice, Notice, NoticeQuery, PublishNotice, Receipt, ReceiptQuery};
use api_spec::primitives::{Page, PageQuery};
use axum::http::StatusCode;
use sync_core::people::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Permission, Shared, SignedIn};
use super::extract::{Json, Path, Query};
use super::listed::{Asked, Listed, listed};
use crate::app::export::{self, OF_ONES_TEAMS, Whence};
use crate::app::list_notices::list_notices;
use crate::app::list_receipts::list_receipts;
use crate::app::publish_notice::publish_notice;
use crate::error::AppError;
use crate::store::Key;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(publish, list)).routes(routes!(receipts))
}

/// Who publishes notices.
#[derive(Debug)]
struct Publisher;

impl Permission for Publisher {
    const ROLES: &'static [Role] = &[Role::SiteLead, Role::BackOffice];
}

/// Publishes a notice; phones show it, and say when it was read. The same body again is answered the same.
#[utoipa::path(post, path = "/v1/projects/{project}/notices", operation_id = "publish_notice", tag = "office",
    params(("project" = Uuid, Path, description = "The project.")),
    responses((status = 201, body = Notice)))]
async fn publish(
    auth: Auth<Publisher>,
    Path(project): Path<Uuid>,
    Json(request): Json<PublishNotice>,
) -> Result<(StatusCode, Json<Notice>), AppError> {
    auth.on_project(project)?;
    Ok((StatusCode::CREATED, Json(publish_notice(&auth.app, &auth.actor, project, &request).await?)))
}

/// What everybody is to read, the newest first: all of the project for site lead and back office; for others what is for them or their teams,
/// and what they published.
#[utoipa::path(get, path = "/v1/projects/{project}/notices", operation_id = "list_notices", tag = "office",
    params(("project" = Uuid, Path, description = "The project."), NoticeQuery, PageQuery),
    responses((status = 200, body = Page<ListedNotice>)))]
async fn list(
    auth: Auth<SignedIn>,
    Path(project): Path<Uuid>,
    Query(query): Query<NoticeQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<ListedNotice>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::notices(auth.actor.locale);
    let list =
        |Asked { app, actor, query, page }| async move { list_notices(&app, &actor, project, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}

/// Whom a notice reached, and who has read it.
#[utoipa::path(get, path = "/v1/projects/{project}/notices/{id}/receipts", operation_id = "list_receipts", tag = "office",
    params(("project" = Uuid, Path, description = "The project."), ("id" = Uuid, Path, description = "The notice."),
        ReceiptQuery, PageQuery),
    responses((status = 200, body = Page<Receipt>)))]
async fn receipts(
    auth: Auth<SignedIn>,
    Path((project, id)): Path<(Uuid, Uuid)>,
    Query(query): Query<ReceiptQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<Receipt>>, AppError> {
    auth.on_project(project)?;
    let whence = Whence { project: Some(project), roles: OF_ONES_TEAMS };
    let columns = export::receipts(auth.actor.locale);
    let list = |Asked { app, actor, query, page }| async move {
        list_receipts(&app, &actor, Key { project, id }, &query, &page).await
    };
    listed(&auth, whence, (query, page), columns, list).await
}
