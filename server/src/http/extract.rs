//! Extractors whose rejections are problems that say what to do. Handlers use these instead of axum's.

use std::error::Error;

use api_spec::info::Limits;
use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use axum::extract::path::ErrorKind;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower_http::timeout::TimeoutError;

use super::mistake;
use crate::error::AppError;

/// A JSON body, in both directions. Unknown members are ignored.
#[derive(Debug, Clone)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, _: &S) -> Result<Self, AppError> {
        let bytes = json_body(request, Limits::BODY_BYTES, Limits::default().body_bytes).await?;
        Ok(Self(parse(&bytes)?))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
            Err(error) => AppError::Broken(format!("an answer has no text: {error}")).into_response(),
        }
    }
}

/// The whole JSON body, decompressed; `limit` is the name of its limit in `GET /v1/info`.
///
/// # Errors
/// `unsupported-media-type`, `payload-too-large`, `request-timeout` and `bad-body`.
pub(crate) async fn json_body(request: Request, limit: &'static str, max_bytes: u64) -> Result<Bytes, AppError> {
    if !is_json(request.headers()) {
        return Err(Code::UnsupportedMediaType.into());
    }
    raw_body(request, limit, max_bytes).await
}

/// The whole body, decompressed; `limit` is the name of its limit in `GET /v1/info`.
///
/// # Errors
/// `payload-too-large`, `request-timeout` and `bad-body`.
pub(crate) async fn raw_body(mut request: Request, limit: &'static str, max_bytes: u64) -> Result<Bytes, AppError> {
    DefaultBodyLimit::max(usize::try_from(max_bytes).unwrap_or(usize::MAX)).apply(&mut request);
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            Problem::payload_too_large(limit, max_bytes).into()
        }
        rejection if source::<TimeoutError>(&rejection).is_some() => Code::RequestTimeout.into(),
        _ => Code::BadBody.into(),
    })
}

/// What a JSON text says.
///
/// # Errors
/// `bad-json` when `bytes` are not JSON, `validation` when they are not a `T`.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let message = error.inner().to_string();
        if error.inner().is_data() {
            Problem::invalid(mistake::pointer(error.path(), &message), mistake::text(&message))
        } else {
            not_json(error.inner())
        }
    })?;
    deserializer.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::new(Code::BadJson).with("line", error.line()).with("column", error.column())
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// The parameters in the path.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(PathRejection::FailedToDeserializePathParams(error)) => {
                let (name, message) = match error.kind() {
                    ErrorKind::ParseErrorAtKey { key, expected_type, .. } => {
                        (key.as_str(), format!(", expected {expected_type}"))
                    }
                    ErrorKind::DeserializeError { key, message, .. } => (key.as_str(), message.clone()),
                    ErrorKind::InvalidUtf8InPathParam { key } => (key.as_str(), ", expected UTF-8".to_owned()),
                    _ => ("", String::new()),
                };
                let problem = Problem::new(Code::BadParameter);
                Err(problem.at(format!("{{{name}}}"), mistake::text(&message)).into())
            }
            Err(rejection) => Err(AppError::Broken(format!("path parameters: {rejection}"))),
        }
    }
}

/// The parameters behind `?`.
#[derive(Debug, Clone)]
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(bad_query(&rejection).into()),
        }
    }
}

fn bad_query(rejection: &QueryRejection) -> Problem {
    type InQuery = serde_path_to_error::Error<serde::de::value::Error>;
    let problem = Problem::new(Code::BadParameter);
    match source::<InQuery>(rejection) {
        Some(error) => {
            let message = error.inner().to_string();
            let pointer = mistake::pointer(error.path(), &message);
            problem.at(format!("?{}", pointer.trim_start_matches('/')), mistake::text(&message))
        }
        None => problem.at("?", Text::new("does not have the right form", "格式不正确")),
    }
}

/// The first error of type `E` among the causes of `error`.
fn source<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| error.downcast_ref())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Page {
        #[expect(dead_code, reason = "only parsed")]
        limit: u32,
    }

    #[tokio::test]
    async fn a_wrong_query_parameter_is_named() {
        let (mut parts, ()) = Request::builder().uri("/?limit=many").body(()).unwrap().into_parts();
        let problem = Query::<Page>::from_request_parts(&mut parts, &()).await.unwrap_err().problem();
        assert_eq!((problem.code, problem.errors[0].pointer.as_str()), (Code::BadParameter, "?limit"));
        let (mut parts, ()) = Request::builder().uri("/").body(()).unwrap().into_parts();
        let problem = Query::<Page>::from_request_parts(&mut parts, &()).await.unwrap_err().problem();
        assert_eq!((problem.errors[0].pointer.as_str(), &*problem.errors[0].message.en), ("?limit", "is required"));
    }

    #[test]
    fn json_is_followed_by_nothing() {
        assert_eq!(parse::<u8>(b" 7 \n").unwrap(), 7);
        assert_eq!(parse::<u8>(b"7 7").unwrap_err().code, Code::BadJson);
        assert_eq!(parse::<Value>(b"{").unwrap_err().code, Code::BadJson);
        assert_eq!(parse::<u8>(b"{}").unwrap_err().code, Code::Validation);
    }

    #[test]
    fn raw_parts_of_a_body_keep_their_bytes() {
        let parts = parse::<Vec<Box<serde_json::value::RawValue>>>(br#"[{"b": 1.50,"a":"\u00e9"}]"#).unwrap();
        assert_eq!(parts[0].get(), r#"{"b": 1.50,"a":"\u00e9"}"#);
    }
}
