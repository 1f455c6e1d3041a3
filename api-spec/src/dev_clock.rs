//! `PUT /v1/dev/clock`: the frozen clock of `--dev-clock`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::primitives::Instant;

/// The server's time, as set and as answered. It stands still until it is set again, and may go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DevClock {
    /// Now.
    pub now: Instant,
}
