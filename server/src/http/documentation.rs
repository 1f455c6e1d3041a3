//! `/openapi.json` and `/docs`, which shows it without anything from elsewhere.

use axum::http::{HeaderValue, header};
use axum::{Router, routing};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::extract::Json;

const DOCUMENT: &str = "/openapi.json";
/// The page has a script of its own and styles in its elements.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
);

pub(super) fn router(document: OpenApi) -> Router {
    let pages: Router = SwaggerUi::new("/docs").config(Config::from(DOCUMENT)).into();
    let pages = pages.layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, PAGE_POLICY));
    pages.route(DOCUMENT, routing::get(async move || Json(document)))
}
