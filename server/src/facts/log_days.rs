//! WL: which people's days are to be counted again because of what a unit of work changed, and how their logs stand.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sync_core::time::Moment;
use uuid::Uuid;

use super::directory::Directory;
use super::record::Record;
use super::{Facts, Unit, logs, stored};
use crate::rules::daily_log::review_due;
use crate::store::log_days::{LogState, Mark};

impl Facts {
    /// Everybody's days on which something changed, in the order in which they are locked.
    pub(super) fn log_days(&self, unit: &Unit) -> Vec<Mark> {
        let directory = &unit.directory;
        let mut marks: BTreeMap<(Uuid, String, Uuid), Mark> = BTreeMap::new();
        let mut put = |mark: Mark| {
            let key = (mark.project, mark.day.clone(), mark.subject);
            // what is known of the log counts, whatever else changed that day
            if mark.log.is_some() || !marks.contains_key(&key) {
                marks.insert(key, mark);
            }
        };
        for (_, record) in self.records.changes() {
            let subject = match record.kind.as_str() {
                "visit" | "canvass" | "lead" | "daily_log" => record.owner,
                "booking" => record.id_of("subject").or(record.owner),
                _ => None,
            };
            let day = stored::day(directory.zone(record.key.project), record);
            let mark = subject.and_then(|subject| mark(directory, record.key.project, subject, day));
            mark.map(|mark| with_log(directory, self.now, mark, record)).into_iter().for_each(&mut put);
        }
        for (_, check) in self.checkins.changes() {
            let mark = mark(directory, check.project, check.subject, check.day.clone());
            mark.into_iter().for_each(&mut put);
        }
        for (_, sheet) in self.sheets.changes() {
            let day = directory.zone(sheet.project).day_of(sheet.arrived_at).to_string();
            let mark = sheet.holder_user.and_then(|holder| mark(directory, sheet.project, holder, day));
            mark.into_iter().for_each(&mut put);
        }
        marks.into_values().collect()
    }
}

/// A day of somebody who writes logs.
fn mark(directory: &Directory, project: Uuid, subject: Uuid, day: String) -> Option<Mark> {
    let bounds = directory.zone(project).bounds(day.parse::<NaiveDate>().ok()?);
    let team = directory.writes_logs(subject, project, bounds)?;
    Some(Mark { project, day, subject, team, log: None })
}

fn with_log(directory: &Directory, now: i64, mark: Mark, record: &Record) -> Mark {
    if record.kind != "daily_log" {
        return mark;
    }
    let log = LogState {
        phase: record.phase.clone(),
        review_due: due(directory, now, record),
        flagged: logs::is_flagged(record),
    };
    Mark { team: record.team, log: Some(log), ..mark }
}

/// WL-6: when a log that waits for it is to be read at the latest (Unix ms), by the policy in force.
pub fn due(directory: &Directory, now: i64, record: &Record) -> Option<i64> {
    let project = record.key.project;
    let day = record.state.text("day")?.parse().ok()?;
    let submitted: Moment = logs::submitted_of(record).filter(|_| record.phase == "submitted")?;
    Some(review_due(day, submitted.latest, directory.zone(project), &directory.policy(project, now)))
}
