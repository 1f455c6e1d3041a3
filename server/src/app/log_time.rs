//! What the log of a device says about the time of the ops that follow a fork.

use crate::error::AppError;
use crate::facts::segment::moment_of;
use crate::store::devices::Device;
use crate::store::{Reader, oplog};

/// `earliest` and stamp time of the last op both logs share: no op re-chained from `seq` on is older.
pub(super) async fn after_fork(db: &mut Reader, parent: &Device, seq: i64) -> Result<(i64, i64), AppError> {
    let last_shared = seq - 1;
    if last_shared == parent.head_seq {
        return Ok((parent.earliest, parent.stamp_ms));
    }
    let Some(segment) = oplog::segment_holding(db, parent.org, parent.id, last_shared).await? else {
        return Ok((0, 0));
    };
    let moment = moment_of(&segment.index, last_shared)?;
    Ok(moment.map_or((0, 0), |at| (at.moment().earliest, at.stamp(parent.id, 0).ms)))
}
