//! Acts that others may ask about, as the audit trail keeps them.

use serde_json::Value;
use uuid::Uuid;

use crate::random::Random;
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
