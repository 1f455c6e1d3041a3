//! How often a password may be tried for one name, so that none can be guessed.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use api_spec::problem::Problem;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};

/// Attempts at once, as somebody makes who tries what the password was.
const BURST: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// Then one in so long.
const REFILL: Duration = Duration::from_secs(3);

/// Attempts by name; clones count together. Measured on the monotonic clock.
#[derive(Debug, Clone)]
pub struct Attempts(Arc<DefaultKeyedRateLimiter<String>>);

impl Attempts {
    /// None yet.
    pub fn new() -> Self {
        let quota = Quota::with_period(REFILL).unwrap_or(Quota::per_minute(BURST)).allow_burst(BURST);
        Self(Arc::new(DefaultKeyedRateLimiter::keyed(quota)))
    }

    /// Counts one attempt for `name`.
    ///
    /// # Errors
    /// `throttled`, with the seconds to wait.
    pub(super) fn count(&self, name: &str) -> Result<(), Problem> {
        self.0.check_key(&name.to_owned()).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            Problem::throttled(wait.as_secs() + 1)
        })
    }

    /// Forgets names that may have their whole burst again.
    pub fn forget_old(&self) {
        self.0.retain_recent();
    }
}

impl Default for Attempts {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_one_name_is_slow_and_leaves_the_others_alone() {
        let attempts = Attempts::new();
        let mut passed = 0;
        while attempts.count("qingshan/lihua").is_ok() {
            passed += 1;
        }
        assert_eq!(passed, BURST.get());
        let problem = attempts.clone().count("qingshan/lihua").unwrap_err();
        assert!((1..=4).contains(&problem.members["retry_after_s"].as_u64().unwrap()), "{problem:?}");
        assert!(attempts.count("qingshan/zhangwei").is_ok());
    }
}
