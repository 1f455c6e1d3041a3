//! What lies sealed, and under which keys: for the rotation of keys, page by page beside running servers.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, StoreError, Tx};

statements! {
    CUSTOMERS = "SELECT project, id, sealed, key_id FROM customers WHERE (project, id) > ($1, $2)
        ORDER BY project, id LIMIT $3 {for update}";
    SEAL_CUSTOMERS = "WITH input (project, id, sealed, key_id) AS ({rows blob, blob, blob, bigint})
        UPDATE customers SET sealed = input.sealed, key_id = input.key_id FROM input
        WHERE customers.project = input.project AND customers.id = input.id";
    FIELDS = "SELECT project, record, field, sealed FROM secrets
        WHERE (project, record, field) > ($1, $2, $3) AND key_id <> $4
        ORDER BY project, record, field LIMIT $5 {for update}";
    SEAL_FIELDS = "WITH input (project, record, field, sealed, key_id) AS ({rows blob, blob, text, blob, bigint})
        UPDATE secrets SET sealed = input.sealed, key_id = input.key_id FROM input
        WHERE secrets.project = input.project AND secrets.record = input.record AND secrets.field = input.field";
    SEGMENTS = "SELECT org, device, first_seq, texts FROM op_segments
        WHERE (org, device, first_seq) > ($1, $2, $3) AND key_id <> $4
        ORDER BY org, device, first_seq LIMIT $5 {for update}";
    SEAL_SEGMENTS = "WITH input (org, device, first_seq, texts, key_id) AS ({rows bigint, blob, bigint, blob, bigint})
        UPDATE op_segments SET texts = input.texts, key_id = input.key_id FROM input
        WHERE op_segments.org = input.org AND op_segments.device = input.device
            AND op_segments.first_seq = input.first_seq";
    LOGINS = "SELECT org, hash, successor_sealed FROM refresh_tokens
        WHERE (org, hash) > ($1, $2) AND successor_sealed IS NOT NULL ORDER BY org, hash LIMIT $3 {for update}";
    SEAL_LOGINS = "WITH input (org, hash, sealed) AS ({rows bigint, blob, blob})
        UPDATE refresh_tokens SET successor_sealed = input.sealed FROM input
        WHERE refresh_tokens.org = input.org AND refresh_tokens.hash = input.hash";
    SEALED_WITH = "SELECT (SELECT COUNT(*) FROM customers WHERE key_id = $1)
        + (SELECT COUNT(*) FROM secrets WHERE key_id = $1) + (SELECT COUNT(*) FROM op_segments WHERE key_id = $1)
        + (SELECT COUNT(*) FROM refresh_tokens WHERE substr(successor_sealed, 2, 4) = $2) AS uses";
    INDEXED_WITH = "SELECT COUNT(*) AS uses FROM customer_index WHERE key_id = $1";
    ONLY_INDEXED_WITH = "SELECT COUNT(*) AS uses FROM customers c LEFT JOIN
        (SELECT DISTINCT project, customer FROM customer_index WHERE key_id > $1) i
        ON i.project = c.project AND i.customer = c.id WHERE i.customer IS NULL";
    UNINDEX = "DELETE FROM customer_index WHERE key_id = $1";
    SIZES = "SELECT (SELECT COUNT(*) FROM customers) + (SELECT COUNT(*) FROM secrets WHERE key_id <> $1)
        + (SELECT COUNT(*) FROM op_segments WHERE key_id <> $1) AS rows";
}

/// A sealed number of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// The project.
    pub project: Uuid,
    /// The customer.
    pub id: Uuid,
    /// The number.
    pub sealed: Vec<u8>,
    /// The key that sealed it.
    pub key_id: i64,
}

/// A sealed field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The project.
    pub project: Uuid,
    /// The record.
    pub record: Uuid,
    /// The field.
    pub field: String,
    /// Its value.
    pub sealed: Vec<u8>,
}

/// The sealed texts of a segment of the op log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// The organisation.
    pub org: i64,
    /// The device.
    pub device: Uuid,
    /// The first seq.
    pub first_seq: i64,
    /// The texts.
    pub sealed: Vec<u8>,
}

/// The sealed successor of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Successor {
    /// The organisation.
    pub org: i64,
    /// Hash of the token.
    pub hash: Vec<u8>,
    /// Its successor.
    pub sealed: Vec<u8>,
}

/// The next customers behind a place, locked.
///
/// # Errors
/// [`StoreError`]
pub async fn numbers(tx: &mut Tx, after: (Uuid, Uuid), limit: i64) -> Result<Vec<Number>, StoreError> {
    let rows = tx.fetch_all(&CUSTOMERS, &args![after.0, after.1, limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(Number {
                project: row.id("project")?,
                id: row.id("id")?,
                sealed: row.blob("sealed")?,
                key_id: row.i64("key_id")?,
            })
        })
        .collect()
}

