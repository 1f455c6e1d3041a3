//! Who may try a password: what was tried so far, and what follows from it. Pure; time is an argument, names and places are hashes.

use std::time::Duration;

use super::buckets::{Buckets, Quota};
use super::known::Known;

/// One account from one place, as somebody makes who tries what the password was.
const AT_PLACE: Quota = Quota { burst: 20, refill: Duration::from_secs(30) };
/// One account from everywhere.
const AT_ACCOUNT: Quota = Quota { burst: 50, refill: Duration::from_mins(1) };
/// Everybody at one address: an office, or a carrier's customers.
const AT_ADDRESS: Quota = Quota { burst: 500, refill: Duration::from_secs(6) };
/// 2 MiB for each quota. What can be tried in a second is little beside it, for each try costs a password's hash.
const SLOTS: usize = 1 << 18;

/// Somebody wants to try a password.
#[derive(Debug, Clone, Copy)]
pub(super) struct Try {
    /// The account, whether or not there is such a one.
    pub(super) account: u64,
    /// The address.
    pub(super) address: u64,
    /// The account at this address.
    pub(super) here: u64,
    /// The account on the phone that is named; nobody else knows a phone's id.
    pub(super) phone: Option<u64>,
    /// What was typed has the form of a one-time code.
    pub(super) is_code: bool,
}

/// What may be compared with what was typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum Scope {
    /// The one-time code and the password.
    All,
    /// The one-time code alone: it cannot be guessed, and is how somebody gets in whose name strangers try.
    CodeAlone,
}

/// A try that was admitted, and counted before it was made: many at once are no more than many in turn.
#[derive(Debug)]
pub(super) struct Admitted {
    tried: Try,
    taken: Taken,
    /// What may be compared.
    pub(super) scope: Scope,
    /// Others would have had to wait for so long: a wrong password is answered like theirs, so that it tells nothing.
    pub(super) wait_of_others: Option<Duration>,
}

/// Where a try was counted.
#[derive(Debug, Clone, Copy)]
enum Taken {
    /// At the address, at the account there, and at the account unless it has nothing left.
    AtAddress { account: bool },
    /// At the account's phone.
    AtPhone,
}

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Somebody logged in.
    Right,
    /// It was refused.
    Wrong,
    /// Nothing was compared.
    Untried,
}

/// What was tried so far.
#[derive(Debug)]
pub(super) struct Ledger {
    places: Buckets,
    accounts: Buckets,
    addresses: Buckets,
    known: Known,
}

impl Ledger {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        let buckets = |quota| Buckets::new(quota, SLOTS);
        Self {
            places: buckets(AT_PLACE),
            accounts: buckets(AT_ACCOUNT),
            addresses: buckets(AT_ADDRESS),
            known: Known::new(),
        }
    }

    /// Counts a try, or says how long to wait.
    pub(super) fn admit(&mut self, tried: Try, now: Duration) -> Result<Admitted, Duration> {
        self.admit_by_address(tried, now).or_else(|wait| self.admit_by_phone(tried, now, wait).ok_or(wait))
    }

    fn admit_by_address(&mut self, tried: Try, now: Duration) -> Result<Admitted, Duration> {
        let Try { account, address, here, is_code, .. } = tried;
        let of_account = self.accounts.wait(account, now);
        let of_address = self.addresses.wait(address, now).max(self.places.wait(here, now));
        if !of_address.is_zero() {
            return Err(of_address.max(of_account));
        }
        let others_wait = !of_account.is_zero();
        let scope = match (others_wait, is_code) {
            (false, _) => Scope::All,
            (true, _) if self.known.knows(account, here, now) => Scope::All,
            (true, true) => Scope::CodeAlone,
            (true, false) => return Err(of_account),
        };
        self.addresses.take(address, now);
        self.places.take(here, now);
        if !others_wait {
            self.accounts.take(account, now);
        }
        let taken = Taken::AtAddress { account: !others_wait };
        Ok(Admitted { tried, taken, scope, wait_of_others: others_wait.then_some(of_account) })
    }

    /// A phone that was logged in on goes its own way when the others have to `wait`.
    fn admit_by_phone(&mut self, tried: Try, now: Duration, wait: Duration) -> Option<Admitted> {
        let phone = tried.phone.filter(|phone| self.known.knows(tried.account, *phone, now))?;
        if !self.places.wait(phone, now).is_zero() {
            return None;
        }
        self.places.take(phone, now);
        Some(Admitted { tried, taken: Taken::AtPhone, scope: Scope::All, wait_of_others: Some(wait) })
    }

    /// Learns how a try ended: only those that were wrong count.
    pub(super) fn settle(&mut self, admitted: &Admitted, outcome: Outcome, now: Duration) {
        let Admitted { tried, taken, .. } = *admitted;
        if outcome == Outcome::Wrong {
            return;
        }
        match taken {
            Taken::AtAddress { account } => {
                self.addresses.give_back(tried.address);
                self.places.give_back(tried.here);
                if account {
                    self.accounts.give_back(tried.account);
                }
            }
            Taken::AtPhone => tried.phone.into_iter().for_each(|phone| self.places.give_back(phone)),
        }
        if outcome == Outcome::Right {
            for place in [Some(tried.here), tried.phone].into_iter().flatten() {
                self.known.note(tried.account, place, now);
            }
        }
    }

    /// Forgets where accounts were logged in to long ago.
    pub(super) fn forget_old(&mut self, now: Duration) {
        self.known.forget_old(now);
    }
}

#[cfg(test)]
mod tests;
