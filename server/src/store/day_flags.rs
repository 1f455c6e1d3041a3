//! What is noted on a person's day, whatever it comes to (AT-11, AT-16).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

statements! {
    SAVE = "INSERT INTO day_flags (project, subject, day, source, rule, answer, facts, stands)
        {rows blob, blob, text, blob, text, text, text, boolean}
        ON CONFLICT (project, subject, day, source) DO UPDATE SET answer = excluded.answer, facts = excluded.facts,
            stands = excluded.stands";
    OF_DAY = "SELECT project, subject, day, source, rule, answer, facts, stands FROM day_flags
        WHERE project = $1 AND subject IN {blobs $2} AND day = $3 AND stands ORDER BY subject, source";
}

/// A flag on a person's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFlag {
    /// The project.
    pub project: Uuid,
    /// Whose day it is.
    pub subject: Uuid,
    /// The project's day.
    pub day: String,
    /// What raised it: a spot check, the notice of a proxy.
    pub source: Uuid,
    /// The rule behind it.
    pub rule: String,
    /// `no` for a breach, `unclear` for what asks for a look.
    pub answer: String,
    /// Plain facts, JSON.
    pub facts: String,
    /// Whether it still stands.
    pub stands: bool,
}

/// Stores flags.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, flags: &[DayFlag]) -> Result<(), StoreError> {
    let rows: Vec<_> = flags
        .iter()
        .map(|f| args![f.project, f.subject, &f.day, f.source, &f.rule, &f.answer, &f.facts, f.stands])
        .collect();
    tx.execute_each(&SAVE, &rows).await
}

/// The flags that stand on a day of some persons.
///
/// # Errors
/// [`StoreError`]
pub async fn of_day(db: &mut Reader, project: Uuid, subjects: &[Uuid], day: &str) -> Result<Vec<DayFlag>, StoreError> {
    db.fetch_all(&OF_DAY, &args![project, subjects, day]).await?.iter().map(flag).collect()
}

fn flag(row: &Row) -> Result<DayFlag, StoreError> {
    Ok(DayFlag {
        project: row.id("project")?,
        subject: row.id("subject")?,
        day: row.text("day")?,
        source: row.id("source")?,
        rule: row.text("rule")?,
        answer: row.text("answer")?,
        facts: row.text("facts")?,
        stands: row.bool("stands")?,
    })
}
