//! Signatures, voids and reviews of a sheet.

use super::*;
use crate::rules::fixtures::{at, id, zone};
use crate::rules::ruling::Ruling;

const HOUR: i64 = 3_600_000;
const CONSULTANT: u128 = 5;
const SITE_LEAD: u128 = 6;

fn signature(by: u128, time: &str) -> Signature {
    Signature { by: id(by), at: at(time) }
}

fn opened(outcome: SheetVerdict, holder: Option<Holder>, effect: Effect) -> Sheet {
    let ruling = Ruling { outcome, reasons: Vec::new() };
    let ruling = ArrivalRuling { ruling, holder, booking: None, claims: Vec::new(), effect };
    Sheet::open(&ruling, Some(id(CONSULTANT)), at("10:00"))
}

fn valid() -> Sheet {
    opened(SheetVerdict::Valid, Some(Holder::User(id(1))), Effect::Reserve)
}

fn review(candidate: Option<Holder>) -> Sheet {
    opened(SheetVerdict::Review, candidate, Effect::Reserve)
}

fn signed() -> Sheet {
    valid().sign(signature(CONSULTANT, "11:00")).unwrap()
}

fn confirmed() -> Sheet {
    signed().confirm(signature(SITE_LEAD, "12:00"), zone(), &Policy::default()).unwrap()
}

#[test]
fn cf_5_pr_1_two_signatures_of_two_persons_start_the_protection() {
    let Sheet::Confirmed { protected_until, .. } = confirmed() else { panic!("not confirmed") };
    assert_eq!(protected_until, Some(at("12:00") + 61 * 24 * HOUR));
}

#[test]
fn pr_1_a_follow_up_leaves_the_protection_as_it_is() {
    let sheet = opened(SheetVerdict::Valid, Some(Holder::User(id(1))), Effect::Keep);
    let signed = sheet.sign(signature(CONSULTANT, "11:00")).unwrap();
    let Ok(Sheet::Confirmed { protected_until, .. }) =
        signed.confirm(signature(SITE_LEAD, "12:00"), zone(), &Policy::default())
    else {
        panic!("not confirmed")
    };
    assert_eq!(protected_until, None);
}

#[test]
fn cf_5_signatures_in_the_wrong_order_or_by_the_wrong_person_are_refused() {
    let rows = [
        (valid().sign(signature(7, "11:00")), SheetError::NotTheConsultant),
        (signed().sign(signature(CONSULTANT, "11:00")), SheetError::SignedAlready),
        (confirmed().sign(signature(CONSULTANT, "11:00")), SheetError::SignedAlready),
        (review(None).sign(signature(CONSULTANT, "11:00")), SheetError::NotValid),
        (Sheet::WalkIn.sign(signature(CONSULTANT, "11:00")), SheetError::NotValid),
    ];
    for (result, error) in rows {
        assert_eq!(result, Err(error));
        assert_eq!(error.rule(), Rule::Cf5);
    }
    let confirm = |sheet: Sheet, by| sheet.confirm(signature(by, "12:00"), zone(), &Policy::default());
    assert_eq!(confirm(valid(), SITE_LEAD), Err(SheetError::NotSignedYet));
    assert_eq!(confirm(signed(), CONSULTANT), Err(SheetError::SamePerson));
    assert_eq!(confirm(confirmed(), SITE_LEAD), Err(SheetError::SignedAlready));
    assert_eq!(confirm(Sheet::Void { manual: None }, SITE_LEAD), Err(SheetError::NotValid));
}

#[test]
fn cf_7_a_manual_void_states_its_reason_and_keeps_the_reservation() {
    let lead = signature(SITE_LEAD, "12:00");
    let void = |sheet: Sheet, reason| sheet.make_void(lead, reason, &Policy::default());
    for sheet in [valid(), signed(), review(Some(Holder::User(id(1))))] {
        assert_eq!(void(sheet.clone(), "  "), Err(SheetError::NoReason));
        let Ok(Sheet::Void { manual: Some(manual) }) = void(sheet, " a neighbour of the agent ") else {
            panic!("not void")
        };
        assert_eq!(manual.reason, "a neighbour of the agent");
        assert_eq!(manual.holder, Some(Holder::User(id(1))));
        assert_eq!(manual.reserved_until, at("12:00") + 48 * HOUR);
    }
    assert_eq!(void(confirmed(), "late"), Err(SheetError::Immutable));
    assert_eq!(void(Sheet::WalkIn, "late"), Err(SheetError::NothingToVoid));
    assert_eq!(void(Sheet::Void { manual: None }, "late"), Err(SheetError::NothingToVoid));
}

#[test]
fn a_review_ends_in_a_sheet_that_can_be_signed_or_in_none() {
    let candidate = Some(Holder::User(id(1)));
    assert_eq!(review(candidate).decide(SheetVerdict::Valid), Ok(valid()));
    assert_eq!(review(candidate).decide(SheetVerdict::Void), Ok(Sheet::Void { manual: None }));
    assert_eq!(review(candidate).decide(SheetVerdict::WalkIn), Ok(Sheet::WalkIn));
    assert_eq!(review(candidate).decide(SheetVerdict::Review), Err(SheetError::NotInReview));
    assert_eq!(review(None).decide(SheetVerdict::Valid), Err(SheetError::NoCandidate));
    assert_eq!(valid().decide(SheetVerdict::Void), Err(SheetError::NotInReview));
}

#[test]
fn cf_5_unsigned_for_24_hours_is_listed() {
    let rows = [(valid(), true), (signed(), true), (confirmed(), false), (review(None), false), (Sheet::WalkIn, false)];
    for (sheet, listed) in rows {
        assert_eq!(sheet.is_overdue(at("10:00") + 24 * HOUR, &Policy::default()), listed, "{sheet:?}");
        assert!(!sheet.is_overdue(at("10:00") + 24 * HOUR - 1, &Policy::default()));
    }
}

#[test]
fn a_sheet_survives_being_stored_and_says_what_it_is() {
    let rows = [
        (valid(), SheetVerdict::Valid),
        (confirmed(), SheetVerdict::Valid),
        (review(None), SheetVerdict::Review),
        (Sheet::Void { manual: None }, SheetVerdict::Void),
        (Sheet::WalkIn, SheetVerdict::WalkIn),
    ];
    for (sheet, verdict) in rows {
        assert_eq!(serde_json::from_str::<Sheet>(&serde_json::to_string(&sheet).unwrap()).unwrap(), sheet);
        assert_eq!(sheet.verdict(), verdict);
    }
}
