//! Records as lists and with their history.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sync_core::exchange::Status;
use sync_core::op::Digest;
use sync_core::time::Moment;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{primitives::Person, rulings::Ruling};

/// `GET /v1/projects/{project}/records`: one's own records, those of the teams one leads, all for the back office; newest day first. Answered with a page of `SyncRecord`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RecordQuery {
    /// The kind, such as `visit`.
    pub kind: String,
    /// Who recorded it.
    pub owner: Option<Uuid>,
    /// The owner's team at the record's moment.
    pub team: Option<Uuid>,
    /// Recorded on this project day or later.
    pub from: Option<NaiveDate>,
    /// Recorded on this project day or earlier.
    pub to: Option<NaiveDate>,
    /// The phase.
    pub phase: Option<String>,
    /// Words that the texts of the record contain.
    pub q: Option<String>,
}

/// `GET /v1/records/{id}/history`: every op about the record in server order, and every ruling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct History {
    /// The record.
    pub record: Uuid,
    /// What was claimed.
    pub ops: Vec<HistoryOp>,
    /// What was ruled, oldest first.
    pub rulings: Vec<Ruling>,
}

/// One op about a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HistoryOp {
    /// Who.
    pub author: Person,
    /// On which device.
    pub device: Uuid,
    /// Its place in that device's log.
    pub seq: u64,
    /// SHA-256 of its exact text: 64 hex digits.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// When it was recorded.
    #[schema(value_type = crate::sync::Moment)]
    pub moment: Moment,
    /// What became of it.
    #[schema(value_type = crate::sync::Status)]
    pub status: Status,
    /// The rule or problem code, when it was refused or parked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What it asked for, numbers masked.
    #[serde(rename = "do")]
    pub action: Map<String, Value>,
}
