//! What is known of persons' days: loaded for one day of several persons at once, a fixed number of statements (AT).

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};
use serde_json::{Value, json};
use sync_core::exchange::Verdict;
use uuid::Uuid;

use super::Facts;
use super::attending::Attending;
use super::directory::Directory;
use super::record::Record;
use super::rosters::Plans;
use crate::error::AppError;
use crate::rules::attendance::CheckInVerdict;
use crate::rules::person_day::{Counts, DayCheck, DayFlag, DayMinutes, DayRuling, DayVerdict, PersonDayFacts, Planned};
use crate::rules::policy::ShiftPolicy;
use crate::rules::roster::{OffReason, Plan, shift};
use crate::rules::ruling::{Rule, Ruling};
use crate::store::checkins::{self, Checkin};
use crate::store::person_days::PersonDay;
use crate::store::{Key, Reader, StoreError, day_flags, person_days, requests, roster_days};

/// How many days after a day check-ins are looked for that may lie on it.
const OPEN_DAYS: Days = Days::new(31);

/// The record of a person's day, and the subject of its rulings.
pub fn day_key(project: Uuid, subject: Uuid, day: NaiveDate) -> Key {
    Key { project, id: Uuid::new_v5(&project, format!("person-day:{subject}:{day}").as_bytes()) }
}

/// The month of a day, `2026-11`.
pub fn month_of(day: NaiveDate) -> String {
    day.format("%Y-%m").to_string()
}

/// What is known of a day of these persons; `stored` are their person-days, as far as there are any.
///
/// # Errors
/// Those of the store.
pub async fn load(
    db: &mut Reader,
    directory: &Directory,
    (project, day): (Uuid, NaiveDate),
    people: &[Attending<'_>],
    stored: &[PersonDay],
) -> Result<BTreeMap<Uuid, PersonDayFacts>, AppError> {
    let zone = directory.zone(project);
    let (from, until) = zone.bounds(day);
    let policy = directory.policy(project, from);
    let ids: Vec<Uuid> = people.iter().map(|each| each.id).collect();
    let (text, last) = (day.to_string(), day.checked_add_days(OPEN_DAYS).unwrap_or(day).to_string());
    let rows = checkins::may_lie(db, project, &ids, (&text, &last, until)).await?;
    let year_ago = day.checked_sub_months(Months::new(12)).map_or(day, crate::rules::calendar::next);
    let absences = person_days::absences(db, project, &ids, (&year_ago.to_string(), &text)).await?;
    let absences: BTreeMap<Uuid, i64> = absences.into_iter().collect();
    let decided = |id: Uuid| stored.iter().find(|row| row.subject == id)?.decided.as_deref()?.parse().ok();
    let mut checks: BTreeMap<Uuid, Vec<DayCheck>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.decided || row.day == text) {
        checks.entry(row.subject).or_default().extend(check(row)?);
    }
    let plans = Plans::read(&roster_days::of_subjects(db, project, &ids, (&text, &text)).await?)?;
    let leaves = requests::leaves_of(db, project, &ids, (&text, &text)).await?;
    let leaves: BTreeMap<Uuid, Uuid> = leaves.into_iter().map(|row| (row.owner, row.id)).collect();
    let mut flags: BTreeMap<Uuid, Vec<DayFlag>> = BTreeMap::new();
    for row in day_flags::of_day(db, project, &ids, &text).await? {
        flags.entry(row.subject).or_default().push(flag(&row)?);
    }
    let facts = |each: &Attending<'_>| PersonDayFacts {
        zone,
        day,
        subject: each.id,
        liaison: each.is_liaison(),
        planned: planned(plans.named(each.id, day), plans.of(each.id, day, &policy)),
        shift: shift_of(plans.of(each.id, day, &policy), &policy.shift),
        leave: leaves.get(&each.id).copied(),
        checks: checks.get(&each.id).cloned().unwrap_or_default(),
        flags: flags.get(&each.id).cloned().unwrap_or_default(),
        absences_before: absences.get(&each.id).map_or(0, |days| u32::try_from(*days).unwrap_or(u32::MAX)),
        decided: decided(each.id),
    };
    Ok(people.iter().map(|each| (each.id, facts(each))).collect())
}

