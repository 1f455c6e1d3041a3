//! The push half: a group of pushes becomes one transaction (P1, P2, P5).
//!
//! Locks are taken in the order of the house — devices, customers, booking masks, records, the days and months that are counted, bucket heads
//! —, facts are read after the locks, everything is decided by pure code, and then written in a fixed number of statements however many ops
//! there are.

mod repeats;

use std::collections::{BTreeMap, BTreeSet};

use sync_core::exchange::{Outcome, Status};
use sync_core::op::{Digest, Op};
use sync_core::time::{Moment, Stamp};
use uuid::Uuid;

use self::repeats::{Repeat, drop_taken_over, duplicate, stored_outcome};
use super::chain::{ChainFault, Continuation, Head, continuation};
use super::claim::{Claim, Fate, Incoming};
use super::intake::Push;
use super::judge::Judge;
use super::timing::{LogTime, OpTime};
use crate::error::AppError;
use crate::facts::segment::{self, OpMoment};
use crate::facts::{Facts, Need, Unit};
use crate::seal::sealing::Sealer;
use crate::store::devices::{self, Device};
use crate::store::oplog::{self, Segment, SegmentIndex, Span};
use crate::store::{Key, StoreError, Tx};

/// An anchor that is newer by less than this narrows no interval enough to be written down, in ms.
const NEWS_MS: i64 = 60_000;

/// What a push is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Pushed {
    /// The log's head now: everything up to it has a final outcome on disk.
    pub head: Head,
    /// Of every op of the request that is not plainly applied.
    pub outcomes: Vec<Outcome>,
    /// Why the rest of the request was not taken.
    pub fault: Option<ChainFault>,
    /// Acknowledged ops from here on are to be retained.
    pub keep_from: u64,
    /// The device may not push.
    pub refused: Option<DeviceRefusal>,
}

/// Why a device may not push at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceRefusal {
    /// It was never registered, or belongs to somebody else.
    NotYours,
}

/// One op that continues its log, with its place in time.
struct Placed<'a> {
    push: usize,
    incoming: &'a Incoming,
    moment: Moment,
    stamp: Stamp,
    duplicate: bool,
}

/// Decides and writes a group of pushes, in order.
///
/// # Errors
/// Those of the store; nothing was written then.
pub async fn write_group(tx: &mut Tx, unit: &Unit, pushes: &[Push]) -> Result<Vec<Pushed>, AppError> {
    // Logs that ops were taken over from are locked, too: nobody may add the same op there meanwhile.
    let left = pushes.iter().flat_map(|push| &push.ops).filter_map(|op| Some(op.was()?.device));
    let ids: Vec<Uuid> = sorted(pushes.iter().map(|push| push.device).chain(left));
    let mut devices: BTreeMap<Uuid, Device> =
        devices::lock(tx, &ids).await?.into_iter().map(|device| (device.id, device)).collect();
    let stored = oplog::overlapping(tx, &spans(pushes, &devices)).await?;
    let mut answers = Vec::with_capacity(pushes.len());
    let (mut placed, mut repeats) = (Vec::new(), Vec::new());
    for (index, push) in pushes.iter().enumerate() {
        let answer = match devices.get_mut(&push.device).filter(|device| device.user == push.user) {
            Some(device) => place(index, push, device, &stored, &mut placed, &mut repeats)?,
            None => refused(),
        };
        answers.push(answer);
    }
    drop_taken_over(tx, unit.org, &mut placed).await?;
    let outcomes = judge(tx, unit, pushes, &placed).await?;
    append_segments(tx, unit, pushes, &placed, &outcomes).await?;
    for repeat in repeats {
        let op = placed[repeat.of].incoming;
        let outcome = outcomes[repeat.of].clone().unwrap_or_else(|| duplicate(op));
        answers[repeat.push].outcomes.push(outcome);
    }
    for (op, outcome) in placed.iter().zip(outcomes) {
        answers[op.push].outcomes.extend(outcome);
    }
    let pushing: BTreeSet<Uuid> = pushes.iter().map(|push| push.device).collect();
    let advanced: Vec<Device> = devices.into_values().filter(|device| pushing.contains(&device.id)).collect();
    devices::advance(tx, &advanced).await?;
    Ok(answers)
}

/// The answer to a request that brings no ops and teaches nothing about the log's time worth a write.
///
/// # Errors
/// Those of reading the device's row.
pub fn nothing_new(push: &Push, device: &Device) -> Result<Option<Pushed>, AppError> {
    let time = LogTime::of(device)?;
    let teaches = push.recorded.is_some_and(|(recorded, at)| time.bounds.at(recorded.saturating_add(1)) + NEWS_MS < at);
    if !push.ops.is_empty() || teaches || device.user != push.user {
        return Ok(None);
    }
    let head = Head { seq: device.head_seq.cast_unsigned(), digest: Digest(device.head_digest) };
    let keep_from = time.keep_from(push.received, head.seq);
    Ok(Some(Pushed { head, outcomes: Vec::new(), fault: None, keep_from, refused: None }))
}

