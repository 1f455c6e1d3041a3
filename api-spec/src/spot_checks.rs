//! Spot checks (抽查), to be answered by a `spot` check-in (AT-11).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::{Instant, Person};

/// `POST /v1/projects/{project}/spot-checks`: of `subjects`, a `team`, the people at a `post` today, or everybody in the caller's scope; one
/// of the three at most. The same body again is answered the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssueSpotChecks {
    /// Names the request.
    pub id: Uuid,
    /// These people.
    #[serde(default)]
    pub subjects: Option<Vec<Uuid>>,
    /// Everybody of this team.
    #[serde(default)]
    pub team: Option<Uuid>,
    /// Everybody assigned to this post today.
    #[serde(default)]
    pub post: Option<Uuid>,
    /// Only so many of them, drawn by lot.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub random: Option<u32>,
}

/// The spot checks of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssuedSpotChecks {
    /// Names the request.
    pub id: Uuid,
    /// One for each person.
    pub checks: Vec<SpotCheck>,
}

/// A spot check of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpotCheck {
    /// Its record.
    pub id: Uuid,
    /// Who is checked.
    pub person: Person,
    /// The team.
    pub team: Option<Uuid>,
    /// `issued` until it reaches the phone, then `delivered`, in the end `answered`, `missed` or, where the time is unclear, `review`.
    #[schema(example = "delivered")]
    pub state: String,
    /// When it was issued.
    pub issued_at: Instant,
    /// By whom.
    pub issued_by: Person,
    /// When it reached the phone; one that never does is not counted.
    pub reached_at: Option<Instant>,
    /// By when it is to be answered.
    pub until: Option<Instant>,
    /// The check-in that answered it.
    pub answer: Option<Uuid>,
}

/// `GET /v1/projects/{project}/spot-checks`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SpotCheckQuery {
    /// The project's day of their issue; default today.
    pub day: Option<NaiveDate>,
    /// Only this team.
    pub team: Option<Uuid>,
    /// Only those in this state.
    pub state: Option<String>,
}
