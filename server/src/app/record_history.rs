//! `GET /v1/records/{id}/history`: every op about a record out of the op log, and every ruling (WL-12, DS-1).

use api_spec::records::{History, HistoryOp};
use serde_json::{Map, Value};
use sync_core::exchange::Status;
use sync_core::op::Op;
use uuid::Uuid;

use super::actor::Actor;
use super::explained::{explain, in_order};
use super::logged_ops::{self, LoggedOp};
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::phone_of;
use crate::facts::stored;
use crate::state::App;
use crate::store::fates::{self, OpFate};
use crate::store::{Key, rulings};
use crate::sync::judge::fields;

/// Every op about a record in server order, numbers masked, and every ruling, oldest first.
///
/// # Errors
/// `not-found` for records the actor may not see.
pub async fn record_history(app: &App, actor: &Actor, id: Uuid) -> Result<History, AppError> {
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    let found = scope.record(&mut db, id).await?;
    let (key, kind) = (Key { project: found.project, id }, found.kind.clone());
    let record = stored::record(found)?;
    let fates = fates::of_record(&mut db, key).await?;
    let log = Log { directory: &directory, fates: &fates };
    let logged = logged_ops::read(&mut db, &app.sealer, actor.org, &logged_ops::places(&record, &fates)).await?;
    let ops = logged.iter().map(|op| log.op(op)).collect();
    let rows = in_order(rulings::of_subjects(&mut db, key.project, &[id]).await?);
    let rulings = rows.iter().map(|row| explain(&directory, &scope, &kind, row)).collect::<Result<_, _>>()?;
    Ok(History { record: id, ops, rulings })
}

/// The op log as a history needs it.
struct Log<'a> {
    directory: &'a Directory,
    fates: &'a [OpFate],
}

impl Log<'_> {
    fn op(&self, op: &LoggedOp) -> HistoryOp {
        let fate = logged_ops::fate_of(op, self.fates);
        let status = fate.and_then(|fate| serde_json::from_value(fate.status.as_str().into()).ok());
        HistoryOp {
            author: person(self.directory, op.author),
            device: op.device,
            seq: op.seq,
            digest: op.digest,
            moment: op.moment,
            status: status.unwrap_or(Status::Applied),
            rule: fate.and_then(|fate| fate.rule.clone()),
            action: self.shown(&op.text),
        }
    }

    /// What an op asked for, without what its record does not show either.
    fn shown(&self, text: &str) -> Map<String, Value> {
        let written = || serde_json::from_str::<Map<String, Value>>(text).ok()?.remove("do");
        let Ok(op) = Op::parse(text) else { return Map::new() };
        let region = self.directory.region(op.project);
        let phone = phone_of(&op, self.directory);
        let safe = sync_core::kinds::find(&op.kind, op.v)
            .and_then(|kind| fields::safe_to_show(kind, &op.action, phone.as_ref(), region).ok());
        let shown = match safe {
            Some(sync_core::op::Action::Set(mut fields)) => {
                fields.remove("phone");
                let mut shown = Map::new();
                shown.insert("set".to_owned(), Value::Object(fields));
                return shown;
            }
            // tags may hold numbers, digests of photos are left as they are
            Some(action @ (sync_core::op::Action::Tag(_) | sync_core::op::Action::Untag(_))) => Some(action.to_json()),
            _ => written().map(|action| fields::masked(&action, region)),
        };
        shown.and_then(|shown| shown.as_object().cloned()).unwrap_or_default()
    }
}
