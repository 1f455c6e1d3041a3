//! The front desk: arrivals, confirmation sheets (渠道客户确认单), the booking feed and the rotation (A位).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sync_core::exchange::Verdict;
use sync_core::time::{Answer, Moment};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::primitives::{Holder, Instant, Person, Secret};

/// How a customer came, as the desk was told. A hint: the server looks for bookings itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Somebody booked the customer.
    Booked,
    /// Somebody came along.
    Brought,
    /// Alone and unannounced.
    WalkIn,
}

/// A customer as the desk types one in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Visitor {
    /// The name, up to 64 characters.
    #[schema(example = "王女士", min_length = 1, max_length = 64)]
    pub name: String,
    /// The full number; sealed on arrival and never answered back.
    #[schema(example = "138 1234 5678")]
    pub phone: Secret,
}

/// Who brought a customer in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Bringer {
    /// A user.
    User(Uuid),
    /// A partner's agent without an account.
    Agent {
        /// The partner.
        partner: Uuid,
        /// The agent's name.
        agent_name: String,
    },
}

/// `POST /v1/projects/{project}/arrivals`. Answered with 201 and a `Confirmation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Arrival {
    /// The sheet's id, made by the desk. The same body again gives the same sheet (CF-1).
    pub id: Uuid,
    /// Who came.
    pub customer: Visitor,
    /// Who came along, up to 5 (BK-10).
    #[serde(default)]
    #[schema(max_items = 5)]
    pub companions: Vec<Visitor>,
    /// How, as the desk was told.
    pub route: Route,
    /// Who brought them; a user id, or a partner with the agent's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought_by: Option<Bringer>,
    /// The booking the desk believes it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking: Option<Uuid>,
    /// When they came; default now, never later, at most 24 h back (CF-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Instant>,
}

/// The verdict on a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SheetStatus {
    /// The customer is the holder's.
    Valid,
    /// Every claim fell.
    Void,
    /// A person must decide; the customer stays reserved.
    Review,
    /// Nobody claims the customer.
    WalkIn,
}

/// How far a sheet has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SheetState {
    /// Opened.
    Open,
    /// Signed by the consultant.
    Signed,
    /// Countersigned by the site lead: protected (CF-5).
    Confirmed,
    /// Voided by hand.
    Voided,
    /// Corrected by a new version, which `corrected_by` names (CF-10).
    Corrected,
}

/// One reason of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SheetReason {
    /// The rule's id in the rulebook.
    #[schema(example = "BK-1")]
    pub rule: String,
    /// What the rule answered.
    #[schema(value_type = crate::sync::Answer)]
    pub answer: Answer,
    /// In words: a line of English and a line of 简体中文.
    pub message: String,
    /// The end of the protection that stands in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

/// A confirmation sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Confirmation {
    /// The sheet.
    pub id: Uuid,
    /// The project.
    pub project: Uuid,
    /// Counts changes; for `If-Match`.
    pub version: u64,
    /// How far it has come.
    pub state: SheetState,
    /// The verdict.
    pub status: SheetStatus,
    /// Why.
    pub reasons: Vec<SheetReason>,
    /// The ruling; `GET /v1/rulings?subject=` explains it.
    pub ruling: Uuid,
    /// Who came.
    pub customer: MaskedVisitor,
    /// How, as the desk was told.
    pub route: Route,
    /// When they came.
    pub arrived_at: Instant,
    /// The booking that won.
    pub booking: Option<Uuid>,
    /// Whose customer it is; null for a walk-in, a void sheet and while in review.
    pub holder: Option<Holder>,
    /// Who receives them (CF-4); null when nobody is there.
    pub consultant: Option<Person>,
    /// Who came along, each with an own verdict.
    pub companions: Vec<Companion>,
    /// When the consultant signed.
    pub signed_at: Option<Instant>,
    /// When the site lead countersigned.
    pub confirmed_at: Option<Instant>,
    /// The end of the protection, once confirmed; null while a deal makes it permanent.
    pub protected_until: Option<Instant>,
    /// Entered later after the arrival than the policy allows (CF-3).
    pub late_entry: bool,
    /// The deal, if there is one (CF-8).
    pub deal: Option<SheetDeal>,
    /// The version this one corrects (CF-10).
    pub corrects: Option<Uuid>,
    /// The version that has taken this one's place (CF-10).
    pub corrected_by: Option<Uuid>,
}

/// How far a deal has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DealStage {
    /// Subscribed (认购).
    Subscribed,
    /// The contract is signed (签约).
    Signed,
    /// Cancelled (退订).
    Cancelled,
}

/// `POST /v1/confirmations/{id}/deal`, and the deal on a sheet (CF-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SheetDeal {
    /// How far it has come.
    pub stage: DealStage,
    /// The project's day of this stage: not in the future, and not before the arrival or the stage before.
    pub on: NaiveDate,
}

/// `POST /v1/confirmations/{id}/consultant`: somebody else receives the customer (CF-4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HandOver {
    /// A consultant at work on the project.
    pub to: Uuid,
    /// In words, not blank.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

