//! `GET /v1/records/{id}/history`: every op about a record out of the op log, and every ruling (WL-12, DS-1).

use std::collections::{BTreeMap, BTreeSet};

use api_spec::primitives::Person;
use api_spec::records::{History, HistoryOp};
use serde_json::{Map, Value};
use sync_core::exchange::Status;
use sync_core::op::{Digest, Op};
use uuid::Uuid;

use super::actor::Actor;
use super::explained::{explain, in_order};
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::phone_of;
use crate::facts::segment;
use crate::facts::stored;
use crate::seal::sealing::Sealer;
use crate::state::App;
use crate::store::fates::{self, OpFate};
use crate::store::oplog::{self, Segment};
use crate::store::{Key, Reader, StoreError, devices, rulings};
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
    let mut places: BTreeMap<Uuid, BTreeSet<u64>> = BTreeMap::new();
    let applied = record.ops.iter().flat_map(|(device, seqs)| seqs.iter().map(|seq| (*device, *seq)));
    let others = fates.iter().map(|fate| (fate.device, fate.seq.cast_unsigned()));
    for (device, seq) in record.origin.into_iter().chain(applied).chain(others) {
        places.entry(device).or_default().insert(seq);
    }
    let log = Log { directory: &directory, sealer: &app.sealer, fates: &fates };
    let mut ops = log.read(&mut db, actor.org, &places).await?;
    ops.sort_by_key(|op| (op.moment.latest, op.device, op.seq));
    let rows = in_order(rulings::of_subjects(&mut db, key.project, &[id]).await?);
    let rulings = rows.iter().map(|row| explain(&directory, &scope, &kind, row)).collect::<Result<_, _>>()?;
    Ok(History { record: id, ops, rulings })
}

/// The op log as a history needs it.
struct Log<'a> {
    directory: &'a Directory,
    sealer: &'a Sealer,
    fates: &'a [OpFate],
}

impl Log<'_> {
    async fn read(
        &self,
        db: &mut Reader,
        org: i64,
        places: &BTreeMap<Uuid, BTreeSet<u64>>,
    ) -> Result<Vec<HistoryOp>, AppError> {
        let ids: Vec<Uuid> = places.keys().copied().collect();
        let authors: BTreeMap<Uuid, Person> = devices::by_ids(db, &ids)
            .await?
            .into_iter()
            .map(|device| (device.id, person(self.directory, device.user)))
            .collect();
        let mut ops = Vec::new();
        for (device, seqs) in places {
            let missing = || StoreError::Inconsistent(format!("ops of {device} are not logged"));
            let author = authors.get(device).ok_or_else(missing)?;
            let mut left = seqs.clone();
            while let Some(first) = left.pop_first() {
                let found = oplog::segment_holding(db, org, *device, first.cast_signed()).await?.ok_or_else(missing)?;
                let texts = segment::open_texts(self.sealer, *device, found.index.first_seq, &found.texts)?;
                let end = (found.index.first_seq + found.index.count).cast_unsigned();
                let behind = left.split_off(&end);
                for seq in std::iter::once(first).chain(std::mem::replace(&mut left, behind)) {
                    let index = usize::try_from(seq.cast_signed() - found.index.first_seq).map_err(|_| missing())?;
                    let text = texts.get(index).ok_or_else(missing)?.get();
                    ops.push(self.op(&found, author.clone(), seq, text)?);
                }
            }
        }
        Ok(ops)
    }

    fn op(&self, segment: &Segment, author: Person, seq: u64, text: &str) -> Result<HistoryOp, AppError> {
        let index = &segment.index;
        let missing = || StoreError::Inconsistent(format!("op {seq} of {} is not logged", index.device));
        let moment = segment::moment_of(index, seq.cast_signed())?.ok_or_else(missing)?.moment();
        let fate = self.fates.iter().find(|fate| fate.device == index.device && fate.seq.cast_unsigned() == seq);
        let status = fate.and_then(|fate| serde_json::from_value(fate.status.as_str().into()).ok());
        Ok(HistoryOp {
            author,
            device: index.device,
            seq,
            digest: Digest(index.digest(seq.cast_signed()).ok_or_else(missing)?),
            moment,
            status: status.unwrap_or(Status::Applied),
            rule: fate.and_then(|fate| fate.rule.clone()),
            action: self.shown(text),
        })
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
            // digests are no numbers
            Some(sync_core::op::Action::Tag(_) | sync_core::op::Action::Untag(_)) => written(),
            _ => written().map(|action| fields::masked(&action, region)),
        };
        shown.and_then(|shown| shown.as_object().cloned()).unwrap_or_default()
    }
}
