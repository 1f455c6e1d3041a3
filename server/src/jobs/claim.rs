//! Who runs which slot: one process of those on a database, by the newest row of `job_runs`.

use std::time::Duration;

use uuid::Uuid;

use super::registry::Job;
use super::slots::Slot;
use crate::clock::Clock;
use crate::error::AppError;
use crate::rules::calendar::Zone;
use crate::store::job_runs::{self, Ending, JobRun, JobState};
use crate::store::{Db, StoreError, Tx, meta, run_tx};

/// A run that shows no sign of life for so long is taken over.
pub(super) const LEASE: Duration = Duration::from_secs(20);
/// How often a slot is tried.
const ATTEMPTS: i64 = 12;
/// The pause after the first failure; each following one is twice as long, up to ten minutes.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// A job on one project, or on the org as a whole.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The job.
    pub job: &'static Job,
    /// The organisation.
    pub org: i64,
    /// The project; zeros for the whole org.
    pub project: Uuid,
    /// Its time zone; UTC for the whole org.
    pub zone: Zone,
}

/// What is to be done at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Nothing is due.
    Idle,
    /// The slot is due.
    Begin(Slot),
    /// It failed, and is tried again after a pause.
    Again(Slot, Duration),
    /// Somebody is at it; it is taken over when it shows no sign of life for as long as this.
    Watch(Slot, Duration),
}

impl Place {
    pub(super) fn key(&self) -> (i64, Uuid, &'static str) {
        (self.org, self.project, self.job.name)
    }

    /// What is due at `now` (Unix ms) after the newest run. A job that never ran begins with the slot due last.
    pub fn plan(&self, newest: Option<&JobRun>, now: i64) -> Plan {
        let (when, zone) = (self.job.when, self.zone);
        let begin = |slot: Option<Slot>| slot.map_or(Plan::Idle, Plan::Begin);
        let Some(newest) = newest else { return begin(when.newest(zone, now)) };
        let same = || when.holding(zone, zone.day_of(newest.due_at)).or_else(|| when.newest(zone, now));
        match newest.state {
            JobState::Running => same().map_or(Plan::Idle, |slot| Plan::Watch(slot, LEASE)),
            JobState::Failed if when.is_interval() || newest.attempt < ATTEMPTS => {
                same().map_or(Plan::Idle, |slot| Plan::Again(slot, pause(newest.attempt)))
            }
            JobState::Lost => begin(same()),
            JobState::Failed | JobState::Done => begin(when.following(zone, newest.due_at, now)),
        }
    }

    /// The newest run that was due by `now` (Unix ms).
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn newest(&self, db: &Db, now: i64) -> Result<Option<JobRun>, StoreError> {
        job_runs::newest(&mut db.read().await?, self.key(), now).await
    }

    /// Claims a slot for this process, when the newest run still is the one that was seen and the slot still is due: the clock may have
    /// been set back meanwhile.
    pub(super) async fn claim(
        &self,
        (db, clock): (&Db, &Clock),
        seen: Option<&JobRun>,
        slot: &Slot,
    ) -> Result<Option<JobRun>, AppError> {
        run_tx(db, "claim_job", async |mut tx| {
            take_turn(&mut tx, self.org).await?;
            let now = clock.now();
            let newest = job_runs::newest(&mut tx, self.key(), now).await?;
            if slot.due_at > now || newest.as_ref() != seen {
                return Ok(None);
            }
            if let Some(lost) = newest.as_ref().filter(|newest| newest.state == JobState::Running) {
                let ending =
                    Ending { state: JobState::Lost, at: now, took_ms: 0, done: 0, over_budget: false, error: None };
                job_runs::end(&mut tx, lost, &ending).await?;
            }
            let goes_on = newest.filter(|newest| {
                self.job.when.is_interval() && newest.state == JobState::Done && newest.slot == slot.label
            });
            if let Some(before) = goes_on {
                job_runs::go_on(&mut tx, &before, slot.due_at, now).await?;
            } else {
                job_runs::add(&mut tx, self.key(), (&slot.label, slot.due_at), now).await?;
            }
            Ok(job_runs::newest(&mut tx, self.key(), now).await?)
        })
        .await
    }

    /// Claims a slot whatever became of it before.
    pub(super) async fn claim_by_hand(&self, (db, clock): (&Db, &Clock), slot: &Slot) -> Result<JobRun, AppError> {
        run_tx(db, "claim_job", async |mut tx| {
            take_turn(&mut tx, self.org).await?;
            let attempt = job_runs::add(&mut tx, self.key(), (&slot.label, slot.due_at), clock.now()).await?;
            let all = job_runs::of_slot(&mut tx, self.key(), &slot.label).await?;
            let claimed = all.into_iter().find(|run| run.attempt == attempt);
            claimed.ok_or_else(|| AppError::Broken("a run that was just begun is gone".to_owned()))
        })
        .await
    }
}

