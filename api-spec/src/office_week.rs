//! The back office's week.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::{Instant, Person};

/// `GET /v1/projects/{project}/week`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OfficeWeekQuery {
    /// Such as `2026-W48`; default the one that lasts.
    pub week: Option<String>,
}

/// What a week came to: of the whole project in the first row, then of each team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfficeWeek {
    /// The week.
    #[schema(example = "2026-W48")]
    pub week: String,
    /// The team; null for the whole project.
    pub team: Option<WeekTeam>,
    /// Whose attendance was taken in it.
    pub people: u32,
    /// How many of their days came to what: `on_time`, `late`, `absent` and so on. Days that are not closed are not counted.
    pub days: BTreeMap<String, u32>,
    /// How many daily logs of the week stand in which phase.
    pub logs: BTreeMap<String, u32>,
    /// Closed days of work without a log that was handed in.
    pub days_without_log: u32,
    /// The outlets of each calendar month that the week touches; a month in which none asks for visits is missing. Outlets of no team
    /// count for the whole project alone.
    pub outlets: Vec<WeekOutlets>,
    /// Rulings that wait for a person now, whatever day they are about.
    pub open_reviews: u32,
    /// Cases that wait for the office now; for the whole project.
    pub open_disputes: Option<u32>,
    /// Those of them that should have been settled by now (DS-4).
    pub overdue_disputes: Option<u32>,
    /// Sheets that wait too long for their signatures now (CF-5); for the whole project.
    pub overdue_sheets: Option<u32>,
}

/// A calendar month of the outlets that ask for visits in it, as it was counted last (OV-3, OV-4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WeekOutlets {
    /// `2026-11`.
    #[schema(example = "2026-11")]
    pub month: String,
    /// How many outlets ask for visits.
    pub outlets: u32,
    /// Those past the middle of the month that are behind the pace.
    pub at_risk: u32,
    /// Those whose month is over, with visits missing.
    pub short: u32,
    /// Visits that count (OV-5).
    pub counted: u32,
    /// Visits asked for.
    pub quota: u32,
}

/// A team by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WeekTeam {
    /// The team.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Who leads it.
    pub lead: Option<Person>,
    /// When its logs of the week were handed in (WL-9).
    pub handed_in_at: Option<Instant>,
    /// They were handed in later than they were due, or are due and were not.
    pub hand_in_late: bool,
}
