//! Rulings on received bookings, edges first.

use serde_json::json;
use sync_core::time::Answer::{No, Unclear};
use sync_core::time::Grade;

use super::*;
use crate::rules::fixtures::{at, between, exact, id, zone};
use crate::rules::party::PartnerStanding;

const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;

fn facts() -> BookingFacts {
    BookingFacts {
        zone: zone(),
        received_at: at("09:00"),
        moment: exact("09:00"),
        party: Party::Staff { user: id(1) },
        on_behalf: false,
        named: Vec::new(),
        earlier: Vec::new(),
        last_valid_arrival: None,
        person_that_day: 0,
        holder_that_day: 0,
        sheet_arrival: None,
        numbered: false,
        sheet: None,
        lead: None,
    }
}

fn brief(facts: &BookingFacts, policy: &Policy) -> (BookingVerdict, Vec<(Rule, Answer)>) {
    let ruling = decide(facts, policy);
    (ruling.outcome, ruling.reasons.iter().map(|reason| (reason.rule, reason.answer)).collect())
}

fn rule(facts: &BookingFacts) -> (BookingVerdict, Vec<(Rule, Answer)>) {
    brief(facts, &Policy::default())
}

fn days_ago(days: i64) -> EarlierBooking {
    EarlierBooking {
        moment: Moment::exact(at("09:00") - days * DAY),
        verdict: BookingVerdict::Expired,
        cancelled: None,
    }
}

#[test]
fn a_booking_that_nothing_opposes_is_live() {
    assert_eq!(rule(&facts()), (BookingVerdict::Live, vec![]));
}

#[test]
fn tr_1_pt_28_pt_29_gates_make_a_booking_void() {
    let agent = |standing| Party::Agent { partner: id(9), standing };
    let rows = [
        (agent(PartnerStanding::Active), BookingVerdict::Live, vec![]),
        (agent(PartnerStanding::Suspended), BookingVerdict::Void, vec![(Rule::Pt29, No)]),
        (agent(PartnerStanding::Blacklisted), BookingVerdict::Void, vec![(Rule::Pt28, No)]),
        (Party::Liaison { user: id(1), trained_on: None }, BookingVerdict::Void, vec![(Rule::Tr1, No)]),
        (Party::Liaison { user: id(1), trained_on: "2026-11-22".parse().ok() }, BookingVerdict::Live, vec![]),
    ];
    for (party, verdict, reasons) in rows {
        assert_eq!(rule(&BookingFacts { party: party.clone(), ..facts() }), (verdict, reasons), "{party:?}");
    }
}

#[test]
fn bk_6_a_booking_expires_at_midnight() {
    let midnight = zone().bounds(zone().day_of(at("09:00"))).1;
    assert_eq!(expires_at(&exact("09:00"), zone()), midnight);
    assert_eq!(expires_at(&Moment { earliest: at("09:00") - DAY, ..between("09:00", "09:00") }, zone()), midnight);
    for (received_at, verdict) in [(midnight - 1, BookingVerdict::Live), (midnight, BookingVerdict::Expired)] {
        assert_eq!(rule(&BookingFacts { received_at, ..facts() }).0, verdict);
    }
    assert_eq!(expire(&exact("09:00"), zone()).reasons[0].rule, Rule::Bk6);
}

#[test]
fn bk_13_a_booking_received_after_the_sheet_never_passes() {
    let rows = [
        (exact("09:00"), "09:29:59", BookingVerdict::Void, (Rule::Bk1, No)),
        (exact("09:00"), "09:30", BookingVerdict::Contested, (Rule::Bk13, Unclear)),
        (between("09:00", "10:30"), "09:30", BookingVerdict::Contested, (Rule::Bk13, Unclear)),
        (between("09:00", "10:30"), "09:29:59", BookingVerdict::Void, (Rule::Bk1, No)),
        (between("03:00", "10:30"), "09:30", BookingVerdict::Contested, (Rule::Bk13, Unclear)),
    ];
    for (moment, arrived, verdict, reason) in rows {
        let sheet = Some(SheetProtection::Reserved { holder: Some(Holder::User(id(2))) });
        let late =
            BookingFacts { moment, received_at: at("10:30"), sheet_arrival: Some(at(arrived)), sheet, ..facts() };
        assert_eq!(rule(&late), (verdict, vec![reason]), "{moment:?} {arrived}");
    }
    let yesterday = BookingFacts { sheet_arrival: Some(at("09:00") - DAY), ..facts() };
    assert_eq!(rule(&yesterday).0, BookingVerdict::Live);
}

