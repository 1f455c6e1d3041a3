//! AT-2, AT-3, AT-4: who works on which day, and what a roster may say about it.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::period::TimeOfDay;
use super::policy::{CalendarPolicy, Policy, ShiftPolicy};
use super::ruling::{Reason, Rule};
use sync_core::words;

words! {
    /// Why somebody has a day off.
    pub enum OffReason {
        /// The turn of the rotation (AT-2), or a day on which the field does not work.
        Rotation = "rotation",
        /// A holiday (AT-4).
        Holiday = "holiday",
        /// Something happens on the project (AT-4).
        Event = "event",
        /// Instead of a day that was worked (AT-4).
        Makeup = "makeup",
    }
}

words! {
    /// In which capacity somebody plans.
    pub enum Planner {
        /// The lead of the team, or the deputy.
        TeamLead = "team_lead",
        /// The site lead or the back office, who adjust (AT-4).
        Site = "site",
    }
}

/// The hours of a shift that is not the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// When it starts.
    pub start: TimeOfDay,
    /// When it ends.
    pub end: TimeOfDay,
}

/// What somebody does on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Works, in the hours of the policy where none are named.
    Work(Option<Hours>),
    /// Has the day off.
    Off(OffReason),
}

impl Plan {
    /// What everybody does on a day that no roster speaks of: make-up days and the field's weekdays are worked, holidays are not.
    pub fn by_calendar(day: NaiveDate, calendar: &CalendarPolicy) -> Self {
        if calendar.makeup_days.contains(&day) {
            return Self::Work(None);
        }
        if calendar.holidays.contains(&day) {
            return Self::Off(OffReason::Holiday);
        }
        if calendar.field_days.contains(&day.weekday()) { Self::Work(None) } else { Self::Off(OffReason::Rotation) }
    }

    /// Whether the day is worked.
    pub const fn is_work(self) -> bool {
        matches!(self, Self::Work(_))
    }
}

/// The shift of somebody's day: other hours move the minute to be on site by, and the minute of absence, with their start.
pub fn shift(hours: Option<Hours>, policy: &ShiftPolicy) -> ShiftPolicy {
    let Some(Hours { start, end }) = hours else { return policy.clone() };
    let moved: TimeDelta = start.time() - policy.start.time();
    ShiftPolicy {
        on_site_by: policy.on_site_by.moved(moved),
        absent_after: policy.absent_after.moved(moved),
        start,
        end,
    }
}

/// What a plan for one person and day is checked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFacts {
    /// The day.
    pub day: NaiveDate,
    /// Whether it is over.
    pub is_past: bool,
    /// Whether the person is a liaison.
    pub is_liaison: bool,
    /// What is planned.
    pub plan: Plan,
    /// Days off by rotation that the person has in the same week (Monday to Sunday) besides this one.
    pub others_off: u32,
    /// Days in a row that the person works, this one included.
    pub days_in_row: u32,
    /// Who plans.
    pub planner: Planner,
    /// Why the rules are set aside, in words.
    pub reason: Option<String>,
}

/// What a plan runs against.
#[derive(Debug, Clone, PartialEq)]
pub struct Objection {
    /// The rule, with the facts.
    pub reason: Reason,
    /// Whether the plan is refused for it; else it is warned of.
    pub refused: bool,
}

/// AT-2, AT-3, AT-4: what stands against a plan. The site lead and the back office set AT-2 aside with a reason; whatever they do against
/// it stays a warning.
pub fn objections(facts: &PlanFacts, policy: &Policy) -> Vec<Objection> {
    let adjusts = facts.planner == Planner::Site;
    let excused = adjusts && facts.reason.is_some();
    let mut found = Vec::new();
    let mut object = |rule, known, refused| {
        found.push(Objection { reason: Reason::new(rule, Answer::No, known), refused });
    };
    if facts.is_past && !excused {
        object(Rule::At4, json!({"case": "past", "day": facts.day}), true);
    }
    match facts.plan {
        Plan::Off(OffReason::Rotation) if facts.is_liaison => {
            object(Rule::At3, json!({"case": "planned", "day": facts.day}), false);
        }
        Plan::Off(OffReason::Rotation) => {
            if !policy.roster.off_days.contains(&facts.day.weekday()) {
                object(Rule::At2, json!({"case": "weekday", "day": facts.day}), !excused);
            }
            if facts.others_off >= policy.roster.off_per_week {
                let known = json!({"case": "week", "days": facts.others_off + 1, "max": policy.roster.off_per_week});
                object(Rule::At2, known, !excused);
            }
        }
        Plan::Off(_) if !adjusts => object(Rule::At4, json!({"case": "adjusts", "day": facts.day}), true),
        Plan::Work(_) if facts.is_liaison && facts.days_in_row > policy.roster.max_days_in_row => {
            object(Rule::At3, json!({"days": facts.days_in_row}), false);
        }
        Plan::Off(_) | Plan::Work(_) => {}
    }
    found
}

