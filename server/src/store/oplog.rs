//! The op log: every op ever received, as it came, in segments of one device and push.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

statements! {
    APPEND = "INSERT INTO op_segments (org, device, first_seq, count, received, key_id, digests, moments, outcomes,
            texts)
        {rows bigint, blob, bigint, bigint, bigint, bigint, blob, text, text, blob}";
    HOLDING = "SELECT org, device, first_seq, count, received, key_id, digests, moments, outcomes, texts
        FROM op_segments WHERE org = $1 AND device = $2 AND first_seq <= $3
        ORDER BY first_seq DESC LIMIT 1";
    // the newest segment that begins at or before a span's start, and all that begin inside the span
    OVERLAPPING = "WITH input (org, device, first_seq, last_seq) AS ({rows bigint, blob, bigint, bigint})
        SELECT s.org, s.device, s.first_seq, s.count, s.received, s.digests, s.moments, s.outcomes
        FROM input JOIN op_segments s ON s.org = input.org AND s.device = input.device
            AND s.first_seq <= input.last_seq
            AND s.first_seq >= COALESCE((SELECT MAX(p.first_seq) FROM op_segments p
                WHERE p.org = input.org AND p.device = input.device AND p.first_seq <= input.first_seq), 0)
        ORDER BY s.org, s.device, s.first_seq";
    RECHAIN = "INSERT INTO rechained_ops (org, device, seq, digest) {rows bigint, blob, bigint, blob}
        ON CONFLICT (org, device, seq, digest) DO NOTHING RETURNING device, seq, digest";
    SET_OUTCOMES = "UPDATE op_segments SET outcomes = $4 WHERE org = $1 AND device = $2 AND first_seq = $3";
}

/// The ops of one device and push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// What is known without the texts.
    pub index: SegmentIndex,
    /// Key that sealed the texts.
    pub key_id: i64,
    /// The exact texts, compressed and sealed as one.
    pub texts: Vec<u8>,
}

/// A segment without its texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentIndex {
    /// The organisation of the device.
    pub org: i64,
    /// The device.
    pub device: Uuid,
    /// Seq of the first op.
    pub first_seq: i64,
    /// Number of ops.
    pub count: i64,
    /// Receive time, Unix ms.
    pub received: i64,
    /// SHA-256 of each op, 32 bytes one after the other.
    pub digests: Vec<u8>,
    /// Moments of the ops, JSON.
    pub moments: String,
    /// Outcomes that are not plainly `applied`, JSON.
    pub outcomes: String,
}

impl SegmentIndex {
    /// Whether the op with this seq is in the segment.
    pub fn holds(&self, seq: i64) -> bool {
        (self.first_seq..self.first_seq + self.count).contains(&seq)
    }

    /// Digest of the op with this seq.
    pub fn digest(&self, seq: i64) -> Option<[u8; 32]> {
        let index = usize::try_from(seq.checked_sub(self.first_seq)?).ok()?;
        self.digests.chunks_exact(32).nth(index)?.try_into().ok()
    }
}

/// Part of a device's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The organisation of the device.
    pub org: i64,
    /// The device.
    pub device: Uuid,
    /// First seq.
    pub first_seq: i64,
    /// Last seq, included.
    pub last_seq: i64,
}

/// Appends segments.
///
/// # Errors
/// [`StoreError::Taken`] when a segment begins where one does already.
pub async fn append(tx: &mut Tx, segments: &[Segment]) -> Result<(), StoreError> {
    let rows: Vec<_> = segments
        .iter()
        .map(|Segment { index: i, key_id, texts }| {
            args![
                i.org,
                i.device,
                i.first_seq,
                i.count,
                i.received,
                *key_id,
                &i.digests,
                &i.moments,
                &i.outcomes,
                texts
            ]
        })
        .collect();
    tx.execute_each(&APPEND, &rows).await
}

/// The segment that holds an op.
///
/// # Errors
/// [`StoreError`]
pub async fn segment_holding(db: &mut Reader, org: i64, device: Uuid, seq: i64) -> Result<Option<Segment>, StoreError> {
    let row = db.fetch_optional(&HOLDING, &args![org, device, seq]).await?;
    let segment = row.map(|row| {
        Ok::<_, StoreError>(Segment { index: index(&row)?, key_id: row.i64("key_id")?, texts: row.blob("texts")? })
    });
    Ok(segment.transpose()?.filter(|segment| segment.index.holds(seq)))
}

/// What is stored already of some spans, without texts, to compare a repeated push digest by digest.
///
/// # Errors
/// [`StoreError`]
pub async fn overlapping(db: &mut Reader, spans: &[Span]) -> Result<Vec<SegmentIndex>, StoreError> {
    let rows: Vec<_> = spans.iter().map(|s| args![s.org, s.device, s.first_seq, s.last_seq]).collect();
    let mut found: Vec<SegmentIndex> =
        db.fetch_rows(&OVERLAPPING, &rows).await?.iter().map(index).collect::<Result<_, _>>()?;
    found.retain(|index| {
        spans.iter().any(|span| span.device == index.device && index.first_seq + index.count > span.first_seq)
    });
    Ok(found)
}

/// Takes ops over from forked logs, by device, seq and digest of their first places; returns those that nobody took over before.
///
/// # Errors
/// [`StoreError`]
pub async fn rechain(
    tx: &mut Tx,
    org: i64,
    places: &BTreeSet<(Uuid, i64, [u8; 32])>,
) -> Result<BTreeSet<(Uuid, i64, [u8; 32])>, StoreError> {
    let rows: Vec<_> = places.iter().map(|(device, seq, digest)| args![org, *device, *seq, digest]).collect();
    let new = tx.fetch_rows(&RECHAIN, &rows).await?;
    new.iter().map(|row| Ok((row.id("device")?, row.i64("seq")?, row.digest("digest")?))).collect()
}

/// Replaces the outcomes of a segment, after ops of it were adjudicated again.
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such segment.
pub async fn set_outcomes(
    tx: &mut Tx,
    org: i64,
    device: Uuid,
    first_seq: i64,
    outcomes: &str,
) -> Result<(), StoreError> {
    tx.execute_one(&SET_OUTCOMES, &args![org, device, first_seq, outcomes]).await
}

fn index(row: &Row) -> Result<SegmentIndex, StoreError> {
    Ok(SegmentIndex {
        org: row.i64("org")?,
        device: row.id("device")?,
        first_seq: row.i64("first_seq")?,
        count: row.i64("count")?,
        received: row.i64("received")?,
        digests: row.blob("digests")?,
        moments: row.text("moments")?,
        outcomes: row.text("outcomes")?,
    })
}
