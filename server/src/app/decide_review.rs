//! `POST /v1/rulings/{id}/decide`: a person decides what the rules left open.

use std::sync::Arc;

use api_spec::messages;
use api_spec::problem::{Code, Problem};
use api_spec::rulings::{Decision, Ruling};
use serde_json::json;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::actor::Actor;
use super::decide_sheet::{Decided, decide_sheet};
use super::explained::explain;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::sheets::{COMPANION, SHEET};
use crate::facts::{Facts, Need};
use crate::rules::review::{DecideError, DecideFacts, Family};
use crate::rules::ruling::{Reason, Rule};
use crate::seal::mask::mask_numbers_in;
use crate::state::App;
use crate::store::rulings::RulingRow;
use crate::store::{Key, StoreError, Tx, leads, rulings, run_tx};
use crate::sync::judge::Judge;
use crate::sync::judge::logs;
use crate::sync::judge::reviews::{ReviewError, family_of};

/// The ruling that decides the review of what a phone recorded, or of a sheet. `check_version` refuses a version of the subject other than the one the
/// caller saw.
///
/// # Errors
/// `not-found` for rulings about what the actor may not see, `forbidden` for those decided by somebody else, `wrong-state` for those that are
/// decided, `stale`, `precondition-required`, `validation` for other outcomes and without a reason, `rule-refused`.
pub async fn decide_review(
    app: &App,
    actor: &Actor,
    id: Uuid,
    decision: &Decision,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<Ruling, AppError> {
    let check_version = &check_version;
    run_tx(&app.db, "decide_review", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let scope = Scope::of(actor, &directory, unit.now);
        let open = rulings::find(&mut tx, &scope.projects, id).await?.ok_or(Code::NotFound)?;
        scope.record(&mut tx, open.subject).await?;
        let exact = Moment::exact(unit.now);
        let reason = mask_numbers_in(&decision.reason, directory.region(open.project)).into_owned();
        if [SHEET, COMPANION].contains(&open.family.as_str()) {
            let capacity = directory.capacity(actor.user, open.project, None, &exact).ok_or(Code::Forbidden)?;
            let decided = Decided { by: actor.user, capacity, outcome: &decision.outcome, reason: &reason };
            let refuse = |error| refusal(&directory, open.project, ReviewError::Decide(error));
            let made = decide_sheet(&mut tx, &unit, &open, &decided, check_version, refuse).await?;
            return Ok(explain(&directory, &scope, SHEET, &made)?);
        }
        let key = Key { project: open.project, id: open.subject };
        let need = need(&mut tx, key, &open.family).await?;
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let record = facts.records.get(&key).cloned().ok_or(Code::NotFound)?;
        let family = family_of(&record).filter(|family| *family != Family::Sheet).ok_or(Code::NotFound)?;
        let stands = record.verdict.as_ref().is_some_and(|verdict| verdict.ruling == open.id);
        if !stands || open.outcome != "review" {
            return Err(Problem::wrong_state(record.verdict.map_or_else(String::new, |now| now.outcome)).into());
        }
        check_version(record.version.cast_unsigned())?;
        let capacity = directory.capacity(actor.user, key.project, record.team, &exact).ok_or(Code::Forbidden)?;
        let decide = DecideFacts {
            family,
            in_doubt: in_doubt(&open)?,
            claimants: record
                .owner
                .into_iter()
                .chain((family == Family::Proxy).then(|| record.id_of("about")).flatten())
                .collect(),
            has_candidate: true,
            by: actor.user,
            capacity,
            outcome: decision.outcome.clone(),
            reason,
        };
        let kind = record.kind.clone();
        let verdict = Judge { directory: &directory, facts: &mut facts }
            .decide_review(record, decide)
            .map_err(|error| refusal(&directory, key.project, error))?;
        facts.save(&mut tx, &unit).await?;
        let made = facts.rulings.get(&Key { project: key.project, id: verdict.ruling }).ok_or(Code::Internal)?;
        Ok(explain(&directory, &scope, &kind, made)?)
    })
    .await
}

/// The record; for a lead the customer behind its number, whose protection may follow, and for a visit those of the same day.
async fn need(tx: &mut Tx, key: Key, family: &str) -> Result<Need, StoreError> {
    let mut need = Need::default();
    if family == Family::SpotCheck.as_str() {
        need.spot_check(key);
    }
    need.visit(key);
    let customers = leads::by_ids(tx, &[key]).await?.into_iter().filter_map(|lead| lead.customer);
    customers.for_each(|id| need.customer(Key { project: key.project, id }));
    Ok(need)
}

/// The rules that a ruling left open.
pub(super) fn in_doubt(open: &RulingRow) -> Result<Vec<Rule>, StoreError> {
    let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("ruling {}: {error}", open.id));
    let reasons: Vec<Reason> = serde_json::from_str(&open.reasons).map_err(odd)?;
    Ok(reasons.iter().filter(|reason| reason.answer == Answer::Unclear).map(|reason| reason.rule).collect())
}

fn refusal(directory: &Directory, project: Uuid, error: ReviewError) -> Problem {
    match error {
        ReviewError::Decide(DecideError::NotYours | DecideError::OwnClaim) => Code::Forbidden.into(),
        ReviewError::Decide(error @ DecideError::NoReason) => invalid("/reason", &error, "须填写理由"),
        ReviewError::Decide(error @ DecideError::NotAChoice(_)) => invalid("/outcome", &error, "不在可选结果之内"),
        ReviewError::Decide(DecideError::NoCandidate) => Code::WrongState.into(),
        ReviewError::Log(error) => Problem::rule(error.rule().as_str(), &logs::refusal(&error)),
        ReviewError::Protected(reason) => {
            let (rule, zone) = (reason.rule.as_str(), directory.zone(project).tz());
            Problem::rule(rule, &messages::message(rule, reason.answer, &json!({ "until": reason.until() }), &zone))
        }
    }
}

fn invalid(pointer: &str, error: &DecideError, zh: &'static str) -> Problem {
    Problem::invalid(pointer, api_spec::locale::Text { en: error.to_string().into(), zh: zh.into() })
}
