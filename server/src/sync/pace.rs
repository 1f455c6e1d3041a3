//! When a phone should come back by itself, unless it has something to push or is poked: the people of a team at different times, so that
//! they do not come all at once, and everybody later while much is waiting to be written. And how many ops are written at once.

use crate::facts::directory::Place;

/// Between two pulls of a phone while the server has time, in ms.
const PERIOD_MS: u64 = 120_000;
/// How much longer that is when the line is full.
const STRETCH: u64 = 4;

/// Ops of a group while nobody else writes: many at once cost less each.
const GROUP_OPS: u32 = 2_000;
/// Ops of a group while others write, too: whoever stands at the desk waits until the group is written that they came upon.
const SHORT_GROUP_OPS: u32 = 250;

/// How long the groups of one line may be.
#[derive(Debug, Default)]
pub struct Groups {
    others: u64,
}

impl Groups {
    /// How many ops the next group may have. `others` is how many transactions besides groups were asked for since the start.
    pub fn next(&mut self, others: u64) -> u32 {
        let alone = self.others == others;
        self.others = others;
        if alone { GROUP_OPS } else { SHORT_GROUP_OPS }
    }
}

/// How long the phone should wait, in ms: until its turn in the period, but at least half a period. `now` is Unix ms, `fullness` how
/// full the line of pushes is, in per mille.
pub fn come_back_in(now: i64, place: Option<&Place>, fullness: u64) -> u64 {
    let period = PERIOD_MS + PERIOD_MS * (STRETCH - 1) * fullness.min(1_000) / 1_000;
    let turn = place.map_or(0, |place| period * u64::from(place.index) / u64::from(place.of.max(1)));
    let phase = now.rem_euclid(i64::try_from(period).unwrap_or(i64::MAX)).unsigned_abs();
    let wait = (turn + period - phase) % period;
    if wait < period / 2 { wait + period } else { wait }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn place(index: u32) -> Place {
        Place { group: Uuid::nil(), index, of: 8 }
    }

    /// When eight people of a team come who all synced at this instant, sorted.
    fn turns(now: i64, fullness: u64) -> Vec<u64> {
        let mut turns: Vec<u64> = (0..8).map(|index| come_back_in(now, Some(&place(index)), fullness)).collect();
        turns.sort_unstable();
        turns
    }

    #[test]
    fn groups_are_short_for_as_long_as_others_write() {
        let mut groups = Groups::default();
        let lengths = [0, 0, 1, 4, 4, 4, 5].map(|others| groups.next(others));
        let (long, short) = (GROUP_OPS, SHORT_GROUP_OPS);
        assert_eq!(lengths, [long, long, short, short, long, long, short]);
    }

    #[test]
    fn a_team_that_synced_at_once_comes_back_evenly_spread() {
        for now in [0, 1, 119_999, 1_764_000_000_123] {
            let turns = turns(now, 0);
            assert!(turns.windows(2).all(|pair| pair[1] - pair[0] == PERIOD_MS / 8), "{now}: {turns:?}");
            assert!(turns.iter().all(|wait| (PERIOD_MS / 2..PERIOD_MS * 3 / 2).contains(wait)), "{now}: {turns:?}");
        }
    }

    #[test]
    fn everybody_keeps_their_turn_and_a_full_line_stretches_it() {
        let first = come_back_in(50_000, Some(&place(3)), 0);
        let again = come_back_in(50_000 + i64::try_from(first).unwrap(), Some(&place(3)), 0);
        assert_eq!(again, PERIOD_MS, "who comes on time comes once a period");
        assert!(turns(7, 1_000).iter().all(|wait| *wait >= PERIOD_MS * STRETCH / 2));
        assert_eq!(turns(7, 5_000), turns(7, 1_000), "fuller than full is full");
    }

    #[test]
    fn somebody_without_a_team_has_a_turn() {
        assert_eq!(come_back_in(0, None, 0), PERIOD_MS);
    }
}
