//! The phone's clocks as arguments, the anchor it holds, and when it is due again.

use serde::{Deserialize, Serialize};

use crate::op::TimeClaim;

/// The first wait after a failure, in ms; doubled with every further one.
const BACKOFF_MS: u64 = 1_000;
/// The longest wait after failures, in ms.
const BACKOFF_MAX_MS: u64 = 300_000;

/// One reading of the phone's clocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// Names the phone's boot; monotonic times of two boots cannot be compared.
    pub boot: String,
    /// A monotonic clock that counts sleep (Android `elapsedRealtime`, Apple `mach_continuous_time`, Linux `CLOCK_BOOTTIME`), in ms.
    pub monotonic_ms: i64,
    /// The wall clock, RFC 3339: a rumour, kept as evidence.
    pub wall: Option<String>,
}

/// An anchor with the instant it arrived at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) token: String,
    boot: String,
    at_ms: i64,
}

impl Held {
    pub(super) fn new(token: String, tick: &Tick) -> Self {
        Self { token, boot: tick.boot.clone(), at_ms: tick.monotonic_ms }
    }
}

/// The evidence an op recorded now carries.
pub(super) fn time_claim(anchor: Option<&Held>, tick: &Tick) -> TimeClaim {
    let same_boot = anchor.filter(|held| held.boot == tick.boot);
    TimeClaim {
        anchor: anchor.map(|held| held.token.clone()),
        elapsed_ms: same_boot.map(|held| tick.monotonic_ms.saturating_sub(held.at_ms)).filter(|elapsed| *elapsed >= 0),
        boot: Some(tick.boot.clone()),
        wall: tick.wall.clone(),
    }
}

/// An instant to come on the monotonic clock. A reboot makes it due: nobody knows how long the phone was off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Due {
    boot: String,
    at_ms: i64,
}

impl Due {
    fn after(tick: &Tick, span_ms: u64) -> Self {
        let span = i64::try_from(span_ms).unwrap_or(i64::MAX);
        Self { boot: tick.boot.clone(), at_ms: tick.monotonic_ms.saturating_add(span) }
    }

    fn wait_ms(&self, tick: &Tick) -> u64 {
        if self.boot == tick.boot {
            u64::try_from(self.at_ms.saturating_sub(tick.monotonic_ms)).unwrap_or(0)
        } else {
            0
        }
    }
}

/// When the next exchange may and should take place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Schedule {
    /// Nothing is sent before: the server asked for patience, or there was a failure.
    barred: Option<Due>,
    /// A pull without a push waits until then.
    pull: Option<Due>,
    /// Somebody wants a pull at once: a poke, a further page, a bucket that was reset.
    asked: bool,
    failures: u32,
}

impl Schedule {
    /// Asks for an exchange at once.
    pub(super) fn ask(&mut self) {
        self.asked = true;
    }

    /// After an answer.
    pub(super) fn answered(&mut self, tick: &Tick, sync_after_ms: u64, again: bool) {
        *self = Self { barred: None, pull: Some(Due::after(tick, sync_after_ms)), asked: again, failures: 0 };
    }

    /// After a refusal that needs patience. Returns the wait in ms.
    pub(super) fn failed(&mut self, tick: &Tick, retry_after_ms: Option<u64>) -> u64 {
        let backoff = BACKOFF_MS.saturating_mul(1 << self.failures.min(16)).min(BACKOFF_MAX_MS);
        let wait = retry_after_ms.unwrap_or(backoff);
        self.failures = self.failures.saturating_add(1);
        self.barred = Some(Due::after(tick, wait));
        self.asked = true;
        wait
    }

    /// After a login: whatever was waited for is over.
    pub(super) fn clear(&mut self) {
        *self = Self { asked: true, ..Self::default() };
    }

    /// How long to wait, in ms; 0 is now. `pushes` tells that ops are waiting.
    pub(super) fn wait_ms(&self, tick: &Tick, pushes: bool) -> u64 {
        let barred = self.barred.as_ref().map_or(0, |due| due.wait_ms(tick));
        let pull = if self.asked || pushes { 0 } else { self.pull.as_ref().map_or(0, |due| due.wait_ms(tick)) };
        barred.max(pull)
    }
}