#[test]
fn bk_7_the_fourth_booking_in_thirty_days_is_void() {
    let rows = [
        (vec![1, 2], BookingVerdict::Live),
        (vec![1, 2, 3], BookingVerdict::Void),
        (vec![1, 2, 29], BookingVerdict::Void),
        (vec![1, 2, 30], BookingVerdict::Live),
    ];
    for (days, verdict) in rows {
        let earlier = days.iter().map(|days| days_ago(*days)).collect();
        assert_eq!(rule(&BookingFacts { earlier, ..facts() }).0, verdict, "{days:?}");
    }
    let policy = Policy::read(&json!({"booking": {"repeat_max": 1, "repeat_window_days": 2}})).unwrap();
    for (days, verdict) in [(1, BookingVerdict::Void), (2, BookingVerdict::Live)] {
        assert_eq!(brief(&BookingFacts { earlier: vec![days_ago(days)], ..facts() }, &policy).0, verdict);
    }
}

#[test]
fn bk_7_some_bookings_do_not_count() {
    let cancelled = |minutes: i64, extra: i64| {
        let earlier = days_ago(3);
        let cancelled = Some(Moment::exact(earlier.moment.latest + minutes * MINUTE + extra));
        EarlierBooking { verdict: BookingVerdict::Cancelled, cancelled, ..earlier }
    };
    let rows = [
        (days_ago(3), BookingVerdict::Void),
        (EarlierBooking { verdict: BookingVerdict::Void, ..days_ago(3) }, BookingVerdict::Live),
        (cancelled(10, 0), BookingVerdict::Live),
        (cancelled(10, 1), BookingVerdict::Void),
    ];
    for (third, verdict) in rows {
        let earlier = vec![days_ago(1), days_ago(2), third.clone()];
        assert_eq!(rule(&BookingFacts { earlier, ..facts() }).0, verdict, "{third:?}");
    }
}

#[test]
fn bk_7_a_valid_arrival_resets_the_count() {
    let earlier = vec![days_ago(1), days_ago(2), days_ago(3)];
    for (days, verdict) in [(4, BookingVerdict::Void), (3, BookingVerdict::Live)] {
        let last_valid_arrival = Some(at("10:00") - days * DAY);
        assert_eq!(rule(&BookingFacts { earlier: earlier.clone(), last_valid_arrival, ..facts() }).0, verdict);
    }
}

#[test]
fn bk_7_an_unclear_count_is_reviewed() {
    let edge = Moment {
        earliest: at("09:00") - 30 * DAY,
        latest: at("09:01") - 30 * DAY,
        claimed: None,
        grade: Grade::Bracketed,
    };
    let earlier = vec![days_ago(1), days_ago(2), EarlierBooking { moment: edge, ..days_ago(0) }];
    assert_eq!(rule(&BookingFacts { earlier, ..facts() }), (BookingVerdict::Review, vec![(Rule::Bk7, Unclear)]));
}

#[test]
fn bk_8_beyond_a_hundred_a_day_the_lead_looks() {
    for (before, verdict) in [(99, BookingVerdict::Live), (100, BookingVerdict::Review)] {
        assert_eq!(rule(&BookingFacts { person_that_day: before, ..facts() }).0, verdict);
    }
    let capped = Policy::read(&json!({"booking": {"daily_cap": 20}})).unwrap();
    for (before, verdict) in [(19, BookingVerdict::Live), (20, BookingVerdict::Void)] {
        assert_eq!(brief(&BookingFacts { holder_that_day: before, ..facts() }, &capped).0, verdict);
    }
    assert_eq!(rule(&BookingFacts { holder_that_day: 5_000, ..facts() }).0, BookingVerdict::Live, "no cap by default");
}

#[test]
fn bk_3_bk_4_names_what_the_project_asks_for() {
    let policy = Policy::read(&json!({"booking": {"required_fields": ["area", "consultant"]}})).unwrap();
    let (area, consultant) = (BookingField::Area, BookingField::Consultant);
    let rows = [(vec![area], BookingVerdict::Void), (vec![consultant, area], BookingVerdict::Live)];
    for (named, verdict) in rows {
        assert_eq!(brief(&BookingFacts { named, ..facts() }, &policy).0, verdict);
    }
}

#[test]
fn bk_15_a_protection_in_the_way_is_told_at_once() {
    let (own, other) = (Holder::User(id(1)), Holder::User(id(2)));
    let rows = [
        (SheetProtection::Live { holder: other, until: 7 }, BookingVerdict::Void, Some(Rule::Pr3), Some(7)),
        (SheetProtection::Reserved { holder: Some(other) }, BookingVerdict::Void, Some(Rule::Pr3), None),
        (SheetProtection::Reserved { holder: None }, BookingVerdict::Live, Some(Rule::Pr3), None),
        (SheetProtection::Deal { holder: other }, BookingVerdict::Void, Some(Rule::Cf8), None),
        (SheetProtection::Site { since: at("08:00"), until: 7 }, BookingVerdict::Void, Some(Rule::Bk14), Some(7)),
        (SheetProtection::Live { holder: own, until: 7 }, BookingVerdict::Live, None, None),
        (SheetProtection::Deal { holder: own }, BookingVerdict::Live, None, None),
    ];
    for (sheet, verdict, rule, until) in rows {
        let ruling = decide(&BookingFacts { sheet: Some(sheet.clone()), ..facts() }, &Policy::default());
        let reason = ruling.reasons.first();
        assert_eq!((ruling.outcome, reason.map(|reason| reason.rule)), (verdict, rule), "{sheet:?}");
        assert_eq!(reason.and_then(Reason::until), until);
        assert!(!serde_json::to_string(&ruling).unwrap().contains(&id(2).to_string()));
    }
}

