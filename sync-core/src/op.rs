//! One op of a device's log: its exact text, its digest chain, and what it asks for.
//!
//! The text is what counts: digests are taken over the bytes as they stand in the request, and the server keeps them as evidence.
//! Parsing is strict about JSON that two readers could understand differently, and lenient about what it does not know.

mod action;
mod fault;
pub mod json;

pub use action::Action;
pub use fault::OpFault;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::kind::{Field, Kind, MergeRule, Required};
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
        let asks = matches!(&self.action, Action::Command { name, .. } if kind.command(name).is_some());
        if kind.origin == crate::kind::Origin::Server && !asks {
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

impl TimeClaim {
    fn read(value: Option<&Value>) -> Self {
        let text = |name: &str| value.and_then(|time| time.get(name)).and_then(Value::as_str).map(str::to_owned);
        let elapsed_ms = value.and_then(|time| time.get("elapsed_ms")).and_then(Value::as_i64);
        Self { anchor: text("anchor"), elapsed_ms, boot: text("boot"), wall: text("wall") }
    }
}

#[cfg(test)]
mod tests;
