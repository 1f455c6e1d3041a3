//! Acts that others may ask about, as the audit trail keeps them.

use serde_json::Value;
use uuid::Uuid;

use super::actor::Actor;
use crate::facts::directory::Directory;
use crate::random::Random;
use crate::state::App;
use crate::store::audit::{self, AuditEntry};
use crate::store::{Key, StoreError, Tx};

/// What an act was done to: a [`Key`] where it belongs to a project, whose office may then read of it; the bare id of an account or a
/// device otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject {
    id: Uuid,
    project: Option<Uuid>,
}

impl From<Uuid> for Subject {
    fn from(id: Uuid) -> Self {
        Self { id, project: None }
    }
}

impl From<Key> for Subject {
    fn from(key: Key) -> Self {
        Self { id: key.id, project: Some(key.project) }
    }
}

/// Writes down that `actor` of `org` did `act` to `subject` now; `detail` holds no secret and no full phone number.
pub(super) async fn write_down(
    tx: &mut Tx,
    random: &Random,
    (org, actor): (i64, Uuid),
    act: &str,
    subject: impl Into<Subject>,
    detail: &Value,
    now: i64,
) -> Result<(), StoreError> {
    let subject = subject.into();
    let entry = AuditEntry {
        org,
        id: random.id(now),
        at: now,
        actor: Some(actor),
        act: act.to_owned(),
        subject: Some(subject.id.to_string()),
        project: subject.project,
        detail: detail.to_string(),
    };
    audit::add(tx, &[entry]).await
}

/// An act that is counted per person and day (DP-2).
#[derive(Debug)]
pub(super) struct Counted {
    /// What is done.
    pub(super) act: &'static str,
    /// On which project.
    pub(super) project: Uuid,
    /// To what.
    pub(super) subject: Option<Uuid>,
    /// An object: more about it, without a full phone number.
    pub(super) detail: Value,
}

/// Writes acts of one sort down, each with its number of the project's day; how many there are now. From `reveal.daily_flag_at` on they
/// are flagged.
pub(super) async fn write_counted(
    tx: &mut Tx,
    app: &App,
    directory: &Directory,
    actor: &Actor,
    acts: Vec<Counted>,
) -> Result<u64, StoreError> {
    let Some(first) = acts.first() else { return Ok(0) };
    let now = app.clock.now();
    let zone = directory.zone(first.project);
    let since = zone.start_of(zone.day_of(now));
    let mut today = audit::count(tx, actor.org, actor.user, first.act, since).await?;
    let mut entries = Vec::with_capacity(acts.len());
    for Counted { act, project, subject, mut detail } in acts {
        today += 1;
        let flag_at = i64::from(directory.policy(project, now).reveal.daily_flag_at);
        detail["number_of_the_day"] = today.into();
        if today > flag_at {
            detail["flagged"] = true.into();
        }
        entries.push(AuditEntry {
            org: actor.org,
            id: app.random.id(now),
            at: now,
            actor: Some(actor.user),
            act: act.to_owned(),
            subject: subject.map(|id| id.to_string()),
            project: Some(project),
            detail: detail.to_string(),
        });
    }
    audit::add(tx, &entries).await?;
    Ok(today.cast_unsigned())
}
