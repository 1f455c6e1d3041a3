//! What an outlet's calendar month came to (OV-3, OV-4): which months are to be counted, the counts, and what was ruled.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "m.project, m.month, m.outlet, m.team, m.owner, m.grade, m.counted, m.quota, m.state, m.closed, m.counted_on, \
         m.marks, m.judged, m.ruling"
    };
}

macro_rules! listed {
    ($state:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", o.name FROM outlet_months m JOIN outlets o ON o.project = m.project AND o.id = m.outlet
        WHERE m.project = $1 AND m.month = $2 AND m.quota > 0 ",
            $state,
            " AND ($3 OR m.team IS NULL OR m.team IN {blobs $4}) AND (m.team = $5 OR $5 IS NULL) AND m.outlet > $6
        ORDER BY m.outlet LIMIT $7"
        )
    };
}

statements! {
    MARK = "INSERT INTO outlet_months (project, month, outlet, counted, quota, state, closed, counted_on, marks, judged)
        {rows blob, text, blob, bigint, bigint, text, boolean, text, bigint, bigint}
        ON CONFLICT (project, month, outlet) DO UPDATE SET marks = outlet_months.marks + 1";
    OPEN = "INSERT INTO outlet_months (project, month, outlet, counted, quota, state, closed, counted_on, marks, judged)
        {rows blob, text, blob, bigint, bigint, text, boolean, text, bigint, bigint}
        ON CONFLICT (project, month, outlet) DO NOTHING";
    OF_OUTLETS = "SELECT month, outlet FROM outlet_months WHERE project = $1 AND outlet IN {blobs $2}";
    MARKED = concat!(
        "SELECT ", columns!(), " FROM outlet_months m WHERE m.project = $1 AND m.marks <> m.judged
        ORDER BY m.month, m.outlet LIMIT $2"
    );
    RUNNING = concat!(
        "SELECT ", columns!(), " FROM outlet_months m WHERE m.project = $1 AND NOT m.closed AND m.counted_on < $2
        ORDER BY m.counted_on LIMIT $3"
    );
    LOCK = concat!(
        "SELECT ", columns!(), " FROM outlet_months m WHERE m.project = $1 AND m.month = $2 AND m.outlet IN {blobs $3}
        ORDER BY m.outlet {for update}"
    );
    SETTLE = "WITH input (project, month, outlet, team, owner, grade, counted, quota, state, closed, counted_on, judged,
            ruling) AS ({rows blob, text, blob, blob, blob, text, bigint, bigint, text, boolean, text, bigint, blob})
        UPDATE outlet_months SET team = input.team, owner = input.owner, grade = input.grade, counted = input.counted,
            quota = input.quota, state = input.state, closed = input.closed, counted_on = input.counted_on,
            judged = input.judged, ruling = input.ruling
        FROM input WHERE outlet_months.project = input.project AND outlet_months.month = input.month
            AND outlet_months.outlet = input.outlet";
    LIST = listed!("");
    LIST_SHORT = listed!("AND m.state = 'short'");
    LIST_RISK = listed!("AND m.state = 'risk'");
    LIST_MET = listed!("AND m.state = 'met'");
    LIST_OPEN = listed!("AND m.state = 'open'");
    BY_TEAM = "SELECT team, COUNT(*) AS outlets FROM outlet_months
        WHERE project = $1 AND month = $2 AND state = $3 AND quota > 0 GROUP BY team";
}

/// A month of an outlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutletMonth {
    /// The project.
    pub project: Uuid,
    /// The month, `2026-11`.
    pub month: String,
    /// The outlet.
    pub outlet: Uuid,
    /// The team that is responsible.
    pub team: Option<Uuid>,
    /// Whose outlet it is.
    pub owner: Option<Uuid>,
    /// The grade it was counted by.
    pub grade: Option<String>,
    /// Visits that count.
    pub counted: i64,
    /// Visits that are asked for.
    pub quota: i64,
    /// `open`, `risk`, `met` or `short`.
    pub state: String,
    /// The month was over when it was counted.
    pub closed: bool,
    /// The day it was counted on.
    pub counted_on: String,
    /// Counts what bears on the month.
    pub marks: i64,
    /// The marks that were counted.
    pub judged: i64,
    /// The ruling that stands.
    pub ruling: Option<Uuid>,
}

/// Marks months of outlets, each given once and in order, as to be counted: after records, before bucket heads.
///
/// # Errors
/// [`StoreError`]
pub async fn mark(tx: &mut Tx, months: &[(Uuid, String, Uuid)]) -> Result<(), StoreError> {
    let rows: Vec<_> = months
        .iter()
        .map(|(project, month, outlet)| args![*project, month, *outlet, 0, 0, "open", false, "", 1, 0])
        .collect();
    tx.execute_each(&MARK, &rows).await
}