fn refused() -> Pushed {
    Pushed {
        head: Head { seq: 0, digest: Digest::ZERO },
        outcomes: Vec::new(),
        fault: None,
        keep_from: 0,
        refused: Some(DeviceRefusal::NotYours),
    }
}

fn sorted<T: Ord>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// The parts of stored logs that the pushes repeat or name as `was`.
fn spans(pushes: &[Push], devices: &BTreeMap<Uuid, Device>) -> Vec<Span> {
    let mut spans = Vec::new();
    for push in pushes {
        let seqs = || push.ops.iter().filter_map(|op| i64::try_from(op.place.seq).ok());
        let head = devices.get(&push.device).map_or(0, |device| device.head_seq);
        if let (Some(first_seq), Some(last)) = (seqs().min(), seqs().max())
            && first_seq <= head
        {
            spans.push(Span { org: push.org, device: push.device, first_seq, last_seq: last.min(head) });
        }
        for was in push.ops.iter().filter_map(Incoming::was) {
            if let Ok(seq) = i64::try_from(was.seq) {
                spans.push(Span { org: push.org, device: was.device, first_seq: seq, last_seq: seq });
            }
        }
    }
    spans
}

/// Holds one push against its log and places what is new in time.
fn place<'a>(
    index: usize,
    push: &'a Push,
    device: &mut Device,
    stored: &[SegmentIndex],
    placed: &mut Vec<Placed<'a>>,
    repeats: &mut Vec<Repeat>,
) -> Result<Pushed, AppError> {
    let mut time = LogTime::of(device)?;
    let digest_at = |device: Uuid, seq: u64| {
        let seq = i64::try_from(seq).ok()?;
        let segment = stored.iter().find(|segment| segment.device == device && segment.holds(seq))?;
        segment.digest(seq).map(Digest)
    };
    // An earlier push of the same group may have taken what this one repeats.
    let in_group: BTreeMap<u64, usize> = placed
        .iter()
        .enumerate()
        .filter(|(_, op)| op.stamp.device == push.device)
        .map(|(index, op)| (op.incoming.place.seq, index))
        .collect();
    let head = Head { seq: device.head_seq.cast_unsigned(), digest: Digest(device.head_digest) };
    let places: Vec<_> = push.ops.iter().map(|op| (op.place, op.digest)).collect();
    let known = |seq| {
        let placed = in_group.get(&seq).map(|index| placed[*index].incoming.digest);
        placed.or_else(|| digest_at(push.device, seq))
    };
    let Continuation { known, fresh, fault } = continuation(head, known, &places);

    let mut outcomes = Vec::new();
    for op in &push.ops[..known] {
        match in_group.get(&op.place.seq) {
            Some(of) => repeats.push(Repeat { push: index, of: *of }),
            None => outcomes.push(stored_outcome(stored, push.device, op)?),
        }
    }
    if let Some((recorded, at)) = push.recorded {
        time.bounds.learn(recorded, at);
    }
    let taken = &push.ops[known..known + fresh];
    for op in taken {
        let was = op.was();
        let evidence = OpTime {
            seq: op.place.seq,
            anchor: op.anchor,
            elapsed_ms: op.op.as_ref().ok().and_then(|op| op.time.elapsed_ms),
            covered_by: covering(push, op.place.seq),
            rechained: was.is_some(),
        };
        let (moment, stamp) = time.next(push.device, push.received, &evidence);
        let duplicate = was.is_some_and(|was| digest_at(was.device, was.seq) == Some(was.digest));
        placed.push(Placed { push: index, incoming: op, moment, stamp, duplicate });
    }
    let head = taken.last().map_or(head, |op| Head { seq: op.place.seq, digest: op.digest });
    device.head_seq = head.seq.cast_signed();
    device.head_digest = head.digest.0;
    device.last_seen = push.received;
    if let Some(first) = taken.first() {
        time.retain(push.received, first.place.seq);
    }
    time.bounds.prune(head.seq);
    time.store(device)?;
    Ok(Pushed { head, outcomes, fault, keep_from: time.keep_from(push.received, head.seq), refused: None })
}

/// Time of the oldest anchor in the request that proves this op had been acknowledged before (P13).
fn covering(push: &Push, seq: u64) -> Option<i64> {
    let digest = |seq: u64| push.ops.iter().find(|op| op.place.seq == seq).map(|op| op.digest);
    let proofs = push.anchors.iter().filter(|(_, acked, proof)| *acked >= seq && digest(*acked) == Some(*proof));
    proofs.map(|(at, _, _)| *at).min()
}

