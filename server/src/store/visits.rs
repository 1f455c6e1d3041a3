//! What the rules need to know of visits to outlets (OV-5).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "v.project, v.id, v.outlet, v.owner, v.team, v.lead, v.day, v.at, v.own, v.outcome, v.basis, v.decided, v.placed"
    };
}

statements! {
    SAVE = "INSERT INTO visits (project, id, outlet, owner, team, lead, day, at, own, outcome, basis, decided, placed)
        {rows blob, blob, blob, blob, blob, blob, text, bigint, text, text, blob, boolean, boolean}
        ON CONFLICT (project, id) DO UPDATE SET outlet = excluded.outlet, day = excluded.day, at = excluded.at,
            own = excluded.own, outcome = excluded.outcome, basis = excluded.basis, decided = excluded.decided,
            placed = excluded.placed";
    LOAD = concat!(
        "WITH input (project, id) AS ({rows blob, blob}) SELECT ", columns!(),
        " FROM input JOIN visits v ON v.project = input.project AND v.id = input.id"
    );
    OF_DAYS = concat!(
        "WITH input (project, outlet, day) AS ({rows blob, blob, text}) SELECT ", columns!(),
        " FROM input JOIN visits v ON v.project = input.project AND v.outlet = input.outlet AND v.day = input.day"
    );
    UNPLACED = concat!(
        "WITH input (project, outlet) AS ({rows blob, blob}) SELECT ", columns!(),
        " FROM input JOIN visits v ON v.project = input.project AND v.outlet = input.outlet AND NOT v.placed"
    );
    DAYS = "SELECT DISTINCT day FROM visits WHERE project = $1 AND outlet = $2 ORDER BY day";
    MOVE = "UPDATE visits SET outlet = $3 WHERE project = $1 AND outlet = $2";
    COUNT = "SELECT outlet, COUNT(*) AS counted FROM visits
        WHERE project = $1 AND outlet IN {blobs $2} AND day >= $3 AND day <= $4 AND outcome = 'counted' GROUP BY outlet";
}

/// A visit to an outlet as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The project.
    pub project: Uuid,
    /// Id of the record.
    pub id: Uuid,
    /// The card that stands for the outlet now; the record names the one it was said about.
    pub outlet: Uuid,
    /// Who was there.
    pub owner: Uuid,
    /// The owner's team at the visit.
    pub team: Option<Uuid>,
    /// The lead it brought, or was about.
    pub lead: Option<Uuid>,
    /// The project's day.
    pub day: String,
    /// The instant visits of a day are ordered by (Unix ms).
    pub at: i64,
    /// What it is worth by itself: a verdict, or a lead's decision.
    pub own: String,
    /// The verdict that stands, beside the other visits of the day.
    pub outcome: String,
    /// What it was judged on, as a digest.
    pub basis: Uuid,
    /// A lead has decided what it is worth by itself.
    pub decided: bool,
    /// The outlet's card was known when it was judged.
    pub placed: bool,
}

/// Stores visits, each once, new ones and changed ones.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, visits: &[Visit]) -> Result<(), StoreError> {
    let rows: Vec<_> = visits
        .iter()
        .map(|v| {
            args![
                v.project, v.id, v.outlet, v.owner, v.team, v.lead, &v.day, v.at, &v.own, &v.outcome, v.basis,
                v.decided, v.placed
            ]
        })
        .collect();
    tx.execute_each(&SAVE, &rows).await
}

/// Visits by id; ids without one are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, keys: &[Key]) -> Result<Vec<Visit>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    db.fetch_rows(&LOAD, &rows).await?.iter().map(visit).collect()
}

/// The visits to outlets on some days.
///
/// # Errors
/// [`StoreError`]
pub async fn of_days(db: &mut Reader, days: &[(Key, String)]) -> Result<Vec<Visit>, StoreError> {
    let rows: Vec<_> = days.iter().map(|(outlet, day)| args![outlet.project, outlet.id, day]).collect();
    db.fetch_rows(&OF_DAYS, &rows).await?.iter().map(visit).collect()
}

/// The visits that came before their outlet's card.
///
/// # Errors
/// [`StoreError`]
pub async fn unplaced(db: &mut Reader, outlets: &[Key]) -> Result<Vec<Visit>, StoreError> {
    let rows: Vec<_> = outlets.iter().map(|outlet| args![outlet.project, outlet.id]).collect();
    db.fetch_rows(&UNPLACED, &rows).await?.iter().map(visit).collect()
}

/// The days on which an outlet was visited.
///
/// # Errors
/// [`StoreError`]
pub async fn days(db: &mut Reader, outlet: Key) -> Result<Vec<String>, StoreError> {
    db.fetch_all(&DAYS, &args![outlet.project, outlet.id]).await?.iter().map(|row| row.text("day")).collect()
}

/// Moves the visits of one card to another (OV-2).
///
/// # Errors
/// [`StoreError`]
pub async fn move_to(tx: &mut Tx, from: Key, into: Uuid) -> Result<(), StoreError> {
    tx.execute(&MOVE, &args![from.project, from.id, into]).await.map(drop)
}

/// How many visits to these outlets count from one day to another.
///
/// # Errors
/// [`StoreError`]
pub async fn count(
    db: &mut Reader,
    project: Uuid,
    outlets: &[Uuid],
    (first, last): (&str, &str),
) -> Result<Vec<(Uuid, i64)>, StoreError> {
    let rows = db.fetch_all(&COUNT, &args![project, outlets, first, last]).await?;
    rows.iter().map(|row| Ok((row.id("outlet")?, row.i64("counted")?))).collect()
}

fn visit(row: &Row) -> Result<Visit, StoreError> {
    Ok(Visit {
        project: row.id("project")?,
        id: row.id("id")?,
        outlet: row.id("outlet")?,
        owner: row.id("owner")?,
        team: row.opt_id("team")?,
        lead: row.opt_id("lead")?,
        day: row.text("day")?,
        at: row.i64("at")?,
        own: row.text("own")?,
        outcome: row.text("outcome")?,
        basis: row.id("basis")?,
        decided: row.bool("decided")?,
        placed: row.bool("placed")?,
    })
}
