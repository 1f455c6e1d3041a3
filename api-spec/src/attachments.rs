//! Photos and papers: `PUT` and `GET /v1/attachments/{sha256}`.

use serde::{Deserialize, Serialize};
use sync_core::op::Digest;
use utoipa::ToSchema;

/// How far an attachment has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Attachment {
    /// SHA-256 of its bytes; records name it under `photos`.
    #[schema(value_type = String, min_length = 64, max_length = 64)]
    pub sha256: Digest,
    /// `image/jpeg`, `image/webp`, `image/png` or `application/pdf`.
    pub media_type: String,
    /// Its bytes.
    pub size: u64,
    /// Bytes that are there; the next piece begins with this one.
    pub received: u64,
    /// All of it is there, and it is what the digest says.
    pub complete: bool,
}
