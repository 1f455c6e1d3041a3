//! Where accounts were logged in to of late: addresses and phones, in memory only.

use std::collections::HashMap;
use std::time::Duration;

/// A place is known for so long after the last login there; as long as a login lasts that nobody uses.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// Places of one account; the one not seen for longest makes room.
const PLACES: usize = 8;
/// Accounts with places; only who has logged in has any, so that nobody can fill this with invented names.
const ACCOUNTS: usize = 50_000;

/// Places by account, both as hashes.
#[derive(Debug)]
pub(super) struct Known {
    accounts: HashMap<u64, Vec<Seen>>,
    room: usize,
}

#[derive(Debug)]
struct Seen {
    place: u64,
    last: Duration,
}

impl Known {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { accounts: HashMap::new(), room: ACCOUNTS }
    }

    /// Whether the account was logged in to from there of late.
    pub(super) fn knows(&self, account: u64, place: u64, now: Duration) -> bool {
        let places = self.accounts.get(&account).into_iter().flatten();
        places.into_iter().any(|seen| seen.place == place && is_fresh(seen, now))
    }

    /// Somebody has just logged in from there.
    pub(super) fn note(&mut self, account: u64, place: u64, now: Duration) {
        if self.accounts.len() >= self.room && !self.accounts.contains_key(&account) {
            self.make_room(now);
        }
        let places = self.accounts.entry(account).or_default();
        places.retain(|seen| seen.place != place);
        if places.len() >= PLACES {
            // in the order in which they were seen
            places.remove(0);
        }
        places.push(Seen { place, last: now });
    }

    /// Forgets what was not seen for long.
    pub(super) fn forget_old(&mut self, now: Duration) {
        self.accounts.retain(|_, places| {
            places.retain(|seen| is_fresh(seen, now));
            !places.is_empty()
        });
        self.accounts.shrink_to_fit();
    }

    fn make_room(&mut self, now: Duration) {
        self.forget_old(now);
        if self.accounts.len() < self.room {
            return;
        }
        let last = |places: &Vec<Seen>| places.last().map(|seen| seen.last);
        let longest_gone = self.accounts.iter().min_by_key(|(_, places)| last(places)).map(|(account, _)| *account);
        longest_gone.and_then(|account| self.accounts.remove(&account));
    }
}

fn is_fresh(seen: &Seen, now: Duration) -> bool {
    now.saturating_sub(seen.last) < KEPT
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: u64 = 1;

    #[test]
    fn a_place_is_known_for_thirty_days_after_the_last_login() {
        let mut known = Known::new();
        let day = |days: u64| Duration::from_hours(24 * days);
        known.note(ACCOUNT, 10, day(0));
        assert!(known.knows(ACCOUNT, 10, day(29)));
        assert!(!known.knows(ACCOUNT, 10, day(30)));
        assert!(!known.knows(ACCOUNT, 11, day(0)) && !known.knows(2, 10, day(0)));
        known.note(ACCOUNT, 10, day(29));
        assert!(known.knows(ACCOUNT, 10, day(58)));
        known.forget_old(day(59));
        assert!(known.accounts.is_empty());
    }

    #[test]
    fn an_account_has_so_many_places_and_no_other_account_pays_for_them() {
        let mut known = Known::new();
        known.note(2, 10, Duration::ZERO);
        for place in 0..100 {
            known.note(ACCOUNT, place, Duration::from_secs(place));
        }
        let now = Duration::from_secs(100);
        let left = (0..100).filter(|place| known.knows(ACCOUNT, *place, now)).collect::<Vec<_>>();
        assert_eq!(left, (92..100).collect::<Vec<_>>());
        assert!(known.knows(2, 10, now));
    }

    #[test]
    fn when_there_is_no_room_the_account_that_was_gone_for_longest_is_forgotten() {
        let mut known = Known { room: 3, ..Known::new() };
        for account in 0..5 {
            known.note(account, 10, Duration::from_secs(10 + account));
            known.note(0, 10, Duration::from_secs(10 + account));
        }
        let now = Duration::from_secs(15);
        let left = (0..5).filter(|account| known.knows(*account, 10, now)).collect::<Vec<_>>();
        assert_eq!(left, [0, 3, 4]);
    }
}
