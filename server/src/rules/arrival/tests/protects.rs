//! BK-12: the same cases where the arrival decides and where the booking protects from the start.

use serde_json::json;
use sync_core::time::Answer::{No, Unclear, Yes};

use super::SheetVerdict::Review;
use super::*;

fn numbered(number: u128, moment: Moment) -> Booked {
    Booked { numbered: true, ..booking(number, moment) }
}

fn in_both_modes(facts: &ArrivalFacts) -> [(SheetVerdict, Option<Holder>); 2] {
    ["visit_decides", "booking_protects"].map(|mode| {
        let policy = Policy::read(&json!({"project": {"mode": mode}})).unwrap();
        let ruling = decide(facts, &policy);
        (ruling.ruling.outcome, ruling.holder)
    })
}

#[test]
fn bk_12_a_booking_with_the_full_number_protects_from_the_start_where_the_project_says_so() {
    let won = (Valid, Some(user(1)));
    let open = (Review, None);
    let leads = |facts: ArrivalFacts, since| ArrivalFacts { lead: Some(lead(2, since)), ..facts };
    let rows = [
        // (case, facts, where the arrival decides, where the booking protects)
        ("alone", booked([numbered(1, exact("09:00"))]), won, won),
        ("brought by another", brought(staff(2), [numbered(1, exact("09:00"))]), open, won),
        ("brought by another, no number", brought(staff(2), [booking(1, exact("09:00"))]), open, open),
        ("a later booking", booked([numbered(1, exact("09:00")), numbered(2, exact("09:01"))]), won, won),
        (
            "an earlier one without the number",
            booked([numbered(1, exact("09:01")), booking(2, exact("09:00"))]),
            (Valid, Some(user(2))),
            (Valid, Some(user(2))),
        ),
        (
            "the order is open",
            booked([numbered(1, between("08:50", "09:10")), numbered(2, between("09:00", "09:20"))]),
            open,
            open,
        ),
        ("at the same instant", booked([numbered(1, exact("09:00")), numbered(2, exact("09:00"))]), open, open),
        (
            "a later lead of another",
            leads(booked([numbered(1, exact("09:00"))]), exact("09:01")),
            (Review, Some(user(1))),
            won,
        ),
        (
            "an earlier lead of another",
            leads(booked([numbered(1, exact("09:00"))]), exact("08:59")),
            (Review, Some(user(1))),
            (Review, Some(user(1))),
        ),
        ("less than 30 minutes before", booked([numbered(1, exact("09:31"))]), (Void, None), (Void, None)),
        (
            "perhaps 30 minutes before, brought by another",
            brought(staff(2), [numbered(1, between("09:20", "09:40"))]),
            open,
            open,
        ),
        (
            "cancelled",
            brought(staff(2), [Booked { verdict: BookingVerdict::Cancelled, ..numbered(1, exact("09:00")) }]),
            (Valid, Some(user(2))),
            (Valid, Some(user(2))),
        ),
    ];
    for (case, facts, visit_decides, booking_protects) in rows {
        assert_eq!(in_both_modes(&facts), [visit_decides, booking_protects], "{case}");
    }
}

#[test]
fn bk_12_what_lost_to_a_booking_that_protects_learns_it() {
    let policy = Policy::read(&json!({"project": {"mode": "booking_protects"}})).unwrap();
    let facts = brought(staff(2), [numbered(1, exact("09:00")), booking(3, exact("09:05"))]);
    let ruling = decide(&facts, &policy);
    assert_eq!(rules(&ruling.ruling.reasons), [(Rule::Bk6, Yes), (Rule::Bk1, Yes), (Rule::Bk12, Yes)]);
    assert_eq!((ruling.booking, ruling.effect), (Some(id(101)), Effect::Reserve));
    let lost: Vec<_> = ruling.claims.iter().filter(|claim| claim.answer == No).map(|claim| claim.holder).collect();
    assert_eq!(lost, [user(3), user(2)]);
    assert!(ruling.claims.iter().all(|claim| claim.answer != Unclear));
}
