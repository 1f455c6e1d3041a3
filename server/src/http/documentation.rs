//! `/openapi.json` and `/docs`, which shows it without anything from elsewhere.

use axum::http::{HeaderValue, header};
use axum::{Router, routing};
use bytes::Bytes;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

const DOCUMENT: &str = "/openapi.json";
/// The page has a script of its own and styles in its elements.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
);

/// The document becomes a text once: a handler is cloned with all it holds.
pub(super) fn router(document: &OpenApi) -> Router {
    // a document is made of strings, lists and maps: it always has a text
    let document = Bytes::from(serde_json::to_vec(document).unwrap_or_default());
    let pages: Router = SwaggerUi::new("/docs").config(Config::from(DOCUMENT)).into();
    let pages = pages.layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, PAGE_POLICY));
    pages.route(DOCUMENT, routing::get(async move || ([(header::CONTENT_TYPE, "application/json")], document)))
}
