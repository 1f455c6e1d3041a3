//! Step 2: each claim on its own.

use serde_json::json;
use sync_core::time::Answer::{No, Unclear, Yes};

use super::*;

#[test]
fn bk_1_a_booking_of_exactly_30_minutes_counts() {
    let rows = [
        (exact("09:30"), Valid, vec![(Rule::Bk6, Yes), (Rule::Bk1, Yes)]),
        (exact("09:30:01"), Void, vec![(Rule::Bk1, No)]),
        (exact("00:00"), Valid, vec![(Rule::Bk6, Yes), (Rule::Bk1, Yes)]),
        (between("09:29", "09:30"), Valid, vec![(Rule::Bk6, Yes), (Rule::Bk1, Yes)]),
        (between("09:30", "09:31"), SheetVerdict::Review, vec![(Rule::Bk1, Unclear)]),
        (between("09:30:01", "09:31"), Void, vec![(Rule::Bk1, No)]),
        (claimed("09:00", "09:10", "09:45"), SheetVerdict::Review, vec![(Rule::Bk1, Unclear)]),
        (exact("10:00"), Void, vec![(Rule::Bk1, No)]),
    ];
    for (moment, outcome, reasons) in rows {
        let ruling = rule(&booked([booking(1, moment)]));
        assert_eq!((ruling.ruling.outcome, rules(&ruling.ruling.reasons)), (outcome, reasons), "{moment:?}");
        assert_eq!(ruling.booking, (outcome != Void).then(|| id(101)));
    }
}

#[test]
fn bk_1_the_lead_time_is_the_policys() {
    let policy = Policy::read(&json!({"booking": {"min_lead_minutes": 45}})).unwrap();
    for (time, outcome) in [("09:15", Valid), ("09:15:01", Void)] {
        assert_eq!(decide(&booked([booking(1, exact(time))]), &policy).ruling.outcome, outcome);
    }
}

#[test]
fn bk_1_time_unclear_decides_what_an_unclear_lead_time_becomes() {
    let rows = [("review", SheetVerdict::Review), ("claimed", Valid), ("received", Void)];
    for (value, outcome) in rows {
        let policy = Policy::read(&json!({"time": {"unclear": {"bk": value}}})).unwrap();
        let facts = booked([booking(1, claimed("09:00", "09:10", "09:45"))]);
        assert_eq!(decide(&facts, &policy).ruling.outcome, outcome, "{value}");
    }
}

#[test]
fn bk_1_too_wide_an_interval_ranks_by_receipt() {
    let rows = [
        ("05:20", "09:20", Valid),
        ("05:00", "09:20", Valid),
        ("05:00", "09:40", Void),
        ("05:41", "09:40", SheetVerdict::Review),
    ];
    for (earliest, latest, outcome) in rows {
        let ruling = rule(&booked([booking(1, between(earliest, latest))]));
        assert_eq!(ruling.ruling.outcome, outcome, "{earliest} {latest}");
    }
}

#[test]
fn bk_6_a_booking_is_good_on_its_own_day_only() {
    let midnight = at("00:00");
    let straddling = Moment { earliest: midnight - 1, ..between("00:00", "00:10") };
    let rows = [
        (Moment::exact(midnight), Valid, vec![(Rule::Bk6, Yes), (Rule::Bk1, Yes)]),
        (Moment::exact(midnight - 1), Void, vec![(Rule::Bk6, No)]),
        (straddling, SheetVerdict::Review, vec![(Rule::Bk6, Unclear)]),
    ];
    for (moment, outcome, reasons) in rows {
        let ruling = rule(&booked([booking(1, moment)]));
        assert_eq!((ruling.ruling.outcome, rules(&ruling.ruling.reasons)), (outcome, reasons), "{moment:?}");
    }
    let just_after_midnight =
        ArrivalFacts { arrived_at: midnight, ..booked([booking(1, Moment::exact(midnight - DAY / 24))]) };
    assert_eq!(rules(&rule(&just_after_midnight).ruling.reasons), [(Rule::Bk6, No)]);
}

#[test]
fn bk_13_what_is_received_after_the_arrival_never_passes_for_certain() {
    let policy = Policy::read(&json!({"time": {"unclear": {"bk": "claimed"}}})).unwrap();
    let rows = [("09:59:59", Valid), ("10:00", Valid), ("10:00:01", SheetVerdict::Review)];
    for (received, outcome) in rows {
        let facts = booked([booking(1, claimed("08:00", "08:30", received))]);
        assert_eq!(decide(&facts, &policy).ruling.outcome, outcome, "{received}");
    }
}

#[test]
fn bk_5_digits_and_name_must_fit() {
    let named = |name: &str| Booked { customer_name: name.to_owned(), ..booking(1, exact("09:00")) };
    let rows = [
        ("王丽", Valid, vec![(Rule::Bk6, Yes), (Rule::Bk1, Yes)]),
        ("王 丽", Valid, vec![(Rule::Bk6, Yes), (Rule::Bk1, Yes)]),
        ("李女士", SheetVerdict::Review, vec![(Rule::Bk5, Unclear)]),
    ];
    for (name, outcome, reasons) in rows {
        let ruling = rule(&booked([named(name)]));
        assert_eq!(brief(&ruling), (outcome, Some(user(1)), reasons), "{name}");
    }
    let other_digits = Booked { phone_masked: "138****5679".to_owned(), ..named("王丽") };
    assert_eq!(rule(&booked([other_digits])).ruling.outcome, WalkIn);
}

