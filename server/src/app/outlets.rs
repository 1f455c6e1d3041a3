//! Outlets as their leads look after them: months, likely second cards, idle ones, and what is decided about a card (OV).

mod decide;
mod list;
mod merge;

use api_spec::outlets::OutletCard;
use chrono::NaiveDate;
use uuid::Uuid;

pub use decide::{Act, decide_card};
pub use list::{list_idle, list_months, list_pairs};
pub use merge::merge_cards;

use super::actor::Actor;
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::store::outlets::Outlet;
use crate::store::{Key, StoreError, Tx};
use api_spec::problem::Code;

/// The card as people read it.
fn describe(directory: &Directory, card: &Outlet) -> Result<OutletCard, StoreError> {
    Ok(OutletCard {
        id: card.id,
        name: card.name.clone(),
        grade: card.grade.clone(),
        team: card.team,
        owner: card.owner.map(|owner| person(directory, owner)),
        state: card.state.clone(),
        opened_on: day(&card.opened_on)?,
        idle_from: day(&card.idle_from)?,
        keep_until: card.keep_until.as_deref().map(day).transpose()?,
        merged_into: card.into,
    })
}

fn day(text: &str) -> Result<NaiveDate, StoreError> {
    text.parse().map_err(|_| StoreError::Inconsistent(format!("a day: {text}")))
}

/// The key of an outlet's card that the actor knows of.
async fn key_of(tx: &mut Tx, scope: &Scope, id: Uuid) -> Result<Key, AppError> {
    let record = scope.record(tx, id).await?;
    if record.kind == "outlet" { Ok(Key { project: record.project, id }) } else { Err(Code::NotFound.into()) }
}

/// Whether somebody decides about cards: the back office, the leads of their teams, and every lead about cards of no team.
fn may_decide(actor: &Actor, scope: &Scope, directory: &Directory, cards: &[&Outlet]) -> Result<(), Code> {
    let leads_here = |project| scope.teams.iter().any(|team| directory.teams[team].project == project);
    let is_theirs = |card: &&Outlet| card.team.map_or_else(|| leads_here(card.project), |team| actor.leads_team(team));
    let project = cards.first().map(|card| card.project).ok_or(Code::NotFound)?;
    if scope.is_office(project) || cards.iter().any(is_theirs) { Ok(()) } else { Err(Code::Forbidden) }
}
