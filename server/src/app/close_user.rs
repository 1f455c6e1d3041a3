//! `POST /v1/users/{id}/close`: an account ends, and a colleague takes over (PR-4).

use std::sync::Arc;

use api_spec::customers::{CloseUser, ClosedUser, TransferLeads, Transferred};
use api_spec::locale::Text;
use api_spec::primitives::Instant;
use api_spec::problem::{Code, Problem};
use serde_json::json;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::publish_project::publish_projects;
use super::transfer_leads::{Charge, transfer};
use crate::error::AppError;
use crate::state::App;
use crate::store::users::User;
use crate::store::{feed, orgs, run_tx, teams, users};

/// `users.status` of somebody who works here no more.
const LEFT: &str = "left";

/// Ends an account and its memberships. What was recorded until then still counts; phones may send it for 14 days. Again with the same
/// time it changes nothing but what is transferred.
///
/// # Errors
/// `not-found`, `forbidden` for oneself, `validation` for a time in the future, `wrong-state` when it ended at another time,
/// `rule-refused` (PR-4).
pub async fn close_user(app: &App, actor: &Actor, id: Uuid, request: &CloseUser) -> Result<ClosedUser, AppError> {
    if id == actor.user {
        return Err(Code::Forbidden.into());
    }
    let at = request.at.0;
    run_tx(&app.db, "close_user", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        if at > unit.now {
            let text = Text::new("must not lie in the future", "不能晚于当前时间");
            return Err(Problem::invalid("/at", text).into());
        }
        orgs::touch_directory(&mut tx, actor.org).await?;
        let user = users::lock(&mut tx, actor.org, id).await?.ok_or(Code::NotFound)?;
        let person = directory.people.get(&id).ok_or(Code::NotFound)?;
        match user.ended_at {
            Some(ended) if ended != at => return Err(Problem::wrong_state(user.status).into()),
            Some(_) => {}
            None => {
                for open in teams::memberships_of(&mut tx, actor.org, &[id]).await? {
                    if open.until_at.is_none() {
                        // a membership that had not begun yet never does
                        let until = at.max(open.from_at);
                        teams::end_membership(&mut tx, actor.org, id, open.id, until).await?;
                    }
                }
                users::update(&mut tx, &User { status: LEFT.to_owned(), ended_at: Some(at), ..user }).await?;
            }
        }
        let transferred = match request.transfer_to {
            Some(to) => {
                let reason = "账号关闭 account closed".to_owned();
                let all = TransferLeads { from: id, to, leads: None, reason };
                transfer(&mut tx, &unit, &Charge::everything(person), actor.user, &all).await?
            }
            None => Transferred { leads: Vec::new(), protections: Vec::new() },
        };
        let detail = json!({
            "at": request.at,
            "transfer_to": request.transfer_to,
            "leads": transferred.leads.len(),
            "protections": transferred.protections.len(),
        });
        let by = (actor.org, actor.user);
        write_down(&mut tx, &app.random, by, "close_user", id, &detail, unit.now).await?;
        let projects: Vec<Uuid> = person.memberships.iter().map(|membership| membership.project).collect();
        let publications = publish_projects(&mut tx, actor.org, &projects, unit.now).await?;
        feed::publish(&mut tx, unit.now, &publications).await?;
        Ok(ClosedUser { id, ended_at: Instant(at), transferred })
    })
    .await
}
