//! Step 3: the choice among claims.

use serde_json::json;
use sync_core::time::Answer::{No, Unclear};

use super::*;

#[test]
fn verdict_3a_without_a_claim() {
    let walk_in = rule(&nobody());
    assert_eq!(brief(&walk_in), (WalkIn, None, vec![]));
    assert_eq!(walk_in.effect, Effect::Block);
    let leads = rule(&ArrivalFacts { lead: Some(lead(3, exact("08:00"))), ..nobody() });
    assert_eq!(brief(&leads), (SheetVerdict::Review, Some(user(3)), vec![(Rule::Pr2, Unclear)]));
    assert_eq!(leads.effect, Effect::Reserve);
}

#[test]
fn verdict_3b_void_names_all_that_fell() {
    let suspended = Party::Agent { partner: id(9), standing: PartnerStanding::Suspended };
    let facts = brought(
        suspended,
        [booking(1, exact("09:31")), Booked { verdict: BookingVerdict::Cancelled, ..booking(2, exact("08:00")) }],
    );
    let ruling = rule(&facts);
    assert_eq!(brief(&ruling), (Void, None, vec![(Rule::Bk1, No), (Rule::Bk2, No), (Rule::Pt29, No)]));
    assert_eq!(ruling.effect, Effect::Block, "received as a walk-in (CF-6)");
    let fallen: Vec<_> = ruling.fallen_bookings().map(|(booking, _)| booking).collect();
    assert_eq!(fallen, [id(101), id(102)]);
}

#[test]
fn verdict_3c_an_unclear_claim_that_would_win_is_reviewed() {
    let doubtful = booking(1, between("09:20", "09:40"));
    let alone = rule(&booked([doubtful.clone()]));
    assert_eq!(brief(&alone), (SheetVerdict::Review, Some(user(1)), vec![(Rule::Bk1, Unclear)]));
    let against_later = rule(&booked([
        Booked { verdict: BookingVerdict::Review, rules: vec![Rule::Bk8], ..booking(1, exact("08:00")) },
        booking(2, exact("09:00")),
    ]));
    assert_eq!(brief(&against_later), (SheetVerdict::Review, Some(user(1)), vec![(Rule::Bk8, Unclear)]));
    let against_earlier = rule(&booked([doubtful, booking(2, exact("09:00"))]));
    assert_eq!(
        (against_earlier.ruling.outcome, against_earlier.holder),
        (Valid, Some(user(2))),
        "it would not have won"
    );
    let doubted =
        Booked { id: id(7), verdict: BookingVerdict::Review, rules: vec![Rule::Bk8], ..booking(1, exact("08:00")) };
    let own_certain = rule(&booked([doubted, booking(1, exact("09:00"))]));
    assert_eq!(
        (own_certain.ruling.outcome, own_certain.booking),
        (Valid, Some(id(101))),
        "a holder counts by its best claim"
    );
}

#[test]
fn ds_3_verdict_3d_bring_against_booking_is_the_policys() {
    let facts = brought(staff(1), [booking(2, exact("09:00"))]);
    let rows =
        [("review", SheetVerdict::Review, None), ("bring", Valid, Some(user(1))), ("booking", Valid, Some(user(2)))];
    for (value, outcome, holder) in rows {
        let policy = Policy::read(&json!({"conflict": {"bring_vs_booking": value}})).unwrap();
        let ruling = decide(&facts, &policy);
        assert_eq!((ruling.ruling.outcome, ruling.holder), (outcome, holder), "{value}");
        let lost: Vec<_> = ruling.claims.iter().filter(|claim| claim.answer == No).collect();
        assert_eq!(lost.len(), usize::from(outcome == Valid), "{value}");
        assert!(lost.iter().all(|claim| claim.reasons.last().unwrap().rule == Rule::Ds3));
    }
    assert_eq!(rules(&rule(&facts).ruling.reasons), [(Rule::Ds3, Unclear)]);
}

#[test]
fn ds_3_verdict_3d_a_bringer_with_the_earliest_booking_wins() {
    let rows = [
        ("08:59", "09:00", Valid, Some(user(1))),
        ("09:00", "09:00", SheetVerdict::Review, None),
        ("09:01", "09:00", SheetVerdict::Review, None),
    ];
    for (own, other, outcome, holder) in rows {
        let ruling = rule(&brought(staff(1), [booking(1, exact(own)), booking(2, exact(other))]));
        assert_eq!((ruling.ruling.outcome, ruling.holder), (outcome, holder), "{own} {other}");
    }
}

#[test]
fn ds_3_verdict_3e_the_certainly_earliest_booking_wins() {
    let rows = [
        (exact("09:00"), exact("09:10"), Valid, Some(user(1))),
        (exact("09:10"), exact("09:00"), Valid, Some(user(2))),
        (exact("09:00"), exact("09:00"), SheetVerdict::Review, None),
        (between("09:00", "09:10"), between("09:10", "09:20"), SheetVerdict::Review, None),
        (between("09:00", "09:09"), between("09:10", "09:20"), Valid, Some(user(1))),
        (between("04:00", "09:00"), exact("08:00"), Valid, Some(user(2))),
    ];
    for (first, second, outcome, holder) in rows {
        let ruling = rule(&booked([booking(1, first), booking(2, second)]));
        assert_eq!((ruling.ruling.outcome, ruling.holder), (outcome, holder), "{first:?} {second:?}");
        let lost: Vec<_> = ruling.fallen_bookings().map(|(_, reasons)| reasons.last().unwrap().rule).collect();
        assert_eq!(lost, if outcome == Valid { vec![Rule::Ds3] } else { vec![] });
        assert!(ruling.ruling.reasons.iter().any(|reason| reason.rule == Rule::Ds3));
    }
}

#[test]
fn ds_3_agents_of_one_company_are_one_holder() {
    let of_company = |number, time| Booked {
        party: Party::Agent { partner: id(9), standing: PartnerStanding::Active },
        ..booking(number, exact(time))
    };
    let ruling = rule(&booked([of_company(1, "09:00"), of_company(2, "09:00")]));
    assert_eq!((ruling.ruling.outcome, ruling.holder), (Valid, Some(Holder::Partner(id(9)))));
}

#[test]
fn pr_2_verdict_3f_a_lead_protected_for_another_is_reviewed() {
    let with_lead =
        |number| ArrivalFacts { lead: Some(lead(number, exact("08:00"))), ..booked([booking(1, exact("09:00"))]) };
    assert_eq!(rule(&with_lead(1)).ruling.outcome, Valid);
    let others = rule(&with_lead(2));
    assert_eq!(brief(&others), (SheetVerdict::Review, Some(user(1)), vec![(Rule::Pr2, Unclear)]));
    assert_eq!(others.ruling.reasons[0].until(), Some(at("10:00") + 30 * DAY));
}
