//! What the rules need to know of check-ins and of the posts given out (AT).

use sync_core::time::Moment;
use uuid::Uuid;

use super::arg::args;
use super::moment::{grade, moment};
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "project, id, owner, subject, type, day, earliest, latest, claimed, grade, location, verdict, source, witnessed, decided"
    };
}

statements! {
    SAVE = "INSERT INTO checkins (project, id, owner, subject, type, day, earliest, latest, claimed, grade, location,
            verdict, source, witnessed, decided)
        {rows blob, blob, blob, blob, text, text, bigint, bigint, bigint, text, text, text, text, boolean, boolean}
        ON CONFLICT (project, id) DO UPDATE SET verdict = excluded.verdict, witnessed = excluded.witnessed,
            decided = excluded.decided";
    OF_SUBJECTS = concat!(
        "SELECT ", columns!(), " FROM checkins
        WHERE project = $1 AND subject IN {blobs $2} AND day >= $3 AND day <= $4 ORDER BY subject, day, latest, id"
    );
    LOAD = "WITH input (project, id) AS ({rows blob, blob}) SELECT c.project, c.id, c.owner, c.subject, c.type, c.day,
            c.earliest, c.latest, c.claimed, c.grade, c.location, c.verdict, c.source, c.witnessed, c.decided
        FROM input JOIN checkins c ON c.project = input.project AND c.id = input.id";
    MAY_LIE = concat!(
        "SELECT ", columns!(), " FROM checkins
        WHERE project = $1 AND subject IN {blobs $2} AND day >= $3 AND day <= $4 AND earliest < $5
        ORDER BY subject, latest, id"
    );
    OF_DAY = concat!("SELECT ", columns!(), " FROM checkins WHERE project = $1 AND day = $2
        ORDER BY subject, latest, id");
    ASSIGN = "INSERT INTO post_assignments (project, id, day, subject, post, taken_back)
        {rows blob, blob, text, blob, blob, bigint}
        ON CONFLICT (project, id) DO UPDATE SET taken_back = excluded.taken_back";
    ASSIGNED = "SELECT project, id, day, subject, post, taken_back FROM post_assignments
        WHERE project = $1 AND day = $2 AND subject IN {blobs $3} ORDER BY subject, id";
    ON_POST = "SELECT project, id, day, subject, post, taken_back FROM post_assignments
        WHERE project = $1 AND day = $2 AND post = $3 ORDER BY subject, id";
    ASSIGNMENTS = "WITH input (project, id) AS ({rows blob, blob}) SELECT a.project, a.id, a.day, a.subject, a.post,
            a.taken_back
        FROM input JOIN post_assignments a ON a.project = input.project AND a.id = input.id";
}

/// A check-in as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkin {
    /// The project.
    pub project: Uuid,
    /// Id of the record.
    pub id: Uuid,
    /// Who recorded it.
    pub owner: Uuid,
    /// Whose attendance it is.
    pub subject: Uuid,
    /// `on`, `off`, `break_start`, `break_end` or `spot`.
    pub kind: String,
    /// The project's day.
    pub day: String,
    /// When it was made.
    pub moment: Moment,
    /// Where, JSON, as sent.
    pub location: Option<String>,
    /// Such as `counted`, `void`, `review` or `withdrawn`.
    pub verdict: String,
    /// `phone`, `witness` (recorded by somebody else for the subject), `manual` or `request`.
    pub source: String,
    /// Whether a lead or delegate confirmed it (AT-8).
    pub witnessed: bool,
    /// Whether a person decided the verdict.
    pub decided: bool,
}

/// A post given to somebody for a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostAssignment {
    /// The project.
    pub project: Uuid,
    /// Id of the record.
    pub id: Uuid,
    /// The project's day.
    pub day: String,
    /// Who works there.
    pub subject: Uuid,
    /// The post.
    pub post: Uuid,
    /// When it was taken back (Unix ms); what was recorded before still counts there.
    pub taken_back: Option<i64>,
}

