//! What an import changes: document and stored org in, changes out. Pure, and empty the second time.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sync_core::people::Employment;
use uuid::Uuid;

use super::document::{self, Document, PartnerStatus, Since};
use super::outlet;
use super::stored::Stored;
use crate::app::authenticate::ACTIVE;
use crate::facts::record::Record;
use crate::rules::calendar::Zone;
use crate::store::Key;
use crate::store::orgs::Partner;
use crate::store::projects::{Policy, Post, Project};
use crate::store::teams::{Membership, Team};
use crate::store::users::User;

/// Ids of imported things: UUIDv5 of this namespace and `org/kind/code`, so that the same document gives the same ids
/// on every server, and sample data can name them.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_2c1e_7a54_4b6b_9a3e_5c0b_a0be_1001);
const LEFT: &str = "left";
/// Numbers without a country code are read as this region's.
const DEFAULT_REGION: &str = "CN";

/// The id of an imported thing. `codes` tell it apart within its org and kind.
pub fn id_of(org: &str, kind: &str, codes: &[&str]) -> Uuid {
    // codes have no slash in them
    Uuid::new_v5(&NAMESPACE, format!("{org}/{kind}/{}", codes.join("/")).as_bytes())
}

/// One change that an import makes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    Partner(Partner),
    Project(Project),
    Policy(Policy),
    Post(Post),
    Team(Team),
    Join(User),
    User(User),
    Begin(Membership),
    End(Membership),
    /// Its code, and its record.
    Outlet(String, Box<Record>),
}

/// Everything a plan depends on.
pub(super) struct Plan<'a> {
    pub(super) document: &'a Document,
    pub(super) stored: &'a Stored,
    /// The org's short key.
    pub(super) org: i64,
    /// Unix ms.
    pub(super) now: i64,
    /// Argon2id hashes of the passwords of new users, by username.
    pub(super) hashes: &'a BTreeMap<String, String>,
}

