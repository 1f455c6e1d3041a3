//! Every claim on a customer, as the records have it: what a case is settled on (DS-1, DS-3).

use std::collections::BTreeSet;

use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::Facts;
use super::arrivals::rules_not_met;
use super::directory::Directory;
use super::holding::{holder, party, party_of, split};
use super::sheets::{BroughtBy, SheetBody};
use crate::rules::booking::BookingVerdict;
use crate::rules::dispute::{Claim, Rank};
use crate::rules::names;
use crate::rules::party::Holder;
use crate::rules::ruling::Rule;
use crate::rules::sheet::Sheet;
use crate::store::bookings::Booking;
use crate::store::confirmations::Confirmation;
use crate::store::{Key, StoreError};

/// Rules by which a booking falls to somebody else's claim: in a dispute that is the question, not the answer.
const FALLEN_TO_OTHERS: [Rule; 6] = [Rule::Pr3, Rule::Cf8, Rule::Bk13, Rule::Bk14, Rule::Ds3, Rule::Ds4];

impl Facts {
    /// Every claim on a locked customer whose sheets, bookings and leads were loaded.
    ///
    /// # Errors
    /// [`StoreError::Inconsistent`] when a sheet cannot be read.
    pub fn claims_on(&self, directory: &Directory, project: Uuid, customer: Uuid) -> Result<Vec<Claim>, StoreError> {
        let mut claims = Vec::new();
        let mut days = BTreeSet::new();
        for row in self.sheets.values().filter(|row| row.project == project && row.customer == customer) {
            days.insert(directory.zone(project).day_of(row.arrived_at));
            claims.extend(of_sheet(directory, row)?);
        }
        claims.extend(self.bookings_of(project, customer).into_iter().filter_map(|row| {
            let zone = directory.zone(project);
            let speaks = days.is_empty() || days.iter().any(|day| zone.is_on(&row.moment, *day) != Answer::No);
            speaks.then(|| self.of_booking(row)).flatten()
        }));
        let leads = self.leads.values().filter(|lead| lead.project == project && lead.customer == Some(customer));
        claims.extend(leads.filter(|lead| lead.state != "released").map(|lead| Claim {
            id: lead.id,
            holder: party(directory, lead.owner).holder(),
            rank: Rank::Lead,
            moment: lead.moment,
            met: true,
            mass_day: false,
        }));
        let standing = ["sheet", "lead"].into_iter().flat_map(|class| self.standing(project, class));
        let others: Vec<Claim> = standing
            .filter(|row| row.customer == customer)
            .filter_map(|row| Some((row, holder(row)?)))
            .filter(|(_, holder)| claims.iter().all(|claim| claim.holder != *holder))
            .map(|(row, holder)| {
                let moment = Moment::exact(row.from_at);
                Claim { id: row.source, holder, rank: Rank::Other, moment, met: true, mass_day: false }
            })
            .collect();
        claims.extend(others);
        Ok(claims)
    }

    /// BK-5: the loaded bookings that fit a customer by digits and name, in server order.
    pub fn bookings_of(&self, project: Uuid, customer: Uuid) -> Vec<&Booking> {
        let Some(name) = self.names.get(&Key { project, id: customer }) else { return Vec::new() };
        let is_mask = |mask: &str| {
            self.masks.get(&(project, mask.to_owned())).is_some_and(|customers| customers.contains(&customer))
        };
        let fits = |row: &&Booking| {
            row.project == project && is_mask(&row.digits) && (name.is_empty() || names::fit(&row.customer_name, name))
        };
        let mut rows: Vec<&Booking> = self.bookings.values().filter(fits).collect();
        rows.sort_by_key(|row| (row.moment.latest, row.id));
        rows
    }

    fn of_booking(&self, row: &Booking) -> Option<Claim> {
        let holder = row.holder_user.map(Holder::User).or(row.holder_partner.map(Holder::Partner))?;
        let fell_to_others = || {
            let record = self.records.get(&Key { project: row.project, id: row.id })?;
            let rules = rules_not_met(record);
            Some(!rules.is_empty() && rules.iter().all(|rule| FALLEN_TO_OTHERS.contains(rule)))
        };
        let met = match row.state.parse().ok()? {
            BookingVerdict::Cancelled => return None,
            BookingVerdict::Live | BookingVerdict::Used | BookingVerdict::Review | BookingVerdict::Contested => true,
            BookingVerdict::Void => fell_to_others().unwrap_or(false),
            BookingVerdict::Expired => false,
        };
        let mass_day = row
            .holder_partner
            .is_some_and(|partner| self.failed_days.contains(&(row.project, partner, row.day.clone())));
        Some(Claim { id: row.id, holder, rank: Rank::Booking, moment: row.moment, met, mass_day })
    }
}

/// What a sheet claims, and who brought the customer.
fn of_sheet(directory: &Directory, row: &Confirmation) -> Result<Vec<Claim>, StoreError> {
    let body = SheetBody::of(row)?;
    let claim =
        |holder, rank, at| Claim { id: row.id, holder, rank, moment: Moment::exact(at), met: true, mass_day: false };
    let mut claims = Vec::new();
    match (&body.sheet, body.sheet.told()) {
        (Sheet::Confirmed { site_lead, .. }, Some(holder)) => {
            claims.push(claim(holder, Rank::SignedSheet, site_lead.at));
        }
        (_, Some(holder)) => claims.push(claim(holder, Rank::Arrival, row.arrived_at)),
        (_, None) => {}
    }
    let bringer = match &body.brought_by {
        Some(BroughtBy::User(user)) => Some(party(directory, *user)),
        Some(BroughtBy::Agent { partner, .. }) => Some(party_of(directory, Holder::Partner(*partner))),
        None => None,
    };
    if let Some(bringer) = bringer {
        let gates = bringer.gates(&Moment::exact(row.arrived_at), directory.zone(row.project));
        let met = gates.iter().all(|gate| gate.answer != Answer::No);
        claims.push(Claim { met, ..claim(bringer.holder(), Rank::Bring, row.arrived_at) });
    }
    Ok(claims)
}

/// A holder's id, whichever it is.
pub fn id_of(holder: Holder) -> Uuid {
    match holder {
        Holder::User(id) | Holder::Partner(id) => id,
    }
}

/// Whether a booking is a holder's.
pub fn is_of(row: &Booking, holder: Holder) -> bool {
    (row.holder_user, row.holder_partner) == split(Some(holder))
}
