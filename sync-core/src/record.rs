//! The merge of ops into a record: commutative, associative, idempotent. Any order of arrival gives the same record (P3).
//!
//! A [`State`] is a join-semilattice. Merging an op is joining the state with the state that the op alone would give.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::kind::{Kind, MergeRule};
use crate::op::Action;
use crate::time::Stamp;

/// Everything that was ever claimed about a record, in merged form.
///
/// `null` registers and removed set elements stay as tombstones, so that an older claim that arrives later does not bring them back.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct State {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    once: BTreeMap<String, Stamped>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    registers: BTreeMap<String, Stamped>,
    /// Deltas by device and place in its log.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    counters: BTreeMap<String, BTreeMap<Uuid, BTreeMap<u64, i64>>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sets: BTreeMap<String, BTreeMap<String, Member>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "(Value, Stamp)", into = "(Value, Stamp)")]
struct Stamped {
    value: Value,
    stamp: Stamp,
}

impl From<(Value, Stamp)> for Stamped {
    fn from((value, stamp): (Value, Stamp)) -> Self {
        Self { value, stamp }
    }
}

impl From<Stamped> for (Value, Stamp) {
    fn from(stamped: Stamped) -> Self {
        (stamped.value, stamped.stamp)
    }
}

/// The newest add and the newest removal of a set's element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "(Option<Stamp>, Option<Stamp>)", into = "(Option<Stamp>, Option<Stamp>)")]
struct Member {
    added: Option<Stamp>,
    removed: Option<Stamp>,
}

impl Member {
    fn is_present(&self) -> bool {
        self.added.is_some() && self.added >= self.removed
    }
}

impl From<(Option<Stamp>, Option<Stamp>)> for Member {
    fn from((added, removed): (Option<Stamp>, Option<Stamp>)) -> Self {
        Self { added, removed }
    }
}

impl From<Member> for (Option<Stamp>, Option<Stamp>) {
    fn from(member: Member) -> Self {
        (member.added, member.removed)
    }
}

/// What joining changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// At least one field took the op's value.
    Changed,
    /// Every field lost to newer stamps, or had the value already.
    Superseded,
}

impl State {
    /// The state that this action alone gives. Deletes and commands claim nothing about fields.
    ///
    /// Fields that the kind does not declare are carried by the verb: `set` as registers, `add` as counters, `tag` and `untag` as sets.
    pub fn of(kind: &Kind, action: &Action, stamp: Stamp) -> Self {
        let mut state = Self::default();
        match action {
            Action::Set(fields) => {
                for (name, value) in fields {
                    let once = kind.field(name).is_some_and(|field| field.rule == MergeRule::Once);
                    match (once, value.is_null()) {
                        (true, true) => continue,
                        (true, false) => &mut state.once,
                        (false, _) => &mut state.registers,
                    }
                    .insert(name.clone(), Stamped { value: value.clone(), stamp });
                }
            }
            Action::Add(deltas) => {
                for (name, delta) in deltas {
                    let log = BTreeMap::from([(stamp.seq, *delta)]);
                    state.counters.insert(name.clone(), BTreeMap::from([(stamp.device, log)]));
                }
            }
            Action::Tag(sets) => state.sets = members(sets, Member { added: Some(stamp), removed: None }),
            Action::Untag(sets) => state.sets = members(sets, Member { added: None, removed: Some(stamp) }),
            Action::Delete | Action::Command { .. } | Action::Unknown(_) => {}
        }
        state
    }

    /// Joins another state into this one.
    pub fn join(&mut self, other: Self) -> Effect {
        let mut changed = false;
        for (name, theirs) in other.once {
            changed |= keep(&mut self.once, name, theirs, |ours, theirs| order(theirs, ours).is_lt());
        }
        for (name, theirs) in other.registers {
            changed |= keep(&mut self.registers, name, theirs, |ours, theirs| order(theirs, ours).is_gt());
        }
        for (name, devices) in other.counters {
            let counter = self.counters.entry(name).or_default();
            for (device, deltas) in devices {
                let log = counter.entry(device).or_default();
                for (seq, delta) in deltas {
                    changed |= log.get(&seq).is_none_or(|ours| *ours < delta) && log.insert(seq, delta) != Some(delta);
                }
            }
        }
        for (name, elements) in other.sets {
            let set = self.sets.entry(name).or_default();
            for (element, theirs) in elements {
                let ours = set.entry(element).or_default();
                let joined = Member { added: ours.added.max(theirs.added), removed: ours.removed.max(theirs.removed) };
                changed |= joined != *ours;
                *ours = joined;
            }
        }
        if changed { Effect::Changed } else { Effect::Superseded }
    }

