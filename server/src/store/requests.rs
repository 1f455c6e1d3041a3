//! What the rules need to know of requests (AT-9, AT-14).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "project, id, owner, want, about, from_day, until_day, state"
    };
}

statements! {
    SAVE = "INSERT INTO requests (project, id, owner, want, about, from_day, until_day, state)
        {rows blob, blob, blob, text, blob, text, text, text}
        ON CONFLICT (project, id) DO UPDATE SET state = excluded.state";
    LOAD = "WITH input (project, id) AS ({rows blob, blob}) SELECT r.project, r.id, r.owner, r.want, r.about, r.from_day,
            r.until_day, r.state
        FROM input JOIN requests r ON r.project = input.project AND r.id = input.id";
    OPEN = concat!(
        "SELECT ", columns!(), " FROM requests WHERE project = $1 AND owner IN {blobs $2} AND state = 'open'
        ORDER BY owner, id"
    );
    LEAVES = concat!(
        "SELECT ", columns!(), " FROM requests
        WHERE project = $1 AND owner IN {blobs $2} AND until_day >= $3 AND from_day <= $4 AND want = 'leave'
            AND state = 'approved'
        ORDER BY owner, id"
    );
}

/// A request as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    /// The project.
    pub project: Uuid,
    /// Id of the record.
    pub id: Uuid,
    /// Who asks.
    pub owner: Uuid,
    /// `missed_check`, `wrong_check`, `leave` or `swap`.
    pub want: String,
    /// The check-in, or the colleague, that it is about.
    pub about: Option<Uuid>,
    /// The first day it bears on.
    pub from_day: String,
    /// The last one.
    pub until_day: String,
    /// `open`, `approved`, `declined` or `deleted`.
    pub state: String,
}

/// Stores requests. Of one stored before, only the state changes.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, requests: &[RequestRow]) -> Result<(), StoreError> {
    let rows: Vec<_> = requests
        .iter()
        .map(|r| args![r.project, r.id, r.owner, &r.want, r.about, &r.from_day, &r.until_day, &r.state])
        .collect();
    tx.execute_each(&SAVE, &rows).await
}

/// Requests by id; ids without one are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, keys: &[Key]) -> Result<Vec<RequestRow>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    db.fetch_rows(&LOAD, &rows).await?.iter().map(request).collect()
}

/// The requests of some persons that wait for an answer.
///
/// # Errors
/// [`StoreError`]
pub async fn open_of(db: &mut Reader, project: Uuid, owners: &[Uuid]) -> Result<Vec<RequestRow>, StoreError> {
    db.fetch_all(&OPEN, &args![project, owners]).await?.iter().map(request).collect()
}

/// The approved leaves of some persons that touch a span of days.
///
/// # Errors
/// [`StoreError`]
pub async fn leaves_of(
    db: &mut Reader,
    project: Uuid,
    owners: &[Uuid],
    days: (&str, &str),
) -> Result<Vec<RequestRow>, StoreError> {
    db.fetch_all(&LEAVES, &args![project, owners, days.0, days.1]).await?.iter().map(request).collect()
}

fn request(row: &Row) -> Result<RequestRow, StoreError> {
    Ok(RequestRow {
        project: row.id("project")?,
        id: row.id("id")?,
        owner: row.id("owner")?,
        want: row.text("want")?,
        about: row.opt_id("about")?,
        from_day: row.text("from_day")?,
        until_day: row.text("until_day")?,
        state: row.text("state")?,
    })
}
