use serde_json::json;

use super::*;
use crate::rules::fixtures::{at, between, claimed, exact, id, today, zone};

fn check(number: u128, kind: CheckInType, moment: Moment) -> DayCheck {
    DayCheck {
        id: id(number),
        kind,
        moment,
        source: CheckSource::Phone,
        counts: Counts::Yes,
        in_time: None,
        decided: false,
        witnessed: false,
    }
}

fn on(moment: Moment) -> DayCheck {
    check(10, CheckInType::On, moment)
}

fn off(moment: Moment) -> DayCheck {
    check(20, CheckInType::Off, moment)
}

fn review(mut check: DayCheck) -> DayCheck {
    check.counts = Counts::Review;
    check
}

fn recorded(mut check: DayCheck) -> DayCheck {
    (check.source, check.id) = (CheckSource::Witness, id(check.id.as_u128() + 1));
    check
}

fn day(checks: Vec<DayCheck>) -> PersonDayFacts {
    PersonDayFacts {
        zone: zone(),
        day: today(),
        subject: id(1),
        liaison: false,
        planned: Planned::Work,
        shift: ShiftPolicy::default(),
        leave: None,
        checks,
        flags: Vec::new(),
        absences_before: 0,
        decided: None,
    }
}

fn liaison(checks: Vec<DayCheck>) -> PersonDayFacts {
    PersonDayFacts { liaison: true, ..day(checks) }
}

fn ruled(facts: &PersonDayFacts) -> DayRuling {
    decide(facts, &Policy::default())
}

fn outcome(facts: &PersonDayFacts) -> &'static str {
    ruled(facts).ruling.outcome.as_str()
}

fn rules(facts: &PersonDayFacts) -> Vec<&'static str> {
    ruled(facts).ruling.reasons.iter().map(|reason| reason.rule.as_str()).collect()
}

#[test]
fn at_1_at_5_the_edges_of_the_shift() {
    let rows = [
        ("09:20:59", "18:00", "on_time", (None, None)),
        ("09:21", "18:00", "late", (Some(1), None)),
        ("09:21:59", "18:00", "late", (Some(1), None)),
        ("09:20:59", "17:59:59", "early_leave", (None, Some(1))),
        ("09:20", "17:59", "early_leave", (None, Some(1))),
        ("09:20", "17:58:59", "early_leave", (None, Some(2))),
        ("10:20", "17:00", "early_leave", (Some(60), Some(60))),
        ("13:30:59", "18:00", "late", (Some(250), None)),
        ("13:31", "18:00", "absent", (Some(251), None)),
        ("13:31", "17:00", "absent", (Some(251), Some(60))),
        ("00:00", "23:59:59", "on_time", (None, None)),
    ];
    for (arrived, left, expected, (late, early)) in rows {
        let day = ruled(&day(vec![on(exact(arrived)), off(exact(left))]));
        assert_eq!(day.ruling.outcome.as_str(), expected, "{arrived} {left}");
        assert_eq!((day.minutes.late, day.minutes.early), (late, early), "{arrived} {left}");
    }
}

#[test]
fn at_1_the_arrival_is_the_earliest_on_and_the_departure_the_latest_off() {
    let checks = vec![
        check(1, CheckInType::On, exact("10:00")),
        check(2, CheckInType::On, exact("09:10")),
        check(3, CheckInType::Off, exact("18:30")),
        check(4, CheckInType::Off, exact("12:00")),
        DayCheck { counts: Counts::No, ..check(5, CheckInType::On, exact("08:00")) },
        DayCheck { counts: Counts::No, ..check(6, CheckInType::Off, exact("20:00")) },
    ];
    let day = ruled(&day(checks));
    assert_eq!(day.ruling.outcome, DayVerdict::OnTime);
    assert_eq!((day.arrived, day.left), (Some(exact("09:10")), Some(exact("18:30"))));
    assert_eq!(day.minutes.worked, Some(560));
}

#[test]
fn at_1_no_off_is_reviewed_and_never_an_early_leave() {
    let facts = day(vec![on(exact("09:00"))]);
    assert_eq!((outcome(&facts), rules(&facts)), ("review", vec!["AT-1"]));
    assert_eq!(ruled(&facts).ruling.reasons[0].facts["case"], "no_off");
    let withdrawn = day(vec![on(exact("09:00")), DayCheck { counts: Counts::No, ..off(exact("17:00")) }]);
    assert_eq!(outcome(&withdrawn), "review");
}

#[test]
fn at_1_without_a_counted_on_the_day_is_absent_whatever_else_there_is() {
    for checks in [vec![], vec![off(exact("18:00"))], vec![DayCheck { counts: Counts::No, ..on(exact("09:00")) }]] {
        let facts = day(checks);
        assert_eq!((outcome(&facts), rules(&facts)), ("absent", vec!["AT-1"]));
    }
}

