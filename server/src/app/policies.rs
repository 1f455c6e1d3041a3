//! The policies of a project: what holds, since when, and who said so.

mod backtest;
mod compare;
mod publish;
mod show;

use std::sync::Arc;

use api_spec::locale::Text;
use api_spec::policy::{PolicyDocument, PolicyVersion};
use api_spec::primitives::Instant;
use api_spec::problem::{Code, Problem};
use serde_json::Value;
use uuid::Uuid;

pub use backtest::backtest_policy;
pub use compare::compare_policies;
pub use publish::publish_policy;
pub use show::show_policy;

use super::rotation::person;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::rules::Policy;
use crate::seal::mask::mask_numbers_in;
use crate::store::{Reader, StoreError, projects};

/// A stored version as the rules read it; version 0 is the rulebook.
///
/// # Errors
/// `not-found`
fn read_version(directory: &Directory, project: Uuid, version: u64) -> Result<Arc<Policy>, Code> {
    let project = directory.projects.get(&project).ok_or(Code::NotFound)?;
    project.policy_version(i64::try_from(version).unwrap_or(i64::MAX)).ok_or(Code::NotFound)
}

/// What a document says, or all its mistakes, each with its place in the request.
///
/// # Errors
/// `validation`
fn read_document(directory: &Directory, project: Uuid, document: &Value) -> Result<Policy, Problem> {
    Policy::read(document).map_err(|mistakes| {
        mistakes.into_iter().fold(Problem::new(Code::Validation), |problem, mistake| {
            let keys = mistake.path.split('.').filter(|key| !key.is_empty()).map(|key| format!("/{key}"));
            let masked = |text: &str| mask_numbers_in(text, directory.region(project)).into_owned();
            let text = Text { en: masked(&mistake.problem).into(), zh: masked(&mistake.problem_zh).into() };
            problem.at(masked(&format!("/policy{}", keys.collect::<String>())), text)
        })
    })
}

/// A version with all there are. `version` 0, and a project without any, shows the rulebook.
async fn describe(
    db: &mut Reader,
    directory: &Directory,
    project: Uuid,
    version: u64,
    now: i64,
) -> Result<PolicyDocument, AppError> {
    let in_force = directory.projects.get(&project).and_then(|project| project.policy_at(now));
    let in_force = in_force.map_or(0, |policy| policy.version);
    let rows = projects::policies(db, project).await?;
    let described = |row: &projects::Policy| PolicyVersion {
        version: row.version.cast_unsigned(),
        effective_from: (row.effective_from > 0).then_some(Instant(row.effective_from)),
        in_force: row.version == in_force,
        author: row.author.map(|author| person(directory, author)),
        published_at: Some(Instant(row.at)),
        note: row.note.clone(),
    };
    let versions: Vec<_> = rows.iter().rev().map(described).collect();
    let rulebook = || PolicyVersion {
        version: 0,
        effective_from: None,
        in_force: in_force == 0,
        author: None,
        published_at: None,
        note: None,
    };
    let policy = read_version(directory, project, version)?;
    let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("a policy of {project}: {error}"));
    Ok(PolicyDocument {
        version: versions.iter().find(|each| each.version == version).cloned().unwrap_or_else(rulebook),
        policy: serde_json::to_value(&*policy).map_err(odd)?,
        versions,
    })
}

/// The version published last: what `If-Match` names.
fn newest(document: &PolicyDocument) -> u64 {
    document.versions.first().map_or(0, |newest| newest.version)
}
