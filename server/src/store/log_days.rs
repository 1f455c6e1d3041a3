//! People's days as far as their logs go (WL): what is to be counted, who has no log, and which logs wait to be read.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Arg, Reader, Row, Sql, StoreError, Tx};

macro_rules! columns {
    () => {
        "d.project, d.day, d.subject, d.team, d.phase, d.review_due, d.flagged, d.outcome, d.ruling"
    };
}

macro_rules! filter {
    () => {
        "d.day >= $2 AND d.day <= $3 AND (d.day > $4 OR (d.day = $4 AND d.subject > $5))
            AND (d.phase = $6 OR ($6 IS NULL AND (d.phase IS NOT NULL OR $7)))
            AND ((d.phase = 'submitted' AND NOT $8) OR (d.phase IN ('approved', 'returned') AND $8) OR $8 IS NULL)
            AND ((d.phase = 'submitted' AND d.review_due <= $9) = $10 OR $10 IS NULL)
            AND (d.flagged = $11 OR $11 IS NULL)"
    };
}

statements! {
    MARK = "INSERT INTO log_days (project, day, subject, team, marks, judged, phase, review_due, flagged, told)
        {rows blob, text, blob, blob, bigint, bigint, text, bigint, boolean, boolean}
        ON CONFLICT (project, day, subject) DO UPDATE SET marks = log_days.marks + 1,
            team = CASE WHEN excluded.phase IS NULL THEN log_days.team ELSE excluded.team END,
            phase = COALESCE(excluded.phase, log_days.phase),
            review_due = CASE WHEN excluded.phase IS NULL THEN log_days.review_due ELSE excluded.review_due END,
            flagged = CASE WHEN excluded.phase IS NULL THEN log_days.flagged ELSE excluded.flagged END,
            told = CASE WHEN excluded.phase IS NULL OR (excluded.phase = 'submitted' AND log_days.phase = 'submitted')
                THEN log_days.told ELSE excluded.told END";
    DUE = concat!("SELECT ", columns!(), " FROM log_days d WHERE d.project = $1 AND d.marks <> d.judged
            AND (d.day < $2 OR d.phase <> 'draft') ORDER BY d.day, d.subject LIMIT $3");
    LOCK = concat!("SELECT ", columns!(), " FROM log_days d WHERE d.project = $1 AND d.day = $2
            AND d.subject IN {blobs $3} ORDER BY d.subject {for update}");
    SETTLE = "INSERT INTO log_days (project, day, subject, marks, judged, flagged, told, outcome, ruling)
        {rows blob, text, blob, bigint, bigint, boolean, boolean, text, blob}
        ON CONFLICT (project, day, subject) DO UPDATE SET judged = log_days.marks, outcome = excluded.outcome,
            ruling = excluded.ruling";
    OF_TEAM = concat!("SELECT ", columns!(), " FROM log_days d WHERE d.project = $1 AND d.team = $13 AND ", filter!(),
        " ORDER BY d.day, d.subject LIMIT $12");
    OF_PROJECT = concat!("SELECT ", columns!(), " FROM log_days d WHERE d.project = $1 AND ", filter!(),
        " ORDER BY d.day, d.subject LIMIT $12");
    MISSING_OF_TEAM = concat!("SELECT ", columns!(), " FROM log_days d WHERE d.project = $1 AND d.team = $7
            AND d.day >= $2 AND d.day <= $3 AND (d.day > $4 OR (d.day = $4 AND d.subject > $5))
            AND d.outcome = 'missing' ORDER BY d.day, d.subject LIMIT $6");
    MISSING_OF_PROJECT = concat!("SELECT ", columns!(), " FROM log_days d WHERE d.project = $1
            AND d.day >= $2 AND d.day <= $3 AND (d.day > $4 OR (d.day = $4 AND d.subject > $5))
            AND d.outcome = 'missing' ORDER BY d.day, d.subject LIMIT $6");
    UNREAD = concat!("SELECT ", columns!(), " FROM log_days d WHERE d.project = $1 AND d.phase = 'submitted'
            AND NOT d.told AND d.review_due <= $2 ORDER BY d.review_due, d.day, d.subject LIMIT $3");
    TELL = "INSERT INTO log_days (project, day, subject, marks, judged, flagged, told)
        {rows blob, text, blob, bigint, bigint, boolean, boolean}
        ON CONFLICT (project, day, subject) DO UPDATE SET told = excluded.told";
    BOOKINGS = "SELECT b.holder_user AS subject, COUNT(*) AS count FROM records r
            JOIN bookings b ON b.project = r.project AND b.id = r.id
        WHERE r.project = $1 AND r.kind = 'booking' AND r.day = $2 AND NOT r.deleted
            AND b.holder_user IN {blobs $3} AND b.state <> 'cancelled' GROUP BY b.holder_user";
    ARRIVALS = "SELECT holder_user AS subject, COUNT(*) AS count FROM confirmations
        WHERE project = $1 AND arrived_at >= $2 AND arrived_at < $3 AND state = 'valid' AND phase <> 'corrected'
            AND holder_user IN {blobs $4} GROUP BY holder_user";
}

/// What changed about a person's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The project.
    pub project: Uuid,
    /// The project's day.
    pub day: String,
    /// Whose day it is.
    pub subject: Uuid,
    /// The team: of the log, where it changed.
    pub team: Option<Uuid>,
    /// How the log stands, where it changed.
    pub log: Option<LogState>,
}

/// How a log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogState {
    /// Its phase.
    pub phase: String,
    /// When it is to be read at the latest (Unix ms), where it waits for that (WL-6).
    pub review_due: Option<i64>,
    /// Whether something about it asks for a look.
    pub flagged: bool,
}

/// A person's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDay {
    /// The project.
    pub project: Uuid,
    /// The project's day.
    pub day: String,
    /// Whose day it is.
    pub subject: Uuid,
    /// The team of the log; without one that of the person on the day.
    pub team: Option<Uuid>,
    /// The log's phase; nothing without a log.
    pub phase: Option<String>,
    /// When the log is to be read at the latest (Unix ms), where it waits for that.
    pub review_due: Option<i64>,
    /// Whether something about the log asks for a look.
    pub flagged: bool,
    /// `handed_in`, `missing` or `none_due`, once the day was over and ruled on.
    pub outcome: Option<String>,
    /// The ruling that stands.
    pub ruling: Option<Uuid>,
}

/// Marks days, each given once and in the order of project, day and person, as to be counted: after person-days, before bucket heads.
///
/// # Errors
/// [`StoreError`]
pub async fn mark(tx: &mut Tx, marks: &[Mark]) -> Result<(), StoreError> {
    let rows: Vec<_> = marks
        .iter()
        .map(|m| {
            let log = m.log.as_ref();
            let (phase, due) = (log.map(|log| log.phase.as_str()), log.and_then(|log| log.review_due));
            let flagged = log.is_some_and(|log| log.flagged);
            args![m.project, &m.day, m.subject, m.team, 1_i64, 0_i64, phase, due, flagged, false]
        })
        .collect();
    tx.execute_each(&MARK, &rows).await
}

/// At most `limit` days that changed since they were counted, the oldest first: those before `today`, and those with a log that was handed in.
///
/// # Errors
/// [`StoreError`]
pub async fn due(db: &mut Reader, project: Uuid, today: &str, limit: i64) -> Result<Vec<LogDay>, StoreError> {
    db.fetch_all(&DUE, &args![project, today, limit]).await?.iter().map(log_day).collect()
}

/// The same day of several persons, locked until the transaction ends.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(tx: &mut Tx, project: Uuid, day: &str, people: &[Uuid]) -> Result<Vec<LogDay>, StoreError> {
    tx.fetch_all(&LOCK, &args![project, day, people]).await?.iter().map(log_day).collect()
}

/// Stores what was ruled on days that are locked; they are due again when something changes.
///
/// # Errors
/// [`StoreError`]
pub async fn settle(tx: &mut Tx, days: &[LogDay]) -> Result<(), StoreError> {
    let rows: Vec<_> = days
        .iter()
        .map(|d| args![d.project, &d.day, d.subject, 0_i64, 0_i64, false, false, &d.outcome, d.ruling])
        .collect();
    tx.execute_each(&SETTLE, &rows).await
}

/// What a list of logs is filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filter<'a> {
    /// The project.
    pub project: Uuid,
    /// Only this team's.
    pub team: Option<Uuid>,
    /// First and last day.
    pub days: (&'a str, &'a str),
    /// Only logs in this phase.
    pub phase: Option<&'a str>,
    /// Also days without a log.
    pub also_without: bool,
    /// Only logs that were read, or that wait to be read.
    pub reviewed: Option<bool>,
    /// Now (Unix ms), and: only logs that should have been read by now, or the others.
    pub overdue: (i64, Option<bool>),
    /// Only logs that ask for a look, or that do not.
    pub flagged: Option<bool>,
    /// Day and person of the last entry of the page before.
    pub after: Option<(&'a str, Uuid)>,
}

/// A page of days, by day and person.
///
/// # Errors
/// [`StoreError`]
pub async fn list(db: &mut Reader, filter: &Filter<'_>, limit: i64) -> Result<Vec<LogDay>, StoreError> {
    let f = filter;
    let (day, subject) = f.after.unwrap_or(("", Uuid::nil()));
    let (now, overdue) = f.overdue;
    let args = args![
        f.project,
        f.days.0,
        f.days.1,
        day,
        subject,
        f.phase,
        f.also_without,
        f.reviewed,
        now,
        overdue,
        f.flagged,
        limit
    ];
    page(db, (&OF_TEAM, &OF_PROJECT), f.team, args.into()).await
}

/// A page of the days on which somebody was there and handed no log in (WL-1), by day and person; of the filter project, team, days and
/// place count.
///
/// # Errors
/// [`StoreError`]
pub async fn missing(db: &mut Reader, filter: &Filter<'_>, limit: i64) -> Result<Vec<LogDay>, StoreError> {
    let f = filter;
    let (day, subject) = f.after.unwrap_or(("", Uuid::nil()));
    let args = args![f.project, f.days.0, f.days.1, day, subject, limit];
    page(db, (&MISSING_OF_TEAM, &MISSING_OF_PROJECT), f.team, args.into()).await
}

/// The days of one team, which the first statement asks for last, or of all teams.
async fn page(
    db: &mut Reader,
    (of_team, of_project): (&'static Sql, &'static Sql),
    team: Option<Uuid>,
    mut args: Vec<Arg<'_>>,
) -> Result<Vec<LogDay>, StoreError> {
    let sql = if team.is_some() { of_team } else { of_project };
    args.extend(team.map(Arg::from));
    db.fetch_all(sql, &args).await?.iter().map(log_day).collect()
}

/// At most `limit` logs that should have been read by `now` (Unix ms) and of which the office was not told.
///
/// # Errors
/// [`StoreError`]
pub async fn unread(db: &mut Reader, project: Uuid, now: i64, limit: i64) -> Result<Vec<LogDay>, StoreError> {
    db.fetch_all(&UNREAD, &args![project, now, limit]).await?.iter().map(log_day).collect()
}

/// Writes down of which unread logs the office was told, in the order of project, day and person.
///
/// # Errors
/// [`StoreError`]
pub async fn tell(tx: &mut Tx, days: &[LogDay]) -> Result<(), StoreError> {
    let rows: Vec<_> =
        days.iter().map(|d| args![d.project, &d.day, d.subject, 0_i64, 0_i64, d.flagged, true]).collect();
    tx.execute_each(&TELL, &rows).await
}

/// How many bookings of a day stand for each of some persons, cancelled ones left out.
///
/// # Errors
/// [`StoreError`]
pub async fn bookings_of(
    db: &mut Reader,
    project: Uuid,
    people: &[Uuid],
    day: &str,
) -> Result<Vec<(Uuid, i64)>, StoreError> {
    db.fetch_all(&BOOKINGS, &args![project, day, people]).await?.iter().map(count).collect()
}

/// How many valid sheets name each of some persons as the holder, by arrival between two instants (Unix ms).
///
/// # Errors
/// [`StoreError`]
pub async fn arrivals_of(
    db: &mut Reader,
    project: Uuid,
    people: &[Uuid],
    (from, until): (i64, i64),
) -> Result<Vec<(Uuid, i64)>, StoreError> {
    db.fetch_all(&ARRIVALS, &args![project, from, until, people]).await?.iter().map(count).collect()
}

fn count(row: &Row) -> Result<(Uuid, i64), StoreError> {
    Ok((row.id("subject")?, row.i64("count")?))
}

fn log_day(row: &Row) -> Result<LogDay, StoreError> {
    Ok(LogDay {
        project: row.id("project")?,
        day: row.text("day")?,
        subject: row.id("subject")?,
        team: row.opt_id("team")?,
        phase: row.opt_text("phase")?,
        review_due: row.opt_i64("review_due")?,
        flagged: row.bool("flagged")?,
        outcome: row.opt_text("outcome")?,
        ruling: row.opt_id("ruling")?,
    })
}