#[test]
fn at_1_what_waits_for_a_decision_matters_only_when_it_could_change_the_outcome() {
    let rows = [
        // an on in review beside one in time
        (vec![on(exact("09:10")), review(check(1, CheckInType::On, exact("08:00")))], "on_time"),
        // beside a late one
        (vec![on(exact("09:40")), review(check(1, CheckInType::On, exact("08:00")))], "review"),
        (vec![on(exact("09:40")), review(check(1, CheckInType::On, exact("09:30")))], "late"),
        // the only one, in time or in the afternoon
        (vec![review(on(exact("09:10")))], "review"),
        (vec![review(on(exact("13:30:59")))], "review"),
        (vec![review(on(exact("13:31")))], "absent"),
    ];
    for (mut checks, expected) in rows {
        checks.push(off(exact("18:00")));
        assert_eq!(outcome(&day(checks.clone())), expected, "{checks:?}");
    }
    let offs = [
        (vec![off(exact("18:00")), review(check(1, CheckInType::Off, exact("19:00")))], "on_time"),
        (vec![off(exact("17:00")), review(check(1, CheckInType::Off, exact("18:00")))], "review"),
        (vec![off(exact("17:00")), review(check(1, CheckInType::Off, exact("17:30")))], "early_leave"),
        (vec![review(off(exact("17:00")))], "review"),
    ];
    for (mut checks, expected) in offs {
        checks.push(on(exact("09:00")));
        assert_eq!(outcome(&day(checks.clone())), expected, "{checks:?}");
    }
}

#[test]
fn at_5_a_claim_made_offline_is_believed_and_a_moment_without_a_clock_is_reviewed() {
    let done = off(exact("18:00"));
    assert_eq!(outcome(&day(vec![on(claimed("09:00", "09:19", "11:00")), done.clone()])), "on_time");
    let facts = day(vec![review(on(between("09:00", "11:00"))), done.clone()]);
    assert_eq!((outcome(&facts), rules(&facts)), ("review", vec!["AT-5"]));
    assert_eq!(outcome(&day(vec![on(between("09:21", "11:00")), done])), "late");
    assert_eq!(outcome(&day(vec![on(exact("09:00")), off(between("17:00", "19:00"))])), "review");
    assert_eq!(outcome(&day(vec![on(exact("09:00")), off(between("18:00", "19:00"))])), "on_time");
}

#[test]
fn at_5_what_a_person_said_about_an_arrival_stands() {
    let decided = |in_time| DayCheck { in_time: Some(in_time), decided: true, ..on(between("09:00", "11:00")) };
    // late, but there: also where the moment leaves open whether it was before the day counts as absent
    let open = DayCheck { in_time: Some(false), decided: true, ..on(between("09:00", "15:00")) };
    assert_eq!(outcome(&day(vec![open, off(exact("18:00"))])), "late");
    for (in_time, expected) in [(true, "on_time"), (false, "late")] {
        assert_eq!(outcome(&day(vec![decided(in_time), off(exact("18:00"))])), expected);
    }
    let in_the_afternoon = DayCheck { moment: exact("14:00"), ..decided(false) };
    assert_eq!(outcome(&day(vec![in_the_afternoon, off(exact("18:00"))])), "absent");
}

#[test]
fn at_10_a_liaisons_own_check_in_gives_the_time_and_the_witness_the_fact() {
    let done = off(exact("18:00"));
    let own = on(exact("09:10"));
    let unwitnessed = liaison(vec![own.clone(), done.clone()]);
    assert_eq!((outcome(&unwitnessed), rules(&unwitnessed)), ("review", vec!["AT-10", "AT-5"]));
    let witnessed = DayCheck { witnessed: true, ..own.clone() };
    let facts = liaison(vec![witnessed.clone(), done.clone()]);
    assert_eq!((outcome(&facts), rules(&facts)), ("on_time", vec!["AT-5", "AT-1", "AT-10"]));
    // the lead records one of their own, later: the own one keeps the time
    let facts = liaison(vec![own.clone(), recorded(on(exact("09:40"))), done.clone()]);
    assert_eq!((outcome(&facts), ruled(&facts).arrived), ("on_time", Some(exact("09:10"))));
    // without an own one the lead's moment counts
    let facts = liaison(vec![recorded(on(exact("09:40"))), done.clone()]);
    assert_eq!((outcome(&facts), ruled(&facts).minutes.late), ("late", Some(20)));
    // a void witness confirms nothing
    let void = DayCheck { counts: Counts::No, ..recorded(on(exact("09:15"))) };
    assert_eq!(outcome(&liaison(vec![own, void, done.clone()])), "review");
    // nobody there at all
    assert_eq!(outcome(&liaison(vec![done])), "absent");
}

