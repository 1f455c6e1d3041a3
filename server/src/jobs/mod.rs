//! What is done without anybody asking.
//!
//! [`ALL`] names the jobs. Each is due in *slots*: as soon as there is something to do, every so often, or at a local time of each of a
//! project's days, weeks or months. Every process on a database looks once a second; one of them claims a slot, which is written down in `job_runs`, and runs it:
//!
//! - **Catching up:** days that passed while nobody ran are run one after the other, in order.
//! - **Failures:** a run that fails is tried again after a pause that doubles, and stands in nobody's way. In the end its slot is given up.
//! - **Processes that die:** a run shows signs of life; when they stop, another process takes it over.
//! - **Clocks that are set:** pauses are measured by what a process has seen, not by the clock; a clock that goes back makes due again what
//!   has not been yet.
//!
//! Each batch of a job is a transaction that first takes its turn and then looks at what is left to do, so that doing it twice changes
//! nothing, and a crash leaves no more than the rest of the work to the next run. A job that has nothing to do writes nothing.

pub mod claim;
pub mod registry;
pub mod slots;

mod scheduler;

mod close_log_weeks;
mod close_person_days;
mod compare_outlets;
mod count_log_days;
mod count_outlet_months;
mod count_partner_days;
mod end_days;
mod find_proxies;
mod forget_logins;
mod lapse_protections;
mod publish_policies;
mod purge_feed;
mod purge_runs;
mod purge_uploads;
mod remind_followups;
mod remind_holders;
mod tell_office;
mod watch_disputes;
mod watch_log_reviews;
mod watch_notices;
mod watch_spot_checks;

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::error::AppError;
use crate::facts::Unit;
use crate::facts::directory::Directory;
use crate::seal::mask::mask_numbers_in;
use crate::seal::phone::Region;
use crate::state::App;
use crate::store::{Tx, meta};

pub use registry::{ALL, Job};
pub use scheduler::{Jobs, places, run_by_hand};

/// How often the clock is looked at; a clock that is set is noticed within this.
const POLL: Duration = Duration::from_secs(1);
/// Rows that one transaction changes.
const BATCH: i64 = 200;
/// How much of a failure is written down.
const ERROR_MAX: usize = 500;

/// Runs the jobs until the server stops.
pub(crate) fn start(app: &App) {
    let this = app.clone();
    app.tasks.spawn_until_stopped("jobs", async move {
        let mut jobs = Jobs::default();
        loop {
            if let Err(error) = jobs.poll(&this).await {
                tracing::warn!(cause = error.cause(), "jobs will be tried again");
            }
            tokio::time::sleep(POLL).await;
        }
    });
}

/// What a job works with.
#[derive(Debug)]
pub(crate) struct Run {
    /// The job's name.
    pub(crate) job: &'static str,
    /// The server.
    pub(crate) app: App,
    /// The organisation.
    pub(crate) org: i64,
    /// The project; zeros for the whole org.
    pub(crate) project: Uuid,
    /// Who was who when the run was planned; a transaction asks again, see [`Run::begin`].
    pub(crate) directory: Arc<Directory>,
    /// The project's day it is run for: today, or the day that is caught up with.
    pub(crate) today: NaiveDate,
    /// When the run was planned, Unix ms.
    pub(crate) now: i64,
}

impl Run {
    fn new(app: &App, directory: &Arc<Directory>, place: &claim::Place, today: NaiveDate) -> Self {
        let (app, directory, now) = (app.clone(), Arc::clone(directory), app.clock.now());
        Self { job: place.job.name, app, org: place.org, project: place.project, directory, today, now }
    }

    /// What a batch works with, once it is its turn.
    async fn begin(&self, tx: &mut Tx) -> Result<Unit, AppError> {
        meta::take_turn(tx, &format!("job:{}:{}", self.job, self.org)).await?;
        let directory: Arc<Directory> = self.app.directories.current(tx, self.org).await?;
        Ok(self.app.exchange.unit(directory))
    }
}

/// What is written down of a failure: its causes, without numbers.
fn job_error(error: &AppError) -> String {
    let cause = error.cause().unwrap_or_else(|| error.to_string());
    mask_numbers_in(&cause, Region::CN).chars().take(ERROR_MAX).collect()
}

/// A batch that is not full was the last.
fn is_full(done: u64) -> bool {
    done >= BATCH.cast_unsigned()
}
