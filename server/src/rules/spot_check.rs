//! AT-11: whether a spot check was answered in time.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};
use sync_core::words;

use super::policy::Policy;
use super::ruling::{Reason, Rule, Ruling};
use super::unclear::{Family, weighed};

words! {
    /// What became of a spot check that reached its phone.
    pub enum SpotVerdict {
        /// Answered in time.
        Answered = "answered",
        /// Not answered in time.
        Missed = "missed",
        /// The evidence leaves open whether the answer was in time.
        Review = "review",
    }
}

/// Everything the verdict of a spot check rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpotFacts {
    /// When it was issued (Unix ms).
    pub issued_at: i64,
    /// When the exchange that delivered it was answered (Unix ms).
    pub reached_at: i64,
    /// By when it is to be answered (Unix ms, half-open).
    pub due_at: i64,
    /// The `spot` check-in that may answer it; nothing when none came in time.
    pub answered: Option<Moment>,
}

/// Rules on a spot check that was delivered: a check-in between its issue and its deadline answers it.
pub fn decide(facts: &SpotFacts, policy: &Policy) -> Ruling<SpotVerdict> {
    let in_time = facts.answered.map_or(Answer::No, |moment| {
        let moment = weighed(&moment, Family::At, policy);
        (!moment.is_before(facts.issued_at)).and(moment.is_before(facts.due_at))
    });
    let outcome = match in_time {
        Answer::Yes => SpotVerdict::Answered,
        Answer::No => SpotVerdict::Missed,
        Answer::Unclear => SpotVerdict::Review,
    };
    let minutes = (facts.due_at - facts.reached_at) / 60_000;
    Ruling::because(
        outcome,
        Reason::new(Rule::At11, in_time, json!({"minutes": minutes, "reached_at": facts.reached_at})),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{at, between, claimed, exact};

    #[test]
    fn at_11_an_answer_counts_within_15_minutes_of_the_delivery() {
        use SpotVerdict::{Answered, Missed, Review};
        let rows = [
            (None, Missed),
            (Some(exact("10:05")), Answered),
            (Some(Moment::exact(at("10:20") - 1)), Answered),
            (Some(exact("10:20")), Missed),
            (Some(Moment::exact(at("10:00") - 1)), Missed),
            (Some(exact("10:00")), Answered),
            (Some(between("10:06", "10:20")), Review),
            (Some(between("10:06", "11:00")), Review),
            (Some(between("10:21", "11:00")), Missed),
            (Some(between("09:00", "10:10")), Review),
            (Some(claimed("10:06", "10:19", "12:00")), Answered),
            (Some(claimed("10:06", "10:21", "12:00")), Missed),
        ];
        for (answered, outcome) in rows {
            let facts = SpotFacts { issued_at: at("10:00"), reached_at: at("10:05"), due_at: at("10:20"), answered };
            let ruling = decide(&facts, &Policy::default());
            assert_eq!(ruling.outcome, outcome, "{answered:?}");
            assert_eq!(ruling.reasons[0].facts["minutes"], 15, "from the delivery on, not from the issue");
        }
    }
}
