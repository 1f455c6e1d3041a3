//! Rosters: who works on which day (AT-2, AT-3, AT-4).

mod list_rosters;
mod propose_roster;
mod put_roster;

use api_spec::messages;
use api_spec::primitives::Person;
use api_spec::problem::{Code, Problem};
use api_spec::rosters::{DayPlan, OffReason, RosterEntry, RosterWarning};
use chrono::{Days, NaiveDate};
use sync_core::time::Answer;
use uuid::Uuid;

pub use list_rosters::{list_rosters, show_roster};
pub use propose_roster::propose_roster;
pub use put_roster::put_roster;

use super::scope::Scope;
use crate::error::AppError;
use crate::facts::attending::Attending;
use crate::facts::directory::Directory;
use crate::facts::rosters::{Plans, days_in_row};
use crate::rules::roster::{self, Objection, Plan, PlanFacts, Planner, monday_of};
use crate::store::{Reader, roster_days};

/// How far back days in a row are counted.
const ROW_MAX: u32 = 31;

/// The plans of some people of a project, and what they are read with.
pub(super) struct Planning<'a> {
    directory: &'a Directory,
    project: Uuid,
    plans: Plans,
}

impl<'a> Planning<'a> {
    /// Reads what the entries of these people from one day to another rest on: the days before in a row, and whole weeks.
    pub(super) async fn read(
        db: &mut Reader,
        directory: &'a Directory,
        project: Uuid,
        people: &[Uuid],
        (from, until): (NaiveDate, NaiveDate),
    ) -> Result<Self, AppError> {
        let first = from.checked_sub_days(Days::new(ROW_MAX.into())).unwrap_or(from).to_string();
        let last = monday_of(until).checked_add_days(Days::new(6)).unwrap_or(until).to_string();
        let rows = roster_days::of_subjects(db, project, people, (&first, &last)).await?;
        Ok(Self { directory, project, plans: Plans::read(&rows)? })
    }

    /// What somebody does on a day, by roster or calendar.
    pub(super) fn plan(&self, person: Uuid, day: NaiveDate) -> Plan {
        self.plans.of(person, day, &self.directory.policy(self.project, self.start_of(day)))
    }

    fn start_of(&self, day: NaiveDate) -> i64 {
        self.directory.zone(self.project).start_of(day)
    }

    /// AT-2, AT-3, AT-4: what stands against the plan of somebody's day.
    fn objections(
        &self,
        person: &Attending<'_>,
        day: NaiveDate,
        is_past: bool,
        (planner, reason): (Planner, Option<&str>),
    ) -> Vec<Objection> {
        let policy = self.directory.policy(self.project, self.start_of(day));
        let rotates = |date: &NaiveDate| {
            *date != day && self.plans.named(person.id, *date) == Some(Plan::Off(roster::OffReason::Rotation))
        };
        let others_off = monday_of(day).iter_days().take(7).filter(rotates).count();
        let facts = PlanFacts {
            day,
            is_past,
            is_liaison: person.is_liaison(),
            plan: self.plan(person.id, day),
            others_off: u32::try_from(others_off).unwrap_or(u32::MAX),
            days_in_row: days_in_row(&self.plans, self.directory, (self.project, person.id), day, ROW_MAX),
            planner,
            reason: reason.map(str::to_owned),
        };
        roster::objections(&facts, &policy)
    }

    /// What somebody does on a day, with what it runs against.
    pub(super) fn entry(&self, person: &Attending<'_>, day: NaiveDate) -> RosterEntry {
        let policy = self.directory.policy(self.project, self.start_of(day));
        let planned = self.plans.named(person.id, day);
        let plan = self.plan(person.id, day);
        let hours = match plan {
            Plan::Work(hours) => Some(roster::shift(hours, &policy.shift)),
            Plan::Off(_) => None,
        };
        // whoever planned it had the right to: what is left are warnings
        let against = if planned.is_some() || person.is_liaison() {
            self.objections(person, day, false, (Planner::Site, Some("")))
        } else {
            Vec::new()
        };
        RosterEntry {
            day,
            person: Person { id: person.id, name: person.person.name.clone() },
            team: person.team,
            plan: if plan.is_work() { DayPlan::Work } else { DayPlan::Off },
            start: hours.as_ref().map(|hours| hours.start.to_string()),
            end: hours.as_ref().map(|hours| hours.end.to_string()),
            on_site_by: hours.as_ref().map(|hours| hours.on_site_by.to_string()),
            off: if let Plan::Off(reason) = plan { Some(shown(reason)) } else { None },
            planned: planned.is_some(),
            warnings: against.iter().map(|each| self.warning(each)).collect(),
        }
    }

    fn warning(&self, objection: &Objection) -> RosterWarning {
        let zone = self.directory.zone(self.project).tz();
        let rule = objection.reason.rule.as_str();
        let message = messages::message(rule, Answer::No, &objection.reason.facts, &zone).both();
        RosterWarning { rule: rule.to_owned(), message }
    }
}

/// Whose roster somebody may write: the teams they lead, all for the site lead and the back office.
///
/// # Errors
/// `not-found` for teams outside the scope, `forbidden` for those who plan nobody.
fn planner(
    scope: &Scope,
    directory: &Directory,
    project: Uuid,
    team: Option<Uuid>,
) -> Result<(Planner, Option<Uuid>), Problem> {
    let is_of = |team: &Uuid| directory.teams.get(team).is_some_and(|team| team.project == project);
    let all = scope.is_office(project) || scope.is_site_lead(project);
    let led: Vec<Uuid> = scope.teams.iter().copied().filter(is_of).collect();
    match (team, led.as_slice()) {
        (Some(team), _) if all && is_of(&team) => Ok((Planner::Site, Some(team))),
        (Some(team), led) if led.contains(&team) => Ok((Planner::TeamLead, Some(team))),
        (Some(_), _) => Err(Code::NotFound.into()),
        (None, _) if all => Ok((Planner::Site, None)),
        (None, [only]) => Ok((Planner::TeamLead, Some(*only))),
        (None, _) => Err(Code::Forbidden.into()),
    }
}

/// The people of a team, or those in none, whose attendance is taken on a day.
fn members(directory: &Directory, project: Uuid, team: Option<Uuid>, day: NaiveDate) -> Vec<Attending<'_>> {
    let all = directory.attending(project, directory.zone(project).bounds(day));
    all.into_iter().filter(|each| each.team == team).collect()
}

const fn shown(reason: roster::OffReason) -> OffReason {
    match reason {
        roster::OffReason::Rotation => OffReason::Rotation,
        roster::OffReason::Holiday => OffReason::Holiday,
        roster::OffReason::Event => OffReason::Event,
        roster::OffReason::Makeup => OffReason::Makeup,
    }
}

const fn meant(reason: OffReason) -> roster::OffReason {
    match reason {
        OffReason::Rotation => roster::OffReason::Rotation,
        OffReason::Holiday => roster::OffReason::Holiday,
        OffReason::Event => roster::OffReason::Event,
        OffReason::Makeup => roster::OffReason::Makeup,
    }
}
