//! Users and what they log in with.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "org, id, username, name, role, employment, project, team, partner, trained_on, status, ended_at, \
         password_hash, must_change_password, one_time_code_hash, one_time_code_expires"
    };
}

statements! {
    BY_USERNAME = concat!("SELECT ", columns!(), " FROM users WHERE org = $1 AND username = $2");
    BY_IDS = concat!("SELECT ", columns!(), " FROM users WHERE org = $1 AND id IN {blobs $2} ORDER BY id");
    OF_ORG = concat!("SELECT ", columns!(), " FROM users WHERE org = $1 ORDER BY username");
    LOCK = concat!("SELECT ", columns!(), " FROM users WHERE org = $1 AND id = $2 {for update}");
    ADD = "INSERT INTO users (org, id, username, name, role, employment, project, team, partner, trained_on, status,
            ended_at, password_hash, must_change_password, one_time_code_hash, one_time_code_expires)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    UPDATE = "UPDATE users SET username = $3, name = $4, role = $5, employment = $6, project = $7, team = $8,
            partner = $9, trained_on = $10, status = $11, ended_at = $12
        WHERE org = $1 AND id = $2";
    SET_PASSWORD = "UPDATE users SET password_hash = $3, must_change_password = $4, one_time_code_hash = NULL,
            one_time_code_expires = NULL
        WHERE org = $1 AND id = $2";
    USE_ONE_TIME_CODE = "UPDATE users SET one_time_code_expires = NULL, must_change_password = TRUE
        WHERE org = $1 AND id = $2";
    SET_ONE_TIME_CODE = "UPDATE users SET one_time_code_hash = $3, one_time_code_expires = $4
        WHERE org = $1 AND id = $2";
}

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The organisation.
    pub org: i64,
    /// The user's id.
    pub id: Uuid,
    /// What the user types at login; unique in the organisation.
    pub username: String,
    /// The person's name.
    pub name: String,
    /// `promoter`, `consultant`, `desk`, `site_lead`, `team_lead`, `back_office` or `admin`.
    pub role: String,
    /// `liaison`, `staff` or `agent`.
    pub employment: String,
    /// The main project.
    pub project: Option<Uuid>,
    /// The main team.
    pub team: Option<Uuid>,
    /// The company of an agent.
    pub partner: Option<Uuid>,
    /// Day of the training record (TR-1).
    pub trained_on: Option<String>,
    /// `active`, `left` or `suspended`.
    pub status: String,
    /// When the account ended, Unix ms.
    pub ended_at: Option<i64>,
    /// argon2id, in PHC form.
    pub password_hash: Option<String>,
    /// The next login must set a new password.
    pub must_change_password: bool,
    /// Hash of a code that logs in once.
    pub one_time_code_hash: Option<String>,
    /// When that code expires, Unix ms; `None` once it was used.
    pub one_time_code_expires: Option<i64>,
}

/// The user with this name.
///
/// # Errors
/// [`StoreError`]
pub async fn by_username(db: &mut Reader, org: i64, username: &str) -> Result<Option<User>, StoreError> {
    db.fetch_optional(&BY_USERNAME, &args![org, username]).await?.as_ref().map(user).transpose()
}

/// Users by id, in the order of their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, org: i64, ids: &[Uuid]) -> Result<Vec<User>, StoreError> {
    db.fetch_all(&BY_IDS, &args![org, ids]).await?.iter().map(user).collect()
}

/// All users of an organisation, by username.
///
/// # Errors
/// [`StoreError`]
pub async fn of_org(db: &mut Reader, org: i64) -> Result<Vec<User>, StoreError> {
    db.fetch_all(&OF_ORG, &args![org]).await?.iter().map(user).collect()
}

/// One user, locked until the transaction ends.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(tx: &mut Tx, org: i64, id: Uuid) -> Result<Option<User>, StoreError> {
    tx.fetch_optional(&LOCK, &args![org, id]).await?.as_ref().map(user).transpose()
}

/// Adds a user.
///
/// # Errors
/// [`StoreError::Taken`] when the username is in use.
pub async fn add(tx: &mut Tx, user: &User) -> Result<(), StoreError> {
    let u = user;
    let args = args![
        u.org,
        u.id,
        &u.username,
        &u.name,
        &u.role,
        &u.employment,
        u.project,
        u.team,
        u.partner,
        &u.trained_on,
        &u.status,
        u.ended_at,
        &u.password_hash,
        u.must_change_password,
        &u.one_time_code_hash,
        u.one_time_code_expires,
    ];
    tx.execute_one(&ADD, &args).await
}

/// Updates everything about a user but the password and the one-time code.
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such user, [`StoreError::Taken`] when the username is in use.
pub async fn update(tx: &mut Tx, user: &User) -> Result<(), StoreError> {
    let u = user;
    let args = args![
        u.org,
        u.id,
        &u.username,
        &u.name,
        &u.role,
        &u.employment,
        u.project,
        u.team,
        u.partner,
        &u.trained_on,
        &u.status,
        u.ended_at,
    ];
    tx.execute_one(&UPDATE, &args).await
}

/// Sets a password (argon2id in PHC form) and forgets a one-time code.
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such user.
pub async fn set_password(tx: &mut Tx, org: i64, id: Uuid, hash: &str, must_change: bool) -> Result<(), StoreError> {
    tx.execute_one(&SET_PASSWORD, &args![org, id, hash, must_change]).await
}

/// Sets the code that logs in once, or takes it away: its hash and when it expires (Unix ms).
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such user.
pub async fn set_one_time_code(tx: &mut Tx, org: i64, id: Uuid, code: Option<(&str, i64)>) -> Result<(), StoreError> {
    let (hash, expires) = code.unzip();
    tx.execute_one(&SET_ONE_TIME_CODE, &args![org, id, hash, expires]).await
}

/// Marks the code as used: it logs in no more, but still stands for the old password when a new one is set.
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such user.
pub async fn use_one_time_code(tx: &mut Tx, org: i64, id: Uuid) -> Result<(), StoreError> {
    tx.execute_one(&USE_ONE_TIME_CODE, &args![org, id]).await
}

pub(super) fn user(row: &Row) -> Result<User, StoreError> {
    Ok(User {
        org: row.i64("org")?,
        id: row.id("id")?,
        username: row.text("username")?,
        name: row.text("name")?,
        role: row.text("role")?,
        employment: row.text("employment")?,
        project: row.opt_id("project")?,
        team: row.opt_id("team")?,
        partner: row.opt_id("partner")?,
        trained_on: row.opt_text("trained_on")?,
        status: row.text("status")?,
        ended_at: row.opt_i64("ended_at")?,
        password_hash: row.opt_text("password_hash")?,
        must_change_password: row.bool("must_change_password")?,
        one_time_code_hash: row.opt_text("one_time_code_hash")?,
        one_time_code_expires: row.opt_i64("one_time_code_expires")?,
    })
}
