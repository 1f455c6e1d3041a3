//! What the jobs have done when: which slot of which job was run, by how many attempts, and what came of it.

use sync_core::words;
use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "org, project, job, slot, attempt, due_at, state, runs, beats, started_at, ended_at, took_ms, done, over_budget, error"
    };
}

statements! {
    NEWEST = concat!("SELECT ", columns!(), " FROM job_runs WHERE org = $1 AND project = $2 AND job = $3 AND due_at <= $4
        ORDER BY due_at DESC, slot DESC, attempt DESC LIMIT 1");
    OF_JOB = concat!("SELECT ", columns!(), " FROM job_runs WHERE org = $1 AND project = $2 AND job = $3
        ORDER BY due_at, slot, attempt");
    OF_SLOT = concat!("SELECT ", columns!(), " FROM job_runs WHERE org = $1 AND project = $2 AND job = $3 AND slot = $4
        ORDER BY attempt");
    ADD = "INSERT INTO job_runs (org, project, job, slot, attempt, due_at, state, runs, beats, started_at, done, over_budget)
        SELECT $1, $2, $3, $4, COALESCE(MAX(attempt), 0) + 1, $5, 'running', 1, 0, $6, 0, FALSE FROM job_runs
        WHERE org = $1 AND project = $2 AND job = $3 AND slot = $4
        RETURNING attempt";
    GO_ON = "UPDATE job_runs SET due_at = $6, state = 'running', runs = runs + 1, beats = 0, started_at = $7, ended_at = NULL
        WHERE org = $1 AND project = $2 AND job = $3 AND slot = $4 AND attempt = $5";
    BEAT = "UPDATE job_runs SET beats = beats + 1
        WHERE org = $1 AND project = $2 AND job = $3 AND slot = $4 AND attempt = $5 AND state = 'running'";
    END = "UPDATE job_runs SET state = $7, ended_at = $8, took_ms = $9, done = done + $10, over_budget = $11, error = $12
        WHERE org = $1 AND project = $2 AND job = $3 AND slot = $4 AND attempt = $5 AND runs = $6 AND state = 'running'";
    PURGE = "DELETE FROM job_runs WHERE (org, project, job, slot, attempt) IN (
            SELECT org, project, job, slot, attempt FROM job_runs WHERE org = $1 AND due_at < $2 LIMIT $3)";
    FORGET_AFTER = "DELETE FROM job_runs WHERE org = $1 AND due_at > $2";
}

words! {
    /// How far an attempt has come.
    pub enum JobState {
        /// Some process is at it.
        Running = "running",
        /// It did what there was to do.
        Done = "done",
        /// It met an error; what it had committed stays done.
        Failed = "failed",
        /// Its process went away; another took over.
        Lost = "lost",
    }
}

/// One attempt at a slot of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRun {
    /// The organisation.
    pub org: i64,
    /// The project; zeros for the whole org.
    pub project: Uuid,
    /// Name of the job.
    pub job: String,
    /// The day, week or month it was run for; for what looks again and again the day.
    pub slot: String,
    /// From 1 on.
    pub attempt: i64,
    /// When it was due, Unix ms.
    pub due_at: i64,
    /// How far it has come.
    pub state: JobState,
    /// How often it was run: more than once for what looks again and again.
    pub runs: i64,
    /// Grows while it runs.
    pub beats: i64,
    /// When the newest run began, Unix ms.
    pub started_at: i64,
    /// When it ended, Unix ms.
    pub ended_at: Option<i64>,
    /// How long it took, by a clock that cannot be set.
    pub took_ms: Option<i64>,
    /// How many things were done, over all runs.
    pub done: i64,
    /// Whether the newest run took longer than it may.
    pub over_budget: bool,
    /// Why it failed; no numbers and no secrets.
    pub error: Option<String>,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending<'a> {
    /// Anything but running.
    pub state: JobState,
    /// Unix ms.
    pub at: i64,
    /// By a clock that cannot be set.
    pub took_ms: i64,
    /// How many things were done.
    pub done: i64,
    /// Whether it took longer than it may.
    pub over_budget: bool,
    /// Why it failed.
    pub error: Option<&'a str>,
}

/// The newest run of a job that was due by `now` (Unix ms).
///
/// # Errors
/// [`StoreError`]
pub async fn newest(
    db: &mut Reader,
    (org, project, job): (i64, Uuid, &str),
    now: i64,
) -> Result<Option<JobRun>, StoreError> {
    db.fetch_optional(&NEWEST, &args![org, project, job, now]).await?.as_ref().map(job_run).transpose()
}

/// All runs of a job, the oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn of_job(db: &mut Reader, (org, project, job): (i64, Uuid, &str)) -> Result<Vec<JobRun>, StoreError> {
    db.fetch_all(&OF_JOB, &args![org, project, job]).await?.iter().map(job_run).collect()
}

