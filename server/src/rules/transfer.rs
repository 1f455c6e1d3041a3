//! PR-4: what somebody works on is transferred to a colleague. The holder moves, never the end.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;
use sync_core::words;
use uuid::Uuid;

use super::ruling::{Reason, Rule, Ruling};

words! {
    /// The outcome of a transfer.
    pub enum TransferVerdict {
        /// It is somebody else's from now on.
        Transferred = "transferred",
    }
}

/// Somebody whose leads are transferred, or who takes them over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    /// Who.
    pub user: Uuid,
    /// The company, for a partner's agents.
    pub partner: Option<Uuid>,
}

/// Everything the transfer of a lead or a protection rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferFacts {
    /// Whose it was.
    pub from: Colleague,
    /// Whose it is.
    pub to: Colleague,
    /// Whether that one works on the project in the field now.
    pub works_here: bool,
    /// The end of the protection that goes along (Unix ms).
    pub until: Option<i64>,
    /// Why, in words.
    pub reason: String,
}

/// Why nothing is transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TransferError {
    /// Whoever takes over works on the project.
    #[error("whoever takes over works on the same project")]
    OtherProject,
    /// Own staff take over from own staff, agents from agents of their company.
    #[error("whoever takes over works for the same company")]
    OtherCompany,
}

impl TransferError {
    /// Why, as a reason of a rule.
    pub fn reason(self) -> Reason {
        let case = match self {
            Self::OtherProject => "other_project",
            Self::OtherCompany => "other_company",
        };
        Reason::new(Rule::Pr4, Answer::No, json!({ "case": case }))
    }
}

/// Rules on the transfer of one lead or protection.
///
/// # Errors
/// [`TransferError`].
pub fn decide(facts: &TransferFacts) -> Result<Ruling<TransferVerdict>, TransferError> {
    if facts.from.partner != facts.to.partner {
        return Err(TransferError::OtherCompany);
    }
    if !facts.works_here {
        return Err(TransferError::OtherProject);
    }
    let known = json!({"case": "transferred", "until": facts.until, "reason": facts.reason});
    Ok(Ruling::because(TransferVerdict::Transferred, Reason::new(Rule::Pr4, Answer::Yes, known)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::id;

    #[test]
    fn pr_4_a_transfer_stays_on_the_project_and_in_the_company_and_keeps_the_end() {
        let rows = [
            (None, None, true, Ok(Some(7))),
            (Some(9), Some(9), true, Ok(Some(7))),
            (None, None, false, Err(TransferError::OtherProject)),
            (None, Some(9), true, Err(TransferError::OtherCompany)),
            (Some(9), None, true, Err(TransferError::OtherCompany)),
            (Some(9), Some(8), true, Err(TransferError::OtherCompany)),
        ];
        for (from, to, works_here, expected) in rows {
            let of = |user, partner: Option<u128>| Colleague { user: id(user), partner: partner.map(id) };
            let facts = TransferFacts {
                from: of(1, from),
                to: of(2, to),
                works_here,
                until: Some(7),
                reason: "left".to_owned(),
            };
            assert_eq!(decide(&facts).map(|ruling| ruling.reasons[0].until()), expected, "{from:?} {to:?}");
        }
    }
}
