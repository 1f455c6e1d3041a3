//! Rosters (排班): who works on which day (AT-2, AT-3, AT-4).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::Person;

/// Which team's roster of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RosterTeam {
    /// The team. Default: the only team the caller leads; else those who are in no team, such as consultants.
    pub team: Option<Uuid>,
}

/// `GET /v1/projects/{project}/rosters`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RosterQuery {
    /// The first day; default today.
    pub from: Option<NaiveDate>,
    /// The last day; default six days later. At most 62 days are listed.
    pub until: Option<NaiveDate>,
    /// Only this team.
    pub team: Option<Uuid>,
}

/// Whether somebody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayPlan {
    /// Works.
    Work,
    /// Has the day off.
    Off,
}

/// Why somebody has a day off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OffReason {
    /// The turn of the rotation, or a day on which the field does not work.
    Rotation,
    /// A holiday; by the site lead or the back office.
    Holiday,
    /// Something happens on the project; by the site lead or the back office.
    Event,
    /// Instead of a day that was worked; by the site lead or the back office.
    Makeup,
}

/// `PUT /v1/projects/{project}/rosters/{day}`: the whole roster of a team's day. Of those it does not name the calendar decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PutRoster {
    /// Up to 500 people of the team, each once.
    pub people: Vec<PlannedDay>,
    /// Why the rules are set aside (site lead and back office), up to 4,000 characters.
    #[serde(default)]
    pub reason: Option<String>,
}

/// What somebody is to do on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlannedDay {
    /// Who.
    pub user: Uuid,
    /// Whether they work.
    pub plan: DayPlan,
    /// When the shift starts, such as `10:00`, where it is not the policy's; with `end`.
    #[serde(default)]
    pub start: Option<String>,
    /// When it ends.
    #[serde(default)]
    pub end: Option<String>,
    /// Why they are off; with `off` only.
    #[serde(default)]
    pub off: Option<OffReason>,
}

/// A team's roster of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Roster {
    /// The project's day.
    pub day: NaiveDate,
    /// The team; null for those who are in none.
    pub team: Option<Uuid>,
    /// Counts the changes; 0 while the calendar alone decides.
    pub version: u64,
    /// Everybody of the team, by name.
    pub people: Vec<RosterEntry>,
}

/// What somebody does on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RosterEntry {
    /// The project's day.
    pub day: NaiveDate,
    /// Who.
    pub person: Person,
    /// The team.
    pub team: Option<Uuid>,
    /// Whether they work.
    pub plan: DayPlan,
    /// When the shift starts, for those who work.
    pub start: Option<String>,
    /// When it ends.
    pub end: Option<String>,
    /// The last minute that is on time (AT-5).
    pub on_site_by: Option<String>,
    /// Why they are off.
    pub off: Option<OffReason>,
    /// Whether a roster says so; else the calendar.
    pub planned: bool,
    /// What it runs against.
    pub warnings: Vec<RosterWarning>,
}

/// A rule that a plan runs against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RosterWarning {
    /// The rule.
    #[schema(example = "AT-3")]
    pub rule: String,
    /// In both languages.
    pub message: String,
}

/// `POST /v1/projects/{project}/rosters/propose`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProposeRoster {
    /// The team; null for those who are in none.
    #[serde(default)]
    pub team: Option<Uuid>,
    /// A day of the week (Monday to Sunday) that is asked for.
    pub week: NaiveDate,
}

/// Days off that rotate fairly (AT-2). Nothing is stored: what is agreed to is put day by day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProposedRoster {
    /// The Monday of the week.
    pub week: NaiveDate,
    /// Everybody of the team with the days off proposed; liaisons have none (AT-3).
    pub people: Vec<ProposedDays>,
}

/// Days off that are proposed for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProposedDays {
    /// Who.
    pub person: Person,
    /// Their days off in that week.
    pub off: Vec<NaiveDate>,
}
