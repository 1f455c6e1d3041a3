//! A week's logs are due: the office is told of teams that did not hand theirs in (WL-9), and the sample is drawn (WL-8).

use chrono::NaiveDate;
use sync_core::kinds::daily_log_id;
use sync_core::time::Answer;
use uuid::Uuid;

use super::Run;
use crate::app::hand_in_week::{overdue_week, tell_week};
use crate::error::AppError;
use crate::facts::{Facts, Need};
use crate::rules::week::{Week, sample};
use crate::store::log_days::{self, Filter};
use crate::store::{Reader, StoreError, Tx, log_weeks, run_tx};

/// How many weeks back a server that was down looks.
const WEEKS: usize = 4;
/// Days that are read at once.
const BATCH: i64 = 1_000;

/// Whether a week is due.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    Ok(!due(run).await?.is_empty())
}

/// Closes what is due on a project; how many weeks.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let weeks = due(run).await?;
    for week in &weeks {
        run_tx(&run.app.db, "close_log_week", async |mut tx| close(run, &mut tx, *week).await).await?;
    }
    Ok(weeks.len() as u64)
}

/// The weeks whose logs should be in by now, and that were not closed.
async fn due(run: &Run) -> Result<Vec<Week>, AppError> {
    let now = run.app.clock.now();
    let (zone, policy) = (run.directory.zone(run.project), run.directory.policy(run.project, now));
    let weeks = std::iter::successors(Some(Week::of(run.today).before()), |week| Some(week.before())).take(WEEKS);
    let mut db = run.app.db.read().await?;
    let mut due = Vec::new();
    for week in weeks.filter(|week| week.due(zone, &policy) <= now) {
        if log_weeks::drawn(&mut db, run.project, &week.to_string()).await?.is_none() {
            due.push(week);
        }
    }
    Ok(due)
}

/// Closes a week once; what is handed in later heals the notice.
async fn close(run: &Run, tx: &mut Tx, week: Week) -> Result<(), AppError> {
    let (unit, project) = (run.begin(tx).await?, run.project);
    let directory = &unit.directory;
    let mut overdue = Vec::new();
    let mut need = Need::default();
    for team in directory.teams.iter().filter(|(_, team)| team.project == project).map(|(id, _)| *id) {
        let handed_in = log_weeks::find(tx, project, team, &week.to_string()).await?.is_some();
        if !handed_in && has_days(tx, project, team, week).await? {
            need.record(overdue_week(project, team, week));
            overdue.push(team);
        }
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    for team in overdue {
        tell_week(directory, &mut facts, (project, team, week), Answer::No);
    }
    let days = handed_in(tx, project, week).await?;
    let ids: Vec<Uuid> = days.iter().map(|(_, _, log)| *log).collect();
    let drawn = sample(project, week, &ids, directory.policy(project, unit.now).log.sample);
    let mut chosen: Vec<(String, Uuid)> =
        days.into_iter().filter(|(_, _, log)| drawn.contains(log)).map(|(day, user, _)| (day, user)).collect();
    chosen.sort_unstable();
    let logs = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    log_weeks::draw(tx, (project, &week.to_string()), unit.now, logs, &chosen).await?;
    facts.save(tx, &unit).await
}

/// Whether anybody of the team worked that week.
async fn has_days(db: &mut Reader, project: Uuid, team: Uuid, week: Week) -> Result<bool, StoreError> {
    let (from, until) = (week.first().to_string(), week.last().to_string());
    let filter = all(project, Some(team), (&from, &until));
    Ok(!log_days::list(db, &filter, 1).await?.is_empty())
}

/// Day, author and id of every log of a week that was handed in in time.
async fn handed_in(db: &mut Reader, project: Uuid, week: Week) -> Result<Vec<(String, Uuid, Uuid)>, StoreError> {
    let (from, until) = (week.first().to_string(), week.last().to_string());
    let mut found: Vec<(String, Uuid, Uuid)> = Vec::new();
    let mut after: Option<(String, Uuid)> = None;
    loop {
        let filter = Filter {
            after: after.as_ref().map(|(day, user)| (day.as_str(), *user)),
            also_without: false,
            ..all(project, None, (&from, &until))
        };
        let days = log_days::list(db, &filter, BATCH).await?;
        for day in &days {
            let counts = matches!(day.phase.as_deref(), Some("submitted" | "returned" | "approved"));
            if let Some(date) = day.day.parse::<NaiveDate>().ok().filter(|_| counts) {
                found.push((day.day.clone(), day.subject, daily_log_id(day.subject, date)));
            }
        }
        if i64::try_from(days.len()).is_ok_and(|count| count < BATCH) {
            return Ok(found);
        }
        after = days.last().map(|day| (day.day.clone(), day.subject));
    }
}

fn all<'a>(project: Uuid, team: Option<Uuid>, days: (&'a str, &'a str)) -> Filter<'a> {
    Filter {
        project,
        team,
        days,
        phase: None,
        also_without: true,
        reviewed: None,
        overdue: (0, None),
        flagged: None,
        after: None,
    }
}
