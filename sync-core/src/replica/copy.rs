//! The pulled copy: buckets with their members, and the records they hold.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::checksum::Checksum;
use crate::exchange::{Change, Record, Response, What};

/// What the phone has of the server.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "SavedCopy")]
pub(super) struct Copy {
    pub(super) epoch: Option<String>,
    pub(super) records: BTreeMap<Uuid, Record>,
    pub(super) buckets: BTreeMap<String, BucketCopy>,
    /// Records that no bucket holds; they stay while pending ops speak of them. Found anew whenever saved state is read.
    #[serde(skip)]
    leaving: BTreeSet<Uuid>,
}

#[derive(Deserialize)]
struct SavedCopy {
    epoch: Option<String>,
    records: BTreeMap<Uuid, Record>,
    buckets: BTreeMap<String, BucketCopy>,
}

impl From<SavedCopy> for Copy {
    fn from(saved: SavedCopy) -> Self {
        let SavedCopy { epoch, records, buckets } = saved;
        let held = |id: &Uuid| buckets.values().any(|bucket| bucket.holds(*id));
        let leaving = records.keys().filter(|id| !held(id)).copied().collect();
        Self { epoch, records, buckets, leaving }
    }
}

/// The phone's copy of one bucket.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(super) struct BucketCopy {
    pub(super) cursor: Option<String>,
    /// Each member's rev.
    members: BTreeMap<Uuid, u64>,
    /// Members from before a reset: they stay readable until the bucket was pulled anew.
    doubted: BTreeSet<Uuid>,
    /// Of `members`; counted anew whenever saved state is read.
    pub(super) checksum: Checksum,
    /// Mismatches in a row.
    strikes: u32,
}

#[derive(Clone, Serialize, Deserialize)]
struct Saved {
    cursor: Option<String>,
    members: BTreeMap<Uuid, u64>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    doubted: BTreeSet<Uuid>,
    #[serde(default)]
    strikes: u32,
}

impl From<Saved> for BucketCopy {
    fn from(saved: Saved) -> Self {
        let Saved { cursor, members, doubted, strikes } = saved;
        let checksum = Checksum::of(members.iter().map(|(id, rev)| (*id, *rev)));
        Self { cursor, members, doubted, checksum, strikes }
    }
}

impl From<BucketCopy> for Saved {
    fn from(copy: BucketCopy) -> Self {
        let BucketCopy { cursor, members, doubted, strikes, .. } = copy;
        Self { cursor, members, doubted, strikes }
    }
}

impl BucketCopy {
    /// Live members.
    pub(super) fn count(&self) -> u64 {
        self.members.len() as u64
    }

    fn holds(&self, id: Uuid) -> bool {
        self.members.contains_key(&id) || self.doubted.contains(&id)
    }

    fn put(&mut self, id: Uuid, rev: u64) {
        self.take(id);
        self.members.insert(id, rev);
        self.checksum.add(id, rev);
    }

    fn take(&mut self, id: Uuid) {
        self.doubted.remove(&id);
        if let Some(rev) = self.members.remove(&id) {
            self.checksum.remove(id, rev);
        }
    }

    /// The bucket is pulled anew from its beginning.
    fn reset(&mut self) {
        self.cursor = None;
        self.doubted.extend(std::mem::take(&mut self.members).into_keys());
        self.checksum = Checksum::default();
    }
}

/// What applying an answer did.
#[derive(Debug, Default)]
pub(super) struct Applied {
    /// Records that came, changed or left.
    pub(super) touched: BTreeSet<Uuid>,
    /// Buckets whose copy did not prove equal and is pulled anew.
    pub(super) unequal: Vec<String>,
    /// One of them failed for the first time in a row: worth another pull at once.
    pub(super) heal: bool,
}

impl Copy {
    /// The first bucket the changes speak of and the answer does not list.
    pub(super) fn unlisted(response: &Response) -> Option<&str> {
        let listed: BTreeSet<&str> = response.buckets.iter().map(|bucket| bucket.bucket.as_str()).collect();
        response.changes.iter().map(|change| change.bucket.as_str()).find(|bucket| !listed.contains(bucket))
    }

    /// Applies an answer whose changes are all in listed buckets. Records of `pending` stay until their ops have outcomes.
    pub(super) fn apply(&mut self, response: Response, pending: &BTreeSet<Uuid>) -> Applied {
        let mut done = Applied::default();
        if self.epoch.replace(response.epoch.clone()).is_some_and(|epoch| epoch != response.epoch) {
            self.buckets.values_mut().for_each(BucketCopy::reset);
        }
        let listed: BTreeSet<&str> = response.buckets.iter().map(|bucket| bucket.bucket.as_str()).collect();
        self.buckets.retain(|name, bucket| {
            let kept = listed.contains(name.as_str());
            if !kept {
                done.touched.extend(bucket.members.keys().chain(&bucket.doubted));
            }
            kept
        });
        for bucket in &response.buckets {
            let copy = self.buckets.entry(bucket.bucket.clone()).or_default();
            if bucket.reset {
                copy.reset();
            }
        }
        for Change { bucket, rev, what } in response.changes {
            done.touched.insert(what.id());
            let copy = self.buckets.entry(bucket).or_default();
            match what {
                What::Gone { id, .. } => copy.take(id),
                What::Live(record) => {
                    copy.put(record.id, rev);
                    self.records.insert(record.id, *record);
                }
            }
        }
        for (name, cursor) in response.cursors {
            if let Some(copy) = self.buckets.get_mut(&name) {
                copy.cursor = Some(cursor);
            }
        }
        if !response.more {
            for bucket in response.buckets {
                let copy = self.buckets.entry(bucket.bucket.clone()).or_default();
                done.touched.extend(std::mem::take(&mut copy.doubted));
                if (copy.count(), copy.checksum) == (bucket.count, bucket.checksum) {
                    copy.strikes = 0;
                } else {
                    copy.reset();
                    copy.strikes = copy.strikes.saturating_add(1);
                    done.heal |= copy.strikes == 1;
                    done.unequal.push(bucket.bucket);
                }
            }
        }
        self.let_go(&done.touched, pending);
        done
    }

    /// Drops records that no bucket holds, unless pending ops speak of them.
    fn let_go(&mut self, touched: &BTreeSet<Uuid>, pending: &BTreeSet<Uuid>) {
        let candidates: Vec<Uuid> = touched.union(&self.leaving).copied().collect();
        for id in candidates {
            let held = self.buckets.values().any(|bucket| bucket.holds(id));
            if held || !pending.contains(&id) {
                self.leaving.remove(&id);
            } else if self.records.contains_key(&id) {
                self.leaving.insert(id);
            }
            if !held && !pending.contains(&id) {
                self.records.remove(&id);
            }
        }
    }
}
