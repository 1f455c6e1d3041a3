//! Whose customer a customer is, as the rules see it: parties, holders, and the protections that stand (PR).

use sync_core::people::Employment;
use uuid::Uuid;

use super::Facts;
use super::directory::Directory;
use super::table::Grouped;
use crate::rules::party::{Holder, PartnerStanding, Party};
use crate::rules::protection::{LeadProtection, SheetProtection};
use crate::store::Key;
use crate::store::protections::Protection;

impl Grouped for Protection {
    type Group = Key;

    /// The customer.
    fn group(&self) -> Key {
        Key { project: self.project, id: self.customer }
    }
}

impl Facts {
    /// The protections of a class that stand on a project.
    pub fn standing(&self, project: Uuid, class: &'static str) -> impl Iterator<Item = &Protection> {
        self.protections.values().filter(move |row| row.project == project && self.stands(row, class))
    }

    /// The protection of a class that a customer stands under.
    pub fn standing_for(&self, customer: Key, class: &'static str) -> Option<&Protection> {
        self.protections.in_group(&customer).find(|row| self.stands(row, class))
    }

    fn stands(&self, row: &Protection, class: &'static str) -> bool {
        row.class == class && row.ended_at.is_none() && !self.has_lapsed(row)
    }

    /// The live `lead` protection of a customer's number; it rests on a lead, or on a booking (BK-12).
    pub fn lead_protection(&self, project: Uuid, customer: Uuid) -> Option<(Uuid, LeadProtection)> {
        let row = self.standing_for(Key { project, id: customer }, "lead")?;
        let source = Key { project, id: row.source };
        let lead = self.leads.get(&source).map(|lead| lead.moment);
        let since = lead.or_else(|| self.bookings.get(&source).map(|booking| booking.moment))?;
        Some((row.id, LeadProtection { holder: holder(row)?, since, until: row.until_at? }))
    }

    /// The live `lead` protection that a booking started by itself (BK-12).
    pub fn booked_protection(&self, booking: Key) -> Option<Key> {
        let row = self.standing(booking.project, "lead").find(|row| row.source == booking.id)?;
        Some(Key { project: row.project, id: row.id })
    }

    /// Whether a booking started this protection by itself (BK-12).
    pub fn is_booked(&self, protection: Key) -> bool {
        let source = self.protections.get(&protection).map(|row| Key { project: row.project, id: row.source });
        source.is_some_and(|source| self.bookings.get(&source).is_some())
    }

    /// The customer whose full number a lead of this holder knows (BK-12).
    pub fn customer_of_lead(&self, directory: &Directory, lead: Key, of: Holder) -> Option<Uuid> {
        let lead = self.leads.get(&lead).filter(|lead| party(directory, lead.owner).holder() == of)?;
        lead.customer
    }

    /// The customer of that lead where the number has these digits.
    pub fn customer_behind(&self, directory: &Directory, lead: Key, of: Holder, digits: &str) -> Option<Uuid> {
        let alike = self.masks.get(&(lead.project, digits.to_owned()))?;
        self.customer_of_lead(directory, lead, of).filter(|customer| alike.contains(customer))
    }

    /// The `sheet` protection of a customer.
    pub fn sheet_protection(&self, project: Uuid, customer: Uuid) -> Option<SheetProtection> {
        self.standing_for(Key { project, id: customer }, "sheet").and_then(sheet_of)
    }

    /// Ends a protection now, with the state it ends in, and shows it to its holder.
    pub fn end_protection(&mut self, key: Key, state: &str) {
        self.end_protection_at(key, state, self.now);
    }

    /// Ends the protections of the locked customers whose period is over. Whoever looks at protections after the locks finds them ended;
    /// so they make room for others in the same transaction (PR-3, PR-4).
    pub fn lapse_protections(&mut self) {
        let over =
            |row: &&Protection| row.ended_at.is_none() && self.has_lapsed(row) && self.holds(row.project, row.customer);
        let lapsed: Vec<(Key, i64)> = self
            .protections
            .values()
            .filter(over)
            .map(|row| (Key { project: row.project, id: row.id }, row.until_at.unwrap_or(self.now)))
            .collect();
        for (key, until) in lapsed {
            self.end_protection_at(key, "lapsed", until);
        }
    }

    /// Whether a protection's period is over, though nobody has ended it yet. DS-4: while a case is open nothing lapses.
    fn has_lapsed(&self, row: &Protection) -> bool {
        row.until_at.is_some_and(|until| until <= self.now) && !self.is_disputed(row.project, row.customer)
    }

    fn end_protection_at(&mut self, key: Key, state: &str, at: i64) {
        if let Some(row) = self.protections.get(&key).cloned() {
            let ended = Protection { state: state.to_owned(), ended_at: Some(at), ..row };
            self.show_protection_again(&ended);
            self.protections.put(key, ended);
        }
    }
}

/// Who stands behind a person's claims.
pub fn party(directory: &Directory, user: Uuid) -> Party {
    let person = directory.people.get(&user);
    match (person.and_then(|person| person.employment), person.and_then(|person| person.partner)) {
        (Some(Employment::Agent), Some(partner)) => agent(directory, partner),
        (Some(Employment::Liaison), _) => {
            Party::Liaison { user, trained_on: person.and_then(|person| person.trained_on) }
        }
        _ => Party::Staff { user },
    }
}

/// Who stands behind the claims of a partner's agent.
pub fn agent(directory: &Directory, partner: Uuid) -> Party {
    let standing = directory.partners.get(&partner).and_then(|partner| partner.status.parse().ok());
    Party::Agent { partner, standing: standing.unwrap_or(PartnerStanding::Active) }
}

/// The party behind a holder.
pub fn party_of(directory: &Directory, holder: Holder) -> Party {
    match holder {
        Holder::User(user) => party(directory, user),
        Holder::Partner(partner) => agent(directory, partner),
    }
}

/// A holder in the two columns of the store: a person, or a company.
pub fn split(holder: Option<Holder>) -> (Option<Uuid>, Option<Uuid>) {
    match holder {
        Some(Holder::User(user)) => (Some(user), None),
        Some(Holder::Partner(partner)) => (None, Some(partner)),
        None => (None, None),
    }
}

/// The holder of a protection; nobody for the site's own.
pub fn holder(row: &Protection) -> Option<Holder> {
    row.holder_user.map(Holder::User).or(row.holder_partner.map(Holder::Partner))
}

/// A `sheet` protection as the rules see it.
fn sheet_of(row: &Protection) -> Option<SheetProtection> {
    Some(match row.state.as_str() {
        "reserved" => SheetProtection::Reserved { holder: holder(row) },
        "live" => SheetProtection::Live { holder: holder(row)?, until: row.until_at? },
        "deal" => SheetProtection::Deal { holder: holder(row)? },
        _ => SheetProtection::Site { since: row.from_at, until: row.until_at? },
    })
}
