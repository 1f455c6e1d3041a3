//! Rulings: never edited, only superseded.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "project, id, org, subject, family, at, outcome, reasons, facts, policy_version, supersedes, superseded_by, \
         decided_by, note, team, owner"
    };
}

statements! {
    ADD = "INSERT INTO rulings (project, id, org, subject, family, at, outcome, reasons, facts, policy_version,
            supersedes, decided_by, note, team, owner)
        {rows blob, blob, bigint, blob, text, bigint, text, text, text, bigint, blob, blob, text, blob, blob}";
    SUPERSEDE = "WITH input (project, id, successor) AS ({rows blob, blob, blob})
        UPDATE rulings SET superseded_by = input.successor FROM input
        WHERE rulings.project = input.project AND rulings.id = input.id AND rulings.superseded_by IS NULL";
    LOCK = concat!("SELECT ", columns!(), " FROM rulings WHERE project = $1 AND id = $2 {for update}");
    FIND = concat!("SELECT ", columns!(), " FROM rulings WHERE project IN {blobs $1} AND id = $2");
    OF_SUBJECTS = concat!(
        "SELECT ", columns!(), " FROM rulings WHERE project = $1 AND subject IN {blobs $2} ORDER BY subject, at, id"
    );
    IN_REVIEW = concat!(
        "SELECT ", columns!(), " FROM rulings
        WHERE project = $1 AND outcome = 'review' AND superseded_by IS NULL
            AND ($2 OR team IN {blobs $3}) AND (family = $4 OR $4 IS NULL)
            AND (at > $5 OR (at = $5 AND id > $6))
        ORDER BY at, id LIMIT $7"
    );
    OF_PERIOD = concat!(
        "SELECT ", columns!(), " FROM rulings
        WHERE project = $1 AND at >= $2 AND at < $3 AND (at > $2 OR id > $4) AND ($5 OR family IN {texts $6})
        ORDER BY at, id LIMIT $7"
    );
    ALL_OF_PROJECT = concat!(
        "SELECT ", columns!(), " FROM rulings
        WHERE project = $1 AND (at > $2 OR (at = $2 AND id > $3)) ORDER BY at, id LIMIT $4"
    );
}

/// A ruling with everything it was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulingRow {
    /// The project.
    pub project: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The organisation.
    pub org: i64,
    /// The record, sheet or protection it is about.
    pub subject: Uuid,
    /// The rule family, such as `BK`.
    pub family: String,
    /// Unix ms.
    pub at: i64,
    /// The outcome.
    pub outcome: String,
    /// Reasons, JSON.
    pub reasons: String,
    /// The facts it was made of, JSON.
    pub facts: String,
    /// The policy it applied.
    pub policy_version: i64,
    /// The ruling it replaces.
    pub supersedes: Option<Uuid>,
    /// The ruling that replaced it. Set by [`add`] of that one.
    pub superseded_by: Option<Uuid>,
    /// The person who decided; nobody for the rules themselves.
    pub decided_by: Option<Uuid>,
    /// What that person wrote.
    pub note: Option<String>,
    /// Team of the subject's owner.
    pub team: Option<Uuid>,
    /// The subject's owner.
    pub owner: Option<Uuid>,
}

/// Where a list of rulings goes on: `at` and `id` of the last one.
pub type After = (i64, Uuid);

/// Adds rulings and marks those they supersede.
///
/// # Errors
/// [`StoreError::RowCount`] when one of those is missing or was superseded before.
pub async fn add(tx: &mut Tx, rulings: &[RulingRow]) -> Result<(), StoreError> {
    let rows: Vec<_> = rulings
        .iter()
        .map(|r| {
            args![
                r.project,
                r.id,
                r.org,
                r.subject,
                &r.family,
                r.at,
                &r.outcome,
                &r.reasons,
                &r.facts,
                r.policy_version,
                r.supersedes,
                r.decided_by,
                &r.note,
                r.team,
                r.owner
            ]
        })
        .collect();
    tx.execute_each(&ADD, &rows).await?;
    let superseded: Vec<_> =
        rulings.iter().filter_map(|r| r.supersedes.map(|old| args![r.project, old, r.id])).collect();
    tx.execute_each(&SUPERSEDE, &superseded).await
}

