//! HTTP: extract, call, map. The only folder that knows axum.
//!
//! A handler file has `pub(super) fn router() -> OpenApiRouter<Shared>`, which [`routes`] merges, and handlers like
//!
//! ```ignore
//! /// Opens the sheet of a customer who has arrived.
//! #[utoipa::path(post, path = "/v1/projects/{project}/arrivals", tag = "desk", responses((status = 201, body = Sheet)))]
//! async fn open_sheet(auth: Auth<Desk>, Path(project): Path<Uuid>, Json(arrival): Json<Arrival>) -> Result<…, AppError>
//! ```
//!
//! Route, permission, document and error answers follow from this; a handler that takes neither [`Auth`](access) nor
//! [`Anyone`](access::Anyone) cannot reach the [`App`].

use std::time::Duration;

use api_spec::problem::Problem;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

mod access;
mod attachments;
mod attendance;
mod audit;
mod boundary;
mod calling_from;
mod customers;
mod desk;
mod dev_clock;
mod devices;
mod disputes;
mod document;
mod documentation;
mod evidence_page;
mod extract;
mod identity;
mod info;
mod listed;
mod log_weeks;
mod logs;
mod mistake;
mod notices;
mod operations;
mod outlets;
mod policies;
mod protections;
mod roster;
mod rulings;
mod sheets;
mod spot_checks;
mod sync;
mod teams;
mod version;
mod week;

use crate::error::AppError;
use crate::state::App;
use access::Shared;

/// How long a request may take, its body included; a phone on a weak line needs its time.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(2);
/// After how many seconds may come back whom there was no place for; the answer is jittered.
const CROWDED_RETRY_S: u64 = 5;
/// How long a request body may pause.
const BODY_PAUSE: Duration = Duration::from_secs(30);

/// All operations, each with its entry in the document.
fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(info::router())
        .merge(identity::router())
        .merge(devices::router())
        .merge(desk::router())
        .merge(sheets::router())
        .merge(disputes::router())
        .merge(customers::router())
        .merge(attendance::router())
        .merge(logs::router())
        .merge(roster::router())
        .merge(spot_checks::router())
        .merge(log_weeks::router())
        .merge(teams::router())
        .merge(notices::router())
        .merge(outlets::router())
        .merge(protections::router())
        .merge(rulings::router())
        .merge(policies::router())
        .merge(audit::router())
        .merge(sync::router())
        .merge(attachments::router())
        .merge(week::router())
        .merge(operations::router())
        .merge(dev_clock::router())
}

/// The OpenAPI document of all operations.
pub fn openapi() -> OpenApi {
    document::complete(routes().into_openapi())
}

/// Everything the server answers.
pub fn router(app: &App) -> Router {
    let (routes, document) = routes().split_for_parts();
    routes
        .with_state(Shared::new(app.clone()))
        .merge(documentation::router(&document::complete(document)))
        .layer(RequestBodyTimeoutLayer::new(BODY_PAUSE))
        .layer(RequestDecompressionLayer::new())
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(middleware::from_fn_with_state(app.random.clone(), boundary::boundary))
}

/// What is answered when all connections are taken: those who run the server what they ask for, everybody else that they should come back.
pub fn crowded_router(app: &App) -> Router {
    let (routes, _) = operations::router().split_for_parts();
    routes
        .with_state(Shared::new(app.clone()))
        .fallback(async || AppError::from(Problem::overloaded(CROWDED_RETRY_S)))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, REQUEST_TIMEOUT))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(middleware::from_fn_with_state(app.random.clone(), boundary::boundary))
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands it over")]
fn answer_panic(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    AppError::Broken(format!("panic: {}", text.unwrap_or("without a text"))).into_response()
}
