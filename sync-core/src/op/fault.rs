//! Why an op is rejected.

use crate::value::ValueFault;

/// Why an op is rejected: the code of the problem table and where in the op it lies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpFault {
    /// The text is larger than [`OP_BYTES`](super::OP_BYTES).
    #[error("larger than 64 KiB")]
    TooLarge,
    /// Duplicate keys, U+0000, integers beyond i64, or nesting deeper than [`OP_DEPTH`](super::OP_DEPTH).
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
