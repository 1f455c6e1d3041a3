//! PR-7: holders are reminded before a protection ends, once for each of the policy's days; after a downtime of the nearest alone.

use api_spec::messages;
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::{BATCH, Run, is_full};
use crate::error::AppError;
use crate::facts::holding::holder;
use crate::facts::notices::Notice;
use crate::facts::{Facts, Need};
use crate::rules::period::{Period, Unit};
use crate::rules::ruling::Rule;
use crate::store::protections::{self, Protection};
use crate::store::reminders::{self, Reminder};
use crate::store::{Key, Tx, run_tx};

/// Whether somebody is to be reminded.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    let (zone, project) = (run.directory.zone(run.project), run.project);
    let mut db = run.app.db.read().await?;
    for days in days(run) {
        let horizon = zone.plus(run.now, Period::new(days, Unit::Days));
        if !reminders::due(&mut db, project, (run.now, horizon), days, 1).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Tells what is due on a project.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    for days in days(run) {
        loop {
            let (told, more) =
                run_tx(&run.app.db, "remind_holders", async |mut tx| remind(run, &mut tx, days).await).await?;
            done += told;
            if !more {
                break;
            }
        }
    }
    Ok(done)
}

/// How many days ahead holders are reminded, the nearest first.
fn days(run: &Run) -> Vec<u32> {
    let mut days = run.directory.policy(run.project, run.now).protection.remind_days.clone();
    days.sort_unstable();
    days
}

/// Reminds some holders so many days ahead; how many, and whether there may be more.
async fn remind(run: &Run, tx: &mut Tx, days: u32) -> Result<(u64, bool), AppError> {
    let (unit, project) = (run.begin(tx).await?, run.project);
    let zone = unit.directory.zone(project);
    let horizon = zone.plus(unit.now, Period::new(days, Unit::Days));
    let due = reminders::due(tx, project, (unit.now, horizon), days, BATCH).await?;
    if due.is_empty() {
        return Ok((0, false));
    }
    let found = protections::by_ids(tx, project, &due).await?;
    let mut need = Need::default();
    for row in &found {
        need.customer(Key { project, id: row.customer });
        row.until_at.iter().for_each(|until| need.record(notice(row, *until, days)));
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    let mut told = Vec::new();
    for row in found {
        // as it stands after the locks
        let row = facts.standing(project, row.class_name()).find(|each| each.id == row.id).cloned();
        let Some((row, until)) = row.and_then(|row| row.until_at.map(|until| (row, until))) else { continue };
        let key = notice(&row, until, days);
        if until <= unit.now || until > horizon {
            continue;
        }
        told.push(Reminder { project, protection: row.id, until, days });
        if let (Some(to), None) = (holder(&row), facts.records.get(&key)) {
            let left = (zone.day_of(until) - zone.day_of(unit.now)).num_days();
            let rule = Rule::Pr7.as_str();
            let text = messages::message(rule, Answer::Yes, &json!({"days": left, "until": until}), &zone.tz());
            let title = format!("{rule} {}", zone.day_of(until));
            facts.notify(key, &Notice { about: row.id, to: Some(to), title: &title, text: &text }, None);
        }
    }
    reminders::add(tx, &told).await?;
    facts.save(tx, &unit).await?;
    Ok((told.len() as u64, is_full(due.len() as u64) && !told.is_empty()))
}

/// The notice of an end so many days ahead; an extended protection has another end, and is told again.
fn notice(row: &Protection, until: i64, days: u32) -> Key {
    Key { project: row.project, id: Uuid::new_v5(&row.id, format!("remind:{until}:{days}").as_bytes()) }
}
