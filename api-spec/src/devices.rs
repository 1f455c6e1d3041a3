//! `/v1/devices`: new devices after a fork, and the office's list of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    auth::DeviceClaim,
    primitives::{Instant, Person, Secret},
};

/// `POST /v1/devices`: a phone whose log forked goes on under a new device. Answered with 201 and a `Session`.
///
/// Creating with the same id again gives the same device. At most 3 a day; both devices are flagged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForkedDevice {
    /// The new device.
    #[serde(flatten)]
    pub device: DeviceClaim,
    /// The device whose log forked.
    pub forked_from: Uuid,
    /// The first seq that differs, as `device-forked` named it.
    #[schema(minimum = 1)]
    pub seq: u64,
    /// The newest refresh token; the new device stays in its family.
    pub refresh_token: Secret,
}

/// A device in the list of `GET /v1/devices?user=`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// The device.
    pub id: Uuid,
    /// Whose it is, for ever.
    pub user: Person,
    /// What the user calls it.
    pub name: String,
    /// Operating system and version.
    pub platform: String,
    /// When it first logged in.
    pub registered_at: Instant,
    /// When it last synchronised; null before the first time.
    pub seen_at: Option<Instant>,
    /// The seq of its next op.
    pub next_seq: u64,
    /// The device whose log it went on from.
    pub forked_from: Option<Uuid>,
    /// A fork of this device's log was noticed.
    pub forked: bool,
    /// When it was revoked; null while it may be used.
    pub revoked_at: Option<Instant>,
}

/// `POST /v1/devices/{id}/revoke`. Ends its sessions; answered with the `Device`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevokeDevice {
    /// It is in strange hands: what it still pushes is parked, and it pulls nothing but `gone`.
    #[serde(default)]
    pub stolen: bool,
    /// In words, not blank.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}
