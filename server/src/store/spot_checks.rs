//! Spot checks: issued, delivered, answered or not (AT-11).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "project, id, batch, request, subject, team, issued_at, issued_by, reached_at, due_at, state, answer, decided"
    };
}

statements! {
    SAVE = "INSERT INTO spot_checks (project, id, batch, request, subject, team, issued_at, issued_by, reached_at, due_at,
            state, answer, decided)
        {rows blob, blob, blob, text, blob, blob, bigint, blob, bigint, bigint, text, blob, boolean}
        ON CONFLICT (project, id) DO UPDATE SET reached_at = excluded.reached_at, due_at = excluded.due_at,
            state = excluded.state, answer = excluded.answer, decided = excluded.decided";
    LOAD = "WITH input (project, id) AS ({rows blob, blob}) SELECT s.project, s.id, s.batch, s.request, s.subject, s.team,
            s.issued_at, s.issued_by, s.reached_at, s.due_at, s.state, s.answer, s.decided
        FROM input JOIN spot_checks s ON s.project = input.project AND s.id = input.id";
    UNANSWERED = concat!(
        "SELECT ", columns!(), " FROM spot_checks
        WHERE project = $1 AND subject IN {blobs $2} AND issued_at >= $3 AND state <> 'issued' AND state <> 'answered'
            AND NOT decided
        ORDER BY subject, issued_at, id"
    );
    DUE = concat!(
        "SELECT ", columns!(), " FROM spot_checks WHERE project = $1 AND state = 'delivered' AND due_at <= $2
        ORDER BY due_at, id LIMIT $3"
    );
    OF_BATCH = concat!("SELECT ", columns!(), " FROM spot_checks WHERE project = $1 AND batch = $2 ORDER BY id");
    LIST = concat!(
        "SELECT ", columns!(), " FROM spot_checks
        WHERE project = $1 AND issued_at >= $2 AND issued_at < $3 AND (issued_at > $4 OR (issued_at = $4 AND id > $5))
            AND ($6 OR team IN {blobs $7}) AND (state = $8 OR $8 IS NULL)
        ORDER BY issued_at, id LIMIT $9"
    );
}

/// A spot check of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpotCheck {
    /// The project.
    pub project: Uuid,
    /// Id of the record.
    pub id: Uuid,
    /// The request that issued it, with others.
    pub batch: Uuid,
    /// What was requested, as a digest.
    pub request: String,
    /// Who is checked.
    pub subject: Uuid,
    /// The team of that person.
    pub team: Option<Uuid>,
    /// When it was issued, Unix ms.
    pub issued_at: i64,
    /// By whom.
    pub issued_by: Uuid,
    /// When it reached the person's phone, Unix ms.
    pub reached_at: Option<i64>,
    /// By when it is to be answered, Unix ms.
    pub due_at: Option<i64>,
    /// `issued`, `delivered`, `answered`, `missed` or `review`.
    pub state: String,
    /// The check-in that answered it.
    pub answer: Option<Uuid>,
    /// Whether a person decided it.
    pub decided: bool,
}

/// Which spot checks a list holds.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    /// The project.
    pub project: Uuid,
    /// Issued in this span, half-open, Unix ms.
    pub span: (i64, i64),
    /// Those of these teams; all when there are none.
    pub teams: Option<&'a [Uuid]>,
    /// In this state.
    pub state: Option<&'a str>,
    /// Behind this one.
    pub after: Option<(i64, Uuid)>,
}

/// Stores spot checks. Of one stored before, only what became of it changes.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, checks: &[SpotCheck]) -> Result<(), StoreError> {
    let rows: Vec<_> = checks
        .iter()
        .map(|s| {
            args![
                s.project,
                s.id,
                s.batch,
                &s.request,
                s.subject,
                s.team,
                s.issued_at,
                s.issued_by,
                s.reached_at,
                s.due_at,
                &s.state,
                s.answer,
                s.decided
            ]
        })
        .collect();
    tx.execute_each(&SAVE, &rows).await
}

/// Spot checks by id; ids without one are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, keys: &[Key]) -> Result<Vec<SpotCheck>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    db.fetch_rows(&LOAD, &rows).await?.iter().map(spot_check).collect()
}

/// The delivered spot checks of some persons, issued at `since` (Unix ms) or later, that nobody answered in time yet.
///
/// # Errors
/// [`StoreError`]
pub async fn unanswered(
    db: &mut Reader,
    project: Uuid,
    subjects: &[Uuid],
    since: i64,
) -> Result<Vec<SpotCheck>, StoreError> {
    db.fetch_all(&UNANSWERED, &args![project, subjects, since]).await?.iter().map(spot_check).collect()
}

/// At most `limit` spot checks whose time is over at `now` (Unix ms).
///
/// # Errors
/// [`StoreError`]
pub async fn due(db: &mut Reader, project: Uuid, now: i64, limit: i64) -> Result<Vec<SpotCheck>, StoreError> {
    db.fetch_all(&DUE, &args![project, now, limit]).await?.iter().map(spot_check).collect()
}

/// The spot checks of one request.
///
/// # Errors
/// [`StoreError`]
pub async fn of_batch(db: &mut Reader, project: Uuid, batch: Uuid) -> Result<Vec<SpotCheck>, StoreError> {
    db.fetch_all(&OF_BATCH, &args![project, batch]).await?.iter().map(spot_check).collect()
}

/// At most `limit` spot checks, by time of issue.
///
/// # Errors
/// [`StoreError`]
pub async fn list(db: &mut Reader, filter: &Filter<'_>, limit: i64) -> Result<Vec<SpotCheck>, StoreError> {
    let Filter { project, span: (from, until), teams, state, after } = *filter;
    let (at, id) = after.unwrap_or((i64::MIN, Uuid::nil()));
    let all = teams.is_none();
    let teams = teams.unwrap_or_default();
    let args = args![project, from, until, at, id, all, teams, state, limit];
    db.fetch_all(&LIST, &args).await?.iter().map(spot_check).collect()
}

fn spot_check(row: &Row) -> Result<SpotCheck, StoreError> {
    Ok(SpotCheck {
        project: row.id("project")?,
        id: row.id("id")?,
        batch: row.id("batch")?,
        request: row.text("request")?,
        subject: row.id("subject")?,
        team: row.opt_id("team")?,
        issued_at: row.i64("issued_at")?,
        issued_by: row.id("issued_by")?,
        reached_at: row.opt_i64("reached_at")?,
        due_at: row.opt_i64("due_at")?,
        state: row.text("state")?,
        answer: row.opt_id("answer")?,
        decided: row.bool("decided")?,
    })
}
