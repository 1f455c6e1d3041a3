//! Refused and parked ops reach the office: what the push transaction noted is shown in the office's bucket by a transaction of its own.

use sync_core::exchange::{Outcome, Status};

use super::{BATCH, Run};
use crate::error::AppError;
use crate::facts::segment;
use crate::facts::{Facts, Need};
use crate::store::fates::{self, OpFate};
use crate::store::{Tx, oplog, run_tx};

/// Whether there is something the office has not been told.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    Ok(fates::any_untold(&mut run.app.db.read().await?, run.org).await?)
}

/// Tells what has not been told.
///
/// # Errors
/// Those of the store and the op log; what was committed stays told.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        match run_tx(&run.app.db, "tell_office", async |mut tx| tell(run, &mut tx).await).await? {
            0 => return Ok(done),
            told => done += told,
        }
    }
}

async fn tell(run: &Run, tx: &mut Tx) -> Result<u64, AppError> {
    let unit = run.begin(tx).await?;
    let untold = fates::untold(tx, run.org, BATCH).await?;
    let mut facts = Facts::load(tx, &unit, &Need::default()).await?;
    for fate in &untold {
        let outcome = outcome(tx, fate).await?;
        facts.tell_outcome(fate.key, None, fate.device, &outcome);
    }
    fates::tell(tx, &untold).await?;
    facts.save(tx, &unit).await?;
    Ok(untold.len() as u64)
}

/// The outcome as the phone was given it.
async fn outcome(tx: &mut Tx, fate: &OpFate) -> Result<Outcome, AppError> {
    let seq = fate.seq.cast_unsigned();
    if let Some(logged) = oplog::segment_holding(tx, fate.org, fate.device, fate.seq).await?
        && let Some(outcome) = segment::outcomes_of(&logged.index)?.into_iter().find(|outcome| outcome.seq == seq)
    {
        return Ok(outcome);
    }
    let status = if fate.status == Status::Parked.as_str() { Status::Parked } else { Status::Rejected };
    Ok(Outcome { seq, status, rule: fate.rule.clone(), message: None, record: Some(fate.key.id) })
}
