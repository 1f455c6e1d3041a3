//! Whose attendance is taken on a project (AT).

use sync_core::people::{Employment, Role};
use uuid::Uuid;

use super::directory::{Directory, Membership, Person};

/// Somebody whose attendance is taken, in the team they work in.
#[derive(Debug, Clone, Copy)]
pub struct Attending<'a> {
    /// Who.
    pub id: Uuid,
    /// The same person.
    pub person: &'a Person,
    /// The team, if any.
    pub team: Option<Uuid>,
    /// The team's name.
    pub team_name: &'a str,
}

impl Attending<'_> {
    /// Whether it is a liaison (AT-3, AT-8).
    pub fn is_liaison(&self) -> bool {
        self.person.employment == Some(Employment::Liaison)
    }
}

impl Directory {
    /// Promoters, team leads and consultants who work on a project at some time in `[from, until)` (Unix ms), without partners' agents: by
    /// team, name and id.
    pub fn attending(&self, project: Uuid, (from, until): (i64, i64)) -> Vec<Attending<'_>> {
        let there = |membership: &&Membership| {
            membership.project == project
                && matches!(membership.role, Role::Promoter | Role::TeamLead | Role::Consultant)
                && membership.from < until
                && membership.until.is_none_or(|end| end > from)
        };
        let own = self.people.iter().filter(|(_, person)| person.employment != Some(Employment::Agent));
        let mut all: Vec<Attending<'_>> = own
            .filter_map(|(&id, person)| {
                let team = person.memberships.iter().rfind(there)?.team;
                let team_name = team.and_then(|team| self.teams.get(&team)).map_or("", |team| team.name.as_str());
                Some(Attending { id, person, team, team_name })
            })
            .collect();
        all.sort_by_key(|each| (each.team_name, each.team, each.person.name.as_str(), each.id));
        all
    }
}
