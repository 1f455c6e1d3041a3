//! `GET /v1/info`: what a client must know before it logs in.

use serde::{Deserialize, Serialize};
use sync_core::{exchange, op};
use utoipa::ToSchema;

use crate::locale::Locale;

/// The answer of `GET /v1/info`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Info {
    /// The server's version (semantic versioning).
    #[schema(example = "0.1.0")]
    pub version: String,
    /// The sync protocol versions it speaks.
    pub protocol: ProtocolRange,
    /// What one request may carry; a problem `payload-too-large` names one of these.
    pub limits: Limits,
    /// The languages of messages.
    pub locales: Vec<Locale>,
}

impl Info {
    /// What this build says about itself.
    pub fn new(version: &str) -> Self {
        Self {
            version: version.to_owned(),
            protocol: ProtocolRange { min: exchange::PROTOCOL, max: exchange::PROTOCOL },
            limits: Limits::default(),
            locales: Locale::ALL.to_vec(),
        }
    }
}

/// A range of protocol versions, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProtocolRange {
    /// The oldest.
    pub min: u32,
    /// The newest.
    pub max: u32,
}

/// What one request may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Limits {
    /// Ops in one `POST /v1/sync`.
    pub request_ops: u64,
    /// Bytes of ops in one `POST /v1/sync`, after decompression.
    pub request_bytes: u64,
    /// Bytes in one op; a larger one is rejected on its own.
    pub op_bytes: u64,
    /// Ops in one group.
    pub group_ops: u64,
    /// Changes in one answer.
    pub pull_changes: u64,
    /// Bytes of any other request body, after decompression.
    pub body_bytes: u64,
    /// Rows of a list in one file.
    pub export_rows: u64,
    /// Bytes of a photo or paper.
    pub attachment_bytes: u64,
}

impl Limits {
    /// The name of [`Limits::request_ops`] in a problem.
    pub const REQUEST_OPS: &str = "request_ops";
    /// The name of [`Limits::request_bytes`] in a problem.
    pub const REQUEST_BYTES: &str = "request_bytes";
    /// The name of [`Limits::body_bytes`] in a problem.
    pub const BODY_BYTES: &str = "body_bytes";
    /// The name of [`Limits::export_rows`] in a problem.
    pub const EXPORT_ROWS: &str = "export_rows";
    /// The name of [`Limits::attachment_bytes`] in a problem.
    pub const ATTACHMENT_BYTES: &str = "attachment_bytes";
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_ops: exchange::REQUEST_OPS as u64,
            request_bytes: exchange::REQUEST_BYTES as u64,
            op_bytes: op::OP_BYTES as u64,
            group_ops: op::GROUP_OPS as u64,
            pull_changes: u64::from(exchange::LIMIT_MAX),
            body_bytes: 256 * 1024,
            export_rows: 20_000,
            attachment_bytes: 2 * 1024 * 1024,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_limits_are_members_of_info() {
        let info = serde_json::to_value(Info::new("0.1.0")).unwrap();
        for name in [
            Limits::REQUEST_OPS,
            Limits::REQUEST_BYTES,
            Limits::BODY_BYTES,
            Limits::EXPORT_ROWS,
            Limits::ATTACHMENT_BYTES,
        ] {
            assert!(info["limits"][name].is_u64(), "{name}");
        }
        assert_eq!(info["locales"], serde_json::json!(["en", "zh-CN"]));
    }
}
