//! For those who run the server: is it alive, is it ready, how is it doing.

use api_spec::problem::{Code, Problem};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Anyone, Shared};
use super::extract::Json;
use crate::error::AppError;
use crate::metrics;
use crate::state::App;
use crate::store::{StoreError, meta};

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(metrics_text))
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operations", security(()), responses((status = 204, description = "Alive.")))]
async fn healthz(_: Anyone) -> StatusCode {
    StatusCode::NO_CONTENT
}

/// What readiness depends on; `true` is good.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// The database answers, and its schema is this version's.
    database: bool,
    /// Nothing proves that the server's clock is behind.
    clock: bool,
    /// No shutdown has begun.
    serving: bool,
}

/// The server takes work. A 503 has the same members, and says which is false.
#[utoipa::path(get, path = "/readyz", tag = "operations", security(()),
    responses((status = 200, body = Readiness)))]
async fn readyz(Anyone { app, .. }: Anyone) -> Result<Json<Readiness>, AppError> {
    let readiness = Readiness {
        database: database_answers(&app).await,
        clock: app.clock.wrong_by_ms().is_none(),
        serving: !app.ending.is_announced(),
    };
    if readiness.database && readiness.clock && readiness.serving {
        return Ok(Json(readiness));
    }
    let problem = Problem::new(Code::Unavailable).with("database", readiness.database);
    Err(problem.with("clock", readiness.clock).with("serving", readiness.serving).into())
}

async fn database_answers(app: &App) -> bool {
    let asked = async {
        meta::get(&mut app.db.read().await?, meta::key::EPOCH).await?;
        Ok::<_, StoreError>(())
    };
    match asked.await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            false
        }
    }
}

/// Numbers in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "operations", security(()),
    responses((status = 200, description = "Prometheus text, version 0.0.4.", content_type = "text/plain", body = String)))]
async fn metrics_text(_: Anyone) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::recorder().render())
}