#[test]
fn pr_5_the_holder_of_an_older_lead_may_book_a_walk_in() {
    let site = Some(SheetProtection::Site { since: at("08:00"), until: at("08:00") + DAY });
    let rows = [
        (id(1), exact("07:00"), BookingVerdict::Live),
        (id(1), between("07:00", "08:30"), BookingVerdict::Live),
        (id(1), exact("08:30"), BookingVerdict::Void),
        (id(2), exact("07:00"), BookingVerdict::Void),
    ];
    for (user, since, verdict) in rows {
        let lead = Some(LeadProtection { holder: Holder::User(user), since, until: at("08:00") + DAY });
        assert_eq!(rule(&BookingFacts { sheet: site.clone(), lead, ..facts() }).0, verdict, "{since:?}");
    }
}

#[test]
fn pr_2_a_lead_protected_for_another_is_told_and_does_not_refuse() {
    for (user, reasons) in [(id(1), vec![]), (id(2), vec![(Rule::Pr2, Unclear)])] {
        let lead = Some(LeadProtection { holder: Holder::User(user), since: exact("08:00"), until: 7 });
        assert_eq!(rule(&BookingFacts { lead, ..facts() }), (BookingVerdict::Live, reasons));
    }
}

#[test]
fn bk_2_a_booking_is_cancelled_while_it_counts() {
    for verdict in BookingVerdict::ALL {
        let counts = matches!(verdict, BookingVerdict::Live | BookingVerdict::Review | BookingVerdict::Contested);
        match cancel(*verdict) {
            Ok(ruling) => assert!(counts && ruling.outcome == BookingVerdict::Cancelled, "{verdict}"),
            Err(error) => assert!(!counts && error == NotCancellable(*verdict), "{verdict}"),
        }
    }
}

#[test]
fn bk_12_a_booking_with_the_full_number_protects_it_until_midnight() {
    let protects = Policy::read(&json!({"project": {"mode": "booking_protects"}})).unwrap();
    let midnight = zone().bounds(zone().day_of(at("09:00"))).1;
    let lead = |number| Some(LeadProtection { holder: Holder::User(id(number)), since: exact("08:00"), until: 7 });
    let site = Some(SheetProtection::Reserved { holder: None });
    let numbered = BookingFacts { numbered: true, ..facts() };
    let by_itself = Some((at("09:00"), midnight));
    let rows = [
        // (facts, policy, what starts, what is told with the end)
        (numbered.clone(), &protects, by_itself, Some((Rule::Bk12, midnight))),
        (numbered.clone(), &Policy::default(), None, None),
        (facts(), &protects, None, None),
        (BookingFacts { lead: lead(1), ..numbered.clone() }, &protects, None, Some((Rule::Bk12, 7))),
        (BookingFacts { lead: lead(2), ..numbered.clone() }, &protects, None, Some((Rule::Pr2, 7))),
        (BookingFacts { sheet: site, ..numbered.clone() }, &protects, None, None),
    ];
    for (facts, policy, starts, told) in rows {
        let ruling = decide(&facts, policy);
        assert_eq!(ruling.outcome, BookingVerdict::Live, "{facts:?}");
        assert_eq!(protection(&facts, ruling.outcome, policy), starts, "{facts:?}");
        assert_eq!(ruling.reasons.iter().find_map(|reason| Some((reason.rule, reason.until()?))), told, "{facts:?}");
    }
    for verdict in BookingVerdict::ALL.iter().filter(|verdict| **verdict != BookingVerdict::Live) {
        assert_eq!(protection(&numbered, *verdict, &protects), None, "{verdict}");
    }
}

#[test]
fn bk_4_a_booking_on_behalf_of_somebody_is_flagged_whatever_its_verdict() {
    let flag = (Rule::Bk4, sync_core::time::Answer::Yes);
    let booked = BookingFacts { on_behalf: true, ..facts() };
    assert_eq!(rule(&booked), (BookingVerdict::Live, vec![flag]));
    let void = BookingFacts { earlier: vec![days_ago(1), days_ago(2), days_ago(3)], ..booked };
    assert_eq!(rule(&void), (BookingVerdict::Void, vec![(Rule::Bk7, No), flag]));
}
