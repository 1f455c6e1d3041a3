//! `GET /v1/projects/{project}/funnel`: from contacts to deals, day by day.

use std::collections::{BTreeMap, BTreeSet};

use api_spec::locale::Text;
use api_spec::outlets::{FunnelDay, FunnelQuery};
use api_spec::primitives::{Page, PageQuery};
use api_spec::problem::{Code, Problem};
use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use super::actor::Actor;
use super::overseen;
use super::page::Wanted;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::rules::calendar::next;
use crate::state::App;
use crate::store::tallies::{self, Span};

/// Days of a funnel at most.
const DAYS_MAX: i64 = 92;

/// What canvassing came to on each day on which there was any of it: of the teams one leads, all for site lead and back office. Arrivals
/// are those of own staff's customers when it is about persons, and deals those that came of the arrivals of the day.
///
/// # Errors
/// `not-found` for projects and teams outside the actor's scope, `forbidden`, `bad-parameter`, `bad-cursor`.
pub async fn list_funnel(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &FunnelQuery,
    page: &PageQuery,
) -> Result<Page<FunnelDay>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    let teams = overseen::teams(&scope, &directory, project, query.team)?;
    let length = (query.until - query.from).num_days();
    if !(0..DAYS_MAX).contains(&length) {
        let text = Text::new("must be from `from` on, up to 92 days", "须不早于 from，且不超过 92 天");
        return Err(Problem::new(Code::BadParameter).at("?until", text).into());
    }
    let teams = query.team.map(|team| vec![team]).or(teams);
    let mut owners = teams.map(|teams| members(&directory, &teams));
    if let Some(owner) = query.owner {
        if owners.as_ref().is_some_and(|owners| !owners.contains(&owner)) {
            return Err(Code::NotFound.into());
        }
        owners = Some(vec![owner]);
    }
    let (first, last) = (query.from.to_string(), query.until.to_string());
    let span = Span { project, days: (&first, &last), owners: owners.as_deref(), post: query.post };
    let mut days: BTreeMap<String, FunnelDay> = BTreeMap::new();
    for (day, counts) in tallies::by_day(&mut db, &span).await? {
        let of_day = at(&mut days, day);
        of_day.flyers = count(counts.flyers);
        of_day.contacts = count(counts.contacts);
        of_day.interested = count(counts.interested);
        of_day.brought = count(counts.brought);
    }
    let (leads, bookings) = tallies::followed(&mut db, &span).await?;
    for (day, leads) in leads {
        at(&mut days, day).leads = count(leads);
    }
    for (day, bookings) in bookings {
        at(&mut days, day).bookings = count(bookings);
    }
    let at_post: Option<BTreeSet<(String, Uuid)>> = match query.post {
        Some(post) => Some(tallies::at_post(&mut db, project, span.days, post).await?.into_iter().collect()),
        None => None,
    };
    let zone = directory.zone(project);
    let bounds = (zone.start_of(query.from), zone.start_of(next(query.until)));
    for (arrived_at, holder, is_deal) in tallies::arrivals(&mut db, project, bounds, span.owners).await? {
        let day = zone.day_of(arrived_at).to_string();
        let was_there = |there: &BTreeSet<_>| holder.is_some_and(|holder| there.contains(&(day.clone(), holder)));
        if at_post.as_ref().is_none_or(was_there) {
            let of_day = at(&mut days, day);
            of_day.arrivals += 1;
            of_day.deals += u64::from(is_deal);
        }
    }
    let number = |day: &FunnelDay| i64::from(day.day.num_days_from_ce());
    let rest = days.into_values().filter(|day| wanted.after.is_none_or(|(after, _)| number(day) > after));
    let (items, next_cursor) = wanted.cut(rest.collect(), |day| (number(day), Uuid::nil()));
    Ok(Page { items, next_cursor })
}

fn at(days: &mut BTreeMap<String, FunnelDay>, day: String) -> &mut FunnelDay {
    let date = day.parse::<NaiveDate>().unwrap_or_default();
    days.entry(day).or_insert(FunnelDay { day: date, ..FunnelDay::default() })
}

/// Everybody who works or worked in one of these teams.
fn members(directory: &Directory, teams: &[Uuid]) -> Vec<Uuid> {
    let worked = |team: Option<Uuid>| team.is_some_and(|team| teams.contains(&team));
    let people = directory.people.iter().filter(|(_, person)| person.memberships.iter().any(|one| worked(one.team)));
    people.map(|(id, _)| *id).collect()
}

fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
