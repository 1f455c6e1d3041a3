//! `PUT /v1/dev/clock`, on a server with `--dev-clock`.

use api_spec::dev_clock::DevClock;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Anyone, Shared};
use super::extract::Json;
use crate::app::set_clock::set_clock;
use crate::error::AppError;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(put_clock))
}

/// Sets the time of a server that was started with `--dev-clock`, forward or back; any other answers `not-found`.
#[utoipa::path(put, path = "/v1/dev/clock", tag = "operations", security(()), responses((status = 200, body = DevClock)))]
async fn put_clock(Anyone { app, .. }: Anyone, Json(clock): Json<DevClock>) -> Result<Json<DevClock>, AppError> {
    set_clock(&app, clock.now.0).await?;
    Ok(Json(clock))
}
