//! CF-10: corrections, as rulings. The old version stays as it was; the new one names it and is judged again as of the arrival.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::{Sheet, SheetError, Signature};
use crate::rules::arrival::{self, ArrivalFacts, ArrivalRuling, SheetVerdict};
use crate::rules::booking::BookingVerdict;
use crate::rules::calendar::Zone;
use crate::rules::policy::Policy;
use crate::rules::ruling::{Reason, Rule, Ruling};

/// Everything the verdict of a corrected sheet rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionFacts {
    /// The arrival, with what was corrected; everything else is as it was when the customer came.
    pub arrival: ArrivalFacts,
    /// The version before.
    pub corrects: Uuid,
    /// Why, in words.
    pub reason: String,
}

/// Judges a corrected arrival.
pub fn decide_again(facts: &CorrectionFacts, policy: &Policy) -> ArrivalRuling {
    let mut ruling = arrival::decide(&facts.arrival, policy);
    let known = json!({"case": "corrected", "reason": facts.reason});
    ruling.ruling.reasons.push(Reason::new(Rule::Cf10, Answer::Yes, known));
    ruling
}

/// A booking that a sheet ruled on and its correction does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// When the booking was recorded.
    pub moment: Moment,
    /// What it was before the sheet.
    pub before: BookingVerdict,
    /// When it is released (Unix ms).
    pub at: i64,
}

/// The booking is what it was before the sheet; once its day is over it has expired (BK-6).
pub fn release_booking(facts: &ReleaseFacts) -> Ruling<BookingVerdict> {
    let is_over = facts.zone.day_of(facts.moment.latest) < facts.zone.day_of(facts.at);
    let outcome = if is_over { BookingVerdict::Expired } else { facts.before };
    Ruling::because(outcome, Reason::new(Rule::Cf10, Answer::Yes, json!({"case": "released"})))
}

/// BK-10: one who came along on the version before is not on the corrected sheet; a review about them is over. `reason` is the correction's.
pub fn drop_companion(reason: &str) -> Ruling<SheetVerdict> {
    let known = json!({"case": "dropped", "reason": reason});
    Ruling::because(SheetVerdict::Void, Reason::new(Rule::Cf10, Answer::Yes, known))
}

impl Sheet {
    /// CF-10: a new version takes the place of this one, which stays as it was.
    ///
    /// # Errors
    /// [`SheetError::Corrected`] when there is one already, [`SheetError::VoidedByHand`].
    pub fn correct(self, correction: Uuid, signature: Signature) -> Result<Self, SheetError> {
        match self {
            Self::Corrected { .. } => Err(SheetError::Corrected),
            Self::Void { manual: Some(_) } => Err(SheetError::VoidedByHand),
            before => Ok(Self::Corrected { before: Box::new(before), correction, signature }),
        }
    }
}
