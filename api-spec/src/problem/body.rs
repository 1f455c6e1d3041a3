//! The problem as it stands in an answer.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An error answer (RFC 9457), `application/problem+json`, in the language of `Accept-Language`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
    /// `https://baobei.dev/problems/<code>`; an identifier.
    #[serde(rename = "type")]
    #[schema(example = "https://baobei.dev/problems/seq-gap")]
    pub type_uri: String,
    /// The problem in a few words, the same for every occurrence.
    pub title: String,
    /// The HTTP status of the answer.
    #[schema(example = 409)]
    pub status: u16,
    /// What to do about it, with the particulars of this occurrence.
    pub detail: String,
    /// The stable name programs act on; the table is in `problems.md`. Treat an unknown code by its status.
    #[schema(example = "seq-gap")]
    pub code: String,
    /// The thing the problem is about, when it has an address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The id under which the server logged the request (also in the header `x-request-id`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Every mistake found in the request, each with its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Members of this kind of problem, such as `expected`, `head`, `seq`, `digest`, `limit`, `max`, `version`, `rule`.
    #[serde(flatten)]
    #[schema(additional_properties, value_type = Object)]
    pub members: Map<String, Value>,
}

/// One mistake in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the body, or `?name` for a query parameter.
    #[schema(example = "/customer/phone")]
    pub pointer: String,
    /// What is wrong there.
    pub message: String,
}
