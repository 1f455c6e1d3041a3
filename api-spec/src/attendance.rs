//! Attendance (考勤): days and months.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sync_core::exchange::Verdict;
use sync_core::time::Moment;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::{Instant, Person};

/// `GET /v1/projects/{project}/attendance`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttendanceQuery {
    /// The project's day; default today.
    pub day: Option<NaiveDate>,
    /// Only this team.
    pub team: Option<Uuid>,
}

/// What a person's day came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayOutcome {
    /// There in time.
    OnTime,
    /// There, but late.
    Late,
    /// Not there.
    Absent,
    /// Left before the end.
    EarlyLeave,
    /// A person must decide.
    Review,
    /// A day off.
    Off,
    /// Leave was approved.
    Excused,
}

impl DayOutcome {
    /// The name on the wire and in rulings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnTime => "on_time",
            Self::Late => "late",
            Self::Absent => "absent",
            Self::EarlyLeave => "early_leave",
            Self::Review => "review",
            Self::Off => "off",
            Self::Excused => "excused",
        }
    }
}

/// The answer of `GET /v1/projects/{project}/attendance`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AttendanceDay {
    /// The project's day.
    pub day: NaiveDate,
    /// Everybody whose attendance is taken, by name.
    pub people: Vec<PersonDay>,
    /// Where the next page begins; null on the last.
    pub next_cursor: Option<String>,
}

/// Minutes of a day, as far as they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DayMinutes {
    /// Whole minutes after the minute the arrival was due (AT-5).
    pub late: Option<i64>,
    /// Minutes before the end of the shift, begun ones included (AT-1).
    pub early: Option<i64>,
    /// Whole minutes from arrival to departure, less breaks.
    pub worked: Option<i64>,
    /// Whole minutes of breaks (AT-12).
    pub breaks: i64,
}

/// Something that is noted on a day, whatever it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DayFlag {
    /// The rule behind it.
    pub rule: String,
    /// Whether it is a severe one.
    pub severe: bool,
    /// In both languages.
    pub message: String,
}

/// What late evidence made of a day whose month was closed (MC-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DayStanding {
    /// What it came to.
    pub outcome: DayOutcome,
    /// Its minutes.
    pub minutes: DayMinutes,
}

/// One person's day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonDay {
    /// Who.
    pub person: Person,
    /// The team.
    pub team: Option<Uuid>,
    /// The project's day.
    pub day: NaiveDate,
    /// Whether the day is over and was ruled on; late evidence may still change it.
    pub closed: bool,
    /// What it came to; null while nothing is known yet.
    pub outcome: Option<DayOutcome>,
    /// The arrival: the earliest counted `on`.
    #[schema(value_type = Option<crate::sync::Moment>)]
    pub arrived: Option<Moment>,
    /// The departure: the latest counted `off`.
    #[schema(value_type = Option<crate::sync::Moment>)]
    pub left: Option<Moment>,
    /// Minutes late, early, worked and on breaks.
    pub minutes: DayMinutes,
    /// What is noted on the day.
    pub flags: Vec<DayFlag>,
    /// Check-ins of the day that wait for a decision.
    pub open: Vec<Uuid>,
    /// What late evidence made of it after its month was closed.
    pub adjusted: Option<DayStanding>,
    /// The ruling that stands: on the day, or while it lasts on the check-in that gives the arrival.
    #[schema(value_type = Option<crate::sync::Verdict>)]
    pub verdict: Option<Verdict>,
}

/// `GET /v1/projects/{project}/attendance/months/{month}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MonthQuery {
    /// Only this team.
    pub team: Option<Uuid>,
}

/// A month of attendance: person × day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MonthSheet {
    /// The month, `2026-11`.
    pub month: String,
    /// When and by whom it was closed; null while it is open.
    pub closed: Option<MonthClosed>,
    /// Everybody whose attendance was taken, by name.
    pub people: Vec<PersonMonth>,
    /// What late evidence made of days of closed months; the month that was open then bears it.
    pub adjustments: Vec<MonthAdjustment>,
    /// Where the next page begins; null on the last.
    pub next_cursor: Option<String>,
}

/// A closed month (MC-1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MonthClosed {
    /// When.
    pub at: Instant,
    /// By whom.
    pub by: Person,
    /// Why, although days were in review.
    pub reason: Option<String>,
    /// SHA-256 of the whole project's frozen sheet, as canonical JSON (members sorted, no blanks), in hex.
    #[schema(min_length = 64, max_length = 64)]
    pub checksum: String,
}

