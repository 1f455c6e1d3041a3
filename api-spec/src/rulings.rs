//! Rulings: why something was decided, and what waits for a person.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sync_core::time::Answer;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::{Instant, Person};

/// `GET /v1/rulings`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RulingQuery {
    /// The record, sheet or protection the rulings are about.
    pub subject: Uuid,
}

/// A ruling: never edited; a later one supersedes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ruling {
    /// The ruling.
    pub id: Uuid,
    /// What it is about.
    pub subject: Uuid,
    /// The kind of the subject.
    #[schema(example = "booking")]
    pub kind: String,
    /// When it was made.
    pub at: Instant,
    /// What was ruled.
    #[schema(example = "void")]
    pub outcome: String,
    /// Why.
    pub reasons: Vec<RulingReason>,
    /// The version of the policy in force.
    pub policy_version: u64,
    /// The ruling it replaced.
    pub supersedes: Option<Uuid>,
    /// The person who decided; null for the software.
    pub decided_by: Option<Person>,
    /// What was decided with every fact it rests on, to decide it again; for the back office alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Value>,
}

/// One reason of a ruling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RulingReason {
    /// The rule's id in the rulebook.
    #[schema(example = "BK-1")]
    pub rule: String,
    /// What the rule answered.
    #[schema(value_type = crate::sync::Answer)]
    pub answer: Answer,
    /// In words: a line of English and a line of 简体中文.
    pub message: String,
    /// What the answer rests on, as far as the caller may see it.
    pub facts: Map<String, Value>,
}

/// `GET /v1/reviews`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReviewQuery {
    /// The project; default all of the caller's.
    pub project: Option<Uuid>,
    /// The team.
    pub team: Option<Uuid>,
    /// The kind of the subject, such as `confirmation`, `booking`, `daily_log`, `checkin`.
    pub kind: Option<String>,
}

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// The ruling to decide, and why it could not be made by the software.
    pub ruling: Ruling,
    /// The project.
    pub project: Uuid,
    /// Whose record it is.
    pub owner: Option<Person>,
    /// The version of the subject, for `If-Match`.
    pub version: u64,
    /// The outcomes to choose from.
    #[schema(example = json!(["valid", "void"]))]
    pub choices: Vec<String>,
}

/// `POST /v1/rulings/{id}/decide`, with `If-Match`. Answered with the new `Ruling`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// One of the review's `choices`.
    #[schema(example = "valid")]
    pub outcome: String,
    /// In words, not blank.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}
