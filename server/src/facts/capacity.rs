//! In which capacity somebody decides about what a team recorded.

use sync_core::people::Role;
use sync_core::time::Moment;
use uuid::Uuid;

use super::directory::Directory;
use crate::rules::review::Capacity;

impl Directory {
    /// In which capacity somebody decides at this moment about a record of a team; `None` for those who decide nothing there. Whoever
    /// leads the team decides as its lead, also when they work for the office, too.
    pub fn capacity(&self, by: Uuid, project: Uuid, team: Option<Uuid>, moment: &Moment) -> Option<Capacity> {
        let roles: Vec<Role> = self.memberships(by, project, moment).map(|membership| membership.role).collect();
        let team = team.and_then(|team| self.teams.get(&team)).filter(|_| !roles.is_empty());
        match team {
            Some(team) if team.lead == Some(by) => Some(Capacity::TeamLead),
            Some(team) if team.deputy == Some(by) => Some(Capacity::Deputy),
            _ if roles.contains(&Role::BackOffice) => Some(Capacity::BackOffice),
            _ if roles.contains(&Role::SiteLead) => Some(Capacity::SiteLead),
            _ => None,
        }
    }
}
