//! DS-4: the office settles, and what follows for what was claimed.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::{Case, CaseState, Claim, DisputeError, Proposal, Settlement, Share, propose};
use crate::rules::calendar::Zone;
use crate::rules::party::Holder;
use crate::rules::period::{Period, Unit};
use crate::rules::policy::Policy;
use crate::rules::ruling::{Reason, Rule, Ruling};
use sync_core::words;

/// Everything a settlement rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// The case before.
    pub case: Case,
    /// Whose claims are settled.
    pub parties: Vec<Holder>,
    /// Who spoke for them.
    pub speakers: Vec<Uuid>,
    /// What the records say.
    pub claims: Vec<Claim>,
    /// Who settles.
    pub by: Uuid,
    /// When (Unix ms).
    pub at: i64,
    /// For whom; `None` for the site.
    pub holder: Option<Holder>,
    /// Who shares in what percent.
    pub split: Vec<Share>,
    /// Why, in words.
    pub reason: String,
}

/// Settles a case; an appeal's settlement is final.
///
/// # Errors
/// [`DisputeError`]
pub fn settle(facts: &SettleFacts, policy: &Policy) -> Result<(Case, Ruling<CaseState>), DisputeError> {
    let first = match &facts.case {
        Case::Open { .. } => None,
        Case::Appealed { first, .. } if first.by == facts.by => return Err(DisputeError::SamePerson),
        Case::Appealed { first, .. } => Some(first.clone()),
        other => return Err(DisputeError::WrongState(other.state())),
    };
    if facts.speakers.contains(&facts.by) || facts.parties.contains(&Holder::User(facts.by)) {
        return Err(DisputeError::OwnClaim);
    }
    if facts.reason.trim().is_empty() {
        return Err(DisputeError::NoReason);
    }
    if facts.holder.is_some_and(|holder| !facts.parties.contains(&holder)) {
        return Err(DisputeError::NotAParty);
    }
    check_split(facts)?;
    let settlement = Settlement {
        holder: facts.holder,
        split: facts.split.clone(),
        reason: facts.reason.trim().to_owned(),
        by: facts.by,
        at: facts.at,
    };
    let mut reasons = vec![Reason::new(Rule::Ds4, Answer::Yes, json!({"reason": settlement.reason}))];
    reasons.extend(cited(&propose(&facts.claims, policy), facts.holder));
    let case = if first.is_some() {
        Case::Final { settlement, first }
    } else {
        let days = Period::new(policy.dispute.appeal_days, Unit::Days);
        Case::Settled { settlement, appeal_until: facts.zone.plus(facts.at, days) }
    };
    let outcome = case.state();
    Ok((case, Ruling { outcome, reasons }))
}

/// A split is between parties, each once; the holder has a share, and all make a hundred.
fn check_split(facts: &SettleFacts) -> Result<(), DisputeError> {
    if facts.split.is_empty() {
        return Ok(());
    }
    let once = |(place, share): (usize, &Share)| {
        share.percent > 0
            && facts.parties.contains(&share.holder)
            && facts.split.iter().skip(place + 1).all(|other| other.holder != share.holder)
    };
    let sum = facts.split.iter().fold(0_u32, |sum, share| sum.saturating_add(share.percent));
    let has_holder = facts.split.iter().any(|share| Some(share.holder) == facts.holder);
    let fair = sum == 100 && has_holder && facts.split.iter().enumerate().all(once);
    if fair { Ok(()) } else { Err(DisputeError::Split) }
}

/// The lines of the proposal about the holder, as far as one follows it; others' lines stay with the facts.
fn cited(proposal: &Proposal, holder: Option<Holder>) -> Vec<Reason> {
    let mut own = proposal.lines.iter().filter(|line| Some(line.holder) == holder);
    own.next().map(|line| line.reason.clone()).into_iter().collect()
}

words! {
    /// What follows from a settlement for something that was claimed.
    pub enum Fate {
        /// A sheet is the holder's.
        Valid = "valid",
        /// A sheet or a booking counts no more.
        Void = "void",
        /// A booking brought the customer.
        Used = "used",
        /// A lead's number is protected.
        Protected = "protected",
        /// A lead's number is somebody else's.
        Contested = "contested",
    }
}

/// What follows for one sheet, booking or lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AfterFacts {
    /// What was settled.
    pub settlement: Settlement,
    /// What becomes of it.
    pub fate: Fate,
    /// The end of the protection that the settlement starts (Unix ms); `None` where it starts none.
    pub until: Option<i64>,
}

/// The ruling on something that was claimed, after the case was settled.
pub fn after(facts: &AfterFacts) -> Ruling<Fate> {
    let reason = &facts.settlement.reason;
    let told = match facts.fate {
        Fate::Valid | Fate::Used | Fate::Protected => {
            Reason::new(Rule::Ds4, Answer::Yes, json!({"reason": reason, "until": facts.until}))
        }
        Fate::Void | Fate::Contested => {
            let case = if facts.settlement.holder.is_some() { "lost" } else { "site" };
            Reason::new(Rule::Ds4, Answer::No, json!({"case": case, "reason": reason}))
        }
    };
    Ruling::because(facts.fate, told)
}
