//! What every decision returns: an outcome and the reasons for it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sync_core::time::Answer;

use sync_core::words;

words! {
    /// A rule of the rulebook that some decision cites.
    pub enum Rule {
        /// A booking is at least 30 minutes older than the arrival.
        Bk1 = "BK-1",
        /// Bookings are a feed that is only added to; a cancelled or used one stays in it and counts no more.
        Bk2 = "BK-2",
        /// A booking names area and consultant where the project asks for them.
        Bk4 = "BK-4",
        /// A booking fits a customer when digits and name fit.
        Bk5 = "BK-5",
        /// A booking is valid on its own day.
        Bk6 = "BK-6",
        /// The same customer is booked at most three times.
        Bk7 = "BK-7",
        /// Very many bookings a day need the lead's look.
        Bk8 = "BK-8",
        /// Companions count with the booked customer.
        Bk10 = "BK-10",
        /// A new customer brought in person needs no booking.
        Bk11 = "BK-11",
        /// Very many bookings of a partner's day came to nothing.
        Bk9 = "BK-9",
        /// The booking protects from the start where the project says so.
        Bk12 = "BK-12",
        /// The recorded bookings prevail.
        Bk13 = "BK-13",
        /// The customer is new.
        Bk14 = "BK-14",
        /// The arrival decides; entered late it is flagged.
        Cf3 = "CF-3",
        /// The receiving consultant.
        Cf4 = "CF-4",
        /// Two signatures of two persons.
        Cf5 = "CF-5",
        /// A void sheet is received as a walk-in.
        Cf6 = "CF-6",
        /// A void states its reason.
        Cf7 = "CF-7",
        /// A deal makes the protection permanent.
        Cf8 = "CF-8",
        /// A valid sheet without a lead makes one for the holder.
        Cf9 = "CF-9",
        /// Signed sheets are immutable.
        Cf10 = "CF-10",
        /// A valid customer is protected from the site lead's signature.
        Pr1 = "PR-1",
        /// A lead's number is protected for its promoter.
        Pr2 = "PR-2",
        /// At most one live protection.
        Pr3 = "PR-3",
        /// Nothing remains after the end; one extension, and a transfer never moves it.
        Pr4 = "PR-4",
        /// A walk-in registered first blocks later channel claims.
        Pr5 = "PR-5",
        /// The holder is reminded before the end.
        Pr7 = "PR-7",
        /// Bookings of a day that failed BK-9 lose.
        Ds2 = "DS-2",
        /// Precedence of claims.
        Ds3 = "DS-3",
        /// Opening and settling a case.
        Ds4 = "DS-4",
        /// The shift.
        At1 = "AT-1",
        /// Days off rotate from Monday to Friday.
        At2 = "AT-2",
        /// Liaisons have no planned days off.
        At3 = "AT-3",
        /// The site lead adjusts for holidays and events.
        At4 = "AT-4",
        /// On site by 09:20.
        At5 = "AT-5",
        /// Staff check themselves in.
        At8 = "AT-8",
        /// Manual entries and requests, when a phone fails.
        At9 = "AT-9",
        /// A liaison's attendance is witnessed.
        At10 = "AT-10",
        /// Breaks over 30 minutes are flagged.
        At12 = "AT-12",
        /// More than 3 days of absence in 12 months.
        At15 = "AT-15",
        /// A spot check is answered in time.
        At11 = "AT-11",
        /// A swap needs the lead's consent beforehand.
        At14 = "AT-14",
        /// Signing in for another.
        At16 = "AT-16",
        /// Inside the fence.
        At22 = "AT-22",
        /// Closing the month.
        Mc1 = "MC-1",
        /// One log per person and worked day.
        Wl1 = "WL-1",
        /// A visit says who, where, purpose, result, next step.
        Fw8 = "FW-8",
        /// Open leads without a follow-up surface.
        Fw10 = "FW-10",
        /// One card an outlet.
        Ov2 = "OV-2",
        /// Visits a month to outlets of grade A and B.
        Ov3 = "OV-3",
        /// Visits a month to outlets of grade C and D.
        Ov4 = "OV-4",
        /// Counted visits.
        Ov5 = "OV-5",
        /// Notices reach everybody.
        Ov7 = "OV-7",
        /// A visit says whether the displayed materials were checked.
        Ov8 = "OV-8",
        /// Outlets without leads.
        Ov9 = "OV-9",
        /// A log has items.
        Wl2 = "WL-2",
        /// No back-filling.
        Wl4 = "WL-4",
        /// The author is the owner.
        Wl5 = "WL-5",
        /// The lead reviews every log; an approved one is frozen.
        Wl6 = "WL-6",
        /// The week's logs are handed in.
        Wl9 = "WL-9",
        /// The facts of the day beside the words.
        Wl16 = "WL-16",
        /// A liaison works only after training.
        Tr1 = "TR-1",
        /// A blacklisted partner's claims are void.
        Pt28 = "PT-28",
        /// A suspended partner's claims are void.
        Pt29 = "PT-29",
        /// Answers about phone numbers are limited.
        Dp2 = "DP-2",
    }
}

/// Why: one rule, its answer, and the facts it was answered on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The rule applied.
    pub rule: Rule,
    /// Whether the rule is met.
    pub answer: Answer,
    /// Plain facts (Unix ms, minutes, metres, ids of the subject); never a full phone number, never another holder's identity.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub facts: Value,
}

impl Reason {
    /// A rule with its answer and the facts behind it.
    pub fn new(rule: Rule, answer: Answer, facts: Value) -> Self {
        Self { rule, answer, facts }
    }

    /// The end of the protection that stands in the way (Unix ms), where one does (BK-15).
    pub fn until(&self) -> Option<i64> {
        self.facts.get("until").and_then(Value::as_i64)
    }
}

/// A decision: what follows from the facts and the policy, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ruling<O> {
    /// What was decided.
    pub outcome: O,
    /// The rules it rests on.
    pub reasons: Vec<Reason>,
}

impl<O> Ruling<O> {
    /// A decision for one reason.
    pub fn because(outcome: O, reason: Reason) -> Self {
        Self { outcome, reasons: vec![reason] }
    }
}

/// The answer of several reasons together.
pub fn all(reasons: &[Reason]) -> Answer {
    reasons.iter().fold(Answer::Yes, |answer, reason| answer.and(reason.answer))
}

/// The reasons with this answer.
pub fn answered(reasons: &[Reason], answer: Answer) -> Vec<Reason> {
    reasons.iter().filter(|reason| reason.answer == answer).cloned().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn p9_a_ruling_survives_being_stored() {
        let ruling = Ruling::because("void".to_owned(), Reason::new(Rule::Bk1, Answer::No, json!({"minutes": 29})));
        let text = serde_json::to_string(&ruling).unwrap();
        assert_eq!(text, r#"{"outcome":"void","reasons":[{"rule":"BK-1","answer":"no","facts":{"minutes":29}}]}"#);
        assert_eq!(serde_json::from_str::<Ruling<String>>(&text).unwrap(), ruling);
    }

    #[test]
    fn every_rule_is_found_by_its_id() {
        for rule in Rule::ALL {
            assert_eq!(rule.as_str().parse(), Ok(*rule));
        }
        assert!("BK-99".parse::<Rule>().is_err());
    }
}
