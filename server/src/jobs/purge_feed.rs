//! Tombstones that are older than any phone may be are removed; a copy begun before them starts again.

use super::{BATCH, begin};
use crate::error::AppError;
use crate::state::App;
use crate::store::{feed, run_tx};

/// How long phones are told what has gone.
const KEEP_MS: i64 = 180 * 24 * 60 * 60 * 1_000;

/// Removes tombstones that are older than half a year at `now` (Unix ms).
///
/// # Errors
/// Those of the store.
pub(super) async fn run(app: &App, org: i64, now: i64) -> Result<(), AppError> {
    let before = now.saturating_sub(KEEP_MS);
    loop {
        let purged = run_tx(&app.db, "purge_feed", async |mut tx| {
            begin(app, &mut tx, org, "purge_feed").await?;
            Ok::<_, AppError>(feed::purge(&mut tx, org, before, BATCH).await?)
        });
        if purged.await? == 0 {
            return Ok(());
        }
    }
}