/// `POST /v1/confirmations/{id}/correct` (CF-10). What is left out stays as it was. Answered with 201 and the new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Correction {
    /// The new version's id, made by the desk. The same body again gives the same version.
    pub id: Uuid,
    /// Who came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CorrectedVisitor>,
    /// Everybody who came along, in the place of those on the sheet (BK-10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 5)]
    pub companions: Option<Vec<Visitor>>,
    /// How.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// Who brought them. With another route than `brought` and without this, nobody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought_by: Option<Bringer>,
    /// When they came: not after the sheet was opened, at most 24 h before (CF-3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived_at: Option<Instant>,
    /// In words, not blank.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

/// What is corrected of the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CorrectedVisitor {
    /// The name, up to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "王女士", min_length = 1, max_length = 64)]
    pub name: Option<String>,
    /// The full number; sealed on arrival and never answered back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "138 1234 5678")]
    pub phone: Option<Secret>,
}

/// A customer as everybody sees one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MaskedVisitor {
    /// The name.
    pub name: String,
    /// The masked number (BK-5).
    #[schema(example = "138****5678")]
    pub phone_masked: String,
}

/// A companion with the verdict on them (BK-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Companion {
    /// Who.
    #[serde(flatten)]
    pub visitor: MaskedVisitor,
    /// The verdict.
    pub status: SheetStatus,
    /// Why.
    pub reasons: Vec<SheetReason>,
}

/// `GET /v1/projects/{project}/confirmations`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConfirmationQuery {
    /// The project's day of arrival.
    pub day: Option<NaiveDate>,
    /// How far they have come.
    #[param(inline)]
    pub state: Option<SheetState>,
    /// Who received them.
    pub consultant: Option<Uuid>,
    /// `true`: only valid sheets that have waited for their signatures for too long (CF-5), the oldest first; for the site lead and the
    /// back office.
    pub overdue: Option<bool>,
    /// Only those entered late after the arrival, or only those that were not (CF-3).
    pub late_entry: Option<bool>,
}

/// `GET /v1/projects/{project}/bookings`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BookingQuery {
    /// The project's day the booking may lie on; default today.
    pub day: Option<NaiveDate>,
}

/// A booking in the feed of the project (BK-2), in server order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Booking {
    /// The booking.
    pub id: Uuid,
    /// The customer.
    pub customer_name: String,
    /// The masked number (BK-5).
    #[schema(example = "138****5678")]
    pub phone_masked: String,
    /// `booked` or `brought`.
    pub route: Route,
    /// Who booked.
    pub owner: Person,
    /// On whose behalf, when not the owner's (BK-4).
    pub subject: Option<Person>,
    /// The booker's company, for partners.
    pub partner: Option<Uuid>,
    /// The consultant asked for.
    pub consultant: Option<Uuid>,
    /// The area asked for.
    pub area: Option<String>,
    /// When they want to come.
    pub expected_at: Option<Instant>,
    /// A remark.
    pub note: Option<String>,
    /// `open` or `cancelled`.
    pub phase: String,
    /// The ruling that stands.
    #[schema(value_type = Option<crate::sync::Verdict>)]
    pub verdict: Option<Verdict>,
    /// When it was recorded.
    #[schema(value_type = crate::sync::Moment)]
    pub moment: Moment,
}

/// `GET /v1/projects/{project}/rotation`: whose turn it is (CF-4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rotation {
    /// Who is next; null when nobody is there.
    pub next: Option<Person>,
    /// The consultants in the order of their turns.
    pub consultants: Vec<RotationPlace>,
}

/// One consultant in the rotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RotationPlace {
    /// Who.
    #[serde(flatten)]
    pub consultant: Person,
    /// Checked in today.
    pub present: bool,
    /// Turns used today.
    pub turns: u64,
    /// The last turn.
    pub last_turn_at: Option<Instant>,
}

/// `POST /v1/projects/{project}/rotation/skip`: the next one is passed over, with a reason. Answered with the `Rotation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RotationSkip {
    /// Names this skip: sent again, it changes nothing more.
    pub id: Uuid,
    /// Who is passed over: it must be their turn.
    pub consultant: Uuid,
    /// In words, not blank.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_arrival_reads_both_forms_of_brought_by() {
        let arrival = |brought_by| {
            serde_json::from_value::<Arrival>(
                json!({"id": Uuid::nil(), "customer": {"name": "王女士", "phone": "13812345678"},
                "route": "brought", "brought_by": brought_by, "arrived_at": "2026-11-22T10:00:00+08:00"}),
            )
        };
        assert_eq!(arrival(json!(Uuid::nil())).unwrap().brought_by, Some(Bringer::User(Uuid::nil())));
        let agent = arrival(json!({"partner": Uuid::nil(), "agent_name": "赵强"})).unwrap();
        assert!(matches!(agent.brought_by, Some(Bringer::Agent { .. })));
        assert_eq!(agent.arrived_at, Some(Instant(1_795_312_800_000)));
        assert!(agent.companions.is_empty() && agent.booking.is_none());
        assert!(arrival(json!("somebody")).is_err());
    }

    #[test]
    fn p11_a_printed_arrival_shows_no_number() {
        let visitor = Visitor { name: "王女士".into(), phone: Secret::new("13812345678") };
        assert!(!format!("{visitor:?}").contains("1381234"));
    }
}
