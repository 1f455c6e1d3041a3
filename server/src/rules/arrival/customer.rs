//! Step 1: the customer may already be somebody's.

use serde_json::json;
use sync_core::time::{Answer, Moment};

use super::claim::Judged;
use super::{ArrivalFacts, ArrivalRuling, Booked, Effect, Route, SheetVerdict};
use crate::rules::booking::BookingVerdict;
use crate::rules::party::Holder;
use crate::rules::policy::{Newness, Policy};
use crate::rules::protection::SheetProtection;
use crate::rules::ruling::{Reason, Rule, Ruling};
use crate::rules::unclear::{Family, precedes};

/// The verdict where a `sheet` protection stands; `None` where the claims decide, those it bars having fallen.
pub(super) fn decide(facts: &ArrivalFacts, claims: &mut Vec<Judged>, policy: &Policy) -> Option<ArrivalRuling> {
    let sheet = facts.sheet.as_ref()?;
    let company = company(facts, sheet.holder());
    let (verdict, holder, reason) = match sheet {
        SheetProtection::Site { since, .. } => return site(facts, sheet, *since, &company, claims, policy),
        // whose it is the case about the first sheet decides
        SheetProtection::Reserved { holder: None } => (SheetVerdict::Review, None, sheet.refusal(Answer::Unclear)),
        _ if company.is_empty() || company.iter().any(|holder| Some(*holder) == sheet.holder()) => {
            (SheetVerdict::Valid, sheet.holder(), title(sheet))
        }
        _ => (SheetVerdict::Void, None, sheet.refusal(Answer::No)),
    };
    if verdict != SheetVerdict::Review {
        bar_others(claims, sheet.holder(), sheet);
    }
    Some(ruling(verdict, holder, reason, claims))
}

/// PR-5: a walk-in registered first stays the site's, except for the holder of an older live lead protection.
fn site(
    facts: &ArrivalFacts,
    sheet: &SheetProtection,
    since: i64,
    company: &[Holder],
    claims: &mut Vec<Judged>,
    policy: &Policy,
) -> Option<ArrivalRuling> {
    if policy.newness.require == Newness::Either {
        return None;
    }
    if company.is_empty() {
        let reason = Reason::new(Rule::Pr5, Answer::Yes, json!({"until": sheet.until()}));
        return Some(ruling(SheetVerdict::WalkIn, None, reason, claims));
    }
    let older = facts.lead.as_ref().filter(|lead| company.contains(&lead.holder));
    let answer = older.map_or(Answer::No, |lead| precedes(&lead.since, &Moment::exact(since), Family::Pr, policy));
    let holder = older.map(|lead| lead.holder);
    match answer {
        Answer::Yes => {
            bar_others(claims, holder, sheet);
            None
        }
        Answer::No => {
            bar_others(claims, None, sheet);
            Some(ruling(SheetVerdict::Void, None, sheet.refusal(Answer::No), claims))
        }
        Answer::Unclear => Some(ruling(SheetVerdict::Review, holder, sheet.refusal(Answer::Unclear), claims)),
    }
}

/// With whom the customer comes: who brings, else the customer's own holder when that one has booked, else whoever has.
fn company(facts: &ArrivalFacts, owner: Option<Holder>) -> Vec<Holder> {
    if let Some(bringer) = &facts.bringer {
        return vec![bringer.holder()];
    }
    if facts.route == Route::WalkIn {
        return Vec::new();
    }
    let bookers: Vec<Holder> = facts
        .bookings_with_name(true)
        .filter(|booking| is_presented(booking))
        .map(|booking| booking.party.holder())
        .collect();
    match owner {
        Some(owner) if bookers.contains(&owner) => vec![owner],
        _ => bookers,
    }
}

/// Whether a customer can be said to come on this booking.
fn is_presented(booking: &Booked) -> bool {
    match booking.verdict {
        BookingVerdict::Live | BookingVerdict::Review | BookingVerdict::Used | BookingVerdict::Contested => true,
        BookingVerdict::Void => booking.refused_for_protection(),
        BookingVerdict::Cancelled | BookingVerdict::Expired => false,
    }
}

/// Why the customer is the holder's.
fn title(sheet: &SheetProtection) -> Reason {
    let rule = match sheet {
        SheetProtection::Deal { .. } => Rule::Cf8,
        SheetProtection::Reserved { .. } => Rule::Cf5,
        SheetProtection::Live { .. } | SheetProtection::Site { .. } => Rule::Pr1,
    };
    Reason::new(rule, Answer::Yes, json!({"until": sheet.until()}))
}

fn bar_others(claims: &mut [Judged], owner: Option<Holder>, sheet: &SheetProtection) {
    for judged in claims.iter_mut().filter(|judged| Some(judged.claim.holder) != owner && judged.stands()) {
        judged.fall(sheet.refusal(Answer::No));
    }
}

fn ruling(verdict: SheetVerdict, holder: Option<Holder>, reason: Reason, claims: &mut Vec<Judged>) -> ArrivalRuling {
    let claims: Vec<_> = std::mem::take(claims).into_iter().map(|judged| judged.claim).collect();
    let own = claims.iter().find(|claim| {
        verdict == SheetVerdict::Valid
            && Some(claim.holder) == holder
            && claim.booking.is_some()
            && claim.answer != Answer::No
    });
    ArrivalRuling {
        ruling: Ruling::because(verdict, reason),
        holder,
        booking: own.and_then(|claim| claim.booking),
        claims,
        effect: Effect::Keep,
    }
}
