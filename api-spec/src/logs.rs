//! Daily logs (工作日志) as the team lead reviews them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sync_core::exchange::Verdict;
use sync_core::time::Moment;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    primitives::{Instant, Person},
    problem::ProblemBody,
};

/// `GET /v1/daily-logs`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LogQuery {
    /// The team; default every team the caller reviews.
    pub team: Option<Uuid>,
    /// The day of the logs; default today. Not together with `from` and `until`.
    pub day: Option<NaiveDate>,
    /// The first day of the logs; default `until`.
    pub from: Option<NaiveDate>,
    /// The last day of the logs; default today, or `from` when that is later.
    pub until: Option<NaiveDate>,
    /// Only logs in this phase.
    #[param(inline)]
    pub phase: Option<LogPhase>,
    /// Only logs that were read (approved or returned), or only those that wait for it.
    pub reviewed: Option<bool>,
    /// Only logs that should have been read by now (WL-6), or only the others.
    pub overdue: Option<bool>,
    /// Only logs that ask for a look, or only the others: the words contradict the facts (WL-16), or it is unclear whether it was in time.
    pub flagged: Option<bool>,
}

/// `GET /v1/daily-logs/missing`: who was there on days that are over and handed no log in (WL-1).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MissingQuery {
    /// The team; default every team the caller reviews.
    pub team: Option<Uuid>,
    /// The first day; default a week before `until`.
    pub from: Option<NaiveDate>,
    /// The last day; default today.
    pub until: Option<NaiveDate>,
}

/// Somebody who was there and handed no log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MissingLog {
    /// The day.
    pub day: NaiveDate,
    /// Who.
    pub person: Person,
    /// The person's team on that day.
    pub team: Option<Uuid>,
    /// The ruling that says so.
    pub ruling: Option<Uuid>,
}

/// What the records say about a day's work (WL-16).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DayFacts {
    /// Visits that are not void.
    pub visits: u32,
    /// Flyers given out.
    pub flyers: u32,
    /// People spoken to.
    pub contacts: u32,
    /// Of these, who showed interest.
    pub interested: u32,
    /// Customers brought, as the tallies say.
    pub brought: u32,
    /// Leads registered.
    pub leads: u32,
    /// Bookings made and not cancelled.
    pub bookings: u32,
    /// Customers who arrived for the person, on valid sheets.
    pub arrivals: u32,
    /// Minutes from the first check-in that counts to the last check-out, without breaks; null where one is missing.
    pub minutes: Option<u32>,
}

/// A place where the words of a log claim more than the records hold (WL-16).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Contradiction {
    /// Of what: `visits`, `flyers`, `contacts`, `interested`, `brought`, `leads`, `bookings`, `arrivals` or `hours`.
    pub what: String,
    /// What the log says.
    pub said: u32,
    /// What the records hold.
    pub counted: u32,
    /// The words.
    pub words: String,
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
    /// Who was present that day and has no log (WL-7); complete on every page, and empty when several days were asked for.
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
    /// When it is to be read at the latest, where it waits for that (WL-6).
    pub review_due: Option<Instant>,
    /// It should have been read by now.
    pub overdue: bool,
    /// It asks for a look: see `contradictions` and `verdict`.
    pub flagged: bool,
    /// The facts of the day beside the words, counted soon after it was handed in, and kept as they were when it was approved.
    pub facts: Option<DayFacts>,
    /// Where the words claim more than the facts.
    pub contradictions: Vec<Contradiction>,
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
