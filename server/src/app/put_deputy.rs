//! `PUT /v1/teams/{id}/deputy`: somebody stands in for the lead of a team.

use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use api_spec::teams::{Deputy, PutDeputy};
use serde_json::json;
use sync_core::people::{Employment, Role};
use sync_core::time::Moment;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::rotation::person;
use crate::error::AppError;
use crate::state::App;
use crate::store::{Key, orgs, run_tx, teams};

/// Names the deputy of a team, or nobody: by its lead, the back office of its project, or an admin. The deputy's phone pulls what the team
/// records from now on, and answers it.
///
/// # Errors
/// `not-found` for teams of other projects, `forbidden` for those who do not lead it, `validation` for somebody who does not work on the
/// project, for a partner's agent and for the lead.
pub async fn put_deputy(app: &App, actor: &Actor, id: Uuid, request: &PutDeputy) -> Result<Deputy, AppError> {
    run_tx(&app.db, "put_deputy", async |mut tx| {
        let now = app.clock.now();
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let team = directory.teams.get(&id).ok_or(Code::NotFound)?;
        if actor.role != Role::Admin {
            actor.on_project(team.project, now)?;
            let office = actor.on_project_as(&[Role::BackOffice], team.project, now).is_ok();
            if team.lead != Some(actor.user) && !office {
                return Err(Code::Forbidden.into());
            }
        }
        if let Some(user) = request.user {
            let works_here = directory.memberships(user, team.project, &Moment::exact(now)).next().is_some();
            let known = directory.people.get(&user).filter(|_| works_here);
            let own =
                known.is_some_and(|person| person.employment != Some(Employment::Agent) && person.ended_at.is_none());
            if !own || team.lead == Some(user) {
                let text = Text::new("somebody else of the project's own people", "须为本项目的其他自有人员");
                return Err(Problem::invalid("/user", text).into());
            }
        }
        if team.deputy != request.user {
            orgs::touch_directory(&mut tx, actor.org).await?;
            teams::set_deputy(&mut tx, actor.org, id, request.user).await?;
            let detail = json!({"deputy": request.user, "before": team.deputy});
            let key = Key { project: team.project, id };
            write_down(&mut tx, &app.random, (actor.org, actor.user), "put_deputy", key, &detail, now).await?;
        }
        let named = |user: Option<Uuid>| user.map(|user| person(&directory, user));
        Ok(Deputy { team: id, lead: named(team.lead), deputy: named(request.user) })
    })
    .await
}
