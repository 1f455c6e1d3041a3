//! What the person types: drafts of ops, with ids and salts drawn from the phone's seed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sync_core::kind::Kind;
use sync_core::op::Action;
use sync_core::replica::{Draft, RecordFault};
use uuid::Uuid;

use super::Phone;

impl Phone {
    /// Records an op; what the phone can know to be wrong is refused.
    ///
    /// # Errors
    /// What the server would reject it for.
    pub fn try_record(&mut self, kind: &'static Kind, id: Uuid, action: Action) -> Result<u64, RecordFault> {
        let sealed = |name: &String| kind.field(name).is_some_and(|field| field.sealed);
        let salted = matches!(&action, Action::Set(fields) if fields.keys().any(sealed));
        let draft = Draft::new(kind, id, self.project, action);
        let draft = if salted { draft.with_salt(self.draw_id().into_bytes()) } else { draft };
        self.replica.record(draft, &self.clock.tick())
    }

    /// Records an op and returns its seq.
    ///
    /// # Panics
    /// When the phone refuses it.
    pub fn record(&mut self, kind: &'static Kind, id: Uuid, action: Action) -> u64 {
        self.try_record(kind, id, action).expect("the op is right")
    }

    /// Makes a record with these fields, under a new id.
    ///
    /// # Panics
    /// When the phone refuses it.
    pub fn create(&mut self, kind: &'static Kind, fields: Value) -> Uuid {
        let id = self.draw_id();
        self.set(kind, id, fields);
        id
    }

    /// Writes fields.
    ///
    /// # Panics
    /// When the phone refuses it.
    pub fn set(&mut self, kind: &'static Kind, id: Uuid, fields: Value) -> u64 {
        self.record(kind, id, Action::Set(object(fields)))
    }

    /// Adds to a counter.
    ///
    /// # Panics
    /// When the phone refuses it.
    pub fn add(&mut self, kind: &'static Kind, id: Uuid, counter: &str, delta: i64) -> u64 {
        self.record(kind, id, Action::Add(BTreeMap::from([(counter.to_owned(), delta)])))
    }

    /// Puts elements into a set.
    ///
    /// # Panics
    /// When the phone refuses it.
    pub fn tag(&mut self, kind: &'static Kind, id: Uuid, set: &str, elements: &[&str]) -> u64 {
        self.record(kind, id, Action::Tag(BTreeMap::from([(set.to_owned(), texts(elements))])))
    }

    /// Takes elements out of a set.
    ///
    /// # Panics
    /// When the phone refuses it.
    pub fn untag(&mut self, kind: &'static Kind, id: Uuid, set: &str, elements: &[&str]) -> u64 {
        self.record(kind, id, Action::Untag(BTreeMap::from([(set.to_owned(), texts(elements))])))
    }

    /// Asks for a ruling.
    ///
    /// # Panics
    /// When the phone refuses it.
    pub fn command(&mut self, kind: &'static Kind, id: Uuid, name: &str, args: Value) -> u64 {
        self.record(kind, id, Action::Command { name: name.to_owned(), args: object(args) })
    }

    /// Deletes a record.
    ///
    /// # Panics
    /// When the phone refuses it.
    pub fn delete(&mut self, kind: &'static Kind, id: Uuid) -> u64 {
        self.record(kind, id, Action::Delete)
    }

    /// The body of a record as the phone shows it.
    ///
    /// # Panics
    /// When it does not have the record.
    pub fn body(&self, id: Uuid) -> Map<String, Value> {
        self.replica.view(id).unwrap_or_else(|| panic!("{} does not have {id}", self.username)).body
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("fields are an object: {other}"),
    }
}

fn texts(elements: &[&str]) -> Vec<String> {
    elements.iter().map(ToString::to_string).collect()
}
