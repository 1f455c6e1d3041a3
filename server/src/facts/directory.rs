//! Who is who: projects, teams, people and their memberships with history, as one snapshot per org.
//!
//! Every question about scope is answered here, so that the push path, the pull path and HTTP cannot disagree (P10).

mod load;

use std::collections::BTreeMap;
use std::sync::Arc;

use sync_core::kind::Who;
use sync_core::people::{Employment, Role};
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use crate::rules::calendar::Zone;
use crate::rules::fence::Area;
use crate::rules::policy::Policy;
use crate::seal::phone::Region;

/// One org, as it was when [`Directory::version`] was read.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// The org.
    pub org: i64,
    /// Grows with every change; a cached snapshot with an older one is stale.
    pub version: i64,
    /// Projects by id.
    pub projects: BTreeMap<Uuid, Project>,
    /// Teams by id.
    pub teams: BTreeMap<Uuid, Team>,
    /// People by id.
    pub people: BTreeMap<Uuid, Person>,
    /// Partners by id.
    pub partners: BTreeMap<Uuid, Partner>,
    /// Posts by project and id.
    pub posts: BTreeMap<(Uuid, Uuid), Post>,
    /// The place of each person among those of their newest team, or of their newest project where they are in no team.
    pub places: BTreeMap<Uuid, Place>,
}

/// A person's place in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The team, or the project; nil for those who belong to neither.
    pub group: Uuid,
    /// From 0.
    pub index: u32,
    /// How many people the group has.
    pub of: u32,
}

/// One sales site.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its code in the org document.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its time zone.
    pub zone: Zone,
    /// The default region of phone numbers, ISO 3166.
    pub region: Region,
    /// The site.
    pub site: Option<Area>,
    /// Policies, ascending by the moment from which they hold (0 = always).
    pub policies: Vec<PolicyInForce>,
}

/// A published policy.
#[derive(Debug, Clone)]
pub struct PolicyInForce {
    /// Its version.
    pub version: i64,
    /// From when it holds, Unix ms.
    pub from: i64,
    /// When it was published, Unix ms.
    pub published_at: i64,
    /// What it says.
    pub policy: Arc<Policy>,
}

/// A team of one project.
#[derive(Debug, Clone)]
pub struct Team {
    /// Its project.
    pub project: Uuid,
    /// Its name.
    pub name: String,
    /// Who leads it.
    pub lead: Option<Uuid>,
    /// Who stands in.
    pub deputy: Option<Uuid>,
    /// Who takes attendance for the lead, too (AT-8).
    pub delegate: Option<Uuid>,
}

/// A company whose agents bring customers.
#[derive(Debug, Clone)]
pub struct Partner {
    /// Its name.
    pub name: String,
    /// `active`, `suspended` or `blacklisted`.
    pub status: String,
}

/// A place people are assigned to.
#[derive(Debug, Clone)]
pub struct Post {
    /// Its code in the org document.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub area: Option<Area>,
}

/// One person.
#[derive(Debug, Clone)]
pub struct Person {
    /// The login name.
    pub username: String,
    /// The name people call them.
    pub name: String,
    /// How they are employed, for promoters.
    pub employment: Option<Employment>,
    /// The partner they work for, for agents.
    pub partner: Option<Uuid>,
    /// The day of their training record (TR-1), `2026-11-01`.
    pub trained_on: Option<chrono::NaiveDate>,
    /// When the account ended, Unix ms.
    pub ended_at: Option<i64>,
    /// Where they worked when.
    pub memberships: Vec<Membership>,
}

/// A span of work on one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The project.
    pub project: Uuid,
    /// The team, if any.
    pub team: Option<Uuid>,
    /// What they do there.
    pub role: Role,
    /// From when, Unix ms; 0 = always.
    pub from: i64,
    /// Until when (exclusive), Unix ms.
    pub until: Option<i64>,
}

impl Membership {
    /// Whether it lasted at this instant.
    pub fn holds_at(&self, at: i64) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }

    /// Whether it lasted at this moment.
    pub fn holds_in(&self, moment: &Moment) -> Answer {
        moment.is_within(self.from, self.until.unwrap_or(i64::MAX))
    }
}

impl Project {
    /// The policy in force at an instant, if one was: the one effective last, the later version among equals.
    pub fn policy_at(&self, at: i64) -> Option<&PolicyInForce> {
        self.policies.iter().rev().find(|policy| policy.from <= at)
    }

    /// What a version of the policy says; version 0 is the rulebook.
    pub fn policy_version(&self, version: i64) -> Option<Arc<Policy>> {
        if version == 0 {
            return Some(Arc::default());
        }
        self.policies.iter().find(|policy| policy.version == version).map(|policy| Arc::clone(&policy.policy))
    }
}

impl Directory {
    /// The default region of a project's phone numbers.
    pub fn region(&self, project: Uuid) -> Region {
        self.projects.get(&project).map_or(Region::CN, |project| project.region)
    }

    /// The calendar of a project.
    pub fn zone(&self, project: Uuid) -> Zone {
        self.projects.get(&project).map_or(Zone::UTC, |project| project.zone)
    }

