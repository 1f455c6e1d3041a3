//! AT-12: breaks, as pairs of `break_start` and `break_end`.

use serde_json::json;
use sync_core::time::{Answer, Moment};

use super::{Counts, DayCheck, DayFlag, MINUTE_MS, PersonDayFacts};
use crate::rules::attendance::CheckInType;
use crate::rules::policy::Policy;
use crate::rules::ruling::Rule;
use crate::rules::unclear::{Family, weighed};

/// The breaks of a day.
#[derive(Debug, Default)]
pub(super) struct Breaks {
    /// Whole minutes of all pairs.
    pub(super) minutes: i64,
    /// Those that are too long, or lack one end.
    pub(super) flags: Vec<DayFlag>,
}

/// Pairs starts and ends in the order of their moments. A break of exactly the limit is not flagged; one that lacks its start or end is.
pub(super) fn of(facts: &PersonDayFacts, policy: &Policy) -> Breaks {
    let is_break = |check: &&DayCheck| matches!(check.kind, CheckInType::BreakStart | CheckInType::BreakEnd);
    let mut ends: Vec<(i64, bool, uuid::Uuid, Moment)> = facts
        .checks
        .iter()
        .filter(is_break)
        .filter(|check| check.counts == Counts::Yes)
        .map(|check| (check, weighed(&check.moment, Family::At, policy)))
        .filter(|(_, moment)| facts.zone.is_on(moment, facts.day) != Answer::No)
        // at one instant a break ends before the next one starts
        .map(|(check, moment)| (moment.by_claim().latest, check.kind == CheckInType::BreakStart, check.id, moment))
        .collect();
    ends.sort_by_key(|(at, starts, id, _)| (*at, *starts, *id));
    let mut breaks = Breaks::default();
    let mut open: Option<Moment> = None;
    for (_, starts, _, moment) in ends {
        match (open.take(), starts) {
            (None, true) => open = Some(moment),
            (Some(_), true) => {
                breaks.flags.push(unpaired("no_end"));
                open = Some(moment);
            }
            (None, false) => breaks.flags.push(unpaired("no_start")),
            (Some(start), false) => breaks.add(&start, &moment, i64::from(policy.r#break.minutes)),
        }
    }
    if open.is_some() {
        breaks.flags.push(unpaired("no_end"));
    }
    breaks
}

impl Breaks {
    fn add(&mut self, start: &Moment, end: &Moment, max: i64) {
        let span = end.by_claim().latest - start.by_claim().latest;
        self.minutes += span / MINUTE_MS;
        let (least, most) = (end.earliest - start.latest, end.latest - start.earliest);
        let answer = if most <= max * MINUTE_MS {
            return;
        } else if least > max * MINUTE_MS {
            Answer::No
        } else {
            Answer::Unclear
        };
        // a break of 30:01 is one of more than 30 minutes
        let minutes = (span + MINUTE_MS - 1) / MINUTE_MS;
        let known = json!({"minutes": minutes, "max": max});
        self.flags.push(DayFlag { rule: Rule::At12, answer, severe: false, facts: known });
    }
}

fn unpaired(case: &str) -> DayFlag {
    DayFlag { rule: Rule::At12, answer: Answer::Unclear, severe: false, facts: json!({ "case": case }) }
}
