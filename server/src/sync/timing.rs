//! When the ops of a push were recorded: their moments and merge stamps, from anchors and the log's own order.

use serde::{Deserialize, Serialize};
use sync_core::time::{Evidence, Moment, Stamp};
use uuid::Uuid;

use crate::store::StoreError;
use crate::store::devices::Device;

/// How many acknowledged anchors are remembered for ops that did not arrive yet. Forgetting one only widens intervals.
const BOUNDS: usize = 32;

/// What a device's log says about the time of the ops to come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogTime {
    /// `earliest` of the newest op.
    pub earliest: i64,
    /// Stamp time of the newest op.
    pub stamp_ms: i64,
    /// What the phone held when it had recorded so far.
    pub bounds: Bounds,
    /// First seq received on each of the last days: receive time and seq, ascending.
    days: Vec<(i64, u64)>,
}

/// How long phones retain acknowledged ops for a restored server, in ms.
const RETENTION_MS: i64 = 30 * DAY_MS;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The part of [`LogTime`] that a device's row keeps as one JSON text.
#[derive(Serialize, Deserialize, Default)]
struct Kept {
    #[serde(default)]
    bounds: Bounds,
    #[serde(default)]
    days: Vec<(i64, u64)>,
}

/// Pairs (last recorded seq, anchor time): every op recorded later is younger than the anchor.
///
/// This keeps a phone that talks to the server from saving up an old anchor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bounds(Vec<(u64, i64)>);

impl Bounds {
    /// Learns from a request: with `recorded` ops in its log the phone held an anchor of this time.
    pub fn learn(&mut self, recorded: u64, anchor: i64) {
        if self.at(recorded.saturating_add(1)) < anchor {
            self.0.retain(|&(seq, at)| seq < recorded || at > anchor);
            self.0.push((recorded, anchor));
            self.0.sort_unstable();
            if self.0.len() > BOUNDS {
                self.0.remove(0);
            }
        }
    }

    /// No op with this seq was recorded before the returned instant (Unix ms).
    pub fn at(&self, seq: u64) -> i64 {
        self.0.iter().filter(|&&(recorded, _)| recorded < seq).map(|&(_, at)| at).max().unwrap_or(0)
    }

    /// Drops what no op after `head` needs.
    pub fn prune(&mut self, head: u64) {
        let floor = self.at(head.saturating_add(1));
        self.0.retain(|&(recorded, at)| recorded > head || at == floor);
    }
}

/// The evidence of one op, as far as the op itself carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpTime {
    /// Its place in the log.
    pub seq: u64,
    /// Server time inside its anchor, when that is genuine and of this log.
    pub anchor: Option<i64>,
    /// Monotonic ms since the anchor arrived.
    pub elapsed_ms: Option<i64>,
    /// Time of the oldest genuine anchor that covers it.
    pub covered_by: Option<i64>,
    /// It was taken over from a forked log.
    pub rechained: bool,
}

impl LogTime {
    /// What a device's row says.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when its `bounds` cannot be read.
    pub fn of(device: &Device) -> Result<Self, StoreError> {
        let kept: Kept = serde_json::from_str(&device.bounds)
            .map_err(|error| StoreError::Inconsistent(format!("bounds of device {}: {error}", device.id)))?;
        Ok(Self { earliest: device.earliest, stamp_ms: device.stamp_ms, bounds: kept.bounds, days: kept.days })
    }

    /// Writes it back into the row.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`], which does not happen.
    pub fn store(&self, device: &mut Device) -> Result<(), StoreError> {
        device.earliest = self.earliest;
        device.stamp_ms = self.stamp_ms;
        let kept = Kept { bounds: self.bounds.clone(), days: self.days.clone() };
        device.bounds = serde_json::to_string(&kept).map_err(|error| StoreError::Inconsistent(error.to_string()))?;
        Ok(())
    }

    /// Notes that the op with this seq was the first of a push received now.
    pub fn retain(&mut self, received: i64, seq: u64) {
        if self.days.last().is_none_or(|&(at, _)| at + DAY_MS <= received) {
            self.days.push((received, seq));
        }
        // the newest mark that is old enough stays: it tells where the retained part begins
        while self.days.len() > 1 && self.days[1].0 + RETENTION_MS <= received {
            self.days.remove(0);
        }
    }

    /// The first seq a phone has to retain.
    pub fn keep_from(&self, now: i64, head: u64) -> u64 {
        let old_enough = self.days.iter().rev().find(|&&(at, _)| at + RETENTION_MS <= now);
        old_enough.or(self.days.first()).map_or(head.saturating_add(1), |&(_, seq)| seq)
    }

    /// Derives moment and stamp of the log's next op, received at `received`.
    pub fn next(&mut self, device: Uuid, received: i64, op: &OpTime) -> (Moment, Stamp) {
        let evidence = Evidence {
            anchor: op.anchor,
            elapsed_ms: op.elapsed_ms,
            previous_earliest: self.earliest,
            recorded_bound: self.bounds.at(op.seq),
            received,
            covered_by: op.covered_by,
            rechained: op.rechained,
        };
        let moment = Moment::derive(&evidence);
        let stamp = Stamp::of(&moment, &evidence, self.stamp_ms, op.seq, device);
        self.earliest = moment.earliest;
        self.stamp_ms = stamp.ms;
        (moment, stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn op(seq: u64, anchor: i64, elapsed_ms: i64) -> OpTime {
        OpTime { seq, anchor: Some(anchor), elapsed_ms: Some(elapsed_ms), covered_by: None, rechained: false }
    }

    #[test]
    fn an_old_anchor_cannot_be_saved_up() {
        let mut log = LogTime::default();
        log.bounds.learn(7, 5_000);
        assert_eq!(log.bounds.at(7), 0, "recorded before the anchor arrived");
        assert_eq!(log.bounds.at(8), 5_000);
        let (moment, _) = log.next(Uuid::nil(), 9_000, &op(8, 1_000, 100));
        assert_eq!((moment.earliest, moment.claimed), (5_000, None));
    }

    #[test]
    fn bounds_stay_few_and_sound() {
        let mut bounds = Bounds::default();
        for at in 0..1_000 {
            bounds.learn(u64::try_from(at).unwrap() / 3, at * 10);
        }
        assert!(bounds.0.len() <= BOUNDS);
        assert_eq!(bounds.at(334), 9_990);
        bounds.prune(500);
        assert_eq!(bounds.0.len(), 1);
        assert_eq!(bounds.at(501), 9_990);
    }

    #[test]
    fn phones_retain_what_a_backup_may_lack() {
        let mut log = LogTime::default();
        for day in 0..100 {
            log.retain(day * DAY_MS, u64::try_from(day).unwrap() * 10 + 1);
        }
        assert_eq!(log.keep_from(99 * DAY_MS, 1_000), 691, "the day before is retained whole");
        assert!(log.days.len() <= 32);
        assert_eq!(LogTime::default().keep_from(0, 0), 1);
    }

    #[test]
    fn p7_stamps_and_bounds_never_run_backwards_in_a_log() {
        let mut log = LogTime::default();
        let times = [op(1, 1_000, 500), op(2, 1_000, 100), op(3, 1_400, 0), op(4, 1_000, 999_999_999)];
        let taken: Vec<_> = times.iter().map(|time| log.next(Uuid::nil(), 2_000, time)).collect();
        assert!(
            taken.windows(2).all(|pair| pair[0].1 < pair[1].1 && pair[0].0.earliest <= pair[1].0.earliest),
            "{taken:?}"
        );
        assert!(taken.iter().all(|(_, stamp)| stamp.ms <= 2_000));
    }
}
