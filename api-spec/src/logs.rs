//! Daily logs (工作日志) as the team lead reviews them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sync_core::exchange::Verdict;
use sync_core::time::Moment;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{primitives::Person, problem::ProblemBody};

/// `GET /v1/daily-logs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// The team; default every team the caller reviews.
    pub team: Option<Uuid>,
    /// The day of the logs; default today.
    pub day: Option<NaiveDate>,
    /// Only logs in this phase.
    #[param(inline)]
    pub phase: Option<LogPhase>,
}

/// How far a log has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogPhase {
    /// Being written.
    Draft,
    /// Handed in.
    Submitted,
    /// Sent back with a reason.
    Returned,
    /// Approved and frozen.
    Approved,
    /// Handed in certainly too late, or never (WL-4).
    Missed,
}

/// The answer of `GET /v1/daily-logs`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogList {
    /// The logs.
    pub items: Vec<DailyLog>,
    /// Who was present that day and has no log (WL-7); complete on every page.
    pub missing: Vec<Person>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// One log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DailyLog {
    /// UUIDv5(owner, day).
    pub id: Uuid,
    /// The author.
    pub owner: Person,
    /// The author's team at the log's moment.
    pub team: Option<Uuid>,
    /// The day it is about.
    pub day: NaiveDate,
    /// What was done.
    pub items: String,
    /// How far it came.
    pub progress: Option<String>,
    /// What is in the way.
    pub problems: Option<String>,
    /// What the author suggests.
    pub suggestions: Option<String>,
    /// What came out.
    pub results: Option<String>,
    /// What is next.
    pub plan_tomorrow: Option<String>,
    /// SHA-256 of the attachments.
    pub photos: Vec<String>,
    /// How far it has come.
    pub phase: LogPhase,
    /// Counts accepted changes; approvals and returns name it in `If-Match`.
    pub version: u64,
    /// The ruling that stands.
    #[schema(value_type = Option<crate::sync::Verdict>)]
    pub verdict: Option<Verdict>,
    /// When it was first recorded.
    #[schema(value_type = crate::sync::Moment)]
    pub created: Moment,
    /// When it was last submitted.
    #[schema(value_type = Option<crate::sync::Moment>)]
    pub submitted: Option<Moment>,
}

/// `POST /v1/daily-logs/{id}/approve`, with `If-Match`. Answered with the `DailyLog`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApproveLog {
    /// A remark for the author, up to 4,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000)]
    pub comment: Option<String>,
}

/// `POST /v1/daily-logs/approve`: many at once, each on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApproveLogs {
    /// Which, 1 to 200.
    #[schema(min_items = 1, max_items = 200)]
    pub logs: Vec<SeenLog>,
    /// A remark for all the authors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000)]
    pub comment: Option<String>,
}

/// A log and the version the lead saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeenLog {
    /// The log.
    pub id: Uuid,
    /// The version that was looked at.
    pub version: u64,
}

/// The answer of `POST /v1/daily-logs/approve`, in the order of the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApprovedLogs {
    /// What became of each.
    pub results: Vec<ApprovedLog>,
}

/// What became of one log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ApprovedLog {
    /// The log.
    pub id: Uuid,
    /// Approved; otherwise `problem` says why not.
    pub approved: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<ProblemBody>,
}
