//! What somebody may see of records (P10): what their buckets hold, and the back office everything on its projects.

use std::collections::BTreeSet;

use api_spec::problem::Code;
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::store::records::{self, Record, Whose};
use crate::store::{Reader, StoreError};

/// The scope of one person at one instant.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub(super) user: Uuid,
    /// Projects one works on.
    pub(super) projects: Vec<Uuid>,
    /// Teams one leads or stands in for.
    pub(super) teams: Vec<Uuid>,
    offices: BTreeSet<Uuid>,
    sites: BTreeSet<Uuid>,
    buckets: BTreeSet<String>,
}

impl Scope {
    /// The scope of `actor` at an instant (Unix ms).
    pub(super) fn of(actor: &Actor, directory: &Directory, now: i64) -> Self {
        let user = actor.user;
        let projects = actor.projects_at(now);
        let as_role = |role: Role| {
            let holds = |project: &&Uuid| directory.roles_at(user, **project, now).contains(&role);
            projects.iter().filter(holds).copied().collect()
        };
        let led = |team: &Uuid| directory.teams.get(team).is_some_and(|team| projects.contains(&team.project));
        Self {
            user,
            offices: as_role(Role::BackOffice),
            sites: as_role(Role::SiteLead),
            teams: directory.teams.keys().copied().filter(|team| directory.leads(user, *team)).filter(led).collect(),
            buckets: directory.buckets_of(user, now).into_iter().collect(),
            projects,
        }
    }

    /// Whether one is of the back office there.
    pub(super) fn is_office(&self, project: Uuid) -> bool {
        self.offices.contains(&project)
    }

    /// Whether one leads the site there.
    pub(super) fn is_site_lead(&self, project: Uuid) -> bool {
        self.sites.contains(&project)
    }

    /// Whether one may see this record.
    pub(super) fn sees(&self, record: &Record) -> bool {
        self.projects.contains(&record.project)
            && (self.is_office(record.project)
                || record.owner == Some(self.user)
                || record.team.is_some_and(|team| self.teams.contains(&team))
                || record.revs.buckets().any(|bucket| self.buckets.contains(bucket)))
    }

    /// Whose records one may see in a list of a project.
    pub(super) fn whose(&self, project: Uuid) -> Whose<'_> {
        if self.is_office(project) { Whose::Everybody } else { Whose::OwnAndTeams(self.user, &self.teams) }
    }

    /// The record with this id.
    ///
    /// # Errors
    /// `not-found`, also for what lies outside the scope.
    pub(super) async fn record(&self, db: &mut Reader, id: Uuid) -> Result<Record, AppError> {
        let found: Result<_, StoreError> = records::find(db, &self.projects, id).await;
        found?.filter(|record| self.sees(record)).ok_or_else(|| Code::NotFound.into())
    }
}
