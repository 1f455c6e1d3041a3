//! A record as it travels, with its moment and the ruling that stands.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::primitives::Instant;

/// A record as everybody in its scope sees it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SyncRecord {
    /// The kind, see `kinds.md`.
    pub kind: String,
    /// The record.
    pub id: Uuid,
    /// The version of the kind.
    pub v: u32,
    /// The project.
    pub project: Uuid,
    /// Counts accepted changes of the body; for `If-Match`.
    pub version: u64,
    /// The merged fields, numbers masked.
    pub body: Map<String, Value>,
    /// Where it stands in its kind's phases.
    pub phase: String,
    /// The ruling that stands.
    pub verdict: Option<Verdict>,
    /// Who recorded it; null for what the server made for everybody.
    pub owner: Option<Uuid>,
    /// When it was recorded.
    pub created: Moment,
}

/// The ruling that stands about a record.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// What was ruled.
    #[schema(example = "void")]
    pub outcome: String,
    /// The ruling; `GET /v1/rulings?subject=` explains it.
    pub ruling: Uuid,
    /// When.
    pub at: Instant,
    /// Until when it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
    /// Why.
    pub reasons: Vec<VerdictReason>,
}

/// One reason of a verdict.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictReason {
    /// The rule's id in the rulebook.
    #[schema(example = "BK-1")]
    pub rule: String,
    /// What it answered.
    pub answer: Answer,
    /// In words: a line of English and a line of 简体中文.
    pub message: String,
}

/// An answer to a question that evidence may leave open.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Certainly so.
    Yes,
    /// Certainly not so.
    No,
    /// The evidence allows both.
    Unclear,
}

/// What is known about when something was recorded.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Not before this instant.
    pub earliest: Instant,
    /// Not after this instant.
    pub latest: Instant,
    /// The phone's own word, when it lies between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<Instant>,
    /// How good the evidence is.
    pub grade: Grade,
}

/// How good the evidence of a moment is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// `claimed` exists and agrees with the bounds.
    Anchored,
    /// Only the bounds are known.
    Bracketed,
    /// The phone's claim lay outside the bounds; they still hold.
    Contradicted,
}