/// One person's month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonMonth {
    /// Who.
    pub person: Person,
    /// The team, the last one of the month.
    pub team: Option<Uuid>,
    /// The days that are over, in order.
    pub days: Vec<MonthDay>,
    /// How many days came to what.
    pub totals: BTreeMap<String, u32>,
    /// Minutes of all days together.
    pub minutes: MonthMinutes,
    /// Days in review.
    pub open: u32,
}

/// One day of a person's month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MonthDay {
    /// The project's day.
    pub day: NaiveDate,
    /// What it came to.
    pub outcome: DayOutcome,
    /// Its minutes.
    pub minutes: DayMinutes,
}

/// Minutes of a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MonthMinutes {
    /// Late.
    pub late: i64,
    /// Gone early.
    pub early: i64,
    /// Worked.
    pub worked: i64,
    /// On breaks.
    pub breaks: i64,
}

/// What late evidence made of a day whose month was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MonthAdjustment {
    /// The day.
    pub day: NaiveDate,
    /// Whose.
    pub person: Person,
    /// What stood before.
    pub from: DayStanding,
    /// What stands now.
    pub to: DayStanding,
    /// The ruling that changed it.
    pub ruling: Uuid,
    /// When.
    pub at: Instant,
}

/// `POST /v1/projects/{project}/attendance/months/{month}/close`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CloseMonth {
    /// Why the month is closed although days are in review, up to 4,000 characters.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What a check-in marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckType {
    /// The start of the working day.
    On,
    /// Its end.
    Off,
    /// The start of a break.
    BreakStart,
    /// The end of a break.
    BreakEnd,
}

/// `POST /v1/projects/{project}/attendance/manual`: a check-in that a phone could not record (AT-9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ManualCheck {
    /// The id of the check-in.
    pub id: Uuid,
    /// Whose attendance it is.
    pub subject: Uuid,
    /// What it marks.
    #[serde(rename = "type")]
    pub kind: CheckType,
    /// When it was, as the witness says; not in the future.
    pub at: Instant,
    /// Why it is entered by hand, not blank, up to 4,000 characters.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
    /// Who saw it: somebody else who works on the project.
    pub witness: Uuid,
}

/// A check-in that was entered by hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EnteredCheck {
    /// The id of the check-in.
    pub id: Uuid,
    /// Whose attendance it is.
    pub subject: Person,
    /// What it marks.
    #[serde(rename = "type")]
    pub kind: CheckType,
    /// When it was, as the witness says.
    pub at: Instant,
    /// When it was entered.
    pub entered_at: Instant,
    /// Who entered it.
    pub entered_by: Person,
    /// Why.
    pub reason: String,
    /// Who saw it.
    pub witness: Person,
    /// What was ruled.
    #[schema(value_type = Option<crate::sync::Verdict>)]
    pub verdict: Option<Verdict>,
}

/// `POST /v1/projects/{project}/attendance/witness`: a whole post at once (AT-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WitnessPost {
    /// The id of the round; asked again with it, the answer is the same.
    pub id: Uuid,
    /// The post.
    pub post: Uuid,
    /// The project's day; default today. Who has no check-in on a past day needs a manual entry.
    #[serde(default)]
    pub day: Option<NaiveDate>,
    /// What is witnessed.
    #[serde(rename = "type")]
    pub kind: CheckType,
    /// When they were seen, where it was not now; kept as evidence.
    #[serde(default)]
    pub seen_at: Option<Instant>,
    /// Only these, at most 500; default everybody assigned to the post that day.
    #[serde(default)]
    pub people: Option<Vec<Uuid>>,
}

/// What came of witnessing a post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WitnessedPost {
    /// The id of the round.
    pub id: Uuid,
    /// The day.
    pub day: NaiveDate,
    /// Each person.
    pub people: Vec<Witnessed>,
}

/// One person of a witnessed post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Witnessed {
    /// Who.
    pub person: Person,
    /// The check-ins that were confirmed or recorded.
    pub checks: Vec<Uuid>,
    /// What was done.
    pub how: WitnessedHow,
}

/// What was done for one person of a witnessed post.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WitnessedHow {
    /// Own check-ins were confirmed: they give the time.
    Confirmed,
    /// There was none: the witness's moment counts.
    Recorded,
    /// They were witnessed before.
    Known,
    /// The day is over and there is none.
    Missing,
    /// Somebody else's team: nothing was done.
    NotYours,
}

/// `PUT /v1/teams/{team}/delegate`: who takes attendance for the lead, too (AT-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NameDelegate {
    /// The user; null for nobody.
    pub user: Option<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_have_one_name() {
        use DayOutcome::{Absent, EarlyLeave, Excused, Late, Off, OnTime, Review};
        for outcome in [OnTime, Late, Absent, EarlyLeave, Review, Off, Excused] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
    }
}
