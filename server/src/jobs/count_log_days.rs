//! WL-1, WL-16: people's days are looked at when something changed: the facts go beside the words of a log that was handed in; when the day is
//! over, a draft counts as missed, and who was there and handed no log in is told, with the lead. Late evidence heals it.

use api_spec::messages;
use chrono::NaiveDate;
use uuid::Uuid;

use super::{BATCH, Run};
use crate::error::AppError;
use crate::facts::notices::Notice;
use crate::facts::rulings::Subject;
use crate::facts::work_days::missing_log;
use crate::facts::{Facts, Need, Unit, logs};
use crate::rules::daily_log::{LogDayFacts, LogDayVerdict, close_day};
use crate::rules::party::Holder;
use crate::rules::replay::Decision;
use crate::store::log_days::{self, LogDay};
use crate::store::{Key, Tx, run_tx};
use crate::sync::judge::Judge;
use sync_core::kinds::daily_log_id;

/// Whether a day changed since it was looked at.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    let mut db = run.app.db.read().await?;
    Ok(!log_days::due(&mut db, run.project, &run.today.to_string(), 1).await?.is_empty())
}

/// Looks at what is due on a project.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        match run_tx(&run.app.db, "count_log_days", async |mut tx| count(run, &mut tx).await).await? {
            0 => return Ok(done),
            counted => done += counted,
        }
    }
}

/// Counts the oldest day that is due; of how many persons.
async fn count(run: &Run, tx: &mut Tx) -> Result<u64, AppError> {
    let (unit, project, today) = (run.begin(tx).await?, run.project, run.today);
    let due = log_days::due(tx, project, &today.to_string(), BATCH).await?;
    let Some(day) = due.first().and_then(|first| first.day.parse::<NaiveDate>().ok()) else { return Ok(0) };
    let people: Vec<Uuid> = due.iter().filter(|each| each.day == due[0].day).map(|each| each.subject).collect();
    let mut need = Need::default();
    for person in &people {
        need.record(Key { project, id: daily_log_id(*person, day) });
        need.record(missing_log(project, *person, day));
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    // counted after the lock: who adds to the day waits, and makes it due again
    let rows = log_days::lock(tx, project, &due[0].day, &people).await?;
    facts.count_work_days(tx, &unit.directory, project, day, &people).await?;
    let rows: Vec<LogDay> = rows.into_iter().map(|row| look_at(&unit, &mut facts, row, day, day < today)).collect();
    facts.save(tx, &unit).await?;
    // last, so that what was written here does not make the days due again
    log_days::settle(tx, &rows).await?;
    Ok(rows.len() as u64)
}

/// Looks at one person's day.
fn look_at(unit: &Unit, facts: &mut Facts, row: LogDay, day: NaiveDate, is_over: bool) -> LogDay {
    let key = Key { project: row.project, id: daily_log_id(row.subject, day) };
    let log = facts.records.get(&key).filter(|record| record.kind == "daily_log" && !record.deleted).cloned();
    let handed_in = log.as_ref().is_some_and(logs::is_handed_in);
    if let Some(log) = log {
        let mut judge = Judge { directory: &unit.directory, facts };
        if is_over && log.phase == "draft" {
            judge.miss_log(log);
        } else {
            judge.check_log(log);
        }
    }
    let present = facts.is_present(row.project, row.subject, day);
    if is_over { rule(unit, facts, row, LogDayFacts { day, present, handed_in }) } else { row }
}

/// A ruling where a log is missing, or was; person and lead are told of it, and of what came of it.
fn rule(unit: &Unit, facts: &mut Facts, row: LogDay, known: LogDayFacts) -> LogDay {
    let ruling = close_day(&known);
    let outcome = Some(ruling.outcome.to_string());
    if outcome == row.outcome || (row.ruling.is_none() && ruling.outcome != LogDayVerdict::Missing) {
        return LogDay { outcome, ..row };
    }
    let key = missing_log(row.project, row.subject, known.day);
    let about = Subject {
        key,
        family: "log_day",
        owner: Some(row.subject),
        team: row.team,
        supersedes: row.ruling,
        decided_by: None,
        note: None,
    };
    let verdict = facts.rule(&unit.directory, &about, &ruling, &Decision::LogDay(known));
    let made = verdict.ruling;
    let reason = &ruling.reasons[0];
    let rule = reason.rule.as_str();
    let text = messages::message(rule, reason.answer, &reason.facts, &unit.directory.zone(row.project).tz());
    let name = unit.directory.people.get(&row.subject).map_or("", |person| person.name.as_str());
    let title = format!("{rule} {} {name}", known.day);
    let about = daily_log_id(row.subject, known.day);
    let notice = Notice { about, to: Some(Holder::User(row.subject)), title: &title, text: &text };
    facts.notify(key, &notice, Some(verdict));
    facts.share_notice(key, row.team);
    LogDay { outcome, ruling: Some(made), ..row }
}
