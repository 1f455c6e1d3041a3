//! One op on its way through a push: what it says, who says it, and when it was recorded.

use api_spec::problem::Code;
use serde_json::{Map, Value};
use sync_core::exchange::{Outcome, Status};
use sync_core::op::{Digest, Op, OpFault, Place, Was};
use sync_core::time::{Moment, Stamp};
use uuid::Uuid;

use crate::facts::Waiting;
use crate::seal::phone::PhoneNumber;
use crate::store::Key;

/// An op of a push, read but not yet placed in time.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Its exact text.
    pub text: String,
    /// SHA-256 of the text.
    pub digest: Digest,
    /// Its place in the log.
    pub place: Place,
    /// What it says, or why it cannot be understood.
    pub op: Result<Op, OpFault>,
    /// Server time inside its anchor, when that is genuine and of this log.
    pub anchor: Option<i64>,
    /// The number a `phone` field claims, normalised; `None` also when it is not a possible one.
    pub phone: Option<PhoneNumber>,
}

impl Incoming {
    /// Where it stood in the log it was taken over from.
    pub fn was(&self) -> Option<Was> {
        self.op.as_ref().ok()?.was
    }
}

/// An op with its author and moment: a claim that can be judged.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// Its exact text.
    pub text: &'a str,
    /// What it says.
    pub op: &'a Op,
    /// The number its `phone` field claims.
    pub phone: Option<&'a PhoneNumber>,
    /// Who says it.
    pub author: Uuid,
    /// On which phone.
    pub device: Uuid,
    /// When it was recorded.
    pub moment: Moment,
    /// Its weight in merges.
    pub stamp: Stamp,
}

impl Claim<'_> {
    /// The record it is about.
    pub fn key(&self) -> Key {
        Key { project: self.op.project, id: self.op.id }
    }

    /// The claim as it is kept while it waits.
    pub fn waiting(&self, reason: Code) -> Waiting {
        Waiting {
            text: self.text.to_owned(),
            author: self.author,
            device: self.device,
            seq: self.op.place.seq,
            moment: self.moment,
            stamp: self.stamp,
            reason,
        }
    }
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It took effect.
    Applied,
    /// Every field lost to newer stamps.
    Superseded,
    /// It may not be said.
    Rejected(Refusal),
    /// It cannot be judged yet.
    Parked(Code),
    /// It was taken over from a forked log, and the server has it from there.
    Duplicate,
}

/// Why a claim is rejected: a rule or a code of the problem table, and the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// A rule id or a problem code.
    pub rule: &'static str,
    /// In both languages.
    pub message: String,
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { rule: code.as_str(), message: code.message(&Map::<String, Value>::new()).both() }
    }
}

impl From<&OpFault> for Refusal {
    fn from(fault: &OpFault) -> Self {
        Self { rule: fault.rule().unwrap_or(fault.code()), message: api_spec::messages::fault(fault).both() }
    }
}

impl Fate {
    /// The line of the answer; none for what is plainly applied.
    pub fn outcome(&self, seq: u64, record: Option<Uuid>) -> Option<Outcome> {
        let line = |status, rule: Option<&str>, message| {
            Some(Outcome { seq, status, rule: rule.map(str::to_owned), message, record })
        };
        match self {
            Self::Applied => None,
            Self::Superseded => line(Status::Superseded, None, None),
            Self::Duplicate => line(Status::Duplicate, None, None),
            Self::Rejected(refusal) => line(Status::Rejected, Some(refusal.rule), Some(refusal.message.clone())),
            Self::Parked(code) => {
                line(Status::Parked, Some(code.as_str()), Some(code.message(&Map::<String, Value>::new()).both()))
            }
        }
    }
}
