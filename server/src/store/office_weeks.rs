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
    OUTLETS = "SELECT month, team, COUNT(*) AS outlets, CAST(SUM(counted) AS BIGINT) AS counted, CAST(SUM(quota) AS BIGINT) AS quota,
            CAST(SUM(CASE WHEN state = 'risk' THEN 1 ELSE 0 END) AS BIGINT) AS at_risk,
            CAST(SUM(CASE WHEN state = 'short' THEN 1 ELSE 0 END) AS BIGINT) AS short
        FROM outlet_months WHERE project = $1 AND month >= $2 AND month <= $3 AND quota > 0 GROUP BY month, team ORDER BY month";
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

/// A month of a team's outlets that ask for visits (OV-3, OV-4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlets {
    /// The month, `2026-11`.
    pub month: String,
    /// Whose outlets they are.
    pub team: Option<Uuid>,
    /// How many.
    pub outlets: i64,
    /// Those that fall behind.
    pub at_risk: i64,
    /// Those whose month is over, with visits missing.
    pub short: i64,
    /// Visits that count.
    pub counted: i64,
    /// Visits asked for.
    pub quota: i64,
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

/// The outlets that ask for visits from one month to another, by month and team.
///
/// # Errors
/// [`StoreError`]
pub async fn outlets(db: &mut Reader, project: Uuid, (from, to): (&str, &str)) -> Result<Vec<Outlets>, StoreError> {
    let rows = db.fetch_all(&OUTLETS, &args![project, from, to]).await?;
    rows.iter()
        .map(|row| {
            Ok(Outlets {
                month: row.text("month")?,
                team: row.opt_id("team")?,
                outlets: row.i64("outlets")?,
                at_risk: row.i64("at_risk")?,
                short: row.i64("short")?,
                counted: row.i64("counted")?,
                quota: row.i64("quota")?,
            })
        })
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
