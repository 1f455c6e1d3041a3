//! `POST /v1/projects/{project}/rosters/propose`: days off that rotate fairly (AT-2).

use api_spec::primitives::Person;
use api_spec::rosters::{ProposeRoster, ProposedDays, ProposedRoster};
use uuid::Uuid;

use super::super::actor::Actor;
use super::super::scope::Scope;
use super::{members, planner};
use crate::error::AppError;
use crate::rules::roster::{monday_of, propose};
use crate::state::App;

/// Proposes the days off of a team's week; nothing is stored.
///
/// # Errors
/// `not-found`, `forbidden`.
pub async fn propose_roster(
    app: &App,
    actor: &Actor,
    project: Uuid,
    request: &ProposeRoster,
) -> Result<ProposedRoster, AppError> {
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    let (_, team) = planner(&scope, &directory, project, request.team)?;
    let week = monday_of(request.week);
    let people = members(&directory, project, team, week);
    let staff: Vec<Uuid> = people.iter().filter(|each| !each.is_liaison()).map(|each| each.id).collect();
    let policy = directory.policy(project, directory.zone(project).start_of(week));
    let mut off = propose(&staff, week, &policy);
    let people = people.iter().map(|each| ProposedDays {
        person: Person { id: each.id, name: each.person.name.clone() },
        off: off.remove(&each.id).unwrap_or_default(),
    });
    Ok(ProposedRoster { week, people: people.collect() })
}
