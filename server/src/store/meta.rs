//! What the database knows about itself: a few named values.

use super::arg::args;
use super::sql::statements;
use super::{Reader, StoreError, Tx};

statements! {
    GET = "SELECT value FROM meta WHERE key = $1";
    SET = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
    ADD = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    RAISE = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value
        WHERE CAST(meta.value AS BIGINT) < CAST(excluded.value AS BIGINT)";
    LOCK = "SELECT value FROM meta WHERE key = $1 {for update}";
    REMOVE = "DELETE FROM meta WHERE key = $1";
    NOW = "SELECT {now} AS now";
}

/// Names of the values.
pub mod key {
    /// Identity of this history; a restored backup gets a new one.
    pub const EPOCH: &str = "epoch";
    /// The last time the server's clock has shown, Unix ms; it never goes below.
    pub const LAST_TIME: &str = "last_time";
    /// Fingerprint of the keys this database was made with.
    pub const KEYS: &str = "keys";
    /// The keys there were last, as [`generations`](crate::seal::keys::Keys::generations).
    pub const KEY_GENERATIONS: &str = "key_generations";
    /// Which keys were exported last, as [`generations`](crate::seal::keys::Keys::generations).
    pub const KEYS_EXPORTED: &str = "keys_exported";
    /// What `--dev-clock` shows, Unix ms.
    pub const DEV_CLOCK: &str = "dev_clock";
    /// Times of which the database does not know everything, after a restore: JSON.
    pub const GAPS: &str = "gaps";
}

/// A value, when it was ever set.
///
/// # Errors
/// [`StoreError`]
pub async fn get(db: &mut Reader, key: &str) -> Result<Option<String>, StoreError> {
    db.fetch_optional(&GET, &args![key]).await?.map(|row| row.text("value")).transpose()
}

/// A value that is a whole number.
///
/// # Errors
/// [`StoreError::Inconsistent`] when it is not one.
pub async fn get_i64(db: &mut Reader, key: &str) -> Result<Option<i64>, StoreError> {
    let value = get(db, key).await?;
    value.map(|text| text.parse().map_err(|_| StoreError::Inconsistent(format!("meta {key} = {text}")))).transpose()
}

/// Sets a value.
///
/// # Errors
/// [`StoreError`]
pub async fn set(tx: &mut Tx, key: &str, value: &str) -> Result<(), StoreError> {
    tx.execute_one(&SET, &args![key, value]).await
}

/// The value, after setting it to `proposed` if there was none.
///
/// # Errors
/// [`StoreError`]
pub async fn get_or_set(tx: &mut Tx, key: &str, proposed: &str) -> Result<String, StoreError> {
    tx.execute(&ADD, &args![key, proposed]).await?;
    tx.fetch_one(&GET, &args![key]).await?.text("value")
}

/// Holds a name until the transaction ends: of several processes that do the same work, one does it after the other.
///
/// # Errors
/// [`StoreError`]
pub async fn take_turn(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    tx.execute(&ADD, &args![name, ""]).await?;
    tx.fetch_one(&LOCK, &args![name]).await.map(drop)
}

/// Raises a whole number, never lowers it.
///
/// # Errors
/// [`StoreError`]
pub async fn raise(tx: &mut Tx, key: &str, value: i64) -> Result<(), StoreError> {
    tx.execute(&RAISE, &args![key, &value.to_string()]).await.map(drop)
}

/// Removes a value.
///
/// # Errors
/// [`StoreError`]
pub async fn remove(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    tx.execute(&REMOVE, &args![key]).await.map(drop)
}

/// The clock of the database (PostgreSQL) or of this process (SQLite), Unix ms.
///
/// # Errors
/// [`StoreError`]
pub async fn clock(db: &mut Reader) -> Result<i64, StoreError> {
    db.fetch_one(&NOW, &[]).await?.i64("now")
}
