//! Companions on a sheet.

use serde_json::json;
use sync_core::time::Answer::{No, Unclear, Yes};

use super::*;

fn companion(main: SheetVerdict, place: u32, arrival: ArrivalFacts) -> ArrivalRuling {
    decide_companion(&CompanionFacts { main, place, arrival }, &Policy::default())
}

fn with(by: u128) -> ArrivalFacts {
    ArrivalFacts { companion: true, ..brought(staff(by), []) }
}

#[test]
fn bk_10_companions_follow_the_main_verdict() {
    let rows = [
        (Valid, 1, Valid, Some(user(1)), (Rule::Bk10, Yes), Effect::Reserve),
        (Valid, 5, Valid, Some(user(1)), (Rule::Bk10, Yes), Effect::Reserve),
        (Valid, 6, WalkIn, None, (Rule::Bk10, No), Effect::Block),
        (Void, 1, WalkIn, None, (Rule::Bk10, No), Effect::Block),
        (WalkIn, 1, WalkIn, None, (Rule::Bk10, No), Effect::Block),
        (SheetVerdict::Review, 1, SheetVerdict::Review, None, (Rule::Bk10, Unclear), Effect::Reserve),
    ];
    for (main, place, outcome, holder, reason, effect) in rows {
        let ruling = companion(main, place, with(1));
        assert_eq!(brief(&ruling), (outcome, holder, vec![reason]), "{main} {place}");
        assert_eq!(ruling.effect, effect, "{main} {place}");
    }
}

#[test]
fn bk_10_each_companion_is_checked_alone() {
    let until = at("10:00") + DAY;
    let of_another = Some(SheetProtection::Live { holder: user(2), until });
    let refused = companion(Valid, 1, ArrivalFacts { sheet: of_another, ..with(1) });
    assert_eq!(brief(&refused), (Void, None, vec![(Rule::Pr3, No)]));
    let leads = companion(Valid, 1, ArrivalFacts { lead: Some(lead(2, exact("08:00"))), ..with(1) });
    assert_eq!(brief(&leads), (SheetVerdict::Review, Some(user(1)), vec![(Rule::Pr2, Unclear)]));
    let known = Some(SheetProtection::Site { since: at("08:00"), until });
    let walked_in = companion(Void, 1, ArrivalFacts { sheet: known, ..with(1) });
    assert_eq!((walked_in.ruling.outcome, walked_in.effect), (WalkIn, Effect::Keep));
}

#[test]
fn bk_10_a_companion_needs_no_direct_bring() {
    let policy = Policy::read(&json!({"booking": {"allow_direct_bring": false}})).unwrap();
    let facts = CompanionFacts { main: Valid, place: 1, arrival: with(1) };
    assert_eq!(decide_companion(&facts, &policy).ruling.outcome, Valid);
}
