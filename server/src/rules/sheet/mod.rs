//! The life of a confirmation sheet after its verdict (CF-5 to CF-10).
//!
//! Transitions consume the sheet, and take who acts and when; a refused one leaves the caller's stored sheet as it was.

mod acts;
mod correction;
mod deal;
mod hand_over;
mod reading;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::arrival::{ArrivalRuling, Effect, SheetVerdict};
use super::calendar::Zone;
use super::party::Holder;
use super::policy::Policy;
use super::protection::protected_until;
use super::ruling::Rule;

pub use acts::{ConfirmFacts, VoidFacts, confirm, make_void};
pub use correction::{CorrectionFacts, ReleaseFacts, decide_again, drop_companion, release_booking};
pub use deal::{Deal, DealError, DealFacts, DealStage, deal};
pub use hand_over::{HandOverFacts, hand_over};
pub use reading::Phase;

/// A signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Who signed.
    pub by: Uuid,
    /// When (Unix ms).
    pub at: i64,
}

/// A valid sheet that waits for its signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserved {
    /// For whom the customer is reserved.
    pub holder: Holder,
    /// The receiving consultant; `None` while nobody is there to receive (CF-4).
    pub consultant: Option<Uuid>,
    /// When the sheet was opened (Unix ms).
    pub opened_at: i64,
    /// The customer was the holder's already: the signatures leave the protection as it is.
    pub follow_up: bool,
}

/// A confirmation sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Sheet {
    /// A human has to decide first.
    Review {
        /// The only one it can be valid for, where there is just one.
        candidate: Option<Holder>,
        /// The receiving consultant.
        consultant: Option<Uuid>,
        /// When the sheet was opened (Unix ms).
        opened_at: i64,
    },
    /// Valid, unsigned.
    Reserved(Reserved),
    /// The consultant has signed.
    Signed {
        /// What was signed.
        sheet: Reserved,
        /// The consultant's signature.
        consultant: Signature,
    },
    /// Both have signed: immutable (CF-10).
    Confirmed {
        /// What was signed.
        sheet: Reserved,
        /// The consultant's signature.
        consultant: Signature,
        /// The site lead's signature.
        site_lead: Signature,
        /// The end of the protection that the second signature starts (Unix ms, PR-1); `None` for a follow-up, which starts none.
        protected_until: Option<i64>,
    },
    /// The claims fell, or somebody made it void (CF-6, CF-7).
    Void {
        /// Who made it void, when and why; `None` when the rules did.
        manual: Option<ManualVoid>,
    },
    /// Nobody claims the customer.
    WalkIn,
    /// A corrected version has taken its place; it stays as it was (CF-10).
    Corrected {
        /// What it was.
        before: Box<Sheet>,
        /// The version that follows.
        correction: Uuid,
        /// Who corrected it, and when.
        signature: Signature,
    },
}

/// CF-7: a sheet made void by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualVoid {
    /// Who, and when.
    pub signature: Signature,
    /// Why, in words.
    pub reason: String,
    /// The holder, who is told.
    pub holder: Option<Holder>,
    /// The customer stays reserved until then, so that a case can be opened (Unix ms).
    pub reserved_until: i64,
}

/// Why a sheet cannot do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// Only a valid sheet is signed.
    #[error("only a valid sheet is signed")]
    NotValid,
    /// The receiving consultant signs, nobody else.
    #[error("the receiving consultant signs")]
    NotTheConsultant,
    /// The consultant signs before the site lead.
    #[error("the consultant signs first")]
    NotSignedYet,
    /// It bears this signature already.
    #[error("the sheet is signed already")]
    SignedAlready,
    /// Two signatures of two persons.
    #[error("the second signature is another person's")]
    SamePerson,
    /// Signed sheets are immutable; a correction is a new version.
    #[error("a confirmed sheet is immutable: correct it with a new version")]
    Immutable,
    /// A corrected version has taken its place.
    #[error("the sheet was corrected: go on with the new version")]
    Corrected,
    /// A sheet made void by hand is for a case, not for a correction.
    #[error("the sheet was made void by hand: open a case")]
    VoidedByHand,
    /// A deal rests on it.
    #[error("a deal rests on the sheet: cancel it first")]
    HasDeal,
    /// A case decides about it.
    #[error("a case decides about the sheet")]
    InCase,
    /// The consultant has signed: the sheet changes hands no more.
    #[error("the consultant has signed already")]
    HandedOverSigned,
    /// Sheets are handed over to consultants at work on the project.
    #[error("whoever takes over is a consultant at work on the project")]
    NotAConsultant,
    /// It is that consultant's already.
    #[error("the sheet is that consultant's already")]
    SameConsultant,
    /// A void states its reason.
    #[error("state a reason")]
    NoReason,
    /// It is void, or a walk-in's, already.
    #[error("the sheet claims nothing that could be made void")]
    NothingToVoid,
    /// Only a sheet in review is decided.
    #[error("the sheet is not in review")]
    NotInReview,
    /// Nobody, or several, could be the holder.
    #[error("there is no single holder it could be valid for: settle the case instead")]
    NoCandidate,
}

