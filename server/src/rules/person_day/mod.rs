//! AT: what a person's day came to.
//!
//! The check-ins of the day, the roster and what leads answered go in, in any order; one outcome comes out. Three questions are asked, each
//! with three answers: was there an arrival in time, was there one before the day counts as absent, did the person stay to the end. A
//! check-in that waits for a decision, or whose witness is missing, makes an answer unclear only when it could change it.

mod breaks;
mod presence;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sync_core::time::{Answer, Moment};
use sync_core::words;
use uuid::Uuid;

use super::attendance::CheckInType;
use super::calendar::Zone;
use super::policy::{Policy, ShiftPolicy};
use super::ruling::{Reason, Rule, Ruling};
use presence::Candidates;

words! {
    /// What a person's day came to.
    pub enum DayVerdict {
        /// There in time, and to the end.
        OnTime = "on_time",
        /// There, but late.
        Late = "late",
        /// No counted arrival in time to count.
        Absent = "absent",
        /// Left before the end; late or not.
        EarlyLeave = "early_leave",
        /// A person must decide.
        Review = "review",
        /// A day off, and nobody came.
        Off = "off",
        /// Leave was approved.
        Excused = "excused",
    }
}

words! {
    /// Where a check-in comes from.
    pub enum CheckSource {
        /// The person's own phone.
        Phone = "phone",
        /// A lead, deputy or delegate recorded it for the person (AT-10).
        Witness = "witness",
        /// The back office entered it by hand (AT-9).
        Manual = "manual",
        /// A lead approved a request (AT-9).
        Request = "request",
    }
}

words! {
    /// How far a check-in counts.
    pub enum Counts {
        /// It counts.
        Yes = "yes",
        /// A person decides first.
        Review = "review",
        /// It does not: void, declined or withdrawn.
        No = "no",
    }
}

/// What was planned for the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Planned {
    /// The shift.
    Work,
    /// A day off.
    Off {
        /// The rule that makes it one: AT-2, AT-4.
        rule: Rule,
    },
}

/// A check-in that may lie on the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCheck {
    /// The record.
    pub id: Uuid,
    /// What it marks.
    #[serde(rename = "type")]
    pub kind: CheckInType,
    /// When it was made.
    pub moment: Moment,
    /// Where it comes from.
    pub source: CheckSource,
    /// Whether it counts.
    pub counts: Counts,
    /// What a person said about an `on`: in time or late. Nothing where the moment tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_time: Option<bool>,
    /// Whether a person decided about it; it lies on this day for certain then.
    #[serde(default)]
    pub decided: bool,
    /// Whether a lead, deputy or delegate confirmed it (AT-8).
    #[serde(default)]
    pub witnessed: bool,
}

/// Something that is noted on a day, whatever it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFlag {
    /// The rule behind it.
    pub rule: Rule,
    /// What it says of the rule: `no` is a breach, `unclear` asks for a look, `yes` is a note.
    pub answer: Answer,
    /// Whether it is a severe one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub severe: bool,
    /// Plain facts, as those of a [`Reason`].
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub facts: Value,
}

/// Everything the ruling on a person's day rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonDayFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// The project's day.
    pub day: NaiveDate,
    /// Whose day it is.
    pub subject: Uuid,
    /// Whether the person is a liaison, whose attendance is witnessed (AT-10).
    #[serde(default)]
    pub liaison: bool,
    /// What was planned.
    pub planned: Planned,
    /// The shift of the person's day.
    pub shift: ShiftPolicy,
    /// The approved request for leave on that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave: Option<Uuid>,
    /// The check-ins that may lie on the day.
    pub checks: Vec<DayCheck>,
    /// What others noted on the day: AT-9, AT-11, AT-16 …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<DayFlag>,
    /// AT-15: days of absence in the twelve months before.
    #[serde(default)]
    pub absences_before: u32,
    /// What a person made of the day where the rules left it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<DayVerdict>,
}

/// Minutes of a day, as far as they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayMinutes {
    /// Whole minutes after the minute the arrival was due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<i64>,
    /// Minutes before the end of the shift, begun ones included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub early: Option<i64>,
    /// Whole minutes from arrival to departure, less breaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worked: Option<i64>,
    /// Whole minutes of breaks.
    #[serde(default)]
    pub breaks: i64,
}

