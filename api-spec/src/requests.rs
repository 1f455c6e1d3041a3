//! Requests (申请) answered over HTTP: the same act as a lead's phone records (AT-9, AT-14). `GET …/records?kind=request` lists them.

use serde::{Deserialize, Serialize};
use sync_core::exchange::Verdict;
use utoipa::ToSchema;
use uuid::Uuid;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AnsweredRequest {
    /// The request.
    pub id: Uuid,
    /// Counts its changes.
    pub version: u64,
    /// `approved` or `declined`.
    pub phase: String,
    /// The ruling that stands, with its reasons.
    #[schema(value_type = Option<crate::sync::Verdict>)]
    pub verdict: Option<Verdict>,
}
