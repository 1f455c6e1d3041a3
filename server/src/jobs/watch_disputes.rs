//! Cases whose time is over: the office is told of those that should have been settled, and settled ones become final (DS-4).

use super::{BATCH, Run, is_full};
use crate::error::AppError;
use crate::facts::disputes::{CaseBody, Said};
use crate::facts::{Facts, Need};
use crate::store::{Key, Tx, disputes, run_tx};

/// Whether a case's time is over.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    Ok(!disputes::ripe(&mut run.app.db.read().await?, run.project, run.now, 1).await?.is_empty())
}

/// Looks after the cases of a project.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let mut done = 0;
    loop {
        let watched = run_tx(&run.app.db, "watch_disputes", async |mut tx| watch(run, &mut tx).await).await?;
        done += watched;
        if !is_full(watched) {
            return Ok(done);
        }
    }
}

/// How many there were.
async fn watch(run: &Run, tx: &mut Tx) -> Result<u64, AppError> {
    let (unit, project) = (run.begin(tx).await?, run.project);
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
            let said = Said { act: "overdue", author: None, holder: None, text: "", attachments: &[] };
            facts.put_case(row, &body, said, None);
        } else if is_ripe {
            facts.close_case(&unit.directory, &row)?;
        }
    }
    facts.save(tx, &unit).await?;
    Ok(ripe.len() as u64)
}
