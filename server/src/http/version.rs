//! Versions in headers (RFC 9110 8.8.3 and 13.1.1): `ETag` on answers, `If-Match` on acts.

use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::error::AppError;

/// The version the caller saw, from `If-Match: "3"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// The caller names none.
    Absent,
    /// `*`: whatever it is.
    Any,
    /// This one.
    Version(u64),
}

impl IfMatch {
    /// Passes when the caller saw the `current` version; for acts that demand it.
    ///
    /// # Errors
    /// `precondition-required` without the header, `stale` when it names another version.
    pub(crate) fn require(self, current: u64) -> Result<(), Problem> {
        if self == Self::Absent { Err(Problem::precondition_required(current)) } else { self.check(current) }
    }

    /// Passes when the caller saw the `current` version or does not say; for acts where it is optional.
    ///
    /// # Errors
    /// `stale` when the header names another version.
    pub(crate) fn check(self, current: u64) -> Result<(), Problem> {
        match self {
            Self::Version(seen) if seen != current => Err(Problem::stale(current)),
            Self::Version(_) | Self::Any | Self::Absent => Ok(()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self::Absent) };
        value.to_str().ok().and_then(parse).ok_or_else(|| {
            let message = Text::new("must be a version like \"3\"", "须为形如 \"3\" 的版本号");
            Problem::new(Code::BadParameter).at("If-Match", message).into()
        })
    }
}

fn parse(value: &str) -> Option<IfMatch> {
    let value = value.trim();
    if value == "*" {
        return Some(IfMatch::Any);
    }
    let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    bare.parse().ok().map(IfMatch::Version)
}

/// An answer about something that has a version: the answer with `ETag: "<version>"`.
#[derive(Debug, Clone)]
pub(crate) struct Versioned<T>(pub(crate) u64, pub(crate) T);

impl<T: IntoResponse> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let Self(version, answer) = self;
        let mut response = answer.into_response();
        if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_with_or_without_quotes() {
        assert_eq!(parse("\"3\""), Some(IfMatch::Version(3)));
        assert_eq!(parse(" 3 "), Some(IfMatch::Version(3)));
        assert_eq!(parse("*"), Some(IfMatch::Any));
        assert_eq!(parse("W/\"3\""), None);
        assert_eq!(parse("\"3"), None);
    }

    #[test]
    fn a_missing_version_is_428_and_an_old_one_412() {
        let status = |result: Result<(), Problem>| result.map_err(|problem| problem.status());
        assert_eq!(status(IfMatch::Absent.require(3)), Err(428));
        assert_eq!(status(IfMatch::Version(2).require(3)), Err(412));
        assert_eq!(status(IfMatch::Version(3).require(3)), Ok(()));
        assert_eq!(status(IfMatch::Absent.check(3)), Ok(()));
        assert_eq!(status(IfMatch::Version(2).check(3)), Err(412));
    }
}
