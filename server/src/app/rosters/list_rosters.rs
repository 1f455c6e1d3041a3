//! `GET /v1/projects/{project}/rosters` and `…/{day}`: what is planned. The whole project reads it, as its phones do.

use api_spec::locale::Text;
use api_spec::primitives::{Page, PageQuery};
use api_spec::problem::{Code, Problem};
use api_spec::rosters::{Roster, RosterEntry, RosterQuery};
use chrono::{Datelike, Days, NaiveDate};
use uuid::Uuid;

use super::super::actor::Actor;
use super::super::page::Wanted;
use super::super::scope::Scope;
use super::{Planning, members};
use crate::error::AppError;
use crate::facts::attending::Attending;
use crate::facts::directory::Directory;
use crate::facts::rosters::roster_key;
use crate::state::App;
use crate::store::records;

/// Days of one list.
const MOST_DAYS: i64 = 62;

/// The roster of a team's day.
///
/// # Errors
/// `not-found` for teams of other projects.
pub async fn show_roster(
    app: &App,
    actor: &Actor,
    (project, day, team): (Uuid, NaiveDate, Option<Uuid>),
) -> Result<Roster, AppError> {
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    let led: Vec<Uuid> = scope.teams.iter().copied().filter(|team| is_of(&directory, *team, project)).collect();
    let all = scope.is_office(project) || scope.is_site_lead(project);
    let team = team.or(if let ([only], false) = (led.as_slice(), all) { Some(*only) } else { None });
    if team.is_some_and(|team| !is_of(&directory, team, project)) {
        return Err(Code::NotFound.into());
    }
    let people = members(&directory, project, team, day);
    let ids: Vec<Uuid> = people.iter().map(|each| each.id).collect();
    let planning = Planning::read(&mut db, &directory, project, &ids, (day, day)).await?;
    let key = roster_key(project, team, day);
    let version = records::load(&mut db, &[key]).await?.remove(&key).map_or(0, |row| row.version.cast_unsigned());
    let people = people.iter().map(|person| planning.entry(person, day)).collect();
    Ok(Roster { day, team, version, people })
}

/// A page of what everybody does from one day to another: by day, team and name.
///
/// # Errors
/// `not-found` for teams of other projects, `bad-cursor`, `bad-parameter`.
pub async fn list_rosters(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &RosterQuery,
    page: &PageQuery,
) -> Result<Page<RosterEntry>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    if query.team.is_some_and(|team| !is_of(&directory, team, project)) {
        return Err(Code::NotFound.into());
    }
    let zone = directory.zone(project);
    let from = query.from.unwrap_or_else(|| zone.day_of(app.clock.now()));
    let until = query.until.or_else(|| from.checked_add_days(Days::new(6))).unwrap_or(from);
    if until < from || (until - from).num_days() >= MOST_DAYS {
        let text = Text::new("must be at most 61 days after from, and not before it", "须不早于 from，且最多晚 61 天");
        return Err(Problem::new(Code::BadParameter).at("?until", text).into());
    }
    let rows = usize::try_from(wanted.rows()).unwrap_or(usize::MAX);
    let mut found: Vec<(NaiveDate, Attending<'_>)> = Vec::new();
    for day in from.iter_days().take_while(|day| *day <= until) {
        let people = directory.attending(project, zone.bounds(day));
        let people = people.into_iter().filter(|each| query.team.is_none_or(|team| each.team == Some(team)));
        found.extend(people.filter(|each| comes_after(wanted, day, each, &directory)).map(|each| (day, each)));
        if found.len() >= rows {
            found.truncate(rows);
            break;
        }
    }
    let (found, next_cursor) = wanted.cut(found, |(day, each)| (number(*day), each.id));
    let mut ids: Vec<Uuid> = found.iter().map(|(_, each)| each.id).collect();
    ids.sort_unstable();
    ids.dedup();
    let days = found.first().zip(found.last()).map_or((from, from), |((first, _), (last, _))| (*first, *last));
    let planning = Planning::read(&mut db, &directory, project, &ids, days).await?;
    let items = found.iter().map(|(day, each)| planning.entry(each, *day)).collect();
    Ok(Page { items, next_cursor })
}

fn is_of(directory: &Directory, team: Uuid, project: Uuid) -> bool {
    directory.teams.get(&team).is_some_and(|team| team.project == project)
}

fn number(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce())
}

/// Whether an entry comes after the page before: on a later day, or behind its last person.
fn comes_after(wanted: Wanted, day: NaiveDate, each: &Attending<'_>, directory: &Directory) -> bool {
    let Some((last_day, last)) = wanted.after else { return true };
    if number(day) != last_day {
        return number(day) > last_day;
    }
    let team = directory.people.get(&last).and_then(|person| person.memberships.iter().rev().find_map(|m| m.team));
    let name = directory.people.get(&last).map_or("", |person| person.name.as_str());
    let team_name = team.and_then(|team| directory.teams.get(&team)).map_or("", |team| team.name.as_str());
    (each.team_name, each.team, each.person.name.as_str(), each.id) > (team_name, team, name, last)
}
