//! `GET /v1/daily-logs/{id}/versions`: every version of a log's words, out of the op log, and what was said about them (WL-12).

use api_spec::primitives::Instant;
use api_spec::problem::Code;
use api_spec::weeks::{LogAct, LogVersion, LogVersions};
use serde_json::Value;
use sync_core::exchange::Status;
use sync_core::kind::Kind;
use sync_core::op::{Action, Op};
use sync_core::record::{Effect, State};
use uuid::Uuid;

use super::actor::Actor;
use super::explained::in_order;
use super::logged_ops::{self, LoggedOp};
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::record::Record;
use crate::facts::stored;
use crate::state::App;
use crate::store::Key;
use crate::store::fates::{self, OpFate};
use crate::store::rulings::{self, RulingRow};
use crate::sync::judge::fields;

/// Every version and every act, oldest first; returns and reopenings lose nothing.
///
/// # Errors
/// `not-found` for logs the actor may not see.
pub async fn log_versions(app: &App, actor: &Actor, id: Uuid) -> Result<LogVersions, AppError> {
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    let record = stored::record(scope.record(&mut db, id).await?)?;
    let kind = record.declaration().filter(|kind| kind.name == "daily_log").ok_or(Code::NotFound)?;
    let fates = fates::of_record(&mut db, record.key).await?;
    let ops = logged_ops::read(&mut db, &app.sealer, actor.org, &logged_ops::places(&record, &fates)).await?;
    let versions = replayed(&directory, kind, &record, &ops, &fates);
    let rulings = in_order(rulings::of_subjects(&mut db, record.key.project, &[id]).await?);
    let acts = rulings.iter().map(|row| act(&directory, &versions, row)).collect();
    Ok(LogVersions { id, versions, acts })
}

/// The words after each change that took effect, in server order.
fn replayed(
    directory: &Directory,
    kind: &Kind,
    record: &Record,
    ops: &[LoggedOp],
    fates: &[OpFate],
) -> Vec<LogVersion> {
    let Key { project, .. } = record.key;
    let mut state = State::default();
    let mut versions: Vec<LogVersion> = Vec::new();
    for logged in ops.iter().filter(|op| took_effect(record, op, fates)) {
        let Ok(op) = Op::parse(&logged.text) else { continue };
        if matches!(op.action, Action::Command { .. } | Action::Delete) {
            continue;
        }
        let Ok(action) = fields::safe_to_show(kind, &op.action, None, directory.region(project)) else { continue };
        let effect = state.join(State::of(kind, &action, logged.stamp));
        if effect == Effect::Superseded && !versions.is_empty() {
            continue;
        }
        versions.push(version(directory, versions.len() as u64 + 1, logged, &state));
    }
    versions
}

/// An op that waited for its record took effect with the creation.
fn took_effect(record: &Record, op: &LoggedOp, fates: &[OpFate]) -> bool {
    let known = || record.ops.get(&op.device).is_some_and(|seqs| seqs.contains(&op.seq));
    match logged_ops::fate_of(op, fates) {
        None => true,
        Some(fate) => fate.status == Status::Parked.as_str() && known(),
    }
}

fn version(directory: &Directory, version: u64, op: &LoggedOp, state: &State) -> LogVersion {
    let text = |name: &str| state.text(name).map(str::to_owned);
    let body = state.body();
    let photos = body.get("photos").and_then(Value::as_array).into_iter().flatten();
    LogVersion {
        version,
        at: op.moment,
        by: person(directory, op.author),
        device: op.device,
        items: text("items").unwrap_or_default(),
        progress: text("progress"),
        problems: text("problems"),
        suggestions: text("suggestions"),
        results: text("results"),
        plan_tomorrow: text("plan_tomorrow"),
        photos: photos.filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

fn act(directory: &Directory, versions: &[LogVersion], row: &RulingRow) -> LogAct {
    let received = versions.iter().filter(|version| version.at.latest <= row.at).count();
    LogAct {
        at: Instant(row.at),
        outcome: row.outcome.clone(),
        version: received as u64,
        by: row.decided_by.map(|by| person(directory, by)),
        remark: row.note.clone(),
        ruling: row.id,
    }
}
