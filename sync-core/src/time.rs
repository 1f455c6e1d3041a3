//! Time that can be trusted: intervals with evidence instead of timestamps.
//!
//! All instants are Unix milliseconds, all spans milliseconds.

pub mod rfc3339;

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A phone's monotonic clock may drift by this much an hour before its claim contradicts the bounds.
pub const DRIFT_MS_PER_HOUR: i64 = 120;
/// Slack added to the drift allowance, for the latency of the answer that carried the anchor.
pub const DRIFT_SLACK_MS: i64 = 2_000;

/// What is known about when an op was recorded.
///
/// `earliest` and `latest` are sound bounds (inclusive); `claimed` is the phone's own word, kept only when it lies between them.
/// On the wire all three are RFC 3339 in UTC with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Moment {
    /// The op was not recorded before this instant (Unix ms); 0 when nothing is known.
    #[serde(with = "rfc3339")]
    pub earliest: i64,
    /// The op was not recorded after this instant (Unix ms).
    #[serde(with = "rfc3339")]
    pub latest: i64,
    /// The anchor's time plus the elapsed monotonic time, when it lies inside the bounds.
    #[serde(default, with = "rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub claimed: Option<i64>,
    /// How good the evidence is.
    pub grade: Grade,
}

/// How good the evidence behind a [`Moment`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// `claimed` exists and agrees with the bounds.
    Anchored,
    /// Only the bounds are known.
    Bracketed,
    /// The phone's claim lay outside the bounds, or its anchor was older than it can be. The bounds still hold.
    Contradicted,
}

/// An answer to a question about time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Certainly so.
    Yes,
    /// Certainly not so.
    No,
    /// The evidence allows both.
    Unclear,
}

impl Answer {
    /// `Yes` or `No` for a question that evidence settles.
    pub fn of(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }

    /// Both must hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Unclear,
        }
    }

    /// One of the two must hold.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }
}

impl std::ops::Not for Answer {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unclear => Self::Unclear,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unclear => "unclear",
        })
    }
}

impl Moment {
    /// A moment known exactly: something the server itself did or a person stated for the record.
    pub fn exact(at: i64) -> Self {
        Self { earliest: at, latest: at, claimed: Some(at), grade: Grade::Anchored }
    }

    /// Derives the moment of one op from its evidence. Never fails: bad evidence only widens or flags.
    pub fn derive(evidence: &Evidence) -> Self {
        let latest = evidence.covered_by.map_or(evidence.received, |covered| covered.min(evidence.received));
        let anchor = evidence.anchor.filter(|&anchor| anchor <= latest);
        let floor = evidence.previous_earliest.max(evidence.recorded_bound);
        let earliest = anchor.unwrap_or(0).max(floor).min(latest);
        let stale = anchor.is_some_and(|anchor| anchor < evidence.recorded_bound);
        let claim = match (anchor, evidence.elapsed_ms) {
            (Some(anchor), Some(elapsed)) if elapsed >= 0 => Some((anchor.saturating_add(elapsed), elapsed)),
            _ => None,
        };
        let bracketed = Self { earliest, latest, claimed: None, grade: Grade::Bracketed };
        match claim {
            _ if evidence.rechained => bracketed,
            _ if stale => Self { grade: Grade::Contradicted, ..bracketed },
            Some((at, _)) if (earliest..=latest).contains(&at) => {
                Self { claimed: Some(at), grade: Grade::Anchored, ..bracketed }
            }
            Some((at, elapsed)) => {
                let outside = if at < earliest { earliest - at } else { at - latest };
                let grade = if outside > drift_allowance(elapsed) { Grade::Contradicted } else { Grade::Bracketed };
                Self { grade, ..bracketed }
            }
            None => bracketed,
        }
    }

    /// Whether this moment lies before `deadline` (half-open: an op exactly at the deadline is not before it).
    pub fn is_before(&self, deadline: i64) -> Answer {
        if self.latest < deadline {
            Answer::Yes
        } else if self.earliest >= deadline {
            Answer::No
        } else {
            Answer::Unclear
        }
    }

