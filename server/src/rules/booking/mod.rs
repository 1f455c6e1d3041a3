//! What is ruled when a booking is received, cancelled, or its day is over (BK).

mod repeat;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};

use super::calendar::Zone;
use super::party::{Holder, Party};
use super::policy::{BookingField, Mode, Newness, Policy};
use super::protection::{LeadProtection, SheetProtection};
use super::ruling::{Reason, Rule, Ruling, all, answered};
use super::unclear::{Family, instant, precedes, weighed};
use sync_core::words;

pub use repeat::EarlierBooking;

words! {
    /// The verdict of a booking.
    pub enum BookingVerdict {
        /// It counts when the customer arrives on its day.
        Live = "live",
        /// It does not count.
        Void = "void",
        /// The customer arrived on it.
        Used = "used",
        /// Its day passed without an arrival (BK-6).
        Expired = "expired",
        /// Its booker took it back.
        Cancelled = "cancelled",
        /// A human decides.
        Review = "review",
        /// It came in after the sheet it would have spoken for (BK-13); its owner may open a case.
        Contested = "contested",
    }
}

/// Everything the ruling on a received booking rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// When the server received it (Unix ms).
    pub received_at: i64,
    /// When it was recorded.
    pub moment: Moment,
    /// On whose behalf.
    pub party: Party,
    /// BK-4: a lead or the office booked for somebody whose phone is dead.
    #[serde(default)]
    pub on_behalf: bool,
    /// What it names beyond customer and number.
    pub named: Vec<BookingField>,
    /// The same holder's earlier bookings of the same customer.
    pub earlier: Vec<EarlierBooking>,
    /// The customer's last valid arrival for this holder (Unix ms), which resets the count (BK-7).
    pub last_valid_arrival: Option<i64>,
    /// How many bookings this person made before it on that day.
    pub person_that_day: u32,
    /// How many bookings the holder made before it on that day.
    pub holder_that_day: u32,
    /// The arrival of a sheet that was opened for the customer before the booking came in (Unix ms).
    pub sheet_arrival: Option<i64>,
    /// BK-12: it names a lead of its holder that knows the full number behind its digits.
    #[serde(default)]
    pub numbered: bool,
    /// The `sheet` protection of the customer with that number, else of one whom digits and name fit.
    pub sheet: Option<SheetProtection>,
    /// The live `lead` protection of that customer's number.
    pub lead: Option<LeadProtection>,
}

/// Rules on a booking when it is received; the arrival judges it again with what is known then.
pub fn decide(facts: &BookingFacts, policy: &Policy) -> Ruling<BookingVerdict> {
    let mut ruling = judge(facts, policy);
    let flag = || Reason::new(Rule::Bk4, Answer::Yes, json!({"on_behalf": true}));
    ruling.reasons.extend(facts.on_behalf.then(flag));
    ruling
}

fn judge(facts: &BookingFacts, policy: &Policy) -> Ruling<BookingVerdict> {
    let moment = weighed(&facts.moment, Family::Bk, policy);
    if expires_at(&facts.moment, facts.zone) <= facts.received_at {
        return expire(&facts.moment, facts.zone);
    }
    let mut reasons = facts.party.gates(&moment, facts.zone);
    if all(&reasons) != Answer::No
        && let Some(ruling) = after_the_sheet(facts, &moment, policy)
    {
        return ruling;
    }
    reasons.extend(missing_fields(facts, policy));
    reasons.extend(repeat::count(facts, policy));
    reasons.extend(daily_limits(facts, policy));
    reasons.extend(refused_for_protection(facts, policy));
    match all(&reasons) {
        Answer::No => Ruling { outcome: BookingVerdict::Void, reasons: answered(&reasons, Answer::No) },
        Answer::Unclear => Ruling { outcome: BookingVerdict::Review, reasons: answered(&reasons, Answer::Unclear) },
        Answer::Yes => Ruling { outcome: BookingVerdict::Live, reasons: notices(facts, policy) },
    }
}

/// BK-12: the period (Unix ms, half-open) for which a live booking protects the number behind it by itself: from its moment until it
/// expires. `None` where the arrival decides, where it names no full number, and where a protection stands already.
pub fn protection(facts: &BookingFacts, verdict: BookingVerdict, policy: &Policy) -> Option<(i64, i64)> {
    let starts = verdict == BookingVerdict::Live && facts.lead.is_none() && protects(facts, policy);
    starts.then(|| (instant(&facts.moment, Family::Bk, policy), expires_at(&facts.moment, facts.zone)))
}

/// BK-12: whether the booking protects from the start: by the lead's own protection where that stands, else by itself.
fn protects(facts: &BookingFacts, policy: &Policy) -> bool {
    let own = facts.party.holder();
    policy.project.mode == Mode::BookingProtects
        && facts.numbered
        && facts.sheet.is_none()
        && facts.lead.iter().all(|lead| lead.holder == own)
}

/// The first instant at which no evidence can place the booking on a day that still lasts (BK-6, Unix ms).
pub fn expires_at(moment: &Moment, zone: Zone) -> i64 {
    zone.bounds(zone.day_of(moment.latest)).1
}

