//! Ops that did not plainly take effect, by record: a record's history finds them here, and the office learns of them.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

statements! {
    SAVE = "INSERT INTO op_fates (project, record, device, seq, org, status, rule, told)
        {rows blob, blob, blob, bigint, bigint, text, text, boolean}
        ON CONFLICT (project, record, device, seq) DO UPDATE SET status = excluded.status, rule = excluded.rule";
    OF_RECORD = "SELECT project, record, device, seq, org, status, rule, told FROM op_fates
        WHERE project = $1 AND record = $2 ORDER BY device, seq";
    UNTOLD = "SELECT project, record, device, seq, org, status, rule, told FROM op_fates
        WHERE org = $1 AND NOT told ORDER BY project, record, device, seq LIMIT $2";
    ANY_UNTOLD = "SELECT seq FROM op_fates WHERE org = $1 AND NOT told LIMIT 1";
    TELL = "WITH input (project, record, device, seq) AS ({rows blob, blob, blob, bigint})
        UPDATE op_fates SET told = TRUE
        WHERE (project, record, device, seq) IN (SELECT project, record, device, seq FROM input)";
}

/// What became of an op; its text is in the op log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpFate {
    /// The record it is about.
    pub key: Key,
    /// The device it came from.
    pub device: Uuid,
    /// Its seq in that device's log.
    pub seq: i64,
    /// The organisation.
    pub org: i64,
    /// `superseded`, `rejected` or `parked`.
    pub status: String,
    /// The rule or problem code, when it was refused or parked.
    pub rule: Option<String>,
    /// Whether the office has learned of it, or need not.
    pub told: bool,
}

/// Stores fates, each once. Of one stored before, only status and rule change.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, fates: &[OpFate]) -> Result<(), StoreError> {
    let rows: Vec<_> = fates
        .iter()
        .map(|f| args![f.key.project, f.key.id, f.device, f.seq, f.org, &f.status, &f.rule, f.told])
        .collect();
    tx.execute_each(&SAVE, &rows).await
}

/// The ops about a record that did not plainly take effect, by device and seq.
///
/// # Errors
/// [`StoreError`]
pub async fn of_record(db: &mut Reader, key: Key) -> Result<Vec<OpFate>, StoreError> {
    db.fetch_all(&OF_RECORD, &args![key.project, key.id]).await?.iter().map(fate).collect()
}

/// Whether there is something of which the office has not learned.
///
/// # Errors
/// [`StoreError`]
pub async fn any_untold(db: &mut Reader, org: i64) -> Result<bool, StoreError> {
    Ok(db.fetch_optional(&ANY_UNTOLD, &args![org]).await?.is_some())
}

/// At most `limit` fates of which the office has not learned.
///
/// # Errors
/// [`StoreError`]
pub async fn untold(db: &mut Reader, org: i64, limit: i64) -> Result<Vec<OpFate>, StoreError> {
    db.fetch_all(&UNTOLD, &args![org, limit]).await?.iter().map(fate).collect()
}

/// Marks fates as told.
///
/// # Errors
/// [`StoreError::RowCount`] when one of them is not stored.
pub async fn tell(tx: &mut Tx, fates: &[OpFate]) -> Result<(), StoreError> {
    let rows: Vec<_> = fates.iter().map(|f| args![f.key.project, f.key.id, f.device, f.seq]).collect();
    tx.execute_each(&TELL, &rows).await
}

fn fate(row: &Row) -> Result<OpFate, StoreError> {
    Ok(OpFate {
        key: Key { project: row.id("project")?, id: row.id("record")? },
        device: row.id("device")?,
        seq: row.i64("seq")?,
        org: row.i64("org")?,
        status: row.text("status")?,
        rule: row.opt_text("rule")?,
        told: row.bool("told")?,
    })
}
