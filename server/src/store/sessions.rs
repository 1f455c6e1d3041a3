//! Who an access token speaks for, in as few statements as a request can bear.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::users::{self, User};
use super::{Reader, StoreError};

statements! {
    HOLDER = "SELECT u.org, u.id, u.username, u.name, u.role, u.employment, u.project, u.team, u.partner, u.trained_on, u.status,
            u.ended_at, u.password_hash, u.must_change_password, u.one_time_code_hash, u.one_time_code_expires,
            d.id AS device, d.revoked_at AS device_revoked_at, d.revocation AS device_revocation,
            COALESCE((SELECT CAST(1 AS BIGINT) FROM refresh_tokens t
                WHERE t.org = u.org AND t.family = $4 AND t.revoked_at IS NULL LIMIT 1), CAST(0 AS BIGINT)) AS live
        FROM users u LEFT JOIN devices d ON d.id = $3 AND d.org = u.org AND d.user_id = u.id
        WHERE u.org = $1 AND u.id = $2";
    LED = "SELECT id FROM teams WHERE org = $1 AND (lead = $2 OR deputy = $2) ORDER BY id";
    PROJECTS = "SELECT id FROM projects WHERE org = $1 ORDER BY id";
}

/// What is stored about the holder of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The user.
    pub user: User,
    /// The login was not ended.
    pub live: bool,
    /// The device, when the token names one of this user.
    pub device: Option<HolderDevice>,
}

/// The device of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderDevice {
    /// The device.
    pub id: Uuid,
    /// When it was revoked, Unix ms.
    pub revoked_at: Option<i64>,
    /// How it was revoked.
    pub revocation: Option<String>,
}

/// The holder of a token for this user, device and login.
///
/// # Errors
/// [`StoreError`]
pub async fn holder(
    db: &mut Reader,
    org: i64,
    user: Uuid,
    device: Option<Uuid>,
    family: Uuid,
) -> Result<Option<Holder>, StoreError> {
    let Some(row) = db.fetch_optional(&HOLDER, &args![org, user, device, family]).await? else { return Ok(None) };
    let device = match row.opt_id("device")? {
        Some(id) => Some(HolderDevice {
            id,
            revoked_at: row.opt_i64("device_revoked_at")?,
            revocation: row.opt_text("device_revocation")?,
        }),
        None => None,
    };
    Ok(Some(Holder { user: users::user(&row)?, live: row.i64("live")? == 1, device }))
}

/// Teams the user leads or stands in for.
///
/// # Errors
/// [`StoreError`]
pub async fn teams_led(db: &mut Reader, org: i64, user: Uuid) -> Result<Vec<Uuid>, StoreError> {
    db.fetch_all(&LED, &args![org, user]).await?.iter().map(|row| row.id("id")).collect()
}

/// All projects of an organisation.
///
/// # Errors
/// [`StoreError`]
pub async fn projects_of(db: &mut Reader, org: i64) -> Result<Vec<Uuid>, StoreError> {
    db.fetch_all(&PROJECTS, &args![org]).await?.iter().map(|row| row.id("id")).collect()
}
