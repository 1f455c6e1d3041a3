//! `baobei jobs`: what happens by itself, beside a running server.

use std::io;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, SecondsFormat};
use clap::{Args, Subcommand};
use comfy_table::Cell;
use serde::Serialize;
use sync_core::time::rfc3339;

use super::beside;
use super::failure::{Exit, Failure};
use super::terminal::{BAD, GOOD, Terminal, styled, table};
use crate::config::StoreOptions;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::jobs::claim::{Place, Plan};
use crate::jobs::registry::{ALL, Job, Scope};
use crate::jobs::slots::Slot;
use crate::jobs::{places, run_by_hand};
use crate::open::open_app_beside;
use crate::rules::calendar::Zone;
use crate::state::App;
use crate::store::job_runs::{JobRun, JobState};
use crate::store::{Db, StoreError, orgs};

/// Options of `baobei jobs`.
#[derive(Debug, Args)]
pub(super) struct JobsOptions {
    #[command(subcommand)]
    command: JobsCommand,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// Show every job: when it is due next, and what came of its last run
    List(ListOptions),
    /// Run a job now, whether it is due or not
    Run(RunOptions),
}

#[derive(Debug, Args)]
struct ListOptions {
    /// Only the project with this code
    #[arg(long)]
    project: Option<String>,
    #[command(flatten)]
    store: StoreOptions,
}

#[derive(Debug, Args)]
struct RunOptions {
    /// Name of the job, see `baobei jobs list`
    name: String,
    /// Only the project with this code
    #[arg(long)]
    project: Option<String>,
    /// The day, or a day of the week or month, it is run for; by default the one that was due last
    #[arg(long)]
    day: Option<NaiveDate>,
    #[command(flatten)]
    store: StoreOptions,
}

/// A job on a project.
#[derive(Debug, Serialize)]
struct Listed {
    job: &'static str,
    what: &'static str,
    /// Code of the project; none for the whole org.
    project: Option<String>,
    org: String,
    when: String,
    next: String,
    last: Option<Last>,
}

/// A job's last run.
#[derive(Debug, Serialize)]
struct Last {
    slot: String,
    started_at: String,
    state: JobState,
    attempt: i64,
    done: i64,
    took_ms: Option<i64>,
    over_budget: bool,
    error: Option<String>,
}

/// What a run by hand came to.
#[derive(Debug, Serialize)]
struct Ran {
    project: Option<String>,
    org: String,
    slot: String,
    done: u64,
    error: Option<String>,
}

pub(super) async fn run(options: JobsOptions, terminal: Terminal) -> Result<(), Failure> {
    match options.command {
        JobsCommand::List(options) => list(options, terminal).await,
        JobsCommand::Run(options) => run_job(options, terminal).await,
    }
}

async fn list(options: ListOptions, terminal: Terminal) -> Result<(), Failure> {
    let beside = beside::open(&options.store).await?;
    let listed = look(&beside.db, beside.clock.now(), options.project.as_deref()).await;
    beside.db.close().await;
    let listed = listed?;
    terminal.answer(&listed, |out| draw_list(&listed, out))
}

async fn look(db: &Db, now: i64, project: Option<&str>) -> Result<Vec<Listed>, StoreError> {
    let mut listed = Vec::new();
    for org in orgs::all(&mut db.read().await?).await? {
        let directory = Directory::load(&mut db.read().await?, org.org).await?;
        for place in places(&directory).into_iter().filter(|place| is_wanted(place, &directory, project)) {
            let newest = place.newest(db, now).await?;
            listed.push(Listed {
                job: place.job.name,
                what: place.job.what,
                project: code(&place, &directory),
                org: org.code.clone(),
                when: place.job.when.to_string(),
                next: next(&place, newest.as_ref(), now),
                last: newest.map(|run| last(run, place.zone)),
            });
        }
    }
    Ok(listed)
}

fn is_wanted(place: &Place, directory: &Directory, project: Option<&str>) -> bool {
    project.is_none_or(|wanted| code(place, directory).is_some_and(|code| code == wanted))
}

fn code(place: &Place, directory: &Directory) -> Option<String> {
    directory.projects.get(&place.project).map(|project| project.code.clone())
}

fn next(place: &Place, newest: Option<&JobRun>, now: i64) -> String {
    match place.plan(newest, now) {
        Plan::Idle => local(place.job.when.upcoming(place.zone, now), place.zone),
        Plan::Begin(_) if place.job.when.is_interval() => local(place.job.when.upcoming(place.zone, now), place.zone),
        Plan::Begin(_) => "now".to_owned(),
        Plan::Again(..) => "once more".to_owned(),
        Plan::Watch(..) => "running".to_owned(),
    }
}

fn last(run: JobRun, zone: Zone) -> Last {
    Last {
        slot: run.slot,
        started_at: local(run.started_at, zone),
        state: run.state,
        attempt: run.attempt,
        done: run.done,
        took_ms: run.took_ms,
        over_budget: run.over_budget,
        error: run.error,
    }
}

/// An instant as the people of a project tell it.
fn local(at: i64, zone: Zone) -> String {
    DateTime::from_timestamp_millis(at).map_or_else(
        || rfc3339::text(at),
        |utc| utc.with_timezone(&zone.tz()).to_rfc3339_opts(SecondsFormat::Secs, true),
    )
}

