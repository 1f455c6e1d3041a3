//! Phones: whose they are, and where their op logs stand.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "org, id, user_id, name, platform, hardware, created_at, forked_from, forked_seq, revoked_at, revocation, \
         head_seq, head_digest, earliest, stamp_ms, bounds, last_seen, delivered"
    };
}

statements! {
    ADD = "INSERT INTO devices (org, id, user_id, name, platform, hardware, created_at, forked_from, forked_seq,
            revoked_at, revocation, head_seq, head_digest, earliest, stamp_ms, bounds, last_seen, delivered)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        ON CONFLICT (id) DO NOTHING";
    LOCK = concat!("SELECT ", columns!(), " FROM devices WHERE id IN {blobs $1} ORDER BY id {for update}");
    BY_IDS = concat!("SELECT ", columns!(), " FROM devices WHERE id IN {blobs $1} ORDER BY id");
    OF_USER = concat!("SELECT ", columns!(), " FROM devices WHERE org = $1 AND user_id = $2 ORDER BY created_at, id");
    ADVANCE = "WITH input (org, id, head_seq, head_digest, earliest, stamp_ms, bounds, last_seen, delivered)
            AS ({rows bigint, blob, bigint, blob, bigint, bigint, text, bigint, text})
        UPDATE devices SET head_seq = input.head_seq, head_digest = input.head_digest, earliest = input.earliest,
            stamp_ms = input.stamp_ms, bounds = input.bounds, last_seen = input.last_seen,
            delivered = input.delivered
        FROM input WHERE devices.org = input.org AND devices.id = input.id";
    REVOKE = "UPDATE devices SET revoked_at = $3, revocation = $4 WHERE org = $1 AND id = $2 AND revoked_at IS NULL";
    RENAME = "UPDATE devices SET name = $3, platform = $4, hardware = $5 WHERE org = $1 AND id = $2";
}

/// A phone and the state of its op log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The organisation of its user.
    pub org: i64,
    /// Its id, unique among all organisations.
    pub id: Uuid,
    /// The one user it ever belongs to.
    pub user: Uuid,
    /// What its user calls it.
    pub name: String,
    /// Such as `android`.
    pub platform: String,
    /// Hash of the hardware, independent of the installation (AT-16).
    pub hardware: Option<String>,
    /// When it was registered, Unix ms.
    pub created_at: i64,
    /// The device this one continues after a fork.
    pub forked_from: Option<Uuid>,
    /// First seq of that device which this one re-chains.
    pub forked_seq: Option<i64>,
    /// When it was revoked, Unix ms.
    pub revoked_at: Option<i64>,
    /// Why it was revoked.
    pub revocation: Option<String>,
    /// Seq of the last op taken; 0 before the first.
    pub head_seq: i64,
    /// Digest of the last op taken; zeros before the first.
    pub head_digest: [u8; 32],
    /// `earliest` of the last op, Unix ms: later ops are not earlier.
    pub earliest: i64,
    /// Stamp of the last op, Unix ms: later stamps are not smaller.
    pub stamp_ms: i64,
    /// What bounds ops not yet received, JSON.
    pub bounds: String,
    /// Last exchange, Unix ms.
    pub last_seen: i64,
    /// When what was first delivered to it, JSON.
    pub delivered: String,
}

/// What became of an attempt to register a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// It is new.
    New,
    /// The id was registered before; whose it is, is for the caller to compare.
    Before(Box<Device>),
}

/// Registers a device, unless its id is known already.
///
/// # Errors
/// [`StoreError`]
pub async fn register(tx: &mut Tx, device: &Device) -> Result<Registered, StoreError> {
    let d = device;
    let args = args![
        d.org,
        d.id,
        d.user,
        &d.name,
        &d.platform,
        &d.hardware,
        d.created_at,
        d.forked_from,
        d.forked_seq,
        d.revoked_at,
        &d.revocation,
        d.head_seq,
        &d.head_digest,
        d.earliest,
        d.stamp_ms,
        &d.bounds,
        d.last_seen,
        &d.delivered,
    ];
    if tx.execute(&ADD, &args).await? == 1 {
        return Ok(Registered::New);
    }
    let before = lock(tx, &[d.id]).await?.pop().ok_or(StoreError::NoRow(LOCK.name()))?;
    Ok(Registered::Before(Box::new(before)))
}

/// Devices by id, in that order, locked until the transaction ends: the first locks of a push.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Device>, StoreError> {
    tx.fetch_all(&LOCK, &args![ids]).await?.iter().map(device).collect()
}

/// Devices by id, in that order.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, ids: &[Uuid]) -> Result<Vec<Device>, StoreError> {
    db.fetch_all(&BY_IDS, &args![ids]).await?.iter().map(device).collect()
}

/// All devices a user ever had, oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn of_user(db: &mut Reader, org: i64, user: Uuid) -> Result<Vec<Device>, StoreError> {
    db.fetch_all(&OF_USER, &args![org, user]).await?.iter().map(device).collect()
}

/// Stores where the op logs of locked devices stand now: `head_*`, `earliest`, `stamp_ms`, `bounds`, `last_seen` and
/// `delivered`.
///
/// # Errors
/// [`StoreError::RowCount`] when one of them does not exist.
pub async fn advance(tx: &mut Tx, devices: &[Device]) -> Result<(), StoreError> {
    let rows: Vec<_> = devices
        .iter()
        .map(|d| {
            args![d.org, d.id, d.head_seq, &d.head_digest, d.earliest, d.stamp_ms, &d.bounds, d.last_seen, &d.delivered]
        })
        .collect();
    tx.execute_each(&ADVANCE, &rows).await
}

/// Stores what a login says about a device.
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such device.
pub async fn describe(tx: &mut Tx, device: &Device) -> Result<(), StoreError> {
    let d = device;
    tx.execute_one(&RENAME, &args![d.org, d.id, &d.name, &d.platform, &d.hardware]).await
}

/// Revokes a device; returns false when it was revoked before.
///
/// # Errors
/// [`StoreError`]
pub async fn revoke(tx: &mut Tx, org: i64, id: Uuid, at: i64, why: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(&REVOKE, &args![org, id, at, why]).await? == 1)
}

fn device(row: &Row) -> Result<Device, StoreError> {
    Ok(Device {
        org: row.i64("org")?,
        id: row.id("id")?,
        user: row.id("user_id")?,
        name: row.text("name")?,
        platform: row.text("platform")?,
        hardware: row.opt_text("hardware")?,
        created_at: row.i64("created_at")?,
        forked_from: row.opt_id("forked_from")?,
        forked_seq: row.opt_i64("forked_seq")?,
        revoked_at: row.opt_i64("revoked_at")?,
        revocation: row.opt_text("revocation")?,
        head_seq: row.i64("head_seq")?,
        head_digest: row.digest("head_digest")?,
        earliest: row.i64("earliest")?,
        stamp_ms: row.i64("stamp_ms")?,
        bounds: row.text("bounds")?,
        last_seen: row.i64("last_seen")?,
        delivered: row.text("delivered")?,
    })
}
