//! The audit trail.

use api_spec::audit::{AuditEntry, AuditQuery};
use api_spec::primitives::{Page, PageQuery};
use sync_core::people::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Auth, Permission, Shared};
use super::extract::Query;
use super::listed::{Asked, Listed, listed};
use crate::app::export::{self, OF_THE_PROJECT, Whence};
use crate::app::list_audit::list_audit;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(audit))
}

/// Who reads the audit trail.
#[derive(Debug)]
struct Auditor;

impl Permission for Auditor {
    const ROLES: &'static [Role] = &[Role::BackOffice, Role::Admin];
}

/// Who did what: reveals, exports, policies, lookups; the newest first. The back office sees its projects, admins everything.
#[utoipa::path(get, path = "/v1/audit", operation_id = "list_audit", tag = "office", params(AuditQuery, PageQuery),
    responses((status = 200, body = Page<AuditEntry>)))]
async fn audit(
    auth: Auth<Auditor>,
    Query(query): Query<AuditQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Listed<Page<AuditEntry>>, AppError> {
    let whence = Whence { project: query.project, roles: OF_THE_PROJECT };
    let columns = export::acts(auth.actor.locale);
    let list = |Asked { app, actor, query, page }| async move { list_audit(&app, &actor, &query, &page).await };
    listed(&auth, whence, (query, page), columns, list).await
}
