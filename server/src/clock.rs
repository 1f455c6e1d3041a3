//! The one clock: the only file that reads the wall clock.
//!
//! Rules, tokens and moments all ask this clock. It stands on one of three references: this process's wall clock
//! (SQLite), the database's clock (PostgreSQL, so that many processes agree), or a frozen value (`--dev-clock`).
//! All instants are Unix milliseconds. Except for the frozen one, time never goes back.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A reference that is behind proven time by more than this is called wrong; less is waited out.
const TOLERANCE_US: i64 = 2_000_000;

/// The server's clock; cheap to clone, clones are the same clock.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Zero of this process's monotonic time.
    origin: Instant,
    state: Mutex<State>,
}

/// All times in microseconds, so that rounding does not add up.
#[derive(Debug)]
struct State {
    reference: Reference,
    /// The newest time handed out or known to be stored.
    last: i64,
    /// Set when time was proven to be later than the reference says: from then on time runs on from the proof,
    /// as wall time at the monotonic origin.
    raised: Option<i64>,
}

#[derive(Debug, Clone, Copy)]
enum Reference {
    /// This process's wall clock.
    Process,
    /// The database's clock, as its time at the monotonic origin.
    Database { at_origin: i64 },
    /// Stands still until somebody sets it; `set` is the monotonic time when this process did.
    Frozen { at: i64, set: i64 },
}

/// Only a clock started with `--dev-clock` can be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock can only be set on a server started with --dev-clock")]
pub struct NotDevClock;

impl Clock {
    /// This process's wall clock, never below `last_stored_ms`, the newest time in the database.
    pub fn process(last_stored_ms: i64) -> Self {
        let clock = Self::on(Reference::Process);
        clock.raise_to(last_stored_ms);
        clock
    }

    /// The database's clock, never below `last_stored_ms`. `read` asks the database for its time (Unix ms); it is
    /// asked a few times now and then by [`Clock::follow`], and not at all by [`Clock::now`].
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn database<E, F>(last_stored_ms: i64, read: impl Fn() -> F) -> Result<Self, E>
    where
        F: Future<Output = Result<i64, E>>,
    {
        let clock = Self::on(Reference::Database { at_origin: i64::MIN });
        // the first answers pay for connections and plans; the quickest one counts
        for _ in 0..3 {
            clock.observe(&read).await?;
        }
        clock.raise_to(last_stored_ms);
        Ok(clock)
    }

    /// A clock that stands at `at_ms` until it is [set](Clock::set), forward or back.
    pub fn frozen(at_ms: i64) -> Self {
        Self::on(Reference::Frozen { at: at_ms.saturating_mul(1_000), set: i64::MIN })
    }

    fn on(reference: Reference) -> Self {
        let state = State { reference, last: i64::MIN, raised: None };
        Self(Arc::new(Inner { origin: Instant::now(), state: Mutex::new(state) }))
    }

    /// The time now (Unix ms).
    pub fn now(&self) -> i64 {
        self.with_state(State::now).div_euclid(1_000)
    }

    /// Says that it is at least `ms`: a time in the database, or a valid anchor, proves it. A clock that was behind
    /// runs on from there, and is [wrong](Clock::wrong_by_ms) when it was far behind. A frozen clock may be set back,
    /// so nothing is proven there.
    pub fn raise_to(&self, ms: i64) {
        self.with_state(|state, elapsed| state.raise_to(ms.saturating_mul(1_000), elapsed));
    }

    /// By how many milliseconds the reference is behind proven time, when that is too much to wait out; the server
    /// is not ready then. Becomes `None` by itself when the reference has caught up.
    pub fn wrong_by_ms(&self) -> Option<i64> {
        self.with_state(State::wrong_by).map(|us| us / 1_000)
    }

    /// Whether this clock is frozen and can be set.
    pub fn is_dev(&self) -> bool {
        self.with_state(|state, _| matches!(state.reference, Reference::Frozen { .. }))
    }

    /// Sets a frozen clock of this process to `ms`, forward or back.
    ///
    /// # Errors
    /// [`NotDevClock`] on a real clock.
    pub fn set(&self, ms: i64) -> Result<(), NotDevClock> {
        self.with_state(|state, elapsed| match &mut state.reference {
            Reference::Frozen { at, set } => {
                (*at, *set) = (ms.saturating_mul(1_000), elapsed);
                Ok(())
            }
            Reference::Process | Reference::Database { .. } => Err(NotDevClock),
        })
    }