impl SheetError {
    /// The rule that refuses.
    pub const fn rule(self) -> Rule {
        match self {
            Self::Immutable | Self::Corrected | Self::VoidedByHand | Self::HasDeal | Self::InCase => Rule::Cf10,
            Self::HandedOverSigned | Self::NotAConsultant | Self::SameConsultant => Rule::Cf4,
            Self::NoReason => Rule::Cf7,
            Self::NothingToVoid => Rule::Cf6,
            Self::NotInReview | Self::NoCandidate => Rule::Ds3,
            Self::NotValid | Self::NotTheConsultant | Self::NotSignedYet | Self::SignedAlready | Self::SamePerson => {
                Rule::Cf5
            }
        }
    }
}

impl SheetError {
    /// The refusal's name, by which its message is found; none where the rule has only one.
    pub const fn case(self) -> Option<&'static str> {
        match self {
            Self::NotValid => Some("not_valid"),
            Self::NotTheConsultant => Some("not_the_consultant"),
            Self::NotSignedYet => Some("not_signed_yet"),
            Self::SignedAlready => Some("signed_already"),
            Self::SamePerson => Some("same_person"),
            Self::NotInReview => Some("not_in_review"),
            Self::NoCandidate => Some("no_candidate"),
            Self::Corrected => Some("corrected"),
            Self::VoidedByHand => Some("voided"),
            Self::HasDeal => Some("deal"),
            Self::InCase => Some("case"),
            Self::HandedOverSigned => Some("signed"),
            Self::NotAConsultant => Some("not_a_consultant"),
            Self::SameConsultant => Some("same_consultant"),
            Self::Immutable | Self::NoReason | Self::NothingToVoid => None,
        }
    }
}

impl Sheet {
    /// Opens the sheet that follows from a verdict.
    pub fn open(ruling: &ArrivalRuling, consultant: Option<Uuid>, opened_at: i64) -> Self {
        match (ruling.ruling.outcome, ruling.holder) {
            (SheetVerdict::Valid, Some(holder)) => {
                let follow_up = ruling.effect == Effect::Keep;
                Self::Reserved(Reserved { holder, consultant, opened_at, follow_up })
            }
            (SheetVerdict::Review | SheetVerdict::Valid, candidate) => {
                Self::Review { candidate, consultant, opened_at }
            }
            (SheetVerdict::Void, _) => Self::Void { manual: None },
            (SheetVerdict::WalkIn, _) => Self::WalkIn,
        }
    }

    /// What the sheet says now.
    pub fn verdict(&self) -> SheetVerdict {
        match self {
            Self::Corrected { before, .. } => before.verdict(),
            Self::Review { .. } => SheetVerdict::Review,
            Self::Reserved(_) | Self::Signed { .. } | Self::Confirmed { .. } => SheetVerdict::Valid,
            Self::Void { .. } => SheetVerdict::Void,
            Self::WalkIn => SheetVerdict::WalkIn,
        }
    }

    /// CF-5: the receiving consultant signs.
    ///
    /// # Errors
    /// [`SheetError::NotValid`], [`SheetError::NotTheConsultant`], [`SheetError::SignedAlready`].
    pub fn sign(self, signature: Signature) -> Result<Self, SheetError> {
        match self {
            Self::Reserved(sheet) if sheet.consultant == Some(signature.by) => {
                Ok(Self::Signed { sheet, consultant: signature })
            }
            Self::Reserved(_) => Err(SheetError::NotTheConsultant),
            Self::Signed { .. } | Self::Confirmed { .. } => Err(SheetError::SignedAlready),
            Self::Corrected { .. } => Err(SheetError::Corrected),
            Self::Review { .. } | Self::Void { .. } | Self::WalkIn => Err(SheetError::NotValid),
        }
    }

