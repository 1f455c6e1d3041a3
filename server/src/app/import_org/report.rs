//! What an import came to, in the document's words.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use super::document::Document;
use super::plan::Change;
use super::stored::Stored;
use crate::store::orgs::Org;

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The org's code.
    pub org: String,
    /// Everything that is different now, in the order it was done; empty when the document said nothing new.
    pub done: Vec<Done>,
    /// Usernames of new accounts without a password: each needs a one-time code.
    pub without_password: Vec<String>,
}

/// One thing that is different now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The kind of thing, such as `user`.
    pub what: &'static str,
    /// Its code or username.
    pub code: String,
    /// `created`, `changed`, `joined` or `left`.
    pub how: &'static str,
}

impl Report {
    /// `known` is the org as it was, `stored` what it had.
    pub(super) fn of(document: &Document, known: Option<&Org>, stored: &Stored, changes: &[Change]) -> Self {
        let org = &document.org;
        let renamed = match known {
            // or another import has created it meanwhile
            None => stored.is_empty().then_some("created"),
            Some(known) => (known.name != org.name).then_some("changed"),
        };
        let people = people(stored, changes);
        let projects = codes(stored, changes);
        let name = |names: &BTreeMap<Uuid, String>, id: &Uuid| names.get(id).cloned().unwrap_or_default();
        let done = |what, code: &str, new: bool| Done { what, code: code.to_owned(), how: how(new) };
        let lines = changes.iter().map(|change| match change {
            Change::Partner(partner) => done("partner", &partner.code, !stored.partners.contains_key(&partner.code)),
            Change::Project(project) => done("project", &project.code, !stored.projects.contains_key(&project.code)),
            Change::Policy(policy) => done("policy", &name(&projects, &policy.project), policy.version == 1),
            Change::Post(post) => {
                done("post", &post.code, !stored.posts.contains_key(&(post.project, post.code.clone())))
            }
            Change::Team(team) => done("team", &team.code, !stored.teams.contains_key(&team.code)),
            Change::Join(user) => done("user", &user.username, true),
            Change::User(user) => done("user", &user.username, false),
            Change::Begin(membership) => {
                let code = format!("{} on {}", name(&people, &membership.user), name(&projects, &membership.project));
                Done { what: "membership", code, how: "joined" }
            }
            Change::End(membership) => {
                let code = format!("{} on {}", name(&people, &membership.user), name(&projects, &membership.project));
                Done { what: "membership", code, how: "left" }
            }
            Change::Outlet(code, record) => done("outlet", code, !stored.outlets.contains_key(&record.key)),
        });
        let first = renamed.map(|how| Done { what: "org", code: org.code.clone(), how });
        let without_password = changes.iter().filter_map(|change| match change {
            Change::Join(user) if user.password_hash.is_none() && user.ended_at.is_none() => {
                Some(user.username.clone())
            }
            _ => None,
        });
        Self {
            org: org.code.clone(),
            done: first.into_iter().chain(lines).collect(),
            without_password: without_password.collect(),
        }
    }
}

fn how(new: bool) -> &'static str {
    if new { "created" } else { "changed" }
}

fn people(stored: &Stored, changes: &[Change]) -> BTreeMap<Uuid, String> {
    let new = changes.iter().filter_map(|change| match change {
        Change::Join(user) => Some((user.id, user.username.clone())),
        _ => None,
    });
    stored.users.values().map(|user| (user.id, user.username.clone())).chain(new).collect()
}

fn codes(stored: &Stored, changes: &[Change]) -> BTreeMap<Uuid, String> {
    let new = changes.iter().filter_map(|change| match change {
        Change::Project(project) => Some((project.id, project.code.clone())),
        _ => None,
    });
    stored.projects.values().map(|project| (project.id, project.code.clone())).chain(new).collect()
}
