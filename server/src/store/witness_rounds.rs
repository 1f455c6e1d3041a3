//! Whole posts that were witnessed at once (AT-10), so that asking again is answered the same.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Key, Reader, StoreError, Tx};

statements! {
    ADD = "INSERT INTO witness_rounds (project, id, author, at, request, answer) VALUES ($1, $2, $3, $4, $5, $6)";
    FIND = "SELECT author, at, request, answer FROM witness_rounds WHERE project = $1 AND id = $2";
}

/// A round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessRound {
    /// Project and id.
    pub key: Key,
    /// Who witnessed.
    pub author: Uuid,
    /// When, Unix ms.
    pub at: i64,
    /// What was asked, JSON.
    pub request: String,
    /// What was answered, JSON.
    pub answer: String,
}

/// Stores a round.
///
/// # Errors
/// [`StoreError`], also when its id is known.
pub async fn add(tx: &mut Tx, round: &WitnessRound) -> Result<(), StoreError> {
    let r = round;
    tx.execute_one(&ADD, &args![r.key.project, r.key.id, r.author, r.at, &r.request, &r.answer]).await
}

/// The round of this id.
///
/// # Errors
/// [`StoreError`]
pub async fn find(db: &mut Reader, key: Key) -> Result<Option<WitnessRound>, StoreError> {
    let found = db.fetch_optional(&FIND, &args![key.project, key.id]).await?;
    let round = |row: super::Row| {
        Ok(WitnessRound {
            key,
            author: row.id("author")?,
            at: row.i64("at")?,
            request: row.text("request")?,
            answer: row.text("answer")?,
        })
    };
    found.map(round).transpose()
}
