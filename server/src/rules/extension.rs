//! PR-4: a protection is extended, at most as often as the policy says.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::calendar::Zone;
use super::policy::Policy;
use super::ruling::{Reason, Rule, Ruling};
use sync_core::words;

words! {
    /// What becomes of a protection.
    pub enum ExtensionVerdict {
        /// It ends later.
        Extended = "extended",
    }
}

/// Everything an extension rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionFacts {
    /// Names the request: asked again, it is the same extension.
    pub request: Uuid,
    /// The project's time zone.
    pub zone: Zone,
    /// When it is asked for (Unix ms).
    pub at: i64,
    /// By whom.
    pub by: Uuid,
    /// Why, in words.
    pub reason: String,
    /// `sheet` or `lead`.
    pub class: String,
    /// Where the protection stands: `reserved`, `live`, `deal`, `site`, or why it ended.
    pub state: String,
    /// Its end so far (Unix ms, half-open).
    pub until: Option<i64>,
    /// How often it was extended before.
    pub extended: u32,
}

/// The ruling on an extension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExtensionRuling {
    /// The verdict, with the new end.
    #[serde(flatten)]
    pub ruling: Ruling<ExtensionVerdict>,
    /// The first instant at which nothing of it remains (Unix ms).
    pub until: i64,
}

/// Why a protection is not extended (PR-4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionError {
    /// An extension states its reason.
    #[error("state a reason")]
    NoReason,
    /// Nothing of it remains.
    #[error("the protection has ended")]
    Ended,
    /// It is no protection by a signed sheet that has an end.
    #[error("only the protection of a visited customer is extended")]
    NotLive,
    /// It was extended as often as the policy allows.
    #[error("the protection was extended before")]
    Extended,
}

impl ExtensionError {
    /// The name of the refusal, as the messages know it.
    pub const fn case(self) -> &'static str {
        match self {
            Self::NoReason => "no_reason",
            Self::Ended => "ended",
            Self::NotLive => "not_live",
            Self::Extended => "extended",
        }
    }
}

/// Extends the protection of a visited customer by the policy's period, counted from its end.
///
/// # Errors
/// [`ExtensionError`] names what stands in the way; nothing changes then.
pub fn extend(facts: &ExtensionFacts, policy: &Policy) -> Result<ExtensionRuling, ExtensionError> {
    if facts.reason.trim().is_empty() {
        return Err(ExtensionError::NoReason);
    }
    let standing = ["reserved", "live", "deal", "site"].contains(&facts.state.as_str());
    if !standing || facts.until.is_some_and(|until| until <= facts.at) {
        return Err(ExtensionError::Ended);
    }
    let ("sheet", "live", Some(until)) = (facts.class.as_str(), facts.state.as_str(), facts.until) else {
        return Err(ExtensionError::NotLive);
    };
    if facts.extended >= policy.protection.extensions_max {
        return Err(ExtensionError::Extended);
    }
    let later = facts.zone.plus(until, policy.protection.extension);
    let known = json!({"until": later, "before": until, "reason": facts.reason.trim()});
    let reason = Reason::new(Rule::Pr4, Answer::Yes, known);
    Ok(ExtensionRuling { ruling: Ruling::because(ExtensionVerdict::Extended, reason), until: later })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{at, id, zone};

    fn facts() -> ExtensionFacts {
        ExtensionFacts {
            request: id(1),
            zone: zone(),
            at: at("10:00"),
            by: id(2),
            reason: "the contract is being written".to_owned(),
            class: "sheet".to_owned(),
            state: "live".to_owned(),
            until: Some(at("10:00") + 1),
            extended: 0,
        }
    }

    #[test]
    fn pr_4_a_live_protection_is_extended_until_its_last_instant() {
        let ruling = extend(&facts(), &Policy::default()).unwrap();
        assert_eq!(ruling.until, at("10:00") + 1 + 30 * 86_400_000, "a month of 30 days, counted from the end");
        assert_eq!(ruling.ruling.reasons[0].until(), Some(ruling.until));
        let over = ExtensionFacts { until: Some(at("10:00")), ..facts() };
        assert_eq!(extend(&over, &Policy::default()), Err(ExtensionError::Ended));
    }

    #[test]
    fn pr_4_an_extension_from_31_january_ends_with_february() {
        let until = |text: &str| sync_core::time::rfc3339::parse(text).unwrap();
        let end = ExtensionFacts { until: Some(until("2027-01-31T15:30:00+08:00")), ..facts() };
        let ruling = extend(&end, &Policy::default()).unwrap();
        assert_eq!(ruling.until, until("2027-02-28T15:30:00+08:00"));
    }

    #[test]
    fn pr_4_a_second_extension_is_refused() {
        let again = ExtensionFacts { extended: 1, ..facts() };
        assert_eq!(extend(&again, &Policy::default()), Err(ExtensionError::Extended));
        let twice = Policy::read(&json!({"protection": {"extensions_max": 2}})).unwrap();
        assert!(extend(&again, &twice).is_ok());
        let never = Policy::read(&json!({"protection": {"extensions_max": 0}})).unwrap();
        assert_eq!(extend(&facts(), &never), Err(ExtensionError::Extended));
    }

    #[test]
    fn pr_4_only_a_signed_protection_that_stands_is_extended_and_only_with_a_reason() {
        let of = |class: &str, state: &str, until: Option<i64>| {
            let facts = ExtensionFacts { class: class.to_owned(), state: state.to_owned(), until, ..facts() };
            extend(&facts, &Policy::default())
        };
        let later = Some(at("11:00"));
        for (class, state, until) in
            [("lead", "live", later), ("sheet", "reserved", None), ("sheet", "deal", None), ("sheet", "site", later)]
        {
            assert_eq!(of(class, state, until), Err(ExtensionError::NotLive), "{class} {state}");
        }
        assert_eq!(of("sheet", "lapsed", later), Err(ExtensionError::Ended));
        let silent = ExtensionFacts { reason: " ".to_owned(), ..facts() };
        assert_eq!(extend(&silent, &Policy::default()), Err(ExtensionError::NoReason));
    }
}
