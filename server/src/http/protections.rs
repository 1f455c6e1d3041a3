//! Protections of customers.

use api_spec::protections::{Extension, Protection};
use sync_core::people::Role;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Permission, Shared};
use super::extract::{Json, Path};
use super::version::{IfMatch, Versioned};
use crate::app::extend_protection::extend_protection;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(extend))
}

/// Who extends a protection.
#[derive(Debug)]
struct Extender;

impl Permission for Extender {
    const ROLES: &'static [Role] = &[Role::SiteLead, Role::BackOffice];
}

/// Extends the protection of a visited customer by the policy's period, counted from its end (PR-4). The holder is told. Asked again
/// with the same id, it is the same extension.
#[utoipa::path(post, path = "/v1/protections/{id}/extend", operation_id = "extend_protection", tag = "office",
    params(("id" = Uuid, Path, description = "The protection, by the id of its record.")),
    responses((status = 200, body = Protection)))]
async fn extend(
    auth: Auth<Extender>,
    Path(id): Path<Uuid>,
    seen: IfMatch,
    Json(request): Json<Extension>,
) -> Result<Versioned<Json<Protection>>, AppError> {
    let shown = extend_protection(&auth.app, &auth.actor, id, &request, |current| seen.check(current)).await?;
    Ok(Versioned(shown.version, Json(shown)))
}
