//! Reads the directory of an org out of the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use sync_core::people::Role;
use uuid::Uuid;

use super::{Directory, Membership, Partner, Person, Place, PolicyInForce, Post, Project, Team};
use crate::rules::fence::Area;
use crate::rules::policy::Policy;
use crate::seal::phone::Region;
use crate::store::teams::Team as Row;
use crate::store::{Reader, StoreError, orgs, projects, teams, users};

impl Directory {
    /// Reads everything about one org.
    ///
    /// # Errors
    /// Those of the store, and [`StoreError::Inconsistent`] for rows that no import would have written.
    pub async fn load(db: &mut Reader, org: i64) -> Result<Self, StoreError> {
        let mut directory = Self { org, version: orgs::directory_version(db, org).await?, ..Self::default() };
        for row in orgs::partners(db, org).await? {
            directory.partners.insert(row.id, Partner { name: row.name, status: row.status });
        }
        for row in projects::of_org(db, org).await? {
            for post in projects::posts(db, row.id).await? {
                let area = area(&post.fence)?;
                directory.posts.insert((row.id, post.id), Post { code: post.code, name: post.name, area });
            }
            let policies = projects::policies(db, row.id).await?.iter().map(policy).collect::<Result<_, _>>()?;
            directory.projects.insert(row.id, project(row, policies)?);
        }
        for row in teams::of_org(db, org).await? {
            let Row { project, name, lead, deputy, delegate, .. } = row;
            let team = Team { project, name, lead, deputy, delegate };
            directory.teams.insert(row.id, team);
        }
        let people = users::of_org(db, org).await?;
        let ids: Vec<Uuid> = people.iter().map(|row| row.id).collect();
        let mut memberships: BTreeMap<Uuid, Vec<Membership>> = BTreeMap::new();
        for row in teams::memberships_of(db, org, &ids).await? {
            let membership = Membership {
                project: row.project,
                team: row.team,
                role: row.role.parse().map_err(|error| odd("membership", row.id, &error))?,
                from: row.from_at,
                until: row.until_at,
            };
            memberships.entry(row.user).or_default().push(membership);
        }
        for row in people {
            let mut memberships = memberships.remove(&row.id).unwrap_or_default();
            memberships.extend(oversight(&row, &directory.projects)?);
            directory.people.insert(row.id, person(row, memberships)?);
        }
        directory.places = places(&directory.people);
        Ok(directory)
    }
}

fn places(people: &BTreeMap<Uuid, Person>) -> BTreeMap<Uuid, Place> {
    let group = |person: &Person| {
        let newest = person.memberships.iter().max_by_key(|membership| membership.from);
        newest.map(|membership| membership.team.unwrap_or(membership.project)).unwrap_or_default()
    };
    let mut groups: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (id, person) in people {
        groups.entry(group(person)).or_default().push(*id);
    }
    let mut places = BTreeMap::new();
    for (group, members) in groups {
        let of = u32::try_from(members.len()).unwrap_or(u32::MAX);
        places.extend((0..).zip(members).map(|(index, member)| (member, Place { group, index, of })));
    }
    places
}

/// Back office and admins without a project of their own work on every one, from always.
fn oversight(row: &users::User, projects: &BTreeMap<Uuid, Project>) -> Result<Vec<Membership>, StoreError> {
    let role: Role = row.role.parse().map_err(|error| odd("user", row.id, &error))?;
    if row.project.is_some() || !matches!(role, Role::BackOffice | Role::Admin) {
        return Ok(Vec::new());
    }
    let on = |project: &Uuid| Membership { project: *project, team: None, role, from: 0, until: row.ended_at };
    Ok(projects.keys().map(on).collect())
}

fn project(row: projects::Project, mut policies: Vec<PolicyInForce>) -> Result<Project, StoreError> {
    policies.sort_by_key(|policy| (policy.from, policy.version));
    Ok(Project {
        zone: row.timezone.clone().try_into().map_err(|error| odd("project", row.id, &error))?,
        region: row.region.parse::<Region>().map_err(|_| odd("project", row.id, &row.region))?,
        site: area(&row.site)?,
        code: row.code,
        name: row.name,
        policies,
    })
}

fn policy(row: &projects::Policy) -> Result<PolicyInForce, StoreError> {
    let document: Value = serde_json::from_str(&row.doc).map_err(|error| odd("policy", row.project, &error))?;
    let policy = Policy::read(&document)
        .map_err(|mistakes| odd("policy", row.project, &format_args!("{} mistakes", mistakes.len())))?;
    Ok(PolicyInForce { version: row.version, from: row.effective_from, published_at: row.at, policy: Arc::new(policy) })
}

fn person(row: users::User, memberships: Vec<Membership>) -> Result<Person, StoreError> {
    Ok(Person {
        username: row.username,
        name: row.name,
        employment: Some(row.employment.as_str()).filter(|word| !word.is_empty()).and_then(|word| word.parse().ok()),
        partner: row.partner,
        trained_on: row
            .trained_on
            .map(|day| day.parse().map_err(|error: chrono::ParseError| odd("user", row.id, &error)))
            .transpose()?,
        ended_at: row.ended_at,
        memberships,
    })
}

/// An area as JSON; `null` or nothing where there is none.
fn area(json: &str) -> Result<Option<Area>, StoreError> {
    if json.is_empty() {
        return Ok(None);
    }
    serde_json::from_str(json).map_err(|error| StoreError::Inconsistent(format!("an area: {error}: {json}")))
}

fn odd(what: &str, id: Uuid, why: &dyn std::fmt::Display) -> StoreError {
    StoreError::Inconsistent(format!("{what} {id}: {why}"))
}