/// The ruling on a person's day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayRuling {
    /// The outcome and its reasons.
    #[serde(flatten)]
    pub ruling: Ruling<DayVerdict>,
    /// Its minutes.
    pub minutes: DayMinutes,
    /// What is noted on the day.
    pub flags: Vec<DayFlag>,
    /// The arrival: the earliest counted `on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived: Option<Moment>,
    /// The departure: the latest counted `off`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Moment>,
}

/// Rules on a person's day. The order of the check-ins, and of their arrival, changes nothing.
pub fn decide(facts: &PersonDayFacts, policy: &Policy) -> DayRuling {
    let ons = Candidates::of(facts, CheckInType::On, policy);
    let offs = Candidates::of(facts, CheckInType::Off, policy);
    let (arrived, left) = (ons.earliest(), offs.latest());
    let breaks = breaks::of(facts, policy);
    let minutes = minutes(facts, arrived, left, breaks.minutes);
    let ruling = outcome(facts, &ons, &offs, &minutes);
    let ruling = match facts.decided {
        Some(decided) if ruling.outcome == DayVerdict::Review => settled(decided, ruling.reasons),
        _ => ruling,
    };
    let mut flags = facts.flags.clone();
    flags.extend(by_hand(facts));
    flags.extend(breaks.flags);
    flags.extend(repeated_absence(facts, ruling.outcome, policy));
    DayRuling { ruling, minutes, flags, arrived, left }
}

/// What a day that is not over has come to at an instant (Unix ms): nothing while it may still be an arrival or an absence, and what
/// lasts is not yet asked for its end.
pub fn so_far(facts: &PersonDayFacts, policy: &Policy, now: i64) -> Option<DayRuling> {
    let ruled = decide(facts, policy);
    let PersonDayFacts { zone, day, shift, .. } = facts;
    match ruled.ruling.outcome {
        DayVerdict::Absent if now < zone.after(*day, shift.absent_after) => None,
        DayVerdict::Review if now < zone.bounds(*day).1 => {
            // as if they stayed to the end
            let end = Moment::exact(zone.at(*day, shift.end));
            let off = DayCheck {
                id: Uuid::nil(),
                kind: CheckInType::Off,
                moment: end,
                source: CheckSource::Phone,
                counts: Counts::Yes,
                in_time: None,
                decided: true,
                witnessed: false,
            };
            let lasting = PersonDayFacts { checks: [facts.checks.as_slice(), &[off]].concat(), ..facts.clone() };
            let has_off = facts.checks.iter().any(|check| check.kind == CheckInType::Off);
            let ruling = if has_off { ruled.ruling } else { decide(&lasting, policy).ruling };
            Some(DayRuling { ruling, ..ruled })
        }
        _ => Some(ruled),
    }
}

