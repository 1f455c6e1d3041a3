//! Weeks of daily logs: what was handed in (WL-9), and which logs are inspected (WL-8).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

macro_rules! sampled {
    () => {
        "s.project, s.week, s.day, s.subject, s.finding, s.note, s.inspector, s.inspected_at"
    };
}

statements! {
    ADD = "INSERT INTO log_weeks (project, team, week, handed_in_at, handed_in_by, late, remark, checksum, ruling, sheet)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (project, team, week) DO NOTHING";
    FIND = "SELECT project, team, week, handed_in_at, handed_in_by, late, remark, checksum, ruling, sheet FROM log_weeks
        WHERE project = $1 AND team = $2 AND week = $3";
    DRAW = "INSERT INTO log_draws (project, week, drawn_at, logs) VALUES ($1, $2, $3, $4)
        ON CONFLICT (project, week) DO NOTHING";
    DRAWN = "SELECT drawn_at, logs FROM log_draws WHERE project = $1 AND week = $2";
    SAMPLE = "INSERT INTO log_samples (project, week, day, subject) {rows blob, text, text, blob}";
    LIST = concat!("SELECT ", sampled!(), " FROM log_samples s WHERE s.project = $1 AND s.week = $2
            AND (s.day > $3 OR (s.day = $3 AND s.subject > $4)) ORDER BY s.day, s.subject LIMIT $5");
    LOCK = concat!("SELECT ", sampled!(), " FROM log_samples s
        WHERE s.project = $1 AND s.week = $2 AND s.day = $3 AND s.subject = $4 {for update}");
    INSPECT = "UPDATE log_samples SET finding = $5, note = $6, inspector = $7, inspected_at = $8
        WHERE project = $1 AND week = $2 AND day = $3 AND subject = $4";
}

/// A week that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedIn {
    /// The project.
    pub project: Uuid,
    /// The team.
    pub team: Uuid,
    /// Such as `2026-W47`.
    pub week: String,
    /// When, Unix ms.
    pub at: i64,
    /// By whom.
    pub by: Uuid,
    /// Later than it was due.
    pub late: bool,
    /// What was said with it.
    pub remark: Option<String>,
    /// SHA-256 of `rows`, hex.
    pub checksum: String,
    /// The ruling about the hand-in.
    pub ruling: Uuid,
    /// The frozen sheet, JSON.
    pub rows: String,
}

/// A log that is inspected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sampled {
    /// The project.
    pub project: Uuid,
    /// Such as `2026-W47`.
    pub week: String,
    /// The log's day.
    pub day: String,
    /// Its author.
    pub subject: Uuid,
    /// `ok` or `doubtful`, once it was inspected.
    pub finding: Option<String>,
    /// The inspector's words.
    pub note: Option<String>,
    /// Who inspected it.
    pub inspector: Option<Uuid>,
    /// When, Unix ms.
    pub inspected_at: Option<i64>,
}

/// Freezes a week; whether it was not handed in before.
///
/// # Errors
/// [`StoreError`]
pub async fn add(tx: &mut Tx, week: &HandedIn) -> Result<bool, StoreError> {
    let w = week;
    let args = args![w.project, w.team, &w.week, w.at, w.by, w.late, &w.remark, &w.checksum, w.ruling, &w.rows];
    Ok(tx.execute(&ADD, &args).await? > 0)
}

/// A team's week, when it was handed in.
///
/// # Errors
/// [`StoreError`]
pub async fn find(db: &mut Reader, project: Uuid, team: Uuid, week: &str) -> Result<Option<HandedIn>, StoreError> {
    db.fetch_optional(&FIND, &args![project, team, week]).await?.as_ref().map(handed_in).transpose()
}

/// Writes a draw down: of how many `logs`, and which days of whom; whether it is the week's first.
///
/// # Errors
/// [`StoreError`]
pub async fn draw(
    tx: &mut Tx,
    (project, week): (Uuid, &str),
    at: i64,
    logs: i64,
    days: &[(String, Uuid)],
) -> Result<bool, StoreError> {
    if tx.execute(&DRAW, &args![project, week, at, logs]).await? == 0 {
        return Ok(false);
    }
    let rows: Vec<_> = days.iter().map(|(day, subject)| args![project, week, day, *subject]).collect();
    tx.execute_rows(&SAMPLE, &rows).await.map(|_| true)
}

/// When a week's sample was drawn (Unix ms), and of how many logs.
///
/// # Errors
/// [`StoreError`]
pub async fn drawn(db: &mut Reader, project: Uuid, week: &str) -> Result<Option<(i64, i64)>, StoreError> {
    let row = db.fetch_optional(&DRAWN, &args![project, week]).await?;
    row.map(|row| Ok((row.i64("drawn_at")?, row.i64("logs")?))).transpose()
}

/// A page of a week's sample, by day and author.
///
/// # Errors
/// [`StoreError`]
pub async fn sampled(
    db: &mut Reader,
    (project, week): (Uuid, &str),
    after: Option<(&str, Uuid)>,
    limit: i64,
) -> Result<Vec<Sampled>, StoreError> {
    let (day, subject) = after.unwrap_or(("", Uuid::nil()));
    db.fetch_all(&LIST, &args![project, week, day, subject, limit]).await?.iter().map(sample).collect()
}

/// A log of a week's sample, locked until the transaction ends.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(
    tx: &mut Tx,
    (project, week): (Uuid, &str),
    (day, subject): (&str, Uuid),
) -> Result<Option<Sampled>, StoreError> {
    tx.fetch_optional(&LOCK, &args![project, week, day, subject]).await?.as_ref().map(sample).transpose()
}

/// Writes down what an inspection found.
///
/// # Errors
/// [`StoreError::RowCount`] when the log is not in the sample.
pub async fn inspect(tx: &mut Tx, found: &Sampled) -> Result<(), StoreError> {
    let s = found;
    let args = args![s.project, &s.week, &s.day, s.subject, &s.finding, &s.note, s.inspector, s.inspected_at];
    tx.execute_one(&INSPECT, &args).await
}

fn handed_in(row: &Row) -> Result<HandedIn, StoreError> {
    Ok(HandedIn {
        project: row.id("project")?,
        team: row.id("team")?,
        week: row.text("week")?,
        at: row.i64("handed_in_at")?,
        by: row.id("handed_in_by")?,
        late: row.bool("late")?,
        remark: row.opt_text("remark")?,
        checksum: row.text("checksum")?,
        ruling: row.id("ruling")?,
        rows: row.text("sheet")?,
    })
}

fn sample(row: &Row) -> Result<Sampled, StoreError> {
    Ok(Sampled {
        project: row.id("project")?,
        week: row.text("week")?,
        day: row.text("day")?,
        subject: row.id("subject")?,
        finding: row.opt_text("finding")?,
        note: row.opt_text("note")?,
        inspector: row.opt_id("inspector")?,
        inspected_at: row.opt_i64("inspected_at")?,
    })
}
