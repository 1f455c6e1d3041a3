//! Where a push continues its device's log: the digest chain decides, before anything else (P2, P6).

use sync_core::op::{Digest, Place};

/// The end of a device's log as the server has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The newest seq; 0 for an empty log.
    pub seq: u64,
    /// Its digest; zeros for an empty log.
    pub digest: Digest,
}

/// What a push brings, held against the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Continuation {
    /// This many ops at the push's beginning are stored already.
    pub known: usize,
    /// This many ops after them continue the log.
    pub fresh: usize,
    /// Why the rest does not, when there is a rest.
    pub fault: Option<ChainFault>,
}

/// Why an op does not continue the log. All below it is acknowledged, nothing from it on is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainFault {
    /// Ops between the log's head and the push are missing.
    Gap {
        /// The seq the log continues with.
        expected: u64,
        /// The digest that op must name as `prev`.
        head: Digest,
    },
    /// Another log grew under this device id: a cloned or restored phone.
    Forked {
        /// The first op that differs.
        seq: u64,
        /// The digest the server holds at `seq`, or at its head when the log ends before.
        digest: Digest,
    },
}

/// Holds a push against the log. `stored` gives the digest of a stored op; ops at or below the head that it does not know count as known
/// only when their successor proves them.
pub fn continuation(head: Head, stored: impl Fn(u64) -> Option<Digest>, ops: &[(Place, Digest)]) -> Continuation {
    let mut end = head;
    let mut known = 0;
    for (index, (place, digest)) in ops.iter().enumerate() {
        let fresh = index - known;
        let stop = |fault| Continuation { known, fresh, fault: Some(fault) };
        let follows = index == 0 || place.seq == ops[index - 1].0.seq.wrapping_add(1);
        if place.seq == 0 || !follows || place.seq > end.seq.saturating_add(1) {
            return stop(ChainFault::Gap { expected: end.seq + 1, head: end.digest });
        }
        if place.seq <= head.seq {
            match stored(place.seq) {
                Some(held) if held == *digest => known += 1,
                held => return stop(ChainFault::Forked { seq: place.seq, digest: held.unwrap_or(head.digest) }),
            }
        } else if place.prev == end.digest {
            end = Head { seq: place.seq, digest: *digest };
        } else {
            return stop(ChainFault::Forked { seq: place.seq, digest: end.digest });
        }
    }
    Continuation { known, fresh: ops.len() - known, fault: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of `count` ops whose digests are `name` and their seq.
    fn log(name: &str, from: u64, count: u64, prev: Digest) -> Vec<(Place, Digest)> {
        let mut prev = prev;
        (from..from + count)
            .map(|seq| {
                let op = (Place { seq, prev }, Digest::of(&format!("{name}{seq}")));
                prev = op.1;
                op
            })
            .collect()
    }

    fn check(stored: &[(Place, Digest)], ops: &[(Place, Digest)]) -> Continuation {
        let head =
            stored.last().map_or(Head { seq: 0, digest: Digest::ZERO }, |op| Head { seq: op.0.seq, digest: op.1 });
        let find = |seq: u64| stored.iter().find(|op| op.0.seq == seq).map(|op| op.1);
        continuation(head, find, ops)
    }

    #[test]
    fn p2_a_push_sent_again_is_known_and_its_tail_is_fresh() {
        let all = log("a", 1, 5, Digest::ZERO);
        assert_eq!(check(&[], &all), Continuation { known: 0, fresh: 5, fault: None });
        assert_eq!(check(&all[..3], &all[1..]), Continuation { known: 2, fresh: 2, fault: None });
        assert_eq!(check(&all, &all), Continuation { known: 5, fresh: 0, fault: None });
    }

    #[test]
    fn a_hole_names_what_is_expected() {
        let all = log("a", 1, 5, Digest::ZERO);
        let gap = ChainFault::Gap { expected: 3, head: all[1].1 };
        assert_eq!(check(&all[..2], &all[3..]), Continuation { known: 0, fresh: 0, fault: Some(gap) });
        let holed = [all[2], all[4]];
        let gap = ChainFault::Gap { expected: 4, head: all[2].1 };
        assert_eq!(check(&all[..2], &holed), Continuation { known: 0, fresh: 1, fault: Some(gap) });
    }

    #[test]
    fn p6_a_clone_is_noticed_by_digest_and_by_prev() {
        let all = log("a", 1, 4, Digest::ZERO);
        let clone = log("b", 3, 2, all[1].1);
        let forked = ChainFault::Forked { seq: 3, digest: all[2].1 };
        assert_eq!(check(&all, &clone), Continuation { known: 0, fresh: 0, fault: Some(forked) });
        let other = log("b", 5, 1, Digest::of("elsewhere"));
        let forked = ChainFault::Forked { seq: 5, digest: all[3].1 };
        assert_eq!(check(&all, &other), Continuation { known: 0, fresh: 0, fault: Some(forked) });
    }
}
