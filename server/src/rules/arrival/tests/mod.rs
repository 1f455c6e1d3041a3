//! Every line of the verdict at arrival, edges first.

mod choice;
mod claims;
mod companions;
mod customer;
mod protects;

use super::SheetVerdict::{Valid, Void, WalkIn};
use super::*;
use crate::rules::fixtures::{at, between, claimed, exact, id, zone};
use crate::rules::party::PartnerStanding;

const DAY: i64 = 86_400_000;

fn staff(number: u128) -> Party {
    Party::Staff { user: id(number) }
}

fn user(number: u128) -> Holder {
    Holder::User(id(number))
}

/// Somebody's live booking of 王女士; its id is 100 more than the booker's number.
fn booking(number: u128, moment: Moment) -> Booked {
    Booked {
        id: id(100 + number),
        party: staff(number),
        customer_name: "王女士".to_owned(),
        phone_masked: "138****5678".to_owned(),
        moment,
        verdict: BookingVerdict::Live,
        rules: Vec::new(),
        numbered: false,
    }
}

/// 王丽 arrives at 10:00, and nothing is known of her.
fn nobody() -> ArrivalFacts {
    ArrivalFacts {
        zone: zone(),
        arrived_at: at("10:00"),
        route: Route::Booked,
        customer: Customer { name: "王丽".to_owned(), phone_masked: "138****5678".to_owned() },
        sheet: None,
        lead: None,
        bookings: Vec::new(),
        bringer: None,
        companion: false,
        entered_at: None,
    }
}

fn booked(bookings: impl Into<Vec<Booked>>) -> ArrivalFacts {
    ArrivalFacts { bookings: bookings.into(), ..nobody() }
}

fn brought(by: Party, bookings: impl Into<Vec<Booked>>) -> ArrivalFacts {
    ArrivalFacts { bringer: Some(by), route: Route::Brought, ..booked(bookings) }
}

fn lead(number: u128, since: Moment) -> LeadProtection {
    LeadProtection { holder: user(number), since, until: at("10:00") + 30 * DAY }
}

fn rule(facts: &ArrivalFacts) -> ArrivalRuling {
    decide(facts, &Policy::default())
}

fn rules(reasons: &[Reason]) -> Vec<(Rule, Answer)> {
    reasons.iter().map(|reason| (reason.rule, reason.answer)).collect()
}

/// Outcome, holder and the rules of the verdict.
fn brief(ruling: &ArrivalRuling) -> (SheetVerdict, Option<Holder>, Vec<(Rule, Answer)>) {
    (ruling.ruling.outcome, ruling.holder, rules(&ruling.ruling.reasons))
}

#[test]
fn p9_the_same_facts_decide_the_same_after_being_stored() {
    let cases = [
        brought(staff(1), [booking(2, between("09:00", "09:40"))]),
        ArrivalFacts {
            sheet: Some(SheetProtection::Reserved { holder: None }),
            lead: Some(lead(1, exact("08:00"))),
            ..nobody()
        },
    ];
    for facts in cases {
        let stored: ArrivalFacts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
        assert_eq!(stored, facts);
        let ruling = rule(&facts);
        let kept: ArrivalRuling = serde_json::from_str(&serde_json::to_string(&ruling).unwrap()).unwrap();
        assert_eq!(kept, rule(&stored));
        assert_eq!(kept, ruling);
    }
}

#[test]
fn bk_15_reasons_name_no_holder() {
    let facts = ArrivalFacts {
        sheet: Some(SheetProtection::Live { holder: user(1), until: at("10:00") + DAY }),
        ..brought(staff(2), [booking(3, exact("09:00"))])
    };
    let ruling = rule(&facts);
    let told: Vec<_> = ruling
        .fallen_bookings()
        .flat_map(|(_, reasons)| reasons.to_vec())
        .chain(ruling.ruling.reasons.clone())
        .collect();
    assert!(!serde_json::to_string(&told).unwrap().contains(&id(1).to_string()));
}
