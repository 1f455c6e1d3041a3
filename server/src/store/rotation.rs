//! The rotation (A位): whose turn it is to receive a customer (CF-4).
//!
//! A turn goes to the candidate whose last turn is longest ago. Turns are numbered under a lock of the project's row, so
//! two desks at once never get the same one, and a sheet that asks again gets the turn it had.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

statements! {
    OPEN = "INSERT INTO rotations (project, turn) VALUES ($1, 0) ON CONFLICT (project) DO NOTHING";
    LOCK = "SELECT turn FROM rotations WHERE project = $1 {for update}";
    SET = "UPDATE rotations SET turn = $2 WHERE project = $1";
    ADD = "INSERT INTO rotation_turns (project, turn, consultant, sheet, day, at, actor, reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    OF_SHEET = "SELECT project, turn, consultant, sheet, day, at, actor, reason FROM rotation_turns
        WHERE project = $1 AND sheet = $2";
    LAST_TURNS = "SELECT consultant, MAX(turn) AS turn FROM rotation_turns
        WHERE project = $1 AND consultant IN {blobs $2} GROUP BY consultant";
    OF_DAY = "SELECT project, turn, consultant, sheet, day, at, actor, reason FROM rotation_turns
        WHERE project = $1 AND day = $2 ORDER BY turn";
}

/// A turn taken, or skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The project.
    pub project: Uuid,
    /// Its number on this project: 1, 2, 3 …
    pub turn: i64,
    /// Whose turn it was.
    pub consultant: Uuid,
    /// The sheet that took it; the skip's own id when there is a `reason`.
    pub sheet: Uuid,
    /// The project's day.
    pub day: String,
    /// Unix ms.
    pub at: i64,
    /// Who opened the sheet or skipped the turn.
    pub actor: Uuid,
    /// Why it was skipped.
    pub reason: Option<String>,
}

/// What a turn is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose<'a> {
    /// To receive the customer of a sheet.
    Sheet(Uuid),
    /// To be passed over.
    Skip {
        /// Names the skip: asked for again, it is the same turn.
        id: Uuid,
        /// Why.
        reason: &'a str,
    },
}

/// Who asks for a turn, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<'a> {
    /// The project.
    pub project: Uuid,
    /// The project's day.
    pub day: &'a str,
    /// Unix ms.
    pub at: i64,
    /// The user who asks.
    pub actor: Uuid,
}

/// Gives the next turn among `candidates`, in whose order those begin who never had one. A sheet or skip that had a turn
/// gets the same again, whoever the candidates are now; `None` when there is neither.
///
/// # Errors
/// [`StoreError`]
pub async fn take(
    tx: &mut Tx,
    call: &Call<'_>,
    candidates: &[Uuid],
    purpose: &Purpose<'_>,
) -> Result<Option<Turn>, StoreError> {
    tx.execute(&OPEN, &args![call.project]).await?;
    let last = tx.fetch_one(&LOCK, &args![call.project]).await?.i64("turn")?;
    let (sheet, reason) = match *purpose {
        Purpose::Sheet(sheet) => (sheet, None),
        Purpose::Skip { id, reason } => (id, Some(reason.to_owned())),
    };
    if let Some(turn) = of_sheet(tx, call.project, sheet).await? {
        return Ok(Some(turn));
    }
    let turns = last_turns(tx, call.project, candidates).await?;
    let Some(consultant) = next(candidates, &turns) else { return Ok(None) };
    let turn = Turn {
        project: call.project,
        turn: last + 1,
        consultant,
        sheet,
        day: call.day.to_owned(),
        at: call.at,
        actor: call.actor,
        reason,
    };
    let t = &turn;
    tx.execute_one(&ADD, &args![t.project, t.turn, t.consultant, t.sheet, &t.day, t.at, t.actor, &t.reason]).await?;
    tx.execute_one(&SET, &args![t.project, t.turn]).await?;
    Ok(Some(turn))
}

/// The turn a sheet, or a skip, took.
///
/// # Errors
/// [`StoreError`]
pub async fn of_sheet(db: &mut Reader, project: Uuid, sheet: Uuid) -> Result<Option<Turn>, StoreError> {
    db.fetch_optional(&OF_SHEET, &args![project, sheet]).await?.as_ref().map(turn).transpose()
}

/// The number of each candidate's last turn; those who never had one are missing.
///
/// # Errors
/// [`StoreError`]
pub async fn last_turns(
    db: &mut Reader,
    project: Uuid,
    candidates: &[Uuid],
) -> Result<BTreeMap<Uuid, i64>, StoreError> {
    let rows = db.fetch_all(&LAST_TURNS, &args![project, candidates]).await?;
    rows.iter().map(|row| Ok((row.id("consultant")?, row.i64("turn")?))).collect()
}

/// All turns of a day, in order.
///
/// # Errors
/// [`StoreError`]
pub async fn of_day(db: &mut Reader, project: Uuid, day: &str) -> Result<Vec<Turn>, StoreError> {
    db.fetch_all(&OF_DAY, &args![project, day]).await?.iter().map(turn).collect()
}

/// Who is next: the one whose last turn is longest ago, in the order of `candidates` among those who had none.
pub fn next(candidates: &[Uuid], last_turns: &BTreeMap<Uuid, i64>) -> Option<Uuid> {
    candidates.iter().copied().min_by_key(|candidate| last_turns.get(candidate).copied().unwrap_or(0))
}

fn turn(row: &Row) -> Result<Turn, StoreError> {
    Ok(Turn {
        project: row.id("project")?,
        turn: row.i64("turn")?,
        consultant: row.id("consultant")?,
        sheet: row.id("sheet")?,
        day: row.text("day")?,
        at: row.i64("at")?,
        actor: row.id("actor")?,
        reason: row.opt_text("reason")?,
    })
}
