//! What a settlement does: it supersedes protection and sheet, and what was claimed follows (DS-4).

use std::collections::BTreeMap;

use sync_core::time::Answer;
use uuid::Uuid;

use super::Facts;
use super::claims::is_of;
use super::directory::Directory;
use super::holding::{holder, party, split};
use super::record::Record;
use super::rulings::Subject;
use super::sheets::{Companion, SHEET, SheetBody};
use crate::rules::arrival::SheetVerdict;
use crate::rules::booking::BookingVerdict;
use crate::rules::dispute::{About, AfterFacts, Fate, Settlement, after};
use crate::rules::party::Holder;
use crate::rules::policy::Policy;
use crate::rules::protection::{blocked_until, lead_protected_until, protected_until};
use crate::rules::replay::Decision;
use crate::rules::sheet::Sheet;
use crate::store::bookings::Booking;
use crate::store::confirmations::Confirmation;
use crate::store::disputes::Dispute;
use crate::store::leads::Lead;
use crate::store::protections::Protection;
use crate::store::{Key, StoreError};

/// A settlement to be carried out. Customer, sheets, bookings and leads are loaded and locked.
#[derive(Debug, Clone, Copy)]
pub struct Carried<'a> {
    /// Who is who.
    pub directory: &'a Directory,
    /// The policy in force.
    pub policy: &'a Policy,
    /// The case.
    pub row: &'a Dispute,
    /// The customer's name and masked number.
    pub shown: (&'a str, &'a str),
    /// What was decided.
    pub settlement: &'a Settlement,
    /// The ruling that says so.
    pub ruling: Uuid,
    /// BK-10: those who came along and were judged again, by sheet.
    pub companions: &'a BTreeMap<Uuid, Vec<Companion>>,
}

impl Facts {
    /// Carries a settlement out.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when a sheet cannot be read.
    pub fn carry_out(&mut self, carried: &Carried<'_>) -> Result<(), StoreError> {
        let Dispute { project, customer, .. } = *carried.row;
        let former = self.standing_for(Key { project, id: customer }, "sheet").cloned();
        let until = self.move_protection(carried, former.as_ref());
        self.settle_sheets(carried, former.as_ref(), until)?;
        self.settle_leads(carried, until);
        Ok(())
    }

    /// The new protection starts at the settlement; the answer is its end (Unix ms).
    fn move_protection(&mut self, carried: &Carried<'_>, former: Option<&Protection>) -> Option<i64> {
        let Dispute { project, customer, about, .. } = *carried.row;
        let (zone, now) = (carried.directory.zone(project), self.now);
        let lead = self.standing_for(Key { project, id: customer }, "lead").cloned();
        let visited = carried.row.about_kind == About::Sheet.as_str() || former.is_some();
        let new = |class: &str, state: &str, until_at, source| Protection {
            project,
            id: Uuid::nil(),
            class: class.to_owned(),
            customer,
            holder_user: None,
            holder_partner: None,
            state: state.to_owned(),
            from_at: now,
            until_at,
            source,
            ruling: Some(carried.ruling),
            ended_at: None,
        };
        let Some(winner) = carried.settlement.holder else {
            self.displace(lead.as_ref(), "displaced");
            let until = blocked_until(now, zone, carried.policy);
            self.replace_protection(carried, former, new("sheet", "site", Some(until), about));
            return Some(until);
        };
        if !visited {
            let until = lead_protected_until(now, zone, carried.policy);
            let own = |lead: &&Lead| {
                lead.project == project
                    && lead.customer == Some(customer)
                    && party(carried.directory, lead.owner).holder() == winner
            };
            let source = self.leads.values().filter(own).map(|lead| (lead.id != about, lead.id)).min();
            let source = source.map_or(about, |(_, id)| id);
            self.replace_protection(carried, lead.as_ref(), new("lead", "live", Some(until), source));
            return Some(until);
        }
        let own = lead.as_ref().and_then(holder) == Some(winner);
        self.displace(lead.as_ref(), if own { "settled" } else { "displaced" });
        let is_deal = former.is_some_and(|row| row.state == "deal");
        // what was bought stays bought
        let until = (!is_deal).then(|| protected_until(now, zone, carried.policy));
        let keeps = former.filter(|row| carried.row.about_kind == About::Lead.as_str() || holder(row) == Some(winner));
        let source = keeps.map_or(about, |row| row.source);
        self.replace_protection(carried, former, new("sheet", if is_deal { "deal" } else { "live" }, until, source));
        until
    }

