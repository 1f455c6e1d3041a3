//! `POST /v1/projects/{project}/arrivals`: a customer has arrived, and the desk opens the sheet (CF-1 to CF-4, and the verdict at arrival).

pub(super) mod case;
mod consultant;
pub(super) mod entry;

use std::sync::Arc;

use api_spec::desk::{Arrival, Confirmation};
use api_spec::problem::Code;
use sync_core::exchange::Verdict;
use uuid::Uuid;

use super::actor::Actor;
use super::sheets::describe;
use crate::error::AppError;
use crate::facts::arrivals::{Grounds, Visit, Visitor};
use crate::facts::directory::Directory;
use crate::facts::holding::{party_of, split};
use crate::facts::sheets::{COMPANION, Companion, SHEET, SheetBody, is_late};
use crate::facts::{Facts, Need, Unit};
use crate::rules::arrival::{self, ArrivalRuling, CompanionFacts};
use crate::rules::policy::Policy;
use crate::rules::replay::Decision;
use crate::rules::sheet::Sheet;
use crate::state::App;
use crate::store::{Key, Tx, confirmations, run_tx};
use case::{claimants, open_case};
use entry::Entry;

/// Opens the sheet of a customer who has arrived. The same body with the same id again is answered with the same sheet.
///
/// # Errors
/// `validation`, `rule-refused` (CF-3: a time in the future or more than 24 h back), `id-taken`.
pub async fn open_sheet(app: &App, actor: &Actor, project: Uuid, arrival: &Arrival) -> Result<Confirmation, AppError> {
    run_tx(&app.db, "open_sheet", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let entry = Entry::read(&directory, project, arrival)?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let key = Key { project, id: arrival.id };
        let mut need = Need::default();
        need.record(key);
        entry.visitors().for_each(|visitor| need.visitor(project, &visitor.phone));
        let facts = Facts::load(&mut tx, &unit, &need).await?;
        let visitors = entry.customers(&facts, project)?;
        let request = entry.digest(&visitors);
        if let Some(known) = confirmations::lock(&mut tx, project, arrival.id).await? {
            return if known.request_digest == request {
                describe(&directory, &known)
            } else {
                Err(Code::IdTaken.into())
            };
        }
        if facts.records.get(&key).is_some() {
            return Err(Code::IdTaken.into());
        }
        let arrived_at = entry.arrived_at(&directory, project, unit.now)?;
        let visit = Visit { sheet: key, arrived_at, route: entry.route };
        let policy = directory.policy(project, unit.now);
        let opening = Opening { unit: &unit, directory: &directory, policy: &policy, visit, opened_by: actor.user };
        let row = opening.open(&mut tx, facts, &entry, &visitors, request).await?;
        describe(&directory, &row)
    })
    .await
}

/// One sheet on its way.
struct Opening<'a> {
    unit: &'a Unit,
    directory: &'a Directory,
    policy: &'a Policy,
    visit: Visit,
    opened_by: Uuid,
}

