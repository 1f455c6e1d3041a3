//! The op log on the phone: what is recorded, what is acknowledged, what is retained for a restored server.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::exchange::{Outcome, Status};
use crate::op::{Digest, Op, OpFault, Place, Was};

/// One op as it stands in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Entry {
    /// The exact text; sent verbatim, as often as needed.
    pub(super) text: String,
    pub(super) record: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<String>,
    /// Final; none while the op is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<Outcome>,
}

/// An acknowledged op of a log that was left after a fork, with the place it had there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Retired {
    was: Was,
    entry: Entry,
}

/// The log of one device. Ops from the first retained on stand without a hole, and all above `acked` are among them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Log {
    pub(super) device: Uuid,
    /// Where this log began; equal to `next` as long as nothing was recorded.
    start: u64,
    /// The seq of the next op.
    next: u64,
    /// The digest of the op before it.
    head: Digest,
    /// Every op up to here has its outcome.
    acked: u64,
    entries: BTreeMap<u64, Entry>,
    /// Acknowledged ops that stayed in logs left after forks: only a restored server may need them again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    retired: Vec<Retired>,
    /// The server was restored, and no op has proved yet that what it kept is this log.
    #[serde(default)]
    unproven: bool,
    /// Acknowledged ops whose effect was not pulled yet: they stay in the overlay, so that nothing flickers between two pages.
    #[serde(default)]
    unseen: BTreeSet<u64>,
}

impl Log {
    pub(super) fn new(device: Uuid) -> Self {
        Self::continuing(device, 1, Digest::ZERO)
    }

    fn continuing(device: Uuid, next: u64, head: Digest) -> Self {
        let acked = next.saturating_sub(1);
        let (entries, retired, unseen) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        Self { device, start: next, next, head, acked, entries, retired, unproven: false, unseen }
    }

    /// Continues the server's log of this device, if nothing was recorded here yet.
    pub(super) fn adopt(&mut self, next: u64, head: Digest) {
        if self.start == self.next && self.retired.is_empty() {
            *self = Self::continuing(self.device, next.max(1), head);
        }
    }

    /// The last seq recorded; 0 in an empty log.
    pub(super) fn last(&self) -> u64 {
        self.next - 1
    }

    pub(super) fn acked(&self) -> u64 {
        self.acked
    }

    /// The place the next op takes.
    pub(super) fn place(&self) -> Place {
        Place { seq: self.next, prev: self.head }
    }

    pub(super) fn entry(&self, seq: u64) -> Option<&Entry> {
        self.entries.get(&seq)
    }

    pub(super) fn entry_mut(&mut self, seq: u64) -> Option<&mut Entry> {
        self.entries.get_mut(&seq)
    }

    /// Everything retained, oldest first.
    pub(super) fn retained(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.entries.iter().map(|(seq, entry)| (*seq, entry))
    }

    /// Ops without an outcome, oldest first.
    pub(super) fn pending(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.entries.range(self.acked + 1..).map(|(seq, entry)| (*seq, entry))
    }

    /// The records that these ops are about.
    pub(super) fn records(&self, seqs: RangeInclusive<u64>) -> BTreeSet<Uuid> {
        // An empty range may begin behind its end, which a map does not take.
        let entries = (!seqs.is_empty()).then(|| self.entries.range(seqs));
        entries.into_iter().flatten().map(|(_, entry)| entry.record).collect()
    }

    /// Ops whose effect the pulled copy does not show, oldest first.
    pub(super) fn unpulled(&self) -> impl Iterator<Item = (u64, &Entry)> {
        let unseen = self.unseen.iter().filter_map(|seq| Some((*seq, self.entries.get(seq)?)));
        unseen.chain(self.pending())
    }

    pub(super) fn first_retained(&self) -> u64 {
        self.entries.keys().next().copied().unwrap_or(self.next)
    }

    /// Appends an op that takes [`Log::place`].
    pub(super) fn append(&mut self, op: &Op, text: String) {
        self.head = Digest::of(&text);
        self.entries.insert(self.next, Entry { text, record: op.id, group: op.group.clone(), outcome: None });
        self.next += 1;
    }

    /// Takes back what was appended since `place`; only for ops nobody has seen yet.
    pub(super) fn truncate(&mut self, place: Place) {
        self.entries.split_off(&place.seq);
        (self.next, self.head) = (place.seq, place.prev);
    }

