//! Ops about records, as they stand in the op log: exact text, digest and moment (DS-1).

use std::collections::{BTreeMap, BTreeSet};

use sync_core::op::Digest;
use sync_core::time::{Moment, Stamp};
use uuid::Uuid;

use crate::error::AppError;
use crate::facts::record::Record;
use crate::facts::segment;
use crate::seal::sealing::Sealer;
use crate::store::fates::OpFate;
use crate::store::oplog::{self, Segment};
use crate::store::{Reader, StoreError, devices};

/// Places in the logs of devices.
pub(super) type Places = BTreeMap<Uuid, BTreeSet<u64>>;

/// One op out of the log.
#[derive(Debug, Clone)]
pub(super) struct LoggedOp {
    pub(super) author: Uuid,
    pub(super) device: Uuid,
    pub(super) seq: u64,
    pub(super) digest: Digest,
    pub(super) moment: Moment,
    pub(super) stamp: Stamp,
    pub(super) text: String,
}

/// Where the ops about a record are found: the one that created it, those that took effect, and those that did not.
pub(super) fn places(record: &Record, fates: &[OpFate]) -> Places {
    let mut places = Places::new();
    let applied = record.ops.iter().flat_map(|(device, seqs)| seqs.iter().map(|seq| (*device, *seq)));
    let others = fates.iter().map(|fate| (fate.device, fate.seq.cast_unsigned()));
    for (device, seq) in record.origin.into_iter().chain(applied).chain(others) {
        places.entry(device).or_default().insert(seq);
    }
    places
}

/// The ops at these places, in server order.
///
/// # Errors
/// [`StoreError::Inconsistent`] when one is not logged, and those of opening the log.
pub(super) async fn read(
    db: &mut Reader,
    sealer: &Sealer,
    org: i64,
    places: &Places,
) -> Result<Vec<LoggedOp>, AppError> {
    let ids: Vec<Uuid> = places.keys().copied().collect();
    let authors: BTreeMap<Uuid, Uuid> =
        devices::by_ids(db, &ids).await?.into_iter().map(|device| (device.id, device.user)).collect();
    let mut ops = Vec::new();
    for (device, seqs) in places {
        let missing = || StoreError::Inconsistent(format!("ops of {device} are not logged"));
        let author = *authors.get(device).ok_or_else(missing)?;
        let mut left = seqs.clone();
        while let Some(first) = left.pop_first() {
            let found = oplog::segment_holding(db, org, *device, first.cast_signed()).await?.ok_or_else(missing)?;
            let texts = segment::open_texts(sealer, *device, found.index.first_seq, &found.texts)?;
            let end = (found.index.first_seq + found.index.count).cast_unsigned();
            let behind = left.split_off(&end);
            for seq in std::iter::once(first).chain(std::mem::replace(&mut left, behind)) {
                let index = usize::try_from(seq.cast_signed() - found.index.first_seq).map_err(|_| missing())?;
                let text = texts.get(index).ok_or_else(missing)?.get();
                ops.push(op(&found, author, seq, text)?);
            }
        }
    }
    ops.sort_by_key(|op| (op.moment.latest, op.device, op.seq));
    Ok(ops)
}

fn op(segment: &Segment, author: Uuid, seq: u64, text: &str) -> Result<LoggedOp, AppError> {
    let index = &segment.index;
    let missing = || StoreError::Inconsistent(format!("op {seq} of {} is not logged", index.device));
    let moment = segment::moment_of(index, seq.cast_signed())?.ok_or_else(missing)?;
    Ok(LoggedOp {
        author,
        device: index.device,
        seq,
        digest: Digest(index.digest(seq.cast_signed()).ok_or_else(missing)?),
        moment: moment.moment(),
        stamp: moment.stamp(index.device, seq),
        text: text.to_owned(),
    })
}

/// What became of an op that did not plainly take effect.
pub(super) fn fate_of<'a>(op: &LoggedOp, fates: &'a [OpFate]) -> Option<&'a OpFate> {
    fates.iter().find(|fate| fate.device == op.device && fate.seq.cast_unsigned() == op.seq)
}