/// Replaces sealed numbers.
///
/// # Errors
/// [`StoreError`]
pub async fn seal_numbers(tx: &mut Tx, numbers: &[Number]) -> Result<(), StoreError> {
    let rows: Vec<_> = numbers.iter().map(|n| args![n.project, n.id, &n.sealed, n.key_id]).collect();
    tx.execute_rows(&SEAL_CUSTOMERS, &rows).await.map(drop)
}

/// The next sealed fields behind a place that another key than `key_id` sealed, locked.
///
/// # Errors
/// [`StoreError`]
pub async fn fields(
    tx: &mut Tx,
    (project, record, field): (Uuid, Uuid, &str),
    key_id: i64,
    limit: i64,
) -> Result<Vec<Field>, StoreError> {
    let rows = tx.fetch_all(&FIELDS, &args![project, record, field, key_id, limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(Field {
                project: row.id("project")?,
                record: row.id("record")?,
                field: row.text("field")?,
                sealed: row.blob("sealed")?,
            })
        })
        .collect()
}

/// Replaces sealed fields by what `key_id` sealed.
///
/// # Errors
/// [`StoreError`]
pub async fn seal_fields(tx: &mut Tx, fields: &[Field], key_id: i64) -> Result<(), StoreError> {
    let rows: Vec<_> = fields.iter().map(|f| args![f.project, f.record, &f.field, &f.sealed, key_id]).collect();
    tx.execute_rows(&SEAL_FIELDS, &rows).await.map(drop)
}

/// The next segments behind a place that another key than `key_id` sealed, locked.
///
/// # Errors
/// [`StoreError`]
pub async fn texts(
    tx: &mut Tx,
    (org, device, first_seq): (i64, Uuid, i64),
    key_id: i64,
    limit: i64,
) -> Result<Vec<Texts>, StoreError> {
    let rows = tx.fetch_all(&SEGMENTS, &args![org, device, first_seq, key_id, limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(Texts {
                org: row.i64("org")?,
                device: row.id("device")?,
                first_seq: row.i64("first_seq")?,
                sealed: row.blob("texts")?,
            })
        })
        .collect()
}

/// Replaces sealed texts by what `key_id` sealed.
///
/// # Errors
/// [`StoreError`]
pub async fn seal_texts(tx: &mut Tx, texts: &[Texts], key_id: i64) -> Result<(), StoreError> {
    let rows: Vec<_> = texts.iter().map(|t| args![t.org, t.device, t.first_seq, &t.sealed, key_id]).collect();
    tx.execute_rows(&SEAL_SEGMENTS, &rows).await.map(drop)
}

/// The next sealed successors of refresh tokens behind a place, locked.
///
/// # Errors
/// [`StoreError`]
pub async fn successors(tx: &mut Tx, (org, hash): (i64, &[u8]), limit: i64) -> Result<Vec<Successor>, StoreError> {
    let rows = tx.fetch_all(&LOGINS, &args![org, hash, limit]).await?;
    rows.iter()
        .map(|row| {
            Ok(Successor { org: row.i64("org")?, hash: row.blob("hash")?, sealed: row.blob("successor_sealed")? })
        })
        .collect()
}

/// Replaces sealed successors.
///
/// # Errors
/// [`StoreError`]
pub async fn seal_successors(tx: &mut Tx, successors: &[Successor]) -> Result<(), StoreError> {
    let rows: Vec<_> = successors.iter().map(|s| args![s.org, &s.hash, &s.sealed]).collect();
    tx.execute_rows(&SEAL_LOGINS, &rows).await.map(drop)
}

/// How many values a sealing key keeps.
///
/// # Errors
/// [`StoreError`]
pub async fn sealed_with(db: &mut Reader, key_id: u32) -> Result<i64, StoreError> {
    let head = key_id.to_le_bytes();
    db.fetch_one(&SEALED_WITH, &args![i64::from(key_id), head.as_slice()]).await?.i64("uses")
}

/// How many customers are found under an index key.
///
/// # Errors
/// [`StoreError`]
pub async fn indexed_with(db: &mut Reader, key_id: u32) -> Result<i64, StoreError> {
    db.fetch_one(&INDEXED_WITH, &args![i64::from(key_id)]).await?.i64("uses")
}

/// How many customers are found under no newer index key than this one.
///
/// # Errors
/// [`StoreError`]
pub async fn only_indexed_with(db: &mut Reader, key_id: u32) -> Result<i64, StoreError> {
    db.fetch_one(&ONLY_INDEXED_WITH, &args![i64::from(key_id)]).await?.i64("uses")
}

/// Forgets what was indexed under a key.
///
/// # Errors
/// [`StoreError`]
pub async fn unindex(tx: &mut Tx, key_id: u32) -> Result<(), StoreError> {
    tx.execute(&UNINDEX, &args![i64::from(key_id)]).await.map(drop)
}

/// How many rows a rotation to `key_id` has to look at.
///
/// # Errors
/// [`StoreError`]
pub async fn rows_left(db: &mut Reader, key_id: u32) -> Result<i64, StoreError> {
    db.fetch_one(&SIZES, &args![i64::from(key_id)]).await?.i64("rows")
}