    /// The value of a `once` field, register or claim.
    pub fn value(&self, name: &str) -> Option<&Value> {
        let stamped = self.once.get(name).or_else(|| self.registers.get(name))?;
        (!stamped.value.is_null()).then_some(&stamped.value)
    }

    /// The text of a `once` field, register or claim.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name).and_then(Value::as_str)
    }

    /// The stamp a field's present value came with.
    pub fn stamp(&self, name: &str) -> Option<Stamp> {
        self.once.get(name).or_else(|| self.registers.get(name)).map(|stamped| stamped.stamp)
    }

    /// The total of a counter. Rulings floor it at 0; the record does not.
    pub fn total(&self, name: &str) -> i64 {
        let deltas = self.counters.get(name).into_iter().flatten().flat_map(|(_, log)| log.values());
        deltas.fold(0, |sum, delta| sum.saturating_add(*delta))
    }

    /// The elements of a set, sorted.
    pub fn elements(&self, name: &str) -> Vec<&str> {
        let set = self.sets.get(name).into_iter().flatten();
        set.filter(|(_, member)| member.is_present()).map(|(element, _)| element.as_str()).collect()
    }

    /// The record as people see it.
    pub fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        for name in self.sets.keys() {
            body.insert(name.clone(), self.elements(name).into());
        }
        for name in self.counters.keys() {
            body.insert(name.clone(), self.total(name).into());
        }
        for (name, stamped) in self.registers.iter().chain(&self.once) {
            if !stamped.value.is_null() {
                body.insert(name.clone(), stamped.value.clone());
            }
        }
        body
    }

    /// Lays this state over a body that was merged elsewhere and carries no stamps: every claim in here counts as newer than the body.
    pub fn over(&self, mut body: Map<String, Value>) -> Map<String, Value> {
        for (name, elements) in &self.sets {
            let held = body.get(name).and_then(Value::as_array).into_iter().flatten();
            let mut set: BTreeSet<&str> = held.filter_map(Value::as_str).collect();
            set.retain(|element| elements.get(*element).is_none_or(Member::is_present));
            set.extend(self.elements(name));
            let set: Value = set.into_iter().collect();
            body.insert(name.clone(), set);
        }
        for name in self.counters.keys() {
            let held = body.get(name).and_then(Value::as_i64).unwrap_or(0);
            body.insert(name.clone(), held.saturating_add(self.total(name)).into());
        }
        for (name, stamped) in &self.registers {
            if stamped.value.is_null() {
                body.remove(name);
            } else {
                body.insert(name.clone(), stamped.value.clone());
            }
        }
        for (name, stamped) in &self.once {
            body.entry(name).or_insert_with(|| stamped.value.clone());
        }
        body
    }
}

fn members(sets: &BTreeMap<String, Vec<String>>, member: Member) -> BTreeMap<String, BTreeMap<String, Member>> {
    sets.iter()
        .map(|(name, list)| (name.clone(), list.iter().map(|element| (element.clone(), member)).collect()))
        .collect()
}

/// Orders two values of one field; equal stamps carry equal values unless a log was forged, and then any fixed order will do.
fn order(a: &Stamped, b: &Stamped) -> Ordering {
    a.stamp.cmp(&b.stamp).then_with(|| a.value.to_string().cmp(&b.value.to_string()))
}

fn keep(
    fields: &mut BTreeMap<String, Stamped>,
    name: String,
    theirs: Stamped,
    wins: impl Fn(&Stamped, &Stamped) -> bool,
) -> bool {
    match fields.get_mut(&name) {
        Some(ours) if !wins(ours, &theirs) => false,
        Some(ours) => {
            *ours = theirs;
            true
        }
        None => {
            fields.insert(name, theirs);
            true
        }
    }
}

#[cfg(test)]
mod tests;
