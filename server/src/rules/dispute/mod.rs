//! The life of a case about whose customer it is (判客, DS): open → settled → appealed → final, or withdrawn.
//!
//! Transitions are pure: who acts and when are arguments, and a refused one leaves the case as it was.

mod acts;
mod precedence;
mod settlement;
#[cfg(test)]
mod tests;
mod window;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::calendar::{Zone, next, next_office_day};
use super::party::Holder;
use super::policy::Policy;
use super::ruling::Rule;
use sync_core::words;

pub use acts::{AppealFacts, CloseFacts, OpenFacts, WithdrawFacts, appeal, close, open, withdraw};
pub use precedence::{Claim, Line, Proposal, Rank, propose};
pub use settlement::{AfterFacts, Fate, SettleFacts, after, settle};
pub use window::{Reached, Window};

words! {
    /// Where a case stands.
    pub enum CaseState {
        /// It waits for the office.
        Open = "open",
        /// Settled; a party that lost may appeal.
        Settled = "settled",
        /// It waits for somebody else of the office.
        Appealed = "appealed",
        /// Settled for good.
        Final = "final",
        /// Nobody claims any more.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// Who decides (DS-7).
    pub enum Level {
        /// The back office.
        Office = "office",
        /// Somebody else of the back office.
        Appeal = "appeal",
        /// Arbitration or a court; recorded only.
        Outside = "outside",
    }
}

words! {
    /// What a case is about.
    pub enum About {
        /// A confirmation sheet.
        Sheet = "confirmation",
        /// A lead's number.
        Lead = "lead",
    }
}

/// What the office decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Whose customer it is; `None` is the site itself.
    pub holder: Option<Holder>,
    /// Who shares in what percent; empty when nothing is split.
    pub split: Vec<Share>,
    /// Why, in words.
    pub reason: String,
    /// Who decided.
    pub by: Uuid,
    /// When (Unix ms).
    pub at: i64,
}

/// A share in a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Whose.
    pub holder: Holder,
    /// Of a hundred.
    pub percent: u32,
}

/// An appeal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// The party that lost.
    pub holder: Holder,
    /// Who spoke for it.
    pub by: Uuid,
    /// When (Unix ms).
    pub at: i64,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Case {
    /// It waits for the office.
    Open {
        /// Until when it is to be settled (Unix ms).
        due: i64,
    },
    /// Settled; a party that lost may appeal.
    Settled {
        /// What was decided.
        settlement: Settlement,
        /// Until when (Unix ms).
        appeal_until: i64,
    },
    /// It waits for somebody else of the office. What was decided first holds meanwhile.
    Appealed {
        /// What was decided first.
        first: Settlement,
        /// The appeal.
        appeal: Appeal,
        /// Until when it is to be settled (Unix ms).
        due: i64,
    },
    /// Settled for good.
    Final {
        /// What holds.
        settlement: Settlement,
        /// What was decided before the appeal.
        first: Option<Settlement>,
    },
    /// Nobody claims any more.
    Withdrawn {
        /// Since when (Unix ms).
        at: i64,
    },
}

impl Case {
    /// Where it stands.
    pub const fn state(&self) -> CaseState {
        match self {
            Self::Open { .. } => CaseState::Open,
            Self::Settled { .. } => CaseState::Settled,
            Self::Appealed { .. } => CaseState::Appealed,
            Self::Final { .. } => CaseState::Final,
            Self::Withdrawn { .. } => CaseState::Withdrawn,
        }
    }

    /// DS-4: whether somebody still has to settle it. Nothing lapses meanwhile.
    pub const fn is_pending(&self) -> bool {
        matches!(self, Self::Open { .. } | Self::Appealed { .. })
    }

    /// What holds.
    pub const fn settlement(&self) -> Option<&Settlement> {
        match self {
            Self::Settled { settlement, .. } | Self::Final { settlement, .. } => Some(settlement),
            Self::Appealed { first, .. } => Some(first),
            Self::Open { .. } | Self::Withdrawn { .. } => None,
        }
    }

    /// The instant at which something happens by itself: it is overdue, or can be appealed no more (Unix ms).
    pub const fn due(&self) -> Option<i64> {
        match self {
            Self::Open { due } | Self::Appealed { due, .. } => Some(*due),
            Self::Settled { appeal_until, .. } => Some(*appeal_until),
            Self::Final { .. } | Self::Withdrawn { .. } => None,
        }
    }

    /// Who decides it, or decided it last, inside the house (DS-7).
    pub const fn level(&self) -> Level {
        match self {
            Self::Appealed { .. } | Self::Final { first: Some(_), .. } => Level::Appeal,
            _ => Level::Office,
        }
    }
}

/// Why a case cannot do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DisputeError {
    /// The time for opening a case is over (Unix ms).
    #[error("the time for opening a case is over")]
    TooLate(i64),
    /// The time for an appeal is over (Unix ms).
    #[error("the time for an appeal is over")]
    AppealOver(i64),
    /// Who won has nothing to appeal against.
    #[error("the case was settled for this party")]
    NotLost,
    /// Who settled first does not decide the appeal.
    #[error("the appeal is decided by somebody else")]
    SamePerson,
    /// Nobody decides about an own claim.
    #[error("nobody decides about an own claim")]
    OwnClaim,
    /// The shares do not make a hundred, or not of parties.
    #[error("the shares must be of parties, each once, and add up to 100")]
    Split,
    /// The customer goes to a party, or to nobody.
    #[error("the holder is no party of the case")]
    NotAParty,
    /// A settlement, an appeal states its reason.
    #[error("state a reason")]
    NoReason,
    /// Its state does not permit it.
    #[error("the case is {0}")]
    WrongState(CaseState),
}

impl DisputeError {
    /// The rule that refuses; every refusal of a case is DS-4's.
    pub const RULE: Rule = Rule::Ds4;

    /// The facts by which the refusal's message is found.
    pub fn facts(self) -> Value {
        match self {
            Self::TooLate(until) => json!({"case": "window", "until": until}),
            Self::AppealOver(until) => json!({"case": "appeal_over", "until": until}),
            Self::NotLost => json!({"case": "not_lost"}),
            Self::SamePerson => json!({"case": "same_person"}),
            Self::OwnClaim => json!({"case": "own_claim"}),
            Self::Split => json!({"case": "split"}),
            Self::NotAParty | Self::NoReason | Self::WrongState(_) => json!({}),
        }
    }
}

/// DS-4: the end of the last working day on which a case that came in at an instant is to be settled (Unix ms, half-open).
pub fn due(at: i64, zone: Zone, policy: &Policy) -> i64 {
    let day =
        (0..policy.dispute.sla_working_days).fold(zone.day_of(at), |day, _| next_office_day(day, &policy.calendar));
    zone.start_of(next(day))
}
