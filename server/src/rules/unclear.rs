//! What becomes of moments whose evidence leaves a question open (`time.unclear`).
//!
//! A moment is reduced before it is compared. Each reduction picks instants out of the moment's own interval,
//! so an answer that was certain stays the same, and only `unclear` can become an answer.

use sync_core::time::{Answer, Moment};

use super::policy::{Policy, Unclear};

/// The families of rules that look at clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Bookings: somebody else loses.
    Bk,
    /// Protections: somebody else loses.
    Pr,
    /// Disputes: somebody else loses.
    Ds,
    /// Attendance.
    At,
    /// Daily logs.
    Wl,
    /// Field work.
    Fw,
    /// Outlets.
    Ov,
}

impl Family {
    fn unclear(self, policy: &Policy) -> Unclear {
        let unclear = &policy.time.unclear;
        match self {
            Self::Bk => unclear.bk,
            Self::Pr => unclear.pr,
            Self::Ds => unclear.ds,
            Self::At => unclear.at,
            Self::Wl => unclear.wl,
            Self::Fw => unclear.fw,
            Self::Ov => unclear.ov,
        }
    }

    fn somebody_else_loses(self) -> bool {
        matches!(self, Self::Bk | Self::Pr | Self::Ds)
    }
}

/// The moment as a family of rules judges it.
pub fn weighed(moment: &Moment, family: Family, policy: &Policy) -> Moment {
    let max_width_ms = i64::from(policy.time.max_width_minutes) * 60_000;
    if family.somebody_else_loses() && moment.width_ms() > max_width_ms {
        return moment.by_receipt();
    }
    match family.unclear(policy) {
        Unclear::Claimed => moment.by_claim(),
        Unclear::ClaimedElseReview if moment.claimed.is_some() => moment.by_claim(),
        Unclear::Received => moment.by_receipt(),
        Unclear::Review | Unclear::ClaimedElseReview => *moment,
    }
}

/// The one instant a span is counted from: the phone's claim, or receipt without one (Unix ms).
pub fn instant(moment: &Moment, family: Family, policy: &Policy) -> i64 {
    weighed(moment, family, policy).by_claim().latest
}

/// Whether a moment came before another one, as a family of rules judges it.
pub fn precedes(one: &Moment, other: &Moment, family: Family, policy: &Policy) -> Answer {
    weighed(one, family, policy).precedes(&weighed(other, family, policy))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sync_core::time::Grade;

    use super::*;

    const HOUR: i64 = 3_600_000;

    fn moment(earliest: i64, latest: i64, claimed: Option<i64>) -> Moment {
        let grade = if claimed.is_some() { Grade::Anchored } else { Grade::Bracketed };
        Moment { earliest, latest, claimed, grade }
    }

    fn policy(family: &str, unclear: &str) -> Policy {
        Policy::read(&json!({"time": {"unclear": {family: unclear}}})).unwrap()
    }

    #[test]
    fn each_value_of_time_unclear_decides_its_own_way() {
        let claimed = moment(0, 100, Some(40));
        let bare = moment(0, 100, None);
        // deadline 50: the claim is before it, receipt is not
        let rows = [
            ("review", Answer::Unclear, Answer::Unclear),
            ("claimed", Answer::Yes, Answer::No),
            ("claimed_else_review", Answer::Yes, Answer::Unclear),
            ("received", Answer::No, Answer::No),
        ];
        for (value, with_claim, without) in rows {
            for (name, family) in [("bk", Family::Bk), ("at", Family::At), ("wl", Family::Wl)] {
                let policy = policy(name, value);
                assert_eq!(weighed(&claimed, family, &policy).is_before(50), with_claim, "{name} {value}");
                assert_eq!(weighed(&bare, family, &policy).is_before(50), without, "{name} {value}");
            }
        }
    }

    #[test]
    fn bk_intervals_wider_than_the_limit_rank_by_receipt() {
        let policy = Policy::default();
        for (width, ranked_by_receipt) in [(4 * HOUR, false), (4 * HOUR + 1, true)] {
            let moment = moment(0, width, Some(HOUR));
            for family in [Family::Bk, Family::Pr, Family::Ds] {
                assert_eq!(weighed(&moment, family, &policy).width_ms() == 0, ranked_by_receipt, "{family:?} {width}");
            }
            assert_eq!(weighed(&moment, Family::At, &policy).latest, HOUR, "others keep the claim");
        }
    }

    #[test]
    fn certain_answers_stay_certain() {
        for value in Unclear::ALL {
            let policy = policy("bk", value.as_str());
            for claimed in [None, Some(30)] {
                for width in [50, 5 * HOUR] {
                    let moment = moment(10, 10 + width, claimed);
                    let weighed = weighed(&moment, Family::Bk, &policy);
                    assert_eq!(weighed.is_before(11 + width), Answer::Yes);
                    assert_eq!(weighed.is_before(10), Answer::No);
                }
            }
        }
    }

    #[test]
    fn spans_count_from_the_claim_else_from_receipt() {
        let policy = Policy::default();
        assert_eq!(instant(&moment(0, 100, Some(40)), Family::Pr, &policy), 40);
        assert_eq!(instant(&moment(0, 100, None), Family::Pr, &policy), 100);
        assert_eq!(instant(&moment(0, 5 * HOUR, Some(40)), Family::Pr, &policy), 5 * HOUR);
    }
}
