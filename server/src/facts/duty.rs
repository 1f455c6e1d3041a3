//! Who should be where: posts, plans and requests, and the check-ins that they bear on (AT-9, AT-14, AT-22, FW-9).
//!
//! Whoever changes what a person's check-ins of a day are judged on, and whoever checks in, holds the same lock; so the order in which a
//! check-in and the post it was made at come in makes no difference.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Map, Value};
use sync_core::time::rfc3339;
use uuid::Uuid;

use super::directory::Directory;
use super::need::Need;
use super::rosters::{Plans, roster_key, team_on};
use super::{Facts, record::Record};
use crate::error::AppError;
use crate::rules::attendance::{CheckInFacts, CheckInVerdict};
use crate::rules::replay::Decision;
use crate::store::checkins::Checkin;
use crate::store::requests::RequestRow;
use crate::store::{Key, StoreError, Tx, checkins, requests, roster_days, rulings, spot_checks};

/// How far back spot checks are looked for that a check-in may answer, in ms: as long as phones of ended accounts push.
const SPOTS_BACK_MS: i64 = 14 * 24 * 60 * 60 * 1_000;

/// A person's day on a project: project, day, person.
pub type DutyDay = (Uuid, String, Uuid);

/// The lock of what a person's check-ins of a day are judged on, among the records.
pub fn duty_key(project: Uuid, subject: Uuid, day: &str) -> Key {
    Key { project, id: Uuid::new_v5(&project, format!("duty:{subject}:{day}").as_bytes()) }
}

/// TR-1: the notice of a day on which somebody worked before their training.
pub fn untrained_key(project: Uuid, subject: Uuid, day: &str) -> Key {
    Key { project, id: Uuid::new_v5(&project, format!("untrained:{subject}:{day}").as_bytes()) }
}

/// A request as its row, from the fields of its creation.
pub fn request_row(key: Key, owner: Uuid, fields: &Map<String, Value>, directory: &Directory) -> Option<RequestRow> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let zone = directory.zone(key.project);
    let at = |name: &str| text(name).and_then(|text| rfc3339::parse(text).ok());
    let day = |at: i64| zone.day_of(at).to_string();
    let want = text("want")?;
    let (first, last) = match want {
        "leave" => (at("from"), at("until").map(|until| until - 1)),
        "swap" => (at("from").or(at("at")), at("until").or(at("from")).or(at("at"))),
        _ => (at("at"), at("at")),
    };
    Some(RequestRow {
        project: key.project,
        id: key.id,
        owner,
        want: want.to_owned(),
        about: text("about").and_then(|id| id.parse().ok()),
        from_day: first.or(last).map(day).unwrap_or_default(),
        until_day: last.or(first).map(day).unwrap_or_default(),
        state: "open".to_owned(),
    })
}

/// What assignments and requests bear on, beyond what the ops name: read before the locks, and again after them.
pub(super) async fn reached(tx: &mut Tx, need: &Need, directory: &Directory, now: i64) -> Result<Need, AppError> {
    let mut need = need.clone();
    let named: Vec<Key> = need.duties.iter().copied().collect();
    for row in checkins::assignments(tx, &named).await? {
        need.judge_again(row.project, &row.day, row.subject);
    }
    let mut asked = requests::by_ids(tx, &named).await?;
    asked.append(&mut need.requests);
    for row in &asked {
        let key = |id| Key { project: row.project, id };
        let Some(about) = row.about else { continue };
        match row.want.as_str() {
            "wrong_check" => need.record(key(about)),
            "swap" => {
                let theirs = requests::open_of(tx, row.project, &[about]).await?;
                let matches = |other: &&RequestRow| other.want == "swap" && other.about == Some(row.owner);
                for other in theirs.iter().filter(matches) {
                    need.record(key(other.id));
                    need.duties.insert(key(other.id));
                }
                let days = [&row.from_day, &row.until_day].into_iter().filter_map(|day| day.parse().ok());
                for day in days {
                    for user in [row.owner, about] {
                        need.plans.insert((row.project, user, day));
                        need.record(roster_key(row.project, team_on(directory, row.project, user, day), day));
                    }
                }
            }
            _ => {}
        }
    }
    // who takes a check-in back, or vouches for it, holds nothing but its record: it is locked with the others, in their order
    for (project, day, subject) in need.judged_again.clone() {
        for row in checkins::of_subjects(tx, project, &[subject], (&day, &day)).await? {
            need.record(Key { project, id: row.id });
        }
    }
    let since = now - SPOTS_BACK_MS;
    for (project, subject) in need.spotted.clone() {
        for row in spot_checks::unanswered(tx, project, &[subject], since).await? {
            need.spot_check(Key { project, id: row.id });
        }
    }
    Ok(need)
}

impl Facts {
    /// Loads what [`reached`] found, of one project.
    pub(super) async fn load_duties(&mut self, tx: &mut Tx, need: &Need, project: Uuid) -> Result<(), AppError> {
        let of_project = |key: &Key| key.project == project;
        let named: Vec<Key> = need.duties.iter().copied().filter(of_project).collect();
        let rows = requests::by_ids(tx, &named).await?;
        self.requests.load(rows.into_iter().map(|row| (Key { project, id: row.id }, row)));
        let checks: Vec<Key> = need.spot_checks.iter().copied().filter(of_project).collect();
        let rows = spot_checks::by_ids(tx, &checks).await?;
        self.spot_checks.load(rows.into_iter().map(|row| (Key { project, id: row.id }, row)));
        let planned = || need.plans.iter().filter(|(of, ..)| *of == project);
        let days = planned().map(|(.., day)| *day);
        if let (Some(first), Some(last)) = (days.clone().min(), days.max()) {
            let people: BTreeSet<Uuid> = planned().map(|(_, user, _)| *user).collect();
            let people: Vec<Uuid> = people.into_iter().collect();
            let rows = roster_days::of_subjects(tx, project, &people, (&first.to_string(), &last.to_string())).await?;
            for row in rows {
                if let Ok(day) = row.day.parse() {
                    self.roster_days.load([((project, row.subject, day), row)]);
                }
            }
        }
        self.load_posts(tx, need, project).await?;
        self.load_checkins_again(tx, need, project).await
    }

