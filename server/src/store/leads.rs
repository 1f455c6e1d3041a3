//! What the rules need to know of leads (PR-2).

use sync_core::time::Moment;
use uuid::Uuid;

use super::arg::args;
use super::moment::{grade, moment};
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "l.project, l.id, l.owner, l.customer, l.earliest, l.latest, l.claimed, l.grade, l.state"
    };
}

statements! {
    SAVE = "INSERT INTO leads (project, id, owner, customer, earliest, latest, claimed, grade, state)
        {rows blob, blob, blob, blob, bigint, bigint, bigint, text, text}
        ON CONFLICT (project, id) DO UPDATE SET owner = excluded.owner, customer = excluded.customer,
            earliest = excluded.earliest, latest = excluded.latest, claimed = excluded.claimed,
            grade = excluded.grade, state = excluded.state";
    LOAD = concat!(
        "WITH input (project, id) AS ({rows blob, blob}) SELECT ", columns!(),
        " FROM input JOIN leads l ON l.project = input.project AND l.id = input.id"
    );
    OF_CUSTOMERS = concat!(
        "SELECT ", columns!(), " FROM leads l WHERE l.project = $1 AND l.customer IN {blobs $2}
        ORDER BY l.latest, l.id"
    );
    NUMBERS = "SELECT owner, COUNT(*) AS numbers,
            CAST(SUM(CASE WHEN state = 'contested' THEN 1 ELSE 0 END) AS BIGINT) AS contested
        FROM leads WHERE project = $1 AND owner IN {blobs $2} AND latest >= $3 AND latest < $4 GROUP BY owner";
}

/// A lead as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// The project.
    pub project: Uuid,
    /// Id of the record.
    pub id: Uuid,
    /// Whose lead it is.
    pub owner: Uuid,
    /// The customer behind its number; `None` without a number.
    pub customer: Option<Uuid>,
    /// When that number was set.
    pub moment: Moment,
    /// Such as `protected`, `contested` or `released`.
    pub state: String,
}

/// Stores leads, each once, new ones and changed ones.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, leads: &[Lead]) -> Result<(), StoreError> {
    let rows: Vec<_> = leads
        .iter()
        .map(|l| {
            let m = l.moment;
            args![l.project, l.id, l.owner, l.customer, m.earliest, m.latest, m.claimed, grade(m.grade), &l.state]
        })
        .collect();
    tx.execute_each(&SAVE, &rows).await
}

/// Leads by id; unknown ids are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, keys: &[Key]) -> Result<Vec<Lead>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    db.fetch_rows(&LOAD, &rows).await?.iter().map(lead).collect()
}

/// All leads on the numbers of these customers, by time of receipt.
///
/// # Errors
/// [`StoreError`]
pub async fn of_customers(db: &mut Reader, project: Uuid, customers: &[Uuid]) -> Result<Vec<Lead>, StoreError> {
    db.fetch_all(&OF_CUSTOMERS, &args![project, customers]).await?.iter().map(lead).collect()
}

/// How many numbers somebody set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumbersSet {
    /// Who.
    pub owner: Uuid,
    /// How many leads have a number that was received in the span.
    pub all: i64,
    /// How many of those are contested.
    pub contested: i64,
}

/// How many numbers each of these people set that were received in a span of time (Unix ms, half-open); those who set none are missing in
/// the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn numbers(
    db: &mut Reader,
    project: Uuid,
    owners: &[Uuid],
    (from, until): (i64, i64),
) -> Result<Vec<NumbersSet>, StoreError> {
    let rows = db.fetch_all(&NUMBERS, &args![project, owners, from, until]).await?;
    let numbers = |row: &Row| {
        Ok(NumbersSet { owner: row.id("owner")?, all: row.i64("numbers")?, contested: row.i64("contested")? })
    };
    rows.iter().map(numbers).collect()
}

fn lead(row: &Row) -> Result<Lead, StoreError> {
    Ok(Lead {
        project: row.id("project")?,
        id: row.id("id")?,
        owner: row.id("owner")?,
        customer: row.opt_id("customer")?,
        moment: moment(row)?,
        state: row.text("state")?,
    })
}
