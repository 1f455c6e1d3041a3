//! What a sheet says about itself.

use uuid::Uuid;

use super::{Sheet, Signature};
use crate::rules::party::Holder;
use sync_core::words::words;

words! {
    /// How far a sheet has come.
    pub enum Phase {
        /// Opened.
        Open = "open",
        /// Signed by the consultant.
        Signed = "signed",
        /// Countersigned by the site lead.
        Confirmed = "confirmed",
        /// Made void by hand.
        Voided = "voided",
        /// Corrected by a new version.
        Corrected = "corrected",
    }
}

impl Sheet {
    /// How far it has come.
    pub const fn phase(&self) -> Phase {
        match self {
            Self::Review { .. } | Self::Reserved(_) | Self::Void { manual: None } | Self::WalkIn => Phase::Open,
            Self::Signed { .. } => Phase::Signed,
            Self::Confirmed { .. } => Phase::Confirmed,
            Self::Void { manual: Some(_) } => Phase::Voided,
            Self::Corrected { .. } => Phase::Corrected,
        }
    }

    /// Whose customer it says the customer is.
    pub fn holder(&self) -> Option<Holder> {
        match self {
            Self::Corrected { before, .. } => before.holder(),
            Self::Reserved(sheet) | Self::Signed { sheet, .. } | Self::Confirmed { sheet, .. } => Some(sheet.holder),
            Self::Review { .. } | Self::Void { .. } | Self::WalkIn => None,
        }
    }

    /// The holder who is told of it: also the one whose sheet was made void by hand (CF-7).
    pub fn told(&self) -> Option<Holder> {
        match self {
            Self::Void { manual: Some(manual) } => manual.holder,
            Self::Corrected { before, .. } => before.told(),
            _ => self.holder(),
        }
    }

    /// The only one it can become valid for, while it is in review.
    pub const fn candidate(&self) -> Option<Holder> {
        match self {
            Self::Review { candidate, .. } => *candidate,
            _ => None,
        }
    }

    /// The consultant's signature and the site lead's.
    pub fn signatures(&self) -> (Option<Signature>, Option<Signature>) {
        match self {
            Self::Corrected { before, .. } => before.signatures(),
            Self::Signed { consultant, .. } => (Some(*consultant), None),
            Self::Confirmed { consultant, site_lead, .. } => (Some(*consultant), Some(*site_lead)),
            Self::Review { .. } | Self::Reserved(_) | Self::Void { .. } | Self::WalkIn => (None, None),
        }
    }

    /// The version that has taken its place (CF-10).
    pub const fn correction(&self) -> Option<Uuid> {
        match self {
            Self::Corrected { correction, .. } => Some(*correction),
            _ => None,
        }
    }

    /// The end of the protection that its signatures started (Unix ms).
    pub const fn protected_until(&self) -> Option<i64> {
        match self {
            Self::Confirmed { protected_until, .. } => *protected_until,
            _ => None,
        }
    }
}
