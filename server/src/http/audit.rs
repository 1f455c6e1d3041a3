//! The audit trail.

use api_spec::audit::{AuditEntry, AuditQuery};
use api_spec::primitives::{Page, PageQuery};
use sync_core::people::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Auth, Permission, Shared};
use super::extract::{Json, Query};
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
) -> Result<Json<Page<AuditEntry>>, AppError> {
    list_audit(&auth.app, &auth.actor, &query, &page).await.map(Json)
}
