//! AT-9, AT-14: what a lead's answer to a request makes of it.

#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sync_core::time::{Answer, Moment};
use sync_core::words;
use uuid::Uuid;

use super::attendance::{CheckInType, CheckInVerdict, minutes_late};
use super::calendar::Zone;
use super::policy::Policy;
use super::roster::{Plan, shift};
use super::ruling::{Reason, Rule, Ruling};
use super::unclear::{Family, weighed};

words! {
    /// What became of a request.
    pub enum RequestVerdict {
        /// The lead agreed.
        Approved = "approved",
        /// The lead did not.
        Declined = "declined",
    }
}

/// A check-in by its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What it marks.
    #[serde(rename = "type")]
    pub kind: CheckInType,
    /// When (Unix ms).
    pub at: i64,
}

/// A day on which two people change places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwapDay {
    /// The project's day.
    pub day: NaiveDate,
    /// What was planned for the one who asks.
    pub own: Plan,
    /// What was planned for the colleague.
    pub other: Plan,
}

/// What is asked for, with what it is judged on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "want", rename_all = "snake_case")]
pub enum Asked {
    /// A check-in that the phone did not make.
    MissedCheck {
        /// What it would have been; nothing where the request does not say.
        check: Option<Check>,
    },
    /// A check-in that says something else than what was.
    WrongCheck {
        /// The check-in, when it is one of the person's own that stands.
        about: Option<Check>,
        /// What it should have been, as far as the request says.
        kind: Option<CheckInType>,
        /// When it should have been (Unix ms).
        at: Option<i64>,
    },
    /// Leave, half-open (Unix ms).
    Leave {
        /// From when.
        from: Option<i64>,
        /// Until when.
        until: Option<i64>,
    },
    /// To change places.
    Swap {
        /// With whom, when that one works on the project.
        with: Option<Uuid>,
        /// The days, with the plans as they stand.
        days: Vec<SwapDay>,
        /// Whether the colleague has asked for the same.
        consented: bool,
    },
}

/// Everything the answer to a request rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// When it was asked: one of the two times that are kept.
    pub asked_at: Moment,
    /// When it was answered.
    pub answered_at: Moment,
    /// What is asked for.
    pub asked: Asked,
    /// Whether the lead agrees.
    pub approve: bool,
    /// Why not, in words.
    pub reason: Option<String>,
}

/// Why a request cannot be approved like this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It does not say which check-in, and when.
    #[error("the request does not say which check-in, and when")]
    NoCheck,
    /// The check-in lies after the request.
    #[error("nobody asks for a check-in that is still to come")]
    Future,
    /// Leave has a beginning and a later end, at most a year apart.
    #[error("the request does not say from when until when")]
    NoSpan,
    /// A swap names a colleague and a day.
    #[error("the request names no colleague of the project, or no day")]
    NoSwap,
    /// The colleague has not asked for the same.
    #[error("the colleague has not asked for the same")]
    NoConsent,
    /// The shift has begun.
    #[error("the shift has begun")]
    Begun,
}

impl RequestError {
    /// Why, as a reason of a rule.
    pub fn reason(self) -> Reason {
        let (rule, case) = match self {
            Self::NoCheck => (Rule::At9, "no_check"),
            Self::Future => (Rule::At9, "future"),
            Self::NoSpan => (Rule::At9, "no_span"),
            Self::NoSwap => (Rule::At14, "no_swap"),
            Self::NoConsent => (Rule::At14, "no_consent"),
            Self::Begun => (Rule::At14, "begun"),
        };
        Reason::new(rule, Answer::No, json!({ "case": case }))
    }
}

/// What an approval brings about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing.
    None,
    /// A check-in counts, with this verdict.
    Check(Check, CheckInVerdict),
    /// These days are excused, the last one included.
    Excused(NaiveDate, NaiveDate),
    /// Two people changed places.
    Swapped,
}

/// The ruling on a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestRuling {
    /// The verdict and its reasons.
    #[serde(flatten)]
    pub ruling: Ruling<RequestVerdict>,
    /// What follows.
    pub effect: Effect,
}

