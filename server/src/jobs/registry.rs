//! The jobs there are. To add one: a file with `run`, and `look` when a cheap read can tell that there is nothing to do, and a row here.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::slots::When;
use super::{
    Run, close_log_weeks, close_person_days, compare_outlets, count_log_days, count_outlet_months, count_partner_days,
    end_days, find_proxies, forget_logins, lapse_protections, publish_policies, purge_feed, purge_runs, purge_uploads,
    remind_followups, remind_holders, tell_office, watch_disputes, watch_log_reviews, watch_notices, watch_spot_checks,
};
use crate::error::AppError;
use crate::rules::period::TimeOfDay;

/// What a job is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Each project, by its local time.
    Project,
    /// Each organisation as a whole, by UTC.
    Org,
}

/// Something that is done without anybody asking.
pub struct Job {
    /// Its name, as operators type it.
    pub name: &'static str,
    /// What it does, in a few words.
    pub what: &'static str,
    /// What it is run for.
    pub scope: Scope,
    /// When it is due.
    pub when: When,
    /// How long a run may take; longer ones are reported.
    pub budget: Duration,
    /// Whether there is something to do: one cheap read.
    pub(super) look: for<'a> fn(&'a Run) -> BoxFuture<'a, Result<bool, AppError>>,
    /// Does it; how many things were done.
    pub(super) run: for<'a> fn(&'a Run) -> BoxFuture<'a, Result<u64, AppError>>,
}

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const MIDNIGHT: When = When::Daily(TimeOfDay::MIDNIGHT);

