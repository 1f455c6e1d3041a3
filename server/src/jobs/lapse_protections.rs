//! Protections whose period is over end (PR-1, PR-2, PR-5): nothing of them remains, and their holders see it.

use super::{BATCH, begin};
use crate::error::AppError;
use crate::facts::{Facts, Need};
use crate::state::App;
use crate::store::{Key, Tx, protections, run_tx};

use uuid::Uuid;

/// Ends what has lapsed on a project.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(app: &App, org: i64, project: Uuid) -> Result<(), AppError> {
    // looking costs less than taking turns
    while !protections::lapsed(&mut app.db.read().await?, project, app.clock.now(), 1).await?.is_empty() {
        if !run_tx(&app.db, "lapse_protections", async |mut tx| lapse(app, &mut tx, org, project).await).await? {
            break;
        }
    }
    Ok(())
}

/// Whether there may be more. Locking the customers ends their lapsed protections, whoever does it.
async fn lapse(app: &App, tx: &mut Tx, org: i64, project: Uuid) -> Result<bool, AppError> {
    let unit = begin(app, tx, org, "lapse_protections").await?;
    let lapsed = protections::lapsed(tx, project, unit.now, BATCH).await?;
    let mut need = Need::default();
    for protection in &lapsed {
        need.customer(Key { project, id: protection.customer });
    }
    Facts::load(tx, &unit, &need).await?.save(tx, &unit).await?;
    Ok(i64::try_from(lapsed.len()).is_ok_and(|count| count >= BATCH))
}