/// One ruling, locked until the transaction ends.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(tx: &mut Tx, project: Uuid, id: Uuid) -> Result<Option<RulingRow>, StoreError> {
    tx.fetch_optional(&LOCK, &args![project, id]).await?.as_ref().map(ruling).transpose()
}

/// The ruling with this id on one of these projects.
///
/// # Errors
/// [`StoreError`]
pub async fn find(db: &mut Reader, projects: &[Uuid], id: Uuid) -> Result<Option<RulingRow>, StoreError> {
    db.fetch_optional(&FIND, &args![projects, id]).await?.as_ref().map(ruling).transpose()
}

/// All rulings about these subjects, by subject, oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn of_subjects(db: &mut Reader, project: Uuid, subjects: &[Uuid]) -> Result<Vec<RulingRow>, StoreError> {
    db.fetch_all(&OF_SUBJECTS, &args![project, subjects]).await?.iter().map(ruling).collect()
}

/// A page of the open reviews of a project, oldest first, of some teams and one family if wanted.
///
/// # Errors
/// [`StoreError`]
pub async fn in_review(
    db: &mut Reader,
    project: Uuid,
    teams: Option<&[Uuid]>,
    family: Option<&str>,
    after: Option<After>,
    limit: i64,
) -> Result<Vec<RulingRow>, StoreError> {
    let (at, id) = after.unwrap_or((i64::MIN, Uuid::nil()));
    db.fetch_all(&IN_REVIEW, &args![project, teams.is_none(), teams.unwrap_or_default(), family, at, id, limit])
        .await?
        .iter()
        .map(ruling)
        .collect()
}

/// The rulings of a project to be decided again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period<'a> {
    /// The project.
    pub project: Uuid,
    /// From (included) until (excluded), Unix ms.
    pub between: (i64, i64),
    /// Only these families; all when there are none.
    pub families: &'a [String],
    /// The last ruling of the page before.
    pub after: Option<After>,
}

/// A page of the rulings of a period, oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn of_period(db: &mut Reader, period: &Period<'_>, limit: i64) -> Result<Vec<RulingRow>, StoreError> {
    let (from, until) = period.between;
    // every id comes after the nil one
    let (at, id) = period.after.unwrap_or((from, Uuid::nil()));
    let all = period.families.is_empty();
    let args = args![period.project, at, until, id, all, period.families, limit];
    db.fetch_all(&OF_PERIOD, &args).await?.iter().map(ruling).collect()
}

/// A page of all rulings of a project, oldest first, to replay them (P9).
///
/// # Errors
/// [`StoreError`]
pub async fn of_project(
    db: &mut Reader,
    project: Uuid,
    after: Option<After>,
    limit: i64,
) -> Result<Vec<RulingRow>, StoreError> {
    let (at, id) = after.unwrap_or((i64::MIN, Uuid::nil()));
    db.fetch_all(&ALL_OF_PROJECT, &args![project, at, id, limit]).await?.iter().map(ruling).collect()
}

fn ruling(row: &Row) -> Result<RulingRow, StoreError> {
    Ok(RulingRow {
        project: row.id("project")?,
        id: row.id("id")?,
        org: row.i64("org")?,
        subject: row.id("subject")?,
        family: row.text("family")?,
        at: row.i64("at")?,
        outcome: row.text("outcome")?,
        reasons: row.text("reasons")?,
        facts: row.text("facts")?,
        policy_version: row.i64("policy_version")?,
        supersedes: row.opt_id("supersedes")?,
        superseded_by: row.opt_id("superseded_by")?,
        decided_by: row.opt_id("decided_by")?,
        note: row.opt_text("note")?,
        team: row.opt_id("team")?,
        owner: row.opt_id("owner")?,
    })
}
