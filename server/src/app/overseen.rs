//! Whose field work somebody looks after on a project: a lead the own teams', the site lead and the back office everybody's.

use api_spec::problem::Code;
use uuid::Uuid;

use super::scope::Scope;
use crate::facts::directory::Directory;

/// The teams somebody looks after on a project; `None` for all of them. `named` is the only one that is asked for.
///
/// # Errors
/// `not-found` for projects and teams outside the scope, `forbidden` for those who look after nobody.
pub(super) fn teams(
    scope: &Scope,
    directory: &Directory,
    project: Uuid,
    named: Option<Uuid>,
) -> Result<Option<Vec<Uuid>>, Code> {
    if !scope.projects.contains(&project) {
        return Err(Code::NotFound);
    }
    let here = |team: &Uuid| directory.teams.get(team).is_some_and(|team| team.project == project);
    let all = scope.is_office(project) || scope.is_site_lead(project);
    let led: Vec<Uuid> = scope.teams.iter().copied().filter(|team| here(team)).collect();
    if !all && led.is_empty() {
        return Err(Code::Forbidden);
    }
    match named {
        Some(team) if !here(&team) || !(all || led.contains(&team)) => Err(Code::NotFound),
        _ => Ok((!all).then_some(led)),
    }
}