/// BK-6: the ruling on a booking that is unused when its day is over.
pub fn expire(moment: &Moment, zone: Zone) -> Ruling<BookingVerdict> {
    let day = zone.day_of(moment.latest);
    Ruling::because(BookingVerdict::Expired, Reason::new(Rule::Bk6, Answer::No, json!({"day": day})))
}

/// A booking that cannot be taken back any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a booking that is {0} cannot be cancelled")]
pub struct NotCancellable(pub BookingVerdict);

/// Takes a booking back; it stays in the feed (BK-2).
///
/// # Errors
/// [`NotCancellable`] when the booking was used or counts no more.
pub fn cancel(verdict: BookingVerdict) -> Result<Ruling<BookingVerdict>, NotCancellable> {
    match verdict {
        BookingVerdict::Live | BookingVerdict::Review | BookingVerdict::Contested => {
            let reason = Reason::new(Rule::Bk2, Answer::No, json!({"cancelled_from": verdict}));
            Ok(Ruling::because(BookingVerdict::Cancelled, reason))
        }
        BookingVerdict::Void | BookingVerdict::Used | BookingVerdict::Expired | BookingVerdict::Cancelled => {
            Err(NotCancellable(verdict))
        }
    }
}

/// BK-13: what comes in after the sheet never changes it; certainly too late is void, all else contested.
fn after_the_sheet(facts: &BookingFacts, moment: &Moment, policy: &Policy) -> Option<Ruling<BookingVerdict>> {
    let arrived_at = facts.sheet_arrival?;
    if facts.zone.is_on(moment, facts.zone.day_of(arrived_at)) == Answer::No {
        return None;
    }
    let minutes = policy.booking.min_lead_minutes;
    let known = json!({"booked": moment, "arrived_at": arrived_at, "min_lead_minutes": minutes});
    // judged on the evidence as it is: only certainty makes it void
    let in_time = facts.moment.is_older_than(&Moment::exact(arrived_at), i64::from(minutes) * 60_000);
    Some(if in_time == Answer::No {
        Ruling::because(BookingVerdict::Void, Reason::new(Rule::Bk1, Answer::No, known))
    } else {
        Ruling::because(BookingVerdict::Contested, Reason::new(Rule::Bk13, Answer::Unclear, known))
    })
}

/// BK-4: area, consultant and the like where the project asks for them.
fn missing_fields(facts: &BookingFacts, policy: &Policy) -> Option<Reason> {
    let required = &policy.booking.required_fields;
    let missing: Vec<_> = required.iter().filter(|field| !facts.named.contains(field)).collect();
    (!missing.is_empty()).then(|| Reason::new(Rule::Bk4, Answer::No, json!({"missing": missing})))
}

/// BK-8: a cap where the policy has one, and the lead's look where one person books very many.
fn daily_limits(facts: &BookingFacts, policy: &Policy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if let Some(cap) = policy.booking.daily_cap.filter(|cap| facts.holder_that_day >= *cap) {
        reasons.push(Reason::new(Rule::Bk8, Answer::No, json!({"daily_cap": cap})));
    }
    if facts.person_that_day >= policy.booking.daily_review_at {
        let known = json!({"booked": facts.person_that_day + 1, "daily_review_at": policy.booking.daily_review_at});
        reasons.push(Reason::new(Rule::Bk8, Answer::Unclear, known));
    }
    reasons
}

/// BK-15: a protection in the way is told at once, with its end and without its holder (PR-3, CF-8, BK-14).
fn refused_for_protection(facts: &BookingFacts, policy: &Policy) -> Option<Reason> {
    let sheet = facts.sheet.as_ref()?;
    let own = facts.party.holder();
    let refused = match sheet {
        SheetProtection::Site { since, .. } => {
            policy.newness.require == Newness::Both && !has_older_lead(facts, own, *since, policy)
        }
        SheetProtection::Reserved { holder: None } => false,
        _ => sheet.holder() != Some(own),
    };
    refused.then(|| sheet.refusal(Answer::No))
}

/// PR-5: the holder of a lead protection that may be older than the walk-in is not refused ahead of the arrival.
fn has_older_lead(facts: &BookingFacts, own: Holder, since: i64, policy: &Policy) -> bool {
    facts.lead.as_ref().is_some_and(|lead| {
        lead.holder == own && precedes(&lead.since, &Moment::exact(since), Family::Pr, policy) != Answer::No
    })
}

/// What a live booking's owner should know: that it protects, a lead protection of somebody else, a customer whose sheet is in review.
fn notices(facts: &BookingFacts, policy: &Policy) -> Vec<Reason> {
    let own = facts.party.holder();
    let until = || facts.lead.as_ref().map_or_else(|| expires_at(&facts.moment, facts.zone), |lead| lead.until);
    let protects = protects(facts, policy).then(|| Reason::new(Rule::Bk12, Answer::Yes, json!({"until": until()})));
    let lead = facts.lead.iter().filter(|lead| lead.holder != own).map(|lead| lead.notice(Answer::Unclear));
    let review = facts.sheet.iter().filter(|sheet| matches!(sheet, SheetProtection::Reserved { holder: None }));
    protects.into_iter().chain(lead).chain(review.map(|sheet| sheet.refusal(Answer::Unclear))).collect()
}
