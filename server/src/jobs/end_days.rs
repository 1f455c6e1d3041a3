//! A project's day is over: unused bookings expire and leave the bookings of the day (BK-2, BK-6).

use super::{BATCH, Run, is_full};
use crate::error::AppError;
use crate::facts::directory::bucket;
use crate::facts::{Facts, Need, Unit};
use crate::rules::booking::BookingVerdict;
use crate::store::{Key, Tx, bookings, run_tx};
use crate::sync::judge::Judge;

/// Ends the days of a project before today.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        let expired = run_tx(&run.app.db, "expire_bookings", async |mut tx| expire(run, &mut tx).await).await?;
        done += expired;
        if !is_full(expired) {
            return Ok(done);
        }
    }
}

/// BK-6, BK-2: how many.
async fn expire(run: &Run, tx: &mut Tx) -> Result<u64, AppError> {
    let unit = run.begin(tx).await?;
    let keys = bookings::left_over(tx, run.org, &bucket::bookings(run.project), &run.today.to_string(), BATCH).await?;
    let mut facts = load(tx, &unit, &keys).await?;
    for key in &keys {
        let Some(record) = facts.records.get(key).cloned() else { continue };
        let state = facts.bookings.get(key).and_then(|row| row.state.parse().ok());
        match state {
            Some(BookingVerdict::Live | BookingVerdict::Review | BookingVerdict::Contested) => {
                Judge { directory: &unit.directory, facts: &mut facts }.expire_booking(record);
            }
            // its audience is without the bookings of the day from now on
            _ => facts.records.put(*key, record),
        }
    }
    facts.save(tx, &unit).await?;
    Ok(keys.len() as u64)
}

async fn load(tx: &mut Tx, unit: &Unit, keys: &[Key]) -> Result<Facts, AppError> {
    let mut need = Need::default();
    for key in keys {
        need.record(*key);
    }
    Facts::load(tx, unit, &need).await
}
