//! What an arrival makes of the bookings that spoke for the customer (BK-15).

use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::{ArrivalRuling, SheetVerdict};
use crate::rules::booking::BookingVerdict;
use crate::rules::review::{DecideError, DecideFacts, decide};
use crate::rules::ruling::{Reason, Rule, Ruling, answered};

impl ArrivalRuling {
    /// The ruling on a booking: `used` where the verdict rests on it, `void` where it fell; `None` where it stays what it was.
    pub fn on_booking(&self, booking: Uuid) -> Option<Ruling<BookingVerdict>> {
        let claim = self.claims.iter().find(|claim| claim.booking == Some(booking))?;
        if self.ruling.outcome == SheetVerdict::Valid && self.booking == Some(booking) {
            return Some(Ruling { outcome: BookingVerdict::Used, reasons: claim.reasons.clone() });
        }
        let reasons = answered(&claim.reasons, Answer::No);
        (claim.answer == Answer::No).then_some(Ruling { outcome: BookingVerdict::Void, reasons })
    }

    /// The bookings that wait for a review of the verdict: those that speak for the customer and did not fall; none when it is no review.
    pub fn waiting_bookings(&self) -> Vec<Uuid> {
        if self.ruling.outcome != SheetVerdict::Review {
            return Vec::new();
        }
        self.claims.iter().filter(|claim| claim.answer != Answer::No).filter_map(|claim| claim.booking).collect()
    }
}

/// The ruling on a booking after the review of the sheet was decided: the winner's is `used`, all others are void.
///
/// # Errors
/// Those of [`decide`].
pub fn on_booking_after_review(facts: &DecideFacts, won: bool) -> Result<Ruling<BookingVerdict>, DecideError> {
    let decided = decide(facts)?;
    let valid = decided.outcome == SheetVerdict::Valid.as_str();
    Ok(match (valid, won) {
        (true, true) => Ruling { outcome: BookingVerdict::Used, reasons: decided.reasons },
        (true, false) => {
            let reason = Reason::new(Rule::Ds3, Answer::No, json!({"conflict": "another claim ranks before"}));
            Ruling::because(BookingVerdict::Void, reason)
        }
        (false, _) => Ruling { outcome: BookingVerdict::Void, reasons: decided.reasons },
    })
}
