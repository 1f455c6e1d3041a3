//! Ops that were said before: sent again, sent twice at once, or taken over from a forked log (P2, P6).

use std::collections::BTreeSet;

use sync_core::exchange::{Outcome, Status};
use uuid::Uuid;

use super::Placed;
use crate::error::AppError;
use crate::facts::segment;
use crate::store::oplog::{self, SegmentIndex};
use crate::store::{StoreError, Tx};
use crate::sync::claim::Incoming;

/// An op that a push of the group repeats of an earlier one: it gets the same outcome.
pub(super) struct Repeat {
    pub(super) push: usize,
    /// Its index among the placed ops.
    pub(super) of: usize,
}

/// The stored outcome of an op that is sent again; `duplicate` stands for a stored `applied`.
pub(super) fn stored_outcome(stored: &[SegmentIndex], device: Uuid, op: &Incoming) -> Result<Outcome, AppError> {
    let seq = op.place.seq;
    let segment = stored.iter().find(|segment| segment.device == device && segment.holds(seq.cast_signed()));
    let held = match segment {
        Some(segment) => segment::outcomes_of(segment)?.into_iter().find(|outcome| outcome.seq == seq),
        None => None,
    };
    Ok(held.unwrap_or_else(|| duplicate(op)))
}

pub(super) fn duplicate(op: &Incoming) -> Outcome {
    let record = op.op.as_ref().ok().map(|op| op.id);
    Outcome { seq: op.place.seq, status: Status::Duplicate, rule: None, message: None, record }
}

/// P2: an op taken over from a forked log takes effect once, however many clones of the phone take it over.
pub(super) async fn drop_taken_over(tx: &mut Tx, org: i64, placed: &mut [Placed<'_>]) -> Result<(), StoreError> {
    type First = (Uuid, i64, [u8; 32]);
    let first = |op: &Placed<'_>| -> Option<First> {
        let was = op.incoming.was().filter(|_| !op.duplicate)?;
        Some((was.device, i64::try_from(was.seq).ok()?, was.digest.0))
    };
    let originals: BTreeSet<First> = placed
        .iter()
        .filter_map(|op| Some((op.stamp.device, i64::try_from(op.stamp.seq).ok()?, op.incoming.digest.0)))
        .collect();
    let named: BTreeSet<First> = placed.iter().filter_map(first).filter(|named| !originals.contains(named)).collect();
    let mut new = oplog::rechain(tx, org, &named).await?;
    for op in placed {
        if let Some(named) = first(op) {
            op.duplicate = !new.remove(&named);
        }
    }
    Ok(())
}
