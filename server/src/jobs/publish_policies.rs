//! A policy that was published ahead takes effect: the project's phones are told.

use super::Run;
use crate::app::publish_project::{publish_projects, shows_current_policy};
use crate::error::AppError;
use crate::store::{feed, orgs, run_tx};

/// Whether the feed shows another policy than the one in force. Only one that was published ahead can take effect by itself.
///
/// # Errors
/// Those of the store.
pub(super) async fn look(run: &Run) -> Result<bool, AppError> {
    let Some(project) = run.directory.projects.get(&run.project) else { return Ok(false) };
    if !project.policies.iter().any(|policy| policy.from > policy.published_at) {
        return Ok(false);
    }
    Ok(!shows_current_policy(&mut run.app.db.read().await?, (run.project, project), run.now).await?)
}

/// Publishes the project as it is now.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    run_tx(&run.app.db, "publish_policies", async |mut tx| {
        let unit = run.begin(&mut tx).await?;
        orgs::touch_directory(&mut tx, run.org).await?;
        let publications = publish_projects(&mut tx, run.org, &[run.project], unit.now).await?;
        feed::publish(&mut tx, unit.now, &publications).await?;
        Ok(publications.len() as u64)
    })
    .await
}