/// Of several processes that claim for an org, one does it after the other.
///
/// # Errors
/// [`StoreError`]
pub async fn take_turn(tx: &mut Tx, org: i64) -> Result<(), StoreError> {
    meta::take_turn(tx, &format!("claim_jobs:{org}")).await
}

/// How long a slot rests after so many failures.
fn pause(failures: i64) -> Duration {
    let doubled = u32::try_from(failures.clamp(1, 16) - 1).map_or(1, |times| 1_u32 << times);
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::slots::When;

    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

    fn place(job: &str) -> Place {
        Place { job: Job::named(job).unwrap(), org: 1, project: Uuid::nil(), zone: Zone::UTC }
    }

    fn run(state: JobState, attempt: i64, due_at: i64) -> JobRun {
        JobRun {
            org: 1,
            project: Uuid::nil(),
            job: String::new(),
            slot: Zone::UTC.day_of(due_at).to_string(),
            attempt,
            due_at,
            state,
            runs: 1,
            beats: 0,
            started_at: due_at,
            ended_at: None,
            took_ms: None,
            done: 0,
            over_budget: false,
            error: None,
        }
    }

    fn label(plan: &Plan) -> String {
        match plan {
            Plan::Idle => "idle".to_owned(),
            Plan::Begin(slot) => format!("begin {}", slot.label),
            Plan::Again(slot, pause) => format!("again {} in {}", slot.label, pause.as_secs()),
            Plan::Watch(slot, pause) => format!("watch {} for {}", slot.label, pause.as_secs()),
        }
    }

    #[test]
    fn a_day_follows_the_other_and_one_that_failed_is_tried_again_until_it_is_given_up() {
        let place = place("end_days");
        let rows = [
            (None, "begin 1970-01-05"),
            (Some(run(JobState::Done, 1, 4 * DAY_MS)), "idle"),
            (Some(run(JobState::Done, 1, DAY_MS)), "begin 1970-01-03"),
            (Some(run(JobState::Running, 1, DAY_MS)), "watch 1970-01-02 for 20"),
            (Some(run(JobState::Lost, 1, DAY_MS)), "begin 1970-01-02"),
            (Some(run(JobState::Failed, 1, DAY_MS)), "again 1970-01-02 in 1"),
            (Some(run(JobState::Failed, 4, DAY_MS)), "again 1970-01-02 in 8"),
            (Some(run(JobState::Failed, 11, DAY_MS)), "again 1970-01-02 in 600"),
            (Some(run(JobState::Failed, 12, DAY_MS)), "begin 1970-01-03"),
            (Some(run(JobState::Failed, 12, 4 * DAY_MS)), "idle"),
        ];
        for (newest, expected) in rows {
            assert_eq!(label(&place.plan(newest.as_ref(), 5 * DAY_MS - 1)), expected, "{newest:?}");
        }
    }

    #[test]
    fn what_runs_as_soon_as_it_is_due_runs_again_at_the_same_instant_but_one_run_after_the_other() {
        let (place, now) = (place("count_outlet_months"), 5 * DAY_MS + 90_000);
        let rows = [
            (run(JobState::Done, 1, now), "begin 1970-01-06"),
            (run(JobState::Running, 1, now), "watch 1970-01-06 for 20"),
            (run(JobState::Failed, 2, now), "again 1970-01-06 in 2"),
            (run(JobState::Lost, 1, now), "begin 1970-01-06"),
        ];
        for (newest, expected) in rows {
            assert_eq!(label(&place.plan(Some(&newest), now)), expected, "{newest:?}");
        }
    }

    #[test]
    fn what_looks_again_and_again_goes_on_with_its_newest_slot_and_is_never_given_up() {
        let place = place("watch_disputes");
        assert!(matches!(place.job.when, When::Every(_)));
        let now = 5 * DAY_MS + 90_000;
        let rows = [
            (None, "begin 1970-01-06"),
            (Some(run(JobState::Done, 1, now - 30_000)), "idle"),
            (Some(run(JobState::Done, 1, DAY_MS)), "begin 1970-01-06"),
            (Some(run(JobState::Failed, 99, DAY_MS)), "again 1970-01-06 in 600"),
        ];
        for (newest, expected) in rows {
            assert_eq!(label(&place.plan(newest.as_ref(), now)), expected, "{newest:?}");
        }
    }
}