#[test]
fn bk_5_digits_alone_ask_a_human_only_while_the_booking_could_count() {
    let li = |number, time| Booked { customer_name: "李女士".to_owned(), ..booking(number, exact(time)) };
    assert_eq!(rule(&booked([li(1, "09:45")])).ruling.outcome, WalkIn);
    let cancelled = Booked { verdict: BookingVerdict::Cancelled, ..li(1, "09:00") };
    assert_eq!(rule(&booked([cancelled])).ruling.outcome, WalkIn);
    let two = rule(&booked([li(1, "09:00"), li(2, "09:00")]));
    assert_eq!((two.ruling.outcome, two.holder), (SheetVerdict::Review, None), "no single candidate");
    let beside_a_claim = rule(&booked([li(1, "09:00"), booking(2, exact("09:00"))]));
    assert_eq!((beside_a_claim.ruling.outcome, beside_a_claim.holder), (Valid, Some(user(2))));
}

#[test]
fn verdict_2_every_standing_of_a_booking_has_its_answer() {
    use BookingVerdict::{Cancelled, Contested, Expired, Live, Review, Used};
    let rows = [
        (Live, vec![], Valid, None),
        (Cancelled, vec![], Void, Some((Rule::Bk2, No))),
        (Used, vec![], Void, Some((Rule::Bk2, No))),
        (Expired, vec![Rule::Bk6], Void, Some((Rule::Bk6, No))),
        (Contested, vec![Rule::Bk13], Void, Some((Rule::Bk13, No))),
        (BookingVerdict::Void, vec![Rule::Bk7], Void, Some((Rule::Bk7, No))),
        (BookingVerdict::Void, vec![], Void, Some((Rule::Bk2, No))),
        (BookingVerdict::Void, vec![Rule::Pr3], Valid, None),
        (BookingVerdict::Void, vec![Rule::Pr3, Rule::Bk7], Void, Some((Rule::Pr3, No))),
        (Review, vec![Rule::Bk8], SheetVerdict::Review, Some((Rule::Bk8, Unclear))),
    ];
    for (verdict, unmet, outcome, first) in rows {
        let facts = booked([Booked { verdict, rules: unmet.clone(), ..booking(1, exact("09:00")) }]);
        let ruling = rule(&facts);
        assert_eq!(ruling.ruling.outcome, outcome, "{verdict} {unmet:?}");
        if let Some(first) = first {
            assert_eq!(rules(&ruling.ruling.reasons)[0], first, "{verdict} {unmet:?}");
        }
    }
}

#[test]
fn tr_1_pt_28_pt_29_gates_hold_for_bookings_and_bringers() {
    let liaison = |day: &str| Party::Liaison { user: id(1), trained_on: Some(day.parse().unwrap()) };
    let agent = |standing| Party::Agent { partner: id(9), standing };
    let rows = [
        (liaison("2026-11-22"), Valid, None),
        (liaison("2026-11-23"), Void, Some((Rule::Tr1, No))),
        (Party::Liaison { user: id(1), trained_on: None }, Void, Some((Rule::Tr1, No))),
        (agent(PartnerStanding::Active), Valid, None),
        (agent(PartnerStanding::Suspended), Void, Some((Rule::Pt29, No))),
        (agent(PartnerStanding::Blacklisted), Void, Some((Rule::Pt28, No))),
    ];
    for (party, outcome, fell_by) in rows {
        for facts in
            [brought(party.clone(), []), booked([Booked { party: party.clone(), ..booking(1, exact("09:00")) }])]
        {
            let ruling = rule(&facts);
            assert_eq!(ruling.ruling.outcome, outcome, "{party:?}");
            assert_eq!(ruling.holder, (outcome == Valid).then(|| party.holder()));
            if let Some(fell_by) = fell_by {
                assert_eq!(rules(&ruling.ruling.reasons), [fell_by]);
            }
        }
    }
}

#[test]
fn bk_11_a_customer_brought_in_person_needs_no_booking() {
    let alone = rule(&brought(staff(1), []));
    assert_eq!(brief(&alone), (Valid, Some(user(1)), vec![(Rule::Bk11, Yes)]));
    assert_eq!((alone.booking, alone.effect), (None, Effect::Reserve));
    let fell = rule(&brought(staff(1), [booking(1, exact("09:31"))]));
    assert_eq!(brief(&fell), (Valid, Some(user(1)), vec![(Rule::Bk11, Yes)]));
    assert_eq!(
        fell.fallen_bookings().map(|(_, reasons)| rules(reasons)).next().unwrap(),
        [(Rule::Bk6, Yes), (Rule::Bk1, No)]
    );
    let unclear = rule(&brought(staff(1), [booking(1, between("09:20", "09:40"))]));
    assert_eq!(brief(&unclear), (Valid, Some(user(1)), vec![(Rule::Bk11, Yes)]));
    let both = rule(&brought(staff(1), [booking(1, exact("09:00"))]));
    assert_eq!((both.ruling.outcome, both.booking), (Valid, Some(id(101))), "the booking is the better claim");
    let others_fell = rule(&brought(staff(1), [booking(2, exact("09:31"))]));
    assert_eq!((others_fell.ruling.outcome, others_fell.holder), (Valid, Some(user(1))));
    let forbidden = Policy::read(&json!({"booking": {"allow_direct_bring": false}})).unwrap();
    assert_eq!(brief(&decide(&brought(staff(1), []), &forbidden)), (Void, None, vec![(Rule::Bk11, No)]));
    let on_booking = decide(&brought(staff(1), [booking(1, exact("09:00"))]), &forbidden);
    assert_eq!((on_booking.ruling.outcome, on_booking.booking), (Valid, Some(id(101))));
}
