//! `PUT /v1/projects/{project}/rosters/{day}`: a team's roster of a day is set as a whole.

use std::collections::BTreeSet;
use std::sync::Arc;

use api_spec::locale::Text;
use api_spec::messages;
use api_spec::problem::{Code, Problem};
use api_spec::rosters::{DayPlan, PlannedDay, PutRoster, Roster};
use chrono::NaiveDate;
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::super::actor::Actor;
use super::super::audited::write_down;
use super::super::reason::reason;
use super::super::scope::Scope;
use super::{Planning, meant, members, planner};
use crate::error::AppError;
use crate::facts::attending::Attending;
use crate::facts::rosters::roster_key;
use crate::facts::{Facts, Need};
use crate::rules::roster::{Hours, Objection, Plan};
use crate::state::App;
use crate::store::run_tx;

/// People on one roster.
const MANY: usize = 500;

/// Sets the roster of a team's day; `check_version` refuses a version other than the one the caller saw. The same again changes nothing.
///
/// # Errors
/// `not-found`, `forbidden`, `stale`, `validation` for people of other teams and for hours that are none, `rule-refused` (AT-2, AT-4).
pub async fn put_roster(
    app: &App,
    actor: &Actor,
    (project, day, team): (Uuid, NaiveDate, Option<Uuid>),
    request: &PutRoster,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<Roster, AppError> {
    let check_version = &check_version;
    run_tx(&app.db, "put_roster", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let (planner, team) = planner(&Scope::of(actor, &directory, unit.now), &directory, project, team)?;
        let people = members(&directory, project, team, day);
        let wanted = read(request, &people)?;
        let why = request.reason.as_deref().map(|text| reason(text, directory.region(project))).transpose()?;

        let key = roster_key(project, team, day);
        let mut need = Need::default();
        need.record(key);
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let before = facts.records.get(&key).map_or(0, |record| record.version.cast_unsigned());
        check_version(before)?;
        let ids: Vec<Uuid> = people.iter().map(|each| each.id).collect();
        let mut planning = Planning::read(&mut tx, &directory, project, &ids, (day, day)).await?;
        let is_past = day < directory.zone(project).day_of(unit.now);
        let mut changed = Vec::new();
        for person in &people {
            let plan = wanted.iter().find(|(user, _)| *user == person.id).map(|(_, plan)| *plan);
            if planning.plans.named(person.id, day) != plan {
                planning.plans.set(person.id, day, plan);
                changed.push((person, plan));
            }
        }
        let against = |(person, _): &(&Attending<'_>, Option<Plan>)| {
            let objections = planning.objections(person, day, is_past, (planner, why.as_deref()));
            (person.id, objections)
        };
        let against: Vec<(Uuid, Vec<Objection>)> = changed.iter().map(against).collect();
        refuse(&against, request, &planning)?;

        let mut version = before;
        if !changed.is_empty() {
            for (person, plan) in &changed {
                facts.plan_day(project, team, person.id, day, *plan);
            }
            version = facts.show_roster(project, team, day, &wanted).version.cast_unsigned();
            facts.save(&mut tx, &unit).await?;
            let broken: BTreeSet<&str> =
                against.iter().flat_map(|(_, list)| list).map(|each| each.reason.rule.as_str()).collect();
            let detail = json!({"day": day, "team": team, "changed": changed.len(), "against": broken, "reason": why});
            write_down(&mut tx, &app.random, (actor.org, actor.user), "put_roster", key, &detail, unit.now).await?;
        }
        let people = people.iter().map(|person| planning.entry(person, day)).collect();
        Ok(Roster { day, team, version, people })
    })
    .await
}

/// # Errors
/// `rule-refused` with the first rule, and every person it is about.
fn refuse(against: &[(Uuid, Vec<Objection>)], request: &PutRoster, planning: &Planning<'_>) -> Result<(), Problem> {
    let all = || against.iter().flat_map(|(user, list)| list.iter().map(move |each| (*user, each)));
    let mut refused = all().filter(|(_, objection)| objection.refused).peekable();
    let Some((_, first)) = refused.peek() else { return Ok(()) };
    let zone = planning.directory.zone(planning.project).tz();
    let text = |each: &Objection| messages::message(each.reason.rule.as_str(), Answer::No, &each.reason.facts, &zone);
    let problem = Problem::rule(first.reason.rule.as_str(), &text(first));
    Err(refused.fold(problem, |problem, (user, objection)| {
        let place = request.people.iter().position(|each| each.user == user);
        let pointer = place.map_or_else(|| "/people".to_owned(), |place| format!("/people/{place}"));
        problem.at(pointer, text(objection))
    }))
}

/// # Errors
/// `validation`
fn read(request: &PutRoster, people: &[Attending<'_>]) -> Result<Vec<(Uuid, Plan)>, Problem> {
    if request.people.len() > MANY {
        return Err(Problem::invalid("/people", Text::new("must be at most 500 people", "最多 500 人")));
    }
    let mut problem = Problem::new(Code::Validation);
    let mut wanted: Vec<(Uuid, Plan)> = Vec::with_capacity(request.people.len());
    for (place, planned) in request.people.iter().enumerate() {
        let at = |member: &str| format!("/people/{place}/{member}");
        if !people.iter().any(|person| person.id == planned.user) {
            problem = problem.at(at("user"), Text::new("nobody of this team on that day", "当日不在该组"));
        } else if wanted.iter().any(|(user, _)| *user == planned.user) {
            problem = problem.at(at("user"), Text::new("named twice", "重复"));
        }
        match plan(planned) {
            Ok(plan) => wanted.push((planned.user, plan)),
            Err((member, text)) => problem = problem.at(at(member), text),
        }
    }
    if problem.errors.is_empty() { Ok(wanted) } else { Err(problem) }
}

fn plan(planned: &PlannedDay) -> Result<Plan, (&'static str, Text)> {
    const HOURS: Text = Text::new(
        "write start and end like 10:00, the end after the start",
        "请写明起止时间，如 10:00，且结束晚于开始",
    );
    match (planned.plan, planned.off, &planned.start, &planned.end) {
        (DayPlan::Off, Some(reason), None, None) => Ok(Plan::Off(meant(reason))),
        (DayPlan::Off, None, ..) => Err(("off", Text::new("say why", "请说明休息原因"))),
        (DayPlan::Work, Some(_), ..) => Err(("off", Text::new("only for days off", "仅用于休息日"))),
        (DayPlan::Work, None, None, None) => Ok(Plan::Work(None)),
        (DayPlan::Work, None, Some(start), Some(end)) => match (start.parse(), end.parse()) {
            (Ok(start), Ok(end)) => {
                let hours = Hours { start, end };
                if end.time() > start.time() { Ok(Plan::Work(Some(hours))) } else { Err(("end", HOURS)) }
            }
            (Err(_), _) => Err(("start", HOURS)),
            (_, Err(_)) => Err(("end", HOURS)),
        },
        (DayPlan::Work, None, None, Some(_)) => Err(("start", HOURS)),
        (DayPlan::Work, None, Some(_), None) => Err(("end", HOURS)),
        (DayPlan::Off, Some(_), start, _) => {
            let member = if start.is_some() { "start" } else { "end" };
            Err((member, Text::new("a day off has no hours", "休息日没有起止时间")))
        }
    }
}
