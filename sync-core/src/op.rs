//! One op of a device's log: its exact text, its digest chain, and what it asks for (DESIGN 5).
//!
//! The text is what counts: digests are taken over the bytes as they stand in the request, and the server keeps them as evidence.
//! Parsing is strict about JSON that two readers could understand differently, and lenient about what it does not know.

pub mod json;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::kind::{Act, Field, Kind, MergeRule, Required};
use crate::value::{SET_ELEMENTS, ValueFault};

/// Bytes in one op.
pub const OP_BYTES: usize = 64 * 1024;
/// Levels of nesting in one op.
pub const OP_DEPTH: usize = 32;
/// Ops in one group.
pub const GROUP_OPS: usize = 100;

/// SHA-256 of an op's exact text; 64 lower-case hex digits on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// What the first op of a log names as its predecessor: 64 zeros.
    pub const ZERO: Self = Self([0; 32]);

    /// The digest of an op's exact text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

/// An op's place in its log: the least that must be readable for a request to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Place {
    /// Dense per device, from 1.
    pub seq: u64,
    /// Digest of the op before it; zeros for the first.
    pub prev: Digest,
}

impl Place {
    /// Reads the place of an op and nothing else.
    ///
    /// # Errors
    /// When `seq` or `prev` is missing or malformed: such a request cannot be attributed to a log.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// One op, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Op {
    /// Its place in the log.
    pub place: Place,
    /// The record kind's name.
    pub kind: String,
    /// The version of the kind's declaration.
    pub v: u32,
    /// The record.
    pub id: Uuid,
    /// The project.
    pub project: Uuid,
    /// Ops of one group share one fate.
    pub group: Option<String>,
    /// 32 hex digits that keep digests of sealed fields from being guessed.
    pub salt: Option<String>,
    /// What it asks for.
    pub action: Action,
    /// The evidence of when.
    pub time: TimeClaim,
    /// Where the op stood in the log it was taken over from, after a fork.
    pub was: Option<Was>,
}

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

/// The evidence of when an op was recorded, as the phone sent it. Nothing in here ever rejects an op.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TimeClaim {
    /// The newest anchor held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// Monotonic time since that anchor arrived, in ms; omitted after a reboot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elapsed_ms: Option<i64>,
    /// Names the phone's boot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// The wall clock, RFC 3339. Evidence, never decisive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall: Option<String>,
}

/// Where a re-chained op stood before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Was {
    /// The forked device.
    pub device: Uuid,
    /// The op's place in that device's log.
    pub seq: u64,
    /// The digest it had there.
    pub digest: Digest,
}

/// Why an op is rejected: the code of the problem table and where in the op it lies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpFault {
    /// The text is larger than [`OP_BYTES`].
    #[error("larger than 64 KiB")]
    TooLarge,
    /// Duplicate keys, U+0000, integers beyond i64, or nesting deeper than [`OP_DEPTH`].
    #[error("{0}")]
    Ambiguous(String),
    /// A member is missing or of the wrong type.
    #[error("{0}")]
    Malformed(String),
    /// A value breaks its type or limits.
    #[error("{field}: {fault}")]
    Value {
        /// The field or argument.
        field: String,
        /// What is wrong.
        fault: ValueFault,
    },
    /// A required field or argument is missing.
    #[error("{0} is required")]
    Missing(String),
    /// The field cannot be changed after creation.
    #[error("{0} is fixed once the record is created")]
    Immutable(String),
    /// The field or kind is written by rulings only.
    #[error("{0} is written by the server only")]
    ServerOwned(String),
    /// The verb does not fit the field's merge rule.
    #[error("{0} cannot be changed this way")]
    WrongVerb(String),
}

