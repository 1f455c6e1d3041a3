//! Segments of the op log: the ops of one push as they came, with moments and outcomes. They are the evidence.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sync_core::exchange::Outcome;
use sync_core::time::{Grade, Moment, Stamp};
use uuid::Uuid;

use crate::seal::sealing::{Place, SealError, Sealer};
use crate::store::oplog::SegmentIndex;

/// Level of zstd: the texts of a push are alike, and the disk is slower than level 1.
const LEVEL: i32 = 1;

/// Why a segment cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// Its texts cannot be sealed or opened.
    #[error("the op texts of a segment: {0}")]
    Seal(#[from] SealError),
    /// Its texts cannot be compressed or expanded.
    #[error("the op texts of a segment: {0}")]
    Compression(#[from] std::io::Error),
    /// What was stored is not what was written.
    #[error("a segment of the op log: {0}")]
    Malformed(#[from] serde_json::Error),
}

/// When one op of a segment was recorded: earliest, latest, claimed, grade, stamp time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpMoment(i64, i64, Option<i64>, Grade, i64);

impl OpMoment {
    /// As the op log keeps it.
    pub fn new(moment: &Moment, stamp: &Stamp) -> Self {
        Self(moment.earliest, moment.latest, moment.claimed, moment.grade, stamp.ms)
    }

    /// The moment.
    pub fn moment(&self) -> Moment {
        Moment { earliest: self.0, latest: self.1, claimed: self.2, grade: self.3 }
    }

    /// The merge stamp of the op at this place.
    pub fn stamp(&self, device: Uuid, seq: u64) -> Stamp {
        Stamp { ms: self.4, seq, device }
    }
}

/// The texts of a push, compressed and sealed as one.
///
/// # Errors
/// [`SegmentError`]
pub fn seal_texts<'a>(
    sealer: &Sealer,
    device: Uuid,
    first_seq: i64,
    texts: impl Iterator<Item = &'a str>,
) -> Result<Vec<u8>, SegmentError> {
    let mut list = String::from("[");
    for text in texts {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(text);
    }
    list.push(']');
    let packed = zstd::bulk::compress(list.as_bytes(), LEVEL)?;
    Ok(sealer.seal(place(&owner(device, first_seq)), &packed)?)
}

/// The exact texts of a segment, in order.
///
/// # Errors
/// [`SegmentError`]
pub fn open_texts(
    sealer: &Sealer,
    device: Uuid,
    first_seq: i64,
    sealed: &[u8],
) -> Result<Vec<Box<RawValue>>, SegmentError> {
    let packed = sealer.open(place(&owner(device, first_seq)), sealed)?;
    Ok(serde_json::from_slice(&zstd::stream::decode_all(packed.as_slice())?)?)
}

/// The texts of a segment, sealed anew with the newest key.
///
/// # Errors
/// [`SegmentError::Seal`]
pub fn reseal_texts(sealer: &Sealer, device: Uuid, first_seq: i64, sealed: &[u8]) -> Result<Vec<u8>, SegmentError> {
    Ok(sealer.reseal(place(&owner(device, first_seq)), sealed)?)
}

fn owner(device: Uuid, first_seq: i64) -> [u8; 24] {
    let mut owner = [0; 24];
    owner[..16].copy_from_slice(device.as_bytes());
    owner[16..].copy_from_slice(&first_seq.to_le_bytes());
    owner
}

fn place(owner: &[u8]) -> Place<'_> {
    Place { purpose: "op-segment", owner }
}

/// The moment of a stored op.
///
/// # Errors
/// [`SegmentError::Malformed`]
pub fn moment_of(segment: &SegmentIndex, seq: i64) -> Result<Option<OpMoment>, SegmentError> {
    let moments: Vec<OpMoment> = serde_json::from_str(&segment.moments)?;
    Ok(usize::try_from(seq - segment.first_seq).ok().and_then(|index| moments.get(index).copied()))
}

/// The outcomes of a stored segment that are not plainly `applied`.
///
/// # Errors
/// [`SegmentError::Malformed`]
pub fn outcomes_of(segment: &SegmentIndex) -> Result<Vec<Outcome>, SegmentError> {
    Ok(serde_json::from_str(&segment.outcomes)?)
}
