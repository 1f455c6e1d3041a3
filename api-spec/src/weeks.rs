//! What becomes of a team's logs when the day and the week are over: versions, the evening, the hand-in, the sample (WL-7 to WL-12).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sync_core::time::Moment;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::logs::{DailyLog, DayFacts};
use crate::primitives::{Instant, Person};

/// The answer of `GET /v1/daily-logs/{id}/versions`: every version of the words, and what was said about them (WL-12).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogVersions {
    /// The log.
    pub id: Uuid,
    /// Its words, the oldest version first.
    pub versions: Vec<LogVersion>,
    /// What its author, its lead and the rules made of it, the oldest first.
    pub acts: Vec<LogAct>,
}

/// The words of a log as one change left them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogVersion {
    /// Its number.
    pub version: u64,
    /// When the change was made.
    #[schema(value_type = crate::sync::Moment)]
    pub at: Moment,
    /// By whom.
    pub by: Person,
    /// On which phone.
    pub device: Uuid,
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
}

/// A ruling about a log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogAct {
    /// When.
    pub at: Instant,
    /// `submitted`, `review`, `missed`, `draft`, `returned` or `approved`.
    pub outcome: String,
    /// The version there was.
    pub version: u64,
    /// The person who decided, when one did.
    pub by: Option<Person>,
    /// That person's words.
    pub remark: Option<String>,
    /// The ruling.
    pub ruling: Uuid,
}

/// `GET /v1/projects/{project}/evening`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EveningQuery {
    /// The team; default every team the caller reviews.
    pub team: Option<Uuid>,
    /// The day; default today.
    pub day: Option<NaiveDate>,
}

/// The answer of `GET /v1/projects/{project}/evening`: the lead's list for the evening (WL-6, WL-7).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evening {
    /// The day.
    pub day: NaiveDate,
    /// What everybody's day came to, together.
    pub totals: DayFacts,
    /// How many there are of what.
    pub counts: EveningCounts,
    /// Everybody who was there, wrote a log or recorded something; by person.
    pub items: Vec<EveningPerson>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// The evening in numbers; on every page those of the whole day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EveningCounts {
    /// Who was there.
    pub present: u32,
    /// Who was there and handed no log in.
    pub missing: u32,
    /// Logs that wait to be read.
    pub to_review: u32,
    /// Logs of these that ask for a look.
    pub flagged: u32,
    /// Logs of these that should have been read by now.
    pub overdue: u32,
    /// Logs that went back and were not answered.
    pub returned: u32,
    /// Logs that are approved.
    pub approved: u32,
}

/// One person's evening.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EveningPerson {
    /// Who.
    pub person: Person,
    /// The team on that day.
    pub team: Option<Uuid>,
    /// A check-in says that the person came.
    pub present: bool,
    /// There, and no log was handed in.
    pub missing: bool,
    /// What the records of the day hold now.
    pub facts: DayFacts,
    /// The log, if there is one.
    pub log: Option<DailyLog>,
}

/// `POST /v1/teams/{id}/weeks/{week}/hand-in`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandInWeek {
    /// A remark, up to 4,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000)]
    pub remark: Option<String>,
}

/// A team's week (WL-9).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WeekSheet {
    /// The team.
    pub team: Uuid,
    /// The week of ISO 8601, such as `2026-W47`.
    pub week: String,
    /// Its Monday.
    pub from: NaiveDate,
    /// Its Sunday.
    pub until: NaiveDate,
    /// When it is to be handed in at the latest.
    pub due: Instant,
    /// The hand-in; null before.
    pub handed_in: Option<WeekHandIn>,
    /// The days, as they were frozen; before the hand-in as they are now. By day and person.
    pub rows: Vec<WeekRow>,
    /// What changed since the hand-in.
    pub changed: Vec<WeekChange>,
}

/// When and by whom a week was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WeekHandIn {
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: Person,
    /// Later than it was due.
    pub late: bool,
    /// What was said with it.
    pub remark: Option<String>,
    /// SHA-256 of `rows` as JSON without blanks, hex.
    pub checksum: String,
    /// The ruling about it.
    pub ruling: Uuid,
}

/// One person's day in a week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WeekRow {
    /// The day.
    pub day: NaiveDate,
    /// Who.
    pub person: Uuid,
    /// The log, if there is one.
    pub log: Option<Uuid>,
    /// The version it had.
    pub version: Option<u64>,
    /// The log's phase; without a log `missing`, or `none_due` where nobody was there.
    pub state: String,
}

/// A day that is not as it was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WeekChange {
    /// As it was handed in; null for a day that came later.
    pub was: Option<WeekRow>,
    /// As it is now.
    pub now: WeekRow,
}

/// The answer of `GET /v1/projects/{project}/log-samples/{week}` (WL-8).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LogSample {
    /// The week of ISO 8601.
    pub week: String,
    /// When it was drawn; null before.
    pub drawn_at: Option<Instant>,
    /// Of how many logs.
    pub logs: u32,
    /// The sample, by day and author.
    pub items: Vec<SampledLog>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// A log of the sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SampledLog {
    /// The log.
    pub log: DailyLog,
    /// What the inspection found; null before.
    pub inspection: Option<Inspection>,
}

/// `POST /v1/projects/{project}/log-samples/{week}/{log}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Inspect {
    /// What was found.
    pub finding: Finding,
    /// In words, up to 4,000 characters; not blank where the log is doubtful.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4000)]
    pub note: Option<String>,
}

/// What an inspection found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// In order.
    Ok,
    /// To be looked into.
    Doubtful,
}

/// An inspection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Inspection {
    /// What was found.
    pub finding: Finding,
    /// In words.
    pub note: Option<String>,
    /// By whom.
    pub by: Person,
    /// When.
    pub at: Instant,
}
