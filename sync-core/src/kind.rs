//! What a record kind is: its fields with merge rule and type, its commands, and who may do what in which phase.
//!
//! Merging, validation, JSON schema, documentation and the permission matrix all read these declarations; see [`crate::kinds`].

use serde::{Deserialize, Serialize};

use crate::value::Type;

/// One record kind, declared once.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Kind {
    /// The kind's name on the wire.
    pub name: &'static str,
    /// The version of this declaration.
    pub v: u32,
    /// Whether phones create these records or only rulings do.
    pub origin: Origin,
    /// The fields; others are kept and carried as registers.
    pub fields: &'static [Field],
    /// Of each list at least one field is required at creation.
    pub any_of: &'static [&'static [&'static str]],
    /// What may be asked of the server about a record of this kind.
    pub commands: &'static [Command],
    /// The phases a record goes through; the first is the one it is created in.
    pub phases: &'static [&'static str],
    /// Who may do what; what is not granted is refused.
    pub grants: &'static [Grant],
}

/// Where records of a kind come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Phones record them.
    Phone,
    /// Only the server makes them.
    Server,
}

/// One field of a kind.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Field {
    /// The field's name on the wire.
    pub name: &'static str,
    /// How values of two ops merge.
    pub rule: MergeRule,
    /// Type and limits of a value (of an element, for sets).
    #[serde(rename = "type")]
    pub ty: Type,
    /// When the field must be there at creation.
    pub required: Required,
    /// Sealed on arrival, never fed back in clear.
    pub sealed: bool,
}

/// How values of one field merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MergeRule {
    /// Set at creation, then immutable.
    Once,
    /// The newest stamp wins; `null` clears.
    Register,
    /// A register whose every value is judged on its own, with its own moment.
    Claim,
    /// Deltas, summed.
    Counter,
    /// Strings; present when the newest add is not older than the newest removal.
    Set,
    /// Only rulings write it.
    Server,
}

/// When a field must be there at creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Required {
    /// It may be left out.
    No,
    /// It must be there.
    Always,
    /// It must be there when the other field has this value.
    When(&'static str, &'static str),
}

/// A command: a request for a ruling, decided in server order and not merged.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Command {
    /// The command's name on the wire.
    pub name: &'static str,
    /// Its arguments.
    pub args: &'static [Argument],
}

/// One argument of a command.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Argument {
    /// The argument's name on the wire.
    pub name: &'static str,
    /// Type and limits.
    #[serde(rename = "type")]
    pub ty: Type,
    /// Whether it must be given.
    pub required: bool,
}

/// A permission: these people may do these things in these phases.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Grant {
    /// Any of these relations to the record is enough.
    pub who: &'static [Who],
    /// What they may do.
    pub acts: &'static [Act],
    /// In which phases; empty for all.
    pub phases: &'static [&'static str],
}

/// The relation of an author to a record, at the moment of the op.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The record's owner; at creation everybody who works on the project.
    Owner,
    /// A member of the owner's team.
    Colleague,
    /// The lead of the owner's team, its deputy or named delegate.
    Lead,
    /// The back office of the project.
    Office,
    /// Anybody who works on the project.
    Project,
}

/// Something that can be done to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The first `set`.
    Create,
    /// A later `set`, `tag` or `untag`.
    Set,
    /// `add` to a counter.
    Add,
    /// `delete`.
    Delete,
    /// The command of this name.
    Command(&'static str),
}

impl Kind {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The command of this name.
    pub fn command(&self, name: &str) -> Option<&'static Command> {
        self.commands.iter().find(|command| command.name == name)
    }

    /// Whether somebody with these relations to the record may do this in this phase.
    pub fn permits(&self, relations: &[Who], act: Act, phase: &str) -> bool {
        self.grants.iter().any(|grant| {
            grant.acts.contains(&act)
                && (grant.phases.is_empty() || grant.phases.contains(&phase))
                && grant.who.iter().any(|who| relations.contains(who))
        })
    }
}

impl Field {
    pub(crate) const fn new(name: &'static str, rule: MergeRule, ty: Type) -> Self {
        Self { name, rule, ty, required: Required::No, sealed: false }
    }

    pub(crate) const fn once(name: &'static str, ty: Type) -> Self {
        Self::new(name, MergeRule::Once, ty)
    }

    pub(crate) const fn register(name: &'static str, ty: Type) -> Self {
        Self::new(name, MergeRule::Register, ty)
    }

    pub(crate) const fn counter(name: &'static str) -> Self {
        Self::new(name, MergeRule::Counter, Type::Integer { min: -1_000_000, max: 1_000_000 })
    }

    pub(crate) const fn set(name: &'static str, ty: Type) -> Self {
        Self::new(name, MergeRule::Set, ty)
    }

    pub(crate) const fn server(name: &'static str, ty: Type) -> Self {
        Self::new(name, MergeRule::Server, ty)
    }

    pub(crate) const fn required(self) -> Self {
        Self { required: Required::Always, ..self }
    }

    pub(crate) const fn required_when(self, field: &'static str, value: &'static str) -> Self {
        Self { required: Required::When(field, value), ..self }
    }

    pub(crate) const fn sealed(self) -> Self {
        Self { sealed: true, ..self }
    }
}
