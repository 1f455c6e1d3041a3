//! Ends protections whose period is over, so that their holders see it without anybody asking (PR-4).

use super::{BATCH, Run, is_full};
use crate::error::AppError;
use crate::facts::{Facts, Need};
use crate::store::{Key, protections, run_tx};

/// Whether a protection has lapsed.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    Ok(!protections::lapsed(&mut run.app.db.read().await?, run.project, run.now, 1).await?.is_empty())
}

/// Ends all protections of a project that have lapsed. Whoever locks a customer ends the customer's own at once, by the same
/// [`Facts::lapse_protections`].
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        let ended = lapse(run).await?;
        done += ended;
        if !is_full(ended) {
            return Ok(done);
        }
    }
}

/// Ends some; how many.
async fn lapse(run: &Run) -> Result<u64, AppError> {
    run_tx(&run.app.db, "lapse_protections", async |mut tx| {
        let unit = run.begin(&mut tx).await?;
        let lapsed = protections::lapsed(&mut tx, run.project, unit.now, BATCH).await?;
        let mut need = Need::default();
        for row in &lapsed {
            need.customer(Key { project: run.project, id: row.customer });
        }
        if !lapsed.is_empty() {
            // loading them ends what has lapsed
            Facts::load(&mut tx, &unit, &need).await?.save(&mut tx, &unit).await?;
        }
        Ok(lapsed.len() as u64)
    })
    .await
}
