//! Refresh tokens: stored as hashes, rotated at every use, revoked by family.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "org, hash, family, user_id, device, issued_at, expires_at, rotated_at, successor_sealed, revoked_at"
    };
}

statements! {
    ADD = "INSERT INTO refresh_tokens (org, hash, family, user_id, device, issued_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    LOCK = concat!("SELECT ", columns!(), " FROM refresh_tokens WHERE hash = $1 {for update}");
    ROTATE = "UPDATE refresh_tokens SET rotated_at = $3, successor_sealed = $4 WHERE org = $1 AND hash = $2";
    BIND = "UPDATE refresh_tokens SET device = $3 WHERE org = $1 AND hash = $2";
    REVOKE_FAMILY = "UPDATE refresh_tokens SET revoked_at = $3 WHERE org = $1 AND family = $2 AND revoked_at IS NULL";
    REVOKE_USER = "UPDATE refresh_tokens SET revoked_at = $3 WHERE org = $1 AND user_id = $2 AND revoked_at IS NULL";
    REVOKE_OTHERS = "UPDATE refresh_tokens SET revoked_at = $4
        WHERE org = $1 AND user_id = $2 AND family <> $3 AND revoked_at IS NULL";
    REVOKE_DEVICE = "UPDATE refresh_tokens SET revoked_at = $4
        WHERE org = $1 AND user_id = $2 AND device = $3 AND revoked_at IS NULL";
    FORGET = "DELETE FROM refresh_tokens WHERE org = $1 AND expires_at < $2";
}

/// A refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The organisation of its user.
    pub org: i64,
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// All tokens that descend from one login.
    pub family: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// The device it is bound to.
    pub device: Option<Uuid>,
    /// Unix ms.
    pub issued_at: i64,
    /// Unix ms.
    pub expires_at: i64,
    /// When it was exchanged for its successor, Unix ms.
    pub rotated_at: Option<i64>,
    /// The successor, sealed: it is given again to a client that lost the answer.
    pub successor_sealed: Option<Vec<u8>>,
    /// Unix ms.
    pub revoked_at: Option<i64>,
}

/// Adds a fresh token; what only later events set is ignored.
///
/// # Errors
/// [`StoreError`]
pub async fn add(tx: &mut Tx, token: &RefreshToken) -> Result<(), StoreError> {
    let t = token;
    tx.execute_one(&ADD, &args![t.org, &t.hash, t.family, t.user, t.device, t.issued_at, t.expires_at]).await
}

/// The token with this hash, locked, so that two uses at once come one after the other.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<RefreshToken>, StoreError> {
    tx.fetch_optional(&LOCK, &args![hash]).await?.as_ref().map(token).transpose()
}

/// Marks a token as exchanged.
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such token.
pub async fn rotate(tx: &mut Tx, org: i64, hash: &[u8; 32], at: i64, successor: &[u8]) -> Result<(), StoreError> {
    tx.execute_one(&ROTATE, &args![org, hash, at, successor]).await
}

/// Binds a token to another device (after a fork).
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such token.
pub async fn bind(tx: &mut Tx, org: i64, hash: &[u8; 32], device: Uuid) -> Result<(), StoreError> {
    tx.execute_one(&BIND, &args![org, hash, device]).await
}

/// Revokes all tokens that descend from one login.
///
/// # Errors
/// [`StoreError`]
pub async fn revoke_family(tx: &mut Tx, org: i64, family: Uuid, at: i64) -> Result<u64, StoreError> {
    tx.execute(&REVOKE_FAMILY, &args![org, family, at]).await
}

/// Revokes all tokens of a user.
///
/// # Errors
/// [`StoreError`]
pub async fn revoke_user(tx: &mut Tx, org: i64, user: Uuid, at: i64) -> Result<u64, StoreError> {
    tx.execute(&REVOKE_USER, &args![org, user, at]).await
}

/// Revokes all tokens of a user that do not descend from the login `kept`.
///
/// # Errors
/// [`StoreError`]
pub async fn revoke_others(tx: &mut Tx, org: i64, user: Uuid, kept: Uuid, at: i64) -> Result<u64, StoreError> {
    tx.execute(&REVOKE_OTHERS, &args![org, user, kept, at]).await
}

/// Revokes all tokens of one device of a user.
///
/// # Errors
/// [`StoreError`]
pub async fn revoke_device(tx: &mut Tx, org: i64, user: Uuid, device: Uuid, at: i64) -> Result<u64, StoreError> {
    tx.execute(&REVOKE_DEVICE, &args![org, user, device, at]).await
}

/// Forgets an organisation's tokens that expired before a moment (Unix ms).
///
/// # Errors
/// [`StoreError`]
pub async fn forget_expired(tx: &mut Tx, org: i64, before: i64) -> Result<u64, StoreError> {
    tx.execute(&FORGET, &args![org, before]).await
}

fn token(row: &Row) -> Result<RefreshToken, StoreError> {
    Ok(RefreshToken {
        org: row.i64("org")?,
        hash: row.digest("hash")?,
        family: row.id("family")?,
        user: row.id("user_id")?,
        device: row.opt_id("device")?,
        issued_at: row.i64("issued_at")?,
        expires_at: row.i64("expires_at")?,
        rotated_at: row.opt_i64("rotated_at")?,
        successor_sealed: row.opt_blob("successor_sealed")?,
        revoked_at: row.opt_i64("revoked_at")?,
    })
}
