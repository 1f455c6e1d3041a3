//! Lists of outlets: months, idle ones, and cards that may be one outlet's.

use api_spec::locale::Text;
use api_spec::outlets::{MonthState, OutletCard, OutletMonth, OutletMonthQuery, OutletPair, OutletQuery};
use api_spec::primitives::{Instant, Page, PageQuery};
use api_spec::problem::{Code, Problem};
use chrono::{Datelike, Days, NaiveDate};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

use super::super::actor::Actor;
use super::super::overseen;
use super::super::page::Wanted;
use super::super::rotation::person;
use super::super::scope::Scope;
use super::describe;
use crate::error::AppError;
use crate::state::App;
use crate::store::outlet_months::{self, Filter};
use crate::store::outlet_pairs::{self, After};
use crate::store::outlets::{self, IdleFilter, Outlet};
use crate::store::{Key, StoreError};

/// A page of the months of a project's outlets, those that ask for visits: of the teams one leads and of no team, all for site lead and back
/// office (OV-3, OV-4).
///
/// # Errors
/// `not-found` for projects and teams outside the actor's scope, `forbidden`, `bad-parameter`, `bad-cursor`.
pub async fn list_months(
    app: &App,
    actor: &Actor,
    (project, month): (Uuid, &str),
    query: &OutletMonthQuery,
    page: &PageQuery,
) -> Result<Page<OutletMonth>, AppError> {
    let wanted = Wanted::read(page)?;
    let is_month = month.len() == 7 && format!("{month}-01").parse::<NaiveDate>().is_ok();
    if !is_month {
        let text = Text::new("must be a month such as 2026-11", "须为月份，例如 2026-11");
        return Err(Problem::new(Code::BadParameter).at("{month}", text).into());
    }
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    let teams = overseen::teams(&scope, &directory, project, query.team)?;
    let state = query.state.map(word);
    let filter = Filter {
        project,
        month,
        state: state.as_deref(),
        teams: teams.as_deref(),
        team: query.team,
        after: wanted.after.map(|(_, outlet)| outlet),
    };
    let rows = outlet_months::list(&mut db, &filter, wanted.rows()).await?;
    let (rows, next_cursor) = wanted.cut(rows, |(row, _)| (0, row.outlet));
    let item = |(row, name): (outlet_months::OutletMonth, String)| {
        let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("a month's state: {error}"));
        Ok(OutletMonth {
            outlet: row.outlet,
            name,
            month: row.month,
            grade: row.grade,
            team: row.team,
            owner: row.owner.map(|owner| person(&directory, owner)),
            counted: row.counted.cast_unsigned(),
            quota: row.quota.cast_unsigned(),
            state: serde_json::from_value(json!(row.state)).map_err(odd)?,
        })
    };
    Ok(Page { items: rows.into_iter().map(item).collect::<Result<_, StoreError>>()?, next_cursor })
}

fn word(state: MonthState) -> String {
    json!(state).as_str().unwrap_or_default().to_owned()
}

/// A page of the open outlets that brought no lead for long, the longest first (OV-9). A lead comes from the outlet whose visit names both.
///
/// # Errors
/// `not-found` for projects and teams outside the actor's scope, `forbidden`, `bad-cursor`, `bad-parameter`.
pub async fn list_idle(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &OutletQuery,
    page: &PageQuery,
) -> Result<Page<OutletCard>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let now = app.clock.now();
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, now);
    let teams = overseen::teams(&scope, &directory, project, query.team)?;
    let today = directory.zone(project).day_of(now);
    let idle_days = directory.policy(project, now).outlet.idle_days;
    let since = today.checked_sub_days(Days::new(idle_days.into())).unwrap_or(NaiveDate::MIN).to_string();
    let after = wanted.after.map(|(day, id)| (numbered(day), id));
    let filter = IdleFilter {
        project,
        since: &since,
        today: &today.to_string(),
        teams: teams.as_deref(),
        team: query.team,
        after: after.as_ref().map(|(day, id)| (day.as_str(), *id)),
    };
    let rows = outlets::idle(&mut db, &filter, wanted.rows()).await?;
    let items: Vec<OutletCard> = rows.iter().map(|row| describe(&directory, row)).collect::<Result<_, _>>()?;
    let (items, next_cursor) = wanted.cut(items, |card| (i64::from(card.idle_from.num_days_from_ce()), card.id));
    Ok(Page { items, next_cursor })
}

/// The day with this number; a cursor with another number begins at the start.
fn numbered(day: i64) -> String {
    let day = i32::try_from(day).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// A page of cards that may be one outlet's, the oldest suspicion first (OV-2).
///
/// # Errors
/// `not-found` for projects outside the actor's scope, `forbidden`, `bad-cursor`, `bad-parameter`.
pub async fn list_pairs(
    app: &App,
    actor: &Actor,
    project: Uuid,
    page: &PageQuery,
) -> Result<Page<OutletPair>, AppError> {
    let wanted = Wanted::read(&PageQuery { cursor: None, ..page.clone() })?;
    let after = page.cursor.as_deref().map(|cursor| place(cursor).ok_or(Code::BadCursor)).transpose()?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    let teams = overseen::teams(&scope, &directory, project, None)?;
    let pairs = outlet_pairs::open(&mut db, project, teams.as_deref(), after, wanted.rows()).await?;
    let (pairs, more) = wanted.cut(pairs, |pair| (pair.at, pair.one));
    let next_cursor =
        pairs.last().filter(|_| more.is_some()).map(|last| format!("{}.{}.{}", last.at, last.one, last.other));
    let keys: Vec<Key> = pairs.iter().flat_map(|pair| [pair.one, pair.other]).map(|id| Key { project, id }).collect();
    let cards: BTreeMap<Uuid, Outlet> =
        outlets::by_ids(&mut db, &keys).await?.into_iter().map(|card| (card.id, card)).collect();
    let card = |id: &Uuid| {
        let missing = || StoreError::Inconsistent(format!("outlet {id} has no card"));
        describe(&directory, cards.get(id).ok_or_else(missing)?)
    };
    let mut items = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (one, other) = (card(&pair.one)?, card(&pair.other)?);
        items.push(OutletPair { one, other, why: pair.why, at: Instant(pair.at) });
    }
    Ok(Page { items, next_cursor })
}

fn place(cursor: &str) -> Option<After> {
    let mut parts = cursor.split('.');
    let after = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(after)
}
