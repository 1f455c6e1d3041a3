//! Policies: what a project plays by, since when, and what another one would have changed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::{Instant, Person};

/// `GET /v1/projects/{project}/policy`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PolicyQuery {
    /// A version; the one in force now if none is named. 0 is the rulebook.
    pub version: Option<u64>,
}

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PolicyVersion {
    /// 1, 2, 3 …; 0 for the rulebook, when nothing was published.
    pub version: u64,
    /// From when it holds; null from always.
    pub effective_from: Option<Instant>,
    /// Whether rulings use it now.
    pub in_force: bool,
    /// Who published it; null when it was imported.
    pub author: Option<Person>,
    /// When it was published.
    pub published_at: Option<Instant>,
    /// What the author wrote.
    pub note: Option<String>,
}

/// A policy with everything about its versions. `ETag` names the version published last: what `If-Match` of a `PUT` must name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyDocument {
    /// The version shown.
    #[serde(flatten)]
    pub version: PolicyVersion,
    /// The whole document, defaults filled in; `GET /v1/policy.schema.json` describes it.
    #[schema(value_type = Object)]
    pub policy: Value,
    /// All versions, the newest first.
    pub versions: Vec<PolicyVersion>,
}

/// `PUT /v1/projects/{project}/policy`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PublishPolicy {
    /// From when it holds: now, or later. A version that is due later takes over then, whatever was published meanwhile for
    /// earlier; of two for the same moment the later one holds.
    #[serde(default)]
    pub effective_from: Option<Instant>,
    /// The document; a key that is left out has the rulebook's value.
    #[schema(value_type = Object)]
    pub policy: Value,
    /// Why, up to 4,000 characters.
    #[serde(default)]
    #[schema(max_length = 4000)]
    pub note: Option<String>,
}

/// `GET /v1/projects/{project}/policy/diff`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PolicyDiffQuery {
    /// A version; 0 is the rulebook.
    pub from: u64,
    /// Another one.
    pub to: u64,
}

/// A key in which two versions differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PolicyChange {
    /// In dotted keys.
    #[schema(example = "booking.min_lead_minutes")]
    pub path: String,
    /// The value in the first version.
    pub from: Value,
    /// The value in the second.
    pub to: Value,
}

/// `POST /v1/projects/{project}/policy/backtest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BacktestRequest {
    /// The policy to try; a key that is left out has the rulebook's value.
    #[schema(value_type = Object)]
    pub policy: Value,
    /// The first day, of the project.
    pub from: NaiveDate,
    /// The last day, at most 92 days in all.
    pub to: NaiveDate,
    /// Kinds of subjects, such as `booking`; all if none is named.
    #[serde(default)]
    pub families: Vec<String>,
    /// `next_cursor` of the answer before, to go on behind the 10,000 rulings of one request.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// What another policy would have changed. Every stored ruling was decided again on its own, from its stored facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Backtest {
    /// Rulings decided again by this request.
    pub rulings: u64,
    /// How many of them came out the same, reasons included.
    pub same: u64,
    /// How many went from which outcome to which.
    pub outcomes: Vec<BacktestCount>,
    /// The rulings that changed, oldest first, at most 500.
    pub changed: Vec<BacktestChange>,
    /// Changed rulings that are not listed.
    pub not_listed: u64,
    /// Rulings whose facts this version of the software cannot read; they are in no other number.
    pub unreadable: Vec<Uuid>,
    /// Where to go on, when the period holds more rulings.
    pub next_cursor: Option<String>,
    /// What an answer made of stored facts cannot know.
    pub limits: Vec<String>,
}

/// How many rulings went from one outcome to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BacktestCount {
    /// The kind of what was ruled about.
    #[schema(example = "booking")]
    pub family: String,
    /// What was ruled.
    pub old: String,
    /// What would have been; null where the act would have been refused.
    pub new: Option<String>,
    /// How often.
    pub count: u64,
    /// How many of these rulings still stand.
    pub standing: u64,
}

/// A ruling that would have been another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BacktestChange {
    /// The ruling.
    pub ruling: Uuid,
    /// What it is about.
    pub subject: Uuid,
    /// The kind of the subject.
    pub family: String,
    /// When it was made.
    pub at: Instant,
    /// Whether no later ruling has superseded it.
    pub stands: bool,
    /// What was ruled.
    pub old: String,
    /// What would have been; null where the act would have been refused.
    pub new: Option<String>,
    /// Rules that answer otherwise, or only in one of the two.
    pub rules: Vec<String>,
}
