//! Step 3: the choice among the claims that stand.

use serde_json::json;
use sync_core::time::Answer;

use super::claim::{Judged, judge_booking};
use super::{ArrivalFacts, ArrivalRuling, Effect, SheetVerdict};
use crate::rules::party::Holder;
use crate::rules::policy::{BringVsBooking, Mode, Policy};
use crate::rules::ruling::{Reason, Rule, Ruling, answered};
use crate::rules::unclear::{Family, weighed};

/// Who wins among claims that stand.
enum Choice<'a> {
    /// This one.
    Winner(&'a Judged),
    /// Nobody before a human has looked (DS-3).
    Open(&'static str),
}

pub(super) fn decide(facts: &ArrivalFacts, claims: Vec<Judged>, policy: &Policy) -> ArrivalRuling {
    if claims.is_empty() {
        return without_claim(facts, policy);
    }
    let standing: Vec<&Judged> = claims.iter().filter(|judged| judged.stands()).collect();
    if standing.is_empty() {
        let reasons = claims.iter().flat_map(|judged| answered(&judged.claim.reasons, Answer::No)).collect();
        return finish(facts, Ruling { outcome: SheetVerdict::Void, reasons }, None, None, claims);
    }
    if let Some(winner) = protecting(&standing, facts, policy) {
        let (holder, booking) = (winner.claim.holder, winner.claim.booking);
        let mut reasons = winner.claim.reasons.clone();
        reasons.push(Reason::new(Rule::Bk12, Answer::Yes, json!({"numbered": true})));
        let ruling = Ruling { outcome: SheetVerdict::Valid, reasons };
        return finish(facts, ruling, Some(holder), booking, others_void(claims, holder));
    }
    match choose(&standing, policy) {
        Choice::Open(conflict) => {
            let mut reasons = vec![Reason::new(Rule::Ds3, Answer::Unclear, json!({"conflict": conflict}))];
            reasons.extend(standing.iter().flat_map(|judged| answered(&judged.claim.reasons, Answer::Unclear)));
            finish(facts, Ruling { outcome: SheetVerdict::Review, reasons }, None, None, claims)
        }
        Choice::Winner(winner) => {
            let (holder, booking) = (winner.claim.holder, winner.claim.booking);
            let rivals = standing.iter().any(|judged| judged.claim.holder != holder);
            let ruling = verdict_for(winner, rivals, facts);
            let claims = if ruling.outcome == SheetVerdict::Valid { others_void(claims, holder) } else { claims };
            finish(facts, ruling, Some(holder), booking, claims)
        }
    }
}

/// 3a: nobody claims the customer.
fn without_claim(facts: &ArrivalFacts, policy: &Policy) -> ArrivalRuling {
    if let Some(lead) = &facts.lead {
        let ruling = Ruling::because(SheetVerdict::Review, lead.notice(Answer::Unclear));
        return finish(facts, ruling, Some(lead.holder), None, Vec::new());
    }
    // digits without the name are never a guess: a human compares the names
    let alike: Vec<Judged> = facts
        .bookings_with_name(false)
        .map(|booking| judge_booking(booking, facts, policy))
        .filter(Judged::stands)
        .collect();
    if alike.is_empty() {
        let ruling = Ruling { outcome: SheetVerdict::WalkIn, reasons: Vec::new() };
        return finish(facts, ruling, None, None, Vec::new());
    }
    let name = Reason::new(Rule::Bk5, Answer::Unclear, json!({"digits": true, "name": false}));
    let mut holders: Vec<Holder> = alike.iter().map(|judged| judged.claim.holder).collect();
    holders.sort();
    holders.dedup();
    let only = if let [holder] = holders[..] { Some(holder) } else { None };
    let claims = alike.into_iter().map(|mut judged| {
        judged.claim.answer = Answer::Unclear;
        judged.claim.reasons.push(name.clone());
        judged
    });
    let claims = claims.collect();
    finish(facts, Ruling::because(SheetVerdict::Review, name), only, None, claims)
}

/// 3d and 3e. A holder counts by the best claim: its booking where that is certainly the earliest, else the bringing.
fn choose<'a>(standing: &[&'a Judged], policy: &Policy) -> Choice<'a> {
    let bring = standing.iter().copied().find(|judged| judged.claim.booking.is_none());
    let earliest = earliest(standing);
    let among_bookings = || earliest.map_or(Choice::Open("booking_vs_booking"), Choice::Winner);
    let Some(bring) = bring else {
        return among_bookings();
    };
    let own = earliest.filter(|booking| booking.claim.holder == bring.claim.holder);
    let certain = |judged: &&Judged| judged.claim.answer == Answer::Yes;
    let rivals = standing.iter().any(|judged| judged.claim.holder != bring.claim.holder);
    match (own.filter(certain), policy.conflict.bring_vs_booking) {
        (Some(own), _) => Choice::Winner(own),
        (None, _) if !rivals => Choice::Winner(own.filter(|_| !certain(&bring)).unwrap_or(bring)),
        (None, BringVsBooking::Bring) => Choice::Winner(bring),
        (None, BringVsBooking::Booking) => among_bookings(),
        (None, BringVsBooking::Review) => own.map_or(Choice::Open("bring_vs_booking"), Choice::Winner),
    }
}

