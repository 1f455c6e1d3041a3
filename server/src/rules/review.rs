//! Reviews: what a human may decide where the rules left it open, and who may.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::ruling::{Reason, Rule, Ruling};
use sync_core::words;

words! {
    /// In which capacity somebody decides.
    pub enum Capacity {
        /// The lead of the site.
        SiteLead = "site_lead",
        /// The lead of the claimant's team.
        TeamLead = "team_lead",
        /// The deputy of that lead.
        Deputy = "deputy",
        /// The back office.
        BackOffice = "back_office",
    }
}

words! {
    /// What a review is about.
    pub enum Family {
        /// A confirmation sheet.
        Sheet = "sheet",
        /// A check-in that starts the day.
        Arrival = "arrival",
        /// Any other check-in.
        CheckIn = "checkin",
        /// A person's day.
        Day = "person_day",
        /// The answer to a spot check.
        SpotCheck = "spot_check",
        /// Whether somebody signed in for another.
        Proxy = "proxy",
        /// A visit.
        Visit = "visit",
        /// A daily log.
        Log = "log",
        /// A booking.
        Booking = "booking",
        /// The number of a lead.
        Number = "number",
    }
}

impl Family {
    /// The family of a record's review, by its kind and, for check-ins, what it marks; `None` for kinds that are not reviewed.
    pub fn of(kind: &str, check_in: Option<&str>) -> Option<Self> {
        Some(match (kind, check_in) {
            ("confirmation", _) => Self::Sheet,
            ("checkin", Some("on")) => Self::Arrival,
            ("checkin", _) => Self::CheckIn,
            ("person_day", _) => Self::Day,
            ("notice", _) => Self::Proxy,
            ("spot_check", _) => Self::SpotCheck,
            ("visit", _) => Self::Visit,
            ("daily_log", _) => Self::Log,
            ("booking", _) => Self::Booking,
            ("lead", _) => Self::Number,
            _ => return None,
        })
    }

    /// The outcomes to choose from, each with what it says about the rules in doubt.
    pub const fn choices(self) -> &'static [(&'static str, Answer)] {
        use Answer::{No, Yes};
        match self {
            Self::Sheet => &[("valid", Yes), ("void", No), ("walk_in", No)],
            Self::Arrival => &[("on_time", Yes), ("late", No), ("void", No)],
            Self::Day => &[("on_time", Yes), ("late", No), ("early_leave", No), ("absent", No), ("excused", Yes)],
            Self::CheckIn | Self::Visit => &[("counted", Yes), ("void", No)],
            Self::SpotCheck => &[("answered", Yes), ("missed", No)],
            Self::Proxy => &[("dismissed", Yes), ("confirmed", No)],
            Self::Log => &[("submitted", Yes), ("missed", No)],
            Self::Booking => &[("live", Yes), ("void", No)],
            Self::Number => &[("protected", Yes), ("contested", No)],
        }
    }

    /// The site lead decides sheets, a team lead or deputy what the team recorded, the back office everything.
    pub const fn is_decided_by(self, capacity: Capacity) -> bool {
        match capacity {
            Capacity::BackOffice => true,
            Capacity::SiteLead => matches!(self, Self::Sheet),
            Capacity::TeamLead | Capacity::Deputy => !matches!(self, Self::Sheet),
        }
    }
}

/// Everything the decision of a review rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecideFacts {
    /// What is decided.
    pub family: Family,
    /// The rules that were left open.
    pub in_doubt: Vec<Rule>,
    /// Whose claims they are.
    pub claimants: Vec<Uuid>,
    /// For a sheet: whether there is just one candidate it can be valid for.
    pub has_candidate: bool,
    /// Who decides.
    pub by: Uuid,
    /// In which capacity.
    pub capacity: Capacity,
    /// What is decided.
    pub outcome: String,
    /// Why, in words.
    pub reason: String,
}

/// Why a review cannot be decided like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// Somebody else decides reviews of this family.
    #[error("reviews of this kind are decided by somebody else")]
    NotYours,
    /// Nobody decides about an own claim.
    #[error("nobody decides about an own claim")]
    OwnClaim,
    /// The outcome is none of the family's.
    #[error("choose one of {0}")]
    NotAChoice(String),
    /// A decision states its reason.
    #[error("state a reason")]
    NoReason,
    /// Several holders claim the customer: the case decides between them.
    #[error("several holders claim the customer: settle the case instead")]
    NoCandidate,
}

