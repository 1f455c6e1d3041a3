//! `POST /v1/requests/{id}/approve`, `…/decline`: a lead, a deputy or the back office answers a request (AT-9, AT-14).
//!
//! It is the same act as an answer that a lead's phone recorded: both are [`Judge::answer_request`].

use std::sync::Arc;

use api_spec::problem::{Code, Problem};
use api_spec::requests::AnsweredRequest;
use sync_core::kind::Act;
use sync_core::kinds::REQUEST;
use sync_core::time::Moment;
use uuid::Uuid;

use super::actor::Actor;
use super::reason::reason;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::{Facts, Need};
use crate::state::App;
use crate::store::{Key, run_tx};
use crate::sync::judge::Judge;

/// Answers a request: with a reason it is declined, else approved. `check_version` refuses a version other than the one the caller saw.
///
/// # Errors
/// `not-found` for requests the actor may not see, `forbidden` for those answered by somebody else, `stale`, `wrong-state` for those that
/// are answered, `validation` for a blank reason, `rule-refused` (AT-9, AT-14).
pub async fn answer_request(
    app: &App,
    actor: &Actor,
    id: Uuid,
    decline: Option<&str>,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<AnsweredRequest, AppError> {
    let check_version = &check_version;
    run_tx(&app.db, "answer_request", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let found = Scope::of(actor, &directory, unit.now).record(&mut tx, id).await?;
        let key = Key { project: found.project, id };
        let decline = decline.map(|text| reason(text, directory.region(key.project))).transpose()?;
        let mut need = Need::default();
        need.request(key);
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let record = facts.records.get(&key).filter(|record| record.kind == REQUEST.name && !record.deleted).cloned();
        let record = record.ok_or(Code::NotFound)?;
        let now = Moment::exact(unit.now);
        let owner = record.owner.unwrap_or_default();
        let relations = directory.relations(actor.user, key.project, owner, record.team, &now);
        let act = Act::Command(if decline.is_some() { "decline" } else { "approve" });
        if !REQUEST.permits(&relations, act, REQUEST.phases[0]) {
            return Err(Code::Forbidden.into());
        }
        if !REQUEST.permits(&relations, act, &record.phase) {
            return Err(Problem::wrong_state(record.phase).into());
        }
        check_version(record.version.cast_unsigned())?;
        Judge { directory: &directory, facts: &mut facts }
            .answer_request(record, actor.user, &now, decline.as_deref())
            .map_err(|refusal| {
                Problem::new(Code::RuleRefused).with("rule", refusal.rule).with("message", refusal.message)
            })?;
        facts.save(&mut tx, &unit).await?;
        let record = facts.records.get(&key).cloned().ok_or(Code::NotFound)?;
        let version = record.version.cast_unsigned();
        Ok(AnsweredRequest { id, version, phase: record.phase, verdict: record.verdict })
    })
    .await
}