/// Begins a month for outlets; those that have begun stay as they are.
///
/// # Errors
/// [`StoreError`]
pub async fn open(tx: &mut Tx, project: Uuid, month: &str, outlets: &[Uuid]) -> Result<(), StoreError> {
    let rows: Vec<_> =
        outlets.iter().map(|outlet| args![project, month, *outlet, 0, 0, "open", false, "", 1, 0]).collect();
    tx.execute_rows(&OPEN, &rows).await.map(drop)
}

/// Every month of some outlets that has begun, with the outlet, in no order.
///
/// # Errors
/// [`StoreError`]
pub async fn of_outlets(db: &mut Reader, project: Uuid, outlets: &[Uuid]) -> Result<Vec<(String, Uuid)>, StoreError> {
    let rows = db.fetch_all(&OF_OUTLETS, &args![project, outlets]).await?;
    rows.iter().map(|row| Ok((row.text("month")?, row.id("outlet")?))).collect()
}

/// Months that changed since they were counted, the oldest first, else running ones that were not counted on `today`.
///
/// # Errors
/// [`StoreError`]
pub async fn due(db: &mut Reader, project: Uuid, today: &str, limit: i64) -> Result<Vec<OutletMonth>, StoreError> {
    let mut rows = db.fetch_all(&MARKED, &args![project, limit]).await?;
    if rows.is_empty() {
        rows = db.fetch_all(&RUNNING, &args![project, today, limit]).await?;
    }
    rows.iter().map(outlet_month).collect()
}

/// The same month of several outlets, locked until the transaction ends, by outlet.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(tx: &mut Tx, project: Uuid, month: &str, outlets: &[Uuid]) -> Result<Vec<OutletMonth>, StoreError> {
    tx.fetch_all(&LOCK, &args![project, month, outlets]).await?.iter().map(outlet_month).collect()
}

/// Stores what was counted and ruled on months that are locked.
///
/// # Errors
/// [`StoreError`]
pub async fn settle(tx: &mut Tx, months: &[OutletMonth]) -> Result<(), StoreError> {
    let rows: Vec<_> = months
        .iter()
        .map(|m| {
            args![
                m.project,
                &m.month,
                m.outlet,
                m.team,
                m.owner,
                &m.grade,
                m.counted,
                m.quota,
                &m.state,
                m.closed,
                &m.counted_on,
                m.judged,
                m.ruling
            ]
        })
        .collect();
    tx.execute_rows(&SETTLE, &rows).await.map(drop)
}

/// What a list of months is asked with.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    /// The project.
    pub project: Uuid,
    /// The month.
    pub month: &'a str,
    /// Only in this state.
    pub state: Option<&'a str>,
    /// The teams whose outlets are shown, beside those of no team; `None` for all.
    pub teams: Option<&'a [Uuid]>,
    /// Only this team's.
    pub team: Option<Uuid>,
    /// The last outlet of the page before.
    pub after: Option<Uuid>,
}

/// A page of the months that ask for visits, by outlet, each with the outlet's name.
///
/// # Errors
/// [`StoreError`]
pub async fn list(db: &mut Reader, filter: &Filter<'_>, limit: i64) -> Result<Vec<(OutletMonth, String)>, StoreError> {
    let f = filter;
    let sql = match f.state {
        Some("short") => &LIST_SHORT,
        Some("risk") => &LIST_RISK,
        Some("met") => &LIST_MET,
        Some(_) => &LIST_OPEN,
        None => &LIST,
    };
    let teams = f.teams.unwrap_or_default();
    let args = args![f.project, f.month, f.teams.is_none(), teams, f.team, f.after.unwrap_or_default(), limit];
    db.fetch_all(sql, &args).await?.iter().map(|row| Ok((outlet_month(row)?, row.text("name")?))).collect()
}

/// How many outlets of which team are in a state.
///
/// # Errors
/// [`StoreError`]
pub async fn by_team(
    db: &mut Reader,
    project: Uuid,
    month: &str,
    state: &str,
) -> Result<Vec<(Option<Uuid>, i64)>, StoreError> {
    let rows = db.fetch_all(&BY_TEAM, &args![project, month, state]).await?;
    rows.iter().map(|row| Ok((row.opt_id("team")?, row.i64("outlets")?))).collect()
}

fn outlet_month(row: &Row) -> Result<OutletMonth, StoreError> {
    Ok(OutletMonth {
        project: row.id("project")?,
        month: row.text("month")?,
        outlet: row.id("outlet")?,
        team: row.opt_id("team")?,
        owner: row.opt_id("owner")?,
        grade: row.opt_text("grade")?,
        counted: row.i64("counted")?,
        quota: row.i64("quota")?,
        state: row.text("state")?,
        closed: row.bool("closed")?,
        counted_on: row.text("counted_on")?,
        marks: row.i64("marks")?,
        judged: row.i64("judged")?,
        ruling: row.opt_id("ruling")?,
    })
}
