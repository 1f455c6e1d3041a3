//! DS-4: until when a case may be opened.

use serde::{Deserialize, Serialize};

use super::DisputeError;
use crate::rules::calendar::Zone;
use crate::rules::period::{Period, Unit};
use crate::rules::policy::Policy;

/// After the sheet no case is opened any more, however late the verdict came.
const LONGEST: Period = Period::new(7, Unit::Days);
const HOUR_MS: i64 = 3_600_000;

/// When the claimant learned of the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reached", rename_all = "snake_case")]
pub enum Reached {
    /// An exchange brought it to the claimant's phone (Unix ms).
    Phone {
        /// When.
        at: i64,
    },
    /// The claimant's phone has not been told yet.
    NotYet,
    /// The claimant has no phone, or is not told by it: the ruling itself counts.
    NoPhone,
}

/// What the time for opening a case depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// When the sheet was opened; for a lead, when its verdict was given (Unix ms).
    pub sheet_at: i64,
    /// When the verdict was given (Unix ms).
    pub ruled_at: i64,
    /// When the claimant learned of it.
    pub reached: Reached,
}

impl Window {
    /// The first instant at which no case is opened any more (Unix ms).
    pub fn closes(&self, zone: Zone, policy: &Policy) -> i64 {
        let last = zone.plus(self.sheet_at, LONGEST);
        let window_ms = i64::from(policy.dispute.window_hours) * HOUR_MS;
        match self.reached {
            Reached::Phone { at } => last.min(at.saturating_add(window_ms)),
            Reached::NotYet => last,
            Reached::NoPhone => last.min(self.ruled_at.saturating_add(window_ms)),
        }
    }

    /// Passes while a case may be opened.
    ///
    /// # Errors
    /// [`DisputeError::TooLate`]
    pub fn check(&self, now: i64, zone: Zone, policy: &Policy) -> Result<(), DisputeError> {
        let closes = self.closes(zone, policy);
        if now < closes { Ok(()) } else { Err(DisputeError::TooLate(closes)) }
    }
}
