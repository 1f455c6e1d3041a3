//! Who asks: a user with what they may do right now.

use api_spec::auth;
use api_spec::locale::Locale;
use api_spec::primitives::Instant;
use api_spec::problem::{Code, Problem};
use sync_core::people::{Employment, Role};
use uuid::Uuid;

/// For how long an account that ended, or was suspended, may still send what it recorded.
pub const GRACE_MS: i64 = 14 * 24 * 60 * 60 * 1_000;

/// A user as seen by one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Short key of the organisation.
    pub org: i64,
    /// The user.
    pub user: Uuid,
    /// The name to log in with.
    pub username: String,
    /// The name colleagues see.
    pub name: String,
    /// The main role.
    pub role: Role,
    /// How employed; `None` for those who do not work in the field.
    pub employment: Option<Employment>,
    /// The main project; `None` for those who work for the whole organisation.
    pub project: Option<Uuid>,
    /// The main team.
    pub team: Option<Uuid>,
    /// The company of an agent.
    pub partner: Option<Uuid>,
    /// Where the user worked, works and will work.
    pub memberships: Vec<Membership>,
    /// Teams the user leads or stands in for.
    pub leads: Vec<Uuid>,
    /// Projects of the whole organisation, for those who work for all of it; else empty.
    pub oversees: Vec<Uuid>,
    /// The device of the login.
    pub device: Option<Uuid>,
    /// The login.
    pub family: Uuid,
    /// How far the account and the device may still be used.
    pub standing: Standing,
    /// Nothing but a new password is accepted.
    pub must_change_password: bool,
    /// The language of this request.
    pub locale: Locale,
}

/// A span in which somebody works on a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The project.
    pub project: Uuid,
    /// The team, if in one.
    pub team: Option<Uuid>,
    /// The role there.
    pub role: Role,
    /// Unix ms, included; 0 from always.
    pub from_at: i64,
    /// Unix ms, excluded; `None` until further notice.
    pub until_at: Option<i64>,
}

impl Membership {
    /// Whether it lasts at a moment (Unix ms).
    pub fn lasts_at(&self, at: i64) -> bool {
        self.from_at <= at && self.until_at.is_none_or(|until| at < until)
    }
}

/// How far an account and a device may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// For everything.
    Active,
    /// The account ended at this moment (Unix ms): open work may be pushed and is judged by its moment.
    Ended(i64),
    /// The device was stolen: what it pushes is parked.
    Stolen,
}

/// Where somebody acts, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// The project.
    pub project: Uuid,
    /// The team, if in one.
    pub team: Option<Uuid>,
    /// The role there.
    pub role: Role,
}

impl Actor {
    /// What the user is on a project at a moment (Unix ms). Several seats are possible; those who work for the whole
    /// organisation sit on each of its projects.
    pub fn seats_on(&self, project: Uuid, at: i64) -> impl Iterator<Item = Seat> {
        let overseer = Seat { project, team: None, role: self.role };
        self.memberships
            .iter()
            .filter(move |membership| membership.project == project && membership.lasts_at(at))
            .map(|&Membership { project, team, role, .. }| Seat { project, team, role })
            .chain(self.oversees.contains(&project).then_some(overseer))
    }

    /// The projects the user may know of at a moment (Unix ms), each once.
    pub fn projects_at(&self, at: i64) -> Vec<Uuid> {
        let now = self.memberships.iter().filter(|membership| membership.lasts_at(at)).map(|each| each.project);
        let mut projects: Vec<Uuid> = now.chain(self.oversees.iter().copied()).collect();
        projects.sort_unstable();
        projects.dedup();
        projects
    }

    /// The seat on a project at a moment (Unix ms): what somebody may know of it at all.
    ///
    /// # Errors
    /// `not-found` for strangers to the project.
    pub fn on_project(&self, project: Uuid, at: i64) -> Result<Seat, Problem> {
        self.seats_on(project, at).next().ok_or_else(|| Code::NotFound.into())
    }

    /// The seat on a project with one of `roles`; every role will do when there are none.
    ///
    /// # Errors
    /// `not-found` for strangers to the project, `forbidden` for those with other roles there.
    pub fn on_project_as(&self, roles: &[Role], project: Uuid, at: i64) -> Result<Seat, Problem> {
        let known = self.on_project(project, at)?;
        if roles.is_empty() {
            return Ok(known);
        }
        let mut seats = self.seats_on(project, at);
        seats.find(|seat| roles.contains(&seat.role)).ok_or_else(|| Code::Forbidden.into())
    }

