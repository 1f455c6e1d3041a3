//! What the days of persons came to (AT): which are to be ruled on, what was ruled, and how far a project's days are closed.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "project, subject, day, marks, outcome, minutes, flags, reasons, decided, adjusted, absent, ruling"
    };
}

statements! {
    MARK = "INSERT INTO person_days (project, subject, day, marks, judged, minutes, flags, reasons, absent)
        {rows blob, blob, text, bigint, bigint, text, text, text, boolean}
        ON CONFLICT (project, subject, day) DO UPDATE SET marks = person_days.marks + 1";
    EXPECT = "INSERT INTO person_days (project, subject, day, marks, judged, minutes, flags, reasons, absent)
        {rows blob, blob, text, bigint, bigint, text, text, text, boolean}
        ON CONFLICT (project, subject, day) DO NOTHING";
    MARK_ABSENT = "UPDATE person_days SET marks = marks + 1
        WHERE project = $1 AND subject IN {blobs $2} AND day > $3 AND day < $4 AND absent";
    DUE = concat!(
        "SELECT ", columns!(), " FROM person_days
        WHERE project = $1 AND day < $2 AND marks <> judged ORDER BY day, subject LIMIT $3"
    );
    LOCK = concat!(
        "SELECT ", columns!(), " FROM person_days
        WHERE project = $1 AND subject IN {blobs $2} AND day >= $3 AND day < $4 AND (day = $3 OR absent)
        ORDER BY subject, day {for update}"
    );
    OF_SUBJECTS = concat!(
        "SELECT ", columns!(), " FROM person_days
        WHERE project = $1 AND subject IN {blobs $2} AND day >= $3 AND day <= $4 ORDER BY subject, day"
    );
    ABSENCES = "SELECT subject, COUNT(*) AS days FROM person_days
        WHERE project = $1 AND subject IN {blobs $2} AND day >= $3 AND day < $4 AND absent GROUP BY subject";
    SETTLE = "INSERT INTO person_days (project, subject, day, marks, judged, outcome, minutes, flags, reasons, decided,
            adjusted, absent, ruling)
        {rows blob, blob, text, bigint, bigint, text, text, text, text, text, text, boolean, blob}
        ON CONFLICT (project, subject, day) DO UPDATE SET judged = excluded.judged, outcome = excluded.outcome,
            minutes = excluded.minutes, flags = excluded.flags, reasons = excluded.reasons, adjusted = excluded.adjusted,
            absent = excluded.absent, ruling = excluded.ruling";
    DECIDE = "WITH input (project, subject, day, decided) AS ({rows blob, blob, text, text})
        UPDATE person_days SET decided = input.decided, marks = marks + 1 FROM input
        WHERE person_days.project = input.project AND person_days.subject = input.subject AND person_days.day = input.day";
    FIRST_DUE = "SELECT MIN(day) AS day FROM person_days WHERE project = $1 AND marks <> judged";
    THROUGH = "SELECT through FROM day_closes WHERE project = $1";
    CLOSE_THROUGH = "INSERT INTO day_closes (project, through) VALUES ($1, $2)
        ON CONFLICT (project) DO UPDATE SET through = excluded.through";
}

/// A person's day on a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonDay {
    /// The project.
    pub project: Uuid,
    /// Whose day it is.
    pub subject: Uuid,
    /// The project's day.
    pub day: String,
    /// Counts the changes of what bears on the day.
    pub marks: i64,
    /// What it came to; nothing before it is closed.
    pub outcome: Option<String>,
    /// Minutes late, early, worked and on breaks, JSON.
    pub minutes: String,
    /// Flags, JSON.
    pub flags: String,
    /// The reasons of the outcome, JSON.
    pub reasons: String,
    /// What a person made of it where the rules left it open.
    pub decided: Option<String>,
    /// What late evidence made of it after its month was closed, JSON: `outcome` and `minutes`.
    pub adjusted: Option<String>,
    /// Whether it counts as an absence, adjustments included (AT-15).
    pub absent: bool,
    /// The ruling that stands.
    pub ruling: Option<Uuid>,
}

/// Marks person-days (project, person, day), each given once and in order, as to be ruled on: after partner-days, before bucket heads.
///
/// # Errors
/// [`StoreError`]
pub async fn mark(tx: &mut Tx, days: &[(Uuid, Uuid, String)]) -> Result<(), StoreError> {
    tx.execute_each(&MARK, &new(days)).await
}

/// Makes person-days that nothing bears on yet, to be ruled on; those there are stay as they are.
///
/// # Errors
/// [`StoreError`]
pub async fn expect(tx: &mut Tx, days: &[(Uuid, Uuid, String)]) -> Result<(), StoreError> {
    tx.execute_rows(&EXPECT, &new(days)).await.map(drop)
}

