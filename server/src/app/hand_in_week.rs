//! `POST /v1/teams/{id}/weeks/{week}/hand-in`, `GET /v1/teams/{id}/weeks/{week}`: a team's logs of a week, compiled and frozen (WL-9).

use std::collections::BTreeMap;
use std::sync::Arc;

use api_spec::locale::Text;
use api_spec::messages;
use api_spec::primitives::Instant;
use api_spec::problem::{Code, Problem};
use api_spec::weeks::{HandInWeek, WeekChange, WeekHandIn, WeekRow, WeekSheet};
use chrono::NaiveDate;
use serde_json::json;
use sync_core::op::Digest;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::actor::Actor;
use super::list_logs::{log_key, places, records_of};
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::notices::Notice;
use crate::facts::rulings::Subject;
use crate::facts::{Facts, Need, Unit};
use crate::rules::replay::Decision;
use crate::rules::ruling::Rule;
use crate::rules::week::{HandInError, HandInFacts, HandInVerdict, Week, hand_in};
use crate::seal::mask::mask_numbers_in;
use crate::state::App;
use crate::store::log_days::{self, Filter, LogDay};
use crate::store::log_weeks::{self, HandedIn};
use crate::store::{Key, Reader, StoreError, run_tx};

/// Characters of a remark.
const REMARK: usize = 4_000;
/// Days that are read at once.
const BATCH: i64 = 500;

/// Hands a week in; the same request again is answered the same.
///
/// # Errors
/// `not-found` for teams the actor does not review, `forbidden` for those who do not lead it, `rule-refused` (WL-9) before the week is over,
/// `id-taken` for a week that was handed in with another remark, `validation`.
pub async fn hand_in_week(
    app: &App,
    actor: &Actor,
    team: Uuid,
    week: Week,
    request: &HandInWeek,
) -> Result<WeekSheet, AppError> {
    if request.remark.as_ref().is_some_and(|remark| remark.chars().count() > REMARK) {
        return Err(
            Problem::invalid("/remark", Text::new("must be at most 4000 characters", "最多 4000 个字符")).into()
        );
    }
    run_tx(&app.db, "hand_in_week", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let project = project_of(actor, &directory, team, unit.now)?;
        let zone = directory.zone(project);
        let remark = request.remark.as_deref().map(str::trim).filter(|remark| !remark.is_empty());
        let remark = remark.map(|remark| mask_numbers_in(remark, directory.region(project)).into_owned());
        let mut need = Need::default();
        need.record(overdue_week(project, team, week));
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        if let Some(known) = log_weeks::find(&mut tx, project, team, &week.to_string()).await? {
            check_same(&known, actor.user, remark.as_ref())?;
            return describe(&mut tx, &directory, &unit, (project, team, week), Some(&known)).await;
        }
        let rows = compile(&mut tx, (project, team), week).await?;
        let rows = serde_json::to_string(&rows).map_err(|error| AppError::Broken(error.to_string()))?;
        let known = HandInFacts {
            zone,
            week,
            at: unit.now,
            capacity: directory.capacity(actor.user, project, Some(team), &Moment::exact(unit.now)),
            checksum: Digest::of(&rows).to_string(),
        };
        let ruling = hand_in(&known, &directory.policy(project, unit.now)).map_err(refusal)?;
        let subject = Subject {
            key: Key { project, id: Uuid::new_v5(&team, format!("week:{week}").as_bytes()) },
            family: "log_week",
            owner: None,
            team: Some(team),
            supersedes: None,
            decided_by: Some(actor.user),
            note: remark.as_deref(),
        };
        let checksum = known.checksum.clone();
        let verdict = facts.rule(&directory, &subject, &ruling, &Decision::WeekHandedIn(known));
        let row = HandedIn {
            project,
            team,
            week: week.to_string(),
            at: unit.now,
            by: actor.user,
            late: ruling.outcome == HandInVerdict::Late,
            remark: remark.clone(),
            checksum,
            ruling: verdict.ruling,
            rows,
        };
        if facts.records.get(&overdue_week(project, team, week)).is_some() {
            tell_week(&directory, &mut facts, (project, team, week), Answer::Yes);
        }
        if !log_weeks::add(&mut tx, &row).await? {
            // the deputy was quicker
            let known = log_weeks::find(&mut tx, project, team, &week.to_string()).await?.ok_or(Code::Internal)?;
            check_same(&known, actor.user, remark.as_ref())?;
            return describe(&mut tx, &directory, &unit, (project, team, week), Some(&known)).await;
        }
        facts.save(&mut tx, &unit).await?;
        describe(&mut tx, &directory, &unit, (project, team, week), Some(&row)).await
    })
    .await
}

/// # Errors
/// `id-taken` for a week that was handed in by somebody else, or with another remark.
fn check_same(known: &HandedIn, by: Uuid, remark: Option<&String>) -> Result<(), Code> {
    if (known.by, known.remark.as_ref()) == (by, remark) { Ok(()) } else { Err(Code::IdTaken) }
}

