//! Step 1: customers who are already somebody's.

use serde_json::json;
use sync_core::time::Answer::{No, Unclear, Yes};

use super::*;

#[test]
fn pr_3_cf_8_a_protected_customer_is_the_holders() {
    let live = SheetProtection::Live { holder: user(1), until: at("10:00") + DAY };
    let reserved = SheetProtection::Reserved { holder: Some(user(1)) };
    let deal = SheetProtection::Deal { holder: user(1) };
    let until = Some(at("10:00") + DAY);
    for (sheet, own, refused, end) in [
        (live, Rule::Pr1, Rule::Pr3, until),
        (reserved, Rule::Cf5, Rule::Pr3, None),
        (deal, Rule::Cf8, Rule::Cf8, None),
    ] {
        let standing = |facts| rule(&ArrivalFacts { sheet: Some(sheet.clone()), ..facts });
        let mine = [nobody(), brought(staff(1), []), booked([booking(1, exact("09:59")), booking(2, exact("08:00"))])];
        for facts in mine {
            let ruling = standing(facts);
            assert_eq!(brief(&ruling), (Valid, Some(user(1)), vec![(own, Yes)]), "{sheet:?}");
            assert_eq!(ruling.effect, Effect::Keep);
            assert!(ruling.claims.iter().all(|claim| claim.holder == user(1) || claim.answer == No));
        }
        for facts in [
            brought(staff(2), []),
            brought(staff(2), [booking(1, exact("09:00"))]),
            booked([booking(2, exact("09:00"))]),
        ] {
            let ruling = standing(facts);
            assert_eq!(brief(&ruling), (Void, None, vec![(refused, No)]), "{sheet:?}");
            assert_eq!((ruling.effect, ruling.ruling.reasons[0].until()), (Effect::Keep, end));
        }
        let unaccompanied = ArrivalFacts { route: Route::WalkIn, ..booked([booking(2, exact("09:00"))]) };
        let ruling = standing(unaccompanied);
        assert_eq!((ruling.ruling.outcome, ruling.holder), (Valid, Some(user(1))));
        assert_eq!(ruling.fallen_bookings().map(|(booking, _)| booking).collect::<Vec<_>>(), [id(102)]);
        let refused_before =
            Booked { verdict: BookingVerdict::Void, rules: vec![refused], ..booking(2, exact("09:00")) };
        assert_eq!(standing(booked([refused_before])).ruling.outcome, Void);
        let cancelled = Booked { verdict: BookingVerdict::Cancelled, ..booking(2, exact("09:00")) };
        assert_eq!(standing(booked([cancelled])).ruling.outcome, Valid, "the customer comes alone");
    }
}

#[test]
fn pr_3_while_a_sheet_is_in_review_nobody_else_is_ruled_in_or_out() {
    let reserved = Some(SheetProtection::Reserved { holder: None });
    for facts in [nobody(), brought(staff(2), []), booked([booking(1, exact("09:00"))])] {
        let ruling = rule(&ArrivalFacts { sheet: reserved.clone(), ..facts });
        assert_eq!(brief(&ruling), (SheetVerdict::Review, None, vec![(Rule::Pr3, Unclear)]));
        assert!(ruling.claims.iter().all(|claim| claim.answer == Yes));
    }
}

#[test]
fn pr_5_bk_14_a_walk_in_registered_first_blocks_channel_claims() {
    let until = at("10:00") + DAY;
    let block = Some(SheetProtection::Site { since: at("08:00"), until });
    let alone = rule(&ArrivalFacts { sheet: block.clone(), ..nobody() });
    assert_eq!(brief(&alone), (WalkIn, None, vec![(Rule::Pr5, Yes)]));
    assert_eq!(alone.effect, Effect::Keep);
    let late = Some(lead(1, exact("08:00:01")));
    let rows = [
        (None, Void, vec![(Rule::Bk14, No)]),
        (late, Void, vec![(Rule::Bk14, No)]),
        (Some(lead(2, exact("07:00"))), Void, vec![(Rule::Bk14, No)]),
        (Some(lead(2, between("07:00", "08:30"))), Void, vec![(Rule::Bk14, No)]),
        (Some(lead(1, exact("08:00"))), SheetVerdict::Review, vec![(Rule::Bk14, Unclear)]),
        (Some(lead(1, between("07:00", "08:30"))), SheetVerdict::Review, vec![(Rule::Bk14, Unclear)]),
        (Some(lead(1, exact("07:59:59"))), Valid, vec![(Rule::Bk6, Yes), (Rule::Bk1, Yes)]),
    ];
    for (lead, outcome, reasons) in rows {
        let facts = ArrivalFacts { sheet: block.clone(), lead: lead.clone(), ..booked([booking(1, exact("09:00"))]) };
        let ruling = rule(&facts);
        assert_eq!((ruling.ruling.outcome, rules(&ruling.ruling.reasons)), (outcome, reasons), "{lead:?}");
    }
    let refused = rule(&ArrivalFacts { sheet: block, ..brought(staff(1), []) });
    assert_eq!((refused.ruling.outcome, refused.ruling.reasons[0].until()), (Void, Some(until)));
}

#[test]
fn pr_5_the_older_lead_passes_the_block_alone() {
    let facts = ArrivalFacts {
        sheet: Some(SheetProtection::Site { since: at("08:00"), until: at("10:00") + DAY }),
        lead: Some(lead(1, exact("07:00"))),
        ..booked([booking(2, exact("08:30")), booking(1, exact("09:00"))])
    };
    let ruling = rule(&facts);
    assert_eq!((ruling.ruling.outcome, ruling.holder), (Valid, Some(user(1))), "the earlier booking was barred");
    assert_eq!(ruling.effect, Effect::Reserve);
    let fell = ArrivalFacts { bookings: vec![booking(1, exact("09:45"))], ..facts };
    assert_eq!((rule(&fell).ruling.outcome, rule(&fell).effect), (Void, Effect::Keep), "the block goes on");
}

#[test]
fn bk_14_newness_either_lets_a_walk_in_be_claimed() {
    let policy = Policy::read(&json!({"newness": {"require": "either"}})).unwrap();
    let block = Some(SheetProtection::Site { since: at("08:00"), until: at("10:00") + DAY });
    let facts = ArrivalFacts { sheet: block, ..booked([booking(1, exact("09:00"))]) };
    assert_eq!(decide(&facts, &policy).ruling.outcome, Valid);
}
