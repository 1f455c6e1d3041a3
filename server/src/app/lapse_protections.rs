//! Ends protections whose period is over, so that their holders see it without anybody asking (PR-4).

use std::sync::Arc;

use uuid::Uuid;

use crate::error::AppError;
use crate::facts::{Facts, Need};
use crate::state::App;
use crate::store::{Key, orgs, protections, run_tx};

/// Protections ended by one transaction.
const AT_ONCE: i64 = 200;

/// Ends all protections that have lapsed, of every project. Whoever locks a customer ends the customer's own at once, by the same
/// [`Facts::lapse_protections`].
///
/// # Errors
/// Those of the store.
pub async fn lapse_protections(app: &App) -> Result<(), AppError> {
    let orgs = orgs::all(&mut app.db.read().await?).await?;
    for org in orgs {
        let directory = app.directories.current(&mut app.db.read().await?, org.org).await?;
        for &project in directory.projects.keys() {
            while lapse_some(app, org.org, project).await? {}
        }
    }
    Ok(())
}

/// Ends some; whether there may be more.
async fn lapse_some(app: &App, org: i64, project: Uuid) -> Result<bool, AppError> {
    run_tx(&app.db, "lapse_protections", async |mut tx| {
        let directory = app.directories.current(&mut tx, org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let lapsed = protections::lapsed(&mut tx, project, unit.now, AT_ONCE).await?;
        let mut need = Need::default();
        for row in &lapsed {
            need.customer(Key { project, id: row.customer });
        }
        if !lapsed.is_empty() {
            // loading them ends what has lapsed
            Facts::load(&mut tx, &unit, &need).await?.save(&mut tx, &unit).await?;
        }
        Ok(i64::try_from(lapsed.len()).is_ok_and(|ended| ended == AT_ONCE))
    })
    .await
}
