//! Tombstones that are older than any phone may be are removed; a copy begun before them starts again.

use super::{BATCH, Run};
use crate::error::AppError;
use crate::store::{feed, run_tx};

/// How long phones are told what has gone.
const KEEP_MS: i64 = 180 * 24 * 60 * 60 * 1_000;

/// Removes tombstones that are older than half a year.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let before = run.now.saturating_sub(KEEP_MS);
    let mut done = 0;
    loop {
        let purged = run_tx(&run.app.db, "purge_feed", async |mut tx| {
            run.begin(&mut tx).await?;
            Ok::<_, AppError>(feed::purge(&mut tx, run.org, before, BATCH).await?)
        });
        match purged.await? {
            0 => return Ok(done),
            purged => done += purged as u64,
        }
    }
}
