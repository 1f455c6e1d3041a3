//! The clocks of a phone: a monotonic one that counts sleep, and a wall clock that anybody can set.

use sync_core::replica::Tick;
use sync_core::time::rfc3339;

/// The clocks of one phone. They only move when they are told to.
#[derive(Debug, Clone)]
pub struct PhoneClock {
    /// True time, Unix ms: nobody on the phone knows it.
    now_ms: i64,
    booted_ms: i64,
    boots: u32,
    wall_off_ms: i64,
    /// How much slower or faster the monotonic clock runs, in ms an hour.
    drift_ms: i64,
}

impl PhoneClock {
    /// Clocks of a phone that has run for an hour at this true time, and whose wall clock is right.
    ///
    /// # Panics
    /// When the time is not RFC 3339.
    pub fn new(now: &str) -> Self {
        let now_ms = rfc3339::parse(now).expect("a time is RFC 3339");
        Self { now_ms, booted_ms: now_ms - 3_600_000, boots: 0, wall_off_ms: 0, drift_ms: 0 }
    }

    /// True time, Unix ms.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// It is now this true time (Unix ms); time does not go back.
    pub fn set_ms(&mut self, now_ms: i64) {
        self.now_ms = self.now_ms.max(now_ms);
    }

    /// Lets true time pass.
    pub fn pass_ms(&mut self, ms: i64) {
        self.now_ms = self.now_ms.saturating_add(ms);
    }

    /// Lets minutes of true time pass.
    pub fn pass_minutes(&mut self, minutes: i64) {
        self.pass_ms(minutes * 60_000);
    }

    /// Sets the wall clock wrong by this much.
    pub fn set_wall_off_minutes(&mut self, minutes: i64) {
        self.wall_off_ms = minutes * 60_000;
    }

    /// Makes the monotonic clock run faster (or, negative, slower) by these ms an hour.
    pub fn set_drift_ms(&mut self, ms_an_hour: i64) {
        self.drift_ms = ms_an_hour;
    }

    /// Switches the phone off and on: the monotonic clock begins anew.
    pub fn reboot(&mut self) {
        self.boots += 1;
        self.booted_ms = self.now_ms;
    }

    /// One reading.
    pub fn tick(&self) -> Tick {
        let run_ms = self.now_ms - self.booted_ms;
        Tick {
            boot: format!("b{}", self.boots),
            monotonic_ms: run_ms + run_ms * self.drift_ms / 3_600_000,
            wall: Some(rfc3339::text(self.now_ms + self.wall_off_ms)),
        }
    }
}
