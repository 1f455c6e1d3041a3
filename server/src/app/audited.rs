//! Acts on the accounts of others, as the audit trail keeps them.

use serde_json::Value;
use uuid::Uuid;

use crate::random::Random;
use crate::store::audit::{self, AuditEntry};
use crate::store::{StoreError, Tx};

/// Writes down that `actor` of `org` did `act` to `subject` now; `detail` holds no secret and no full phone number.
pub(super) async fn write_down(
    tx: &mut Tx,
    random: &Random,
    (org, actor): (i64, Uuid),
    act: &str,
    subject: Uuid,
    detail: &Value,
    now: i64,
) -> Result<(), StoreError> {
    let entry = AuditEntry {
        org,
        id: random.id(now),
        at: now,
        actor: Some(actor),
        act: act.to_owned(),
        subject: Some(subject.to_string()),
        project: None,
        detail: detail.to_string(),
    };
    audit::add(tx, &[entry]).await
}