#[test]
fn at_10_an_own_check_in_in_review_leaves_open_who_gives_the_time() {
    let done = off(exact("18:00"));
    let rows = [("09:10", "09:15", "on_time"), ("09:10", "09:40", "review"), ("09:25", "09:15", "review")];
    for (own, lead, expected) in rows {
        let facts = liaison(vec![review(on(exact(own))), recorded(on(exact(lead))), done.clone()]);
        assert_eq!(outcome(&facts), expected, "{own} {lead}");
    }
}

#[test]
fn at_8_nobody_checks_in_for_staff() {
    let facts = day(vec![recorded(on(exact("09:10"))), off(exact("18:00"))]);
    assert_eq!((outcome(&facts), rules(&facts)), ("review", vec!["AT-8", "AT-5"]));
    let own = day(vec![on(exact("09:40")), recorded(on(exact("09:10"))), off(exact("18:00"))]);
    assert_eq!(outcome(&own), "late", "the own one gives the time");
}

#[test]
fn at_9_a_manual_entry_counts_for_a_liaison_without_another_witness() {
    let manual = DayCheck { source: CheckSource::Manual, ..on(exact("09:10")) };
    assert_eq!(outcome(&liaison(vec![manual, off(exact("18:00"))])), "on_time");
}

#[test]
fn at_9_approved_leave_excuses_the_day() {
    for checks in [vec![], vec![on(exact("12:00"))]] {
        let facts = PersonDayFacts { leave: Some(id(7)), ..day(checks) };
        assert_eq!((outcome(&facts), rules(&facts)), ("excused", vec!["AT-9"]));
    }
}

#[test]
fn at_2_at_4_a_day_off_is_off_and_who_works_on_it_counts() {
    for rule in [Rule::At2, Rule::At4] {
        let off_day = |checks| PersonDayFacts { planned: Planned::Off { rule }, ..day(checks) };
        assert_eq!((outcome(&off_day(vec![])), rules(&off_day(vec![]))), ("off", vec![rule.as_str()]));
        assert_eq!(outcome(&off_day(vec![on(exact("14:00"))])), "off");
        assert_eq!(outcome(&off_day(vec![on(exact("09:00")), off(exact("18:00"))])), "on_time");
        assert_eq!(outcome(&off_day(vec![on(exact("09:30")), off(exact("18:00"))])), "late");
    }
}

#[test]
fn at_12_a_break_of_exactly_30_minutes_is_not_flagged() {
    let pair =
        |from, to| vec![check(1, CheckInType::BreakStart, exact(from)), check(2, CheckInType::BreakEnd, exact(to))];
    let rows = [("12:00", "12:30", 30, None), ("12:00", "12:30:01", 30, Some(31)), ("12:00", "13:00", 60, Some(60))];
    for (from, to, minutes, flagged) in rows {
        let day = ruled(&day(pair(from, to)));
        assert_eq!(day.minutes.breaks, minutes, "{to}");
        assert_eq!(day.flags.first().map(|flag| flag.facts["minutes"].clone()), flagged.map(|n| json!(n)), "{to}");
    }
    let unclear = vec![
        check(1, CheckInType::BreakStart, exact("12:00")),
        check(2, CheckInType::BreakEnd, between("12:20", "12:40")),
    ];
    assert_eq!(ruled(&day(unclear)).flags[0].answer, Answer::Unclear);
}

#[test]
fn at_12_a_break_without_start_or_end_is_flagged() {
    let cases = |checks| {
        let flags = ruled(&day(checks)).flags;
        flags.iter().map(|flag| flag.facts["case"].as_str().unwrap_or("pair").to_owned()).collect::<Vec<_>>()
    };
    let start = |n, at| check(n, CheckInType::BreakStart, exact(at));
    let end = |n, at| check(n, CheckInType::BreakEnd, exact(at));
    assert_eq!(cases(vec![start(1, "12:00")]), ["no_end"]);
    assert_eq!(cases(vec![end(1, "12:00")]), ["no_start"]);
    assert_eq!(cases(vec![start(1, "12:00"), start(2, "12:10"), end(3, "12:20")]), ["no_end"]);
    assert_eq!(cases(vec![start(1, "12:00"), end(2, "12:10"), start(3, "12:10"), end(4, "12:20")]), [""; 0]);
}

#[test]
fn at_15_the_fourth_absence_in_twelve_months_is_severe() {
    for (before, severe) in [(0, false), (2, false), (3, true), (9, true)] {
        let facts = PersonDayFacts { absences_before: before, ..day(vec![]) };
        let flags = ruled(&facts).flags;
        assert_eq!(flags.iter().any(|flag| flag.severe && flag.rule == Rule::At15), severe, "{before}");
    }
    let there = PersonDayFacts { absences_before: 9, ..day(vec![on(exact("09:00")), off(exact("18:00"))]) };
    assert_eq!(ruled(&there).flags, []);
}