/// AT-2: a fair proposal of days off for a week that begins on `monday`: everybody has as many as the policy says, they are spread over
/// the weekdays, and everybody's move on by one from week to week. Holidays are nobody's turn.
pub fn propose(staff: &[Uuid], monday: NaiveDate, policy: &Policy) -> BTreeMap<Uuid, Vec<NaiveDate>> {
    let week = || monday.iter_days().take(7);
    let turns: Vec<NaiveDate> = week()
        .filter(|day| policy.roster.off_days.contains(&day.weekday()))
        .filter(|day| Plan::by_calendar(*day, &policy.calendar).is_work())
        .collect();
    if turns.is_empty() {
        return BTreeMap::new();
    }
    let weeks = usize::try_from((monday - NaiveDate::default()).num_weeks()).unwrap_or_default();
    let wanted = usize::try_from(policy.roster.off_per_week).unwrap_or(turns.len()).min(turns.len());
    let days_of = |place: usize| {
        let mut days: Vec<NaiveDate> =
            (0..wanted).map(|turn| turns[(place + weeks + turn * turns.len() / wanted.max(1)) % turns.len()]).collect();
        days.sort_unstable();
        days
    };
    staff.iter().enumerate().map(|(place, person)| (*person, days_of(place))).collect()
}

/// The Monday of the week of a day.
pub fn monday_of(day: NaiveDate) -> NaiveDate {
    day.week(Weekday::Mon).first_day()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::id;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn hours(start: &str, end: &str) -> Hours {
        Hours { start: start.parse().unwrap(), end: end.parse().unwrap() }
    }

    /// Monday, 2026-11-23, and its week.
    fn off(date: &str) -> PlanFacts {
        PlanFacts {
            day: day(date),
            is_past: false,
            is_liaison: false,
            plan: Plan::Off(OffReason::Rotation),
            others_off: 0,
            days_in_row: 1,
            planner: Planner::TeamLead,
            reason: None,
        }
    }

    fn brief(facts: &PlanFacts) -> Vec<(Rule, bool)> {
        objections(facts, &Policy::default()).iter().map(|each| (each.reason.rule, each.refused)).collect()
    }

    #[test]
    fn at_2_days_off_rotate_from_monday_to_friday_and_nobody_is_off_at_the_weekend() {
        for date in ["2026-11-23", "2026-11-27"] {
            assert_eq!(brief(&off(date)), [], "{date}");
        }
        for date in ["2026-11-28", "2026-11-29"] {
            assert_eq!(brief(&off(date)), [(Rule::At2, true)], "{date}");
        }
    }

    #[test]
    fn at_2_as_many_days_off_a_week_as_the_policy_says() {
        assert_eq!(brief(&PlanFacts { others_off: 1, ..off("2026-11-24") }), [(Rule::At2, true)]);
        let two = Policy::read(&json!({"roster": {"off_per_week": 2}})).unwrap();
        assert_eq!(objections(&PlanFacts { others_off: 1, ..off("2026-11-24") }, &two), []);
        let both = PlanFacts { others_off: 1, ..off("2026-11-28") };
        assert_eq!(brief(&both), [(Rule::At2, true), (Rule::At2, true)]);
    }

    #[test]
    fn at_2_is_set_aside_by_the_site_lead_with_a_reason_and_by_nobody_else() {
        let reason = Some("开盘前调休".to_owned());
        let rows = [
            (Planner::Site, reason.clone(), false),
            (Planner::Site, None, true),
            (Planner::TeamLead, reason, true),
            (Planner::TeamLead, None, true),
        ];
        for (planner, reason, refused) in rows {
            let facts = PlanFacts { planner, reason, ..off("2026-11-28") };
            assert_eq!(brief(&facts), [(Rule::At2, refused)], "{planner}");
        }
    }

    #[test]
    fn at_3_a_liaison_has_no_planned_day_off_and_more_than_six_days_in_a_row_are_warned_of() {
        let liaison = PlanFacts { is_liaison: true, ..off("2026-11-28") };
        assert_eq!(brief(&liaison), [(Rule::At3, false)]);
        let works = |days_in_row, is_liaison| PlanFacts {
            plan: Plan::Work(None),
            days_in_row,
            is_liaison,
            ..off("2026-11-28")
        };
        assert_eq!(brief(&works(6, true)), []);
        assert_eq!(brief(&works(7, true)), [(Rule::At3, false)]);
        assert_eq!(brief(&works(7, false)), []);
    }

    #[test]
    fn at_4_the_site_lead_adjusts_for_holidays_and_events() {
        for why in [OffReason::Holiday, OffReason::Event, OffReason::Makeup] {
            let facts = PlanFacts { plan: Plan::Off(why), ..off("2026-11-28") };
            assert_eq!(brief(&facts), [(Rule::At4, true)], "{why}");
            assert_eq!(brief(&PlanFacts { planner: Planner::Site, ..facts }), [], "{why}");
        }
    }

    #[test]
    fn at_4_a_day_that_is_over_is_changed_by_the_site_lead_with_a_reason() {
        let past = PlanFacts { is_past: true, ..off("2026-11-23") };
        assert_eq!(brief(&past), [(Rule::At4, true)]);
        assert_eq!(brief(&PlanFacts { planner: Planner::Site, ..past.clone() }), [(Rule::At4, true)]);
        assert_eq!(brief(&PlanFacts { planner: Planner::Site, reason: Some("台风".to_owned()), ..past }), []);
    }

    #[test]
    fn at_4_without_a_roster_the_calendar_says_who_works() {
        let policy = Policy::read(&json!({"calendar": {
            "field_days": ["Mon", "Tue", "Wed", "Thu", "Fri"], "holidays": ["2026-11-24"], "makeup_days": ["2026-11-28"]
        }}))
        .unwrap();
        let rows = [
            ("2026-11-23", Plan::Work(None)),
            ("2026-11-24", Plan::Off(OffReason::Holiday)),
            ("2026-11-28", Plan::Work(None)),
            ("2026-11-29", Plan::Off(OffReason::Rotation)),
        ];
        for (date, plan) in rows {
            assert_eq!(Plan::by_calendar(day(date), &policy.calendar), plan, "{date}");
            assert_eq!(Plan::by_calendar(day("2026-11-29"), &CalendarPolicy::default()), Plan::Work(None));
        }
    }

    #[test]
    fn at_1_other_hours_move_the_minute_to_be_on_site_by() {
        let policy = ShiftPolicy::default();
        assert_eq!(shift(None, &policy), policy);
        let late = shift(Some(hours("13:00", "21:00")), &policy);
        let texts = [late.on_site_by, late.start, late.end, late.absent_after].map(|time| time.to_string());
        assert_eq!(texts, ["12:50", "13:00", "21:00", "17:00"]);
        let night = shift(Some(hours("00:05", "08:00")), &policy);
        assert_eq!(night.on_site_by.to_string(), "00:00", "never the day before");
        let evening = shift(Some(hours("22:00", "23:30")), &policy);
        assert_eq!(evening.absent_after.to_string(), "23:59", "never the day after");
    }

    #[test]
    fn at_2_a_proposal_rotates_and_is_fair() {
        let staff: Vec<Uuid> = (1..=7).map(id).collect();
        let policy = Policy::default();
        let mut had = BTreeMap::<(Uuid, u32), u32>::new();
        for week in 0..5 {
            let monday = day("2026-11-23") + TimeDelta::weeks(week);
            let proposal = propose(&staff, monday, &policy);
            let mut of_day = BTreeMap::<NaiveDate, u32>::new();
            for (person, days) in &proposal {
                assert_eq!(days.len(), 1);
                for date in days {
                    assert!(brief(&PlanFacts { day: *date, ..off("2026-11-23") }).is_empty(), "{date}");
                    *had.entry((*person, date.weekday().num_days_from_monday())).or_default() += 1;
                    *of_day.entry(*date).or_default() += 1;
                }
            }
            assert!(of_day.values().all(|count| (1..=2).contains(count)), "spread over the week: {of_day:?}");
        }
        assert!(
            had.values().all(|count| *count == 1) && had.len() == 35,
            "in five weeks everybody has every weekday once"
        );
    }

    #[test]
    fn at_2_a_proposal_knows_holidays_and_two_days_a_week() {
        let policy = Policy::read(&json!({
            "roster": {"off_per_week": 2}, "calendar": {"holidays": ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"]}
        }))
        .unwrap();
        let proposal = propose(&[id(1)], day("2026-11-23"), &policy);
        assert_eq!(proposal[&id(1)], [day("2026-11-27")], "no more than there are");
        let proposal = propose(&[id(1)], day("2026-11-30"), &policy);
        assert_eq!(proposal[&id(1)].len(), 2);
        assert_ne!(proposal[&id(1)][0], proposal[&id(1)][1]);
    }
}
