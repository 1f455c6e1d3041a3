//! Arrivals in the unit of work: what the verdict rests on, and what follows from it for bookings and protections (CF-2, CF-5, PR-5, BK-15).

use sync_core::time::Answer;
use uuid::Uuid;

use super::Facts;
use super::directory::Directory;
use super::holding::{party, split};
use super::record::Record;
use super::rulings::Subject;
use crate::rules::arrival::{ArrivalFacts, ArrivalRuling, Booked, Customer, Effect, Route};
use crate::rules::booking::BookingVerdict;
use crate::rules::party::{Holder, Party};
use crate::rules::policy::Policy;
use crate::rules::protection::blocked_until;
use crate::rules::replay::Decision;
use crate::rules::ruling::{Rule, Ruling};
use crate::store::Key;
use crate::store::bookings::Booking;
use crate::store::protections::Protection;

/// Somebody at the desk.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The customer, locked by this unit of work.
    pub customer: Uuid,
    /// The name given at the desk.
    pub name: String,
    /// The masked number.
    pub phone_masked: String,
}

/// The visit somebody is part of.
#[derive(Debug, Clone, Copy)]
pub struct Visit {
    /// The sheet.
    pub sheet: Key,
    /// When they arrived (Unix ms).
    pub arrived_at: i64,
    /// How, as the desk was told.
    pub route: Route,
}

impl Facts {
    /// Everything the verdict about somebody at the desk rests on.
    pub fn arrival(
        &self,
        directory: &Directory,
        visit: &Visit,
        visitor: &Visitor,
        bringer: Option<Party>,
    ) -> ArrivalFacts {
        let project = visit.sheet.project;
        ArrivalFacts {
            zone: directory.zone(project),
            arrived_at: visit.arrived_at,
            route: visit.route,
            customer: Customer { name: visitor.name.clone(), phone_masked: visitor.phone_masked.clone() },
            sheet: self.sheet_protection(project, visitor.customer),
            lead: self.lead_protection(project, visitor.customer).map(|(_, lead)| lead),
            bookings: self.presented(directory, visit, visitor),
            bringer,
            companion: false,
            entered_at: None,
        }
    }

    /// The bookings with these digits that may lie on the day of the visit, in server order.
    fn presented(&self, directory: &Directory, visit: &Visit, visitor: &Visitor) -> Vec<Booked> {
        let project = visit.sheet.project;
        let digits = visitor.phone_masked.as_str();
        let zone = directory.zone(project);
        let day = zone.day_of(visit.arrived_at);
        let may_speak = |row: &&Booking| {
            row.project == project && row.digits == digits && zone.is_on(&row.moment, day) != Answer::No
        };
        let mut rows: Vec<&Booking> = self.bookings.values().filter(may_speak).collect();
        rows.sort_by_key(|row| (row.moment.latest, row.id));
        let booked = |row: &Booking| {
            let record = self.records.get(&Key { project, id: row.id })?;
            let party = party(directory, record.id_of("subject").unwrap_or(row.owner));
            let known = row.lead.and_then(|id| self.customer_of_lead(directory, Key { project, id }, party.holder()));
            Some(Booked {
                id: row.id,
                numbered: known == Some(visitor.customer),
                party,
                customer_name: row.customer_name.clone(),
                phone_masked: row.digits.clone(),
                moment: row.moment,
                verdict: row.state.parse().ok()?,
                rules: rules_not_met(record),
            })
        };
        rows.into_iter().filter_map(booked).collect()
    }

    /// What follows for the bookings that spoke for somebody: the one that counts is used, those that fell are void, and their bookers learn it
    /// at once.
    pub fn rule_on_bookings(
        &mut self,
        directory: &Directory,
        sheet: Key,
        ruling: &ArrivalRuling,
        arrival: &ArrivalFacts,
    ) {
        for booking in ruling.claims.iter().filter_map(|claim| claim.booking) {
            if let Some(ruling) = ruling.on_booking(booking) {
                let decision = Decision::BookingAtArrival { booking, arrival: arrival.clone() };
                self.rule_on_presented(directory, sheet, booking, &ruling, &decision);
            }
        }
    }

    /// Rules on one booking that spoke for somebody; one that counted no more keeps the verdict it had.
    pub fn rule_on_presented(
        &mut self,
        directory: &Directory,
        sheet: Key,
        booking: Uuid,
        ruling: &Ruling<BookingVerdict>,
        decision: &Decision,
    ) {
        let key = Key { project: sheet.project, id: booking };
        let (Some(row), Some(record)) = (self.bookings.get(&key).cloned(), self.records.get(&key).cloned()) else {
            return;
        };
        let counts = matches!(row.state.parse(), Ok(BookingVerdict::Live | BookingVerdict::Review));
        let used = ruling.outcome == BookingVerdict::Used;
        if !counts && !used {
            return;
        }
        let verdict = self.rule(directory, &Subject::record(&record, "booking"), ruling, decision);
        let sheet = if used { Some(sheet.id) } else { row.sheet };
        self.bookings.put(key, Booking { state: verdict.outcome.clone(), sheet, ..row });
        self.records.put(key, Record { verdict: Some(verdict), ..record });
    }

    /// What follows for the `sheet` protection of somebody at the desk. `holder` is whom it is reserved for, nobody while in review.
    pub fn protect(
        &mut self,
        visit: &Visit,
        visitor: &Visitor,
        effect: Effect,
        holder: Option<Holder>,
        by: &Grounds<'_>,
    ) {
        let project = visit.sheet.project;
        let (state, holder, until_at) = match effect {
            Effect::Keep => return,
            Effect::Reserve => ("reserved", holder, None),
            Effect::Block => {
                let zone = by.directory.zone(project);
                ("site", None, Some(blocked_until(visit.arrived_at, zone, by.policy)))
            }
        };
        let former = self.standing_for(Key { project, id: visitor.customer }, "sheet");
        if let Some(former) = former.map(|row| Key { project, id: row.id }) {
            self.end_protection(former, "displaced");
        }
        let (holder_user, holder_partner) = split(holder);
        let id = self.id();
        let row = Protection {
            project,
            id,
            class: "sheet".to_owned(),
            customer: visitor.customer,
            holder_user,
            holder_partner,
            state: state.to_owned(),
            from_at: visit.arrived_at,
            until_at,
            source: visit.sheet.id,
            ruling: Some(by.ruling),
            ended_at: None,
        };
        if holder.is_some() {
            self.show_protection(&row, &visitor.name, &visitor.phone_masked);
        }
        self.protections.put(Key { project, id }, row);
    }
}

/// By what right a protection starts.
#[derive(Debug, Clone, Copy)]
pub struct Grounds<'a> {
    /// Who is who.
    pub directory: &'a Directory,
    /// The policy in force.
    pub policy: &'a Policy,
    /// The ruling.
    pub ruling: Uuid,
}

/// The rules that a booking's verdict names as not met.
pub(super) fn rules_not_met(record: &Record) -> Vec<Rule> {
    let reasons = record.verdict.iter().flat_map(|verdict| &verdict.reasons);
    reasons.filter(|reason| reason.answer != Answer::Yes).filter_map(|reason| reason.rule.parse().ok()).collect()
}
