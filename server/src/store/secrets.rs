//! Sealed fields of records, such as a lead's number.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

statements! {
    SAVE = "INSERT INTO secrets (project, record, field, sealed, key_id) {rows blob, blob, text, blob, bigint}
        ON CONFLICT (project, record, field) DO UPDATE SET sealed = excluded.sealed, key_id = excluded.key_id";
    REMOVE = "WITH input (project, record, field) AS ({rows blob, blob, text})
        DELETE FROM secrets WHERE (project, record, field) IN (SELECT project, record, field FROM input)";
    OF_RECORDS = "SELECT project, record, field, sealed, key_id FROM secrets
        WHERE project = $1 AND record IN {blobs $2} ORDER BY record, field";
}

/// The sealed value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// The record.
    pub key: Key,
    /// The field.
    pub field: String,
    /// Its value, sealed.
    pub sealed: Vec<u8>,
    /// Key that sealed it.
    pub key_id: i64,
}

/// Stores values, each field once, over older ones.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, secrets: &[Secret]) -> Result<(), StoreError> {
    let rows: Vec<_> = secrets.iter().map(|s| args![s.key.project, s.key.id, &s.field, &s.sealed, s.key_id]).collect();
    tx.execute_each(&SAVE, &rows).await
}

/// Removes the values of cleared fields.
///
/// # Errors
/// [`StoreError`]
pub async fn remove(tx: &mut Tx, fields: &[(Key, &str)]) -> Result<(), StoreError> {
    let rows: Vec<_> = fields.iter().map(|&(key, field)| args![key.project, key.id, field]).collect();
    tx.execute_rows(&REMOVE, &rows).await.map(drop)
}

/// All sealed fields of some records of a project.
///
/// # Errors
/// [`StoreError`]
pub async fn of_records(db: &mut Reader, project: Uuid, records: &[Uuid]) -> Result<Vec<Secret>, StoreError> {
    db.fetch_all(&OF_RECORDS, &args![project, records]).await?.iter().map(secret).collect()
}

fn secret(row: &Row) -> Result<Secret, StoreError> {
    Ok(Secret {
        key: Key { project: row.id("project")?, id: row.id("record")? },
        field: row.text("field")?,
        sealed: row.blob("sealed")?,
        key_id: row.i64("key_id")?,
    })
}