/// A team's week as it was handed in, and what changed since; before that as it stands.
///
/// # Errors
/// `not-found` for teams the actor does not review.
pub async fn show_week(app: &App, actor: &Actor, team: Uuid, week: Week) -> Result<WeekSheet, AppError> {
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let unit = app.exchange.unit(Arc::clone(&directory));
    let project = project_of(actor, &directory, team, unit.now)?;
    let known = log_weeks::find(&mut db, project, team, &week.to_string()).await?;
    describe(&mut db, &directory, &unit, (project, team, week), known.as_ref()).await
}

/// The office is told that a team's week is overdue, or that it came.
pub(crate) fn tell_week(
    directory: &Directory,
    facts: &mut Facts,
    (project, team, week): (Uuid, Uuid, Week),
    answer: Answer,
) {
    let zone = directory.zone(project);
    let name = directory.teams.get(&team).map_or("", |team| team.name.as_str());
    let due = week.due(zone, &directory.policy(project, facts.now));
    let rule = Rule::Wl9.as_str();
    let known = json!({"team": name, "week": week, "deadline": due});
    let text = messages::message(rule, answer, &known, &zone.tz());
    let title = format!("{rule} {week} {name}");
    let notice = Notice { about: team, to: None, title: &title, text: &text };
    facts.notify(overdue_week(project, team, week), &notice, None);
}

/// The notice about a team's week that is overdue.
pub(crate) fn overdue_week(project: Uuid, team: Uuid, week: Week) -> Key {
    Key { project, id: Uuid::new_v5(&project, format!("overdue-week:{team}:{week}").as_bytes()) }
}

/// # Errors
/// `not-found`
fn project_of(actor: &Actor, directory: &Directory, team: Uuid, now: i64) -> Result<Uuid, Code> {
    let scope = Scope::of(actor, directory, now);
    let found = places(&scope, directory, Some(team))?;
    found.first().map(|(project, _)| *project).ok_or(Code::NotFound)
}

/// The days of a team's week, by day and person.
async fn compile(db: &mut Reader, (project, team): (Uuid, Uuid), week: Week) -> Result<Vec<WeekRow>, AppError> {
    let (from, until) = (week.first().to_string(), week.last().to_string());
    let mut all: Vec<WeekRow> = Vec::new();
    let mut after: Option<(String, Uuid)> = None;
    loop {
        let filter = Filter {
            project,
            team: Some(team),
            days: (&from, &until),
            phase: None,
            also_without: true,
            reviewed: None,
            overdue: (0, None),
            flagged: None,
            after: after.as_ref().map(|(day, user)| (day.as_str(), *user)),
        };
        let days = log_days::list(db, &filter, BATCH).await?;
        let known = records_of(db, &days).await?;
        for day in &days {
            let log = log_key(day).and_then(|key| known.get(&key));
            let version = log.map(|log| log.version.cast_unsigned());
            all.extend(row(day, log.map(|log| log.key.id), version));
        }
        if i64::try_from(days.len()).is_ok_and(|count| count < BATCH) {
            return Ok(all);
        }
        after = days.last().map(|day| (day.day.clone(), day.subject));
    }
}

fn row(day: &LogDay, log: Option<Uuid>, version: Option<u64>) -> Option<WeekRow> {
    let state = day.phase.as_deref().or(day.outcome.as_deref()).unwrap_or("none_due").to_owned();
    Some(WeekRow { day: day.day.parse::<NaiveDate>().ok()?, person: day.subject, log, version, state })
}

async fn describe(
    db: &mut Reader,
    directory: &Directory,
    unit: &Unit,
    (project, team, week): (Uuid, Uuid, Week),
    known: Option<&HandedIn>,
) -> Result<WeekSheet, AppError> {
    let now = compile(db, (project, team), week).await?;
    let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("week {week} of {team}: {error}"));
    let frozen: Option<Vec<WeekRow>> = known.map(|known| serde_json::from_str(&known.rows)).transpose().map_err(odd)?;
    let changed = frozen.as_ref().map(|frozen| changes(frozen, &now)).unwrap_or_default();
    Ok(WeekSheet {
        team,
        week: week.to_string(),
        from: week.first(),
        until: week.last(),
        due: Instant(week.due(directory.zone(project), &directory.policy(project, unit.now))),
        handed_in: known.map(|known| WeekHandIn {
            at: Instant(known.at),
            by: person(directory, known.by),
            late: known.late,
            remark: known.remark.clone(),
            checksum: known.checksum.clone(),
            ruling: known.ruling,
        }),
        rows: frozen.unwrap_or(now),
        changed,
    })
}

fn changes(frozen: &[WeekRow], now: &[WeekRow]) -> Vec<WeekChange> {
    let was: BTreeMap<(NaiveDate, Uuid), &WeekRow> = frozen.iter().map(|row| ((row.day, row.person), row)).collect();
    let change = |row: &WeekRow| {
        let was = was.get(&(row.day, row.person)).copied();
        (was != Some(row)).then(|| WeekChange { was: was.cloned(), now: row.clone() })
    };
    now.iter().filter_map(change).collect()
}

fn refusal(error: HandInError) -> Problem {
    match error {
        HandInError::NotTheLead => Code::Forbidden.into(),
        HandInError::NotOver => {
            let rule = Rule::Wl9.as_str();
            let text = messages::message(rule, Answer::No, &json!({"case": error.case()}), &chrono::Utc);
            Problem::rule(rule, &text)
        }
    }
}