/// AT-15: absences of some persons between two days, both excluded, are to be ruled on again. They are locked already.
///
/// # Errors
/// [`StoreError`]
pub async fn mark_absent(
    tx: &mut Tx,
    project: Uuid,
    subjects: &[Uuid],
    (after, before): (&str, &str),
) -> Result<(), StoreError> {
    tx.execute(&MARK_ABSENT, &args![project, subjects, after, before]).await.map(drop)
}

/// At most `limit` person-days before `today` that changed since they were ruled on, the oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn due(db: &mut Reader, project: Uuid, today: &str, limit: i64) -> Result<Vec<PersonDay>, StoreError> {
    db.fetch_all(&DUE, &args![project, today, limit]).await?.iter().map(person_day).collect()
}

/// The same day of several persons, by person. It is locked until the transaction ends, and so are their absences before `until`, which
/// [`mark_absent`] may mark.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(
    tx: &mut Tx,
    project: Uuid,
    subjects: &[Uuid],
    (day, until): (&str, &str),
) -> Result<Vec<PersonDay>, StoreError> {
    let rows = tx.fetch_all(&LOCK, &args![project, subjects, day, until]).await?;
    let rows: Vec<PersonDay> = rows.iter().map(person_day).collect::<Result<_, _>>()?;
    Ok(rows.into_iter().filter(|row| row.day == day).collect())
}

/// The days of some persons from one to another, both included, by person and day.
///
/// # Errors
/// [`StoreError`]
pub async fn of_subjects(
    db: &mut Reader,
    project: Uuid,
    subjects: &[Uuid],
    days: (&str, &str),
) -> Result<Vec<PersonDay>, StoreError> {
    db.fetch_all(&OF_SUBJECTS, &args![project, subjects, days.0, days.1]).await?.iter().map(person_day).collect()
}

/// AT-15: how many days from one (included) to another (excluded) some persons were absent; who never was is missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn absences(
    db: &mut Reader,
    project: Uuid,
    subjects: &[Uuid],
    (from, until): (&str, &str),
) -> Result<Vec<(Uuid, i64)>, StoreError> {
    let rows = db.fetch_all(&ABSENCES, &args![project, subjects, from, until]).await?;
    rows.iter().map(|row| Ok((row.id("subject")?, row.i64("days")?))).collect()
}

/// Stores what was ruled on days that are locked, each once; they are due again when what bears on them changes.
///
/// # Errors
/// [`StoreError`]
pub async fn settle(tx: &mut Tx, days: &[PersonDay]) -> Result<(), StoreError> {
    let rows: Vec<_> = days
        .iter()
        .map(|d| {
            args![
                d.project,
                d.subject,
                &d.day,
                d.marks,
                d.marks,
                &d.outcome,
                &d.minutes,
                &d.flags,
                &d.reasons,
                &d.decided,
                &d.adjusted,
                d.absent,
                d.ruling
            ]
        })
        .collect();
    tx.execute_each(&SETTLE, &rows).await
}

/// What a person made of days where the rules left them open, each given once with the outcome; they are to be ruled on again.
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such day.
pub async fn decide(tx: &mut Tx, days: &[(Uuid, Uuid, String, String)]) -> Result<(), StoreError> {
    let rows: Vec<_> =
        days.iter().map(|(project, subject, day, outcome)| args![*project, *subject, day, outcome]).collect();
    tx.execute_each(&DECIDE, &rows).await
}

/// The first day that is to be ruled on.
///
/// # Errors
/// [`StoreError`]
pub async fn first_due(db: &mut Reader, project: Uuid) -> Result<Option<String>, StoreError> {
    db.fetch_one(&FIRST_DUE, &args![project]).await?.opt_text("day")
}

/// Up to and with which day a project's days were closed; nothing before the first.
///
/// # Errors
/// [`StoreError`]
pub async fn closed_through(db: &mut Reader, project: Uuid) -> Result<Option<String>, StoreError> {
    db.fetch_optional(&THROUGH, &args![project]).await?.map(|row| row.text("through")).transpose()
}

/// A project's days up to and with this one are closed.
///
/// # Errors
/// [`StoreError`]
pub async fn close_through(tx: &mut Tx, project: Uuid, day: &str) -> Result<(), StoreError> {
    tx.execute_one(&CLOSE_THROUGH, &args![project, day]).await
}

fn new(days: &[(Uuid, Uuid, String)]) -> Vec<[super::Arg<'_>; 9]> {
    days.iter()
        .map(|(project, subject, day)| args![*project, *subject, day, 1_i64, 0_i64, "{}", "[]", "[]", false])
        .collect()
}

fn person_day(row: &Row) -> Result<PersonDay, StoreError> {
    Ok(PersonDay {
        project: row.id("project")?,
        subject: row.id("subject")?,
        day: row.text("day")?,
        marks: row.i64("marks")?,
        outcome: row.opt_text("outcome")?,
        minutes: row.text("minutes")?,
        flags: row.text("flags")?,
        reasons: row.text("reasons")?,
        decided: row.opt_text("decided")?,
        adjusted: row.opt_text("adjusted")?,
        absent: row.bool("absent")?,
        ruling: row.opt_id("ruling")?,
    })
}
