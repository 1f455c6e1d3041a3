//! Counts of a week, for the back office.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, StoreError};

statements! {
    LOGS = "SELECT owner, day, phase FROM records
        WHERE project = $1 AND kind = 'daily_log' AND day >= $2 AND day <= $3 AND NOT deleted ORDER BY day, owner";
    REVIEWS = "SELECT team, COUNT(*) AS open FROM rulings
        WHERE project = $1 AND outcome = 'review' AND superseded_by IS NULL GROUP BY team";
    HANDED_IN = "SELECT team, handed_in_at, late FROM log_weeks WHERE project = $1 AND week = $2 ORDER BY team";
    DISPUTES = "SELECT COUNT(*) AS open, CAST(COALESCE(SUM(CASE WHEN due_at <= $2 THEN 1 ELSE 0 END), 0) AS BIGINT) AS overdue
        FROM disputes WHERE project = $1 AND state IN ('open', 'settled', 'appealed') AND state <> 'settled'";
    UNSIGNED = "SELECT COUNT(*) AS overdue FROM confirmations
        WHERE project = $1 AND state = 'valid' AND phase IN ('open', 'signed') AND opened_at <= $2";
}

/// A daily log: whose, of which day, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Whose.
    pub owner: Uuid,
    /// The project's day.
    pub day: String,
    /// Such as `approved`.
    pub phase: String,
}

/// A team's logs of a week that were handed in (WL-9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HandedIn {
    /// The team.
    pub team: Uuid,
    /// When, Unix ms.
    pub at: i64,
    /// Later than they were due.
    pub late: bool,
}

/// The daily logs of a span of days, both ends included.
///
/// # Errors
/// [`StoreError`]
pub async fn logs(db: &mut Reader, project: Uuid, (from, to): (&str, &str)) -> Result<Vec<Log>, StoreError> {
    let rows = db.fetch_all(&LOGS, &args![project, from, to]).await?;
    let log = |row: &super::Row| {
        let (owner, phase) = (row.opt_id("owner")?, row.opt_text("phase")?);
        Ok(owner.zip(phase).map(|(owner, phase)| (owner, row.text("day"), phase)))
    };
    let found = rows.iter().map(log).collect::<Result<Vec<_>, StoreError>>()?;
    found.into_iter().flatten().map(|(owner, day, phase)| Ok(Log { owner, day: day?, phase })).collect()
}

/// How many rulings wait for a person, by team.
///
/// # Errors
/// [`StoreError`]
pub async fn reviews(db: &mut Reader, project: Uuid) -> Result<Vec<(Option<Uuid>, i64)>, StoreError> {
    let rows = db.fetch_all(&REVIEWS, &args![project]).await?;
    rows.iter().map(|row| Ok((row.opt_id("team")?, row.i64("open")?))).collect()
}

/// Which teams have handed in their logs of a week.
///
/// # Errors
/// [`StoreError`]
pub async fn handed_in(db: &mut Reader, project: Uuid, week: &str) -> Result<Vec<HandedIn>, StoreError> {
    let rows = db.fetch_all(&HANDED_IN, &args![project, week]).await?;
    rows.iter()
        .map(|row| Ok(HandedIn { team: row.id("team")?, at: row.i64("handed_in_at")?, late: row.bool("late")? }))
        .collect()
}

/// How many cases wait for the office, and how many of these were due by `now` (Unix ms).
///
/// # Errors
/// [`StoreError`]
pub async fn disputes(db: &mut Reader, project: Uuid, now: i64) -> Result<(i64, i64), StoreError> {
    let row = db.fetch_one(&DISPUTES, &args![project, now]).await?;
    Ok((row.i64("open")?, row.i64("overdue")?))
}

/// How many sheets that were opened by an instant (Unix ms) wait for a signature (CF-5).
///
/// # Errors
/// [`StoreError`]
pub async fn unsigned(db: &mut Reader, project: Uuid, opened: i64) -> Result<i64, StoreError> {
    db.fetch_one(&UNSIGNED, &args![project, opened]).await?.i64("overdue")
}
