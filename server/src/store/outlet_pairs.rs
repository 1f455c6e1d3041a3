//! Cards that may be one outlet's (OV-2).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

statements! {
    SUSPECT = "INSERT INTO outlet_pairs (project, one, other, at, why, state)
        {rows blob, blob, blob, bigint, text, text} ON CONFLICT (project, one, other) DO NOTHING";
    SETTLE = "INSERT INTO outlet_pairs (project, one, other, at, why, state)
        {rows blob, blob, blob, bigint, text, text}
        ON CONFLICT (project, one, other) DO UPDATE SET state = excluded.state";
    CLOSE = "UPDATE outlet_pairs SET state = 'merged' WHERE project = $1 AND (one = $2 OR other = $2) AND state = 'open'";
    OPEN_PAIRS = "SELECT p.project, p.one, p.other, p.at, p.why, p.state FROM outlet_pairs p
        JOIN outlets a ON a.project = p.project AND a.id = p.one AND a.state <> 'deleted'
        JOIN outlets b ON b.project = p.project AND b.id = p.other AND b.state <> 'deleted'
        WHERE p.project = $1 AND p.state = 'open'
            AND ($2 OR a.team IS NULL OR b.team IS NULL OR a.team IN {blobs $3} OR b.team IN {blobs $3})
            AND (p.at > $4 OR (p.at = $4 AND p.one > $5) OR (p.at = $4 AND p.one = $5 AND p.other > $6))
        ORDER BY p.at, p.one, p.other LIMIT $7";
    FIND = "SELECT project, one, other, at, why, state FROM outlet_pairs WHERE project = $1 AND one = $2 AND other = $3";
}

/// Two cards that may be one outlet's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The project.
    pub project: Uuid,
    /// The card with the lower id.
    pub one: Uuid,
    /// The other.
    pub other: Uuid,
    /// When somebody saw that, Unix ms.
    pub at: i64,
    /// `name` or `place`.
    pub why: String,
    /// `open`, `distinct` or `merged`.
    pub state: String,
}

impl Pair {
    /// Two cards in order.
    pub fn of(project: Uuid, cards: (Uuid, Uuid), at: i64, why: &str, state: &str) -> Self {
        let (one, other) = (cards.0.min(cards.1), cards.0.max(cards.1));
        Self { project, one, other, at, why: why.to_owned(), state: state.to_owned() }
    }
}

/// Where a list of pairs goes on: instant and cards of the last one.
pub type After = (i64, Uuid, Uuid);

/// Keeps suspicions; what was thought of two cards before stays.
///
/// # Errors
/// [`StoreError`]
pub async fn suspect(tx: &mut Tx, pairs: &[Pair]) -> Result<u64, StoreError> {
    let rows: Vec<_> = pairs.iter().map(|p| args![p.project, p.one, p.other, p.at, &p.why, &p.state]).collect();
    tx.execute_rows(&SUSPECT, &rows).await
}

/// Keeps what was decided about two cards.
///
/// # Errors
/// [`StoreError`]
pub async fn settle(tx: &mut Tx, pair: &Pair) -> Result<(), StoreError> {
    let p = pair;
    tx.execute_each(&SETTLE, &[args![p.project, p.one, p.other, p.at, &p.why, &p.state]]).await
}

/// A card is gone: what was suspected of it is over.
///
/// # Errors
/// [`StoreError`]
pub async fn close(tx: &mut Tx, project: Uuid, card: Uuid) -> Result<(), StoreError> {
    tx.execute(&CLOSE, &args![project, card]).await.map(drop)
}

/// A page of open suspicions, oldest first; of the cards of some teams and of those of no team, or of all.
///
/// # Errors
/// [`StoreError`]
pub async fn open(
    db: &mut Reader,
    project: Uuid,
    teams: Option<&[Uuid]>,
    after: Option<After>,
    limit: i64,
) -> Result<Vec<Pair>, StoreError> {
    let (at, one, other) = after.unwrap_or((i64::MIN, Uuid::nil(), Uuid::nil()));
    let args = args![project, teams.is_none(), teams.unwrap_or_default(), at, one, other, limit];
    db.fetch_all(&OPEN_PAIRS, &args).await?.iter().map(pair).collect()
}

/// What is thought of two cards.
///
/// # Errors
/// [`StoreError`]
pub async fn find(db: &mut Reader, project: Uuid, cards: (Uuid, Uuid)) -> Result<Option<Pair>, StoreError> {
    let (one, other) = (cards.0.min(cards.1), cards.0.max(cards.1));
    db.fetch_optional(&FIND, &args![project, one, other]).await?.as_ref().map(pair).transpose()
}

fn pair(row: &Row) -> Result<Pair, StoreError> {
    Ok(Pair {
        project: row.id("project")?,
        one: row.id("one")?,
        other: row.id("other")?,
        at: row.i64("at")?,
        why: row.text("why")?,
        state: row.text("state")?,
    })
}
