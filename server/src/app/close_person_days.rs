//! AT: the days of persons are closed when they are over, and ruled on again when late evidence comes in.

use std::collections::BTreeMap;

use api_spec::messages;
use chrono::{Months, NaiveDate};
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use crate::error::AppError;
use crate::facts::attending::Attending;
use crate::facts::notices::Notice;
use crate::facts::person_days::{Standing, day_key, load, month_of};
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::facts::{Facts, Need, Unit};
use crate::rules::calendar::next;
use crate::rules::person_day::{self, DayFlag, DayRuling, DayVerdict, PersonDayFacts};
use crate::rules::replay::Decision;
use crate::rules::ruling::Rule;
use crate::state::App;
use crate::store::month_sheets::{self, Adjustment};
use crate::store::person_days::{self, PersonDay};
use crate::store::{Key, StoreError, Tx, meta, run_tx};

/// Person-days that one transaction rules on.
const BATCH: i64 = 200;

/// Closes the days of a project before `today`, and rules on what is due; how many persons' days that were.
///
/// # Errors
/// Those of the store.
pub async fn close_person_days(app: &App, org: i64, project: Uuid, today: NaiveDate) -> Result<u64, AppError> {
    while run_tx(&app.db, "open_person_days", async |mut tx| expect(app, &mut tx, org, project, today).await).await? {}
    let mut done = 0;
    loop {
        match run_tx(&app.db, "close_person_days", async |mut tx| count(app, &mut tx, org, project, today).await)
            .await?
        {
            0 => return Ok(done),
            counted => done += counted,
        }
    }
}

/// Closing days and closing months take turns.
///
/// # Errors
/// Those of the store.
pub(super) async fn take_turn(tx: &mut Tx, org: i64) -> Result<(), StoreError> {
    meta::take_turn(tx, &format!("job:close_person_days:{org}")).await
}

async fn begin(app: &App, tx: &mut Tx, org: i64) -> Result<Unit, AppError> {
    take_turn(tx, org).await?;
    let directory = app.directories.current(tx, org).await?;
    Ok(app.exchange.unit(directory))
}

/// Makes the days of everybody whose attendance is taken due on the next day that is over; whether there may be another one. A project's
/// first day is the first on which something was recorded, else the one it was founded on.
async fn expect(app: &App, tx: &mut Tx, org: i64, project: Uuid, today: NaiveDate) -> Result<bool, AppError> {
    let unit = begin(app, tx, org).await?;
    let yesterday = today.pred_opt().unwrap_or(today);
    let through = person_days::closed_through(tx, project).await?.and_then(|day| day.parse::<NaiveDate>().ok());
    let first = match through {
        Some(through) => next(through),
        None => person_days::first_due(tx, project).await?.and_then(|day| day.parse().ok()).unwrap_or(today),
    };
    let day = first.min(today);
    if day == today {
        if through.is_none() {
            person_days::close_through(tx, project, &yesterday.to_string()).await?;
        }
        return Ok(false);
    }
    let bounds = unit.directory.zone(project).bounds(day);
    let people = unit.directory.attending(project, bounds);
    let mut days: Vec<_> = people.iter().map(|each| (project, each.id, day.to_string())).collect();
    days.sort_unstable();
    person_days::expect(tx, &days).await?;
    person_days::close_through(tx, project, &day.to_string()).await?;
    Ok(day < yesterday)
}

