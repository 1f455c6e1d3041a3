//! Cases whose time is over: the office is told of those that should have been settled, and settled ones become final (DS-4).

use uuid::Uuid;

use super::{BATCH, begin};
use crate::error::AppError;
use crate::facts::disputes::{CaseBody, Said};
use crate::facts::{Facts, Need};
use crate::state::App;
use crate::store::{Key, Tx, disputes, run_tx};

/// Looks after the cases of a project.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(app: &App, org: i64, project: Uuid) -> Result<(), AppError> {
    let now = app.clock.now();
    if disputes::ripe(&mut app.db.read().await?, project, now, 1).await?.is_empty() {
        return Ok(());
    }
    while run_tx(&app.db, "watch_disputes", async |mut tx| watch(app, &mut tx, org, project).await).await? {}
    Ok(())
}

/// Whether there may be more.
async fn watch(app: &App, tx: &mut Tx, org: i64, project: Uuid) -> Result<bool, AppError> {
    let unit = begin(app, tx, org, "watch_disputes").await?;
    let ripe = disputes::ripe(tx, project, unit.now, BATCH).await?;
    let mut need = Need::default();
    for row in &ripe {
        need.customer(Key { project, id: row.customer });
        need.case(Key { project, id: row.id });
    }
    let mut facts = Facts::load(tx, &unit, &need).await?;
    for row in &ripe {
        let Some(row) = facts.disputes.get(&Key { project, id: row.id }).cloned() else { continue };
        let body = CaseBody::of(&row)?;
        let is_ripe = !row.overdue && body.case.due().is_some_and(|due| due <= unit.now);
        if is_ripe && body.case.is_pending() {
            let said = Said { act: "overdue", author: None, holder: None, text: "" };
            facts.put_case(row, &body, said, None);
        } else if is_ripe {
            facts.close_case(&unit.directory, &row)?;
        }
    }
    facts.save(tx, &unit).await?;
    Ok(i64::try_from(ripe.len()).is_ok_and(|count| count >= BATCH))
}
