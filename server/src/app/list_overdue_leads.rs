//! `GET /v1/projects/{project}/leads/overdue`: leads that lie waiting (FW-10).

use api_spec::outlets::{OverdueLead, OverdueQuery};
use api_spec::primitives::{Page, PageQuery};
use api_spec::problem::Code;
use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use super::actor::Actor;
use super::page::Wanted;
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::stored;
use crate::state::App;
use crate::store::lead_care::{self, Filter};
use crate::store::{Key, StoreError, records};

/// A page of the open leads that lie waiting, the longest first: one's own, those of the teams one leads, all for the back office.
///
/// # Errors
/// `not-found` for projects and teams outside the actor's scope, `bad-cursor`, `bad-parameter`.
pub async fn list_overdue_leads(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &OverdueQuery,
    page: &PageQuery,
) -> Result<Page<OverdueLead>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    let office = scope.is_office(project);
    let may = |team: &Uuid| {
        let here = directory.teams.get(team).is_some_and(|team| team.project == project);
        here && (office || scope.teams.contains(team))
    };
    if !scope.projects.contains(&project) || query.team.is_some_and(|team| !may(&team)) {
        return Err(Code::NotFound.into());
    }
    let numbered = |day: i64| i32::try_from(day).ok().and_then(NaiveDate::from_num_days_from_ce_opt);
    let after = wanted.after.map(|(day, lead)| (numbered(day).map_or_else(String::new, |day| day.to_string()), lead));
    let filter = Filter {
        project,
        whose: (!office).then_some((actor.user, &scope.teams[..])),
        owner: query.owner,
        team: query.team,
        after: after.as_ref().map(|(day, lead)| (day.as_str(), *lead)),
    };
    let rows = lead_care::overdue(&mut db, &filter, wanted.rows()).await?;
    let day = |text: &str| {
        text.parse::<NaiveDate>().map_err(|_| StoreError::Inconsistent(format!("a day of a lead: {text}")))
    };
    let place = |text: Option<&String>| {
        text.and_then(|text| text.parse::<NaiveDate>().ok()).map_or(0, |day| i64::from(day.num_days_from_ce()))
    };
    let (rows, next_cursor) = wanted.cut(rows, |care| (place(care.overdue_on.as_ref()), care.lead));
    let keys: Vec<Key> = rows.iter().map(|care| Key { project, id: care.lead }).collect();
    let mut leads = records::load(&mut db, &keys).await?;
    let mut items = Vec::with_capacity(rows.len());
    for care in rows {
        let Some(lead) = leads.remove(&Key { project, id: care.lead }) else { continue };
        let lead = stored::record(lead)?;
        let text = |name: &str| lead.state.text(name).map(str::to_owned);
        items.push(OverdueLead {
            lead: care.lead,
            name: text("name").unwrap_or_default(),
            phone_masked: text("phone_masked"),
            owner: care.owner.map(|owner| person(&directory, owner)),
            team: care.team,
            touched_on: day(&care.touched_on)?,
            next_follow_on: care.next_on.as_deref().map(day).transpose()?,
            overdue_since: day(care.overdue_on.as_deref().unwrap_or_default())?,
        });
    }
    Ok(Page { items, next_cursor })
}
