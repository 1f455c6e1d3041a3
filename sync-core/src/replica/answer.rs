//! Taking an answer: all of it or nothing.

use std::collections::BTreeSet;

use serde_json::Value;
use uuid::Uuid;

use super::clock::Held;
use super::copy::Copy;
use super::{Covering, Replica, Tick};
use crate::exchange::{Outcome, Response, What};
use crate::kinds;

/// What an answer changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// Outcomes that are news and not plainly applied, those of ops adjudicated again included.
    pub outcomes: Vec<Outcome>,
    /// Records that look different now.
    pub changed: BTreeSet<Uuid>,
    /// Buckets whose copy did not prove equal; they are pulled anew.
    pub unequal: Vec<String>,
    /// The server was restored from a backup; what it lost is pending again.
    pub restored: bool,
    /// There is more to push or to pull at once.
    pub again: bool,
}

/// Why an answer is not applied. Nothing is lost: the next request asks for the same again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerFault {
    /// It answers an earlier request than the last.
    #[error("the answer belongs to request {0}, which is not the last one")]
    Stale(u64),
    /// A change lies in a bucket the answer does not list.
    #[error("the answer does not list the bucket {0} it changes")]
    Unlisted(String),
}

impl Replica {
    /// Applies the answer to the last request. `tick` is read when it arrived: elapsed time is measured from here.
    ///
    /// # Errors
    /// When it does not answer the last request, or contradicts itself; nothing is changed then.
    pub fn take_response(&mut self, ticket: u64, response: Response, tick: &Tick) -> Result<Taken, AnswerFault> {
        let in_flight =
            self.in_flight.filter(|in_flight| in_flight.ticket == ticket).ok_or(AnswerFault::Stale(ticket))?;
        if let Some(bucket) = Copy::unlisted(&response) {
            return Err(AnswerFault::Unlisted(bucket.to_owned()));
        }
        self.in_flight = None;
        let restored = self.copy.epoch.as_ref().is_some_and(|epoch| *epoch != response.epoch);
        if restored {
            self.log.restored();
        }
        let held = self.anchor.replace(Held::new(response.anchor.clone(), tick));
        let covered = self.log.acked();
        let mut outcomes = self.log.acknowledge(response.acked.min(in_flight.upto), &response.outcomes);
        let acknowledged = self.log.records(covered + 1..=self.log.acked());
        if self.log.rewind(response.acked)
            && let (None, Some(held)) = (&self.covering, held)
        {
            self.covering = Some(Covering { token: held.token, upto: covered });
        }
        self.log.prove();
        let (keep_from, sync_after_ms, more) = (response.keep_from, response.sync_after_ms, response.more);
        let readjudicated = response.changes.iter().filter_map(|change| match &change.what {
            What::Live(record) if record.kind == kinds::OP_OUTCOME.name => self.readjudicated(&record.body),
            _ => None,
        });
        let readjudicated: Vec<Outcome> = readjudicated.collect();
        let pending = self.log.records(self.log.acked() + 1..=self.log.last());
        let mut applied = self.copy.apply(response, &pending);
        for outcome in readjudicated {
            if let Some(entry) = self.log.entry_mut(outcome.seq).filter(|entry| entry.outcome.is_some()) {
                entry.outcome = Some(outcome.clone());
                outcomes.push(outcome);
            }
        }
        self.log.pulled(&applied.touched, !more);
        self.log.prune(keep_from);
        self.covering.take_if(|covering| covering.upto <= self.log.acked());
        self.throttle.grow();
        self.schedule.answered(tick, sync_after_ms, more || applied.heal);
        applied.touched.extend(acknowledged);
        Ok(Taken {
            outcomes,
            changed: applied.touched,
            unequal: applied.unequal,
            restored,
            again: self.due_in_ms(tick) == 0 && (more || applied.heal || self.has_sendable()),
        })
    }

    /// The new outcome of an op of this log, read from an `op_outcome` record.
    fn readjudicated(&self, body: &serde_json::Map<String, Value>) -> Option<Outcome> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let id = |name: &str| body.get(name).and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
        // Ops of a log that was left are told apart by digest only: under the old numbers another phone may have gone on.
        id("device").filter(|device| *device == self.log.device)?;
        Some(Outcome {
            seq: body.get("seq").and_then(Value::as_u64)?,
            status: serde_json::from_value(body.get("status")?.clone()).ok()?,
            rule: text("rule"),
            message: body.get("message").and_then(words),
            record: id("record"),
        })
    }
}

/// A message as one text: it stands there as such or in every language.
fn words(message: &Value) -> Option<String> {
    match message {
        Value::String(text) => Some(text.clone()),
        Value::Object(texts) => {
            let texts: Vec<&str> = texts.values().filter_map(Value::as_str).collect();
            (!texts.is_empty()).then(|| texts.join(" / "))
        }
        _ => None,
    }
}
