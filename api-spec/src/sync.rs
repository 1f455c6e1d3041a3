//! The schema of `POST /v1/sync`. The messages themselves are sync-core's (`sync_core::exchange`), which knows no OpenAPI;
//! a test holds the two together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

mod record;

pub use record::{Answer, Grade, Moment, SyncRecord, Verdict, VerdictReason};

use crate::primitives::Instant;

/// What a phone sends. See `sync-protocol.md`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncRequest {
    /// The protocol version: 1.
    #[schema(example = 1)]
    pub protocol: u32,
    /// The server's epoch as the phone knows it; null on first contact.
    pub epoch: Option<String>,
    /// The newest anchor held.
    #[serde(default)]
    pub anchor: Option<String>,
    /// The last seq in the phone's log.
    #[serde(default)]
    pub recorded: Option<u64>,
    /// The exact texts of consecutive ops, at most 1,000 and 1 MiB.
    #[serde(default)]
    #[schema(value_type = Vec<SyncOp>, max_items = 1000)]
    pub ops: Vec<Value>,
    /// How far the phone has pulled each bucket; opaque.
    #[serde(default)]
    pub cursors: BTreeMap<String, String>,
    /// Changes wanted in the answer.
    #[schema(minimum = 1, maximum = 5000, default = 500)]
    pub limit: u32,
}

/// The data of an event of `GET /v1/sync/events`: a bucket has changed, come and pull. A hint only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SyncPoke {
    /// The bucket.
    #[schema(example = "user:0193f5a0-0000-7000-8000-000000000001")]
    pub bucket: String,
    /// Its newest rev.
    pub rev: i64,
}

/// One op of a device's log. Digests are taken over its exact text.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncOp {
    /// Dense per device, from 1.
    #[schema(minimum = 1)]
    pub seq: u64,
    /// SHA-256 of the previous op's exact text: 64 hex digits, zeros for the first.
    pub prev: String,
    /// The record kind, see `kinds.md`.
    #[schema(example = "lead")]
    pub kind: String,
    /// The version of the kind.
    pub v: u32,
    /// The record.
    pub id: Uuid,
    /// The project.
    pub project: Uuid,
    /// Ops of one group are consecutive, in one request, at most 100, and share one fate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// 32 hex digits at random, with sealed fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// Exactly one of `set`, `add`, `tag`, `untag`, `delete`, `command`.
    #[serde(rename = "do")]
    #[schema(example = json!({"set": {"name": "王女士", "intent": "A"}}))]
    pub action: Map<String, Value>,
    /// The evidence of when.
    pub time: SyncTime,
    /// Where the op stood in the log it was taken over from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<SyncWas>,
}

/// The evidence of when an op was recorded. Nothing in here ever rejects an op.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncTime {
    /// The newest anchor held when the op was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// Monotonic time since that anchor arrived, in ms; omitted after a reboot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed_ms: Option<i64>,
    /// Names the phone's boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// The wall clock. Kept, never decisive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall: Option<String>,
}

/// Where a re-chained op stood before a fork.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncWas {
    /// The forked device.
    pub device: Uuid,
    /// Its place in that log.
    pub seq: u64,
    /// The digest it had there.
    pub digest: String,
}

/// What the server answers.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncResponse {
    /// Changes when the server was restored from a backup.
    pub epoch: String,
    /// The server's time.
    pub server_time: Instant,
    /// The anchor to put into every op from now on.
    pub anchor: String,
    /// Every op up to this seq is on disk and has a final outcome.
    pub acked: u64,
    /// Acknowledged ops from this seq on must be retained.
    pub keep_from: u64,
    /// Do not come back earlier unless there is something to push, ms.
    pub sync_after_ms: u64,
    /// Every op of the request that is not plainly applied.
    pub outcomes: Vec<SyncOutcome>,
    /// Every bucket of the user.
    pub buckets: Vec<SyncBucket>,
    /// What changed.
    pub changes: Vec<SyncChange>,
    /// To be sent with the next request.
    pub cursors: BTreeMap<String, String>,
    /// Ask again at once: there is more.
    pub more: bool,
}

/// The final outcome of one op.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncOutcome {
    /// The op's place in the log.
    pub seq: u64,
    /// What became of it.
    pub status: Status,
    /// A rule id, or a code of the problem table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "BK-5")]
    pub rule: Option<String>,
    /// In words: a line of English and a line of 简体中文.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The record the op was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Uuid>,
}

/// What became of an op.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It took effect.
    Applied,
    /// Every field lost to newer stamps.
    Superseded,
    /// Refused; kept as evidence.
    Rejected,
    /// Kept and adjudicated later.
    Parked,
    /// It was there already.
    Duplicate,
}

/// The state of one bucket at the end of the answer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncBucket {
    /// The bucket.
    #[schema(example = "user:0193e0a0-0000-7000-8000-000000000001")]
    pub bucket: String,
    /// Its newest rev.
    pub rev: u64,
    /// Its live members.
    pub count: u64,
    /// 16 hex digits; holds for the phone when `more` is false.
    #[schema(example = "1f00c3a95d7e2b48")]
    pub checksum: String,
    /// Drop the copy of this bucket before applying the changes.
    pub reset: bool,
}

/// One change in one bucket: a record as it stands, or why it left.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum SyncChange {
    /// It left the bucket.
    Gone(SyncGone),
    /// As it stands.
    Live(Box<SyncLive>),
}

/// A record left a bucket.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncGone {
    /// The bucket.
    pub bucket: String,
    /// The bucket's rev.
    pub rev: u64,
    /// The record.
    pub id: Uuid,
    /// Why.
    pub gone: GoneReason,
}

/// Why a record left a bucket.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GoneReason {
    /// The record was deleted.
    Deleted,
    /// It went to another scope.
    Moved,
    /// The reader may not see this scope any more.
    Revoked,
    /// Too old for phones.
    Expired,
}

/// A record in a bucket.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SyncLive {
    /// The bucket.
    pub bucket: String,
    /// The bucket's rev at which it stands now.
    pub rev: u64,
    /// The record.
    #[serde(flatten)]
    pub record: SyncRecord,
}
