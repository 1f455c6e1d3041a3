//! What is done without anybody asking: days end and are counted, protections lapse and their holders are reminded, cases come due, the office
//! learns of refused ops, old tombstones go.
//!
//! Every process on a database runs the jobs. Each batch is a transaction that first takes its turn and then looks at what is left to do, so
//! that doing it twice changes nothing, and a crash leaves no more than the rest of the work to the next run.

pub(crate) mod close_person_days;
mod count_partner_days;
mod end_days;
mod publish_policies;
mod purge_feed;
mod remind_holders;
mod tell_office;
mod watch_disputes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::app::lapse_protections::lapse_protections;
use crate::error::AppError;
use crate::facts::Unit;
use crate::facts::directory::Directory;
use crate::state::App;
use crate::store::{Tx, meta, orgs};

/// How often the clock is looked at; a clock that is set is noticed within this.
const POLL: Duration = Duration::from_secs(1);
/// How often protections are looked through, and late bookings of days that are over.
const LAPSE_EVERY_MS: i64 = 60 * 1_000;
/// How often tombstones are looked through.
const PURGE_EVERY_MS: i64 = 60 * 60 * 1_000;
/// Rows that one transaction changes.
const BATCH: i64 = 200;

/// Runs the jobs until the server stops.
pub(crate) fn start(app: &App) {
    let this = app.clone();
    app.tasks.spawn_until_stopped("jobs", async move {
        let mut jobs = Jobs::default();
        loop {
            if let Err(error) = jobs.run(&this).await {
                tracing::warn!(cause = error.cause(), "jobs will be tried again");
            }
            tokio::time::sleep(POLL).await;
        }
    });
}

/// The jobs, and what was done when.
#[derive(Debug, Default)]
pub struct Jobs {
    /// The day that began last on each project.
    days: BTreeMap<Uuid, NaiveDate>,
    /// The version of the policy that was in force last on each project.
    policies: BTreeMap<Uuid, i64>,
    lapsed_at: Option<i64>,
    purged_at: Option<i64>,
}

impl Jobs {
    /// Does what is due now.
    ///
    /// # Errors
    /// Those of the store and the op log; what was committed stays done, and the next run does the rest.
    pub async fn run(&mut self, app: &App) -> Result<(), AppError> {
        let now = app.clock.now();
        let (lapse, purge) = (is_due(self.lapsed_at, now, LAPSE_EVERY_MS), is_due(self.purged_at, now, PURGE_EVERY_MS));
        for org in orgs::all(&mut app.db.read().await?).await? {
            let directory = app.directories.current(&mut app.db.read().await?, org.org).await?;
            tell_office::run(app, org.org).await?;
            for (&project, row) in &directory.projects {
                let today = row.zone.day_of(now);
                if self.days.get(&project) != Some(&today) {
                    end_days::run(app, org.org, project, today).await?;
                    count_partner_days::run(app, org.org, project, today).await?;
                    close_person_days::run(app, org.org, project, today).await?;
                    self.days.insert(project, today);
                } else if lapse {
                    count_partner_days::run(app, org.org, project, today).await?;
                    close_person_days::run(app, org.org, project, today).await?;
                }
                if lapse {
                    remind_holders::run(app, org.org, project, &directory, now).await?;
                    watch_disputes::run(app, org.org, project).await?;
                }
                if publish_policies::is_due(row, self.policies.get(&project).copied(), now) {
                    publish_policies::run(app, org.org, project).await?;
                }
                self.policies.insert(project, row.policy_at(now).map_or(0, |policy| policy.version));
            }
            if purge {
                purge_feed::run(app, org.org, now).await?;
            }
        }
        if lapse {
            lapse_protections(app).await?;
            self.lapsed_at = Some(now);
        }
        if purge {
            self.purged_at = Some(now);
        }
        Ok(())
    }
}

/// Whether so much time has passed; a clock that was set back counts, too.
fn is_due(last: Option<i64>, now: i64, every_ms: i64) -> bool {
    last.is_none_or(|last| now.saturating_sub(last).abs() >= every_ms)
}

/// What a batch works with, once it is its turn.
async fn begin(app: &App, tx: &mut Tx, org: i64, job: &str) -> Result<Unit, AppError> {
    meta::take_turn(tx, &format!("job:{job}:{org}")).await?;
    let directory: Arc<Directory> = app.directories.current(tx, org).await?;
    Ok(app.exchange.unit(directory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_due_at_first_and_whenever_the_clock_has_moved() {
        for (last, now, due) in
            [(None, 0, true), (Some(100), 159, false), (Some(100), 160, true), (Some(100), 40, true)]
        {
            assert_eq!(is_due(last, now, 60), due, "{last:?} {now}");
        }
    }
}
