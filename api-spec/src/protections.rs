//! Protections: until when a customer is whose.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::primitives::{Holder, Instant};

/// `POST /v1/protections/{id}/extend`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Extension {
    /// Names the extension, so that it is not made twice.
    pub id: Uuid,
    /// Why, in words, not blank, up to 4,000 characters.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

/// A protection as those who decide about it see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Protection {
    /// The protection; its record has the same id.
    pub id: Uuid,
    /// The project.
    pub project: Uuid,
    /// Counts its changes; for `If-Match`.
    pub version: u64,
    /// `sheet` for visited customers, `lead` for registered numbers.
    #[schema(example = "sheet")]
    pub class: String,
    /// Such as `reserved`, `live` or `deal`; once ended, why.
    #[schema(example = "live")]
    pub state: String,
    /// The customer's name.
    pub customer_name: String,
    /// The customer's masked number.
    #[schema(example = "138****5678")]
    pub phone_masked: String,
    /// Whose customer it is.
    pub holder: Holder,
    /// From when on.
    pub from: Instant,
    /// The first instant at which nothing of it remains; null for a permanent one.
    pub until: Option<Instant>,
}
