//! `GET /v1/info`.

use api_spec::info::Info;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Anyone, Shared};
use super::extract::Json;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(info))
}

/// Version, protocol range, limits and languages.
#[utoipa::path(get, path = "/v1/info", tag = "identity", security(()), responses((status = 200, body = Info)))]
async fn info(Anyone { app, .. }: Anyone) -> Json<Info> {
    Json(Info { limits: app.limits, ..Info::new(env!("CARGO_PKG_VERSION")) })
}