    /// Asks the database once, and takes over its answer: its time, or for a frozen clock the value all processes
    /// share.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn observe<E, F>(&self, read: impl FnOnce() -> F) -> Result<(), E>
    where
        F: Future<Output = Result<i64, E>>,
    {
        let asked = self.elapsed_us();
        let answer = read().await?.saturating_mul(1_000);
        self.with_state(|state, answered| state.observe(answer, asked, answered));
        Ok(())
    }

    /// [Observes](Clock::observe) again and again, `every` so often; never returns. A read that fails is logged once
    /// until reading works again.
    pub async fn follow<E, F>(&self, every: Duration, read: impl Fn() -> F)
    where
        E: std::fmt::Display,
        F: Future<Output = Result<i64, E>>,
    {
        let mut failing = false;
        loop {
            tokio::time::sleep(every).await;
            match self.observe(&read).await {
                Ok(()) => failing = false,
                Err(error) if !failing => {
                    failing = true;
                    tracing::warn!(%error, "cannot read the shared clock; going on with what was measured");
                }
                Err(_) => {}
            }
        }
    }

    fn elapsed_us(&self) -> i64 {
        i64::try_from(self.0.origin.elapsed().as_micros()).unwrap_or(i64::MAX)
    }

    /// Runs `act` on the state, with the monotonic time read under the lock.
    fn with_state<T>(&self, act: impl FnOnce(&mut State, i64) -> T) -> T {
        let mut state: MutexGuard<'_, State> = self.0.state.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = self.elapsed_us();
        act(&mut state, elapsed)
    }
}

impl State {
    fn now(&mut self, elapsed: i64) -> i64 {
        if let Reference::Frozen { at, .. } = self.reference {
            return at;
        }
        let reference = self.reference.time(elapsed);
        if reference.saturating_add(TOLERANCE_US) < self.last {
            // the reference was set back: time runs on, it does not stand still until the reference is there again
            self.raise_to(self.last, elapsed);
        }
        let raised = self.raised.map_or(i64::MIN, |at_origin| at_origin.saturating_add(elapsed));
        self.last = self.last.max(reference).max(raised);
        self.last
    }

    fn raise_to(&mut self, proven: i64, elapsed: i64) {
        if matches!(self.reference, Reference::Frozen { .. }) {
            return;
        }
        self.last = self.last.max(proven);
        if self.reference.time(elapsed).saturating_add(TOLERANCE_US) < proven {
            let at_origin = proven.saturating_sub(elapsed);
            self.raised = Some(self.raised.map_or(at_origin, |before| before.max(at_origin)));
        }
    }

    fn wrong_by(&mut self, elapsed: i64) -> Option<i64> {
        let behind = self.raised?.saturating_add(elapsed).saturating_sub(self.reference.time(elapsed));
        if behind <= 0 {
            self.raised = None;
        }
        (behind > TOLERANCE_US).then_some(behind)
    }

    /// The answer was true at some instant between `asked` and `answered`, which bounds the database's time at the
    /// origin from both sides. The estimate moves only as far as the bounds force it: a slow answer does no harm.
    fn observe(&mut self, answer: i64, asked: i64, answered: i64) {
        match &mut self.reference {
            // what was asked before somebody set it may be what it was before
            Reference::Frozen { at, set } if asked > *set => *at = answer,
            Reference::Database { at_origin } => {
                // the answer is in whole milliseconds
                let (low, high) = (answer.saturating_sub(answered), answer.saturating_add(999).saturating_sub(asked));
                *at_origin = (*at_origin).clamp(low.min(high), high);
            }
            Reference::Process | Reference::Frozen { .. } => {}
        }
    }
}

