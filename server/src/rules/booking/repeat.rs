//! BK-7: how often a holder may book the same customer.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};

use super::{BookingFacts, BookingVerdict};
use crate::rules::period::{Period, Unit};
use crate::rules::policy::Policy;
use crate::rules::ruling::{Reason, Rule};
use crate::rules::unclear::{Family, weighed};

/// Bookings cancelled within this time do not count (10 minutes, inclusive).
const CANCEL_GRACE_MS: i64 = 10 * 60_000;

/// An earlier booking of the same customer by the same holder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierBooking {
    /// When it was recorded.
    pub moment: Moment,
    /// Its verdict.
    pub verdict: BookingVerdict,
    /// When it was cancelled.
    pub cancelled: Option<Moment>,
}

/// Whether one more booking is within the limit; silent while it certainly is.
pub(super) fn count(facts: &BookingFacts, policy: &Policy) -> Option<Reason> {
    let answers: Vec<Answer> = facts.earlier.iter().map(|earlier| counts(earlier, facts, policy)).collect();
    let many = |wanted: &[Answer]| answers.iter().filter(|answer| wanted.contains(answer)).count();
    let (certain, possible) = (many(&[Answer::Yes]), many(&[Answer::Yes, Answer::Unclear]));
    let max = policy.booking.repeat_max as usize;
    let answer = if certain >= max {
        Answer::No
    } else if possible >= max {
        Answer::Unclear
    } else {
        return None;
    };
    let days = policy.booking.repeat_window_days;
    Some(Reason::new(Rule::Bk7, answer, json!({"booked": possible + 1, "repeat_max": max, "repeat_window_days": days})))
}

/// Whether an earlier booking counts: not void, not cancelled at once, in the window, and not before the last valid arrival.
fn counts(earlier: &EarlierBooking, facts: &BookingFacts, policy: &Policy) -> Answer {
    if earlier.verdict == BookingVerdict::Void {
        return Answer::No;
    }
    let booked = weighed(&earlier.moment, Family::Bk, policy);
    let kept =
        earlier.cancelled.filter(|_| earlier.verdict == BookingVerdict::Cancelled).map_or(Answer::Yes, |cancelled| {
            booked.is_older_than(&weighed(&cancelled, Family::Bk, policy), CANCEL_GRACE_MS + 1)
        });
    let since_arrival =
        facts.last_valid_arrival.map_or(Answer::Yes, |arrival| !booked.is_before(arrival.saturating_add(1)));
    let window = Period::new(policy.booking.repeat_window_days, Unit::Days);
    let leaves_window = facts.zone.shifted(&booked, window);
    let now = weighed(&facts.moment, Family::Bk, policy);
    let in_window = !leaves_window.is_older_than(&now, 0);
    kept.and(since_arrival).and(in_window)
}
