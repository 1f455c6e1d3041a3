//! WL-6: the office is told of logs that should have been read by now, by team and day.

use std::collections::BTreeMap;

use api_spec::messages;
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::{BATCH, Run, is_full};
use crate::error::AppError;
use crate::facts::notices::Notice;
use crate::facts::{Facts, Need};
use crate::rules::ruling::Rule;
use crate::store::log_days::{self, Filter, LogDay};
use crate::store::{Key, Tx, run_tx};

/// Logs of one team and day that are counted at most.
const MANY: i64 = 1_000;

/// Whether a log should have been read by now.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    Ok(!log_days::unread(&mut run.app.db.read().await?, run.project, run.app.clock.now(), 1).await?.is_empty())
}

/// Tells what is due on a project.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        let told = run_tx(&run.app.db, "watch_log_reviews", async |mut tx| watch(run, &mut tx).await).await?;
        done += told;
        if !is_full(told) {
            return Ok(done);
        }
    }
}

/// Tells of a batch; how many logs.
async fn watch(run: &Run, tx: &mut Tx) -> Result<u64, AppError> {
    let (unit, project) = (run.begin(tx).await?, run.project);
    let mut found = log_days::unread(tx, project, unit.now, BATCH).await?;
    let mut groups: BTreeMap<(String, Option<Uuid>), i64> = BTreeMap::new();
    let mut need = Need::default();
    for row in &found {
        let due = groups.entry((row.day.clone(), row.team)).or_insert(i64::MAX);
        *due = row.review_due.map_or(*due, |at| at.min(*due));
        need.record(notice(project, row));
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    for ((day, team), due) in groups {
        let filter = Filter {
            project,
            team,
            days: (&day, &day),
            phase: None,
            also_without: false,
            reviewed: None,
            overdue: (unit.now, Some(true)),
            flagged: None,
            after: None,
        };
        let unread = log_days::list(tx, &filter, MANY).await?;
        let Some(first) = unread.first() else { continue };
        let name = team.and_then(|team| unit.directory.teams.get(&team)).map_or("", |team| team.name.as_str());
        let known = json!({"case": "unread", "team": name, "count": unread.len(), "day": day, "due": due});
        let rule = Rule::Wl6.as_str();
        let text = messages::message(rule, Answer::No, &known, &unit.directory.zone(project).tz());
        let title = format!("{rule} {day} {name}");
        let told = Notice { about: team.unwrap_or(project), to: None, title: &title, text: &text };
        facts.notify(notice(project, first), &told, None);
    }
    found.sort_by(|one, other| (&one.day, one.subject).cmp(&(&other.day, other.subject)));
    log_days::tell(tx, &found).await?;
    facts.save(tx, &unit).await?;
    Ok(found.len() as u64)
}

/// The notice about a team's logs of a day.
fn notice(project: Uuid, row: &LogDay) -> Key {
    let team = row.team.unwrap_or_default();
    Key { project, id: Uuid::new_v5(&project, format!("unread-logs:{team}:{}", row.day).as_bytes()) }
}
