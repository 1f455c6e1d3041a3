//! `GET /v1/daily-logs`, `GET /v1/daily-logs/missing`: the logs of teams, and who has none (WL-1, WL-6, WL-7).

use std::collections::{BTreeMap, BTreeSet};

use api_spec::locale::Text;
use api_spec::logs::{LogList, LogPhase, LogQuery, MissingLog, MissingQuery};
use api_spec::primitives::{Page, PageQuery, Person};
use api_spec::problem::{Code, Problem};
use chrono::{Datelike, Days, NaiveDate};
use sync_core::kinds::daily_log_id;
use uuid::Uuid;

use super::actor::Actor;
use super::daily_log::describe;
use super::page::Wanted;
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::record::Record;
use crate::facts::{logs, stored, work_days};
use crate::state::App;
use crate::store::log_days::{self, Filter, LogDay};
use crate::store::{Key, Reader, records};

/// Where logs are read: a team of a project, or all of it.
pub(super) type Place = (Uuid, Option<Uuid>);

/// A page of logs by day and author, of one team or of every team the actor reviews; for a single day with everybody who was present and
/// has not handed one in.
///
/// # Errors
/// `not-found` for teams the actor does not review, `bad-cursor`, `bad-parameter`.
pub async fn list_logs(app: &App, actor: &Actor, query: &LogQuery, page: &PageQuery) -> Result<LogList, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    let scope = Scope::of(actor, &directory, now);
    let (mut rows, mut missing) = (Vec::new(), Vec::new());
    for (project, team) in places(&scope, &directory, query.team)? {
        let (first, last) = span(query, directory.zone(project).day_of(now))?;
        let after = after(wanted);
        let (from, until) = (first.to_string(), last.to_string());
        let filter = Filter {
            project,
            team,
            days: (&from, &until),
            phase: query.phase.map(word),
            also_without: false,
            reviewed: query.reviewed,
            overdue: (now, query.overdue),
            flagged: query.flagged,
            after: after.as_ref().map(|(day, user)| (day.as_str(), *user)),
        };
        rows.extend(log_days::list(&mut db, &filter, wanted.rows()).await?);
        if first == last {
            missing.extend(without_log(&mut db, &directory, (project, team), first).await?);
        }
    }
    missing.sort_by(|one: &Person, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    rows.sort_by(|one: &LogDay, other| (&one.day, one.subject).cmp(&(&other.day, other.subject)));
    let (rows, next_cursor) = wanted.cut(rows, place);
    let known = records_of(&mut db, &rows).await?;
    let logs = rows.iter().filter_map(|row| known.get(&log_key(row)?));
    let items = logs.map(|log| describe(&directory, log, now)).collect::<Result<_, _>>()?;
    Ok(LogList { items, missing, next_cursor })
}

/// A page of those who were there on days that are over and handed no log in, by day and person.
///
/// # Errors
/// `not-found` for teams the actor does not review, `bad-cursor`, `bad-parameter`.
pub async fn list_missing(
    app: &App,
    actor: &Actor,
    query: &MissingQuery,
    page: &PageQuery,
) -> Result<Page<MissingLog>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    let scope = Scope::of(actor, &directory, now);
    let mut rows = Vec::new();
    for (project, team) in places(&scope, &directory, query.team)? {
        let last = query.until.unwrap_or_else(|| directory.zone(project).day_of(now));
        let first = query.from.or_else(|| last.checked_sub_days(Days::new(7))).unwrap_or(last);
        let after = after(wanted);
        let (from, until) = (first.to_string(), last.to_string());
        let filter = Filter {
            project,
            team,
            days: (&from, &until),
            phase: None,
            also_without: true,
            reviewed: None,
            overdue: (now, None),
            flagged: None,
            after: after.as_ref().map(|(day, user)| (day.as_str(), *user)),
        };
        rows.extend(log_days::missing(&mut db, &filter, wanted.rows()).await?);
    }
    rows.sort_by(|one, other| (&one.day, one.subject).cmp(&(&other.day, other.subject)));
    let (rows, next_cursor) = wanted.cut(rows, place);
    let item = |row: &LogDay| {
        let day = row.day.parse().ok()?;
        Some(MissingLog { day, person: person(&directory, row.subject), team: row.team, ruling: row.ruling })
    };
    Ok(Page { items: rows.iter().filter_map(item).collect(), next_cursor })
}

