//! Who may help whom with an account: the lead for their team, the office for its projects, an admin for everybody.

use api_spec::problem::Code;
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::authenticate::membership;
use crate::error::AppError;
use crate::store::users::{self, User};
use crate::store::{Reader, StoreError, teams};

/// Somebody whose account is to be changed by somebody else.
#[derive(Debug)]
pub(super) struct Charge {
    pub(super) user: User,
    /// The account's, and those of the places.
    roles: Vec<Role>,
    /// Projects and teams at this moment.
    places: Vec<(Uuid, Option<Uuid>)>,
}

/// The user, when `actor` may help with the account.
///
/// # Errors
/// `not-found` for users the actor may not know of, `forbidden` for those the actor knows but is not responsible for.
pub(super) async fn charge(db: &mut Reader, actor: &Actor, id: Uuid, now: i64) -> Result<Charge, AppError> {
    let user = users::by_ids(db, actor.org, &[id]).await?.pop().ok_or(Code::NotFound)?;
    let memberships = teams::memberships_of(db, actor.org, &[id]).await?;
    let memberships = memberships.iter().map(membership).collect::<Result<Vec<_>, _>>()?;
    let lasting: Vec<_> = memberships.iter().filter(|each| each.lasts_at(now)).collect();
    let places = lasting.iter().map(|each| (each.project, each.team)).collect();
    let own: Role = user.role.parse().map_err(|error| StoreError::Inconsistent(format!("{error}")))?;
    let roles = lasting.iter().map(|each| each.role).chain([own]).collect();
    let charge = Charge { user, roles, places };
    check(actor, &charge, now)?;
    Ok(charge)
}

fn check(actor: &Actor, charge: &Charge, now: i64) -> Result<(), Code> {
    if actor.role == Role::Admin {
        return Ok(());
    }
    let in_office = |project| actor.on_project_as(&[Role::BackOffice], project, now).is_ok();
    let whole_office = actor.role == Role::BackOffice && actor.project.is_none();
    let is_office = whole_office || charge.places.iter().any(|&(project, _)| in_office(project));
    let is_lead = charge.places.iter().any(|&(_, team)| team.is_some_and(|team| actor.leads_team(team)));
    // who may reset an account may act as it, in every role it has anywhere
    let may = charge.roles.iter().all(|role| match role {
        Role::Promoter | Role::Consultant | Role::Desk => is_office || is_lead,
        Role::SiteLead | Role::TeamLead => is_office,
        Role::BackOffice | Role::Admin => false,
    });
    let knows = is_office || charge.places.iter().any(|&(project, _)| actor.on_project(project, now).is_ok());
    match (may, knows) {
        (true, _) => Ok(()),
        (false, true) => Err(Code::Forbidden),
        (false, false) => Err(Code::NotFound),
    }
}
