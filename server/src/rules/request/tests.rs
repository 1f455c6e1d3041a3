//! Answers to requests, edges first.

use super::*;
use crate::rules::fixtures::{at, between, exact, id, today, zone};
use crate::rules::roster::{Hours, OffReason};

fn facts(asked: Asked) -> RequestFacts {
    RequestFacts {
        zone: zone(),
        asked_at: exact("10:00"),
        answered_at: exact("11:00"),
        asked,
        approve: true,
        reason: None,
    }
}

fn effect(asked: Asked) -> Result<Effect, RequestError> {
    answer(&facts(asked), &Policy::default()).map(|ruling| ruling.effect)
}

fn check(kind: CheckInType, time: &str) -> Check {
    Check { kind, at: at(time) }
}

#[test]
fn at_9_a_missed_check_counts_at_the_time_that_is_asked_for() {
    let rows = [
        ("09:20:59", CheckInType::On, CheckInVerdict::OnTime),
        ("09:21", CheckInType::On, CheckInVerdict::Late),
        ("09:21", CheckInType::Off, CheckInVerdict::Counted),
        ("10:00", CheckInType::BreakStart, CheckInVerdict::Counted),
    ];
    for (time, kind, verdict) in rows {
        let asked = Asked::MissedCheck { check: Some(check(kind, time)) };
        assert_eq!(effect(asked), Ok(Effect::Check(check(kind, time), verdict)), "{time}");
    }
    let ruling =
        answer(&facts(Asked::MissedCheck { check: Some(check(CheckInType::On, "09:00")) }), &Policy::default());
    let known = &ruling.unwrap().ruling.reasons[0].facts;
    assert_eq!(
        (&known["at"], &known["asked_at"]),
        (&json!(exact("09:00")), &json!(exact("10:00"))),
        "both times are kept"
    );
    assert_eq!(effect(Asked::MissedCheck { check: None }), Err(RequestError::NoCheck));
    let later = Check { at: at("10:00") + 1, kind: CheckInType::On };
    assert_eq!(effect(Asked::MissedCheck { check: Some(later) }), Err(RequestError::Future));
}

#[test]
fn at_9_a_wrong_check_is_corrected_in_its_type_or_its_time() {
    let about = Some(check(CheckInType::Off, "09:10"));
    let wrong = |about, kind, at| effect(Asked::WrongCheck { about, kind, at });
    assert_eq!(
        wrong(about, Some(CheckInType::On), None),
        Ok(Effect::Check(check(CheckInType::On, "09:10"), CheckInVerdict::OnTime))
    );
    assert_eq!(
        wrong(about, None, Some(at("09:05"))),
        Ok(Effect::Check(check(CheckInType::Off, "09:05"), CheckInVerdict::Counted))
    );
    assert_eq!(wrong(about, None, None), Err(RequestError::NoCheck), "nothing would change");
    assert_eq!(wrong(None, Some(CheckInType::On), None), Err(RequestError::NoCheck), "not of this person");
}

#[test]
fn at_9_leave_excuses_the_days_it_touches() {
    let day = 86_400_000;
    let from = at("00:00");
    let rows = [
        (Some(from), Some(from + day), Ok((0, 0))),
        (Some(from), Some(from + day + 1), Ok((0, 1))),
        (Some(from + day - 1), Some(from + 3 * day), Ok((0, 2))),
        (Some(from), Some(from), Err(RequestError::NoSpan)),
        (None, Some(from), Err(RequestError::NoSpan)),
        (Some(from), None, Err(RequestError::NoSpan)),
        (Some(from), Some(from + 367 * day), Ok((0, 366))),
        (Some(from), Some(from + 367 * day + 1), Err(RequestError::NoSpan)),
    ];
    for (from, until, days) in rows {
        let expected = days.map(|(first, last)| {
            let day = |n| today() + chrono::TimeDelta::days(n);
            Effect::Excused(day(first), day(last))
        });
        assert_eq!(effect(Asked::Leave { from, until }), expected, "{from:?} {until:?}");
    }
}

#[test]
fn at_14_a_swap_is_agreed_to_by_both_and_by_the_lead_before_the_shift_begins() {
    let swap = |answered_at, consented, own, other| {
        let days = vec![SwapDay { day: today(), own, other }];
        let facts = facts(Asked::Swap { with: Some(id(2)), days, consented });
        answer(&RequestFacts { answered_at, ..facts }, &Policy::default()).map(|ruling| ruling.effect)
    };
    let (work, off) = (Plan::Work(None), Plan::Off(OffReason::Rotation));
    let late = Plan::Work(Some(Hours { start: "13:00".parse().unwrap(), end: "21:00".parse().unwrap() }));
    let before = Moment::exact(at("09:30") - 1);
    assert_eq!(swap(before, true, work, off), Ok(Effect::Swapped));
    assert_eq!(swap(before, false, work, off), Err(RequestError::NoConsent));
    assert_eq!(swap(exact("09:30"), true, work, off), Err(RequestError::Begun));
    assert_eq!(swap(exact("09:30"), true, late, work), Err(RequestError::Begun), "the earlier of the two shifts");
    assert_eq!(swap(exact("12:59"), true, late, off), Ok(Effect::Swapped));
    assert_eq!(swap(between("09:00", "09:31"), true, work, off), Ok(Effect::Swapped), "unclear takes nothing away");
    let nobody = Asked::Swap { with: None, days: Vec::new(), consented: true };
    assert_eq!(effect(nobody), Err(RequestError::NoSwap));
}

#[test]
fn at_9_a_declined_request_keeps_the_reason_and_changes_nothing() {
    let declined = RequestFacts {
        approve: false,
        reason: Some("当天有签到".to_owned()),
        ..facts(Asked::MissedCheck { check: None })
    };
    let ruling = answer(&declined, &Policy::default()).unwrap();
    assert_eq!((ruling.ruling.outcome, ruling.effect), (RequestVerdict::Declined, Effect::None));
    assert_eq!(ruling.ruling.reasons[0].facts["reason"], "当天有签到");
}
