//! AT-9, AT-14: what a lead's answer to a request makes of it.

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
    /// What is asked for.
    pub enum Want {
        /// A check-in that the phone did not make (AT-9).
        MissedCheck = "missed_check",
        /// A check-in that says something else than what was (AT-9).
        WrongCheck = "wrong_check",
        /// Leave (AT-9).
        Leave = "leave",
        /// To change places with a colleague (AT-14).
        Swap = "swap",
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{at, between, exact, id, today, zone};
    use crate::rules::roster::{Hours, OffReason};

    fn facts(asked: Asked) -> RequestFacts {
        RequestFacts {
            zone: zone(),
            asked_at: exact("10:00"),
            answered_at: exact("11:00"),
            asked,
            approve: true,
            reason: None,
        }
    }

    fn effect(asked: Asked) -> Result<Effect, RequestError> {
        answer(&facts(asked), &Policy::default()).map(|ruling| ruling.effect)
    }

    fn check(kind: CheckInType, time: &str) -> Check {
        Check { kind, at: at(time) }
    }

    #[test]
    fn at_9_a_missed_check_counts_at_the_time_that_is_asked_for() {
        let rows = [
            ("09:20:59", CheckInType::On, CheckInVerdict::OnTime),
            ("09:21", CheckInType::On, CheckInVerdict::Late),
            ("09:21", CheckInType::Off, CheckInVerdict::Counted),
            ("10:00", CheckInType::BreakStart, CheckInVerdict::Counted),
        ];
        for (time, kind, verdict) in rows {
            let asked = Asked::MissedCheck { check: Some(check(kind, time)) };
            assert_eq!(effect(asked), Ok(Effect::Check(check(kind, time), verdict)), "{time}");
        }
        let ruling =
            answer(&facts(Asked::MissedCheck { check: Some(check(CheckInType::On, "09:00")) }), &Policy::default());
        let known = &ruling.unwrap().ruling.reasons[0].facts;
        assert_eq!(
            (&known["at"]["latest"], &known["asked_at"]["latest"]),
            (&json!(at("09:00")), &json!(at("10:00"))),
            "both times are kept"
        );
        assert_eq!(effect(Asked::MissedCheck { check: None }), Err(RequestError::NoCheck));
        let later = Check { at: at("10:00") + 1, kind: CheckInType::On };
        assert_eq!(effect(Asked::MissedCheck { check: Some(later) }), Err(RequestError::Future));
    }

    #[test]
    fn at_9_a_wrong_check_is_corrected_in_its_type_or_its_time() {
        let about = Some(check(CheckInType::Off, "09:10"));
        let wrong = |about, kind, at| effect(Asked::WrongCheck { about, kind, at });
        assert_eq!(
            wrong(about, Some(CheckInType::On), None),
            Ok(Effect::Check(check(CheckInType::On, "09:10"), CheckInVerdict::OnTime))
        );
        assert_eq!(
            wrong(about, None, Some(at("09:05"))),
            Ok(Effect::Check(check(CheckInType::Off, "09:05"), CheckInVerdict::Counted))
        );
        assert_eq!(wrong(about, None, None), Err(RequestError::NoCheck), "nothing would change");
        assert_eq!(wrong(None, Some(CheckInType::On), None), Err(RequestError::NoCheck), "not of this person");
    }

    #[test]
    fn at_9_leave_excuses_the_days_it_touches() {
        let day = 86_400_000;
        let from = at("00:00");
        let rows = [
            (Some(from), Some(from + day), Ok((0, 0))),
            (Some(from), Some(from + day + 1), Ok((0, 1))),
            (Some(from + day - 1), Some(from + 3 * day), Ok((0, 2))),
            (Some(from), Some(from), Err(RequestError::NoSpan)),
            (None, Some(from), Err(RequestError::NoSpan)),
            (Some(from), None, Err(RequestError::NoSpan)),
            (Some(from), Some(from + 400 * day), Err(RequestError::NoSpan)),
        ];
        for (from, until, days) in rows {
            let expected = days.map(|(first, last)| {
                let day = |n| today() + chrono::TimeDelta::days(n);
                Effect::Excused(day(first), day(last))
            });
            assert_eq!(effect(Asked::Leave { from, until }), expected, "{from:?} {until:?}");
        }
    }

    #[test]
    fn at_14_a_swap_is_agreed_to_by_both_and_by_the_lead_before_the_shift_begins() {
        let swap = |answered_at, consented, own, other| {
            let days = vec![SwapDay { day: today(), own, other }];
            let facts = facts(Asked::Swap { with: Some(id(2)), days, consented });
            answer(&RequestFacts { answered_at, ..facts }, &Policy::default()).map(|ruling| ruling.effect)
        };
        let (work, off) = (Plan::Work(None), Plan::Off(OffReason::Rotation));
        let late = Plan::Work(Some(Hours { start: "13:00".parse().unwrap(), end: "21:00".parse().unwrap() }));
        let before = Moment::exact(at("09:30") - 1);
        assert_eq!(swap(before, true, work, off), Ok(Effect::Swapped));
        assert_eq!(swap(before, false, work, off), Err(RequestError::NoConsent));
        assert_eq!(swap(exact("09:30"), true, work, off), Err(RequestError::Begun));
        assert_eq!(swap(exact("09:30"), true, late, work), Err(RequestError::Begun), "the earlier of the two shifts");
        assert_eq!(swap(exact("12:59"), true, late, off), Ok(Effect::Swapped));
        assert_eq!(swap(between("09:00", "09:31"), true, work, off), Ok(Effect::Swapped), "unclear takes nothing away");
        let nobody = Asked::Swap { with: None, days: Vec::new(), consented: true };
        assert_eq!(effect(nobody), Err(RequestError::NoSwap));
    }

    #[test]
    fn at_9_a_declined_request_keeps_the_reason_and_changes_nothing() {
        let declined = RequestFacts {
            approve: false,
            reason: Some("当天有签到".to_owned()),
            ..facts(Asked::MissedCheck { check: None })
        };
        let ruling = answer(&declined, &Policy::default()).unwrap();
        assert_eq!((ruling.ruling.outcome, ruling.effect), (RequestVerdict::Declined, Effect::None));
        assert_eq!(ruling.ruling.reasons[0].facts["reason"], "当天有签到");
    }
}