    fn displace(&mut self, row: Option<&Protection>, state: &str) {
        if let Some(row) = row {
            self.end_protection(Key { project: row.project, id: row.id }, state);
        }
    }

    /// The winner's protection takes the place of what stood; one that is the winner's already goes on under the settlement.
    fn replace_protection(&mut self, carried: &Carried<'_>, former: Option<&Protection>, new: Protection) {
        let winner = carried.settlement.holder;
        let (holder_user, holder_partner) = split(winner);
        let goes_on = former.filter(|row| winner.is_some() && holder(row) == winner);
        let id = if let Some(row) = goes_on {
            row.id
        } else {
            self.displace(former, "displaced");
            self.id()
        };
        let row = Protection { id, holder_user, holder_partner, ..new };
        if winner.is_some() {
            self.show_protection(&row, carried.shown.0, carried.shown.1);
        }
        self.protections.put(Key { project: row.project, id }, row);
    }

    /// The sheet of the case, those in review, and the one whose protection ended.
    fn settle_sheets(
        &mut self,
        carried: &Carried<'_>,
        former: Option<&Protection>,
        until: Option<i64>,
    ) -> Result<(), StoreError> {
        let Dispute { project, customer, about, .. } = *carried.row;
        let former = former.map(|row| (row.source, holder(row)));
        let rows: Vec<Confirmation> = self
            .sheets
            .values()
            .filter(|row| row.project == project && row.customer == customer)
            .filter(|row| row.id == about || row.state == "review" || former.is_some_and(|(id, _)| id == row.id))
            .cloned()
            .collect();
        for row in rows {
            let body = SheetBody::of(&row)?;
            let review = body.sheet.verdict() == SheetVerdict::Review;
            let winner = carried.settlement.holder;
            let is_winners = former.is_some_and(|(_, holder)| holder == winner);
            let wins = match former {
                _ if winner.is_none() => false,
                Some((source, _)) if source == row.id && row.id != about && !review => is_winners,
                // the holder keeps the customer by another sheet: this one stays what it is
                Some((source, _)) if source != row.id && is_winners && !review => row.state == "valid",
                _ => true,
            };
            let skips =
                matches!(body.sheet, Sheet::WalkIn) && !wins || row.id != about && !review && is_winners && wins;
            if !skips {
                self.settle_sheet(carried, row, body, winner.filter(|_| wins), until);
            }
        }
        Ok(())
    }

    fn settle_sheet(
        &mut self,
        carried: &Carried<'_>,
        row: Confirmation,
        body: SheetBody,
        winner: Option<Holder>,
        until: Option<i64>,
    ) {
        let key = Key { project: row.project, id: row.id };
        let booking = self.settle_bookings(carried, &row, &body, winner);
        let sheet = body.sheet.clone().settle(winner, row.consultant, row.opened_at, until);
        let (fate, until) = if winner.is_some() { (Fate::Valid, until) } else { (Fate::Void, None) };
        let known = AfterFacts { settlement: carried.settlement.clone(), fate, until };
        let ruling = after(&known);
        let told = split(winner).0.or(row.holder_user);
        let subject = Facts::about_sheet(key, SHEET, told, Some(body.ruling))
            .decided_by(carried.settlement.by, Some(&carried.settlement.reason));
        let verdict = self.rule(carried.directory, &subject, &ruling, &Decision::AfterCase(known));
        let companions = carried.companions.get(&row.id).cloned().unwrap_or_else(|| body.companions.clone());
        let body = SheetBody {
            sheet,
            ruling: verdict.ruling,
            reasons: ruling.reasons,
            companions,
            bookings: Vec::new(),
            ..body
        };
        self.put_sheet(carried.directory, Confirmation { booking, ..row }, &body, Some(verdict));
    }