#[test]
fn at_1_a_decision_settles_only_what_the_rules_leave_open() {
    let decided = |checks| PersonDayFacts { decided: Some(DayVerdict::Late), ..day(checks) };
    let facts = decided(vec![on(exact("09:00"))]);
    assert_eq!((outcome(&facts), rules(&facts)), ("late", vec!["AT-1"]));
    assert_eq!(outcome(&decided(vec![on(exact("09:00")), off(exact("18:00"))])), "on_time", "evidence came");
}

#[test]
fn at_1_a_check_in_across_midnight_may_belong_to_either_day() {
    let night = Moment { earliest: at("00:00") - 1, ..between("00:00", "08:00") };
    let facts = day(vec![review(on(night)), off(exact("18:00"))]);
    assert_eq!(outcome(&facts), "review");
    let before = PersonDayFacts { day: today().pred_opt().unwrap(), ..facts.clone() };
    assert_eq!(outcome(&before), "absent", "a minute before midnight is no arrival");
    let after = PersonDayFacts { day: today().succ_opt().unwrap(), ..facts };
    assert_eq!(outcome(&after), "absent");
}

#[test]
fn at_1_hours_are_the_zones_where_clocks_change() {
    for (zone, date, arrived, left) in [
        ("Europe/Berlin", "2026-03-29", "2026-03-29T07:20:59Z", "2026-03-29T16:00:00Z"),
        ("Europe/Berlin", "2026-10-25", "2026-10-25T08:20:59Z", "2026-10-25T17:00:00Z"),
        ("Asia/Shanghai", "2028-02-29", "2028-02-29T01:20:59Z", "2028-02-29T10:00:00Z"),
    ] {
        let exact = |text| Moment::exact(sync_core::time::rfc3339::parse(text).unwrap());
        let moved = |moment: Moment, ms| Moment::exact(moment.latest + ms);
        let (arrived, left) = (exact(arrived), exact(left));
        let facts = |arrived, left| PersonDayFacts {
            zone: zone.parse().unwrap(),
            day: date.parse().unwrap(),
            ..day(vec![on(arrived), off(left)])
        };
        assert_eq!(outcome(&facts(arrived, left)), "on_time", "{zone} {date}");
        assert_eq!(outcome(&facts(moved(arrived, 1_000), left)), "late", "{zone} {date}");
        assert_eq!(outcome(&facts(arrived, moved(left, -1))), "early_leave", "{zone} {date}");
    }
}

mod any_order {
    use proptest::prelude::*;

    use super::*;

    fn checks() -> impl Strategy<Value = Vec<DayCheck>> {
        let kinds = [CheckInType::On, CheckInType::Off, CheckInType::BreakStart, CheckInType::BreakEnd];
        let one = (prop::sample::select(kinds.to_vec()), 0..40_i64, 0..3_i64, 0..3_usize, 0..4_usize, any::<bool>());
        prop::collection::vec(one, 0..8).prop_map(|list| {
            let made = list.into_iter().enumerate().map(|(n, (kind, slot, width, counts, source, witnessed))| {
                // few slots, so that instants tie
                let earliest = at("08:00") + slot * 15 * 60_000;
                let latest = earliest + width * 30 * 60_000;
                let moment = Moment { earliest, latest, ..between("08:00", "08:00") };
                DayCheck {
                    counts: Counts::ALL[counts],
                    source: CheckSource::ALL[source],
                    witnessed,
                    ..check(n as u128, kind, moment)
                }
            });
            made.collect()
        })
    }

    proptest! {
        #[test]
        fn at_1_the_order_of_check_ins_changes_nothing(
            list in checks(), seed in any::<u64>(), liaison in any::<bool>(),
        ) {
            let facts = PersonDayFacts { liaison, ..day(list) };
            let mut other = facts.clone();
            // any order: by a number drawn for each
            other.checks.sort_by_key(|check| (check.id.as_u64_pair().1 + 1).wrapping_mul(seed | 1).rotate_left(17));
            prop_assert_eq!(ruled(&facts), ruled(&other));
        }

        #[test]
        fn at_1_a_decided_outcome_survives_any_later_review(list in checks(), extra in checks()) {
            // what does not count changes nothing
            let facts = day(list);
            let mut more = facts.clone();
            more.checks.extend(extra.into_iter().enumerate().map(|(n, check)| DayCheck {
                counts: Counts::No, witnessed: false, id: id(1_000 + n as u128), ..check
            }));
            prop_assert_eq!(ruled(&facts).ruling, ruled(&more).ruling);
        }
    }
}