    /// The policy of a project in force at an instant; the rulebook's defaults where none was published.
    pub fn policy(&self, project: Uuid, at: i64) -> Arc<Policy> {
        let published = self.projects.get(&project).and_then(|project| project.policy_at(at));
        published.map(|published| Arc::clone(&published.policy)).unwrap_or_default()
    }

    /// The memberships of a person that may have lasted at this moment.
    pub fn memberships(&self, user: Uuid, project: Uuid, moment: &Moment) -> impl Iterator<Item = &Membership> {
        let all = self.people.get(&user).into_iter().flat_map(|person| &person.memberships);
        all.filter(move |membership| membership.project == project && membership.holds_in(moment) != Answer::No)
    }

    /// The team somebody worked in at this moment. When a change of team lies inside the interval, the later team counts.
    pub fn team_at(&self, user: Uuid, project: Uuid, moment: &Moment) -> Option<Uuid> {
        self.memberships(user, project, moment)
            .filter_map(|membership| membership.team.map(|team| (membership.from, team)))
            .max()
            .map(|(_, team)| team)
    }

    /// How somebody relates to a record of `owner`, who worked in `team` then. Benefit of the doubt: an unclear membership counts.
    pub fn relations(&self, actor: Uuid, project: Uuid, owner: Uuid, team: Option<Uuid>, moment: &Moment) -> Vec<Who> {
        let mut relations = Vec::new();
        for membership in self.memberships(actor, project, moment) {
            relations.push(Who::Project);
            if actor == owner {
                relations.push(Who::Owner);
            }
            if team.is_some() && membership.team == team && actor != owner {
                relations.push(Who::Colleague);
            }
            if team.is_some_and(|team| self.leads(actor, team)) && actor != owner {
                relations.push(Who::Lead);
            }
            if membership.role == Role::BackOffice && actor != owner {
                relations.push(Who::Office);
            }
        }
        relations.sort_unstable();
        relations.dedup();
        relations
    }

    /// Whether somebody leads a team or stands in for its lead.
    pub fn leads(&self, user: Uuid, team: Uuid) -> bool {
        self.teams.get(&team).is_some_and(|team| team.lead == Some(user) || team.deputy == Some(user))
    }

    /// Whether somebody takes the attendance of a team: its lead, who stands in, or the named delegate (AT-8).
    pub fn witnesses(&self, user: Uuid, team: Uuid) -> bool {
        self.leads(user, team) || self.teams.get(&team).is_some_and(|team| team.delegate == Some(user))
    }

    /// The roles somebody has on a project at an instant.
    pub fn roles_at(&self, user: Uuid, project: Uuid, at: i64) -> Vec<Role> {
        let mut roles: Vec<Role> =
            self.memberships(user, project, &Moment::exact(at)).map(|membership| membership.role).collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    }

    /// Every bucket somebody may pull at an instant, sorted.
    pub fn buckets_of(&self, user: Uuid, at: i64) -> Vec<String> {
        let mut buckets = vec![bucket::user(user)];
        let Some(person) = self.people.get(&user) else { return buckets };
        for membership in person.memberships.iter().filter(|membership| membership.holds_at(at)) {
            let project = membership.project;
            buckets.push(bucket::project(project));
            if let Some(partner) = person.partner {
                buckets.push(bucket::partner(partner, project));
            }
            match membership.role {
                Role::Desk | Role::SiteLead => buckets.extend([bucket::bookings(project), bucket::desk(project)]),
                Role::Consultant => buckets.push(bucket::desk(project)),
                Role::TeamLead => buckets.push(bucket::bookings(project)),
                Role::BackOffice => buckets.extend([bucket::bookings(project), bucket::office(project)]),
                Role::Promoter | Role::Admin => {}
            }
        }
        let led = self.teams.iter().filter(|(_, team)| team.lead == Some(user) || team.deputy == Some(user));
        buckets.extend(led.map(|(id, _)| bucket::team(*id)));
        buckets.sort_unstable();
        buckets.dedup();
        buckets
    }
}

/// The names of buckets.
pub mod bucket {
    use uuid::Uuid;

    /// A person's own.
    pub fn user(id: Uuid) -> String {
        format!("user:{id}")
    }

    /// What a team's members recorded.
    pub fn team(id: Uuid) -> String {
        format!("team:{id}")
    }

    /// For everybody on the project.
    pub fn project(id: Uuid) -> String {
        format!("project:{id}")
    }

    /// Today's bookings (BK-2).
    pub fn bookings(project: Uuid) -> String {
        format!("bookings:{project}")
    }

    /// A partner's people on one project.
    pub fn partner(partner: Uuid, project: Uuid) -> String {
        format!("partner:{partner}:{project}")
    }

    /// Confirmations and the rotation.
    pub fn desk(project: Uuid) -> String {
        format!("desk:{project}")
    }

    /// Disputes, flags, reviews, rejected and parked ops.
    pub fn office(project: Uuid) -> String {
        format!("office:{project}")
    }
}

#[cfg(test)]
mod tests;
