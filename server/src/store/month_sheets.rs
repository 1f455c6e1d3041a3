//! The sheets of closed months, and what late evidence made of their days (MC-1).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

statements! {
    ADD = "INSERT INTO month_sheets (project, month, closed_at, closed_by, reason, checksum, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    FIND = "SELECT project, month, closed_at, closed_by, reason, checksum, body FROM month_sheets
        WHERE project = $1 AND month = $2";
    IS_CLOSED = "SELECT COUNT(*) AS sheets FROM month_sheets WHERE project = $1 AND month = $2";
    ADJUST = "INSERT INTO month_adjustments (project, month, day, subject, ruling, at, before, after)
        {rows blob, text, text, blob, blob, bigint, text, text}";
    ADJUSTMENTS = "SELECT project, month, day, subject, ruling, at, before, after FROM month_adjustments
        WHERE project = $1 AND month = $2 ORDER BY day, subject, ruling";
}

/// The sheet of a closed month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthSheet {
    /// The project.
    pub project: Uuid,
    /// The month, `2026-11`.
    pub month: String,
    /// When it was closed, Unix ms.
    pub closed_at: i64,
    /// Who closed it.
    pub closed_by: Uuid,
    /// Why, although days were in review.
    pub reason: Option<String>,
    /// SHA-256 of the body, hex.
    pub checksum: String,
    /// The sheet, canonical JSON.
    pub body: String,
}

/// What late evidence made of a day whose month was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// The project.
    pub project: Uuid,
    /// The month that was open then, and bears it.
    pub month: String,
    /// The day.
    pub day: String,
    /// Whose day it is.
    pub subject: Uuid,
    /// The ruling that changed it.
    pub ruling: Uuid,
    /// When, Unix ms.
    pub at: i64,
    /// What stood before, JSON: `outcome` and `minutes`.
    pub before: String,
    /// What stands now, JSON.
    pub after: String,
}

/// Freezes the sheet of a month.
///
/// # Errors
/// [`StoreError`], also when the month is closed already.
pub async fn add(tx: &mut Tx, sheet: &MonthSheet) -> Result<(), StoreError> {
    let s = sheet;
    let args = args![s.project, &s.month, s.closed_at, s.closed_by, &s.reason, &s.checksum, &s.body];
    tx.execute_one(&ADD, &args).await
}

/// The sheet of a month, when it is closed.
///
/// # Errors
/// [`StoreError`]
pub async fn find(db: &mut Reader, project: Uuid, month: &str) -> Result<Option<MonthSheet>, StoreError> {
    db.fetch_optional(&FIND, &args![project, month]).await?.as_ref().map(sheet).transpose()
}

/// Whether a month is closed.
///
/// # Errors
/// [`StoreError`]
pub async fn is_closed(db: &mut Reader, project: Uuid, month: &str) -> Result<bool, StoreError> {
    Ok(db.fetch_one(&IS_CLOSED, &args![project, month]).await?.i64("sheets")? > 0)
}

/// Adds adjustments.
///
/// # Errors
/// [`StoreError`]
pub async fn adjust(tx: &mut Tx, adjustments: &[Adjustment]) -> Result<(), StoreError> {
    let rows: Vec<_> = adjustments
        .iter()
        .map(|a| args![a.project, &a.month, &a.day, a.subject, a.ruling, a.at, &a.before, &a.after])
        .collect();
    tx.execute_each(&ADJUST, &rows).await
}

/// The adjustments that a month bears, by day and person.
///
/// # Errors
/// [`StoreError`]
pub async fn adjustments(db: &mut Reader, project: Uuid, month: &str) -> Result<Vec<Adjustment>, StoreError> {
    db.fetch_all(&ADJUSTMENTS, &args![project, month]).await?.iter().map(adjustment).collect()
}

fn sheet(row: &Row) -> Result<MonthSheet, StoreError> {
    Ok(MonthSheet {
        project: row.id("project")?,
        month: row.text("month")?,
        closed_at: row.i64("closed_at")?,
        closed_by: row.id("closed_by")?,
        reason: row.opt_text("reason")?,
        checksum: row.text("checksum")?,
        body: row.text("body")?,
    })
}

fn adjustment(row: &Row) -> Result<Adjustment, StoreError> {
    Ok(Adjustment {
        project: row.id("project")?,
        month: row.text("month")?,
        day: row.text("day")?,
        subject: row.id("subject")?,
        ruling: row.id("ruling")?,
        at: row.i64("at")?,
        before: row.text("before")?,
        after: row.text("after")?,
    })
}
