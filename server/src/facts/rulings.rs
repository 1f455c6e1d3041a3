//! Writes a decision down: the ruling with its facts, and the verdict on the record it is about.

use std::fmt::Display;

use api_spec::messages;
use serde::Serialize;
use sync_core::exchange::{Verdict, VerdictReason};
use sync_core::time::rfc3339;
use uuid::Uuid;

use super::Facts;
use super::directory::Directory;
use super::record::Record;
use crate::rules::replay::Decision;
use crate::rules::ruling::{Reason, Ruling};
use crate::store::Key;
use crate::store::rulings::RulingRow;

/// What is ruled, about whom, and by what right.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What it is about: a record, a sheet, a customer.
    pub key: Key,
    /// The kind of what is decided about: `booking`, `lead`, `confirmation`, …
    pub family: &'static str,
    /// The owner of the subject.
    pub owner: Option<Uuid>,
    /// The team whose lead may look at it.
    pub team: Option<Uuid>,
    /// The ruling that stood before.
    pub supersedes: Option<Uuid>,
    /// The person who decided, when one did.
    pub decided_by: Option<Uuid>,
    /// That person's words.
    pub note: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// A record as the subject of a decision; what stood before is superseded.
    pub fn record(record: &Record, family: &'static str) -> Self {
        Self {
            key: record.key,
            family,
            owner: record.owner,
            team: record.team,
            supersedes: record.verdict.as_ref().map(|verdict| verdict.ruling),
            decided_by: None,
            note: None,
        }
    }

    /// Decided by a person, in their own words.
    #[must_use]
    pub fn decided_by(self, user: Uuid, note: Option<&'a str>) -> Self {
        Self { decided_by: Some(user), note, ..self }
    }
}

impl Facts {
    /// Stores a ruling with everything it rests on, so that it can be decided again (P9); returns the verdict to be shown.
    pub fn rule<O: Display>(
        &mut self,
        directory: &Directory,
        subject: &Subject<'_>,
        ruling: &Ruling<O>,
        decision: &Decision,
    ) -> Verdict {
        let project = subject.key.project;
        let id = self.id();
        let policy_version = directory.projects.get(&project).and_then(|project| project.policy_at(self.now));
        let row = RulingRow {
            project,
            id,
            org: self.org,
            subject: subject.key.id,
            family: subject.family.to_owned(),
            at: self.now,
            outcome: ruling.outcome.to_string(),
            reasons: to_json(&ruling.reasons),
            facts: to_json(decision),
            policy_version: policy_version.map_or(0, |policy| policy.version),
            supersedes: subject.supersedes,
            superseded_by: None,
            decided_by: subject.decided_by,
            note: subject.note.map(str::to_owned),
            team: subject.team,
            owner: subject.owner,
        };
        self.rulings.put(Key { project, id }, row);
        verdict(directory, project, id, self.now, &ruling.outcome.to_string(), &ruling.reasons)
    }
}

/// What people are shown of a ruling.
pub fn verdict(
    directory: &Directory,
    project: Uuid,
    ruling: Uuid,
    at: i64,
    outcome: &str,
    reasons: &[Reason],
) -> Verdict {
    let zone = directory.zone(project).tz();
    let until = reasons.iter().find_map(Reason::until);
    let shown = |reason: &Reason| VerdictReason {
        rule: reason.rule.as_str().to_owned(),
        answer: reason.answer,
        message: messages::message(reason.rule.as_str(), reason.answer, &reason.facts, &zone).both(),
    };
    Verdict {
        outcome: outcome.to_owned(),
        ruling,
        at: rfc3339::text(at),
        until: until.map(rfc3339::text),
        reasons: reasons.iter().map(shown).collect(),
    }
}

/// Decisions are plain data; writing them cannot fail.
fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
