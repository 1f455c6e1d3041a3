//! What phones recorded and were told, kept apart from the phones: it is held against what is left after the faults.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::Outcome;
use crate::phone::Phone;

/// What one phone did.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    /// Who held it.
    pub(super) username: String,
    /// Records it made; with a number, its flyers in all.
    pub(super) records: BTreeMap<Uuid, Option<i64>>,
    /// Ops it recorded.
    pub(super) recorded: u64,
    /// The last op that was ever acknowledged to it.
    pub(super) acknowledged: u64,
    /// Copies that did not prove equal to the server's.
    pub(super) unequal: u64,
}

/// What all phones did.
#[derive(Debug, Clone, Default)]
pub(super) struct Ledger(Vec<Entries>);

impl Ledger {
    pub(super) fn add(&mut self, entries: Entries) {
        self.0.push(entries);
    }

    /// Ops of all phones.
    pub(super) fn recorded(&self) -> u64 {
        self.0.iter().map(|entries| entries.recorded).sum()
    }

    /// Compares with phones that have pushed and pulled everything. What they show of their own is pulled: the server's own view.
    pub(super) fn hold_against(&self, phones: &[Phone]) -> Outcome {
        let mut outcome = Outcome::default();
        for entries in &self.0 {
            let phone =
                phones.iter().find(|phone| phone.username() == entries.username).expect("every phone came back");
            let status = phone.replica.status();
            outcome.acknowledged += status.acknowledged;
            outcome.stuck += status.pending as u64 + entries.recorded.saturating_sub(status.acknowledged);
            outcome.lost += entries.acknowledged.saturating_sub(status.acknowledged);
            outcome.unsound += entries.unequal;
            for (id, flyers) in &entries.records {
                let body = phone.body(*id);
                let shown = body.get("flyers").and_then(Value::as_i64).unwrap_or(0);
                let should = flyers.unwrap_or(0);
                outcome.lost += u64::from(body.is_empty()) + should.saturating_sub(shown).max(0).unsigned_abs();
                outcome.doubled += shown.saturating_sub(should).max(0).unsigned_abs();
            }
        }
        outcome
    }
}