    /// The posts given out to everybody who checks in, or whose check-ins are judged again, day by day.
    async fn load_posts(&mut self, tx: &mut Tx, need: &Need, project: Uuid) -> Result<(), AppError> {
        let mut days: BTreeMap<&String, BTreeSet<Uuid>> = BTreeMap::new();
        for (_, day, subject) in need.posts.iter().chain(&need.judged_again).filter(|(of, ..)| *of == project) {
            days.entry(day).or_default().insert(*subject);
        }
        for (day, subjects) in days {
            let subjects: Vec<Uuid> = subjects.into_iter().collect();
            let rows = checkins::assigned_posts(tx, project, day, &subjects).await?;
            self.assignments.load(rows.into_iter().map(|row| (Key { project, id: row.id }, row)));
        }
        Ok(())
    }

    /// The check-ins that are judged again, their records locked, with the rulings that stand.
    async fn load_checkins_again(&mut self, tx: &mut Tx, need: &Need, project: Uuid) -> Result<(), AppError> {
        let mut days: BTreeMap<&String, Vec<Uuid>> = BTreeMap::new();
        for (_, day, subject) in need.judged_again.iter().filter(|(of, ..)| *of == project) {
            days.entry(day).or_default().push(*subject);
        }
        let mut found = Vec::new();
        for (day, subjects) in days {
            found.extend(checkins::of_subjects(tx, project, &subjects, (day, day)).await?);
        }
        let fresh = |row: &&Checkin| self.records.get(&Key { project, id: row.id }).is_none();
        let keys: Vec<Key> = found.iter().filter(fresh).map(|row| Key { project, id: row.id }).collect();
        // those that came in since they were looked for: whoever makes one holds the lock of their person's day
        self.lock_records(tx, &keys).await?;
        let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
        if !ids.is_empty() {
            let all = rulings::of_subjects(tx, project, &ids).await?;
            let standing = all.into_iter().filter(|row| row.superseded_by.is_none());
            self.rulings.load(standing.map(|row| (Key { project, id: row.id }, row)));
            let rows =
                checkins::by_ids(tx, &found.iter().map(|row| Key { project, id: row.id }).collect::<Vec<_>>()).await?;
            self.checkins.load(rows.into_iter().map(|row| (Key { project, id: row.id }, row)));
        }
        Ok(())
    }

    /// AT-22: the posts that somebody has on a day at an instant (Unix ms): those given out, less those taken back by then.
    pub fn posts_of(&self, (project, day, subject): (Uuid, &str, Uuid), at: i64) -> BTreeSet<Uuid> {
        let theirs = self.assignments.values().filter(|row| {
            row.project == project
                && row.subject == subject
                && row.day == day
                && row.taken_back.is_none_or(|end| at < end)
        });
        theirs.map(|row| row.post).collect()
    }

    /// The check-ins of somebody's day that the rules decided, each with what that rests on; those that a person decided stay.
    pub fn decided_by_rules(&self, project: Uuid, day: &str, subject: Uuid) -> Vec<(Record, Checkin, CheckInFacts)> {
        let of_day =
            |row: &&Checkin| row.project == project && row.subject == subject && row.day == day && !row.decided;
        let known = |row: &Checkin| {
            let record = self.records.get(&Key { project, id: row.id })?;
            let ruling = self.rulings.get(&Key { project, id: record.verdict.as_ref()?.ruling })?;
            match serde_json::from_str(&ruling.facts).ok()? {
                Decision::CheckIn(facts) => Some((record.clone(), row.clone(), facts)),
                _ => None,
            }
        };
        self.checkins.values().filter(of_day).filter_map(known).collect()
    }

    /// What rosters say, as far as it was asked for.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when a stored plan cannot be read.
    pub fn plans(&self) -> Result<Plans, StoreError> {
        let rows: Vec<_> = self.roster_days.values().cloned().collect();
        Plans::read(&rows)
    }

    /// Another person's open request for the same swap.
    pub fn same_swap(&self, request: &RequestRow) -> Option<RequestRow> {
        let same = |row: &&RequestRow| {
            row.project == request.project
                && row.want == "swap"
                && row.state == "open"
                && Some(row.owner) == request.about
                && row.about == Some(request.owner)
                && days(row) == days(request)
        };
        self.requests.values().find(same).cloned()
    }
}

/// The days of a swap, whichever is named first.
fn days(row: &RequestRow) -> BTreeSet<&str> {
    [row.from_day.as_str(), row.until_day.as_str()].into_iter().collect()
}

/// The days a request bears on, the last one included.
pub fn days_of(row: &RequestRow) -> Option<(NaiveDate, NaiveDate)> {
    let (one, other) = (row.from_day.parse().ok()?, row.until_day.parse().ok()?);
    Some(if one <= other { (one, other) } else { (other, one) })
}

/// Whether a check-in with this verdict counts.
pub fn counts(verdict: &str) -> bool {
    ![CheckInVerdict::Void.as_str(), CheckInVerdict::Review.as_str(), "withdrawn"].contains(&verdict)
}
