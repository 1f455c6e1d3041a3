//! How often a password may be tried, so that none can be guessed and nobody can be kept out: ADR 13 has the arithmetic.

mod buckets;
mod known;
mod ledger;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hash};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use api_spec::problem::{Code, Problem};
use uuid::Uuid;

use super::address::Address;
use crate::error::AppError;
pub(super) use ledger::Scope;
use ledger::{Admitted, Ledger, Outcome, Try};

/// What was tried so far in this process; clones count together. Measured on the monotonic clock, kept in memory alone.
#[derive(Debug, Clone)]
pub struct Attempts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Keyed anew at each start: nobody can choose names that fall together.
    hashes: RandomState,
    origin: Instant,
    ledger: Mutex<Ledger>,
}

/// Somebody wants to try what they typed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    /// Code of the organisation, as typed.
    pub(super) org: &'a str,
    /// The name, as typed; there need be nobody of this name.
    pub(super) username: &'a str,
    /// Where they call from.
    pub(super) address: Address,
    /// The phone they name.
    pub(super) device: Option<Uuid>,
    /// What they typed has the form of a one-time code.
    pub(super) is_code: bool,
}

/// An attempt that was admitted. It counts until it is [settled](Pass::settle): a caller who hangs up has made it.
#[derive(Debug)]
pub(super) struct Pass {
    attempts: Attempts,
    admitted: Admitted,
}

impl Attempts {
    /// None yet.
    pub fn new() -> Self {
        let ledger = Mutex::new(Ledger::new());
        Self(Arc::new(Inner { hashes: RandomState::new(), origin: Instant::now(), ledger }))
    }

    /// Counts an attempt, before anything is compared.
    ///
    /// # Errors
    /// `throttled`, with the seconds to wait.
    pub(super) fn admit(&self, attempt: &Attempt) -> Result<Pass, Problem> {
        let now = self.now();
        let admitted = self.ledger().admit(self.hashed(attempt), now).map_err(throttled)?;
        Ok(Pass { attempts: self.clone(), admitted })
    }

    /// Forgets where accounts were logged in to long ago.
    pub fn forget_old(&self) {
        let now = self.now();
        self.ledger().forget_old(now);
    }

    fn hashed(&self, attempt: &Attempt) -> Try {
        let Attempt { org, username, address, device, is_code } = *attempt;
        let account = (org.trim(), username.trim());
        Try {
            account: self.hash(account),
            address: self.hash(address),
            here: self.hash((account, address)),
            phone: device.map(|device| self.hash((account, device))),
            is_code,
        }
    }

    fn hash(&self, what: impl Hash) -> u64 {
        self.0.hashes.hash_one(what)
    }

    fn now(&self) -> Duration {
        self.0.origin.elapsed()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass {
    /// What may be compared with what was typed.
    pub(super) fn scope(&self) -> Scope {
        self.admitted.scope
    }

    /// How it ended, and what is answered: a wrong password is `throttled` where others would have had to wait.
    pub(super) fn settle<T>(self, result: Result<T, AppError>) -> Result<T, AppError> {
        let refusal = result.as_ref().err().map(AppError::problem);
        let outcome = match &refusal {
            None => Outcome::Right,
            Some(problem) if problem.status() >= 500 => Outcome::Untried,
            Some(_) => Outcome::Wrong,
        };
        let now = self.attempts.now();
        self.attempts.ledger().settle(&self.admitted, outcome, now);
        match (refusal, self.admitted.wait_of_others) {
            (Some(problem), Some(wait)) if is_wrong(problem.code) => Err(throttled(wait).into()),
            _ => result,
        }
    }
}

impl Default for Attempts {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether the answer would tell a stranger that the name was tried at all.
fn is_wrong(code: Code) -> bool {
    matches!(code, Code::BadCredentials | Code::OneTimeCodeInvalid)
}

fn throttled(wait: Duration) -> Problem {
    Problem::throttled(wait.as_secs() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::password::PasswordError;

    const WRONG: Result<(), Code> = Err(Code::BadCredentials);

    fn settle(pass: Pass, result: Result<(), Code>) -> Result<(), Code> {
        pass.settle(result.map_err(AppError::from)).map_err(|error| error.problem().code)
    }

    fn attempt<'a>(username: &'a str, address: &str) -> Attempt<'a> {
        let address = Address::of(address.parse().unwrap());
        Attempt { org: "qingshan", username, address, device: None, is_code: false }
    }

    #[test]
    fn guessing_one_name_is_slow_and_leaves_the_others_alone() {
        let attempts = Attempts::new();
        let mut passed = 0;
        let problem = loop {
            match attempts.admit(&attempt("lihua", "203.0.113.7")) {
                Ok(pass) => assert_eq!(settle(pass, WRONG), WRONG),
                Err(problem) => break problem,
            }
            passed += 1;
        };
        assert_eq!((passed, problem.code), (20, Code::Throttled));
        assert!((1..=31).contains(&problem.members["retry_after_s"].as_u64().unwrap()), "{problem:?}");
        assert!(attempts.clone().admit(&attempt(" lihua", "203.0.113.7")).is_err(), "spaces make no other name");
        assert!(attempts.admit(&attempt("zhangwei", "203.0.113.7")).is_ok());
        assert!(attempts.admit(&attempt("lihua", "203.0.113.8")).is_ok());
    }

    #[test]
    fn an_org_and_a_name_are_not_one_text() {
        let attempts = Attempts::new();
        let of = |org, username| attempts.hashed(&Attempt { org, username, ..attempt("", "203.0.113.7") }).account;
        assert_ne!(of("qing", "shan/lihua"), of("qing/shan", "lihua"));
        assert_ne!(of("qing", "shanlihua"), of("qingshan", "lihua"));
    }

    #[test]
    fn a_wrong_password_of_somebody_known_is_answered_like_those_who_have_to_wait() {
        let attempts = Attempts::new();
        let office = attempt("lihua", "203.0.113.7");
        let tried = |result| settle(attempts.admit(&office).unwrap(), result);
        assert_eq!(tried(WRONG), WRONG);
        assert_eq!(tried(Ok(())), Ok(()));
        for stranger in ["198.51.100.1", "198.51.100.2", "198.51.100.3"] {
            while attempts.admit(&attempt("lihua", stranger)).is_ok() {}
        }
        assert_eq!(tried(WRONG), Err(Code::Throttled));
        assert_eq!(tried(Err(Code::AccountEnded)), Err(Code::AccountEnded), "they know the password");
        assert_eq!(tried(Ok(())), Ok(()));
    }

    #[test]
    fn a_server_too_busy_to_compare_has_counted_nothing() {
        let attempts = Attempts::new();
        for _ in 0..1_000 {
            let pass = attempts.admit(&attempt("lihua", "203.0.113.7")).unwrap();
            let busy = pass.settle::<()>(Err(PasswordError::Busy.into())).unwrap_err();
            assert_eq!(busy.problem().code, Code::Overloaded);
        }
    }
}
