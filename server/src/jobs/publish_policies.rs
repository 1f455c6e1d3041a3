//! A policy that was published ahead takes effect: the project's phones are told.

use uuid::Uuid;

use super::begin;
use crate::app::publish_project::publish_projects;
use crate::error::AppError;
use crate::facts::directory::Project;
use crate::state::App;
use crate::store::{feed, orgs, run_tx};

/// Whether the policy in force at `now` (Unix ms) may not be in the feed yet, when `shown` was the version seen last.
pub(super) fn is_due(project: &Project, shown: Option<i64>, now: i64) -> bool {
    match (project.policy_at(now), shown) {
        (Some(policy), None) => policy.from > policy.published_at,
        (policy, Some(shown)) => policy.map_or(0, |policy| policy.version) != shown,
        (None, None) => false,
    }
}

/// Publishes the project as it is now.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(app: &App, org: i64, project: Uuid) -> Result<(), AppError> {
    run_tx(&app.db, "publish_policies", async |mut tx| {
        begin(app, &mut tx, org, "publish_policies").await?;
        orgs::touch_directory(&mut tx, org).await?;
        let now = app.clock.now();
        let publications = publish_projects(&mut tx, org, &[project], now).await?;
        Ok(feed::publish(&mut tx, now, &publications).await?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::facts::directory::PolicyInForce;
    use crate::rules::calendar::Zone;
    use crate::seal::phone::Region;

    #[test]
    fn a_policy_is_told_when_it_takes_effect_and_once() {
        let policy = |version, from| PolicyInForce { version, from, published_at: 10, policy: Arc::default() };
        let project = Project {
            code: String::new(),
            name: String::new(),
            zone: Zone::UTC,
            region: Region::CN,
            site: None,
            policies: vec![policy(1, 10), policy(2, 20)],
        };
        for (shown, now, due) in [
            (None, 9, false),
            (None, 19, false),
            (Some(1), 19, false),
            (Some(1), 20, true),
            (Some(2), 20, false),
            (None, 20, true),
            (Some(2), 19, true),
        ] {
            assert_eq!(is_due(&project, shown, now), due, "{shown:?} {now}");
        }
    }
}
