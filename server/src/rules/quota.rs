//! OV-3, OV-4: how often an outlet is to be visited in a calendar month, and whether it was.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;

use super::policy::Policy;
use super::ruling::{Reason, Rule, Ruling};
use sync_core::words;

words! {
    /// How much an outlet matters (OV-1).
    pub enum OutletGrade {
        /// The most.
        A = "A",
        /// Much.
        B = "B",
        /// Some.
        C = "C",
        /// The least; a card without a grade counts as one of these.
        D = "D",
    }
}

words! {
    /// Where an outlet's month stands.
    pub enum QuotaVerdict {
        /// As many visits count as are asked for.
        Met = "met",
        /// There is time left.
        Open = "open",
        /// Past the middle, and behind the pace.
        Risk = "risk",
        /// The month is over, and visits are missing.
        Short = "short",
    }
}

/// Everything the verdict on an outlet's month rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaFacts {
    /// The first day of the month.
    pub month: NaiveDate,
    /// The day on which the month is looked at.
    pub today: NaiveDate,
    /// The day of the card's opening.
    pub opened_on: NaiveDate,
    /// The day on which it was dropped or merged.
    pub ended_on: Option<NaiveDate>,
    /// The last grade before the month's end.
    pub grade: Option<OutletGrade>,
    /// Visits that count.
    pub counted: u32,
}

/// The verdict on a month with the visits it asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuotaRuling {
    /// The verdict and its reason.
    #[serde(flatten)]
    pub ruling: Ruling<QuotaVerdict>,
    /// Visits asked for.
    pub quota: u32,
}

/// The first day of the month of a day.
pub fn month_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The first day of the next month.
pub fn next_month(month: NaiveDate) -> NaiveDate {
    month.checked_add_months(chrono::Months::new(1)).unwrap_or(month)
}

/// Rules on a month. A month that is over is met or short. One that runs is at risk from its middle on, when fewer visits count than the
/// days that have passed would ask for; both are taken from the day of opening on.
pub fn decide(facts: &QuotaFacts, policy: &Policy) -> QuotaRuling {
    let quota = quota(facts, policy);
    let start = facts.month.max(facts.opened_on);
    let end = next_month(facts.month);
    let (length, passed) = (days(start, end), days(start, facts.today.min(end)));
    let behind = u64::from(facts.counted) * length < u64::from(quota) * passed;
    let verdict = if facts.counted >= quota {
        QuotaVerdict::Met
    } else if facts.today >= end {
        QuotaVerdict::Short
    } else if passed * 2 >= length && behind {
        QuotaVerdict::Risk
    } else {
        QuotaVerdict::Open
    };
    let rule = match grade(facts) {
        OutletGrade::A | OutletGrade::B => Rule::Ov3,
        OutletGrade::C | OutletGrade::D => Rule::Ov4,
    };
    let answer = match verdict {
        QuotaVerdict::Met => Answer::Yes,
        QuotaVerdict::Short => Answer::No,
        QuotaVerdict::Open | QuotaVerdict::Risk => Answer::Unclear,
    };
    let known = json!({"month": facts.month, "count": facts.counted, "min": quota, "grade": grade(facts)});
    QuotaRuling { ruling: Ruling::because(verdict, Reason::new(rule, answer, known)), quota }
}

/// The visits a month asks for: by grade; pro rata and rounded up, at least one, when the outlet was opened within the month; none before
/// that, and none from the month on in which it was dropped or merged.
fn quota(facts: &QuotaFacts, policy: &Policy) -> u32 {
    let visits = &policy.outlet.visits;
    let full = match grade(facts) {
        OutletGrade::A => visits.A,
        OutletGrade::B => visits.B,
        OutletGrade::C => visits.C,
        OutletGrade::D => visits.D,
    };
    let end = next_month(facts.month);
    if facts.ended_on.is_some_and(|day| day < end) {
        return 0;
    }
    let (length, left) = (days(facts.month, end), days(facts.month.max(facts.opened_on), end));
    u32::try_from((u64::from(full) * left).div_ceil(length.max(1))).unwrap_or(full)
}

fn grade(facts: &QuotaFacts) -> OutletGrade {
    facts.grade.unwrap_or(OutletGrade::D)
}