/// All attempts at a slot, the first one first.
///
/// # Errors
/// [`StoreError`]
pub async fn of_slot(
    db: &mut Reader,
    (org, project, job): (i64, Uuid, &str),
    slot: &str,
) -> Result<Vec<JobRun>, StoreError> {
    db.fetch_all(&OF_SLOT, &args![org, project, job, slot]).await?.iter().map(job_run).collect()
}

/// Begins one more attempt at a slot that was due at `due_at`; which attempt it is.
///
/// # Errors
/// [`StoreError`]
pub async fn add(
    tx: &mut Tx,
    (org, project, job): (i64, Uuid, &str),
    (slot, due_at): (&str, i64),
    now: i64,
) -> Result<i64, StoreError> {
    tx.fetch_one(&ADD, &args![org, project, job, slot, due_at, now]).await?.i64("attempt")
}

/// Begins one more run in the row of `before`, for what looks again and again.
///
/// # Errors
/// [`StoreError::RowCount`] when that row is gone.
pub async fn go_on(tx: &mut Tx, before: &JobRun, due_at: i64, now: i64) -> Result<(), StoreError> {
    let b = before;
    tx.execute_one(&GO_ON, &args![b.org, b.project, &b.job, &b.slot, b.attempt, due_at, now]).await
}

/// Shows the other processes that a run is still under way; whether it is this one's still.
///
/// # Errors
/// [`StoreError`]
pub async fn beat(tx: &mut Tx, run: &JobRun) -> Result<bool, StoreError> {
    let args = args![run.org, run.project, &run.job, &run.slot, run.attempt];
    Ok(tx.execute(&BEAT, &args).await? > 0)
}

/// Writes down how a run ended; nothing when somebody else took it over, or the clock went back before it.
///
/// # Errors
/// [`StoreError`]
pub async fn end(tx: &mut Tx, run: &JobRun, ending: &Ending<'_>) -> Result<bool, StoreError> {
    let (r, e) = (run, ending);
    let state = e.state.as_str();
    let args = args![
        r.org,
        r.project,
        &r.job,
        &r.slot,
        r.attempt,
        r.runs,
        state,
        e.at,
        e.took_ms,
        e.done,
        e.over_budget,
        e.error
    ];
    Ok(tx.execute(&END, &args).await? > 0)
}

/// Removes up to `limit` runs that were due before an instant (Unix ms); how many there were.
///
/// # Errors
/// [`StoreError`]
pub async fn purge(tx: &mut Tx, org: i64, before: i64, limit: i64) -> Result<u64, StoreError> {
    tx.execute(&PURGE, &args![org, before, limit]).await
}

/// The clock was set back to `now` (Unix ms): what was due later has not been yet.
///
/// # Errors
/// [`StoreError`]
pub async fn forget_after(tx: &mut Tx, org: i64, now: i64) -> Result<(), StoreError> {
    tx.execute(&FORGET_AFTER, &args![org, now]).await.map(drop)
}

fn job_run(row: &Row) -> Result<JobRun, StoreError> {
    let state = row.text("state")?;
    Ok(JobRun {
        org: row.i64("org")?,
        project: row.id("project")?,
        job: row.text("job")?,
        slot: row.text("slot")?,
        attempt: row.i64("attempt")?,
        due_at: row.i64("due_at")?,
        state: state.parse().map_err(|_| StoreError::Inconsistent(format!("a job's run is {state}")))?,
        runs: row.i64("runs")?,
        beats: row.i64("beats")?,
        started_at: row.i64("started_at")?,
        ended_at: row.opt_i64("ended_at")?,
        took_ms: row.opt_i64("took_ms")?,
        done: row.i64("done")?,
        over_budget: row.bool("over_budget")?,
        error: row.opt_text("error")?,
    })
}
