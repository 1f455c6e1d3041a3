//! What is stored about an org already, by the codes that a document uses.

use std::collections::BTreeMap;

use sync_core::kinds;
use uuid::Uuid;

use crate::facts::record::Record;
use crate::facts::stored;
use crate::store::orgs::{self, Org, Partner};
use crate::store::projects::{self, Policy, Post, Project};
use crate::store::records;
use crate::store::teams::{self, Membership, Team};
use crate::store::users::{self, User};
use crate::store::{Key, Reader, StoreError};

/// An org as it is stored; empty when there is none with this code.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) org: Option<Org>,
    pub(super) partners: BTreeMap<String, Partner>,
    pub(super) projects: BTreeMap<String, Project>,
    /// The newest policy of a project.
    pub(super) policies: BTreeMap<Uuid, Policy>,
    pub(super) teams: BTreeMap<String, Team>,
    pub(super) users: BTreeMap<String, User>,
    /// All memberships of a user, past ones included, oldest first.
    pub(super) memberships: BTreeMap<Uuid, Vec<Membership>>,
    /// By project and code.
    pub(super) posts: BTreeMap<(Uuid, String), Post>,
    pub(super) outlets: BTreeMap<Key, Record>,
}

impl Stored {
    /// Whether the org has nothing and nobody.
    pub(super) fn is_empty(&self) -> bool {
        self.partners.is_empty() && self.projects.is_empty() && self.users.is_empty()
    }
}

/// Loads everything that is stored about the org with this code.
///
/// # Errors
/// [`StoreError`]
pub(super) async fn load(db: &mut Reader, code: &str) -> Result<Stored, StoreError> {
    let Some(org) = orgs::by_code(db, code).await? else { return Ok(Stored::default()) };
    let mut stored = Stored {
        partners: by(orgs::partners(db, org.org).await?, |partner| partner.code.clone()),
        projects: by(projects::of_org(db, org.org).await?, |project| project.code.clone()),
        teams: by(teams::of_org(db, org.org).await?, |team| team.code.clone()),
        users: by(users::of_org(db, org.org).await?, |user| user.username.clone()),
        ..Stored::default()
    };
    for project in stored.projects.values().map(|project| project.id) {
        stored.policies.extend(projects::newest_policy(db, project).await?.map(|policy| (project, policy)));
        stored.posts.extend(by(projects::posts(db, project).await?, |post| (project, post.code.clone())));
        for row in records::of_kind(db, project, kinds::OUTLET.name).await? {
            stored.outlets.insert(Key { project, id: row.id }, stored::record(row)?);
        }
    }
    let users: Vec<_> = stored.users.values().map(|user| user.id).collect();
    for membership in teams::memberships_of(db, org.org, &users).await? {
        stored.memberships.entry(membership.user).or_default().push(membership);
    }
    stored.org = Some(org);
    Ok(stored)
}

fn by<K: Ord, T>(items: Vec<T>, key: impl Fn(&T) -> K) -> BTreeMap<K, T> {
    items.into_iter().map(|item| (key(&item), item)).collect()
}
