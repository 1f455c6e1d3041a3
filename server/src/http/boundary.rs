//! Where requests come in and answers go out: request ids, language, problems, headers, one log line, metrics.

use std::time::Instant;

use api_spec::locale::Locale;
use api_spec::problem::{Code, MEDIA_TYPE, Problem};
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::{Instrument as _, field};

use crate::error::AppError;
use crate::random::Random;

/// Header with the id under which a request is logged.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What a route is called in logs and metrics when there is none; addresses can contain anything.
const NO_ROUTE: &str = "none";

/// The language of the caller, as `Accept-Language` says; in the extensions of every request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Language(pub(super) Locale);

/// An error on its way out, in the extensions of its response.
#[derive(Debug, Clone)]
struct Failure {
    problem: Problem,
    cause: Option<String>,
}

/// The answer gets its body at the [`boundary`], which knows language and request id.
impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let (problem, cause) = (self.problem(), self.cause());
        let status = StatusCode::from_u16(problem.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(Failure { problem, cause });
        response
    }
}

/// The outermost layer.
pub(super) async fn boundary(State(random): State<Random>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers(), &random);
    let locale = locale(request.headers());
    request.extensions_mut().insert(Language(locale));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", id, %method, route, user = field::Empty, device = field::Empty);

    let mut response = next.run(request).instrument(span.clone()).await;
    let failure = render_problem(&mut response, locale, &id, &random);
    add_headers(response.headers_mut(), &id);

    let (status, elapsed) = (response.status(), started.elapsed());
    metrics::histogram!(
        "baobei_http_seconds", "method" => method_label(&method), "route" => route, "status" => status.as_u16().to_string()
    )
    .record(elapsed.as_secs_f64());
    let _entered = span.enter();
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let code = failure.as_ref().map(|failure| failure.problem.code.as_str());
    if let Some(cause) = failure.as_ref().and_then(|failure| failure.cause.as_deref()) {
        tracing::error!(status = status.as_u16(), elapsed_ms, code, cause, "answered");
    } else {
        tracing::info!(status = status.as_u16(), elapsed_ms, code, "answered");
    }
    response
}

/// Methods are labels of metrics, and a caller can invent any number of them.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "PUT" => "PUT",
        "POST" => "POST",
        "HEAD" => "HEAD",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

/// The caller's id when it is harmless in a log, else a new one.
fn request_id(headers: &HeaderMap, random: &Random) -> String {
    let harmless = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(harmless);
    given.map_or_else(|| random.opaque_id().to_string(), str::to_owned)
}

fn locale(headers: &HeaderMap) -> Locale {
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    header.map_or_else(Locale::default, Locale::from_accept_language)
}

/// Gives an error answer its body; errors of the layers and of the router become problems here.
fn render_problem(response: &mut Response, locale: Locale, id: &str, random: &Random) -> Option<Failure> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let mut failure = response.extensions_mut().remove::<Failure>().unwrap_or_else(|| of_status(status));
    let retry_after_s = retry_after(&mut failure.problem, status, random);
    let body = failure.problem.render(locale, Some(id.to_owned()));
    *response.status_mut() = StatusCode::from_u16(body.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    // a problem is made of strings, numbers and maps of those: it always has a text
    *response.body_mut() = Body::from(serde_json::to_vec(&body).unwrap_or_default());
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONTENT_ENCODING);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(locale.tag()));
    headers.append(header::VARY, HeaderValue::from_static("accept-language"));
    if let Some(seconds) = retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    Some(failure)
}

/// The seconds to wait; after an overload up to twice as long, so that those who wait do not come back together.
fn retry_after(problem: &mut Problem, status: StatusCode, random: &Random) -> Option<u64> {
    let seconds = problem.members.get_mut("retry_after_s")?;
    let mut wait = seconds.as_u64()?;
    if status == StatusCode::SERVICE_UNAVAILABLE {
        wait += random.below(wait.saturating_add(1));
        *seconds = wait.into();
    }
    Some(wait)
}

fn of_status(status: StatusCode) -> Failure {
    let code = match status {
        StatusCode::NOT_FOUND => Code::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::REQUEST_TIMEOUT => Code::RequestTimeout,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        status if status.is_client_error() => Code::BadBody,
        _ => return Failure { problem: Code::Internal.into(), cause: Some(format!("an answer of status {status}")) },
    };
    Failure { problem: code.into(), cause: None }
}

fn add_headers(headers: &mut HeaderMap, id: &str) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overload_spreads_those_who_come_back_and_a_throttle_is_exact() {
        let random = Random::seeded(4);
        let waits = |status| {
            let wait = |_| retry_after(&mut Problem::overloaded(4), status, &random).unwrap();
            (0..200).map(wait).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(waits(StatusCode::SERVICE_UNAVAILABLE).into_iter().collect::<Vec<_>>(), [4, 5, 6, 7, 8]);
        assert_eq!(waits(StatusCode::TOO_MANY_REQUESTS).into_iter().collect::<Vec<_>>(), [4]);
    }

    #[test]
    fn only_harmless_ids_are_taken_over() {
        let random = Random::seeded(4);
        let id = |given: &str| request_id(&HeaderMap::from_iter([(REQUEST_ID, given.parse().unwrap())]), &random);
        assert_eq!(id("trace-7.b_2"), "trace-7.b_2");
        for unfit in ["", "a b", "a\"b", &"x".repeat(65)] {
            assert_eq!(id(unfit).len(), 36, "{unfit}");
        }
    }
}
