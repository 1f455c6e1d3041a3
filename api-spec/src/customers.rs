//! Customers: is one protected and until when, whose number is it, and who works on whom.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::desk::{Booking, Confirmation};
use crate::primitives::{Holder, Instant, Person, Secret};

/// `POST /v1/projects/{project}/customers/lookup`: exactly one of the three. Every lookup is audited and counted per day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerLookup {
    /// The full number: finds the one customer it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "138 1234 5678")]
    pub phone: Option<Secret>,
    /// A masked number (BK-5): finds everybody it may mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "138****5678")]
    pub phone_masked: Option<String>,
    /// The name as it was last given at the desk, or with a lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "王丽", min_length = 1, max_length = 64)]
    pub name: Option<String>,
}

/// Everybody who fits; nobody when the number or name is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CustomersFound {
    /// Each customer on its own, at most 50.
    pub matches: Vec<CustomerMatch>,
    /// There are more: ask for the full number.
    pub more: bool,
}

/// Whether a customer is somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CustomerState {
    /// Nobody's.
    Free,
    /// Registered as a lead of somebody (PR-2).
    Registered,
    /// Reserved by a sheet that is not signed yet (CF-5).
    Reserved,
    /// Protected after a visit (PR-1).
    Protected,
    /// Has bought (CF-8).
    Bought,
    /// The site's own: a walk-in registered first (PR-5).
    Site,
}

/// A customer who fits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CustomerMatch {
    /// The customer.
    pub customer: Uuid,
    /// The masked number.
    #[schema(example = "138****5678")]
    pub phone_masked: String,
    /// Whether the customer is somebody's.
    pub state: CustomerState,
    /// Until when; null where there is no end.
    pub until: Option<Instant>,
    /// Everything known of the customer: for the site lead and the back office.
    pub file: Option<CustomerFile>,
}

/// What is known of a customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CustomerFile {
    /// The name as it was last given at the desk, or with a lead.
    pub name: String,
    /// What stands, at most one of each class (PR-3).
    pub protections: Vec<CustomerProtection>,
    /// Sheets, by arrival.
    pub sheets: Vec<Confirmation>,
    /// Bookings of the last year that fit number and name, in server order.
    pub bookings: Vec<Booking>,
    /// Leads on the number, by time of receipt.
    pub leads: Vec<CustomerLead>,
    /// The case that stands, at most one: `GET /v1/disputes/{id}` shows it.
    pub cases: Vec<CustomerCase>,
}

/// A case about whose customer it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerCase {
    /// The case.
    pub id: Uuid,
    /// The sheet or lead it is about.
    pub about: Uuid,
    /// `open`, `settled` or `appealed`.
    pub state: String,
    /// When it was opened.
    pub opened_at: Instant,
}

/// A protection that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerProtection {
    /// The protection.
    pub id: Uuid,
    /// `sheet` or `lead`.
    pub class: String,
    /// `reserved`, `live`, `deal` or `site`.
    pub state: String,
    /// Whose customer it is; null for the site's and while in review.
    pub holder: Option<Holder>,
    /// Since when.
    pub from: Instant,
    /// Until when; null where there is no end.
    pub until: Option<Instant>,
}

/// A lead on a customer's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerLead {
    /// The lead.
    pub id: Uuid,
    /// Who works on it.
    pub owner: Person,
    /// Such as `protected` or `contested`.
    pub state: String,
    /// When its number was received.
    pub received_at: Instant,
}

/// `POST /v1/leads/reveal`: numbers of own leads, for calling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevealLeads {
    /// The leads, 1 to 50.
    #[schema(min_items = 1, max_items = 50)]
    pub leads: Vec<Uuid>,
    /// In words, not blank.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

/// Numbers in clear (DP-2): each was written into the audit trail with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Revealed {
    /// One for each lead, or for each customer of a sheet.
    pub items: Vec<RevealedNumber>,
    /// Numbers the caller was shown today, these included.
    pub today: u64,
}

/// A number in clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RevealedNumber {
    /// The lead, or the sheet in its newest version.
    pub id: Uuid,
    /// The customer's name.
    pub name: String,
    /// The newest full number, E.164; null for a lead without one.
    #[schema(value_type = Option<String>, example = "+8613812345678")]
    pub phone: Option<Secret>,
    /// WeChat, of leads.
    #[schema(value_type = Option<String>)]
    pub wechat: Option<Secret>,
}

/// `POST /v1/leads/transfer`: somebody else takes over (PR-4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TransferLeads {
    /// Whose they are; the account may have ended.
    pub from: Uuid,
    /// Who takes over: in the field of the same project, for the same company.
    pub to: Uuid,
    /// These only, with the protections of their customers; without it all leads and protections of `from` in the caller's charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 500)]
    pub leads: Option<Vec<Uuid>>,
    /// In words, not blank.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

/// What was transferred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transferred {
    /// Leads that changed hands.
    pub leads: Vec<Uuid>,
    /// Protections that did.
    pub protections: Vec<Uuid>,
}

/// `POST /v1/users/{id}/close`: the account ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CloseUser {
    /// When, now or in the past; what was recorded until then still counts.
    pub at: Instant,
    /// Who takes over the leads and protections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_to: Option<Uuid>,
}

/// An account that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClosedUser {
    /// The user.
    pub id: Uuid,
    /// When it ended.
    pub ended_at: Instant,
    /// What was transferred.
    pub transferred: Transferred,
}
