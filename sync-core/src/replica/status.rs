//! Where the phone stands: what is pending, acknowledged, rejected, and how its copy compares.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Replica;
use crate::checksum::Checksum;
use crate::exchange::{self, Outcome};

/// A summary for the person who holds the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The device.
    pub device: Uuid,
    /// The last seq recorded; 0 in an empty log.
    pub recorded: u64,
    /// Every op up to this seq has its outcome.
    pub acknowledged: u64,
    /// Ops without an outcome.
    pub pending: usize,
    /// Rejected ops among those retained.
    pub rejected: usize,
    /// Parked ops among those retained.
    pub parked: usize,
    /// A new device is needed before more can be pushed.
    pub forked: bool,
    /// The server's epoch; none before the first answer.
    pub epoch: Option<String>,
    /// The copy, bucket by bucket.
    pub buckets: Vec<BucketStatus>,
}

/// The phone's copy of one bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketStatus {
    /// The bucket's name.
    pub bucket: String,
    /// Its members on the phone.
    pub count: u64,
    /// Their checksum.
    pub checksum: Checksum,
}

/// An op that has no outcome yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingOp<'a> {
    /// Its place in the log.
    pub seq: u64,
    /// The record it is about.
    pub record: Uuid,
    /// Its exact text.
    pub text: &'a str,
}

impl Replica {
    /// Where the phone stands.
    pub fn status(&self) -> Status {
        let count = |status| {
            let outcomes = self.log.retained().filter_map(|(_, entry)| entry.outcome.as_ref());
            outcomes.filter(|outcome| outcome.status == status).count()
        };
        let buckets = self.copy.buckets.iter().map(|(name, copy)| BucketStatus {
            bucket: name.clone(),
            count: copy.count(),
            checksum: copy.checksum,
        });
        Status {
            device: self.log.device,
            recorded: self.log.last(),
            acknowledged: self.log.acked(),
            pending: self.log.pending().count(),
            rejected: count(exchange::Status::Rejected),
            parked: count(exchange::Status::Parked),
            forked: self.forked.is_some(),
            epoch: self.copy.epoch.clone(),
            buckets: buckets.collect(),
        }
    }

    /// Ops without an outcome, oldest first.
    pub fn pending(&self) -> impl Iterator<Item = PendingOp<'_>> {
        self.log.pending().map(|(seq, entry)| PendingOp { seq, record: entry.record, text: &entry.text })
    }

    /// The exact texts of all ops retained, oldest first.
    pub fn texts(&self) -> impl Iterator<Item = (u64, &str)> {
        self.log.retained().map(|(seq, entry)| (seq, entry.text.as_str()))
    }

    /// The final outcome of an op of this log; none while it is pending or when it is not retained any more.
    pub fn outcome(&self, seq: u64) -> Option<&Outcome> {
        self.log.entry(seq)?.outcome.as_ref()
    }

    /// The outcomes of retained ops, oldest first.
    pub fn outcomes(&self) -> impl Iterator<Item = &Outcome> {
        self.log.retained().filter_map(|(_, entry)| entry.outcome.as_ref())
    }
}
