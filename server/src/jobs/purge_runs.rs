//! What the jobs did is kept for a season.

use super::{BATCH, Run, is_full};
use crate::error::AppError;
use crate::store::{job_runs, run_tx};

/// How long runs can be looked up.
const KEEP_MS: i64 = 90 * 24 * 60 * 60 * 1_000;

/// Removes runs that were due more than ninety days ago.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let before = run.now.saturating_sub(KEEP_MS);
    let mut done = 0;
    loop {
        let purged =
            run_tx(&run.app.db, "purge_runs", async |mut tx| job_runs::purge(&mut tx, run.org, before, BATCH).await);
        let purged = purged.await?;
        done += purged;
        if !is_full(purged) {
            return Ok(done);
        }
    }
}