fn outcome(facts: &PersonDayFacts, ons: &Candidates, offs: &Candidates, minutes: &DayMinutes) -> Ruling<DayVerdict> {
    let PersonDayFacts { zone, day, shift, .. } = facts;
    if let Some(request) = facts.leave {
        let reason = Reason::new(Rule::At9, Answer::Yes, json!({"case": "leave", "request": request}));
        return Ruling::because(DayVerdict::Excused, reason);
    }
    let present = ons.ask(|on| on.is_there_before(zone.after(*day, shift.absent_after)));
    if present == Answer::No {
        return match facts.planned {
            Planned::Off { rule } => {
                Ruling::because(DayVerdict::Off, Reason::new(rule, Answer::Yes, json!({"day": day})))
            }
            Planned::Work => {
                let known = json!({"case": "absent", "deadline": shift.absent_after});
                Ruling::because(DayVerdict::Absent, Reason::new(Rule::At1, Answer::No, known))
            }
        };
    }
    let in_time = ons.ask(|on| on.is_in_time(zone.after(*day, shift.on_site_by)));
    let punctual = Reason::new(Rule::At5, in_time, json!({"on_site_by": shift.on_site_by}));
    let left = offs.ask(|_| Answer::Yes);
    let stayed = offs.ask(|off| !off.moment.is_before(zone.at(*day, shift.end)));
    let kept = match (left, stayed) {
        (Answer::No, _) => Reason::new(Rule::At1, Answer::Unclear, json!({"case": "no_off"})),
        (Answer::Yes, Answer::No) => {
            Reason::new(Rule::At1, Answer::No, json!({"case": "early_leave", "minutes": minutes.early}))
        }
        (_, Answer::Yes) => Reason::new(Rule::At1, Answer::Yes, json!({"end": shift.end})),
        _ => Reason::new(Rule::At1, Answer::Unclear, json!({"end": shift.end})),
    };
    let open = [present, in_time].contains(&Answer::Unclear);
    let mut doubts = if open { ons.doubts() } else { Vec::new() };
    if present == Answer::Unclear && in_time == Answer::No {
        doubts.push(Reason::new(Rule::At1, Answer::Unclear, json!({"deadline": shift.absent_after})));
    }
    doubts.extend([&punctual, &kept].into_iter().filter(|reason| reason.answer == Answer::Unclear).cloned());
    if !doubts.is_empty() {
        return Ruling { outcome: DayVerdict::Review, reasons: doubts };
    }
    // leaving early is the graver of the two; the minutes carry both
    let outcome = match (kept.answer, in_time) {
        (Answer::No, _) => DayVerdict::EarlyLeave,
        (_, Answer::No) => DayVerdict::Late,
        _ => DayVerdict::OnTime,
    };
    let witnessed = facts.liaison.then(|| Reason::new(Rule::At10, Answer::Yes, Value::Null));
    Ruling { outcome, reasons: [punctual, kept].into_iter().chain(witnessed).collect() }
}

/// What a person decided answers the rules that were in doubt.
fn settled(decided: DayVerdict, doubts: Vec<Reason>) -> Ruling<DayVerdict> {
    let answer = match decided {
        DayVerdict::OnTime | DayVerdict::Excused | DayVerdict::Off => Answer::Yes,
        _ => Answer::No,
    };
    let known = json!({"decided": decided});
    let reasons = doubts.into_iter().map(|doubt| Reason::new(doubt.rule, answer, known.clone())).collect();
    Ruling { outcome: decided, reasons }
}

fn minutes(facts: &PersonDayFacts, arrived: Option<Moment>, left: Option<Moment>, breaks: i64) -> DayMinutes {
    let instant = |moment: Moment| moment.by_claim().latest;
    let (arrived, left) = (arrived.map(instant), left.map(instant));
    let due = facts.zone.at(facts.day, facts.shift.on_site_by);
    let late_from = facts.zone.after(facts.day, facts.shift.on_site_by);
    let end = facts.zone.at(facts.day, facts.shift.end);
    let span = arrived.zip(left).map(|(arrived, left)| (left - arrived) / MINUTE_MS - breaks);
    DayMinutes {
        late: arrived.filter(|at| *at >= late_from).map(|at| (at - due) / MINUTE_MS),
        early: left.filter(|at| *at < end).map(|at| (end - at + MINUTE_MS - 1) / MINUTE_MS),
        worked: span.filter(|span| *span >= 0),
        breaks,
    }
}

/// AT-9: what was entered by hand, or on request, is noted.
fn by_hand(facts: &PersonDayFacts) -> Vec<DayFlag> {
    let is = |check: &&DayCheck| matches!(check.source, CheckSource::Manual | CheckSource::Request);
    let mut checks: Vec<&DayCheck> =
        facts.checks.iter().filter(is).filter(|check| check.counts != Counts::No).collect();
    checks.sort_by_key(|check| check.id);
    let known = |check: &DayCheck| json!({"check": check.id, "type": check.kind});
    let flag = |check: &DayCheck| DayFlag { rule: Rule::At9, answer: Answer::Yes, severe: false, facts: known(check) };
    checks.into_iter().map(flag).collect()
}

/// AT-15: an absence too many in twelve months.
fn repeated_absence(facts: &PersonDayFacts, outcome: DayVerdict, policy: &Policy) -> Option<DayFlag> {
    let days = facts.absences_before.saturating_add(1);
    (outcome == DayVerdict::Absent && days > policy.absence.severe_days).then(|| DayFlag {
        rule: Rule::At15,
        answer: Answer::No,
        severe: true,
        facts: json!({"days": days}),
    })
}

const MINUTE_MS: i64 = 60_000;