    /// The bookings that spoke for the customer on the sheet: the winner's is used, those of others are void. The answer is the one that counts.
    fn settle_bookings(
        &mut self,
        carried: &Carried<'_>,
        sheet: &Confirmation,
        body: &SheetBody,
        winner: Option<Holder>,
    ) -> Option<Uuid> {
        let zone = carried.directory.zone(sheet.project);
        let day = zone.day_of(sheet.arrived_at);
        let speaks = |row: &&Booking| {
            let on_the_day = sheet.id == carried.row.about && zone.is_on(&row.moment, day) != Answer::No;
            body.bookings.contains(&row.id) || row.sheet == Some(sheet.id) || (on_the_day && row.sheet.is_none())
        };
        let rows: Vec<Booking> =
            self.bookings_of(sheet.project, sheet.customer).into_iter().filter(speaks).cloned().collect();
        let own = |row: &&Booking| winner.is_some_and(|winner| is_of(row, winner)) && row.state != "cancelled";
        let won =
            rows.iter().filter(own).map(|row| (!body.bookings.contains(&row.id), row.moment.latest, row.id)).min();
        let won = won.map(|(_, _, id)| id);
        for row in rows {
            let counted = matches!(
                row.state.parse(),
                Ok(BookingVerdict::Live | BookingVerdict::Review | BookingVerdict::Used | BookingVerdict::Contested)
            );
            let is_winners = winner.is_some_and(|winner| is_of(&row, winner));
            if won == Some(row.id) && row.state != BookingVerdict::Used.as_str() {
                self.settle_booking(carried, sheet.id, row, Fate::Used);
            } else if counted && !is_winners {
                self.settle_booking(carried, sheet.id, row, Fate::Void);
            }
        }
        won
    }

    fn settle_booking(&mut self, carried: &Carried<'_>, sheet: Uuid, row: Booking, fate: Fate) {
        let key = Key { project: row.project, id: row.id };
        let Some(record) = self.records.get(&key).cloned() else { return };
        let known = AfterFacts { settlement: carried.settlement.clone(), fate, until: None };
        let subject =
            Subject::record(&record, "booking").decided_by(carried.settlement.by, Some(&carried.settlement.reason));
        let verdict = self.rule(carried.directory, &subject, &after(&known), &Decision::AfterCase(known));
        let sheet = if fate == Fate::Used { Some(sheet) } else { row.sheet };
        self.bookings.put(key, Booking { state: verdict.outcome.clone(), sheet, ..row });
        self.records.put(key, Record { verdict: Some(verdict), ..record });
    }

    /// PR-2: the leads on the number: the winner's is protected, those of others are contested.
    fn settle_leads(&mut self, carried: &Carried<'_>, until: Option<i64>) {
        let Dispute { project, customer, about, .. } = *carried.row;
        let claims = |lead: &&Lead| {
            lead.project == project
                && lead.customer == Some(customer)
                && ["protected", "contested", "review"].contains(&lead.state.as_str())
        };
        let leads: Vec<Lead> = self.leads.values().filter(claims).cloned().collect();
        for lead in leads {
            let key = Key { project, id: lead.id };
            let wins = carried.settlement.holder == Some(party(carried.directory, lead.owner).holder());
            let fate = if wins { Fate::Protected } else { Fate::Contested };
            let Some(record) = self.records.get(&key).cloned() else { continue };
            if !wins && lead.state == fate.as_str() && lead.id != about {
                continue;
            }
            let known = AfterFacts { settlement: carried.settlement.clone(), fate, until: until.filter(|_| wins) };
            let subject =
                Subject::record(&record, "lead").decided_by(carried.settlement.by, Some(&carried.settlement.reason));
            let verdict = self.rule(carried.directory, &subject, &after(&known), &Decision::AfterCase(known));
            self.leads.put(key, Lead { state: verdict.outcome.clone(), ..lead });
            self.records.put(key, Record { verdict: Some(verdict), ..record });
        }
    }
}
