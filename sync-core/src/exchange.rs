//! The messages of `POST /v1/sync`: one round trip pushes and pulls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::checksum::Checksum;
use crate::time::{Answer, Moment};

/// The version of the protocol this code speaks.
pub const PROTOCOL: u32 = 1;
/// Ops in one request.
pub const REQUEST_OPS: usize = 1_000;
/// Bytes of ops in one request, after decompression.
pub const REQUEST_BYTES: usize = 1024 * 1024;
/// Changes in one answer, at the most.
pub const LIMIT_MAX: u32 = 5_000;
/// Changes in one answer, unless the request says otherwise.
pub const LIMIT_DEFAULT: u32 = 500;

/// What a phone sends.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The server's epoch as the phone knows it; null on first contact.
    pub epoch: Option<String>,
    /// The newest anchor held.
    #[serde(default)]
    pub anchor: Option<String>,
    /// The last seq in the phone's log: everything recorded later is younger than `anchor`.
    #[serde(default)]
    pub recorded: Option<u64>,
    /// The exact texts of consecutive ops.
    #[serde(default)]
    pub ops: Vec<Box<RawValue>>,
    /// How far the phone has pulled each bucket; opaque.
    #[serde(default)]
    pub cursors: BTreeMap<String, String>,
    /// Changes wanted in the answer, 1 to [`LIMIT_MAX`].
    #[serde(default = "default_limit")]
    pub limit: u32,
}

fn default_limit() -> u32 {
    LIMIT_DEFAULT
}

/// What the server answers. `C` is how changes are carried: typed on the phone, ready-made text on the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response<C = Change> {
    /// Changes when the server was restored from a backup.
    pub epoch: String,
    /// RFC 3339.
    pub server_time: String,
    /// The anchor to put into every op from now on.
    pub anchor: String,
    /// Every op up to this seq is on disk and has a final outcome.
    pub acked: u64,
    /// Acknowledged ops from this seq on must be retained for a restored server.
    pub keep_from: u64,
    /// The phone should not come back earlier unless it has something to push, in ms.
    pub sync_after_ms: u64,
    /// Every op of the request that is not plainly applied.
    pub outcomes: Vec<Outcome>,
    /// Every bucket of the user; one that is missing is dropped whole.
    pub buckets: Vec<Bucket>,
    /// What changed since the cursors, ascending by rev within a bucket.
    pub changes: Vec<C>,
    /// To be sent with the next request.
    pub cursors: BTreeMap<String, String>,
    /// Ask again at once: there is more.
    pub more: bool,
}

/// The final outcome of one op.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The op's place in the log.
    pub seq: u64,
    /// What became of it.
    pub status: Status,
    /// A rule id, or a code of the problem table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The record the op was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Uuid>,
}

/// What became of an op. All are final and acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It took effect.
    Applied,
    /// Every field lost to newer stamps.
    Superseded,
    /// Refused; kept as evidence.
    Rejected,
    /// Not understood yet, or about a record that does not exist yet; kept and adjudicated later.
    Parked,
    /// It was there already.
    Duplicate,
}

impl Status {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Superseded => "superseded",
            Self::Rejected => "rejected",
            Self::Parked => "parked",
            Self::Duplicate => "duplicate",
        }
    }
}

/// The state of one bucket at the end of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// The bucket's name, for example `team:<id>`.
    pub bucket: String,
    /// Its newest rev.
    pub rev: u64,
    /// Its live members.
    pub count: u64,
    /// Of its live members; holds for the phone when `more` is false.
    pub checksum: Checksum,
    /// The phone drops its copy of this bucket before it applies the changes.
    pub reset: bool,
}

/// One change in one bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The bucket's name.
    pub bucket: String,
    /// The bucket's rev at which the record stands now.
    pub rev: u64,
    /// The record as it stands, or why it left the bucket.
    #[serde(flatten)]
    pub what: What,
}

/// A record as it stands, or why it left a bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum What {
    /// It left.
    Gone {
        /// The record.
        id: Uuid,
        /// Why.
        gone: Gone,
    },
    /// As it stands.
    Live(Box<Record>),
}

impl What {
    /// The record's id.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Gone { id, .. } => *id,
            Self::Live(record) => record.id,
        }
    }
}

/// Why a record left a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gone {
    /// The record was deleted.
    Deleted,
    /// The record went to another scope.
    Moved,
    /// The reader may not see this scope any more.
    Revoked,
    /// The record is too old for phones.
    Expired,
}

/// A record as phones see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The kind's name.
    pub kind: String,
    /// The record.
    pub id: Uuid,
    /// The version of the kind's declaration.
    pub v: u32,
    /// The project.
    pub project: Uuid,
    /// Counts accepted changes of the body.
    pub version: u64,
    /// The merged fields, numbers masked.
    pub body: Map<String, Value>,
    /// Where the record stands in its kind's phases.
    pub phase: String,
    /// The ruling that stands, if one was made.
    pub verdict: Option<Verdict>,
    /// Who recorded it; null for what the server made for everybody.
    pub owner: Option<Uuid>,
    /// When it was recorded.
    pub created: Moment,
}

/// The ruling that stands about a record, with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was ruled.
    pub outcome: String,
    /// The ruling; `GET /v1/rulings?subject=` explains it.
    pub ruling: Uuid,
    /// When it was ruled, RFC 3339.
    pub at: String,
    /// Until when it holds, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Why.
    pub reasons: Vec<VerdictReason>,
}

/// One reason of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictReason {
    /// The rule's id in the rulebook.
    pub rule: String,
    /// What the rule answered.
    pub answer: Answer,
    /// In words, English and Chinese in one text.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_carries_op_texts_verbatim() {
        let text = r#"{"protocol":1,"epoch":null,"ops":[{ "seq" : 1 , "b":[ 1.0 ]}]}"#;
        let request: Request = serde_json::from_str(text).unwrap();
        assert_eq!(request.ops[0].get(), r#"{ "seq" : 1 , "b":[ 1.0 ]}"#);
        assert_eq!(request.limit, LIMIT_DEFAULT);
        assert!(serde_json::to_string(&request).unwrap().contains(r#"[{ "seq" : 1 , "b":[ 1.0 ]}]"#));
    }

    #[test]
    fn changes_are_live_or_gone() {
        let live = r#"{"bucket":"b","rev":1,"kind":"visit","id":"00000000-0000-0000-0000-000000000001","v":1,"project":"00000000-0000-0000-0000-000000000002","version":1,"body":{},"phase":"open","verdict":null,"owner":null,"created":{"earliest":"1970-01-01T00:00:00.001Z","latest":"2026-11-22T01:31:07.120Z","grade":"bracketed"}}"#;
        let change: Change = serde_json::from_str(live).unwrap();
        assert!(matches!(change.what, What::Live(_)));
        assert_eq!(serde_json::to_string(&change).unwrap(), live);
        let gone = r#"{"bucket":"b","rev":2,"id":"00000000-0000-0000-0000-000000000001","gone":"moved"}"#;
        let change: Change = serde_json::from_str(gone).unwrap();
        assert!(matches!(change.what, What::Gone { gone: Gone::Moved, .. }));
        assert_eq!(serde_json::to_string(&change).unwrap(), gone);
    }
}