impl OpFault {
    /// The code of this fault in the problem table.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "op-too-large",
            Self::Ambiguous(_) => "op-ambiguous",
            Self::Malformed(_) => "op-malformed",
            Self::Value { fault: ValueFault::FullNumber, .. } => "full-number",
            Self::Value { .. } => "value-invalid",
            Self::Missing(_) => "field-missing",
            Self::Immutable(_) => "field-immutable",
            Self::ServerOwned(_) => "server-owned",
            Self::WrongVerb(_) => "wrong-verb",
        }
    }

    /// The rule behind this fault, when there is one.
    pub fn rule(&self) -> Option<&'static str> {
        matches!(self, Self::Value { fault: ValueFault::FullNumber | ValueFault::NotMasked, .. }).then_some("BK-5")
    }
}

impl Op {
    /// Reads an op from its exact text.
    ///
    /// # Errors
    /// The fault for which the op is rejected. Unknown kinds, versions and verbs are no faults.
    pub fn parse(text: &str) -> Result<Self, OpFault> {
        if text.len() > OP_BYTES {
            return Err(OpFault::TooLarge);
        }
        let mut op = json::parse(text, OP_DEPTH).map_err(OpFault::Ambiguous)?;
        let map = op.as_object_mut().ok_or_else(|| OpFault::Malformed("an op is an object".into()))?;
        Ok(Self {
            place: Place { seq: member(map, "seq")?, prev: member(map, "prev")? },
            kind: member(map, "kind")?,
            v: member(map, "v")?,
            id: member(map, "id")?,
            project: member(map, "project")?,
            group: member(map, "group")?,
            salt: member(map, "salt")?,
            action: Action::read(map.remove("do"))?,
            time: TimeClaim::read(map.get("time")),
            was: member(map, "was")?,
        })
    }