    /// Whether this moment lies in `[from, until)`.
    pub fn is_within(&self, from: i64, until: i64) -> Answer {
        (!self.is_before(from)).and(self.is_before(until))
    }

    /// Whether this moment came before the other one. Equal instants are unclear.
    pub fn precedes(&self, other: &Self) -> Answer {
        if self.latest < other.earliest {
            Answer::Yes
        } else if other.latest < self.earliest {
            Answer::No
        } else {
            Answer::Unclear
        }
    }

    /// Whether at least `span_ms` passed between this moment and the later one. Exactly `span_ms` counts.
    pub fn is_older_than(&self, later: &Self, span_ms: i64) -> Answer {
        if later.earliest.saturating_sub(self.latest) >= span_ms {
            Answer::Yes
        } else if later.latest.saturating_sub(self.earliest) < span_ms {
            Answer::No
        } else {
            Answer::Unclear
        }
    }

    /// The instants the evidence leaves open, in milliseconds.
    pub fn width_ms(&self) -> i64 {
        self.latest.saturating_sub(self.earliest)
    }

    /// The moment reduced to its receipt: what `time.unclear = received` and too wide intervals are judged by.
    #[must_use]
    pub fn by_receipt(&self) -> Self {
        Self { earliest: self.latest, claimed: None, ..*self }
    }

    /// The moment reduced to the phone's claim, or to receipt without one.
    #[must_use]
    pub fn by_claim(&self) -> Self {
        self.claimed.map_or_else(|| self.by_receipt(), |at| Self { earliest: at, latest: at, ..*self })
    }
}

/// What a monotonic clock may be off after `elapsed_ms`, in milliseconds.
fn drift_allowance(elapsed_ms: i64) -> i64 {
    DRIFT_SLACK_MS.saturating_add(elapsed_ms.saturating_mul(DRIFT_MS_PER_HOUR) / 3_600_000)
}

/// Everything a [`Moment`] is derived from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Server time inside the op's anchor (Unix ms), when the anchor is genuine and belongs to this device.
    pub anchor: Option<i64>,
    /// The phone's monotonic time since that anchor arrived, in ms.
    pub elapsed_ms: Option<i64>,
    /// `earliest` of the previous op in the device's log (0 for the first).
    pub previous_earliest: i64,
    /// Time of the newest anchor the phone had acknowledged before it recorded this op (0 without one).
    pub recorded_bound: i64,
    /// Server time after the last byte of the request.
    pub received: i64,
    /// Time of the oldest genuine anchor that covers this op: proof that the server had already taken it.
    pub covered_by: Option<i64>,
    /// The op was taken over from a forked log.
    pub rechained: bool,
}

/// Orders values of one field when ops merge: the greatest stamp wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(i64, u64, Uuid)", into = "(i64, u64, Uuid)")]
pub struct Stamp {
    /// `claimed`, or the anchor's time without one, raised to the previous op's in the log (Unix ms).
    pub ms: i64,
    /// The op's place in its device's log.
    pub seq: u64,
    /// The device.
    pub device: Uuid,
}

impl Stamp {
    /// The stamp of an op with this moment and evidence. `previous_ms` is the stamp time of the op before it in the log (0 for the first).
    pub fn of(moment: &Moment, evidence: &Evidence, previous_ms: i64, seq: u64, device: Uuid) -> Self {
        let own = moment.claimed.or(evidence.anchor).unwrap_or(0).min(moment.latest);
        Self { ms: own.max(previous_ms), seq, device }
    }
}

impl From<(i64, u64, Uuid)> for Stamp {
    fn from((ms, seq, device): (i64, u64, Uuid)) -> Self {
        Self { ms, seq, device }
    }
}

impl From<Stamp> for (i64, u64, Uuid) {
    fn from(stamp: Stamp) -> Self {
        (stamp.ms, stamp.seq, stamp.device)
    }
}

#[cfg(test)]
mod tests;
