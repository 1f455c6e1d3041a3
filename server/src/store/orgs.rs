//! Organisations and their partner companies.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx, meta};

statements! {
    ORG_BY_KEY = "SELECT org, code, name FROM orgs WHERE org = $1";
    ORG_BY_CODE = "SELECT org, code, name FROM orgs WHERE code = $1";
    ORGS = "SELECT org, code, name FROM orgs ORDER BY org";
    PUT_ORG = "INSERT INTO orgs (org, code, name, directory) SELECT COALESCE(MAX(org), 0) + 1, $1, $2, 1 FROM orgs WHERE true
        ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING org";
    DIRECTORY_VERSION = "SELECT directory FROM orgs WHERE org = $1";
    TOUCH_DIRECTORY = "UPDATE orgs SET directory = directory + 1 WHERE org = $1";
    PARTNERS = "SELECT org, id, code, name, tier, status FROM partners WHERE org = $1 ORDER BY code";
    PARTNER = "SELECT org, id, code, name, tier, status FROM partners WHERE org = $1 AND id = $2";
    PUT_PARTNER = "INSERT INTO partners (org, id, code, name, tier, status) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (org, code) DO UPDATE SET name = excluded.name, tier = excluded.tier, status = excluded.status
        RETURNING id";
}

/// An organisation; `org` is its short key in every table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Org {
    /// Short key.
    pub org: i64,
    /// What people type at login.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// A company whose agents bring customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// The organisation it works for.
    pub org: i64,
    /// Its id.
    pub id: Uuid,
    /// Its code in import files.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `A`, `B` or `C`.
    pub tier: Option<String>,
    /// `active`, `suspended` or `blacklisted`.
    pub status: String,
}

/// The organisation with this code.
///
/// # Errors
/// [`StoreError`]
pub async fn by_code(db: &mut Reader, code: &str) -> Result<Option<Org>, StoreError> {
    db.fetch_optional(&ORG_BY_CODE, &args![code]).await?.as_ref().map(org).transpose()
}

/// The organisation with this short key.
///
/// # Errors
/// [`StoreError`]
pub async fn by_key(db: &mut Reader, org: i64) -> Result<Option<Org>, StoreError> {
    db.fetch_optional(&ORG_BY_KEY, &args![org]).await?.as_ref().map(self::org).transpose()
}

/// The version of an organisation's directory: who is who, where, under which policy.
///
/// # Errors
/// [`StoreError`]
pub async fn directory_version(db: &mut Reader, org: i64) -> Result<i64, StoreError> {
    let row = db.fetch_optional(&DIRECTORY_VERSION, &args![org]).await?;
    row.map_or(Ok(0), |row| row.i64("directory"))
}

/// Says that projects, teams, people, memberships, partners, posts or policies of an organisation change in this
/// transaction, so that nobody decides on what was true before.
///
/// # Errors
/// [`StoreError`]
pub async fn touch_directory(tx: &mut Tx, org: i64) -> Result<(), StoreError> {
    tx.execute(&TOUCH_DIRECTORY, &args![org]).await.map(drop)
}

/// All organisations.
///
/// # Errors
/// [`StoreError`]
pub async fn all(db: &mut Reader) -> Result<Vec<Org>, StoreError> {
    db.fetch_all(&ORGS, &[]).await?.iter().map(org).collect()
}

/// Creates the organisation with this code or renames it; returns its short key.
///
/// # Errors
/// [`StoreError`]
pub async fn put(tx: &mut Tx, code: &str, name: &str) -> Result<i64, StoreError> {
    // two new ones at once would draw the same number
    meta::take_turn(tx, "orgs").await?;
    tx.fetch_one(&PUT_ORG, &args![code, name]).await?.i64("org")
}

/// All partners of an organisation, by code.
///
/// # Errors
/// [`StoreError`]
pub async fn partners(db: &mut Reader, org: i64) -> Result<Vec<Partner>, StoreError> {
    db.fetch_all(&PARTNERS, &args![org]).await?.iter().map(partner_of).collect()
}

/// One partner.
///
/// # Errors
/// [`StoreError`]
pub async fn partner(db: &mut Reader, org: i64, id: Uuid) -> Result<Option<Partner>, StoreError> {
    db.fetch_optional(&PARTNER, &args![org, id]).await?.as_ref().map(partner_of).transpose()
}

/// Creates or updates the partner with this code; returns the id it keeps.
///
/// # Errors
/// [`StoreError`]
pub async fn put_partner(tx: &mut Tx, partner: &Partner) -> Result<Uuid, StoreError> {
    let Partner { org, id, code, name, tier, status } = partner;
    tx.fetch_one(&PUT_PARTNER, &args![*org, *id, code, name, tier, status]).await?.id("id")
}

fn org(row: &Row) -> Result<Org, StoreError> {
    Ok(Org { org: row.i64("org")?, code: row.text("code")?, name: row.text("name")? })
}

fn partner_of(row: &Row) -> Result<Partner, StoreError> {
    Ok(Partner {
        org: row.i64("org")?,
        id: row.id("id")?,
        code: row.text("code")?,
        name: row.text("name")?,
        tier: row.opt_text("tier")?,
        status: row.text("status")?,
    })
}
