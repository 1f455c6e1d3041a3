//! Teams, and who belongs where since when.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

statements! {
    TEAMS = "SELECT org, id, project, code, name, lead, deputy, delegate FROM teams WHERE org = $1 ORDER BY code";
    PUT_TEAM = "INSERT INTO teams (org, id, project, code, name, lead) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (org, code) DO UPDATE SET project = excluded.project, name = excluded.name, lead = excluded.lead
        RETURNING id";
    SET_DEPUTY = "UPDATE teams SET deputy = $3 WHERE org = $1 AND id = $2";
    SET_DELEGATE = "UPDATE teams SET delegate = $3 WHERE org = $1 AND id = $2";
    OF_USERS = "SELECT org, user_id, id, project, team, role, from_at, until_at FROM memberships
        WHERE org = $1 AND user_id IN {blobs $2} ORDER BY user_id, from_at, id";
    OF_PROJECT = "SELECT org, user_id, id, project, team, role, from_at, until_at FROM memberships
        WHERE org = $1 AND project = $2 ORDER BY user_id, from_at, id";
    ADD_MEMBERSHIPS = "INSERT INTO memberships (org, user_id, id, project, team, role, from_at, until_at)
        {rows bigint, blob, blob, blob, blob, text, bigint, bigint}";
    END_MEMBERSHIP = "UPDATE memberships SET until_at = $4 WHERE org = $1 AND user_id = $2 AND id = $3
        AND until_at IS NULL";
}

/// A team of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// The organisation it belongs to.
    pub org: i64,
    /// Its id.
    pub id: Uuid,
    /// Its project.
    pub project: Uuid,
    /// Its code in import files.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The user who leads it.
    pub lead: Option<Uuid>,
    /// The user who stands in for the lead.
    pub deputy: Option<Uuid>,
    /// The user who takes attendance for the lead, too (AT-8).
    pub delegate: Option<Uuid>,
}

/// A user's time on a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The organisation.
    pub org: i64,
    /// Whose it is.
    pub user: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The project.
    pub project: Uuid,
    /// The team, if any.
    pub team: Option<Uuid>,
    /// The role on this project.
    pub role: String,
    /// Unix ms, included; 0 from always.
    pub from_at: i64,
    /// Unix ms, excluded; `None` until further notice.
    pub until_at: Option<i64>,
}

/// All teams of an organisation, by code.
///
/// # Errors
/// [`StoreError`]
pub async fn of_org(db: &mut Reader, org: i64) -> Result<Vec<Team>, StoreError> {
    db.fetch_all(&TEAMS, &args![org]).await?.iter().map(team).collect()
}

/// Creates or updates the team with this code, all but its deputy and delegate; returns the id it keeps.
///
/// # Errors
/// [`StoreError`]
pub async fn put(tx: &mut Tx, team: &Team) -> Result<Uuid, StoreError> {
    let Team { org, id, project, code, name, lead, deputy: _, delegate: _ } = team;
    tx.fetch_one(&PUT_TEAM, &args![*org, *id, *project, code, name, *lead]).await?.id("id")
}

/// Names the deputy of a team, or none.
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such team.
pub async fn set_deputy(tx: &mut Tx, org: i64, team: Uuid, deputy: Option<Uuid>) -> Result<(), StoreError> {
    tx.execute_one(&SET_DEPUTY, &args![org, team, deputy]).await
}

/// Names who takes attendance for the lead of a team, or nobody (AT-8).
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such team.
pub async fn set_delegate(tx: &mut Tx, org: i64, team: Uuid, delegate: Option<Uuid>) -> Result<(), StoreError> {
    tx.execute_one(&SET_DELEGATE, &args![org, team, delegate]).await
}

/// All memberships of some users, past ones included, by user and start.
///
/// # Errors
/// [`StoreError`]
pub async fn memberships_of(db: &mut Reader, org: i64, users: &[Uuid]) -> Result<Vec<Membership>, StoreError> {
    db.fetch_all(&OF_USERS, &args![org, users]).await?.iter().map(membership).collect()
}

/// All memberships of a project, past ones included, by user and start.
///
/// # Errors
/// [`StoreError`]
pub async fn memberships_on(db: &mut Reader, org: i64, project: Uuid) -> Result<Vec<Membership>, StoreError> {
    db.fetch_all(&OF_PROJECT, &args![org, project]).await?.iter().map(membership).collect()
}

/// Adds memberships.
///
/// # Errors
/// [`StoreError`]
pub async fn add_memberships(tx: &mut Tx, memberships: &[Membership]) -> Result<(), StoreError> {
    let rows: Vec<_> = memberships
        .iter()
        .map(|m| args![m.org, m.user, m.id, m.project, m.team, &m.role, m.from_at, m.until_at])
        .collect();
    tx.execute_each(&ADD_MEMBERSHIPS, &rows).await
}

/// Ends an open membership at `until` (Unix ms, excluded).
///
/// # Errors
/// [`StoreError::RowCount`] when it is not open.
pub async fn end_membership(tx: &mut Tx, org: i64, user: Uuid, id: Uuid, until: i64) -> Result<(), StoreError> {
    tx.execute_one(&END_MEMBERSHIP, &args![org, user, id, until]).await
}

fn team(row: &Row) -> Result<Team, StoreError> {
    Ok(Team {
        org: row.i64("org")?,
        id: row.id("id")?,
        project: row.id("project")?,
        code: row.text("code")?,
        name: row.text("name")?,
        lead: row.opt_id("lead")?,
        deputy: row.opt_id("deputy")?,
        delegate: row.opt_id("delegate")?,
    })
}

fn membership(row: &Row) -> Result<Membership, StoreError> {
    Ok(Membership {
        org: row.i64("org")?,
        user: row.id("user_id")?,
        id: row.id("id")?,
        project: row.id("project")?,
        team: row.opt_id("team")?,
        role: row.text("role")?,
        from_at: row.i64("from_at")?,
        until_at: row.opt_i64("until_at")?,
    })
}