/// Answers a request.
///
/// # Errors
/// [`RequestError`] names what stands in the way of an approval; nothing is decided then.
pub fn answer(facts: &RequestFacts, policy: &Policy) -> Result<RequestRuling, RequestError> {
    let rule = if matches!(facts.asked, Asked::Swap { .. }) { Rule::At14 } else { Rule::At9 };
    if !facts.approve {
        let reason = Reason::new(rule, Answer::No, json!({"case": "declined", "reason": facts.reason}));
        let ruling = Ruling::because(RequestVerdict::Declined, reason);
        return Ok(RequestRuling { ruling, effect: Effect::None });
    }
    let (effect, known) = match &facts.asked {
        Asked::MissedCheck { check } => counted(facts, check.ok_or(RequestError::NoCheck)?, policy)?,
        Asked::WrongCheck { about, kind, at } => {
            let about = about.ok_or(RequestError::NoCheck)?;
            let right = Check { kind: kind.unwrap_or(about.kind), at: at.unwrap_or(about.at) };
            if right == about {
                return Err(RequestError::NoCheck);
            }
            counted(facts, right, policy)?
        }
        Asked::Leave { from, until } => {
            let (from, until) = from.zip(*until).filter(|(from, until)| from < until).ok_or(RequestError::NoSpan)?;
            let (first, last) = (facts.zone.day_of(from), facts.zone.day_of(until - 1));
            if (last - first).num_days() > 366 {
                return Err(RequestError::NoSpan);
            }
            (Effect::Excused(first, last), json!({"case": "leave", "from": from, "until": until}))
        }
        Asked::Swap { with, days, consented } => {
            with.filter(|_| !days.is_empty()).ok_or(RequestError::NoSwap)?;
            if !consented {
                return Err(RequestError::NoConsent);
            }
            let begins = days.iter().flat_map(|day| {
                [begins(facts.zone, day.day, day.own, policy), begins(facts.zone, day.day, day.other, policy)]
            });
            let beforehand = begins.flatten().map(|at| weighed(&facts.answered_at, Family::At, policy).is_before(at));
            let beforehand = beforehand.fold(Answer::Yes, Answer::and);
            if beforehand == Answer::No {
                return Err(RequestError::Begun);
            }
            (Effect::Swapped, Value::Null)
        }
    };
    let ruling = Ruling::because(RequestVerdict::Approved, Reason::new(rule, Answer::Yes, known));
    Ok(RequestRuling { ruling, effect })
}

/// When a shift begins (Unix ms).
fn begins(zone: Zone, day: NaiveDate, plan: Plan, policy: &Policy) -> Option<i64> {
    let Plan::Work(hours) = plan else { return None };
    Some(zone.at(day, shift(hours, &policy.shift).start))
}

/// A check-in that counts by the lead's word: late or not is for the clock to say.
fn counted(facts: &RequestFacts, check: Check, policy: &Policy) -> Result<(Effect, Value), RequestError> {
    if check.at > facts.asked_at.latest {
        return Err(RequestError::Future);
    }
    let day = facts.zone.day_of(check.at);
    let in_time = check.at < facts.zone.after(day, policy.shift.on_site_by);
    let verdict = match (check.kind, in_time) {
        (CheckInType::On, true) => CheckInVerdict::OnTime,
        (CheckInType::On, false) => CheckInVerdict::Late,
        _ => CheckInVerdict::Counted,
    };
    let mut known =
        json!({"case": "check", "type": check.kind, "at": Moment::exact(check.at), "asked_at": facts.asked_at});
    if verdict == CheckInVerdict::Late {
        known["minutes_late"] = minutes_late(facts.zone, &Moment::exact(check.at), policy).into();
    }
    Ok((Effect::Check(check, verdict), known))
}

/// What becomes of the check-in that a request corrected: it stays as evidence, and counts no more (AT-9).
pub fn replaced(request: Uuid) -> Ruling<CheckInVerdict> {
    Ruling::because(
        CheckInVerdict::Void,
        Reason::new(Rule::At9, Answer::No, json!({"case": "corrected", "request": request})),
    )
}