    /// Every op up to `upto` has its outcome: the one listed, or `applied`. Returns the outcomes that are news and not plainly applied.
    pub(super) fn acknowledge(&mut self, upto: u64, listed: &[Outcome]) -> Vec<Outcome> {
        let listed: BTreeMap<u64, &Outcome> = listed.iter().map(|outcome| (outcome.seq, outcome)).collect();
        let mut news = Vec::new();
        for (seq, entry) in self.entries.range_mut(self.acked + 1..).take_while(|(seq, _)| **seq <= upto) {
            let outcome = listed.get(seq).map_or_else(|| applied(*seq), |outcome| (*outcome).clone());
            let outcome = Outcome { record: outcome.record.or(Some(entry.record)), ..outcome };
            if matches!(outcome.status, Status::Applied | Status::Duplicate) {
                self.unseen.insert(*seq);
            }
            if outcome.status != Status::Applied {
                news.push(outcome.clone());
            }
            entry.outcome = Some(outcome);
            self.unproven = false;
        }
        self.acked = self.acked.max(upto.min(self.next - 1));
        news
    }

    /// The server lacks everything above `acked`: what is retained of it is pending again. Tells whether anything is.
    pub(super) fn rewind(&mut self, acked: u64) -> bool {
        let lacks = acked < self.acked;
        self.acked = self.acked.min(acked);
        self.unseen.split_off(&(self.acked + 1));
        for entry in self.entries.range_mut(self.acked + 1..).map(|(_, entry)| entry) {
            entry.outcome = None;
        }
        lacks
    }

    /// The server was restored from a backup: nothing is proven any more, and retired ops join the log again with their old places named.
    pub(super) fn restored(&mut self) {
        self.unproven = true;
        let mut retired = std::mem::take(&mut self.retired);
        retired.retain(|Retired { was, entry }| self.rechain(*was, entry).is_err());
        self.retired = retired;
    }

    /// After a restore, has the last op the server claims to hold compared by its digest, which stands for all before it.
    pub(super) fn prove(&mut self) {
        if self.unproven && self.entries.contains_key(&self.acked) {
            self.rewind(self.acked - 1);
        }
    }

    /// The copy shows these records as they stand now; with `all` it shows everything acknowledged.
    pub(super) fn pulled(&mut self, records: &BTreeSet<Uuid>, all: bool) {
        let entries = &self.entries;
        self.unseen.retain(|seq| !all && entries.get(seq).is_some_and(|entry| !records.contains(&entry.record)));
    }

    /// Lets go of acknowledged ops below `keep_from`, groups as a whole. The number speaks of the server's log, so that has to be proved.
    pub(super) fn prune(&mut self, keep_from: u64) {
        if self.unproven {
            return;
        }
        let mut keep = keep_from.min(self.acked + 1).min(self.unseen.first().copied().unwrap_or(u64::MAX));
        let group = |seq: u64| self.entries.get(&seq).and_then(|entry| entry.group.as_ref());
        while group(keep).is_some() && group(keep) == group(keep - 1) {
            keep -= 1;
        }
        self.entries = self.entries.split_off(&keep);
        // The oldest backup holds the first op of this log, so it holds everything that was acknowledged before it began.
        if keep_from > self.start {
            self.retired.clear();
        }
    }

    /// Leaves this log for a new device: ops from `seq` on are chained to the new log, each naming its old place; those below retire.
    pub(super) fn fork(&self, seq: u64, device: Uuid, next: u64, head: Digest) -> Result<Self, OpFault> {
        let mut log = Self::continuing(device, next.max(1), head);
        log.retired.clone_from(&self.retired);
        // A restored server may hold another log under the same numbers: what it has already is a duplicate there.
        let seq = if self.unproven { 0 } else { seq };
        for (old, entry) in self.retained() {
            let was = Was { device: self.device, seq: old, digest: Digest::of(&entry.text) };
            if old < seq {
                log.retired.push(Retired { was, entry: entry.clone() });
            } else {
                log.rechain(was, entry)?;
            }
        }
        Ok(log)
    }

    /// Appends an op of another log. Its first place counts: clones that fork twice must name the same one.
    fn rechain(&mut self, was: Was, entry: &Entry) -> Result<(), OpFault> {
        let op = Op::parse(&entry.text)?;
        let op = Op { place: self.place(), was: op.was.or(Some(was)), ..op };
        let text = op.to_text();
        self.append(&op, text);
        Ok(())
    }
}

/// The outcome of an op that no answer mentions.
fn applied(seq: u64) -> Outcome {
    Outcome { seq, status: Status::Applied, rule: None, message: None, record: None }
}
