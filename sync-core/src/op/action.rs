//! What an op asks for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{OpFault, member};
use crate::kind::{Act, Kind};

/// What an op asks for: the one member of `do`.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Writes fields; `null` clears a register. The first one creates the record.
    Set(Map<String, Value>),
    /// Adds to counters.
    Add(BTreeMap<String, i64>),
    /// Adds elements to sets.
    Tag(BTreeMap<String, Vec<String>>),
    /// Takes elements out of sets.
    Untag(BTreeMap<String, Vec<String>>),
    /// Deletes the record.
    Delete,
    /// Asks for a ruling.
    Command {
        /// The command's name.
        name: String,
        /// Its arguments.
        args: Map<String, Value>,
    },
    /// A verb of a later version: parked.
    Unknown(String),
}

impl Action {
    pub(super) fn read(value: Option<Value>) -> Result<Self, OpFault> {
        let one = || OpFault::Malformed("do: exactly one of set, add, tag, untag, delete, command".into());
        let Some(Value::Object(mut members)) = value else { return Err(one()) };
        let verb = members.keys().next().cloned().ok_or_else(one)?;
        if members.len() > 1 {
            return Err(one());
        }
        match verb.as_str() {
            "set" => member(&mut members, "set").map(Self::Set),
            "add" => member(&mut members, "add").map(Self::Add),
            "tag" => member(&mut members, "tag").map(Self::Tag),
            "untag" => member(&mut members, "untag").map(Self::Untag),
            "delete" if members["delete"] == Value::Bool(true) => Ok(Self::Delete),
            "delete" => Err(OpFault::Malformed("do: delete must be true".into())),
            "command" => {
                let mut command: Map<String, Value> = member(&mut members, "command")?;
                let args: Option<Map<String, Value>> = member(&mut command, "args")?;
                Ok(Self::Command { name: member(&mut command, "name")?, args: args.unwrap_or_default() })
            }
            _ => Ok(Self::Unknown(verb)),
        }
    }

    /// The member of `do` as it is written.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Set(fields) => serde_json::json!({ "set": fields }),
            Self::Add(deltas) => serde_json::json!({ "add": deltas }),
            Self::Tag(sets) => serde_json::json!({ "tag": sets }),
            Self::Untag(sets) => serde_json::json!({ "untag": sets }),
            Self::Delete => serde_json::json!({ "delete": true }),
            Self::Command { name, args } => serde_json::json!({ "command": { "name": name, "args": args } }),
            Self::Unknown(verb) => serde_json::json!({ verb.as_str(): null }),
        }
    }

    /// What the permission matrix calls this action; `creates` tells whether it is the record's first `set`.
    pub fn act(&self, kind: &Kind, creates: bool) -> Option<Act> {
        match self {
            Self::Set(_) if creates => Some(Act::Create),
            Self::Set(_) | Self::Tag(_) | Self::Untag(_) => Some(Act::Set),
            Self::Add(_) => Some(Act::Add),
            Self::Delete => Some(Act::Delete),
            Self::Command { name, .. } => kind.command(name).map(|command| Act::Command(command.name)),
            Self::Unknown(_) => None,
        }
    }
}
