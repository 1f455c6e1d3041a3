//! `GET /v1/projects/{project}/evening`: the lead's evening: who was there, whose log waits, what the day came to (WL-6, WL-7).

use api_spec::logs::{DailyLog, LogPhase};
use api_spec::primitives::PageQuery;
use api_spec::problem::Code;
use api_spec::weeks::{Evening, EveningCounts, EveningPerson, EveningQuery};
use chrono::Datelike;
use sync_core::kinds::daily_log_id;
use uuid::Uuid;

use super::actor::Actor;
use super::daily_log::{describe, facts};
use super::list_logs::{places, records_at};
use super::page::Wanted;
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::logs;
use crate::facts::work_days::{self, WorkDay};
use crate::rules::daily_log::DayFacts;
use crate::state::App;
use crate::store::Key;

/// A day of one team, or of every team the actor reviews on a project; by person.
///
/// # Errors
/// `not-found` for teams the actor does not review, `forbidden` for those who review none, `bad-cursor`, `bad-parameter`.
pub async fn show_evening(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &EveningQuery,
    page: &PageQuery,
) -> Result<Evening, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    let scope = Scope::of(actor, &directory, now);
    let places = places(&scope, &directory, query.team)?;
    let teams: Vec<Option<Uuid>> = places.iter().filter(|(of, _)| *of == project).map(|(_, team)| *team).collect();
    if teams.is_empty() {
        return Err(if query.team.is_some() { Code::NotFound } else { Code::Forbidden }.into());
    }
    let zone = directory.zone(project);
    let day = query.day.unwrap_or_else(|| zone.day_of(now));
    let bounds = zone.bounds(day);
    let team_of = |user: &Uuid| directory.writes_logs(*user, project, bounds);
    let here =
        |user: &Uuid| team_of(user).is_some_and(|own| teams.contains(&None) || (own.is_some() && teams.contains(&own)));
    let people: Vec<Uuid> = directory.people.keys().copied().filter(here).collect();
    let days = work_days::count(&mut db, &directory, project, day, &people).await?;
    let key = |user: Uuid| Key { project, id: daily_log_id(user, day) };
    let known = records_at(&mut db, &people.iter().map(|user| key(*user)).collect::<Vec<_>>()).await?;
    let (mut totals, mut counts, mut items) = (DayFacts::default(), EveningCounts::default(), Vec::new());
    for user in people {
        let WorkDay { present, facts: counted } = days.get(&user).copied().unwrap_or_default();
        let record = known.get(&key(user));
        let missing = present && !record.is_some_and(logs::is_handed_in);
        if !present && record.is_none() && counted == DayFacts::default() {
            continue;
        }
        let log = record.map(|record| describe(&directory, record, now)).transpose()?;
        totals = totals.plus(&counted);
        count(&mut counts, present, missing, log.as_ref());
        let team = team_of(&user).flatten();
        items.push(EveningPerson {
            person: person(&directory, user),
            team,
            present,
            missing,
            facts: facts(&counted),
            log,
        });
    }
    let place = |item: &EveningPerson| (i64::from(day.num_days_from_ce()), item.person.id);
    items.sort_by_key(place);
    items.retain(|item| wanted.after.is_none_or(|after| place(item) > after));
    let (items, next_cursor) = wanted.cut(items, place);
    Ok(Evening { day, totals: facts(&totals), counts, items, next_cursor })
}

fn count(counts: &mut EveningCounts, present: bool, missing: bool, log: Option<&DailyLog>) {
    counts.present += u32::from(present);
    counts.missing += u32::from(missing);
    let Some(log) = log else { return };
    let waits = log.phase == LogPhase::Submitted;
    counts.to_review += u32::from(waits);
    counts.flagged += u32::from(waits && log.flagged);
    counts.overdue += u32::from(log.overdue);
    counts.returned += u32::from(log.phase == LogPhase::Returned);
    counts.approved += u32::from(log.phase == LogPhase::Approved);
}