    /// Writes the exact text of an op. Members without a value are left out.
    pub fn to_text(&self) -> String {
        #[derive(Serialize)]
        struct Wire<'a> {
            seq: u64,
            prev: Digest,
            kind: &'a str,
            v: u32,
            id: Uuid,
            project: Uuid,
            #[serde(skip_serializing_if = "Option::is_none")]
            group: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            salt: Option<&'a str>,
            #[serde(rename = "do")]
            action: Value,
            time: &'a TimeClaim,
            #[serde(skip_serializing_if = "Option::is_none")]
            was: Option<Was>,
        }
        let wire = Wire {
            seq: self.place.seq,
            prev: self.place.prev,
            kind: &self.kind,
            v: self.v,
            id: self.id,
            project: self.project,
            group: self.group.as_deref(),
            salt: self.salt.as_deref(),
            action: self.action.to_json(),
            time: &self.time,
            was: self.was,
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// Checks the op against its kind, as far as that needs no record: the phone does it while the person types, the server at the door.
    ///
    /// # Errors
    /// The first fault.
    pub fn check(&self, kind: &Kind) -> Result<(), OpFault> {
        if kind.origin == crate::kind::Origin::Server {
            return Err(OpFault::ServerOwned(kind.name.into()));
        }
        match &self.action {
            Action::Set(fields) => self.check_set(kind, fields),
            Action::Add(deltas) => deltas.iter().try_for_each(|(name, delta)| match kind.field(name) {
                Some(field) if field.rule != MergeRule::Counter => Err(wrong_verb(field)),
                Some(field) => check_value(name, field, &Value::from(*delta)),
                None => Ok(()),
            }),
            Action::Tag(sets) | Action::Untag(sets) => sets.iter().try_for_each(|(name, elements)| {
                if elements.len() > SET_ELEMENTS {
                    return Err(OpFault::Value { field: name.clone(), fault: ValueFault::TooMany(SET_ELEMENTS) });
                }
                match kind.field(name) {
                    Some(field) if field.rule != MergeRule::Set => Err(wrong_verb(field)),
                    Some(field) => {
                        elements.iter().try_for_each(|element| check_value(name, field, &Value::from(element.as_str())))
                    }
                    None => Ok(()),
                }
            }),
            Action::Command { name, args } => match kind.command(name) {
                Some(command) => command.args.iter().try_for_each(|arg| match args.get(arg.name) {
                    Some(value) if !value.is_null() => {
                        arg.ty.check(value).map_err(|fault| OpFault::Value { field: arg.name.into(), fault })
                    }
                    _ if arg.required => Err(OpFault::Missing(arg.name.into())),
                    _ => Ok(()),
                }),
                None => Ok(()),
            },
            Action::Delete | Action::Unknown(_) => Ok(()),
        }
    }

    fn check_set(&self, kind: &Kind, fields: &Map<String, Value>) -> Result<(), OpFault> {
        let creates = missing(kind, fields).is_none();
        for (name, value) in fields {
            let Some(field) = kind.field(name) else { continue };
            match field.rule {
                MergeRule::Server => return Err(OpFault::ServerOwned(name.clone())),
                MergeRule::Counter | MergeRule::Set => return Err(wrong_verb(field)),
                MergeRule::Once if !creates => return Err(OpFault::Immutable(name.clone())),
                MergeRule::Once | MergeRule::Register | MergeRule::Claim if value.is_null() => {}
                MergeRule::Once | MergeRule::Register | MergeRule::Claim => check_value(name, field, value)?,
            }
            if field.sealed && !value.is_null() && !self.salt.as_deref().is_some_and(is_salt) {
                return Err(OpFault::Missing("salt".into()));
            }
        }
        Ok(())
    }

    /// Whether this op can create a record of its kind: a `set` that brings everything required.
    pub fn creates(&self, kind: &Kind) -> bool {
        matches!(&self.action, Action::Set(fields) if missing(kind, fields).is_none())
    }

    /// Whether the server has to park this op because it does not know its kind, version or verb.
    pub fn is_unknown(&self) -> bool {
        match (crate::kinds::find(&self.kind, self.v), &self.action) {
            (None, _) | (_, Action::Unknown(_)) => true,
            (Some(kind), Action::Command { name, .. }) => kind.command(name).is_none(),
            (Some(_), _) => false,
        }
    }
}

/// The first field a creation would need and these do not bring.
pub fn missing(kind: &Kind, fields: &Map<String, Value>) -> Option<String> {
    let given = |name: &str| fields.get(name).is_some_and(|value| !value.is_null());
    let field = kind.fields.iter().find(|field| match field.required {
        Required::No => false,
        Required::Always => !given(field.name),
        Required::When(other, value) => fields.get(other).and_then(Value::as_str) == Some(value) && !given(field.name),
    });
    let any_of = || kind.any_of.iter().find(|list| !list.iter().any(|name| given(name)));
    field.map(|field| field.name.to_owned()).or_else(|| any_of().map(|list| format!("one of {}", list.join(", "))))
}

fn wrong_verb(field: &Field) -> OpFault {
    match field.rule {
        MergeRule::Server => OpFault::ServerOwned(field.name.into()),
        _ => OpFault::WrongVerb(field.name.into()),
    }
}

fn check_value(name: &str, field: &Field, value: &Value) -> Result<(), OpFault> {
    field.ty.check(value).map_err(|fault| OpFault::Value { field: name.to_owned(), fault })
}

fn is_salt(salt: &str) -> bool {
    salt.len() == 32 && salt.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Takes a member out and reads it; a missing one reads as `null`.
fn member<T: serde::de::DeserializeOwned>(map: &mut Map<String, Value>, name: &str) -> Result<T, OpFault> {
    serde_json::from_value(map.remove(name).unwrap_or(Value::Null))
        .map_err(|error| OpFault::Malformed(format!("{name}: {error}")))
}

impl Action {
    fn read(value: Option<Value>) -> Result<Self, OpFault> {
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

    fn to_json(&self) -> Value {
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

impl TimeClaim {
    fn read(value: Option<&Value>) -> Self {
        let text = |name: &str| value.and_then(|time| time.get(name)).and_then(Value::as_str).map(str::to_owned);
        let elapsed_ms = value.and_then(|time| time.get("elapsed_ms")).and_then(Value::as_i64);
        Self { anchor: text("anchor"), elapsed_ms, boot: text("boot"), wall: text("wall") }
    }
}

#[cfg(test)]
mod tests;
