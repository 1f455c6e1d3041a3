//! Spot checks whose time is over: a flag on the day, and a notice to the lead (AT-11). An answer that comes in late and was given in time
//! takes both back.

use super::{BATCH, Run, is_full};
use crate::error::AppError;
use crate::facts::{Facts, Need};
use crate::store::{Key, Tx, run_tx, spot_checks};

/// Whether a spot check's time is over.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    Ok(!spot_checks::due(&mut run.app.db.read().await?, run.project, run.now, 1).await?.is_empty())
}

/// Rules on what is due; how many that were.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        let settled = run_tx(&run.app.db, "watch_spot_checks", async |mut tx| watch(run, &mut tx).await).await?;
        done += settled;
        if !is_full(settled) {
            return Ok(done);
        }
    }
}

async fn watch(run: &Run, tx: &mut Tx) -> Result<u64, AppError> {
    let (unit, project) = (run.begin(tx).await?, run.project);
    let due = spot_checks::due(tx, project, unit.now, BATCH).await?;
    let keys: Vec<Key> = due.iter().map(|row| Key { project, id: row.id }).collect();
    let mut need = Need::default();
    for key in &keys {
        need.spot_check(*key);
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    for key in &keys {
        if let Some(row) = facts.spot_checks.get(key).filter(|row| row.state == "delivered").cloned() {
            facts.settle_spot_check(&unit.directory, &row, None);
        }
    }
    facts.save(tx, &unit).await?;
    Ok(keys.len() as u64)
}
