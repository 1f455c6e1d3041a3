//! The verdict at arrival: whose customer has come (BK, CF-2, PR, DS-3).
//!
//! Three steps, as the rulebook has them: the `customer` may already be somebody's; else every `claim` is judged on its own;
//! then the `choice` falls among those that stand.

mod bookings;
mod choice;
mod claim;
mod companion;
mod customer;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::booking::BookingVerdict;
use super::calendar::Zone;
use super::names;
use super::party::{Holder, Party};
use super::policy::Policy;
use super::protection::{LeadProtection, SheetProtection};
use super::ruling::{Reason, Rule, Ruling};
use sync_core::words;

pub use bookings::on_booking_after_review;
pub use companion::{CompanionFacts, decide as decide_companion};

words! {
    /// The verdict of a confirmation sheet.
    pub enum SheetVerdict {
        /// The customer is the holder's.
        Valid = "valid",
        /// A claim was made and fell; the customer is received as a walk-in (CF-6).
        Void = "void",
        /// A human decides; the customer stays reserved meanwhile.
        Review = "review",
        /// Nobody claims the customer.
        WalkIn = "walk_in",
    }
}

words! {
    /// What the desk says about how the customer came; a hint, except that it tells an unaccompanied customer from one on a booking
    /// where a protection stands.
    pub enum Route {
        /// On a booking.
        Booked = "booked",
        /// Brought in person.
        Brought = "brought",
        /// Alone.
        WalkIn = "walk_in",
    }
}

words! {
    /// What a verdict does to the customer's `sheet` protection.
    pub enum Effect {
        /// It stays as it is.
        Keep = "keep",
        /// The customer is reserved for the ruling's holder from the arrival on; for nobody while in review (CF-5).
        Reserve = "reserve",
        /// Later channel claims are blocked (PR-5).
        Block = "block",
    }
}

/// The customer at the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The name given at the desk.
    pub name: String,
    /// The mask of the full number given at the desk.
    pub phone_masked: String,
}

/// A booking as it stands when the customer arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// The booking.
    pub id: Uuid,
    /// On whose behalf it was made.
    pub party: Party,
    /// The name it gives.
    pub customer_name: String,
    /// The masked number it gives.
    pub phone_masked: String,
    /// When it was recorded.
    pub moment: Moment,
    /// Its verdict so far.
    pub verdict: BookingVerdict,
    /// The rules of that verdict that were not met.
    pub rules: Vec<Rule>,
    /// BK-12: it names a lead of its holder whose full number is the customer's.
    #[serde(default)]
    pub numbered: bool,
}

/// Everything the verdict at arrival rests on. Lapsed protections are ended before these are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArrivalFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// When the customer arrived (Unix ms).
    pub arrived_at: i64,
    /// What the desk says.
    pub route: Route,
    /// Who arrived.
    pub customer: Customer,
    /// The customer's `sheet` protection.
    pub sheet: Option<SheetProtection>,
    /// The live `lead` protection of the customer's number.
    pub lead: Option<LeadProtection>,
    /// Bookings of the project whose masked digits are the customer's and whose moment may lie on the day of arrival.
    pub bookings: Vec<Booked>,
    /// Who brought the customer in person; for a companion, who brought or booked the customer of the sheet.
    pub bringer: Option<Party>,
    /// The customer is a companion of the sheet's customer (BK-10).
    #[serde(default)]
    pub companion: bool,
    /// When the desk entered it (Unix ms); `None` for a companion.
    #[serde(default)]
    pub entered_at: Option<i64>,
}

/// One claim with its own judgement; who stands behind it only the office sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The booking; `None` for the bringer in person.
    pub booking: Option<Uuid>,
    /// Whose claim it is.
    pub holder: Holder,
    /// Whether it stands: `no` fell, `unclear` needs a human.
    pub answer: Answer,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// The verdict at arrival.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArrivalRuling {
    /// The verdict and its reasons.
    #[serde(flatten)]
    pub ruling: Ruling<SheetVerdict>,
    /// Whose customer it is; in review the only candidate, when there is just one.
    pub holder: Option<Holder>,
    /// The booking the verdict rests on: `used` from now on when valid.
    pub booking: Option<Uuid>,
    /// Every claim with its own judgement. In a valid verdict those answered `no` are void with their reasons.
    pub claims: Vec<Claim>,
    /// What becomes of the `sheet` protection.
    pub effect: Effect,
}

impl ArrivalRuling {
    /// The bookings that fell, with the reasons their bookers are told (BK-15).
    pub fn fallen_bookings(&self) -> impl Iterator<Item = (Uuid, &[Reason])> {
        self.claims
            .iter()
            .filter(|claim| claim.answer == Answer::No)
            .filter_map(|claim| Some((claim.booking?, claim.reasons.as_slice())))
    }
}

/// Decides whose customer has arrived.
pub fn decide(facts: &ArrivalFacts, policy: &Policy) -> ArrivalRuling {
    let mut claims = claim::judge(facts, policy);
    let mut ruling =
        customer::decide(facts, &mut claims, policy).unwrap_or_else(|| choice::decide(facts, claims, policy));
    ruling.ruling.reasons.extend(late_entry(facts, policy));
    ruling
}

/// CF-3: entered long after the arrival is flagged.
fn late_entry(facts: &ArrivalFacts, policy: &Policy) -> Option<Reason> {
    let late_ms = facts.entered_at?.saturating_sub(facts.arrived_at);
    let known = || json!({"case": "late_entry", "minutes": late_ms / 60_000});
    (late_ms > i64::from(policy.sheet.entry_minutes) * 60_000).then(|| Reason::new(Rule::Cf3, Answer::Yes, known()))
}

impl ArrivalFacts {
    /// BK-5: the bookings whose digits fit, by whether the name does too.
    fn bookings_with_name(&self, fits: bool) -> impl Iterator<Item = &Booked> {
        self.bookings
            .iter()
            .filter(|booking| booking.phone_masked == self.customer.phone_masked)
            .filter(move |booking| names::fit(&booking.customer_name, &self.customer.name) == fits)
    }
}
