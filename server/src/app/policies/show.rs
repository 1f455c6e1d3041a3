//! `GET /v1/projects/{project}/policy`: what holds, and all versions.

use api_spec::policy::PolicyDocument;
use uuid::Uuid;

use super::{describe, newest};
use crate::app::actor::Actor;
use crate::error::AppError;
use crate::state::App;

/// A version of the policy, the one in force now if none is named; with the version published last.
///
/// # Errors
/// `not-found` for versions that do not exist.
pub async fn show_policy(
    app: &App,
    actor: &Actor,
    project: Uuid,
    version: Option<u64>,
) -> Result<(u64, PolicyDocument), AppError> {
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    let in_force = directory.projects.get(&project).and_then(|project| project.policy_at(now));
    let version = version.unwrap_or_else(|| in_force.map_or(0, |policy| policy.version.cast_unsigned()));
    let document = describe(&mut db, &directory, project, version, now).await?;
    Ok((newest(&document), document))
}