fn draw_list(listed: &[Listed], out: &mut dyn io::Write) -> io::Result<()> {
    let mut rows = table(&["job", "project", "when", "next", "last slot", "at", "result", "done", "ms", "what"]);
    for each in listed {
        let last = each.last.as_ref();
        let result = last.map(|last| match (&last.error, last.over_budget) {
            (Some(error), _) => styled(BAD, &format!("{} ({}): {error}", last.state, last.attempt)),
            (None, true) => styled(BAD, &format!("{}, over its budget", last.state)),
            (None, false) => last.state.to_string(),
        });
        rows.add_row(
            [
                each.job.to_owned(),
                each.project.clone().unwrap_or_else(|| format!("({})", each.org)),
                each.when.clone(),
                each.next.clone(),
                last.map(|last| last.slot.clone()).unwrap_or_default(),
                last.map(|last| last.started_at.clone()).unwrap_or_default(),
                result.unwrap_or_default(),
                last.map(|last| last.done.to_string()).unwrap_or_default(),
                last.and_then(|last| last.took_ms).map(|ms| ms.to_string()).unwrap_or_default(),
                each.what.to_owned(),
            ]
            .map(Cell::new),
        );
    }
    writeln!(out, "{rows}")
}

async fn run_job(options: RunOptions, terminal: Terminal) -> Result<(), Failure> {
    let Some(job) = Job::named(&options.name) else {
        let names: Vec<&str> = ALL.iter().map(|job| job.name).collect();
        return Err(Failure::new(Exit::Mistakes, format!("there is no job {}", options.name))
            .remedy(format!("The jobs are: {}.", names.join(", "))));
    };
    if options.day.is_some() && job.when.is_interval() {
        return Err(Failure::new(
            Exit::Mistakes,
            format!("{} looks {} and has no days of its own", job.name, job.when),
        )
        .remedy("Leave out --day."));
    }
    if options.project.is_some() && job.scope == Scope::Org {
        return Err(
            Failure::new(Exit::Mistakes, format!("{} is run for a whole org", job.name)).remedy("Leave out --project.")
        );
    }
    let app = open_app_beside(&options.store).await.map_err(|error| {
        Failure::new(Exit::Failed, format!("{} cannot be used: {error}", options.store.database))
            .remedy("Name the server's database and keys with --database and --keys.")
    })?;
    let ran = run_places(&app, job, &options).await;
    app.tasks.stop();
    app.db.close().await;
    let ran = ran?;
    terminal.answer(&ran, |out| draw_ran(job, &ran, out))?;
    match ran.iter().filter(|each| each.error.is_some()).count() {
        0 => Ok(()),
        count => Err(Failure::new(Exit::Failed, format!("{count} of {} runs failed", ran.len()))),
    }
}

async fn run_places(app: &App, job: &'static Job, options: &RunOptions) -> Result<Vec<Ran>, Failure> {
    let mut ran = Vec::new();
    for org in orgs::all(&mut app.db.read().await?).await? {
        let directory = Arc::new(Directory::load(&mut app.db.read().await?, org.org).await?);
        let wanted =
            |place: &Place| place.job.name == job.name && is_wanted(place, &directory, options.project.as_deref());
        for place in places(&directory).into_iter().filter(wanted) {
            let slot = slot(&place, options.day, app.clock.now())?;
            let result = run_by_hand(app, &directory, &place, &slot).await;
            let project = code(&place, &directory);
            let (done, error) = match result {
                Ok(done) => (done, None),
                Err(error) => (0, Some(cause(&error))),
            };
            ran.push(Ran { project, org: org.code.clone(), slot: slot.label, done, error });
        }
    }
    if ran.is_empty()
        && let Some(code) = &options.project
    {
        return Err(Failure::new(Exit::Failed, format!("there is no project {code}"))
            .remedy("See the org's document for the codes."));
    }
    Ok(ran)
}

fn slot(place: &Place, day: Option<NaiveDate>, now: i64) -> Result<Slot, Failure> {
    let when = place.job.when;
    let slot = match day {
        Some(day) => when.holding(place.zone, day),
        None => when.newest(place.zone, now),
    };
    match slot {
        Some(slot) if slot.due_at <= now => Ok(slot),
        Some(slot) => Err(Failure::new(
            Exit::Mistakes,
            format!("{} is due for {} at {} only", place.job.name, slot.label, local(slot.due_at, place.zone)),
        )
        .remedy("Name a day that has begun, or leave out --day.")),
        None => Err(Failure::new(Exit::Mistakes, format!("{} has no such day", place.zone))),
    }
}

fn cause(error: &AppError) -> String {
    error.cause().unwrap_or_else(|| error.to_string())
}

fn draw_ran(job: &Job, ran: &[Ran], out: &mut dyn io::Write) -> io::Result<()> {
    let mut rows = table(&["project", "slot", "done", "result"]);
    for each in ran {
        let result = each.error.as_ref().map_or_else(|| styled(GOOD, "done"), |error| styled(BAD, error));
        let project = each.project.clone().unwrap_or_else(|| format!("({})", each.org));
        rows.add_row([project, each.slot.clone(), each.done.to_string(), result].map(Cell::new));
    }
    writeln!(out, "{}\n{rows}", job.name)
}
