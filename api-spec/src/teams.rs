//! Training (TR-1), deputies, and the lead's morning.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::{Instant, Person};
use crate::rosters::{DayPlan, OffReason};

/// `POST /v1/users/{id}/training`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordTraining {
    /// The project's day of the training, also long after it; not in the future.
    pub on: NaiveDate,
}

/// A training record, and what it changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Training {
    /// Who was trained.
    pub user: Uuid,
    /// When.
    pub on: NaiveDate,
    /// How many verdicts of check-ins and bookings are different now.
    pub changed: u64,
}

/// `PUT /v1/teams/{id}/deputy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PutDeputy {
    /// Who stands in for the lead; null for nobody.
    pub user: Option<Uuid>,
}

/// Who stands in for the lead of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deputy {
    /// The team.
    pub team: Uuid,
    /// The lead.
    pub lead: Option<Person>,
    /// The deputy.
    pub deputy: Option<Person>,
}

/// `GET /v1/projects/{project}/morning`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MorningQuery {
    /// The project's day; default today.
    pub day: Option<NaiveDate>,
    /// Only this team.
    pub team: Option<Uuid>,
    /// Only those in this state: `in`, `late`, `missing`, `review`, `leave`, `off`.
    pub state: Option<String>,
}

/// Where somebody is in the morning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MorningState {
    /// Checked in, in time.
    In,
    /// Checked in late.
    Late,
    /// Planned, and no check-in counts yet.
    Missing,
    /// A check-in waits for a decision.
    Review,
    /// On approved leave.
    Leave,
    /// Has the day off, and is not there.
    Off,
}

/// The lead's morning: a page of people, and on the first page what is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Morning {
    /// The project's day.
    pub day: NaiveDate,
    /// By team and name.
    pub items: Vec<MorningPerson>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
    /// Of the first page: posts of the project that nobody in the caller's scope is assigned to on that day.
    pub empty_posts: Vec<PostName>,
    /// Of the first page: requests that wait for an answer.
    pub open_requests: u64,
    /// Of the first page: reviews that wait for a decision; counted up to 501.
    pub open_reviews: u64,
}

/// A post by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PostName {
    /// The post.
    pub id: Uuid,
    /// Its name.
    pub name: String,
}

/// Somebody on the lead's morning list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MorningPerson {
    /// Who.
    pub person: Person,
    /// The team.
    pub team: Option<Uuid>,
    /// Where they are.
    pub state: MorningState,
    /// Whether they work by plan.
    pub plan: DayPlan,
    /// Why they are off.
    pub off: Option<OffReason>,
    /// The last minute that is on time.
    pub on_site_by: Option<String>,
    /// When they checked in: the earliest `on` that counts, else the earliest that waits for a decision.
    pub at: Option<Instant>,
    /// The verdict of that check-in.
    pub verdict: Option<String>,
    /// Their posts of the day.
    pub posts: Vec<PostName>,
}
