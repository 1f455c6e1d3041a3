//! The least phone that takes answers as the protocol page says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sync_core::checksum::Checksum;
use sync_core::exchange::{Response, What};
use uuid::Uuid;

#[derive(Default)]
pub(super) struct Phone {
    epoch: Option<String>,
    anchor: Option<String>,
    acked: u64,
    cursors: BTreeMap<String, String>,
    buckets: BTreeMap<String, BTreeMap<Uuid, u64>>,
    bodies: BTreeMap<Uuid, Value>,
}

impl Phone {
    /// Takes one answer as a whole, and proves that every bucket equals the server's.
    pub(super) fn apply(&mut self, answer: &Value) {
        let response: Response = serde_json::from_value(answer.clone()).unwrap();
        if self.epoch.as_ref().is_some_and(|epoch| *epoch != response.epoch) {
            self.buckets.clear();
        }
        self.buckets.retain(|name, _| response.buckets.iter().any(|bucket| bucket.bucket == *name));
        for bucket in response.buckets.iter().filter(|bucket| bucket.reset) {
            self.buckets.remove(&bucket.bucket);
        }
        for change in response.changes {
            let members = self.buckets.entry(change.bucket).or_default();
            match change.what {
                What::Gone { id, .. } => drop(members.remove(&id)),
                What::Live(record) => {
                    members.insert(record.id, change.rev);
                    self.bodies.insert(record.id, record.body.into());
                }
            }
        }
        let held: BTreeSet<Uuid> = self.buckets.values().flat_map(BTreeMap::keys).copied().collect();
        self.bodies.retain(|id, _| held.contains(id));
        (self.epoch, self.anchor, self.acked) = (Some(response.epoch), Some(response.anchor), response.acked);
        self.cursors = response.cursors;
        for bucket in response.buckets.iter().filter(|_| !response.more) {
            assert_eq!((bucket.count, bucket.checksum), self.proof(&bucket.bucket), "{}", bucket.bucket);
        }
    }

    /// Count and checksum of a bucket's members.
    pub(super) fn proof(&self, bucket: &str) -> (u64, Checksum) {
        let members = self.buckets.get(bucket).into_iter().flatten().map(|(id, rev)| (*id, *rev));
        (members.clone().count() as u64, Checksum::of(members))
    }

    pub(super) fn acked(&self) -> u64 {
        self.acked
    }

    pub(super) fn shown(&self) -> Value {
        let buckets: BTreeMap<_, Vec<_>> = self
            .buckets
            .iter()
            .map(|(name, members)| (name, members.iter().map(|(id, rev)| json!([id, rev])).collect()))
            .collect();
        json!({"epoch": self.epoch, "anchor": self.anchor, "acked": self.acked, "cursors": self.cursors,
            "buckets": buckets, "records": self.bodies})
    }
}
