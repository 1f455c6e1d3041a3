//! Confirmation sheets in the unit of work: what is kept of one, and how everybody it concerns is shown it (CF).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sync_core::exchange::Verdict;
use sync_core::time::{Answer, rfc3339};
use uuid::Uuid;

use super::Facts;
use super::directory::Directory;
use super::holding::split;
use super::need::Need;
use super::record::Record;
use super::rulings::Subject;
use crate::rules::arrival::SheetVerdict;
use crate::rules::party::Holder;
use crate::rules::ruling::{Reason, Rule};
use crate::rules::sheet::{Deal, Sheet};
use crate::store::confirmations::Confirmation;
use crate::store::{Key, StoreError};

/// The family of rulings about a sheet.
pub const SHEET: &str = "confirmation";
/// The family of rulings about a companion; their subject is the sheet, too.
pub const COMPANION: &str = "companion";

/// The family of rulings about who receives the customer; their subject is the sheet, too.
pub const HAND_OVER: &str = "hand_over";

/// What a sheet's row keeps besides its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SheetBody {
    /// The customer's name, as the desk gave it.
    pub name: String,
    /// The customer's masked number.
    pub phone_masked: String,
    /// Where the sheet stands.
    pub sheet: Sheet,
    /// The ruling that stands.
    pub ruling: Uuid,
    /// Its reasons.
    pub reasons: Vec<Reason>,
    /// Who came along.
    pub companions: Vec<Companion>,
    /// Bookings about which the review of the sheet decides.
    pub bookings: Vec<Uuid>,
    /// Who brought the customer in person.
    pub brought_by: Option<BroughtBy>,
    /// The booking the desk believed it was.
    pub hint: Option<Uuid>,
    /// The deal (CF-8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal: Option<Deal>,
    /// The version it corrects (CF-10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Uuid>,
}

/// CF-3: whether a verdict at arrival says that it was entered late.
pub fn is_late(reasons: &[Reason]) -> bool {
    reasons.iter().any(|reason| reason.rule == Rule::Cf3 && reason.answer == Answer::Yes)
}

/// Who brought a customer in person, as the desk was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BroughtBy {
    /// Somebody with an account.
    User(Uuid),
    /// A partner's agent without one.
    Agent {
        /// The partner.
        partner: Uuid,
        /// The agent's name.
        name: String,
    },
}

/// Somebody who came along (BK-10).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Companion {
    /// The customer.
    pub customer: Uuid,
    /// The name, as the desk gave it.
    pub name: String,
    /// The masked number.
    pub phone_masked: String,
    /// The verdict on them.
    pub verdict: SheetVerdict,
    /// Whose customer they are; in review the only candidate, when there is just one.
    pub holder: Option<Holder>,
    /// The ruling that stands.
    pub ruling: Uuid,
    /// Its reasons.
    pub reasons: Vec<Reason>,
    /// Bookings about which a review decides.
    pub bookings: Vec<Uuid>,
}

impl SheetBody {
    /// What a row keeps.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when it cannot be read.
    pub fn of(row: &Confirmation) -> Result<Self, StoreError> {
        serde_json::from_str(&row.body)
            .map_err(|error| StoreError::Inconsistent(format!("confirmation {}: {error}", row.id)))
    }

    /// The customers whose protection the sheet may change, with their names and masks: the one it is about, and those who came along.
    pub fn customers<'a>(&'a self, row: &Confirmation) -> impl Iterator<Item = (Uuid, &'a str, &'a str)> {
        let own = (row.customer, self.name.as_str(), self.phone_masked.as_str());
        let along = self.companions.iter().map(|each| (each.customer, each.name.as_str(), each.phone_masked.as_str()));
        std::iter::once(own).chain(along)
    }
}

impl Need {
    /// A sheet to be changed: its customers with their leads, its record, its booking, and those that wait for a decision about it.
    pub fn sheet(&mut self, row: &Confirmation, body: &SheetBody) {
        let project = row.project;
        let bookings = body.bookings.iter().chain(body.companions.iter().flat_map(|each| &each.bookings));
        self.record(Key { project, id: row.id });
        self.any_case();
        self.leads_of_customers(project);
        row.booking.into_iter().for_each(|id| self.record(Key { project, id }));
        bookings.for_each(|id| self.record(Key { project, id: *id }));
        body.customers(row).for_each(|(id, ..)| self.customer(Key { project, id }));
    }
}

impl Facts {
    /// Whom and what a ruling about a sheet, or about one who came along, concerns.
    pub fn about_sheet(
        key: Key,
        family: &'static str,
        owner: Option<Uuid>,
        supersedes: Option<Uuid>,
    ) -> Subject<'static> {
        Subject { key, family, owner, team: None, supersedes, decided_by: None, note: None }
    }

    /// Stores a sheet as it stands now and shows it to whom it concerns; `verdict` is a new one.
    pub fn put_sheet(
        &mut self,
        directory: &Directory,
        row: Confirmation,
        body: &SheetBody,
        verdict: Option<Verdict>,
    ) -> Confirmation {
        let key = Key { project: row.project, id: row.id };
        let (signed, confirmed) = body.sheet.signatures();
        let (holder_user, holder_partner) = split(body.sheet.holder());
        let row = Confirmation {
            state: body.sheet.verdict().to_string(),
            phase: body.sheet.phase().to_string(),
            holder_user,
            holder_partner,
            signed_by: signed.map(|signature| signature.by),
            signed_at: signed.map(|signature| signature.at),
            confirmed_by: confirmed.map(|signature| signature.by),
            confirmed_at: confirmed.map(|signature| signature.at),
            version: row.version + 1,
            // plain data always has a text
            body: serde_json::to_string(body).unwrap_or_default(),
            ..row
        };
        let shown = self.shown(key, "confirmation", None, ruled(directory, &row, body));
        let verdict = verdict.or(shown.verdict.clone());
        let record = Record { phase: row.phase.clone(), version: row.version, verdict, ..shown };
        self.records.put(key, record);
        self.sheets.put(key, row.clone());
        row
    }
}

/// The sheet as its readers see it. Who the others are nobody learns from it.
fn ruled(directory: &Directory, row: &Confirmation, body: &SheetBody) -> Map<String, Value> {
    let told = split(body.sheet.told());
    let holder = body.sheet.told().map(|_| json!({ "user": told.0, "partner": told.1 }));
    let name = |id: Uuid| directory.people.get(&id).map_or("", |person| person.name.as_str());
    let consultant = row.consultant.map(|id| json!({ "id": id, "name": name(id) }));
    let companion = |each: &Companion| json!({ "name": each.name, "phone_masked": each.phone_masked, "status": each.verdict.as_str() });
    let body = json!({
        "status": row.state,
        "customer_name": body.name,
        "phone_masked": body.phone_masked,
        "route": row.route,
        "arrived_at": rfc3339::text(row.arrived_at),
        "booking": row.booking,
        "holder": holder,
        "consultant": consultant,
        "companions": body.companions.iter().map(companion).collect::<Vec<_>>(),
        "late_entry": row.late_entry,
        "deal": body.deal.map(|deal| json!({ "stage": deal.stage, "on": deal.on })),
        "corrects": body.corrects,
        "corrected_by": body.sheet.correction(),
    });
    if let Value::Object(body) = body { body } else { Map::new() }
}
