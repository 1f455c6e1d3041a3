//! What else happens to a case, as rulings: it is opened, withdrawn, appealed, and over.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;

use super::{About, Appeal, Case, CaseState, DisputeError, Window, due};
use crate::rules::calendar::Zone;
use crate::rules::party::Holder;
use crate::rules::policy::Policy;
use crate::rules::ruling::{Reason, Rule, Ruling};

/// Everything the opening of a case rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// When (Unix ms).
    pub at: i64,
    /// What it is about.
    pub about: About,
    /// How long it may be opened; `None` for a sheet in review, which opens it by itself.
    pub window: Option<Window>,
}

/// Opens a case.
///
/// # Errors
/// [`DisputeError::TooLate`]
pub fn open(facts: &OpenFacts, policy: &Policy) -> Result<(Case, Ruling<CaseState>), DisputeError> {
    if let Some(window) = &facts.window {
        window.check(facts.at, facts.zone, policy)?;
    }
    let due = due(facts.at, facts.zone, policy);
    let case = if facts.window.is_some() { "opened" } else { "opened_by_review" };
    let reason = Reason::new(Rule::Ds4, Answer::Unclear, json!({"case": case, "due": due}));
    Ok((Case::Open { due }, Ruling::because(CaseState::Open, reason)))
}

/// Everything an appeal rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppealFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// The case before.
    pub case: Case,
    /// Who appeals.
    pub appeal: Appeal,
    /// Why, in words.
    pub reason: String,
}

/// A party that lost appeals.
///
/// # Errors
/// [`DisputeError::AppealOver`], [`DisputeError::NotLost`], [`DisputeError::NoReason`], [`DisputeError::WrongState`].
pub fn appeal(facts: &AppealFacts, policy: &Policy) -> Result<(Case, Ruling<CaseState>), DisputeError> {
    let Case::Settled { settlement, appeal_until } = &facts.case else {
        return Err(DisputeError::WrongState(facts.case.state()));
    };
    let Appeal { holder, at, .. } = facts.appeal;
    if at >= *appeal_until {
        return Err(DisputeError::AppealOver(*appeal_until));
    }
    if settlement.holder == Some(holder) {
        return Err(DisputeError::NotLost);
    }
    if facts.reason.trim().is_empty() {
        return Err(DisputeError::NoReason);
    }
    let due = due(at, facts.zone, policy);
    let reason = Reason::new(Rule::Ds4, Answer::Unclear, json!({"case": "appealed", "due": due}));
    let case = Case::Appealed { first: settlement.clone(), appeal: facts.appeal, due };
    Ok((case, Ruling::because(CaseState::Appealed, reason)))
}

/// Everything a withdrawal rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawFacts {
    /// The case before.
    pub case: Case,
    /// Whose claim is withdrawn.
    pub holder: Holder,
    /// Whether nobody else claims.
    pub last: bool,
    /// When (Unix ms).
    pub at: i64,
}

/// A claimant withdraws: the case goes on while somebody else claims. An appeal that is withdrawn leaves what was decided first.
///
/// # Errors
/// [`DisputeError::WrongState`]
pub fn withdraw(facts: &WithdrawFacts) -> Result<(Case, Ruling<CaseState>), DisputeError> {
    let case = match &facts.case {
        Case::Open { .. } if facts.last => Case::Withdrawn { at: facts.at },
        Case::Open { due } => Case::Open { due: *due },
        Case::Appealed { first, appeal, .. } if appeal.holder == facts.holder => {
            Case::Final { settlement: first.clone(), first: None }
        }
        other => return Err(DisputeError::WrongState(other.state())),
    };
    let reason = Reason::new(Rule::Ds4, Answer::No, json!({"case": "withdrawn"}));
    Ok((case.clone(), Ruling::because(case.state(), reason)))
}

/// Everything the end of a settled case rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseFacts {
    /// The case before.
    pub case: Case,
    /// Now (Unix ms).
    pub at: i64,
}

/// Nobody appealed in time: what was settled is final.
///
/// # Errors
/// [`DisputeError::WrongState`], also before that time.
pub fn close(facts: &CloseFacts) -> Result<(Case, Ruling<CaseState>), DisputeError> {
    match &facts.case {
        Case::Settled { settlement, appeal_until } if facts.at >= *appeal_until => {
            let reason = Reason::new(Rule::Ds4, Answer::Yes, json!({"case": "final", "until": appeal_until}));
            let case = Case::Final { settlement: settlement.clone(), first: None };
            Ok((case, Ruling::because(CaseState::Final, reason)))
        }
        other => Err(DisputeError::WrongState(other.state())),
    }
}
