//! The audit trail: who did what that others may ask about.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::{Instant, Person};

/// `GET /v1/audit`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only acts on this project.
    pub project: Option<Uuid>,
    /// Only by this user.
    pub actor: Option<Uuid>,
    /// Only of this sort, such as `publish_policy`.
    pub act: Option<String>,
    /// Only about this record, account or project.
    pub subject: Option<String>,
    /// From this instant on.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Instant>,
    /// Before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Instant>,
}

/// An act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditEntry {
    /// Its id.
    pub id: Uuid,
    /// When it was done.
    pub at: Instant,
    /// Who did it; null for the command line and for what happens by itself.
    pub actor: Option<Person>,
    /// What was done.
    #[schema(example = "publish_policy")]
    pub act: String,
    /// To what.
    pub subject: Option<String>,
    /// On which project; null for acts on accounts and devices.
    pub project: Option<Uuid>,
    /// More, such as the reason of a reveal. Numbers are masked.
    #[schema(value_type = Object)]
    pub detail: Value,
}
