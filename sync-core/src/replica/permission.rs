//! The permission matrix as far as the phone can know it: only what is certain to be refused is refused.

use super::{RecordFault, Replica, View};
use crate::kind::{Act, Kind, Who};
use crate::op::{Action, Op, OpFault};

impl Replica {
    pub(super) fn check_permission(&self, kind: &Kind, op: &Op, view: Option<&View>) -> Result<(), RecordFault> {
        let creates = view.is_none() && matches!(op.action, Action::Set(_));
        let Some(act) = op.action.act(kind, creates) else {
            return Err(OpFault::Malformed("a command or verb this version does not know".into()).into());
        };
        // Of a record that has not arrived here the user may well be the owner.
        let owns = view.is_none_or(|view| view.owner == Some(self.user));
        let relations: Vec<Who> = owns.then_some(Who::Owner).into_iter().chain(self.standing.iter().copied()).collect();
        if act == Act::Delete && !kind.grants.iter().any(|grant| grant.acts.contains(&act)) {
            return Err(RecordFault::NotDeletable);
        }
        if !kind.phases.iter().any(|phase| kind.permits(&relations, act, phase)) {
            return Err(RecordFault::NotPermitted);
        }
        // Commands that are still to be ruled may change the phase, and so may what has not arrived.
        match view.filter(|view| view.asked.is_empty()) {
            Some(view) if !kind.permits(&relations, act, &view.phase) => Err(match act {
                Act::Command(_) => RecordFault::WrongState(view.phase.clone()),
                Act::Create | Act::Set | Act::Add | Act::Delete => RecordFault::Frozen(view.phase.clone()),
            }),
            _ => Ok(()),
        }
    }
}
