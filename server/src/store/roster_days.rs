//! What rosters say about a person's day (AT-2, AT-3, AT-4).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

statements! {
    SAVE = "INSERT INTO roster_days (project, day, subject, team, plan) {rows blob, text, blob, blob, text}
        ON CONFLICT (project, subject, day) DO UPDATE SET team = excluded.team, plan = excluded.plan";
    OF_SUBJECTS = "SELECT project, day, subject, team, plan FROM roster_days
        WHERE project = $1 AND subject IN {blobs $2} AND day >= $3 AND day <= $4 AND plan IS NOT NULL
        ORDER BY subject, day";
}

/// A person's day on a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterDay {
    /// The project.
    pub project: Uuid,
    /// The project's day.
    pub day: String,
    /// Whose it is.
    pub subject: Uuid,
    /// The team on whose roster it stands.
    pub team: Option<Uuid>,
    /// What is planned, JSON; nothing where the calendar decides again.
    pub plan: Option<String>,
}

/// Stores days of rosters.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, days: &[RosterDay]) -> Result<(), StoreError> {
    let rows: Vec<_> = days.iter().map(|d| args![d.project, &d.day, d.subject, d.team, &d.plan]).collect();
    tx.execute_each(&SAVE, &rows).await
}

/// What rosters say about some persons from one day to another, by person and day.
///
/// # Errors
/// [`StoreError`]
pub async fn of_subjects(
    db: &mut Reader,
    project: Uuid,
    subjects: &[Uuid],
    days: (&str, &str),
) -> Result<Vec<RosterDay>, StoreError> {
    db.fetch_all(&OF_SUBJECTS, &args![project, subjects, days.0, days.1]).await?.iter().map(roster_day).collect()
}

fn roster_day(row: &Row) -> Result<RosterDay, StoreError> {
    Ok(RosterDay {
        project: row.id("project")?,
        day: row.text("day")?,
        subject: row.id("subject")?,
        team: row.opt_id("team")?,
        plan: row.opt_text("plan")?,
    })
}
