//! BK-9: what a partner's bookings of a day came to.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;

use super::policy::Policy;
use super::ruling::{Reason, Rule, Ruling};
use sync_core::words;

words! {
    /// The verdict on a partner's day.
    pub enum MassVerdict {
        /// Enough of the groups arrived, or there were few.
        Passed = "passed",
        /// The day's bookings count as void when disputed, and only then (DS-2).
        Failed = "failed",
    }
}

/// What a partner booked for a day. A group is a customer, by digits and folded name, with a booking whose moment may lie on the day,
/// cancelled or not; it arrived when one of these was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MassFacts {
    /// The project's day.
    pub day: NaiveDate,
    /// Groups booked.
    pub groups: u32,
    /// Groups of these that arrived.
    pub arrived: u32,
}

/// Rules on a partner's day: it failed when many were booked and certainly too few arrived; exactly the rate passes.
pub fn decide(facts: &MassFacts, policy: &Policy) -> Ruling<MassVerdict> {
    let few = facts.groups < policy.booking.mass_threshold;
    let enough = f64::from(facts.arrived) >= f64::from(facts.groups) * policy.booking.mass_min_rate;
    let (verdict, answer) =
        if few || enough { (MassVerdict::Passed, Answer::Yes) } else { (MassVerdict::Failed, Answer::No) };
    let known = json!({"day": facts.day, "groups": facts.groups, "arrived": facts.arrived});
    Ruling::because(verdict, Reason::new(Rule::Bk9, answer, known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::today;

    #[test]
    fn bk_9_ten_groups_of_which_fewer_than_half_arrived_fail_the_day() {
        use MassVerdict::{Failed, Passed};
        let rows = [
            (9, 0, Passed),
            (10, 0, Failed),
            (10, 4, Failed),
            (10, 5, Passed),
            (11, 5, Failed),
            (11, 6, Passed),
            // 49.99 % and exactly 50.00 %
            (10_000, 4_999, Failed),
            (10_000, 5_000, Passed),
        ];
        for (groups, arrived, verdict) in rows {
            let ruling = decide(&MassFacts { day: today(), groups, arrived }, &Policy::default());
            assert_eq!(ruling.outcome, verdict, "{arrived} of {groups}");
            assert_eq!(ruling.reasons[0].rule, Rule::Bk9);
        }
    }

    #[test]
    fn bk_9_threshold_and_rate_are_the_projects() {
        let policy = Policy::read(&json!({"booking": {"mass_threshold": 3, "mass_min_rate": 0.8}})).unwrap();
        for (groups, arrived, verdict) in
            [(2, 0, MassVerdict::Passed), (5, 3, MassVerdict::Failed), (5, 4, MassVerdict::Passed)]
        {
            let ruling = decide(&MassFacts { day: today(), groups, arrived }, &policy);
            assert_eq!(ruling.outcome, verdict, "{arrived} of {groups}");
        }
    }
}