impl Opening<'_> {
    async fn open(
        &self,
        tx: &mut Tx,
        mut facts: Facts,
        entry: &Entry,
        visitors: &[Visitor],
        request_digest: [u8; 32],
    ) -> Result<confirmations::Confirmation, AppError> {
        let Some((visitor, along)) = visitors.split_first() else {
            return Err(AppError::Broken("a sheet without a customer".to_owned()));
        };
        let (ruling, verdict) = self.rule(&mut facts, entry, visitor);
        let companions = self.companions(&mut facts, entry, &ruling, along);
        let consultant = self.consultant(tx, &facts, visitor.customer, ruling.booking).await?;
        let claimants = claimants(&facts, self.visit.sheet.project, visitor.customer, &ruling);
        let body = SheetBody {
            name: visitor.name.clone(),
            phone_masked: visitor.phone_masked.clone(),
            sheet: Sheet::open(&ruling, consultant, self.unit.now),
            ruling: verdict.ruling,
            bookings: ruling.waiting_bookings(),
            reasons: ruling.ruling.reasons,
            companions,
            brought_by: entry.brought_by.clone(),
            hint: entry.hint,
            deal: None,
            corrects: None,
        };
        let row = confirmations::Confirmation {
            project: self.visit.sheet.project,
            id: self.visit.sheet.id,
            org: self.unit.org,
            customer: visitor.customer,
            state: String::new(),
            phase: String::new(),
            route: self.visit.route.to_string(),
            arrived_at: self.visit.arrived_at,
            opened_at: self.unit.now,
            opened_by: self.opened_by,
            booking: ruling.booking,
            holder_user: None,
            holder_partner: None,
            consultant,
            signed_by: None,
            signed_at: None,
            confirmed_by: None,
            confirmed_at: None,
            version: 0,
            request_digest,
            late_entry: is_late(&body.reasons),
            body: String::new(),
        };
        let row = facts.put_sheet(self.directory, row, &body, Some(verdict));
        if row.state == arrival::SheetVerdict::Review.as_str() {
            open_case(&mut facts, self.directory, self.visit.sheet, visitor, claimants)?;
        }
        facts.save(tx, self.unit).await?;
        Ok(row)
    }

    /// The verdict on the customer of the sheet, and what follows from it.
    fn rule(&self, facts: &mut Facts, entry: &Entry, visitor: &Visitor) -> (ArrivalRuling, Verdict) {
        let key = self.visit.sheet;
        let mut arrival = facts.arrival(self.directory, &self.visit, visitor, entry.bringer.clone());
        arrival.entered_at = Some(self.unit.now);
        let ruling = arrival::decide(&arrival, self.policy);
        let subject = Facts::about_sheet(key, SHEET, self.claimant(facts, entry, &ruling), None);
        let decision = Decision::Arrival(arrival.clone());
        let verdict = facts.rule(self.directory, &subject, &ruling.ruling, &decision);
        facts.rule_on_bookings(self.directory, key, &ruling, &arrival);
        self.protect(facts, visitor, &ruling, verdict.ruling);
        (ruling, verdict)
    }

    /// BK-10: each companion is judged alone, after the customer of the sheet and for the same bringer.
    fn companions(&self, facts: &mut Facts, entry: &Entry, main: &ArrivalRuling, along: &[Visitor]) -> Vec<Companion> {
        let holder = main.holder.map(|holder| party_of(self.directory, holder));
        let bringer = entry.bringer.clone().or(holder);
        let judge = |(place, visitor): (u32, &Visitor)| {
            let mut arrival = facts.arrival(self.directory, &self.visit, visitor, bringer.clone());
            arrival.companion = true;
            let judged = CompanionFacts { main: main.ruling.outcome, place, arrival };
            let ruling = arrival::decide_companion(&judged, self.policy);
            let subject = Facts::about_sheet(self.visit.sheet, COMPANION, self.claimant(facts, entry, main), None);
            let decision = Decision::Companion(judged.clone());
            let verdict = facts.rule(self.directory, &subject, &ruling.ruling, &decision);
            facts.rule_on_bookings(self.directory, self.visit.sheet, &ruling, &judged.arrival);
            self.protect(facts, visitor, &ruling, verdict.ruling);
            facts.name_customer(Key { project: self.visit.sheet.project, id: visitor.customer }, &visitor.name);
            Companion {
                customer: visitor.customer,
                name: visitor.name.clone(),
                phone_masked: visitor.phone_masked.clone(),
                verdict: ruling.ruling.outcome,
                holder: ruling.holder,
                ruling: verdict.ruling,
                bookings: ruling.waiting_bookings(),
                reasons: ruling.ruling.reasons,
            }
        };
        (1..).zip(along).map(judge).collect()
    }

    fn protect(&self, facts: &mut Facts, visitor: &Visitor, ruling: &ArrivalRuling, by: Uuid) {
        let valid = ruling.ruling.outcome == arrival::SheetVerdict::Valid;
        let holder = ruling.holder.filter(|_| valid);
        let grounds = Grounds { directory: self.directory, policy: self.policy, ruling: by };
        facts.protect(&self.visit, visitor, ruling.effect, holder, &grounds);
        facts.name_customer(Key { project: self.visit.sheet.project, id: visitor.customer }, &visitor.name);
    }

    /// Whose claim it is, as a person: who booked, who brought, who holds.
    fn claimant(&self, facts: &Facts, entry: &Entry, ruling: &ArrivalRuling) -> Option<Uuid> {
        let project = self.visit.sheet.project;
        let booker = ruling.booking.and_then(|id| facts.bookings.get(&Key { project, id })).map(|row| row.owner);
        booker.or(entry.bringing_user()).or(split(ruling.holder).0)
    }
}
