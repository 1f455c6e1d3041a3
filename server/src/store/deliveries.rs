//! When rulings that went against somebody reached a phone of theirs (DS-4).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, StoreError, Tx};

statements! {
    NOTE = "INSERT INTO deliveries (project, ruling, user_id, reached_at) {rows blob, blob, blob, bigint}
        ON CONFLICT (project, ruling, user_id) DO NOTHING";
    REACHED = "SELECT reached_at FROM deliveries WHERE project = $1 AND ruling = $2 AND user_id = $3";
}

/// Notes that these rulings (project and id) have reached somebody at `at` (Unix ms). What was noted before stays.
///
/// # Errors
/// [`StoreError`]
pub async fn note(tx: &mut Tx, rulings: &[(Uuid, Uuid)], user: Uuid, at: i64) -> Result<(), StoreError> {
    let rows: Vec<_> = rulings.iter().map(|&(project, ruling)| args![project, ruling, user, at]).collect();
    tx.execute_rows(&NOTE, &rows).await.map(drop)
}

/// When a ruling reached somebody, Unix ms.
///
/// # Errors
/// [`StoreError`]
pub async fn reached(db: &mut Reader, project: Uuid, ruling: Uuid, user: Uuid) -> Result<Option<i64>, StoreError> {
    let row = db.fetch_optional(&REACHED, &args![project, ruling, user]).await?;
    row.map(|row| row.i64("reached_at")).transpose()
}
