//! `PUT /v1/teams/{team}/delegate`: who takes attendance for the lead of a team, too (AT-8).

use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use serde_json::json;
use sync_core::time::Moment;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::scope::Scope;
use crate::error::AppError;
use crate::state::App;
use crate::store::{Key, orgs, run_tx, teams};

/// Names the delegate, or nobody; named again nothing changes.
///
/// # Errors
/// `not-found` for teams the caller does not lead, `validation` for somebody who does not work on the project.
pub async fn name_delegate(app: &App, actor: &Actor, team: Uuid, user: Option<Uuid>) -> Result<(), AppError> {
    run_tx(&app.db, "name_delegate", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let now = app.clock.now();
        let scope = Scope::of(actor, &directory, now);
        let known = directory.teams.get(&team).ok_or(Code::NotFound)?;
        if !scope.teams.contains(&team) && !scope.is_office(known.project) {
            return Err(Code::NotFound.into());
        }
        let works_here = |user: Uuid| directory.memberships(user, known.project, &Moment::exact(now)).next().is_some();
        if user.is_some_and(|user| !works_here(user)) {
            let text = Text::new("must be somebody who works on the project", "须为本项目人员");
            return Err(Problem::invalid("/user", text).into());
        }
        if known.delegate == user {
            return Ok(());
        }
        teams::set_delegate(&mut tx, actor.org, team, user).await?;
        orgs::touch_directory(&mut tx, actor.org).await?;
        let (by, key) = ((actor.org, actor.user), Key { project: known.project, id: team });
        write_down(&mut tx, &app.random, by, "name_delegate", key, &json!({ "user": user }), now).await?;
        Ok(())
    })
    .await
}