/// All jobs, in the order in which those that are due together are run.
pub static ALL: &[Job] = &[
    Job {
        name: "tell_office",
        what: "tells the office of refused and parked ops (P5)",
        scope: Scope::Org,
        when: When::AsDue,
        budget: MINUTE,
        look: |run| Box::pin(tell_office::look(run)),
        run: |run| Box::pin(tell_office::run(run)),
    },
    Job {
        name: "end_days",
        what: "expires unused bookings (BK-2, BK-6)",
        scope: Scope::Project,
        when: MIDNIGHT,
        budget: MINUTE,
        look: always,
        run: |run| Box::pin(end_days::run(run)),
    },
    Job {
        name: "count_partner_days",
        what: "counts what partners booked for days that are over (BK-9)",
        scope: Scope::Project,
        when: When::Every(MINUTE),
        budget: MINUTE,
        look: |run| Box::pin(count_partner_days::look(run)),
        run: |run| Box::pin(count_partner_days::run(run)),
    },
    Job {
        name: "close_person_days",
        what: "closes the days of persons, and opens them again for late evidence (AT-1, MC-1)",
        scope: Scope::Project,
        when: When::Every(MINUTE),
        budget: MINUTE,
        look: |run| Box::pin(close_person_days::look(run)),
        run: |run| Box::pin(close_person_days::run(run)),
    },
    Job {
        name: "find_proxies",
        what: "looks through check-ins for those who sign in for another (AT-16)",
        scope: Scope::Project,
        when: When::Every(MINUTE),
        budget: MINUTE,
        look: |run| Box::pin(find_proxies::look(run)),
        run: |run| Box::pin(find_proxies::run(run)),
    },
    Job {
        name: "watch_spot_checks",
        what: "flags spot checks that were not answered in time (AT-11)",
        scope: Scope::Project,
        when: When::Every(MINUTE),
        budget: MINUTE,
        look: |run| Box::pin(watch_spot_checks::look(run)),
        run: |run| Box::pin(watch_spot_checks::run(run)),
    },
    Job {
        name: "count_log_days",
        what: "counts the facts beside daily logs, misses drafts, tells who handed none in (WL-1, WL-4, WL-16)",
        scope: Scope::Project,
        when: When::AsDue,
        budget: MINUTE,
        look: |run| Box::pin(count_log_days::look(run)),
        run: |run| Box::pin(count_log_days::run(run)),
    },
    Job {
        name: "watch_log_reviews",
        what: "tells of logs that should have been read (WL-6)",
        scope: Scope::Project,
        when: When::Every(MINUTE),
        budget: MINUTE,
        look: |run| Box::pin(watch_log_reviews::look(run)),
        run: |run| Box::pin(watch_log_reviews::run(run)),
    },
    Job {
        name: "close_log_weeks",
        what: "tells of weeks that were not handed in, and draws the sample (WL-8, WL-9)",
        scope: Scope::Project,
        when: When::Every(MINUTE),
        budget: MINUTE,
        look: |run| Box::pin(close_log_weeks::look(run)),
        run: |run| Box::pin(close_log_weeks::run(run)),
    },
    Job {
        name: "compare_outlets",
        what: "finds cards that may be one outlet's (OV-2)",
        scope: Scope::Project,
        when: When::AsDue,
        budget: MINUTE,
        look: |run| Box::pin(compare_outlets::look(run)),
        run: |run| Box::pin(compare_outlets::run(run)),
    },
    Job {
        name: "open_outlet_months",
        what: "begins the month of every open outlet (OV-3, OV-4)",
        scope: Scope::Project,
        when: MIDNIGHT,
        budget: MINUTE,
        look: always,
        run: |run| Box::pin(count_outlet_months::open_month(run)),
    },
    Job {
        name: "count_outlet_months",
        what: "counts the visits to outlets by month, and tells leads of those that fall behind (OV-3, OV-4)",
        scope: Scope::Project,
        when: When::AsDue,
        budget: MINUTE,
        look: |run| Box::pin(count_outlet_months::look(run)),
        run: |run| Box::pin(count_outlet_months::run(run)),
    },
    Job {
        name: "lapse_protections",
        what: "ends protections whose period is over (PR-4)",
        scope: Scope::Project,
        when: When::Every(MINUTE),
        budget: MINUTE,
        look: |run| Box::pin(lapse_protections::look(run)),
        run: |run| Box::pin(lapse_protections::run(run)),
    },
    Job {
        name: "remind_holders",
        what: "reminds holders before a protection ends (PR-7)",
        scope: Scope::Project,
        when: When::Every(MINUTE),
        budget: MINUTE,
        look: |run| Box::pin(remind_holders::look(run)),
        run: |run| Box::pin(remind_holders::run(run)),
    },
    Job {
        name: "remind_followups",
        what: "lets leads surface that nobody followed up, and reminds their owners (FW-10)",
        scope: Scope::Project,
        when: When::Every(MINUTE),
        budget: MINUTE,
        look: |run| Box::pin(remind_followups::look(run)),
        run: |run| Box::pin(remind_followups::run(run)),
    },
    Job {
        name: "watch_disputes",
        what: "tells of overdue cases and closes settled ones (DS-4)",
        scope: Scope::Project,
        when: When::Every(MINUTE),
        budget: MINUTE,
        look: |run| Box::pin(watch_disputes::look(run)),
        run: |run| Box::pin(watch_disputes::run(run)),
    },
    Job {
        name: "watch_notices",
        what: "tells leads and the office who has not read a notice in time (OV-7)",
        scope: Scope::Project,
        when: When::Every(MINUTE),
        budget: MINUTE,
        look: |run| Box::pin(watch_notices::look(run)),
        run: |run| Box::pin(watch_notices::run(run)),
    },
    Job {
        name: "publish_policies",
        what: "tells phones of policies that take effect",
        scope: Scope::Project,
        when: When::AsDue,
        budget: MINUTE,
        look: |run| Box::pin(publish_policies::look(run)),
        run: |run| Box::pin(publish_policies::run(run)),
    },
    Job {
        name: "purge_feed",
        what: "removes tombstones older than 180 days",
        scope: Scope::Org,
        when: When::Every(HOUR),
        budget: MINUTE,
        look: always,
        run: |run| Box::pin(purge_feed::run(run)),
    },
    Job {
        name: "forget_logins",
        what: "forgets logins that expired a week ago",
        scope: Scope::Org,
        when: When::Every(HOUR),
        budget: MINUTE,
        look: always,
        run: |run| Box::pin(forget_logins::run(run)),
    },
    Job {
        name: "purge_uploads",
        what: "forgets attachments that nobody went on sending for a week",
        scope: Scope::Org,
        when: When::Every(HOUR),
        budget: MINUTE,
        look: always,
        run: |run| Box::pin(purge_uploads::run(run)),
    },
    Job {
        name: "purge_runs",
        what: "removes what jobs did more than 90 days ago",
        scope: Scope::Org,
        when: MIDNIGHT,
        budget: MINUTE,
        look: always,
        run: |run| Box::pin(purge_runs::run(run)),
    },
];

/// For jobs that find out while they run.
fn always(_: &Run) -> BoxFuture<'_, Result<bool, AppError>> {
    Box::pin(std::future::ready(Ok(true)))
}

impl Job {
    /// The job with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|job| job.name == name)
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_job_has_a_name_of_its_own() {
        let names: BTreeSet<&str> = ALL.iter().map(|job| job.name).collect();
        assert_eq!(names.len(), ALL.len());
        assert!(Job::named("end_days").is_some() && Job::named("nothing").is_none());
    }
}
