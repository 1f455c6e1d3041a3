//! Outlets: their months, cards that may be one outlet's, idle ones, and what leads decide about them (OV).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::{Instant, Person};

/// Filters of `GET /v1/projects/{project}/outlet-months/{month}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OutletMonthQuery {
    /// Outlets of this team alone.
    #[serde(default)]
    pub team: Option<Uuid>,
    /// Months that stand like this alone.
    #[serde(default)]
    #[param(inline)]
    pub state: Option<MonthState>,
}

/// Filters of lists of outlets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OutletQuery {
    /// Outlets of this team alone.
    #[serde(default)]
    pub team: Option<Uuid>,
}

/// Where an outlet's month stands (OV-3, OV-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MonthState {
    /// As many visits count as are asked for.
    Met,
    /// There is time left.
    Open,
    /// Past the middle of the month, and behind the pace.
    Risk,
    /// The month is over, and visits are missing.
    Short,
}

/// A calendar month of an outlet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutletMonth {
    /// The outlet.
    pub outlet: Uuid,
    /// Its name.
    #[schema(example = "链家天府店")]
    pub name: String,
    /// `2026-11`.
    #[schema(example = "2026-11")]
    pub month: String,
    /// The grade it is counted by, the last one set before the month's end; one without counts as D.
    pub grade: Option<String>,
    /// The team that is responsible; null for outlets nobody opened, which are every lead's.
    pub team: Option<Uuid>,
    /// Who opened it.
    pub owner: Option<Person>,
    /// Visits that count.
    pub counted: u64,
    /// Visits asked for.
    pub quota: u64,
    /// Where the month stands.
    pub state: MonthState,
}

/// The card of an outlet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutletCard {
    /// The outlet; its record has the same id.
    pub id: Uuid,
    /// Its name.
    #[schema(example = "链家天府店")]
    pub name: String,
    /// `A` to `D`.
    pub grade: Option<String>,
    /// The team that is responsible; null for outlets nobody opened, which are every lead's.
    pub team: Option<Uuid>,
    /// Who opened it.
    pub owner: Option<Person>,
    /// `open`, `dropped`, `merged` or `deleted`.
    #[schema(example = "open")]
    pub state: String,
    /// The project's day of its opening.
    pub opened_on: NaiveDate,
    /// The last day that brought a lead, else that of its opening.
    pub idle_from: NaiveDate,
    /// It is kept until then, though it brings no lead.
    pub keep_until: Option<NaiveDate>,
    /// The card that took its place.
    pub merged_into: Option<Uuid>,
}

/// Two cards that may be one outlet's (OV-2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutletPair {
    /// One card.
    pub one: OutletCard,
    /// The other.
    pub other: OutletCard,
    /// `name`: they have the same; `place`: they lie together and have similar names.
    #[schema(example = "name")]
    pub why: String,
    /// When that was seen.
    pub at: Instant,
}

/// `POST /v1/outlets/{id}/merge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MergeOutlet {
    /// The card that takes over.
    pub into: Uuid,
    /// Why, in words, not blank, up to 4,000 characters.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

/// `POST /v1/outlets/{id}/distinct`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DistinctOutlet {
    /// The card of another outlet.
    pub other: Uuid,
    /// Why, in words, not blank, up to 4,000 characters.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

/// `POST /v1/outlets/{id}/keep`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeepOutlet {
    /// The day on which it may be a candidate again.
    pub until: NaiveDate,
    /// Why, in words, not blank, up to 4,000 characters.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

/// Filters of `GET /v1/projects/{project}/leads/overdue`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OverdueQuery {
    /// Leads of this person alone.
    #[serde(default)]
    pub owner: Option<Uuid>,
    /// Leads of this team alone.
    #[serde(default)]
    pub team: Option<Uuid>,
}

/// An open lead that lies waiting (FW-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OverdueLead {
    /// The lead.
    pub lead: Uuid,
    /// The customer's name.
    #[schema(example = "王女士")]
    pub name: String,
    /// The customer's masked number.
    #[schema(example = "138****5678")]
    pub phone_masked: Option<String>,
    /// Whose lead it is.
    pub owner: Option<Person>,
    /// The owner's team.
    pub team: Option<Uuid>,
    /// The day of the last follow-up or of a visit that named the lead, else of the lead.
    pub touched_on: NaiveDate,
    /// The day on which the owner meant to follow up.
    pub next_follow_on: Option<NaiveDate>,
    /// Since when it lies waiting.
    pub overdue_since: NaiveDate,
}

/// Filters of `GET /v1/projects/{project}/funnel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FunnelQuery {
    /// The first day.
    pub from: NaiveDate,
    /// The last day, at most 92 days on.
    pub until: NaiveDate,
    /// What members of this team did.
    #[serde(default)]
    pub team: Option<Uuid>,
    /// What this person did.
    #[serde(default)]
    pub owner: Option<Uuid>,
    /// What those did who canvassed at this post on the day.
    #[serde(default)]
    pub post: Option<Uuid>,
}

/// What a day of canvassing came to; every count is at least 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FunnelDay {
    /// The project's day.
    pub day: NaiveDate,
    /// Flyers given out.
    pub flyers: u64,
    /// People talked to.
    pub contacts: u64,
    /// Those who were interested.
    pub interested: u64,
    /// Those who came along at once.
    pub brought: u64,
    /// Leads recorded.
    pub leads: u64,
    /// Bookings that were not taken back.
    pub bookings: u64,
    /// Valid arrivals.
    pub arrivals: u64,
    /// Deals that came of these arrivals.
    pub deals: u64,
}
