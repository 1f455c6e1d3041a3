//! Rosters: what is planned for whom, and the record that tells the project's phones (AT-2, AT-3, AT-4).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Facts;
use super::directory::{Directory, Membership};
use super::record::Record;
use crate::rules::policy::Policy;
use crate::rules::roster::Plan;
use crate::store::roster_days::RosterDay;
use crate::store::{Key, StoreError};

/// The id of a team's roster of a day; those who are in no team have one of their own.
pub fn roster_key(project: Uuid, team: Option<Uuid>, day: NaiveDate) -> Key {
    let team = team.unwrap_or_default();
    Key { project, id: Uuid::new_v5(&project, format!("roster:{team}:{day}").as_bytes()) }
}

/// What rosters say, by person and day.
#[derive(Debug, Clone, Default)]
pub struct Plans(BTreeMap<(Uuid, NaiveDate), Plan>);

impl Plans {
    /// # Errors
    /// [`StoreError::Inconsistent`] when a stored plan cannot be read.
    pub fn read(rows: &[RosterDay]) -> Result<Self, StoreError> {
        let read = |row: &RosterDay| {
            let odd = || StoreError::Inconsistent(format!("the roster of {} on {}", row.subject, row.day));
            let Some(plan) = &row.plan else { return Ok(None) };
            let plan = serde_json::from_str(plan).map_err(|_| odd())?;
            Ok(Some(((row.subject, row.day.parse().map_err(|_| odd())?), plan)))
        };
        Ok(Self(rows.iter().filter_map(|row| read(row).transpose()).collect::<Result<_, StoreError>>()?))
    }

    /// What a roster says about somebody's day.
    pub fn named(&self, subject: Uuid, day: NaiveDate) -> Option<Plan> {
        self.0.get(&(subject, day)).copied()
    }

    /// What somebody does on a day: what a roster says, else the calendar.
    pub fn of(&self, subject: Uuid, day: NaiveDate, policy: &Policy) -> Plan {
        self.named(subject, day).unwrap_or_else(|| Plan::by_calendar(day, &policy.calendar))
    }

    /// The same with another plan in it.
    pub fn set(&mut self, subject: Uuid, day: NaiveDate, plan: Option<Plan>) {
        match plan {
            Some(plan) => self.0.insert((subject, day), plan),
            None => self.0.remove(&(subject, day)),
        };
    }
}

impl Facts {
    /// Writes a plan down, and makes the day due again; nothing where the calendar decides.
    pub fn plan_day(&mut self, project: Uuid, team: Option<Uuid>, subject: Uuid, day: NaiveDate, plan: Option<Plan>) {
        let plan = plan.map(|plan| serde_json::to_string(&plan).unwrap_or_default());
        let row = RosterDay { project, day: day.to_string(), subject, team, plan };
        self.roster_days.put((project, subject, day), row);
        self.mark_day(project, subject, day);
    }

    /// Shows a team's roster of a day to the phones of the project; the record is needed. Who is in `people` is planned explicitly.
    pub fn show_roster(
        &mut self,
        project: Uuid,
        team: Option<Uuid>,
        day: NaiveDate,
        people: &[(Uuid, Plan)],
    ) -> Record {
        let people: Vec<Value> = people.iter().map(|(user, plan)| shown(*user, *plan)).collect();
        self.show_people(project, team, day, &people)
    }

    /// Shows one person's plan on the roster of a team's day, and leaves the others on it alone; the record is needed.
    pub fn show_plan(&mut self, project: Uuid, team: Option<Uuid>, day: NaiveDate, user: Uuid, plan: Plan) {
        let known = self.records.get(&roster_key(project, team, day));
        let people = known.and_then(|record| record.ruled.get("people")).and_then(Value::as_array).cloned();
        let mut people = people.unwrap_or_default();
        people.retain(|each| each["user"] != json!(user));
        people.push(shown(user, plan));
        self.show_people(project, team, day, &people);
    }

    fn show_people(&mut self, project: Uuid, team: Option<Uuid>, day: NaiveDate, people: &[Value]) -> Record {
        let body = json!({"day": day, "team": team, "people": people});
        let key = roster_key(project, team, day);
        let record = self.shown(key, "roster", None, body.as_object().cloned().unwrap_or_default());
        self.records.put(key, record.clone());
        record
    }
}

/// The team in which somebody works on a day.
pub fn team_on(directory: &Directory, project: Uuid, user: Uuid, day: NaiveDate) -> Option<Uuid> {
    let (from, until) = directory.zone(project).bounds(day);
    let there = |membership: &&Membership| {
        membership.project == project && membership.from < until && membership.until.is_none_or(|end| end > from)
    };
    directory.people.get(&user)?.memberships.iter().rfind(there)?.team
}

/// Days in a row that somebody works up to and with a day, by plan; counting ends at `most`.
pub fn days_in_row(
    plans: &Plans,
    directory: &Directory,
    (project, subject): (Uuid, Uuid),
    day: NaiveDate,
    most: u32,
) -> u32 {
    let zone = directory.zone(project);
    let works = |day: &NaiveDate| {
        let policy = directory.policy(project, zone.start_of(*day));
        plans.of(subject, *day, &policy).is_work()
    };
    let days = std::iter::successors(Some(day), NaiveDate::pred_opt).take(usize::try_from(most).unwrap_or(usize::MAX));
    u32::try_from(days.take_while(works).count()).unwrap_or(most)
}

fn shown(user: Uuid, plan: Plan) -> Value {
    match plan {
        Plan::Work(None) => json!({"user": user, "plan": "work"}),
        Plan::Work(Some(hours)) => json!({"user": user, "plan": "work", "start": hours.start, "end": hours.end}),
        Plan::Off(reason) => json!({"user": user, "plan": "off", "off": reason}),
    }
}
