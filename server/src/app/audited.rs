//! Acts that others may ask about, as the audit trail keeps them.

use serde_json::Value;
use uuid::Uuid;

use crate::random::Random;
use crate::store::audit::{self, AuditEntry};
use crate::store::{StoreError, Tx};

/// What was done, and to what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Act<'a> {
    /// Such as `reveal_lead`.
    pub(super) act: &'a str,
    /// The record, account or project it was done to.
    pub(super) subject: Uuid,
    /// The project whose office may read of it; acts on accounts belong to none.
    pub(super) project: Option<Uuid>,
}

/// Writes down that `actor` of `org` did this now; `detail` holds no secret and no full phone number.
pub(super) async fn write_down(
    tx: &mut Tx,
    random: &Random,
    (org, actor): (i64, Uuid),
    act: &Act<'_>,
    detail: &Value,
    now: i64,
) -> Result<(), StoreError> {
    let entry = AuditEntry {
        org,
        id: random.id(now),
        at: now,
        actor: Some(actor),
        act: act.act.to_owned(),
        subject: Some(act.subject.to_string()),
        project: act.project,
        detail: detail.to_string(),
    };
    audit::add(tx, &[entry]).await
}
