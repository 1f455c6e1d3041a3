//! Taking a refusal: a problem instead of an answer. The queue stays whatever happens.

use serde_json::{Map, Value};

use super::outbox::InFlight;
use super::{AnswerFault, Fork, Replica, Tick};
use crate::op::{Digest, Place};

/// A problem instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `seq-gap`: the server's log ends before this batch begins.
    SeqGap {
        /// The seq the server's log continues with.
        expected: u64,
        /// The digest that op must name as `prev`.
        head: Digest,
    },
    /// `device-forked`: another log grew under this device id.
    Forked {
        /// The first op that differs; all below is acknowledged.
        seq: u64,
    },
    /// 413: the request is larger than the server takes.
    TooLarge,
    /// 401: the access token expired or was revoked; recording goes on.
    LoggedOut,
    /// Anything else, also no answer at all.
    Later {
        /// The header `Retry-After`, in ms.
        retry_after_ms: Option<u64>,
    },
}

impl Refusal {
    /// Reads a problem: the status, the whole body (`application/problem+json`), and the header `Retry-After` in ms.
    pub fn read(status: u16, problem: &Map<String, Value>, retry_after_ms: Option<u64>) -> Self {
        let digest =
            |name: &str| problem.get(name).and_then(|value| serde_json::from_value::<Digest>(value.clone()).ok());
        let number = |name: &str| problem.get(name).and_then(Value::as_u64);
        let known = match (status, problem.get("code").and_then(Value::as_str)) {
            (_, Some("seq-gap")) => {
                number("expected").zip(digest("head")).map(|(expected, head)| Self::SeqGap { expected, head })
            }
            (_, Some("device-forked")) => number("seq").map(|seq| Self::Forked { seq }),
            (413, _) => Some(Self::TooLarge),
            (401, _) => Some(Self::LoggedOut),
            _ => None,
        };
        known.unwrap_or(Self::Later { retry_after_ms })
    }
}

/// What to do after a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Ask for the next request at once.
    Again,
    /// Register a new device and call [`Replica::fork`].
    Fork(Fork),
    /// Refresh the token or log in.
    LogIn,
    /// Ask for the next request after this many ms.
    Wait(u64),
}

impl Replica {
    /// Takes the refusal of the last request.
    ///
    /// # Errors
    /// When it does not belong to the last request; nothing is changed then.
    pub fn take_refusal(&mut self, ticket: u64, refusal: Refusal, tick: &Tick) -> Result<Next, AnswerFault> {
        let in_flight =
            self.in_flight.filter(|in_flight| in_flight.ticket == ticket).ok_or(AnswerFault::Stale(ticket))?;
        self.in_flight = None;
        self.schedule.ask();
        let settled = match refusal {
            Refusal::SeqGap { expected, head } => self.fill_gap(in_flight, expected, head),
            Refusal::Forked { seq } => self.note_fork(seq),
            Refusal::TooLarge => self.throttle.shrink(in_flight.ops()),
            Refusal::LoggedOut => return Ok(Next::LogIn),
            Refusal::Later { retry_after_ms } => return Ok(Next::Wait(self.schedule.failed(tick, retry_after_ms))),
        };
        Ok(match self.fork_needed() {
            Some(fork) => Next::Fork(fork),
            None if settled => Next::Again,
            None => Next::Wait(self.schedule.failed(tick, None)),
        })
    }

    /// Sends again from `expected` on what is retained. What nobody can fill is continued as after a fork.
    fn fill_gap(&mut self, in_flight: InFlight, expected: u64, head: Digest) -> bool {
        if expected == 0 || in_flight.first.is_none_or(|first| expected >= first) {
            return false;
        }
        let first = self.log.first_retained();
        if expected < first {
            self.log.rewind(expected - 1);
            self.forked = Some(expected);
            return true;
        }
        let prev = self.log.entry(expected).and_then(|entry| Some(Place::read(&entry.text).ok()?.prev));
        // A log that differs before the hole: the server finds the first difference when it sees all that is retained.
        self.log.rewind(if prev == Some(head) { expected } else { first } - 1);
        true
    }

    /// Another log grew under this device id from `seq` on: what is below is sent for its outcomes, what is not waits for a new device.
    fn note_fork(&mut self, seq: u64) -> bool {
        if seq == 0 || seq > self.log.last() {
            return false;
        }
        self.log.rewind(seq - 1);
        self.forked = Some(seq);
        true
    }
}