    /// CF-5, PR-1: the site lead signs second, and the protection starts.
    ///
    /// # Errors
    /// [`SheetError::NotSignedYet`], [`SheetError::SamePerson`], [`SheetError::SignedAlready`], [`SheetError::NotValid`].
    pub fn confirm(self, signature: Signature, zone: Zone, policy: &Policy) -> Result<Self, SheetError> {
        match self {
            Self::Signed { consultant, .. } if consultant.by == signature.by => Err(SheetError::SamePerson),
            Self::Signed { sheet, consultant } => {
                let protected_until = (!sheet.follow_up).then(|| protected_until(signature.at, zone, policy));
                Ok(Self::Confirmed { sheet, consultant, site_lead: signature, protected_until })
            }
            Self::Reserved(_) => Err(SheetError::NotSignedYet),
            Self::Confirmed { .. } => Err(SheetError::SignedAlready),
            Self::Corrected { .. } => Err(SheetError::Corrected),
            Self::Review { .. } | Self::Void { .. } | Self::WalkIn => Err(SheetError::NotValid),
        }
    }

    /// CF-7: makes the sheet void by hand; the reservation stays for the dispute window.
    ///
    /// # Errors
    /// [`SheetError::NoReason`], [`SheetError::Immutable`], [`SheetError::NothingToVoid`].
    pub fn make_void(self, signature: Signature, reason: &str, policy: &Policy) -> Result<Self, SheetError> {
        let holder = match self {
            Self::Review { candidate, .. } => candidate,
            Self::Reserved(sheet) | Self::Signed { sheet, .. } => Some(sheet.holder),
            Self::Confirmed { .. } => return Err(SheetError::Immutable),
            Self::Corrected { .. } => return Err(SheetError::Corrected),
            Self::Void { .. } | Self::WalkIn => return Err(SheetError::NothingToVoid),
        };
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(SheetError::NoReason);
        }
        let reserved_until = signature.at.saturating_add(i64::from(policy.dispute.window_hours) * 3_600_000);
        let manual = ManualVoid { signature, reason: reason.to_owned(), holder, reserved_until };
        Ok(Self::Void { manual: Some(manual) })
    }

    /// Follows the decision of a review.
    ///
    /// # Errors
    /// [`SheetError::NotInReview`], also for `review` itself; [`SheetError::NoCandidate`].
    pub fn decide(self, verdict: SheetVerdict) -> Result<Self, SheetError> {
        let Self::Review { candidate, consultant, opened_at } = self else {
            return Err(SheetError::NotInReview);
        };
        match verdict {
            SheetVerdict::Valid => {
                let holder = candidate.ok_or(SheetError::NoCandidate)?;
                Ok(Self::Reserved(Reserved { holder, consultant, opened_at, follow_up: false }))
            }
            SheetVerdict::Void => Ok(Self::Void { manual: None }),
            SheetVerdict::WalkIn => Ok(Self::WalkIn),
            SheetVerdict::Review => Err(SheetError::NotInReview),
        }
    }

    /// Follows the settlement of a case (DS-4): valid for the holder, whose protection runs `until` (Unix ms) since then, so that signatures
    /// start none; void for nobody.
    #[must_use]
    pub fn settle(self, holder: Option<Holder>, consultant: Option<Uuid>, opened_at: i64, until: Option<i64>) -> Self {
        let Some(holder) = holder else {
            return if self == Self::WalkIn { self } else { Self::Void { manual: None } };
        };
        let settled = Reserved { holder, consultant, opened_at, follow_up: true };
        match self {
            Self::Review { .. } | Self::Reserved(_) | Self::Void { .. } | Self::WalkIn => Self::Reserved(settled),
            // the version that followed is what a case is about
            Self::Corrected { .. } => self,
            Self::Signed { consultant, .. } => Self::Signed { sheet: settled, consultant },
            Self::Confirmed { consultant, site_lead, .. } => {
                Self::Confirmed { sheet: settled, consultant, site_lead, protected_until: until }
            }
        }
    }

    /// CF-5: whether it has waited for its signatures for too long and is listed for the office.
    pub fn is_overdue(&self, now: i64, policy: &Policy) -> bool {
        match self {
            Self::Reserved(sheet) | Self::Signed { sheet, .. } => {
                now.saturating_sub(sheet.opened_at) >= i64::from(policy.sheet.sign_hours) * 3_600_000
            }
            Self::Review { .. }
            | Self::Confirmed { .. }
            | Self::Void { .. }
            | Self::WalkIn
            | Self::Corrected { .. } => false,
        }
    }
}