/// Decides a review.
///
/// # Errors
/// [`DecideError`] names what stands in the way; nothing is decided then.
pub fn decide(facts: &DecideFacts) -> Result<Ruling<String>, DecideError> {
    if !facts.family.is_decided_by(facts.capacity) {
        return Err(DecideError::NotYours);
    }
    if facts.claimants.contains(&facts.by) {
        return Err(DecideError::OwnClaim);
    }
    let choices = facts.family.choices();
    let Some((outcome, answer)) = choices.iter().find(|(outcome, _)| *outcome == facts.outcome) else {
        return Err(DecideError::NotAChoice(
            choices.iter().map(|(outcome, _)| *outcome).collect::<Vec<_>>().join(", "),
        ));
    };
    if facts.reason.trim().is_empty() {
        return Err(DecideError::NoReason);
    }
    if facts.family == Family::Sheet && *answer == Answer::Yes && !facts.has_candidate {
        return Err(DecideError::NoCandidate);
    }
    let known = json!({"decided_as": facts.capacity, "reason": facts.reason.trim()});
    let reasons = facts.in_doubt.iter().map(|rule| Reason::new(*rule, *answer, known.clone())).collect();
    Ok(Ruling { outcome: (*outcome).to_owned(), reasons })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::id;

    fn facts() -> DecideFacts {
        DecideFacts {
            family: Family::Sheet,
            in_doubt: vec![Rule::Bk1],
            claimants: vec![id(1)],
            has_candidate: true,
            by: id(2),
            capacity: Capacity::SiteLead,
            outcome: "valid".to_owned(),
            reason: "the desk saw the message at 09:20".to_owned(),
        }
    }

    #[test]
    fn a_decision_answers_the_rules_that_were_in_doubt() {
        for (outcome, answer) in [("valid", Answer::Yes), ("void", Answer::No), ("walk_in", Answer::No)] {
            let ruling = decide(&DecideFacts { outcome: outcome.to_owned(), ..facts() }).unwrap();
            assert_eq!(ruling.outcome, outcome);
            assert_eq!((ruling.reasons[0].rule, ruling.reasons[0].answer), (Rule::Bk1, answer));
        }
    }

    #[test]
    fn every_family_has_its_deciders() {
        use Capacity::{BackOffice, Deputy, SiteLead, TeamLead};
        for family in Family::ALL {
            let expected: &[Capacity] =
                if *family == Family::Sheet { &[SiteLead, BackOffice] } else { &[TeamLead, Deputy, BackOffice] };
            for capacity in Capacity::ALL {
                let outcome = family.choices()[0].0.to_owned();
                let decided = decide(&DecideFacts { family: *family, capacity: *capacity, outcome, ..facts() });
                assert_eq!(decided.is_ok(), expected.contains(capacity), "{family} {capacity}");
            }
        }
    }

    #[test]
    fn what_may_not_be_decided_says_why() {
        let rows = [
            (DecideFacts { capacity: Capacity::TeamLead, ..facts() }, DecideError::NotYours),
            (DecideFacts { by: id(1), ..facts() }, DecideError::OwnClaim),
            (
                DecideFacts { outcome: "late".to_owned(), ..facts() },
                DecideError::NotAChoice("valid, void, walk_in".to_owned()),
            ),
            (
                DecideFacts { outcome: "review".to_owned(), ..facts() },
                DecideError::NotAChoice("valid, void, walk_in".to_owned()),
            ),
            (DecideFacts { reason: " \n".to_owned(), ..facts() }, DecideError::NoReason),
            (DecideFacts { has_candidate: false, ..facts() }, DecideError::NoCandidate),
        ];
        for (facts, error) in rows {
            assert_eq!(decide(&facts), Err(error));
        }
        assert!(decide(&DecideFacts { has_candidate: false, outcome: "void".to_owned(), ..facts() }).is_ok());
    }
}