/// Stores check-ins, each once. Of one stored before, only the verdict changes, and whether it was witnessed or decided by a person.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, checkins: &[Checkin]) -> Result<(), StoreError> {
    let rows: Vec<_> = checkins
        .iter()
        .map(|c| {
            let m = c.moment;
            args![
                c.project,
                c.id,
                c.owner,
                c.subject,
                &c.kind,
                &c.day,
                m.earliest,
                m.latest,
                m.claimed,
                grade(m.grade),
                &c.location,
                &c.verdict,
                &c.source,
                c.witnessed,
                c.decided
            ]
        })
        .collect();
    tx.execute_each(&SAVE, &rows).await
}

/// Check-ins of some persons from one day to another, by person and time of receipt.
///
/// # Errors
/// [`StoreError`]
pub async fn of_subjects(
    db: &mut Reader,
    project: Uuid,
    subjects: &[Uuid],
    days: (&str, &str),
) -> Result<Vec<Checkin>, StoreError> {
    db.fetch_all(&OF_SUBJECTS, &args![project, subjects, days.0, days.1]).await?.iter().map(checkin).collect()
}

/// Check-ins of some persons that may lie on a day: of this day or one until `last`, made before `until` (Unix ms), its end, at the earliest.
///
/// # Errors
/// [`StoreError`]
pub async fn may_lie(
    db: &mut Reader,
    project: Uuid,
    subjects: &[Uuid],
    (day, last, until): (&str, &str, i64),
) -> Result<Vec<Checkin>, StoreError> {
    db.fetch_all(&MAY_LIE, &args![project, subjects, day, last, until]).await?.iter().map(checkin).collect()
}

/// All check-ins of a day, by person and time of receipt.
///
/// # Errors
/// [`StoreError`]
pub async fn of_day(db: &mut Reader, project: Uuid, day: &str) -> Result<Vec<Checkin>, StoreError> {
    db.fetch_all(&OF_DAY, &args![project, day]).await?.iter().map(checkin).collect()
}

/// Check-ins by id; ids without one are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, keys: &[Key]) -> Result<Vec<Checkin>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    db.fetch_rows(&LOAD, &rows).await?.iter().map(checkin).collect()
}

/// Gives out posts, or takes them back.
///
/// # Errors
/// [`StoreError`]
pub async fn assign_posts(tx: &mut Tx, assignments: &[PostAssignment]) -> Result<(), StoreError> {
    let rows: Vec<_> =
        assignments.iter().map(|a| args![a.project, a.id, &a.day, a.subject, a.post, a.taken_back]).collect();
    tx.execute_each(&ASSIGN, &rows).await
}

/// Posts given out, by the ids of their records; ids without one are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn assignments(db: &mut Reader, keys: &[Key]) -> Result<Vec<PostAssignment>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    db.fetch_rows(&ASSIGNMENTS, &rows).await?.iter().map(assignment).collect()
}

/// Who was given a post for a day, those who gave it back included.
///
/// # Errors
/// [`StoreError`]
pub async fn on_post(db: &mut Reader, project: Uuid, day: &str, post: Uuid) -> Result<Vec<PostAssignment>, StoreError> {
    db.fetch_all(&ON_POST, &args![project, day, post]).await?.iter().map(assignment).collect()
}

/// The posts of some persons on a day, those taken back included.
///
/// # Errors
/// [`StoreError`]
pub async fn assigned_posts(
    db: &mut Reader,
    project: Uuid,
    day: &str,
    subjects: &[Uuid],
) -> Result<Vec<PostAssignment>, StoreError> {
    db.fetch_all(&ASSIGNED, &args![project, day, subjects]).await?.iter().map(assignment).collect()
}

fn checkin(row: &Row) -> Result<Checkin, StoreError> {
    Ok(Checkin {
        project: row.id("project")?,
        id: row.id("id")?,
        owner: row.id("owner")?,
        subject: row.id("subject")?,
        kind: row.text("type")?,
        day: row.text("day")?,
        moment: moment(row)?,
        location: row.opt_text("location")?,
        verdict: row.text("verdict")?,
        source: row.text("source")?,
        witnessed: row.bool("witnessed")?,
        decided: row.bool("decided")?,
    })
}

fn assignment(row: &Row) -> Result<PostAssignment, StoreError> {
    Ok(PostAssignment {
        project: row.id("project")?,
        id: row.id("id")?,
        day: row.text("day")?,
        subject: row.id("subject")?,
        post: row.id("post")?,
        taken_back: row.opt_i64("taken_back")?,
    })
}