impl Plan<'_> {
    /// The changes, in an order in which they can be made.
    pub(super) fn changes(&self) -> Vec<Change> {
        let Document { partners, projects, teams, users, posts, outlets, .. } = self.document;
        let mut changes = Vec::new();
        changes.extend(partners.iter().filter_map(|partner| self.partner(partner)).map(Change::Partner));
        changes.extend(projects.iter().filter_map(|project| self.project(project)).map(Change::Project));
        changes.extend(projects.iter().filter_map(|project| self.policy(project)).map(Change::Policy));
        changes.extend(posts.iter().filter_map(|post| self.post(post)).map(Change::Post));
        changes.extend(teams.iter().filter_map(|team| self.team(team)).map(Change::Team));
        for user in users {
            changes.extend(self.user(user));
            changes.extend(self.memberships(user));
        }
        for outlet in outlets {
            changes.extend(self.outlet(outlet).map(|record| Change::Outlet(outlet.code.clone(), Box::new(record))));
        }
        changes
    }

    fn partner(&self, wanted: &document::Partner) -> Option<Partner> {
        let stored = self.stored.partners.get(&wanted.code);
        let tier = wanted.tier.map(|tier| tier.to_string()).or_else(|| stored.and_then(|partner| partner.tier.clone()));
        let status = wanted.status.map(|status| status.to_string());
        let partner = Partner {
            org: self.org,
            id: self.partner_id(&wanted.code),
            code: wanted.code.clone(),
            name: wanted.name.clone(),
            tier,
            status: status
                .or_else(|| stored.map(|partner| partner.status.clone()))
                .unwrap_or_else(|| PartnerStatus::Active.to_string()),
        };
        (stored != Some(&partner)).then_some(partner)
    }

    fn project(&self, wanted: &document::Project) -> Option<Project> {
        let stored = self.stored.projects.get(&wanted.code);
        let project = Project {
            org: self.org,
            id: self.project_id(&wanted.code),
            code: wanted.code.clone(),
            name: wanted.name.clone(),
            timezone: wanted.timezone.to_string(),
            region: stored.map_or_else(|| DEFAULT_REGION.to_owned(), |project| project.region.clone()),
            site: json(&wanted.site.area()),
        };
        (stored != Some(&project)).then_some(project)
    }

    /// The first policy holds from always, a later one from now on. One that the office has published stays.
    fn policy(&self, wanted: &document::Project) -> Option<Policy> {
        let project = self.project_id(&wanted.code);
        let stored = self.stored.policies.get(&project);
        let doc = match (&wanted.policy, stored) {
            (None, None) => Value::Object(Map::new()),
            (Some(doc), None) => doc.clone(),
            (Some(doc), Some(stored)) if stored.author.is_none() && !says(&stored.doc, doc) => doc.clone(),
            _ => return None,
        };
        Some(Policy {
            project,
            version: stored.map_or(0, |policy| policy.version) + 1,
            effective_from: stored.map_or(0, |_| self.now),
            doc: doc.to_string(),
            author: None,
            at: self.now,
            note: None,
        })
    }

    fn post(&self, wanted: &document::Post) -> Option<Post> {
        let project = self.project_id(&wanted.project);
        let stored = self.stored.posts.get(&(project, wanted.code.clone()));
        let id = self.new_id("post", &[&wanted.project, &wanted.code]);
        let post = Post {
            project,
            id: stored.map_or(id, |post| post.id),
            code: wanted.code.clone(),
            name: wanted.name.clone(),
            fence: json(&wanted.fence.area()),
        };
        (stored != Some(&post)).then_some(post)
    }

    fn team(&self, wanted: &document::Team) -> Option<Team> {
        let stored = self.stored.teams.get(&wanted.code);
        let person =
            |named: &Option<String>, kept: Option<Uuid>| named.as_deref().map(|name| self.user_id(name)).or(kept);
        let team = Team {
            org: self.org,
            id: self.team_id(&wanted.code),
            project: self.project_id(&wanted.project),
            code: wanted.code.clone(),
            name: wanted.name.clone(),
            lead: person(&wanted.lead, stored.and_then(|team| team.lead)),
            deputy: person(&wanted.deputy, stored.and_then(|team| team.deputy)),
            delegate: stored.and_then(|team| team.delegate),
        };
        (stored != Some(&team)).then_some(team)
    }

    fn user(&self, wanted: &document::User) -> Option<Change> {
        let stored = self.stored.users.get(&wanted.username);
        let first = wanted.memberships.as_ref().map(|memberships| memberships.first());
        let project = first.map(|first| first.map(|membership| self.project_id(&membership.project)));
        let team =
            first.map(|first| first.and_then(|membership| membership.team.as_ref()).map(|code| self.team_id(code)));
        let employment = wanted.employment.map(|employment| employment.to_string());
        let partner = wanted.partner.as_ref().map(|code| self.partner_id(code));
        let trained_on = wanted.trained_on.map(|day| day.to_string());
        let fresh = User {
            org: self.org,
            id: self.user_id(&wanted.username),
            username: wanted.username.clone(),
            name: wanted.name.clone(),
            role: wanted.role.to_string(),
            employment: Employment::Staff.to_string(),
            project: None,
            team: None,
            partner: None,
            trained_on: None,
            status: ACTIVE.to_owned(),
            ended_at: None,
            password_hash: self.hashes.get(&wanted.username).cloned(),
            must_change_password: false,
            one_time_code_hash: None,
            one_time_code_expires: None,
        };
        let kept = stored.cloned().unwrap_or(fresh.clone());
        let (status, ended_at) = match wanted.active {
            Some(true) => (ACTIVE.to_owned(), None),
            Some(false) if kept.status == ACTIVE => (LEFT.to_owned(), Some(self.now)),
            _ => (kept.status.clone(), kept.ended_at),
        };
        let user = User {
            name: fresh.name,
            role: fresh.role,
            employment: employment.unwrap_or_else(|| kept.employment.clone()),
            project: project.unwrap_or(kept.project),
            team: team.unwrap_or(kept.team),
            partner: partner.or(kept.partner),
            trained_on: trained_on.or_else(|| kept.trained_on.clone()),
            status,
            ended_at,
            ..kept
        };
        match stored {
            None => Some(Change::Join(user)),
            Some(stored) => (*stored != user).then_some(Change::User(user)),
        }
    }

    /// Somebody who moves ends one membership and begins another; nothing of the past is rewritten.
    fn memberships(&self, user: &document::User) -> Vec<Change> {
        let id = self.user_id(&user.username);
        let past = self.stored.memberships.get(&id).map_or(&[][..], Vec::as_slice);
        let open: Vec<_> = past.iter().filter(|membership| membership.until_at.is_none()).collect();
        let closed = match (user.active, self.stored.users.get(&user.username)) {
            (Some(active), _) => !active,
            (None, stored) => stored.is_some_and(|stored| stored.status != ACTIVE),
        };
        let wanted = match &user.memberships {
            _ if closed => Vec::new(),
            None => return Vec::new(),
            Some(memberships) => {
                memberships.iter().map(|membership| self.wanted(id, past.is_empty(), membership)).collect()
            }
        };
        let same = |a: &Membership, b: &Membership| (a.project, a.team, &a.role) == (b.project, b.team, &b.role);
        let ending = open.iter().filter(|open| !wanted.iter().any(|wanted| same(open, wanted)));
        let beginning = wanted.iter().filter(|wanted| !open.iter().any(|open| same(open, wanted)));
        let ends = ending.map(|open| {
            let next =
                wanted.iter().find(|wanted| wanted.project == open.project).map_or(self.now, |next| next.from_at);
            Change::End(Membership { until_at: Some(next.max(open.from_at)), ..(*open).clone() })
        });
        let begins = beginning.enumerate().map(|(index, wanted)| {
            let number = (past.len() + index).to_string();
            let id = self.new_id("membership", &[&user.username, &number]);
            Change::Begin(Membership { id, ..wanted.clone() })
        });
        ends.chain(begins).collect()
    }

    fn wanted(&self, user: Uuid, first: bool, membership: &document::Membership) -> Membership {
        let from_at = match membership.since {
            Some(Since::Instant(at)) => at,
            Some(Since::Day(day)) => self.zone(&membership.project).map_or(0, |zone| zone.start_of(day)),
            None if first => 0,
            None => self.now,
        };
        Membership {
            org: self.org,
            user,
            id: Uuid::nil(),
            project: self.project_id(&membership.project),
            team: membership.team.as_ref().map(|code| self.team_id(code)),
            role: membership.role.to_string(),
            from_at,
            until_at: None,
        }
    }

    fn outlet(&self, wanted: &document::Outlet) -> Option<Record> {
        let project = self.project_id(&wanted.project);
        let key = Key { project, id: self.new_id("outlet", &[&wanted.project, &wanted.code]) };
        let holder = wanted.owner.as_ref().map(|owner| (self.user_id(owner), self.team_of(owner, &wanted.project)));
        let opened = wanted.opened_on.and_then(|day| Some(self.zone(&wanted.project)?.start_of(day)));
        outlet::merged(wanted, self.stored.outlets.get(&key), key, (holder, opened, self.now))
    }

    /// The team somebody is in on a project: as the document says, else as it is stored.
    fn team_of(&self, username: &str, project: &str) -> Option<Uuid> {
        let listed = self.document.users.iter().find(|user| user.username == username);
        if let Some(memberships) = listed.and_then(|user| user.memberships.as_ref()) {
            let here = memberships.iter().find(|membership| membership.project == project)?;
            return here.team.as_ref().map(|code| self.team_id(code));
        }
        let stored = self.stored.memberships.get(&self.user_id(username))?;
        let project = self.project_id(project);
        stored.iter().find(|each| each.project == project && each.until_at.is_none())?.team
    }

    fn new_id(&self, kind: &str, codes: &[&str]) -> Uuid {
        id_of(&self.document.org.code, kind, codes)
    }

    fn partner_id(&self, code: &str) -> Uuid {
        self.stored.partners.get(code).map_or_else(|| self.new_id("partner", &[code]), |partner| partner.id)
    }

    fn project_id(&self, code: &str) -> Uuid {
        self.stored.projects.get(code).map_or_else(|| self.new_id("project", &[code]), |project| project.id)
    }

    fn team_id(&self, code: &str) -> Uuid {
        self.stored.teams.get(code).map_or_else(|| self.new_id("team", &[code]), |team| team.id)
    }

    fn user_id(&self, username: &str) -> Uuid {
        self.stored.users.get(username).map_or_else(|| self.new_id("user", &[username]), |user| user.id)
    }

    fn zone(&self, project: &str) -> Option<Zone> {
        let listed = self.document.projects.iter().find(|known| known.code == project).map(|known| known.timezone);
        listed.or_else(|| self.stored.projects.get(project)?.timezone.parse().ok())
    }
}

fn json(value: &impl serde::Serialize) -> String {
    // areas have nothing that JSON cannot say
    serde_json::to_string(value).unwrap_or_default()
}

/// Whether a stored document says the same, however it was written.
fn says(stored: &str, doc: &Value) -> bool {
    serde_json::from_str::<Value>(stored).is_ok_and(|stored| stored == *doc)
}
