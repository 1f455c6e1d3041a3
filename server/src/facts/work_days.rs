//! WL-16: what the records say about people's days, counted for many persons at once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use sync_core::people::{Employment, Role};
use uuid::Uuid;

use super::directory::{Directory, Membership};
use super::record::Record;
use super::{Facts, Need, stored};
use crate::error::AppError;
use crate::rules::daily_log::DayFacts;
use crate::store::checkins::Checkin;
use crate::store::{Key, Reader, checkins, log_days, records};

/// What is counted out of records.
const KINDS: [&str; 3] = ["visit", "canvass", "lead"];

/// A person's day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkDay {
    /// Whether a check-in says that the person came.
    pub present: bool,
    /// What the records hold.
    pub facts: DayFacts,
}

impl Directory {
    /// WL-1: the team in which somebody writes logs on a project between two instants (Unix ms), which may be none: promoters and team
    /// leads do, partners' agents do not. `None` for those who write none.
    pub fn writes_logs(&self, user: Uuid, project: Uuid, (from, until): (i64, i64)) -> Option<Option<Uuid>> {
        let person = self.people.get(&user).filter(|person| person.employment != Some(Employment::Agent))?;
        let writes = |membership: &&Membership| {
            membership.project == project
                && matches!(membership.role, Role::Promoter | Role::TeamLead)
                && membership.from < until
                && membership.until.is_none_or(|end| end > from)
        };
        let last =
            person.memberships.iter().filter(writes).max_by_key(|membership| (membership.from, membership.team))?;
        Some(last.team)
    }
}

impl Facts {
    /// The facts of a log's day, where they were counted.
    pub fn work_day(&self, record: &Record) -> Option<DayFacts> {
        let day = record.state.text("day")?.to_owned();
        self.work_days.get(&(record.key.project, day, record.owner?)).map(|day| day.facts)
    }

    /// Whether a check-in says that somebody came, where that was counted.
    pub fn is_present(&self, project: Uuid, person: Uuid, day: NaiveDate) -> bool {
        self.work_days.get(&(project, day.to_string(), person)).is_some_and(|day| day.present)
    }

    /// Counts a day of some persons, for rulings that follow.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn count_work_days(
        &mut self,
        db: &mut Reader,
        directory: &Directory,
        project: Uuid,
        day: NaiveDate,
        people: &[Uuid],
    ) -> Result<(), AppError> {
        let counted = count(db, directory, project, day, people).await?;
        self.work_days.extend(counted.into_iter().map(|(user, work)| ((project, day.to_string(), user), work)));
        Ok(())
    }

    /// The days of the logs that are about to be read.
    pub(super) async fn load_read_days(
        &mut self,
        db: &mut Reader,
        directory: &Directory,
        need: &Need,
    ) -> Result<(), AppError> {
        let mut days: BTreeMap<(Uuid, NaiveDate), BTreeSet<Uuid>> = BTreeMap::new();
        let logs = need.read_logs.iter().filter_map(|key| self.records.get(key)).filter(|log| log.kind == "daily_log");
        for log in logs {
            let day = log.state.text("day").and_then(|day| day.parse().ok());
            if let Some((day, owner)) = day.zip(log.owner) {
                days.entry((log.key.project, day)).or_default().insert(owner);
            }
        }
        for ((project, day), owners) in days {
            let owners: Vec<Uuid> = owners.into_iter().collect();
            self.count_work_days(db, directory, project, day, &owners).await?;
        }
        Ok(())
    }
}

/// A day of some persons as the records have it, one entry for each.
///
/// # Errors
/// Those of the store, and records that cannot be read.
pub async fn count(
    db: &mut Reader,
    directory: &Directory,
    project: Uuid,
    day: NaiveDate,
    people: &[Uuid],
) -> Result<BTreeMap<Uuid, WorkDay>, AppError> {
    let mut days: BTreeMap<Uuid, WorkDay> = people.iter().map(|user| (*user, WorkDay::default())).collect();
    if people.is_empty() {
        return Ok(days);
    }
    let text = day.to_string();
    for row in records::of_owners(db, project, people, &text, &KINDS.map(str::to_owned)).await? {
        let record = stored::record(row)?;
        if let Some(day) = record.owner.and_then(|owner| days.get_mut(&owner)) {
            add(&mut day.facts, &record);
        }
    }
    for (user, bookings) in log_days::bookings_of(db, project, people, &text).await? {
        days.entry(user).or_default().facts.bookings = number(bookings);
    }
    for (user, arrivals) in log_days::arrivals_of(db, project, people, directory.zone(project).bounds(day)).await? {
        days.entry(user).or_default().facts.arrivals = number(arrivals);
    }
    let came = checkins::of_subjects(db, project, people, (&text, &text)).await?;
    for own in came.chunk_by(|one, other| one.subject == other.subject) {
        let day = days.entry(own[0].subject).or_default();
        (day.present, day.facts.minutes) = (is_present(own), minutes(own));
    }
    Ok(days)
}