/// A check-in as it bears on a day; nothing for those that mark something else.
fn check(row: &Checkin) -> Result<Option<DayCheck>, StoreError> {
    let odd = |what: &str| StoreError::Inconsistent(format!("check-in {}: {what}", row.id));
    let verdict = row.verdict.parse().ok();
    let counts = match verdict {
        Some(CheckInVerdict::OnTime | CheckInVerdict::Late | CheckInVerdict::Counted) => Counts::Yes,
        Some(CheckInVerdict::Review) => Counts::Review,
        Some(CheckInVerdict::Void) | None => Counts::No,
    };
    let in_time = match verdict.filter(|_| row.decided) {
        Some(CheckInVerdict::OnTime) => Some(true),
        Some(CheckInVerdict::Late) => Some(false),
        _ => None,
    };
    Ok(Some(DayCheck {
        id: row.id,
        kind: row.kind.parse().map_err(|_| odd(&row.kind))?,
        moment: row.moment,
        source: row.source.parse().map_err(|_| odd(&row.source))?,
        counts,
        in_time,
        decided: row.decided,
        witnessed: row.witnessed,
    }))
}

/// AT-2, AT-4: the plan of a day, with the rule that makes it one off: a turn of the rotation on a roster, else what was adjusted, or the
/// calendar.
const fn planned(named: Option<Plan>, plan: Plan) -> Planned {
    match (named, plan) {
        (_, Plan::Work(_)) => Planned::Work,
        (Some(Plan::Off(OffReason::Rotation)), _) => Planned::Off { rule: Rule::At2 },
        (_, Plan::Off(_)) => Planned::Off { rule: Rule::At4 },
    }
}

fn shift_of(plan: Plan, policy: &ShiftPolicy) -> ShiftPolicy {
    match plan {
        Plan::Work(hours) => shift(hours, policy),
        Plan::Off(_) => policy.clone(),
    }
}

fn flag(row: &day_flags::DayFlag) -> Result<DayFlag, StoreError> {
    let odd = || StoreError::Inconsistent(format!("the flag {} on the day {} of {}", row.source, row.day, row.subject));
    Ok(DayFlag {
        rule: row.rule.parse().map_err(|_| odd())?,
        answer: serde_json::from_value(json!(row.answer)).map_err(|_| odd())?,
        severe: false,
        facts: serde_json::from_str(&row.facts).map_err(|_| odd())?,
    })
}

/// An outcome with its minutes: what stands of a day, and what it was adjusted from and to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Standing {
    /// What the day came to.
    pub outcome: DayVerdict,
    /// Its minutes.
    pub minutes: DayMinutes,
}

impl Standing {
    /// What stands of a stored day, adjustments included; nothing before it is closed.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when it cannot be read.
    pub fn of(row: &PersonDay) -> Result<Option<Self>, StoreError> {
        match &row.adjusted {
            Some(adjusted) => serde_json::from_str(adjusted).map(Some).map_err(|error| odd(row, &error)),
            None => Self::closed(row),
        }
    }

    /// What a stored day came to when it was closed, before adjustments.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when it cannot be read.
    pub fn closed(row: &PersonDay) -> Result<Option<Self>, StoreError> {
        let Some(outcome) = &row.outcome else { return Ok(None) };
        let outcome = outcome.parse().map_err(|error| odd(row, &error))?;
        let minutes = serde_json::from_str(&row.minutes).map_err(|error| odd(row, &error))?;
        Ok(Some(Self { outcome, minutes }))
    }
}

fn odd(row: &PersonDay, why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Inconsistent(format!("the day {} of {}: {why}", row.day, row.subject))
}

impl Facts {
    /// Shows what a person's day came to: to the person, and to the lead.
    pub fn show_day(
        &mut self,
        key: Key,
        facts: &PersonDayFacts,
        team: Option<Uuid>,
        day: &DayRuling,
        verdict: Verdict,
    ) {
        let DayRuling { ruling: Ruling { outcome, .. }, minutes, flags, arrived, left } = day;
        let body = json!({
            "day": facts.day,
            "subject": facts.subject,
            "outcome": outcome,
            "minutes": minutes,
            "flags": flags,
            "arrived": arrived,
            "left": left,
        });
        let ruled = if let Value::Object(body) = body { body } else { serde_json::Map::new() };
        let shown = self.shown(key, "person_day", Some(facts.subject), ruled);
        self.records.put(key, Record { team, verdict: Some(verdict), ..shown });
    }
}
