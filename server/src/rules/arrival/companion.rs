//! BK-10: those who come with the customer of a sheet.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;

use super::{ArrivalFacts, ArrivalRuling, Effect, SheetVerdict};
use crate::rules::policy::Policy;
use crate::rules::ruling::{Reason, Rule, Ruling};

/// Everything the verdict about one companion rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanionFacts {
    /// The sheet's main verdict.
    pub main: SheetVerdict,
    /// The companion's place on the sheet, from 1.
    pub place: u32,
    /// The companion as an arrival of its own: `companion` set, `bringer` the main customer's bringer or booker.
    pub arrival: ArrivalFacts,
}

/// Decides whose customer a companion is: checked alone after the main verdict, for the same bringer.
pub fn decide(facts: &CompanionFacts, policy: &Policy) -> ArrivalRuling {
    let max = policy.booking.companions_max;
    let counts = facts.main == SheetVerdict::Valid && facts.place <= max;
    if counts {
        return super::decide(&facts.arrival, policy);
    }
    let known = json!({"main": facts.main, "place": facts.place, "companions_max": max});
    let (outcome, answer) = match facts.main {
        SheetVerdict::Review => (SheetVerdict::Review, Answer::Unclear),
        SheetVerdict::Valid | SheetVerdict::Void | SheetVerdict::WalkIn => (SheetVerdict::WalkIn, Answer::No),
    };
    let effect = match outcome {
        _ if facts.arrival.sheet.is_some() => Effect::Keep,
        SheetVerdict::Review => Effect::Reserve,
        _ => Effect::Block,
    };
    let ruling = Ruling::because(outcome, Reason::new(Rule::Bk10, answer, known));
    ArrivalRuling { ruling, holder: None, booking: None, claims: Vec::new(), effect }
}
