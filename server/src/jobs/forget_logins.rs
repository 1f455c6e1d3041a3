//! Logins that ended are forgotten once nobody has to be told why they are over.

use super::Run;
use crate::error::AppError;
use crate::store::{run_tx, tokens};

/// Expired logins are kept for so long, to be told from logins that never were.
const KEEP_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// Forgets logins that expired more than a week ago.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let before = run.now.saturating_sub(KEEP_MS);
    let forgotten =
        run_tx(&run.app.db, "forget_logins", async |mut tx| tokens::forget_expired(&mut tx, run.org, before).await);
    Ok(forgotten.await?)
}