/// BK-12: where the booking protects from the start, the certain one with the customer's full number that came certainly before every
/// other holder's booking and lead protection. Whoever brings the customer comes after it: a booking that stands is older than the arrival.
fn protecting<'a>(standing: &[&'a Judged], facts: &ArrivalFacts, policy: &Policy) -> Option<&'a Judged> {
    if policy.project.mode != Mode::BookingProtects {
        return None;
    }
    let certain = |judged: &&&Judged| judged.numbered && judged.claim.answer == Answer::Yes;
    let before_all = |judged: &&&Judged| {
        let others = standing.iter().filter(|other| other.claim.holder != judged.claim.holder);
        let leads = facts.lead.iter().filter(|lead| lead.holder != judged.claim.holder);
        let leads = leads.map(|lead| weighed(&lead.since, Family::Ds, policy));
        let mut later = others.filter_map(|other| other.rank).chain(leads);
        judged.rank.is_some_and(|rank| later.all(|other| rank.precedes(&other) == Answer::Yes))
    };
    standing.iter().filter(certain).filter(before_all).min_by_key(|judged| judged.rank.map(|rank| rank.latest)).copied()
}

/// The booking that is certainly earlier than those of every other holder; of several of one holder a certain one, then the first received.
fn earliest<'a>(standing: &[&'a Judged]) -> Option<&'a Judged> {
    let bookings = || standing.iter().copied().filter_map(|judged| Some((judged, judged.rank?)));
    bookings()
        .filter(|(one, rank)| {
            bookings()
                .all(|(other, later)| one.claim.holder == other.claim.holder || rank.precedes(&later) == Answer::Yes)
        })
        .min_by_key(|(judged, rank)| (judged.claim.answer != Answer::Yes, rank.latest))
        .map(|(judged, _)| judged)
}

/// 3c, 3f and 3g for the claim that would win.
fn verdict_for(winner: &Judged, rivals: bool, facts: &ArrivalFacts) -> Ruling<SheetVerdict> {
    let mut doubts = answered(&winner.claim.reasons, Answer::Unclear);
    doubts.extend(
        facts.lead.iter().filter(|lead| lead.holder != winner.claim.holder).map(|lead| lead.notice(Answer::Unclear)),
    );
    if !doubts.is_empty() {
        return Ruling { outcome: SheetVerdict::Review, reasons: doubts };
    }
    let mut reasons = winner.claim.reasons.clone();
    if rivals {
        reasons.push(Reason::new(Rule::Ds3, Answer::Yes, json!({"conflict": "this claim ranks first"})));
    }
    Ruling { outcome: SheetVerdict::Valid, reasons }
}

/// DS-3: the claims of everybody else are void.
fn others_void(mut claims: Vec<Judged>, winner: Holder) -> Vec<Judged> {
    for judged in claims.iter_mut().filter(|judged| judged.claim.holder != winner && judged.stands()) {
        judged.fall(Reason::new(Rule::Ds3, Answer::No, json!({"conflict": "another claim ranks before"})));
    }
    claims
}

fn finish(
    facts: &ArrivalFacts,
    ruling: Ruling<SheetVerdict>,
    holder: Option<Holder>,
    booking: Option<uuid::Uuid>,
    claims: Vec<Judged>,
) -> ArrivalRuling {
    let effect = match ruling.outcome {
        SheetVerdict::Valid | SheetVerdict::Review => Effect::Reserve,
        // a walk-in that was blocked already keeps the end of the first block
        SheetVerdict::Void | SheetVerdict::WalkIn if facts.sheet.is_some() => Effect::Keep,
        SheetVerdict::Void | SheetVerdict::WalkIn => Effect::Block,
    };
    ArrivalRuling { ruling, holder, booking, claims: claims.into_iter().map(|judged| judged.claim).collect(), effect }
}