impl Reference {
    fn time(self, elapsed: i64) -> i64 {
        match self {
            Self::Process => wall_clock_us(),
            Self::Database { at_origin } => at_origin.saturating_add(elapsed),
            Self::Frozen { at, .. } => at,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this file is where time comes from")]
fn wall_clock_us() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    const HOUR: i64 = 3_600_000;

    fn on_database(at_origin: i64) -> State {
        State { reference: Reference::Database { at_origin }, last: i64::MIN, raised: None }
    }

    #[test]
    fn the_process_clock_agrees_with_the_wall_clock() {
        let clock = Clock::process(0);
        assert!((clock.now() - wall_clock_us() / 1_000).abs() < 1_000);
        assert_eq!(clock.wrong_by_ms(), None);
        assert_eq!(clock.set(5), Err(NotDevClock));
        assert!(!clock.is_dev());
    }

    #[test]
    fn time_is_never_below_the_last_time_stored_and_goes_on() {
        let stored = wall_clock_us() / 1_000 + HOUR;
        let clock = Clock::process(stored);
        let first = clock.now();
        assert!(first >= stored);
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock.now() >= first + 15, "a raised clock runs on");
    }

    #[test]
    fn an_anchor_from_the_future_proves_the_clock_wrong() {
        let clock = Clock::process(0);
        let anchor = clock.now() + HOUR;
        clock.clone().raise_to(anchor);
        assert!(clock.now() >= anchor);
        assert!(clock.wrong_by_ms().is_some_and(|ms| (HOUR - 1_000..=HOUR).contains(&ms)));
        clock.raise_to(anchor - HOUR);
        assert!(clock.now() >= anchor, "an older proof changes nothing");
    }

    #[test]
    fn a_proof_within_the_tolerance_raises_without_alarm() {
        let mut state = on_database(1_000_000_000);
        state.raise_to(1_000_900_000, 0);
        assert_eq!(state.now(0), 1_000_900_000);
        assert_eq!(state.now(500_000), 1_000_900_000, "waits until the reference is there");
        assert_eq!(state.now(1_000_000), 1_001_000_000);
        assert_eq!(state.wrong_by(1_000_000), None);
    }

    #[test]
    fn a_reference_that_steps_back_is_wrong_until_it_has_caught_up() {
        let mut state = on_database(10 * 3_600_000_000);
        let before = state.now(0);
        state.observe(9 * 3_600_000_000, 0, 1_000);
        assert_eq!(state.now(1_000_000), before, "the step is noticed here");
        assert_eq!(state.now(6_000_000), before + 5_000_000, "and time runs on");
        assert!(state.wrong_by(6_000_000).is_some());
        state.observe(11 * 3_600_000_000, 7_000_000, 7_001_000);
        assert_eq!(state.wrong_by(7_001_000), None);
        assert!(state.now(7_001_000) >= 11 * 3_600_000_000 - 1_000);
    }

    #[test]
    fn a_slow_answer_does_not_move_a_good_estimate() {
        let mut state = on_database(i64::MIN);
        state.observe(5_000_000_000, 1_000, 2_000);
        let Reference::Database { at_origin: good } = state.reference else { unreachable!() };
        state.observe(5_000_000_000 + 3_000_000, 1_002_000, 4_002_000);
        let Reference::Database { at_origin: after } = state.reference else { unreachable!() };
        assert_eq!(good, after);
        // a clock that drifted apart is followed as far as is certain
        state.observe(5_060_000_000 + 40_000, 60_000_000, 60_001_000);
        assert_eq!(state.reference.time(60_001_000), 5_060_040_000);
    }

    #[tokio::test]
    async fn the_database_clock_follows_the_database_and_not_the_process() {
        let read = || async { Ok::<_, Infallible>(1_000_000_000_000) };
        let clock = Clock::database(0, read).await.unwrap();
        assert!((0..1_000).contains(&(clock.now() - 1_000_000_000_000)));
        assert_eq!(clock.wrong_by_ms(), None);
    }

    #[tokio::test]
    async fn a_frozen_clock_stands_still_goes_back_and_follows_the_shared_value() {
        let clock = Clock::frozen(1_000);
        clock.raise_to(5_000);
        assert_eq!((clock.now(), clock.is_dev()), (1_000, true));
        clock.set(9_000).unwrap();
        assert_eq!(clock.now(), 9_000);
        clock.set(-400).unwrap();
        assert_eq!((clock.now(), clock.wrong_by_ms()), (-400, None));
        tokio::time::sleep(Duration::from_millis(1)).await;
        clock.observe(|| async { Ok::<_, Infallible>(7_000) }).await.unwrap();
        assert_eq!(clock.now(), 7_000);
    }

    #[tokio::test]
    async fn a_value_asked_for_before_the_clock_was_set_does_not_set_it_back() {
        let clock = Clock::frozen(1_000);
        let slow_read = || async {
            clock.set(9_000).unwrap();
            Ok::<_, Infallible>(1_000)
        };
        clock.observe(slow_read).await.unwrap();
        assert_eq!(clock.now(), 9_000);
    }

    #[tokio::test]
    async fn following_survives_failed_reads() {
        let clock = Clock::frozen(0);
        let reads = std::sync::atomic::AtomicI64::new(0);
        let read = || async {
            let count = reads.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            if count < 3 { Err("no connection") } else { Ok(count) }
        };
        tokio::select! {
            () = clock.follow(Duration::from_millis(1), read) => {}
            () = async { while clock.now() < 5 { tokio::time::sleep(Duration::from_millis(1)).await } } => {}
        }
    }
}
