//! Which holders were reminded of which end (PR-7).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, StoreError, Tx};

statements! {
    DUE = "SELECT p.id FROM protections p WHERE p.project = $1 AND p.ended_at IS NULL AND p.until_at > $2
            AND p.until_at <= $3 AND p.state = 'live' AND NOT EXISTS (SELECT 1 FROM protection_reminders r
                WHERE r.project = p.project AND r.protection = p.id AND r.until_at = p.until_at AND r.days <= $4)
        ORDER BY p.until_at, p.id LIMIT $5";
    ADD = "INSERT INTO protection_reminders (project, protection, until_at, days) {rows blob, blob, bigint, bigint}
        ON CONFLICT (project, protection, until_at, days) DO NOTHING";
}

/// A reminder: so many days before the end that a protection had then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// The project.
    pub project: Uuid,
    /// The protection.
    pub protection: Uuid,
    /// Its end (Unix ms).
    pub until: i64,
    /// Days before it.
    pub days: u32,
}

/// At most `limit` live protections that end after `now` and not after `until` (Unix ms), whose holders were not reminded of that end
/// `days` before it or later; the nearest ends first.
///
/// # Errors
/// [`StoreError`]
pub async fn due(
    db: &mut Reader,
    project: Uuid,
    (now, until): (i64, i64),
    days: u32,
    limit: i64,
) -> Result<Vec<Uuid>, StoreError> {
    let rows = db.fetch_all(&DUE, &args![project, now, until, i64::from(days), limit]).await?;
    rows.iter().map(|row| row.id("id")).collect()
}

/// Writes down who was reminded.
///
/// # Errors
/// [`StoreError`]
pub async fn add(tx: &mut Tx, reminders: &[Reminder]) -> Result<(), StoreError> {
    let rows: Vec<_> = reminders.iter().map(|r| args![r.project, r.protection, r.until, i64::from(r.days)]).collect();
    tx.execute_rows(&ADD, &rows).await.map(drop)
}
