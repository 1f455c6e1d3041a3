//! Reads the ops of a request before anything waits or is locked: limits, places, digests, anchors, phone numbers. Pure but for the keys.

use std::collections::BTreeMap;

use api_spec::info::Limits;
use sync_core::exchange::Request;
use sync_core::op::{Digest, Op, Place};
use uuid::Uuid;

use super::claim::Incoming;
use super::queue::Weigh;
use crate::facts::directory::Directory;
use crate::facts::phone_of;
use crate::seal::anchor::{Anchor, Anchors};

/// The push half of a request, ready to wait in line.
#[derive(Debug, Clone)]
pub struct Push {
    /// The org.
    pub org: i64,
    /// Who pushes.
    pub user: Uuid,
    /// From which phone.
    pub device: Uuid,
    /// Everything from a stolen phone is parked.
    pub stolen: bool,
    /// Server time after the request's last byte (Unix ms).
    pub received: i64,
    /// The last seq in the phone's log and the time of the anchor it held then.
    pub recorded: Option<(u64, i64)>,
    /// Genuine anchors of this log in the request: time, acknowledged seq and its digest.
    pub anchors: Vec<(i64, u64, Digest)>,
    /// The ops.
    pub ops: Vec<Incoming>,
}

impl Push {
    /// The newest server time that an anchor of this push proves (Unix ms).
    pub fn newest_anchor(&self) -> Option<i64> {
        self.anchors.iter().map(|(at, ..)| *at).max()
    }
}

impl Weigh for Push {
    fn weight(&self) -> u32 {
        u32::try_from(self.ops.len()).unwrap_or(u32::MAX).max(1)
    }
}

/// Why a request is refused whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IntakeFault {
    /// More ops than this.
    #[error("more than {0} ops")]
    TooManyOps(u64),
    /// More bytes of ops than this.
    #[error("more than {0} bytes of ops")]
    TooManyBytes(u64),
    /// An op without a readable place in its log.
    #[error("op {index} of the request: {message}")]
    NoPlace {
        /// Its index in the request.
        index: usize,
        /// What is wrong.
        message: String,
    },
}

/// Who sends a request, when.
#[derive(Debug, Clone, Copy)]
pub struct Sender {
    /// The org.
    pub org: i64,
    /// The user.
    pub user: Uuid,
    /// The phone.
    pub device: Uuid,
    /// The phone this one continues after a fork, whose anchors stay good.
    pub forked_from: Option<Uuid>,
    /// Whether the phone was reported stolen.
    pub stolen: bool,
}

/// Reads the push half of a request.
///
/// # Errors
/// [`IntakeFault`]; nothing was stored.
pub fn read(
    request: &Request,
    sender: &Sender,
    received: i64,
    anchors: &Anchors,
    directory: &Directory,
    limits: &Limits,
) -> Result<Push, IntakeFault> {
    if request.ops.len() as u64 > limits.request_ops {
        return Err(IntakeFault::TooManyOps(limits.request_ops));
    }
    if request.ops.iter().map(|op| op.get().len() as u64).sum::<u64>() > limits.request_bytes {
        return Err(IntakeFault::TooManyBytes(limits.request_bytes));
    }
    let mut known = AnchorCache { anchors, sender, seen: BTreeMap::new() };
    let held = request.anchor.as_deref().and_then(|token| known.open(token));
    let mut ops = Vec::with_capacity(request.ops.len());
    for (index, raw) in request.ops.iter().enumerate() {
        let text = raw.get();
        let place = Place::read(text).map_err(|error| IntakeFault::NoPlace { index, message: error.to_string() })?;
        let op = Op::parse(text);
        let anchor = op.as_ref().ok().and_then(|op| op.time.anchor.as_deref()).and_then(|token| known.open(token));
        ops.push(Incoming {
            text: text.to_owned(),
            digest: Digest::of(text),
            place,
            anchor: anchor.map(|anchor| anchor.at),
            phone: op.as_ref().ok().and_then(|op| phone_of(op, directory)),
            op,
        });
    }
    Ok(Push {
        org: sender.org,
        user: sender.user,
        device: sender.device,
        stolen: sender.stolen,
        received,
        recorded: request.recorded.zip(held.map(|anchor| anchor.at)),
        anchors: known.seen.into_values().flatten().filter_map(|anchor| covering(&anchor, sender.device)).collect(),
        ops,
    })
}

/// What an anchor proves about the ops it acknowledged.
fn covering(anchor: &Anchor, device: Uuid) -> Option<(i64, u64, Digest)> {
    (anchor.device == device).then_some((anchor.at, u64::try_from(anchor.acked).ok()?, anchor.digest))
}

/// Most ops of a push name the same few anchors.
struct AnchorCache<'a> {
    anchors: &'a Anchors,
    sender: &'a Sender,
    seen: BTreeMap<String, Option<Anchor>>,
}

impl AnchorCache<'_> {
    fn open(&mut self, token: &str) -> Option<Anchor> {
        if let Some(known) = self.seen.get(token) {
            return *known;
        }
        let ours = |anchor: &Anchor| {
            anchor.org == self.sender.org
                && (anchor.device == self.sender.device || Some(anchor.device) == self.sender.forked_from)
        };
        let anchor = self.anchors.open(token).ok().filter(ours);
        self.seen.insert(token.to_owned(), anchor);
        anchor
    }
}
