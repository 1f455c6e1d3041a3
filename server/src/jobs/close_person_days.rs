//! AT: the days of persons are closed when they are over, and ruled on again when late evidence comes in.

use super::Run;
use crate::app::close_person_days::close_person_days;
use crate::error::AppError;
use crate::store::person_days;

/// Whether a day is over that was not closed, or one that was closed is due again.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    let mut db = run.app.db.read().await?;
    let through = person_days::closed_through(&mut db, run.project).await?;
    let yesterday = run.today.pred_opt().unwrap_or(run.today).to_string();
    Ok(through.is_none_or(|through| through < yesterday)
        || !person_days::due(&mut db, run.project, &run.today.to_string(), 1).await?.is_empty())
}

/// Closes the days of a project before today, and rules on what is due; how many persons' days that were.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    close_person_days(&run.app, run.org, run.project, run.today).await
}