    /// The projects on which the user has one of `roles` at a moment (Unix ms), each once.
    pub fn projects_as(&self, roles: &[Role], at: i64) -> Vec<Uuid> {
        let mut projects = self.projects_at(at);
        projects.retain(|project| self.seats_on(*project, at).any(|seat| roles.contains(&seat.role)));
        projects
    }

    /// Whether the user has one of `roles` anywhere at a moment (Unix ms).
    pub fn is_one_of(&self, roles: &[Role], at: i64) -> bool {
        let now = self.memberships.iter().filter(|membership| membership.lasts_at(at)).map(|each| each.role);
        std::iter::once(self.role).chain(now).any(|role| roles.contains(&role))
    }

    /// Whether the user leads the team or stands in for its lead.
    pub fn leads_team(&self, team: Uuid) -> bool {
        self.leads.contains(&team)
    }

    /// The user as they see themselves.
    pub fn describe(&self) -> auth::User {
        let membership = |membership: &Membership| auth::Membership {
            project: membership.project,
            team: membership.team,
            role: membership.role,
            from: (membership.from_at > 0).then_some(Instant(membership.from_at)),
            until: membership.until_at.map(Instant),
        };
        auth::User {
            id: self.user,
            username: self.username.clone(),
            name: self.name.clone(),
            role: self.role,
            employment: self.employment,
            project: self.project,
            team: self.team,
            partner: self.partner,
            memberships: self.memberships.iter().map(membership).collect(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const HERE: Uuid = Uuid::from_u128(1);
    const THERE: Uuid = Uuid::from_u128(2);

    /// A promoter here until 100, a team lead there from 50 on.
    pub(crate) fn actor() -> Actor {
        let membership = |project, role, from_at, until_at| Membership { project, team: None, role, from_at, until_at };
        Actor {
            org: 1,
            user: Uuid::from_u128(7),
            username: "lihua".to_owned(),
            name: "李华".to_owned(),
            role: Role::Promoter,
            employment: Some(Employment::Staff),
            project: Some(HERE),
            team: None,
            partner: None,
            memberships: vec![
                membership(HERE, Role::Promoter, 0, Some(100)),
                membership(THERE, Role::TeamLead, 50, None),
            ],
            leads: Vec::new(),
            oversees: Vec::new(),
            device: None,
            family: Uuid::nil(),
            standing: Standing::Active,
            must_change_password: false,
            locale: Locale::En,
        }
    }

    #[test]
    fn roles_are_those_of_the_project_and_the_moment() {
        let actor = actor();
        let role = |project, at| actor.on_project(project, at).map(|seat| seat.role).map_err(|problem| problem.code);
        assert_eq!(role(HERE, 99), Ok(Role::Promoter));
        assert_eq!(role(HERE, 100), Err(Code::NotFound));
        assert_eq!(role(THERE, 49), Err(Code::NotFound));
        assert_eq!(role(THERE, 50), Ok(Role::TeamLead));
    }

    #[test]
    fn p10_a_stranger_is_told_nothing_and_a_colleague_that_it_is_not_theirs() {
        let actor = actor();
        let code = |project| actor.on_project_as(&[Role::Desk], project, 60).map_err(|problem| problem.code);
        assert_eq!(code(Uuid::from_u128(3)), Err(Code::NotFound));
        assert_eq!(code(HERE), Err(Code::Forbidden));
        assert!(actor.on_project_as(&[Role::Desk, Role::TeamLead], THERE, 60).is_ok());
    }

    #[test]
    fn p10_a_role_on_one_project_is_none_on_another() {
        let actor = actor();
        assert_eq!(actor.projects_as(&[Role::TeamLead, Role::Desk], 60), [THERE]);
        assert!(actor.projects_as(&[Role::TeamLead], 49).is_empty());
    }

    #[test]
    fn who_works_for_the_whole_organisation_sits_on_all_its_projects() {
        let actor = Actor { role: Role::BackOffice, memberships: Vec::new(), oversees: vec![HERE], ..actor() };
        assert_eq!(actor.on_project(HERE, 0).map(|seat| seat.role), Ok(Role::BackOffice));
        assert!(actor.on_project(THERE, 0).is_err());
    }
}
