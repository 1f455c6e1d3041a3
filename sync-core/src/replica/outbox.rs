//! The next request: as many pending ops as fit, and the marks to pull from.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Replica, Tick};
use crate::exchange::{PROTOCOL, REQUEST_BYTES, REQUEST_OPS, Request};

/// A request with the number its answer is matched by. It never leaves the phone.
#[derive(Debug)]
pub struct Exchange {
    /// To be handed back with the answer or the refusal.
    pub ticket: u64,
    /// What to send.
    pub request: Request,
}

/// The request whose answer is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct InFlight {
    pub(super) ticket: u64,
    /// The first op it carries; none when it only pulls.
    pub(super) first: Option<u64>,
    /// The last op it carries, or the last one acknowledged.
    pub(super) upto: u64,
}

impl InFlight {
    /// How many ops it carries.
    pub(super) fn ops(&self) -> u64 {
        self.first.map_or(0, |first| self.upto - first + 1)
    }
}

/// How much goes into one request: halved when the server finds it too large, regrown by a sixteenth of the limit with every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Throttle {
    ops: usize,
    bytes: usize,
}

impl Default for Throttle {
    fn default() -> Self {
        Self { ops: REQUEST_OPS, bytes: REQUEST_BYTES }
    }
}

impl Throttle {
    /// Halves what a request of `ops` ops carried. Tells whether there was anything to halve.
    pub(super) fn shrink(&mut self, ops: u64) -> bool {
        let ops = usize::try_from(ops).unwrap_or(usize::MAX);
        self.ops = (self.ops.min(ops) / 2).max(1);
        self.bytes = (self.bytes / 2).max(1);
        ops > 1
    }

    pub(super) fn grow(&mut self) {
        self.ops = (self.ops + REQUEST_OPS / 16).min(REQUEST_OPS);
        self.bytes = (self.bytes + REQUEST_BYTES / 16).min(REQUEST_BYTES);
    }
}

impl Replica {
    /// The next request, or nothing while the server asked for patience or there is nothing to push and no pull is due.
    ///
    /// A new request takes the place of one that was not answered; the answer of that one is then refused as stale.
    pub fn next_request(&mut self, tick: &Tick) -> Option<Exchange> {
        if self.due_in_ms(tick) > 0 {
            return None;
        }
        let ops = self.batch();
        let ticket = self.tickets + 1;
        let seqs = || self.sendable().take(ops.len()).map(|(seq, _)| seq);
        let in_flight = InFlight { ticket, first: seqs().next(), upto: seqs().last().unwrap_or(self.log.acked()) };
        self.tickets = ticket;
        self.in_flight = Some(in_flight);
        let anchor = self.covering.as_ref().map(|covering| &covering.token);
        let cursors = self.copy.buckets.iter().filter_map(|(name, copy)| Some((name.clone(), copy.cursor.clone()?)));
        let request = Request {
            protocol: PROTOCOL,
            epoch: self.copy.epoch.clone(),
            anchor: anchor.or(self.anchor.as_ref().map(|held| &held.token)).cloned(),
            recorded: Some(self.log.last()),
            ops,
            cursors: cursors.collect(),
            limit: self.limit,
        };
        Some(Exchange { ticket, request })
    }

    /// How long to wait until [`Replica::next_request`] gives one, in ms; 0 is now.
    pub fn due_in_ms(&self, tick: &Tick) -> u64 {
        self.schedule.wait_ms(tick, self.has_sendable())
    }

    /// Pending ops the server can take: after a fork only those below it.
    fn sendable(&self) -> impl Iterator<Item = (u64, &super::log::Entry)> {
        let end = self.forked.unwrap_or(u64::MAX);
        self.log.pending().take_while(move |(seq, _)| *seq < end)
    }

    pub(super) fn has_sendable(&self) -> bool {
        self.sendable().next().is_some()
    }

    /// The texts of the next batch: whole groups, within the limits; the first one always, so that nothing blocks the queue.
    fn batch(&self) -> Vec<Box<RawValue>> {
        let mut batch = Vec::new();
        let (mut whole, mut bytes) = (0, 0);
        let mut group: Option<&str> = None;
        for (_, entry) in self.sendable() {
            if group.is_none() || entry.group.as_deref() != group {
                whole = batch.len();
            }
            group = entry.group.as_deref();
            bytes += entry.text.len();
            if whole > 0 && (batch.len() >= self.throttle.ops || bytes > self.throttle.bytes) {
                batch.truncate(whole);
                break;
            }
            let Ok(text) = RawValue::from_string(entry.text.clone()) else { break };
            batch.push(text);
        }
        batch
    }
}
