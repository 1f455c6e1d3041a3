//! `GET /v1/projects/{project}/policy/diff`: what one version changes about another.

use api_spec::policy::{PolicyChange, PolicyDiffQuery};
use uuid::Uuid;

use super::read_version;
use crate::app::actor::Actor;
use crate::error::AppError;
use crate::rules::policy::diff;
use crate::state::App;

/// Every key in which two versions differ, defaults filled in.
///
/// # Errors
/// `not-found` for versions that do not exist.
pub async fn compare_policies(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &PolicyDiffQuery,
) -> Result<Vec<PolicyChange>, AppError> {
    let directory = app.directories.current(&mut app.db.read().await?, actor.org).await?;
    let (from, to) = (read_version(&directory, project, query.from)?, read_version(&directory, project, query.to)?);
    let changes = diff(&from, &to).into_iter();
    Ok(changes.map(|change| PolicyChange { path: change.path, from: change.from, to: change.to }).collect())
}
