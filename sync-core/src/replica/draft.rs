//! Recording an op: what the person typed, checked as the server will check it, and put into the log.

use std::ops::RangeInclusive;

use uuid::Uuid;

use super::clock::{Tick, time_claim};
use super::{Replica, View};
use crate::exchange::REQUEST_BYTES;
use crate::kind::{Kind, MergeRule};
use crate::kinds;
use crate::op::{Action, GROUP_OPS, OP_BYTES, Op, OpFault, missing};

/// Bytes an op may grow by when it is chained to another log and names its old place.
const RECHAIN_BYTES: usize = 256;

/// An op as somebody means it; place and time come from the replica.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The record's kind.
    pub kind: &'static Kind,
    /// The record; a new id creates one.
    pub id: Uuid,
    /// The project.
    pub project: Uuid,
    /// What it asks for.
    pub action: Action,
    /// 16 random bytes, needed with sealed fields.
    pub salt: Option<[u8; 16]>,
}

impl Draft {
    /// A draft without sealed fields.
    pub fn new(kind: &'static Kind, id: Uuid, project: Uuid, action: Action) -> Self {
        Self { kind, id, project, action, salt: None }
    }

    /// Adds the salt that sealed fields need.
    #[must_use]
    pub fn with_salt(self, salt: [u8; 16]) -> Self {
        Self { salt: Some(salt), ..self }
    }
}

/// Why an op is not recorded: what the server would reject it for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// The op itself is at fault.
    #[error(transparent)]
    Op(#[from] OpFault),
    /// Somebody else may do this, the user may not.
    #[error("only somebody else may do this to the record")]
    NotPermitted,
    /// The record is in a phase in which nobody changes it.
    #[error("the record is frozen: it is {0}")]
    Frozen(String),
    /// The command does not fit the record's phase.
    #[error("the record is {0}")]
    WrongState(String),
    /// Somebody else made a record of this id.
    #[error("somebody else made a record of this id")]
    IdTaken,
    /// Records of this kind have a derived id.
    #[error("the id must be {0}")]
    WrongId(Uuid),
    /// Records of this kind are never deleted.
    #[error("records of this kind are not deleted")]
    NotDeletable,
    /// A group is empty, has more than [`GROUP_OPS`] ops, or does not fit one request.
    #[error("a group has 1 to {GROUP_OPS} ops and fits one request")]
    BadGroup,
}

impl RecordFault {
    /// The code of this fault in the problem table.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Op(fault) => fault.code(),
            Self::NotPermitted => "not-permitted",
            Self::Frozen(_) => "frozen",
            Self::WrongState(_) => "wrong-state",
            Self::IdTaken => "id-taken",
            Self::WrongId(_) => "wrong-id",
            Self::NotDeletable => "not-deletable",
            Self::BadGroup => "bad-group",
        }
    }

    /// The rule behind this fault, when there is one.
    pub fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Op(fault) => fault.rule(),
            _ => None,
        }
    }
}

/// Which op of a group is at fault; nothing of the group is recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("op {index} of the group: {fault}")]
pub struct GroupFault {
    /// The op's place in the group, from 0.
    pub index: usize,
    /// What is wrong with it.
    pub fault: RecordFault,
}

impl Replica {
    /// Records one op and returns its seq.
    ///
    /// # Errors
    /// What the server would reject it for, as far as the phone can know; nothing is recorded then.
    pub fn record(&mut self, draft: Draft, tick: &Tick) -> Result<u64, RecordFault> {
        let seq = self.log.place().seq;
        self.append(draft, None, tick)?;
        Ok(seq)
    }

    /// Records ops that share one fate, under an id for the group, and returns their seqs.
    ///
    /// # Errors
    /// The first op that would be rejected; nothing of the group is recorded then.
    pub fn record_group(
        &mut self,
        group: Uuid,
        drafts: Vec<Draft>,
        tick: &Tick,
    ) -> Result<RangeInclusive<u64>, GroupFault> {
        let start = self.log.place();
        let bad = |index| GroupFault { index, fault: RecordFault::BadGroup };
        if drafts.is_empty() || drafts.len() > GROUP_OPS {
            return Err(bad(drafts.len()));
        }
        let mut bytes = 0;
        for (index, draft) in drafts.into_iter().enumerate() {
            let appended = self.append(draft, Some(group), tick).map_err(|fault| GroupFault { index, fault });
            let fits = appended.and_then(|size| {
                bytes += size + RECHAIN_BYTES;
                if bytes > REQUEST_BYTES { Err(bad(index)) } else { Ok(()) }
            });
            if let Err(fault) = fits {
                self.log.truncate(start);
                return Err(fault);
            }
        }
        Ok(start.seq..=self.log.last())
    }

    /// Checks one op and appends it. Returns the size of its text.
    fn append(&mut self, draft: Draft, group: Option<Uuid>, tick: &Tick) -> Result<usize, RecordFault> {
        let kind = draft.kind;
        let op = Op {
            place: self.log.place(),
            kind: kind.name.to_owned(),
            v: kind.v,
            id: draft.id,
            project: draft.project,
            group: group.map(|group| group.to_string()),
            salt: draft.salt.map(hex::encode),
            action: draft.action,
            time: time_claim(self.anchor.as_ref(), tick),
            was: None,
        };
        let text = op.to_text();
        if text.len() + RECHAIN_BYTES > OP_BYTES {
            return Err(OpFault::TooLarge.into());
        }
        Op::parse(&text)?;
        let view = self.view(op.id);
        if view.as_ref().is_some_and(|view| view.kind != kind.name) {
            return Err(RecordFault::IdTaken);
        }
        if view.is_none() && self.deletes(op.id) {
            return Err(RecordFault::WrongState("deleted".into()));
        }
        self.check_creation(kind, &op, view.as_ref())?;
        op.check(kind)?;
        self.check_permission(kind, &op, view.as_ref())?;
        let size = text.len();
        self.log.append(&op, text);
        Ok(size)
    }

    /// A record the phone has never seen begins with everything required; a known one keeps what was fixed at its creation.
    fn check_creation(&self, kind: &Kind, op: &Op, view: Option<&View>) -> Result<(), RecordFault> {
        let Action::Set(fields) = &op.action else { return Ok(()) };
        let fixes = |name: &String| kind.field(name).is_some_and(|field| field.rule == MergeRule::Once);
        match view {
            Some(view) if view.owner != Some(self.user) && op.creates(kind) && fields.keys().any(fixes) => {
                Err(RecordFault::IdTaken)
            }
            Some(_) => Ok(()),
            None => {
                if let Some(field) = missing(kind, fields) {
                    return Err(OpFault::Missing(field).into());
                }
                let day = fields.get("day").and_then(|day| day.as_str()?.parse().ok());
                match day.map(|day| kinds::daily_log_id(self.user, day)) {
                    Some(id) if kind.name == kinds::DAILY_LOG.name && id != op.id => Err(RecordFault::WrongId(id)),
                    _ => Ok(()),
                }
            }
        }
    }
}
