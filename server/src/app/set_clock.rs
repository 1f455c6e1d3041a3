//! `PUT /v1/dev/clock`: time stands where somebody puts it, in every process on the database.

use api_spec::problem::Code;

use crate::error::AppError;
use crate::state::App;
use crate::store::{meta, run_tx};

/// Sets the frozen clock to `now` (Unix ms), forward or back; it survives a restart.
///
/// # Errors
/// `not-found` on a server without `--dev-clock`.
pub async fn set_clock(app: &App, now: i64) -> Result<(), AppError> {
    if !app.clock.is_dev() {
        return Err(Code::NotFound.into());
    }
    run_tx(&app.db, "set_clock", async |mut tx| meta::set(&mut tx, meta::key::DEV_CLOCK, &now.to_string()).await)
        .await?;
    app.clock.set(now).map_err(|_| Code::NotFound)?;
    Ok(())
}