/// Rules on the oldest day that is due; for how many persons.
async fn count(app: &App, tx: &mut Tx, org: i64, project: Uuid, today: NaiveDate) -> Result<u64, AppError> {
    let unit = begin(app, tx, org).await?;
    let due = person_days::due(tx, project, &today.to_string(), BATCH).await?;
    let Some(day) = due.first().and_then(|first| first.day.parse::<NaiveDate>().ok()) else { return Ok(0) };
    let subjects: Vec<Uuid> = due.iter().filter(|row| row.day == due[0].day).map(|row| row.subject).collect();
    let mut need = Need::default();
    for subject in &subjects {
        need.record(day_key(project, *subject, day));
        need.record(notice_key(project, *subject, day));
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    // ruled on after the lock: what bears on the day from now on waits, and makes it due again
    let until = day.checked_add_months(Months::new(12)).map_or(day, next).to_string();
    let rows = person_days::lock(tx, project, &subjects, (&due[0].day, &until)).await?;
    let people = unit.directory.attending(project, unit.directory.zone(project).bounds(day));
    let people: Vec<Attending<'_>> = people.into_iter().filter(|each| subjects.contains(&each.id)).collect();
    let known = load(tx, &unit.directory, (project, day), &people, &rows).await?;
    let people: BTreeMap<Uuid, Attending<'_>> = people.into_iter().map(|each| (each.id, each)).collect();
    let frozen = month_sheets::is_closed(tx, project, &month_of(day)).await?;
    let mut changes = Changes::default();
    let mut settled = Vec::with_capacity(rows.len());
    for row in rows {
        // whose attendance is not taken that day has no outcome
        let ruled = match (people.get(&row.subject), known.get(&row.subject)) {
            (Some(person), Some(known)) => rule(&unit, &mut facts, (&row, frozen), person, known, &mut changes)?,
            _ => row,
        };
        settled.push(ruled);
    }
    person_days::settle(tx, &settled).await?;
    if !changes.absences.is_empty() {
        // AT-15: what comes after counts differently
        person_days::mark_absent(tx, project, &changes.absences, (&due[0].day, &until)).await?;
    }
    month_sheets::adjust(tx, &changes.adjustments).await?;
    facts.save(tx, &unit).await?;
    Ok(settled.len() as u64)
}

/// What follows from the rulings of a batch.
#[derive(Debug, Default)]
struct Changes {
    /// Who became absent, or no longer is.
    absences: Vec<Uuid>,
    /// MC-1
    adjustments: Vec<Adjustment>,
}

/// A ruling where the day came to something else than what stands.
fn rule(
    unit: &Unit,
    facts: &mut Facts,
    (row, frozen): (&PersonDay, bool),
    person: &Attending<'_>,
    known: &PersonDayFacts,
    changes: &mut Changes,
) -> Result<PersonDay, AppError> {
    let policy = unit.directory.policy(row.project, unit.now);
    let day = person_day::decide(known, &policy);
    let now = Standing { outcome: day.ruling.outcome, minutes: day.minutes };
    let before = Standing::of(row)?;
    let text = |value: serde_json::Result<String>| value.map_err(|error| AppError::Broken(error.to_string()));
    let (minutes, flags, reasons) = (
        text(serde_json::to_string(&day.minutes))?,
        text(serde_json::to_string(&day.flags))?,
        text(serde_json::to_string(&day.ruling.reasons))?,
    );
    let same = before.as_ref() == Some(&now);
    if same && (frozen || (flags == row.flags && reasons == row.reasons)) {
        return Ok(row.clone());
    }
    let key = day_key(row.project, row.subject, known.day);
    let about = Subject {
        key,
        family: "person_day",
        owner: Some(row.subject),
        team: person.team,
        supersedes: facts.records.get(&key).and_then(|record| record.verdict.as_ref()).map(|verdict| verdict.ruling),
        decided_by: None,
        note: None,
    };
    let verdict = facts.rule(&unit.directory, &about, &day.ruling, &Decision::PersonDay(known.clone()));
    let ruling = verdict.ruling;
    facts.show_day(key, known, person.team, &day, verdict);
    tell_lead(facts, row.project, person, known, &day);
    let absent = day.ruling.outcome == DayVerdict::Absent;
    if absent != row.absent {
        changes.absences.push(row.subject);
    }
    let ruled = PersonDay { absent, ruling: Some(ruling), ..row.clone() };
    let (true, Some(before)) = (frozen, before) else {
        let outcome = Some(day.ruling.outcome.to_string());
        return Ok(PersonDay { outcome, minutes, flags, reasons, ..ruled });
    };
    // MC-1: the closed day stays as it is; the open month bears the difference
    let after = text(serde_json::to_string(&now))?;
    changes.adjustments.push(Adjustment {
        project: row.project,
        month: month_of(unit.directory.zone(row.project).day_of(unit.now)),
        day: row.day.clone(),
        subject: row.subject,
        ruling,
        at: unit.now,
        before: text(serde_json::to_string(&before))?,
        after: after.clone(),
    });
    Ok(PersonDay { adjusted: Some(after), ..ruled })
}

/// AT-1, AT-15: the lead learns of an absence, of one too many, and of one that was none.
fn tell_lead(facts: &mut Facts, project: Uuid, person: &Attending<'_>, known: &PersonDayFacts, day: &DayRuling) {
    let key = notice_key(project, known.subject, known.day);
    let absent = day.ruling.outcome == DayVerdict::Absent;
    // who is in no team has no lead; the office finds them in the day's sheet
    if person.team.is_none() || (!absent && facts.records.get(&key).is_none()) {
        return;
    }
    let zone = known.zone.tz();
    let severe = day.flags.iter().find(|flag| flag.severe);
    let (rule, answer, known_facts) = match (severe, day.ruling.reasons.first()) {
        (Some(DayFlag { rule, answer, facts, .. }), _) => (*rule, *answer, facts.clone()),
        (None, Some(reason)) => (reason.rule, reason.answer, reason.facts.clone()),
        (None, None) => (Rule::At1, Answer::Yes, json!({})),
    };
    let text = messages::message(rule.as_str(), answer, &known_facts, &zone);
    let title = format!("{} {} {}", rule.as_str(), known.day, person.person.name);
    let about = day_key(key.project, known.subject, known.day).id;
    facts.notify(key, &Notice { about, to: None, title: &title, text: &text }, None);
    // for the lead and the deputy
    if let Some(notice) = facts.records.get(&key).cloned() {
        facts.records.put(key, Record { team: person.team, ..notice });
    }
}

/// The notice of an absence.
fn notice_key(project: Uuid, subject: Uuid, day: NaiveDate) -> Key {
    Key { project, id: Uuid::new_v5(&project, format!("absence:{subject}:{day}").as_bytes()) }
}
