//! Notices that are to be read, and whom they are for (OV-7).

use std::collections::BTreeMap;

use api_spec::notices::Audience;
use serde_json::{Map, Value, json};
use sync_core::people::Role;
use sync_core::time::rfc3339;
use uuid::Uuid;

use super::Facts;
use super::directory::{Directory, bucket};
use super::record::Record;
use crate::store::Key;
use crate::store::notices::Notice;

/// Stands in the body of notices whose delivery and reading is noted.
pub const RECEIPTS: &str = "receipts";

impl Facts {
    /// Shows a notice to everybody it is for.
    pub fn publish_notice(&mut self, notice: &Notice, title: &str, text: &str, audience: Audience) {
        let key = Key { project: notice.project, id: notice.id };
        let body = json!({
            "title": title, "text": text, "about": notice.project, "audience": audience,
            "due": rfc3339::text(notice.due_at), RECEIPTS: true,
        });
        let ruled = body.as_object().cloned().unwrap_or_else(Map::new);
        self.records.put(key, self.shown(key, "notice", None, ruled));
    }
}

/// Whom a notice is for, as its record says; nothing for notices about something.
pub fn of(record: &Record) -> Option<Audience> {
    record.ruled.get("audience").and_then(|audience: &Value| serde_json::from_value(audience.clone()).ok())
}

/// The buckets in which a notice reaches everybody it is for.
pub fn buckets(directory: &Directory, project: Uuid, audience: Audience, now: i64) -> Vec<String> {
    match audience {
        Audience::All => vec![bucket::project(project)],
        Audience::Partner(partner) => vec![bucket::partner(partner, project)],
        Audience::Team(_) => readers(directory, project, audience, now).into_keys().map(bucket::user).collect(),
    }
}

/// The people a notice is to reach, each with the team: who works on the project, but for those who publish.
pub fn readers(directory: &Directory, project: Uuid, audience: Audience, now: i64) -> BTreeMap<Uuid, Option<Uuid>> {
    let mut readers = BTreeMap::new();
    for (&id, person) in &directory.people {
        let here = person.memberships.iter().filter(|one| one.project == project && one.holds_at(now));
        for membership in here.filter(|one| !matches!(one.role, Role::BackOffice | Role::Admin)) {
            let is_for = match audience {
                Audience::All => true,
                Audience::Team(team) => membership.team == Some(team),
                Audience::Partner(partner) => person.partner == Some(partner),
            };
            if is_for {
                readers.insert(id, membership.team);
            }
        }
    }
    readers
}
