//! Looks what is due, and does it.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::claim::{LEASE, Place, Plan};
use super::registry::{ALL, Job, Scope};
use super::slots::{Slot, When};
use super::{Run, job_error};
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::rules::calendar::Zone;
use crate::state::App;
use crate::store::job_runs::{self, Ending, JobRun, JobState};
use crate::store::{orgs, run_tx};

/// How often a run shows that its process is alive.
const BEAT: Duration = Duration::from_secs(5);
/// How many times as long as its last run a job rests that has something to do all the time.
const REST: u32 = 20;
/// How often somebody who waits for another's run looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// One process's view of the jobs: what it need not look at yet, and since when it has seen others' runs as they are.
#[derive(Debug, Default)]
pub struct Jobs {
    quiet_until: BTreeMap<(i64, Uuid, &'static str), i64>,
    seen: BTreeMap<(i64, Uuid, &'static str), (JobRun, Instant)>,
    /// What runs as soon as there is something to do rests between runs: under a storm of news it would do nothing else.
    resting: BTreeMap<(i64, Uuid, &'static str), Instant>,
    last_now: i64,
}

/// How far a place has come.
enum Step {
    /// There is nothing to do for now.
    Rest,
    /// Another process is at it, or it failed a moment ago.
    Wait,
    /// A run ended.
    Ran(Result<(), AppError>),
    /// Somebody was quicker.
    Changed,
}

/// How much a pass wants done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// What is due by the clock.
    Clock,
    /// Everything there is to do, without waiting for an interval or after a failure; what others are at is waited for.
    Everything,
}

impl Jobs {
    /// Does everything there is to do now, whether its interval is over or not, and waits for what another process is at.
    ///
    /// # Errors
    /// The first that a job met; the other jobs were run all the same, and what was committed stays done.
    pub async fn run(&mut self, app: &App) -> Result<(), AppError> {
        self.pass(app, Pace::Everything).await
    }

    /// Does what is due by the clock. Failures of jobs are written down, logged, and tried again later.
    ///
    /// # Errors
    /// Those of looking what is due.
    pub(super) async fn poll(&mut self, app: &App) -> Result<(), AppError> {
        self.pass(app, Pace::Clock).await
    }

    async fn pass(&mut self, app: &App, pace: Pace) -> Result<(), AppError> {
        let now = app.clock.now();
        if now < self.last_now || app.clock.is_dev() {
            // a clock that can be set may have been anywhere since
            self.quiet_until.clear();
        }
        self.last_now = now;
        let mut first = Ok(());
        for org in orgs::all(&mut app.db.read().await?).await? {
            let directory = app.directories.current(&mut app.db.read().await?, org.org).await?;
            for place in places(&directory) {
                let result = self.work_off(app, &directory, &place, pace).await;
                if let Err(error) = result {
                    tracing::warn!(job = place.job.name, cause = error.cause(), "a job will be tried again");
                    first = first.and(Err(error));
                }
            }
        }
        if pace == Pace::Everything { first } else { Ok(()) }
    }

    /// Runs the slots of a place until none is left.
    async fn work_off(
        &mut self,
        app: &App,
        directory: &Arc<Directory>,
        place: &Place,
        pace: Pace,
    ) -> Result<(), AppError> {
        loop {
            match self.step(app, directory, place, pace).await? {
                Step::Rest => return Ok(()),
                Step::Wait if pace == Pace::Clock => return Ok(()),
                Step::Wait => tokio::time::sleep(LOOK_AGAIN).await,
                Step::Changed => {}
                Step::Ran(result) => {
                    result?;
                    if place.job.when.is_interval() {
                        return Ok(());
                    }
                }
            }
        }
    }

    async fn step(
        &mut self,
        app: &App,
        directory: &Arc<Directory>,
        place: &Place,
        pace: Pace,
    ) -> Result<Step, AppError> {
        let (now, when) = (app.clock.now(), place.job.when);
        if pace == Pace::Clock && self.resting.get(&place.key()).is_some_and(|&until| Instant::now() < until) {
            return Ok(Step::Rest);
        }
        if pace == Pace::Clock && self.quiet_until.get(&place.key()).is_some_and(|&until| now < until) {
            return Ok(Step::Rest);
        }
        let run = |slot: &Slot| Run::new(app, directory, place, slot.day);
        let Some(current) = when.newest(place.zone, now) else { return Ok(Step::Rest) };
        // most looks end here, without a word written
        if when.is_interval() && !(place.job.look)(&run(&current)).await? {
            self.quiet_until.insert(place.key(), when.upcoming(place.zone, now));
            return Ok(Step::Rest);
        }
        let newest = place.newest(&app.db, now).await?;
        let unchanged = self.unchanged_for(place, newest.as_ref());
        let slot = match place.plan(newest.as_ref(), now) {
            Plan::Begin(slot) => slot,
            Plan::Again(slot, _) if pace == Pace::Everything => slot,
            Plan::Again(slot, pause) | Plan::Watch(slot, pause) if unchanged >= pause => slot,
            Plan::Again(..) | Plan::Watch(..) => return Ok(Step::Wait),
            Plan::Idle if pace == Pace::Everything && when.is_interval() => current,
            Plan::Idle => {
                self.quiet_until.insert(place.key(), when.upcoming(place.zone, now));
                return Ok(Step::Rest);
            }
        };
        let Some(claimed) = place.claim((&app.db, &app.clock), newest.as_ref(), &slot).await? else {
            return Ok(Step::Changed);
        };
        let started = Instant::now();
        let result = perform(place.job, &run(&slot), &claimed).await;
        if when == When::AsDue {
            self.resting.insert(place.key(), Instant::now() + started.elapsed() * REST);
        }
        Ok(Step::Ran(result.map(drop)))
    }

    /// For how long this process has seen a place as it is.
    fn unchanged_for(&mut self, place: &Place, newest: Option<&JobRun>) -> Duration {
        let Some(newest) = newest.filter(|newest| newest.state != JobState::Done) else {
            self.seen.remove(&place.key());
            return LEASE;
        };
        let fresh = || (newest.clone(), Instant::now());
        let seen = self.seen.entry(place.key()).or_insert_with(fresh);
        if seen.0 != *newest {
            *seen = fresh();
        }
        seen.1.elapsed()
    }
}

/// Where jobs are run: those of the org first, then those of each project.
pub fn places(directory: &Directory) -> Vec<Place> {
    let org = directory.org;
    let of = |scope: Scope| ALL.iter().filter(move |job| job.scope == scope);
    let whole = of(Scope::Org).map(|job| Place { job, org, project: Uuid::nil(), zone: Zone::UTC });
    let projects = directory
        .projects
        .iter()
        .flat_map(|(&project, row)| of(Scope::Project).map(move |job| Place { job, org, project, zone: row.zone }));
    whole.chain(projects).collect()
}

/// Runs one slot now, whatever became of it before; how many things were done.
///
/// # Errors
/// Those of the job, which are written down, too.
pub async fn run_by_hand(app: &App, directory: &Arc<Directory>, place: &Place, slot: &Slot) -> Result<u64, AppError> {
    let claimed = place.claim_by_hand((&app.db, &app.clock), slot).await?;
    perform(place.job, &Run::new(app, directory, place, slot.day), &claimed).await
}

/// Does the work of a claimed slot, and writes down what came of it.
async fn perform(job: &Job, run: &Run, claimed: &JobRun) -> Result<u64, AppError> {
    let started = Instant::now();
    let result = {
        let work = pin!((job.run)(run));
        let alive = pin!(keep_alive(run, claimed));
        tokio::select! {
            result = work => result,
            error = alive => Err(error),
        }
    };
    let took = started.elapsed();
    let over_budget = took > job.budget;
    let error = result.as_ref().err().map(job_error);
    let state = if error.is_some() { JobState::Failed } else { JobState::Done };
    metrics::counter!("baobei_job_runs_total", "job" => job.name, "outcome" => state.as_str()).increment(1);
    metrics::histogram!("baobei_job_seconds", "job" => job.name).record(took.as_secs_f64());
    if over_budget {
        metrics::counter!("baobei_job_runs_over_budget_total", "job" => job.name).increment(1);
        tracing::warn!(job = job.name, slot = claimed.slot, seconds = took.as_secs(), "a job took longer than it may");
    }
    let ending = Ending {
        state,
        at: run.app.clock.now(),
        took_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
        done: result.as_ref().map_or(0, |done| i64::try_from(*done).unwrap_or(i64::MAX)),
        over_budget,
        error: error.as_deref(),
    };
    run_tx(&run.app.db, "end_job", async |mut tx| job_runs::end(&mut tx, claimed, &ending).await).await?;
    result
}

/// Shows that this process is alive; ends when another one has taken over.
async fn keep_alive(run: &Run, claimed: &JobRun) -> AppError {
    loop {
        tokio::time::sleep(BEAT).await;
        // a database that is in trouble fails the work itself soon enough
        let beat = run_tx(&run.app.db, "beat_job", async |mut tx| job_runs::beat(&mut tx, claimed).await);
        if matches!(beat.await, Ok(false)) {
            return AppError::Broken("another process took over".to_owned());
        }
    }
}
