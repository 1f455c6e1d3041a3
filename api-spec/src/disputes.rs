//! Disputes (判客): whose customer it is, when that is not agreed (DS).

use serde::{Deserialize, Deserializer, Serialize};
use sync_core::op::Digest;
use sync_core::time::{Answer, Moment};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::desk::MaskedVisitor;
use crate::primitives::{Holder, Instant, Person};
use crate::rulings::Ruling;

/// `POST /v1/disputes`: a claimant, or their lead, opens a case about a sheet or a lead. Answered with 201 and the `Dispute`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewDispute {
    /// The case's id, made by the client: the same body again gives the same case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// The sheet it is about; or else `lead`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Uuid>,
    /// The lead it is about; or else `confirmation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<Uuid>,
    /// Why the customer is the claimant's, in words.
    #[schema(min_length = 1, max_length = 4000)]
    pub claim: String,
}

/// `POST /v1/disputes/{id}/statements`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Statement {
    /// In words, not blank.
    #[schema(min_length = 1, max_length = 4000)]
    pub text: String,
    /// SHA-256 of photos and papers, which are sent with `PUT /v1/attachments/{sha256}`. The office sees them, and the party's own side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, max_items = 9)]
    pub attachments: Vec<Digest>,
}

/// `POST /v1/disputes/{id}/outside`: the office records what an arbitration or a court said (DS-7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Note {
    /// In words, not blank.
    #[schema(min_length = 1, max_length = 4000)]
    pub note: String,
}

/// `POST /v1/disputes/{id}/settle`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Settle {
    /// A party of the case, by `user` or by `partner`; null for the site.
    #[serde(deserialize_with = "said")]
    pub holder: Option<Holder>,
    /// Who shares in what percent: parties, the holder among them, 100 together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub split: Vec<Share>,
    /// Why, in words.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

/// A member that must be there, null included.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Holder>, D::Error> {
    Option::deserialize(deserializer)
}

/// A share in a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// Whose.
    #[serde(flatten)]
    pub holder: Holder,
    /// Of a hundred.
    #[schema(minimum = 1, maximum = 100)]
    pub percent: u32,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// It waits for the office.
    Open,
    /// Settled; a party that lost may appeal.
    Settled,
    /// It waits for somebody else of the office.
    Appealed,
    /// Settled for good.
    Final,
    /// Nobody claims any more.
    Withdrawn,
}

/// Who decides (DS-7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisputeLevel {
    /// The back office.
    Office,
    /// Somebody else of the back office.
    Appeal,
    /// Arbitration or a court; recorded only.
    Outside,
}

/// What a party is in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisputeRole {
    /// Claims the customer.
    Claimant,
    /// Had the customer when the case was opened.
    Respondent,
}

/// What a case came to for the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisputeOutcome {
    /// The customer is theirs.
    Won,
    /// The customer is somebody else's, or the site's.
    Lost,
}

/// `GET /v1/disputes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DisputeQuery {
    /// Of one project; else of all of the caller's.
    pub project: Option<Uuid>,
    /// Where they stand.
    #[param(inline)]
    pub state: Option<DisputeState>,
    /// Only those that should have been settled by now.
    pub overdue: Option<bool>,
}

/// A case. A party sees its own side; who the others are only the office sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Dispute {
    /// The case.
    pub id: Uuid,
    /// The project.
    pub project: Uuid,
    /// Counts acts; for `If-Match`.
    pub version: u64,
    /// The sheet it is about.
    pub confirmation: Option<Uuid>,
    /// The lead it is about.
    pub lead: Option<Uuid>,
    /// Where it stands.
    pub state: DisputeState,
    /// Who decides, or decided last.
    pub level: DisputeLevel,
    /// The customer.
    pub customer: MaskedVisitor,
    /// The ruling that stands; `GET /v1/rulings?subject=` explains it.
    pub ruling: Uuid,
    /// When it was opened.
    pub opened_at: Instant,
    /// Until when it is to be settled, while it waits for that (DS-4).
    pub due: Option<Instant>,
    /// It should have been settled by now.
    pub overdue: bool,
    /// Until when a party that lost may appeal.
    pub appeal_until: Option<Instant>,
    /// What the reader is in it; null for the office.
    pub role: Option<DisputeRole>,
    /// What it came to for the reader.
    pub outcome: Option<DisputeOutcome>,
    /// Whose claims they are.
    pub parties: Vec<DisputeParty>,
    /// What holds.
    pub settlement: Option<DisputeSettlement>,
    /// The ruling that follows from the records (DS-3); for the office, while the case waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<DisputeProposal>,
    /// Everything said and done, oldest first; left out in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<DisputeEntry>,
}

