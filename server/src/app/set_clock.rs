//! `PUT /v1/dev/clock`: time stands where somebody puts it, in every process on the database.

use api_spec::problem::Code;

use crate::error::AppError;
use crate::jobs::claim;
use crate::state::App;
use crate::store::{job_runs, meta, orgs, run_tx};

/// Sets the frozen clock to `now` (Unix ms), forward or back; it survives a restart. Jobs that were due later come due again.
///
/// # Errors
/// `not-found` on a server without `--dev-clock`.
pub async fn set_clock(app: &App, now: i64) -> Result<(), AppError> {
    if !app.clock.is_dev() {
        return Err(Code::NotFound.into());
    }
    let goes_back = now < app.clock.now();
    run_tx(&app.db, "set_clock", async |mut tx| meta::set(&mut tx, meta::key::DEV_CLOCK, &now.to_string()).await)
        .await?;
    app.clock.set(now).map_err(|_| Code::NotFound)?;
    if goes_back {
        run_tx(&app.db, "forget_job_runs", async |mut tx| {
            for org in orgs::all(&mut tx).await? {
                claim::take_turn(&mut tx, org.org).await?;
                job_runs::forget_after(&mut tx, org.org, now).await?;
            }
            Ok::<_, AppError>(())
        })
        .await?;
    }
    Ok(())
}
