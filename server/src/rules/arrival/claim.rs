//! Step 2: every claim is judged on its own.

use serde_json::json;
use sync_core::time::{Answer, Moment};

use super::{ArrivalFacts, Booked, Claim};
use crate::rules::booking::BookingVerdict;
use crate::rules::party::Party;
use crate::rules::policy::Policy;
use crate::rules::ruling::{Reason, Rule, all};
use crate::rules::unclear::{Family, weighed};

/// A claim on its way to the verdict.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) claim: Claim,
    /// Where a booking ranks among others.
    pub(super) rank: Option<Moment>,
    /// A booking with the customer's full number (BK-12).
    pub(super) numbered: bool,
}

impl Judged {
    fn new(booking: Option<&Booked>, party: &Party, reasons: Vec<Reason>, policy: &Policy) -> Self {
        let answer = all(&reasons);
        Self {
            claim: Claim { booking: booking.map(|booking| booking.id), holder: party.holder(), answer, reasons },
            rank: booking.map(|booking| weighed(&booking.moment, Family::Ds, policy)),
            numbered: booking.is_some_and(|booking| booking.numbered),
        }
    }

    pub(super) fn stands(&self) -> bool {
        self.claim.answer != Answer::No
    }

    /// Lets the claim fall for a reason.
    pub(super) fn fall(&mut self, reason: Reason) {
        self.claim.answer = Answer::No;
        self.claim.reasons.push(reason);
    }
}

/// All bookings that fit the customer, in the order given, and the bringer in person.
pub(super) fn judge(facts: &ArrivalFacts, policy: &Policy) -> Vec<Judged> {
    let bookings = facts.bookings_with_name(true).map(|booking| judge_booking(booking, facts, policy));
    let bringer = facts.bringer.iter().map(|party| judge_bringer(party, facts, policy));
    bookings.chain(bringer).collect()
}

pub(super) fn judge_booking(booking: &Booked, facts: &ArrivalFacts, policy: &Policy) -> Judged {
    let moment = weighed(&booking.moment, Family::Bk, policy);
    let mut reasons = standing(booking);
    if all(&reasons) != Answer::No {
        reasons.extend(booking.party.gates(&moment, facts.zone));
        reasons.push(same_day(&moment, facts));
        reasons.push(lead_time(booking, &moment, facts, policy));
    }
    Judged::new(Some(booking), &booking.party, reasons, policy)
}

/// BK-11: a new customer brought in person needs no booking. BK-10: neither does a companion.
fn judge_bringer(party: &Party, facts: &ArrivalFacts, policy: &Policy) -> Judged {
    let mut reasons = party.gates(&Moment::exact(facts.arrived_at), facts.zone);
    reasons.push(if facts.companion {
        Reason::new(Rule::Bk10, Answer::Yes, json!({"companion": true}))
    } else {
        Reason::new(Rule::Bk11, Answer::of(policy.booking.allow_direct_bring), json!({"brought": true}))
    });
    Judged::new(None, party, reasons, policy)
}

/// What the booking's own verdict leaves of it. One void for a protection alone is judged again: the arrival asks the protection itself.
fn standing(booking: &Booked) -> Vec<Reason> {
    let told = |rule: Rule, answer| Reason::new(rule, answer, json!({"verdict": booking.verdict}));
    let rules = |answer| booking.rules.iter().map(|&rule| told(rule, answer)).collect();
    match booking.verdict {
        BookingVerdict::Live => Vec::new(),
        BookingVerdict::Review => rules(Answer::Unclear),
        BookingVerdict::Void if booking.refused_for_protection() => Vec::new(),
        BookingVerdict::Void if booking.rules.is_empty() => vec![told(Rule::Bk2, Answer::No)],
        BookingVerdict::Void => rules(Answer::No),
        BookingVerdict::Cancelled | BookingVerdict::Used => vec![told(Rule::Bk2, Answer::No)],
        BookingVerdict::Expired => vec![told(Rule::Bk6, Answer::No)],
        BookingVerdict::Contested => vec![told(Rule::Bk13, Answer::No)],
    }
}

impl Booked {
    /// Whether nothing but somebody's protection made it void.
    pub(super) fn refused_for_protection(&self) -> bool {
        let protections = [Rule::Pr3, Rule::Cf8, Rule::Bk14];
        !self.rules.is_empty() && self.rules.iter().all(|rule| protections.contains(rule))
    }
}

/// BK-6: valid on the day of its moment only.
fn same_day(moment: &Moment, facts: &ArrivalFacts) -> Reason {
    let day = facts.zone.day_of(facts.arrived_at);
    let answer = facts.zone.is_on(moment, day);
    Reason::new(Rule::Bk6, answer, json!({"booked": moment, "day": day}))
}

/// BK-1: at least so much older than the arrival. BK-13: what came in after the arrival never passes for certain.
fn lead_time(booking: &Booked, moment: &Moment, facts: &ArrivalFacts, policy: &Policy) -> Reason {
    let minutes = policy.booking.min_lead_minutes;
    let arrival = Moment::exact(facts.arrived_at);
    let answer = match moment.is_older_than(&arrival, i64::from(minutes) * 60_000) {
        Answer::Yes if booking.moment.latest > facts.arrived_at => Answer::Unclear,
        answer => answer,
    };
    let known = json!({"booked": moment, "arrived_at": facts.arrived_at, "min_lead_minutes": minutes});
    Reason::new(Rule::Bk1, answer, known)
}