/// A party, by a letter that means nobody outside of the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DisputeParty {
    /// Its letter.
    #[schema(example = "A")]
    pub party: String,
    /// What it is.
    pub role: DisputeRole,
    /// It is the reader's.
    pub you: bool,
    /// It claims no more.
    pub withdrawn: bool,
    /// Who it is; for the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Holder>,
    /// The name; for the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What the office decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DisputeSettlement {
    /// When.
    pub at: Instant,
    /// The letter of the party whose customer it is; null for the site.
    pub party: Option<String>,
    /// Who shares in what percent.
    pub split: Vec<PartyShare>,
    /// Why, in words.
    pub reason: String,
    /// Who decided; for the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Person>,
}

/// A party's share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PartyShare {
    /// Its letter.
    pub party: String,
    /// Of a hundred.
    pub percent: u32,
}

/// The ruling that follows from the records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DisputeProposal {
    /// For whom; null where no claim is left, that is for the site.
    pub holder: Option<Holder>,
    /// Every claim in its place.
    pub lines: Vec<ProposalLine>,
}

/// A claim in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProposalLine {
    /// The record or sheet.
    pub claim: Uuid,
    /// Whose claim it is.
    pub holder: Holder,
    /// Its rank in DS-3.
    #[schema(example = "signed_sheet")]
    pub rank: String,
    /// The rule that puts it there.
    #[schema(example = "DS-3")]
    pub rule: String,
    /// `yes` ranks first, `no` fell or ranks behind.
    #[schema(value_type = crate::sync::Answer)]
    pub answer: Answer,
    /// In words: a line of English and a line of 简体中文.
    pub message: String,
}

/// Something said or done in a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DisputeEntry {
    /// The version of the case with it.
    pub version: u64,
    /// When.
    pub at: Instant,
    /// `opened`, `joined`, `statement`, `withdrawn`, `settled`, `appealed`, `outside`, `overdue` or `closed`.
    pub act: String,
    /// The letter of the party somebody spoke for.
    pub party: Option<String>,
    /// Who; for the office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<Person>,
    /// In words; what other parties said only the office reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Photos and papers, for those who read the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    pub attachments: Vec<Digest>,
}

/// `GET /v1/disputes/{id}/evidence`: what the records say (DS-1). The office reads all of it, a party the texts of its own ops and everybody's
/// digests and moments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// The case.
    pub dispute: Dispute,
    /// When it was put together.
    pub at: Instant,
    /// The project's time zone (IANA), in which the page shows its times.
    #[schema(example = "Asia/Shanghai")]
    pub timezone: String,
    /// The version of the policy in force.
    pub policy_version: u64,
    /// What was claimed with phones, in server order.
    pub ops: Vec<EvidenceOp>,
    /// Bookings, leads, arrivals and protections, by time.
    pub facts: Vec<EvidenceFact>,
    /// Every ruling about any of them, oldest first.
    pub rulings: Vec<Ruling>,
}

/// An op as it stands in the log. Anybody can check it: the SHA-256 of `text`, as UTF-8, is `digest`, and the next op of the device names it as `prev`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceOp {
    /// The record it is about.
    pub record: Uuid,
    /// The kind of the record.
    pub kind: String,
    /// The letter of the party whose record it is; null for those that are none.
    pub party: Option<String>,
    /// The device; for the office and its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Uuid>,
    /// Its place in that device's log.
    pub seq: u64,
    /// SHA-256 of its exact text: 64 hex digits.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// SHA-256 of the op before it.
    #[schema(value_type = String)]
    pub prev: Digest,
    /// When it was recorded.
    #[schema(value_type = crate::sync::Moment)]
    pub moment: Moment,
    /// What became of it.
    pub status: String,
    /// Its exact text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Something on record about the customer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceFact {
    /// The record.
    pub id: Uuid,
    /// `booking`, `lead`, `confirmation` or `protection`.
    pub kind: String,
    /// The letter of the party whose it is; null for those that are none.
    pub party: Option<String>,
    /// Where it stands.
    pub state: String,
    /// When it was recorded, arrived or began.
    #[schema(value_type = crate::sync::Moment)]
    pub moment: Moment,
    /// When it ends or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}