/// Which of some persons came on a day, by id.
///
/// # Errors
/// Those of the store.
pub async fn present(db: &mut Reader, project: Uuid, day: NaiveDate, people: &[Uuid]) -> Result<Vec<Uuid>, AppError> {
    let text = day.to_string();
    let came = checkins::of_subjects(db, project, people, (&text, &text)).await?;
    let own = came.chunk_by(|one, other| one.subject == other.subject);
    Ok(own.filter(|rows| is_present(rows)).map(|rows| rows[0].subject).collect())
}

fn add(facts: &mut DayFacts, record: &Record) {
    let total = |counter: &str| number(record.state.total(counter));
    match record.kind.as_str() {
        "visit" => {
            let is_void = record.verdict.as_ref().is_some_and(|verdict| verdict.outcome == "void");
            facts.visits += u32::from(!is_void);
        }
        "canvass" => {
            facts.flyers = facts.flyers.saturating_add(total("flyers"));
            facts.contacts = facts.contacts.saturating_add(total("contacts"));
            facts.interested = facts.interested.saturating_add(total("interested"));
            facts.brought = facts.brought.saturating_add(total("brought"));
        }
        _ => facts.leads += 1,
    }
}

fn counts(row: &Checkin) -> bool {
    !matches!(row.verdict.as_str(), "void" | "withdrawn")
}

fn is_present(rows: &[Checkin]) -> bool {
    rows.iter().any(|row| row.kind == "on" && counts(row))
}

/// Minutes from the first arrival to the last departure, less the breaks between.
fn minutes(rows: &[Checkin]) -> Option<u32> {
    let at = |row: &Checkin| row.moment.by_claim().latest;
    let of = |kind: &'static str| rows.iter().filter(move |row| row.kind == kind && counts(row)).map(at);
    let (from, until) = (of("on").min()?, of("off").max()?);
    let mut ends: Vec<i64> = of("break_end").collect();
    ends.sort_unstable();
    let mut starts: Vec<i64> = of("break_start").filter(|at| (from..until).contains(at)).collect();
    starts.sort_unstable();
    let (mut away, mut back) = (0, from);
    for start in starts {
        let end = ends.iter().copied().find(|end| *end > start);
        if let Some(end) = end.filter(|_| start >= back) {
            let end = end.min(until);
            (away, back) = (away + end - start, end);
        }
    }
    u32::try_from((until - from - away) / 60_000).ok()
}

/// A total as people read it: what was corrected below nothing is nothing.
fn number(total: i64) -> u32 {
    u32::try_from(total.max(0)).unwrap_or(u32::MAX)
}

/// The notice that somebody's log is missing, and the subject of the ruling behind it (WL-1).
pub fn missing_log(project: Uuid, person: Uuid, day: NaiveDate) -> Key {
    Key { project, id: Uuid::new_v5(&project, format!("log-day:{person}:{day}").as_bytes()) }
}

#[cfg(test)]
mod tests {
    use sync_core::time::Moment;

    use super::*;

    fn check(kind: &str, minute: i64, verdict: &str) -> Checkin {
        Checkin {
            project: Uuid::nil(),
            id: Uuid::nil(),
            owner: Uuid::nil(),
            subject: Uuid::nil(),
            kind: kind.to_owned(),
            day: String::new(),
            moment: Moment::exact(minute * 60_000),
            location: None,
            verdict: verdict.to_owned(),
            source: "phone".to_owned(),
            witnessed: false,
            decided: false,
        }
    }

    #[test]
    fn wl_16_hours_are_from_the_first_check_in_that_counts_to_the_last_check_out_without_breaks() {
        let (on, off) = (check("on", 60, "on_time"), check("off", 600, "counted"));
        let rows: [(Vec<Checkin>, Option<u32>); 7] = [
            (vec![on.clone()], None),
            (vec![on.clone(), off.clone()], Some(540)),
            (vec![check("on", 0, "void"), check("on", 30, "withdrawn"), on.clone(), off.clone()], Some(540)),
            (
                vec![on.clone(), check("break_start", 300, "counted"), check("break_end", 330, "counted"), off.clone()],
                Some(510),
            ),
            (vec![on.clone(), check("break_start", 300, "counted"), off.clone()], Some(540)),
            (
                vec![on.clone(), check("break_start", 590, "counted"), off.clone(), check("break_end", 610, "counted")],
                Some(530),
            ),
            (vec![off, check("on", 700, "late")], None),
        ];
        for (checks, expected) in rows {
            assert_eq!(minutes(&checks), expected, "{checks:?}");
        }
        assert!(!is_present(&[check("on", 1, "void"), check("off", 2, "counted")]));
        assert!(is_present(&[check("on", 1, "review")]));
    }
}
