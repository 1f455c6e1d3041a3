//! What the person sees: pulled records with the pending ops laid over them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Replica;
use crate::exchange::{Record, Verdict};
use crate::kinds;
use crate::op::{Action, Op};
use crate::record::State;
use crate::time::{Moment, Stamp};

/// A record as the phone shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// The record.
    pub id: Uuid,
    /// The kind's name.
    pub kind: String,
    /// The version of the kind's declaration.
    pub v: u32,
    /// The project.
    pub project: Uuid,
    /// The fields: as pulled, with the phone's own pending ops on top.
    pub body: Map<String, Value>,
    /// The phase as pulled; the kind's first one for a record the server does not have.
    pub phase: String,
    /// Commands that wait for their ruling.
    pub asked: Vec<String>,
    /// The version as pulled; 0 for a record the server does not have.
    pub version: u64,
    /// The ruling as pulled.
    pub verdict: Option<Verdict>,
    /// Who recorded it.
    pub owner: Option<Uuid>,
    /// When it was recorded, as the server knows it.
    pub created: Option<Moment>,
    /// The ops of this phone that are laid over it.
    pub pending: Vec<u64>,
}

impl Replica {
    /// Every record as it looks with everything pending, by id.
    pub fn records(&self) -> Vec<View> {
        let mut ops: BTreeMap<Uuid, Vec<Op>> = self.copy.records.keys().map(|id| (*id, Vec::new())).collect();
        for (_, entry) in self.log.unpulled() {
            ops.entry(entry.record).or_default().extend(Op::parse(&entry.text));
        }
        ops.into_iter().filter_map(|(id, ops)| self.lay_over(id, &ops)).collect()
    }

    /// One record as it looks with everything pending; none when it is unknown or about to be deleted.
    pub fn view(&self, id: Uuid) -> Option<View> {
        let ops = self.log.unpulled().filter(|(_, entry)| entry.record == id);
        let ops: Vec<Op> = ops.filter_map(|(_, entry)| Op::parse(&entry.text).ok()).collect();
        self.lay_over(id, &ops)
    }

    /// Whether the record's deletion is pending.
    pub(super) fn deletes(&self, id: Uuid) -> bool {
        let mut ops = self.log.unpulled().filter(|(_, entry)| entry.record == id);
        ops.any(|(_, entry)| Op::parse(&entry.text).is_ok_and(|op| op.action == Action::Delete))
    }

    fn lay_over(&self, id: Uuid, ops: &[Op]) -> Option<View> {
        let mut view = self.copy.records.get(&id).map(pulled);
        let mut state = State::default();
        for op in ops {
            let kind = kinds::find(&op.kind, op.v)?;
            if matches!(op.action, Action::Delete) {
                return None;
            }
            if view.is_none() && op.creates(kind) {
                view = Some(self.recorded(op, kind.phases));
            }
            // Pending ops are newer than anything pulled, and among themselves the log's order counts.
            let stamp = Stamp { ms: 0, seq: op.place.seq, device: self.log.device };
            state.join(State::of(kind, &op.action, stamp));
        }
        let mut view = view?;
        view.asked = ops.iter().filter_map(|op| command(&op.action)).collect();
        view.pending = ops.iter().map(|op| op.place.seq).collect();
        view.body = state.over(view.body);
        Some(view)
    }

    /// A record the server does not have yet.
    fn recorded(&self, op: &Op, phases: &[&str]) -> View {
        View {
            id: op.id,
            kind: op.kind.clone(),
            v: op.v,
            project: op.project,
            body: Map::new(),
            phase: phases.first().copied().unwrap_or_default().to_owned(),
            asked: Vec::new(),
            version: 0,
            verdict: None,
            owner: Some(self.user),
            created: None,
            pending: Vec::new(),
        }
    }
}

fn pulled(record: &Record) -> View {
    View {
        id: record.id,
        kind: record.kind.clone(),
        v: record.v,
        project: record.project,
        body: record.body.clone(),
        phase: record.phase.clone(),
        asked: Vec::new(),
        version: record.version,
        verdict: record.verdict.clone(),
        owner: record.owner,
        created: Some(record.created),
        pending: Vec::new(),
    }
}

fn command(action: &Action) -> Option<String> {
    match action {
        Action::Command { name, .. } => Some(name.clone()),
        _ => None,
    }
}