/// Days from one to another, none when the other is earlier.
fn days(from: NaiveDate, until: NaiveDate) -> u64 {
    u64::try_from((until - from).num_days()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn facts(month: &str, grade: &str) -> QuotaFacts {
        QuotaFacts {
            month: day(month),
            today: next_month(day(month)),
            opened_on: day("2026-01-05"),
            ended_on: None,
            grade: grade.parse().ok(),
            counted: 0,
        }
    }

    fn quota_of(facts: &QuotaFacts) -> u32 {
        decide(facts, &Policy::default()).quota
    }

    fn verdict(facts: &QuotaFacts) -> QuotaVerdict {
        decide(facts, &Policy::default()).ruling.outcome
    }

    #[test]
    fn ov_3_ov_4_a_and_b_ask_for_five_c_and_d_for_two() {
        let rows =
            [("A", 5, Rule::Ov3), ("B", 5, Rule::Ov3), ("C", 2, Rule::Ov4), ("D", 2, Rule::Ov4), ("", 2, Rule::Ov4)];
        for (grade, quota, rule) in rows {
            let facts = facts("2026-11-01", grade);
            assert_eq!(quota_of(&facts), quota, "{grade}");
            let reason = decide(&facts, &Policy::default()).ruling.reasons[0].clone();
            assert_eq!((reason.rule, reason.answer), (rule, Answer::No));
            let enough = QuotaFacts { counted: quota, ..facts.clone() };
            assert_eq!((verdict(&enough), verdict(&facts)), (QuotaVerdict::Met, QuotaVerdict::Short), "{grade}");
            let one_less = QuotaFacts { counted: quota - 1, ..facts };
            assert_eq!(verdict(&one_less), QuotaVerdict::Short, "{grade}");
        }
    }

    #[test]
    fn ov_3_a_card_opened_within_the_month_is_asked_for_its_share_rounded_up() {
        // of 30, 28 and 29 days
        let rows = [
            ("2026-11-01", "2026-11-01", 5),
            ("2026-11-01", "2026-11-02", 5),
            ("2026-11-01", "2026-11-07", 4),
            ("2026-11-01", "2026-11-16", 3),
            ("2026-11-01", "2026-11-24", 2),
            ("2026-11-01", "2026-11-25", 1),
            ("2026-11-01", "2026-11-30", 1),
            ("2026-11-01", "2026-12-01", 0),
            ("2026-02-01", "2026-02-15", 3),
            ("2026-02-01", "2026-02-28", 1),
            ("2028-02-01", "2028-02-01", 5),
            ("2028-02-01", "2028-02-29", 1),
        ];
        for (month, opened, quota) in rows {
            let facts = QuotaFacts { opened_on: day(opened), ..facts(month, "A") };
            assert_eq!(quota_of(&facts), quota, "{opened}");
        }
        let small = QuotaFacts { opened_on: day("2026-11-29"), ..facts("2026-11-01", "D") };
        assert_eq!(quota_of(&small), 1, "never below one");
    }

    #[test]
    fn ov_9_a_dropped_outlet_is_asked_for_nothing_from_that_month_on() {
        for (ended, quota) in [("2026-10-31", 0), ("2026-11-01", 0), ("2026-11-30", 0), ("2026-12-01", 5)] {
            let facts = QuotaFacts { ended_on: Some(day(ended)), ..facts("2026-11-01", "A") };
            assert_eq!(quota_of(&facts), quota, "{ended}");
        }
    }

    #[test]
    fn ov_3_risk_begins_at_the_middle_of_the_month_behind_the_pace() {
        use QuotaVerdict::{Met, Open, Risk};
        let rows = [
            ("2026-11-15", 0, Open),
            ("2026-11-16", 0, Risk),
            ("2026-11-16", 2, Risk),
            ("2026-11-16", 3, Open),
            ("2026-11-19", 3, Open),
            ("2026-11-20", 3, Risk),
            ("2026-11-30", 4, Risk),
            ("2026-11-30", 5, Met),
        ];
        for (today, counted, expected) in rows {
            let facts = QuotaFacts { today: day(today), counted, ..facts("2026-11-01", "A") };
            assert_eq!(verdict(&facts), expected, "{today} {counted}");
        }
        let opened = QuotaFacts { opened_on: day("2026-11-21"), today: day("2026-11-25"), ..facts("2026-11-01", "A") };
        assert_eq!(verdict(&opened), Open);
        assert_eq!(verdict(&QuotaFacts { today: day("2026-11-26"), ..opened }), Risk);
    }

    #[test]
    fn ov_3_the_numbers_are_the_projects() {
        let policy = Policy::read(&json!({"outlet": {"visits": {"A": 8}}})).unwrap();
        assert_eq!(decide(&facts("2026-11-01", "A"), &policy).quota, 8);
    }
}