/// Where the actor reads logs: the teams led, and for the back office whole projects; or the one team that is `named`.
///
/// # Errors
/// `not-found`
pub(super) fn places(scope: &Scope, directory: &Directory, named: Option<Uuid>) -> Result<Vec<Place>, Code> {
    let project_of = |team: &Uuid| directory.teams.get(team).map(|team| team.project);
    if let Some(team) = named {
        let project = project_of(&team).filter(|project| scope.teams.contains(&team) || scope.is_office(*project));
        return project.map(|project| vec![(project, Some(team))]).ok_or(Code::NotFound);
    }
    let offices = scope.projects.iter().filter(|project| scope.is_office(**project)).map(|project| (*project, None));
    let led = scope.teams.iter().filter_map(|team| Some((project_of(team)?, Some(*team))));
    Ok(offices.chain(led.filter(|(project, _)| !scope.is_office(*project))).collect())
}

/// The first and the last day asked for.
///
/// # Errors
/// `bad-parameter`
fn span(query: &LogQuery, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), Problem> {
    let refused =
        |place: &str, en: &'static str, zh: &'static str| Problem::new(Code::BadParameter).at(place, Text::new(en, zh));
    match (query.day, query.from, query.until) {
        (Some(day), None, None) => Ok((day, day)),
        (Some(_), ..) => Err(refused("?day", "not together with from or until", "不可与 from、until 同时使用")),
        (None, from, until) => {
            let last = until.unwrap_or_else(|| today.max(from.unwrap_or(today)));
            let first = from.unwrap_or(last);
            if first > last {
                return Err(refused("?from", "must not be after until", "不得晚于 until"));
            }
            Ok((first, last))
        }
    }
}

/// Day and person by which pages of days are ordered.
pub(super) fn place(row: &LogDay) -> (i64, Uuid) {
    let day = row.day.parse::<NaiveDate>().map_or(0, |day| day.num_days_from_ce());
    (i64::from(day), row.subject)
}

/// Day and person of the last entry of the page before.
pub(super) fn after(wanted: Wanted) -> Option<(String, Uuid)> {
    let (day, user) = wanted.after?;
    let day = i32::try_from(day).ok().and_then(NaiveDate::from_num_days_from_ce_opt)?;
    Some((day.to_string(), user))
}

/// Where the log of a day is found.
pub(super) fn log_key(row: &LogDay) -> Option<Key> {
    Some(Key { project: row.project, id: daily_log_id(row.subject, row.day.parse().ok()?) })
}

/// The logs of some days.
///
/// # Errors
/// Those of the store, and records that cannot be read.
pub(super) async fn records_of(db: &mut Reader, rows: &[LogDay]) -> Result<BTreeMap<Key, Record>, AppError> {
    records_at(db, &rows.iter().filter_map(log_key).collect::<Vec<_>>()).await
}

/// The logs at these places.
///
/// # Errors
/// Those of the store, and records that cannot be read.
pub(super) async fn records_at(db: &mut Reader, keys: &[Key]) -> Result<BTreeMap<Key, Record>, AppError> {
    let mut known = BTreeMap::new();
    for (key, row) in records::load(db, keys).await? {
        if row.kind == "daily_log" && !row.deleted {
            known.insert(key, stored::record(row)?);
        }
    }
    Ok(known)
}

/// WL-1, WL-7: who was present that day, and has handed nothing in.
pub(super) async fn without_log(
    db: &mut Reader,
    directory: &Directory,
    (project, team): Place,
    day: NaiveDate,
) -> Result<Vec<Person>, AppError> {
    let bounds = directory.zone(project).bounds(day);
    let writes = |user: &Uuid| {
        let own = directory.writes_logs(*user, project, bounds);
        own.is_some_and(|own| team.is_none() || own == team)
    };
    let members: Vec<Uuid> = directory.people.keys().copied().filter(writes).collect();
    let present: Vec<Uuid> = work_days::present(db, project, day, &members).await?;
    let keys: Vec<Key> = present.iter().map(|user| Key { project, id: daily_log_id(*user, day) }).collect();
    let mut handed_in = BTreeSet::new();
    for (key, row) in records::load(db, &keys).await? {
        let log = stored::record(row)?;
        if log.kind == "daily_log" && !log.deleted && logs::is_handed_in(&log) {
            handed_in.insert(key.id);
        }
    }
    let missing = present.into_iter().filter(|user| !handed_in.contains(&daily_log_id(*user, day)));
    Ok(missing.map(|user| person(directory, user)).collect())
}

fn word(phase: LogPhase) -> &'static str {
    match phase {
        LogPhase::Draft => "draft",
        LogPhase::Submitted => "submitted",
        LogPhase::Returned => "returned",
        LogPhase::Approved => "approved",
        LogPhase::Missed => "missed",
    }
}
