//! Attendance (考勤) of a day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sync_core::exchange::Verdict;
use sync_core::time::Moment;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::Person;

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
}

/// One person's day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PersonDay {
    /// Who.
    pub person: Person,
    /// The team.
    pub team: Option<Uuid>,
    /// What it came to; null while nothing is known yet.
    pub outcome: Option<DayOutcome>,
    /// The arrival: the earliest counted `on`.
    #[schema(value_type = Option<crate::sync::Moment>)]
    pub arrived: Option<Moment>,
    /// The departure: the latest `off`.
    #[schema(value_type = Option<crate::sync::Moment>)]
    pub left: Option<Moment>,
    /// Minutes late, when late.
    pub late_minutes: Option<u32>,
    /// The ruling that stands, with its reasons.
    #[schema(value_type = Option<crate::sync::Verdict>)]
    pub verdict: Option<Verdict>,
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
