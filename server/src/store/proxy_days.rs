//! The check-ins of a day with the phones they were made on, and which days are to be looked through (AT-16).

use uuid::Uuid;

use super::arg::args;
use super::moment::moment;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};
use sync_core::time::Moment;

statements! {
    MARK = "INSERT INTO proxy_days (project, day, marks, judged) {rows blob, text, bigint, bigint}
        ON CONFLICT (project, day) DO UPDATE SET marks = proxy_days.marks + 1";
    DUE = "SELECT project, day, marks FROM proxy_days WHERE project = $1 AND marks <> judged ORDER BY day LIMIT $2";
    SETTLE = "UPDATE proxy_days SET judged = $3 WHERE project = $1 AND day = $2";
    SEEN = "SELECT c.id, c.owner, c.subject, c.earliest, c.latest, c.claimed, c.grade, c.location, r.device, d.hardware
        FROM checkins c
            JOIN records r ON r.project = c.project AND r.id = c.id
            JOIN devices d ON d.id = r.device
        WHERE c.project = $1 AND c.day = $2 AND c.source IN ('phone', 'witness')";
}

/// A check-in with the phone it was made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The check-in.
    pub id: Uuid,
    /// Who recorded it.
    pub owner: Uuid,
    /// Whose attendance it is.
    pub subject: Uuid,
    /// When it was made.
    pub moment: Moment,
    /// Where, JSON, as sent.
    pub location: Option<String>,
    /// The device.
    pub device: Uuid,
    /// The phone behind it, as a hash.
    pub hardware: Option<String>,
}

/// Marks days, each given once and in order, as to be looked through: after person-days, before bucket heads.
///
/// # Errors
/// [`StoreError`]
pub async fn mark(tx: &mut Tx, days: &[(Uuid, String)]) -> Result<(), StoreError> {
    let rows: Vec<_> = days.iter().map(|(project, day)| args![*project, day, 1_i64, 0_i64]).collect();
    tx.execute_each(&MARK, &rows).await
}

/// At most `limit` days that changed since they were looked through, the oldest first, each with how often it was marked.
///
/// # Errors
/// [`StoreError`]
pub async fn due(db: &mut Reader, project: Uuid, limit: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = db.fetch_all(&DUE, &args![project, limit]).await?;
    rows.iter().map(|row| Ok((row.text("day")?, row.i64("marks")?))).collect()
}

/// Notes that a day was looked through when it had so many marks.
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such day.
pub async fn settle(tx: &mut Tx, project: Uuid, day: &str, marks: i64) -> Result<(), StoreError> {
    tx.execute_one(&SETTLE, &args![project, day, marks]).await
}

/// The check-ins of a day that phones made, in no order; one that was taken back is evidence all the same.
///
/// # Errors
/// [`StoreError`]
pub async fn seen(db: &mut Reader, project: Uuid, day: &str) -> Result<Vec<Seen>, StoreError> {
    db.fetch_all(&SEEN, &args![project, day]).await?.iter().map(row_of).collect()
}

fn row_of(row: &Row) -> Result<Seen, StoreError> {
    Ok(Seen {
        id: row.id("id")?,
        owner: row.id("owner")?,
        subject: row.id("subject")?,
        moment: moment(row)?,
        location: row.opt_text("location")?,
        device: row.id("device")?,
        hardware: row.opt_text("hardware")?,
    })
}
