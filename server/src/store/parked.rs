//! Parked ops: acknowledged and kept, waiting for a creation or a newer server (P5).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

statements! {
    ADD = "INSERT INTO parked_ops (project, record, device, seq, org, received, reason)
        {rows blob, blob, blob, bigint, bigint, bigint, text} ON CONFLICT (project, record, device, seq) DO NOTHING";
    OF_RECORDS = "WITH input (project, record) AS ({rows blob, blob})
        SELECT p.project, p.record, p.device, p.seq, p.org, p.received, p.reason
        FROM input JOIN parked_ops p ON p.project = input.project AND p.record = input.record
        ORDER BY p.project, p.record, p.received, p.device, p.seq";
    REMOVE = "WITH input (project, record, device, seq) AS ({rows blob, blob, blob, bigint})
        DELETE FROM parked_ops
        WHERE (project, record, device, seq) IN (SELECT project, record, device, seq FROM input)";
}

/// Names an op that waits; its text is in the op log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The record it is about.
    pub key: Key,
    /// The device it came from.
    pub device: Uuid,
    /// Its seq in that device's log.
    pub seq: i64,
    /// The organisation.
    pub org: i64,
    /// Receive time, Unix ms.
    pub received: i64,
    /// What it waits for, such as `no-record` or `unknown-kind`.
    pub reason: String,
}

/// Parks ops; those parked already stay as they are.
///
/// # Errors
/// [`StoreError`]
pub async fn add(tx: &mut Tx, ops: &[Parked]) -> Result<(), StoreError> {
    let rows: Vec<_> = ops
        .iter()
        .map(|op| args![op.key.project, op.key.id, op.device, op.seq, op.org, op.received, &op.reason])
        .collect();
    tx.execute_rows(&ADD, &rows).await.map(drop)
}

/// The ops that wait for these records, in server order.
///
/// # Errors
/// [`StoreError`]
pub async fn of_records(db: &mut Reader, keys: &[Key]) -> Result<Vec<Parked>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    db.fetch_rows(&OF_RECORDS, &rows).await?.iter().map(parked).collect()
}

/// Takes ops out that were adjudicated.
///
/// # Errors
/// [`StoreError::RowCount`] when one of them is not parked.
pub async fn remove(tx: &mut Tx, ops: &[Parked]) -> Result<(), StoreError> {
    let rows: Vec<_> = ops.iter().map(|op| args![op.key.project, op.key.id, op.device, op.seq]).collect();
    tx.execute_each(&REMOVE, &rows).await
}

fn parked(row: &Row) -> Result<Parked, StoreError> {
    Ok(Parked {
        key: Key { project: row.id("project")?, id: row.id("record")? },
        device: row.id("device")?,
        seq: row.i64("seq")?,
        org: row.i64("org")?,
        received: row.i64("received")?,
        reason: row.text("reason")?,
    })
}
