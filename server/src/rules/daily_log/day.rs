//! WL-1: whether somebody owes a log for a day that is over.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;
use sync_core::words;

use crate::rules::ruling::{Reason, Rule, Ruling};

words! {
    /// What a person's day came to as far as the log goes.
    pub enum LogDayVerdict {
        /// There is a log.
        HandedIn = "handed_in",
        /// The person was there, and there is none.
        Missing = "missing",
        /// Nobody was there who could have written one.
        NoneDue = "none_due",
    }
}

/// What a person's day rests on as far as the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogDayFacts {
    /// The project's day.
    pub day: NaiveDate,
    /// Whether a check-in says that the person came.
    pub present: bool,
    /// Whether a log was handed in, be it late: that it was late is WL-4's.
    pub handed_in: bool,
}

/// Rules on a day that is over; late evidence, a check-in or a log that was on its way, has it ruled on again.
pub fn close_day(facts: &LogDayFacts) -> Ruling<LogDayVerdict> {
    let (verdict, answer) = match (facts.handed_in, facts.present) {
        (true, _) => (LogDayVerdict::HandedIn, Answer::Yes),
        (false, true) => (LogDayVerdict::Missing, Answer::No),
        (false, false) => (LogDayVerdict::NoneDue, Answer::Yes),
    };
    Ruling::because(verdict, Reason::new(Rule::Wl1, answer, json!({"day": facts.day})))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::today;

    #[test]
    fn wl_1_who_was_there_owes_a_log() {
        let rows = [
            (true, true, LogDayVerdict::HandedIn),
            (true, false, LogDayVerdict::Missing),
            (false, true, LogDayVerdict::HandedIn),
            (false, false, LogDayVerdict::NoneDue),
        ];
        for (present, handed_in, verdict) in rows {
            let ruling = close_day(&LogDayFacts { day: today(), present, handed_in });
            assert_eq!((ruling.outcome, ruling.reasons[0].rule), (verdict, Rule::Wl1));
        }
    }
}