/// Judges what is new, push by push and group by group.
async fn judge(
    tx: &mut Tx,
    unit: &Unit,
    pushes: &[Push],
    placed: &[Placed<'_>],
) -> Result<Vec<Option<Outcome>>, AppError> {
    let understood = |op: &Placed<'_>| !op.duplicate && !pushes[op.push].stolen;
    let mut need = Need::default();
    for placed in placed.iter().filter(|op| understood(op)) {
        if let Some(op) = placed.op() {
            let author = pushes[placed.push].user;
            need.op(op, placed.incoming.phone.as_ref(), author, &placed.moment, &unit.directory);
        }
    }
    let mut facts = Facts::load(tx, unit, &need).await?;
    let mut outcomes = Vec::with_capacity(placed.len());
    for run in placed.chunk_by(|a, b| a.push == b.push && a.group().is_some() && a.group() == b.group()) {
        let fates = fates(&mut Judge { directory: &unit.directory, facts: &mut facts }, run, &pushes[run[0].push]);
        outcomes.extend(run.iter().zip(fates).map(|(op, fate)| op.outcome(&fate)));
    }
    for (placed, outcome) in placed.iter().zip(&outcomes) {
        let known = placed.op().filter(|op| unit.directory.projects.contains_key(&op.project));
        if let (Some(op), Some(outcome)) = (known, outcome)
            && outcome.status != Status::Duplicate
        {
            facts.note_fate(Key { project: op.project, id: op.id }, pushes[placed.push].device, outcome, false);
        }
    }
    facts.save(tx, unit).await?;
    Ok(outcomes)
}

/// What becomes of the ops of one group, or of a single op.
fn fates(judge: &mut Judge<'_>, run: &[Placed<'_>], push: &Push) -> Vec<Fate> {
    use api_spec::problem::Code;

    if push.stolen {
        return vec![Fate::Parked(Code::NotUnderstood); run.len()];
    }
    if run.len() > sync_core::op::GROUP_OPS {
        return vec![Fate::Rejected(Code::BadGroup.into()); run.len()];
    }
    let malformed = run.iter().any(|op| op.incoming.op.is_err());
    if malformed {
        let fate = |op: &Placed<'_>| match &op.incoming.op {
            Err(fault) => Fate::Rejected(fault.into()),
            Ok(_) => Fate::Rejected(Code::GroupRejected.into()),
        };
        return run.iter().map(fate).collect();
    }
    let claims: Vec<Claim<'_>> = run
        .iter()
        .filter(|op| !op.duplicate)
        .filter_map(|op| {
            Some(Claim {
                text: &op.incoming.text,
                op: op.incoming.op.as_ref().ok()?,
                phone: op.incoming.phone.as_ref(),
                author: push.user,
                device: push.device,
                moment: op.moment,
                stamp: op.stamp,
            })
        })
        .collect();
    let mut judged = if claims.is_empty() { Vec::new() } else { judge.judge(&claims) }.into_iter();
    run.iter().map(|op| if op.duplicate { Fate::Duplicate } else { judged.next().unwrap_or(Fate::Duplicate) }).collect()
}

impl Placed<'_> {
    fn op(&self) -> Option<&Op> {
        self.incoming.op.as_ref().ok()
    }

    fn group(&self) -> Option<&str> {
        self.op()?.group.as_deref()
    }

    fn outcome(&self, fate: &Fate) -> Option<Outcome> {
        fate.outcome(self.incoming.place.seq, self.op().map(|op| op.id))
    }
}

/// One segment for each push that brought something new.
async fn append_segments(
    tx: &mut Tx,
    unit: &Unit,
    pushes: &[Push],
    placed: &[Placed<'_>],
    outcomes: &[Option<Outcome>],
) -> Result<(), AppError> {
    let mut segments = Vec::new();
    let mut at = 0;
    for run in placed.chunk_by(|a, b| a.push == b.push) {
        let push = &pushes[run[0].push];
        let first_seq = run[0].incoming.place.seq.cast_signed();
        let moments: Vec<OpMoment> = run.iter().map(|op| OpMoment::new(&op.moment, &op.stamp)).collect();
        let lines: Vec<&Outcome> = outcomes[at..at + run.len()].iter().flatten().collect();
        at += run.len();
        let texts = run.iter().map(|op| op.incoming.text.as_str());
        let texts = segment::seal_texts(&unit.sealer, push.device, first_seq, texts)?;
        segments.push(Segment {
            index: SegmentIndex {
                org: push.org,
                device: push.device,
                first_seq,
                count: i64::try_from(run.len()).map_err(|_| StoreError::Inconsistent("a push beyond i64".into()))?,
                received: push.received,
                digests: run.iter().flat_map(|op| op.incoming.digest.0).collect(),
                moments: serde_json::to_string(&moments).map_err(segment::SegmentError::from)?,
                outcomes: serde_json::to_string(&lines).map_err(segment::SegmentError::from)?,
            },
            key_id: i64::from(Sealer::key_id_of(&texts)),
            texts,
        });
    }
    oplog::append(tx, &segments).await?;
    Ok(())
}
