//! `POST /v1/daily-logs/{id}/approve`, `…/return`, `…/reopen`, and many approvals at once: the lead reads a log (WL-6).
//!
//! It is the same act as an approval or return that a lead's phone recorded: both are [`Judge::read_log`].

use std::sync::Arc;

use api_spec::locale::Text;
use api_spec::logs::{ApproveLogs, ApprovedLog, ApprovedLogs, DailyLog};
use api_spec::problem::{Code, Problem};
use sync_core::time::Moment;
use uuid::Uuid;

use super::actor::Actor;
use super::daily_log::describe;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::{Facts, Need};
use crate::rules::daily_log::{LogError, Reading};
use crate::state::App;
use crate::store::{Key, run_tx};
use crate::sync::judge::{Judge, logs};

/// Logs that may be approved by one request.
const MANY: usize = 200;
/// Characters of a remark or a reason.
const WORDS: usize = 4_000;

/// Reads a log: `reading` says what about the version there is, `check_version` refuses a version other than the one the caller saw.
///
/// # Errors
/// `not-found` for logs the actor may not see, `stale`, `precondition-required`, `forbidden` for logs read by somebody else, `validation`,
/// `rule-refused` (WL-6) for logs that are not handed in, or frozen.
pub async fn review_log(
    app: &App,
    actor: &Actor,
    id: Uuid,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
    reading: impl Fn(u64) -> Reading + Sync,
) -> Result<DailyLog, AppError> {
    check_words(&reading(0))?;
    let (check_version, reading) = (&check_version, &reading);
    run_tx(&app.db, "review_log", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let found = Scope::of(actor, &directory, unit.now).record(&mut tx, id).await?;
        let key = Key { project: found.project, id };
        let mut need = Need::default();
        need.read_log(key);
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let log = facts.records.get(&key).filter(|record| record.kind == "daily_log" && !record.deleted).cloned();
        let log = log.ok_or(Code::NotFound)?;
        let version = log.version.cast_unsigned();
        check_version(version)?;
        Judge { directory: &directory, facts: &mut facts }
            .read_log(log, actor.user, &Moment::exact(unit.now), &reading(version))
            .map_err(|error| refusal(&error))?;
        facts.save(&mut tx, &unit).await?;
        let read = facts.records.get(&key).ok_or(Code::NotFound)?;
        describe(&directory, read, unit.now)
    })
    .await
}

/// Approves many logs, each on its own.
///
/// # Errors
/// `validation` for none or too many, and failures of the server; what was approved before stays so.
pub async fn approve_logs(app: &App, actor: &Actor, request: &ApproveLogs) -> Result<ApprovedLogs, AppError> {
    if !(1..=MANY).contains(&request.logs.len()) {
        return Err(Problem::invalid("/logs", Text::new("must be 1 to 200 logs", "须为 1 至 200 份日志")).into());
    }
    let mut results = Vec::with_capacity(request.logs.len());
    for seen in &request.logs {
        let check = |current: u64| if current == seen.version { Ok(()) } else { Err(Problem::stale(current)) };
        let reading = |version| Reading::Approve { version, comment: request.comment.clone(), among_many: true };
        let problem = match review_log(app, actor, seen.id, check, reading).await {
            Ok(_) => None,
            Err(AppError::Problem(problem)) => Some(problem.render(actor.locale, None)),
            Err(error) => return Err(error),
        };
        results.push(ApprovedLog { id: seen.id, approved: problem.is_none(), problem });
    }
    Ok(ApprovedLogs { results })
}

fn check_words(reading: &Reading) -> Result<(), Problem> {
    let (pointer, needed) = match reading {
        Reading::Approve { .. } => ("/comment", false),
        Reading::Return { .. } | Reading::Reopen { .. } => ("/reason", true),
    };
    let words = reading.words().unwrap_or_default();
    if words.chars().count() > WORDS || (needed && words.trim().is_empty()) {
        let text = Text::new("must be 1 to 4000 characters, not blank", "须为 1 至 4000 个字符，且不能为空白");
        return Err(Problem::invalid(pointer, text));
    }
    Ok(())
}

fn refusal(error: &LogError) -> Problem {
    match error {
        LogError::NotTheReviewer => Code::Forbidden.into(),
        LogError::StaleVersion { current, .. } => Problem::stale(*current),
        error => Problem::rule(error.rule().as_str(), &logs::refusal(error)),
    }
}
