//! Rulings on bookings as they come in, and on taking them back (BK).

use api_spec::problem::Code;
use serde_json::Value;
use sync_core::time::Moment;

use super::Judge;
use crate::facts::claims::id_of;
use crate::facts::holding::{party, split};
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::rules::booking::{self, BookingFacts, BookingVerdict, EarlierBooking};
use crate::rules::names;
use crate::rules::policy::BookingField;
use crate::rules::replay::Decision;
use crate::store::Key;
use crate::store::bookings::Booking;
use crate::sync::claim::{Claim, Fate, Refusal};

impl Judge<'_> {
    /// BK: a booking came in.
    pub(super) fn rule_on_booking(&mut self, record: &mut Record, claim: &Claim<'_>) {
        let Some(owner) = record.owner else { return };
        let project = record.key.project;
        let zone = self.directory.zone(project);
        let text = |name: &str| record.state.text(name).unwrap_or_default().to_owned();
        let behalf = record.id_of("subject").unwrap_or(owner);
        let party = party(self.directory, behalf);
        let (holder_user, holder_partner) = split(Some(party.holder()));
        let (digits, customer_name) = (text("phone_masked"), text("customer_name"));
        let day = zone.day_of(claim.moment.latest);
        let same_holder = |row: &&Booking| (row.holder_user, row.holder_partner) == (holder_user, holder_partner);
        let (person_that_day, holder_that_day) = self.facts.booked((project, day), owner, id_of(party.holder()));
        let alike = (project, digits.clone());
        let earlier = self
            .facts
            .bookings
            .in_group(&alike)
            .filter(|row| row.id != record.key.id)
            .filter(same_holder)
            .filter(|row| names::fit(&row.customer_name, &customer_name))
            .map(|row| EarlierBooking {
                moment: row.moment,
                verdict: row.state.parse().unwrap_or(BookingVerdict::Live),
                cancelled: row.cancelled_at.map(Moment::exact),
            })
            .collect();
        let lead = record.id_of("lead").map(|id| Key { project, id });
        let behind = lead
            .and_then(|lead| self.facts.customer_behind(self.directory, lead, party.holder(), &digits))
            .filter(|customer| self.facts.holds(project, *customer));
        let customers = behind
            .map_or_else(|| self.facts.customers_like(project, &digits, &customer_name), |customer| vec![customer]);
        let sheets = || self.facts.sheets.values().filter(|sheet| customers.contains(&sheet.customer));
        let valid = |state: &str| state == "valid";
        let facts = BookingFacts {
            zone,
            received_at: self.facts.now,
            moment: claim.moment,
            party: party.clone(),
            on_behalf: behalf != owner,
            named: named(record),
            earlier,
            last_valid_arrival: sheets()
                .filter(|sheet| valid(&sheet.state))
                .filter(|sheet| (sheet.holder_user, sheet.holder_partner) == (holder_user, holder_partner))
                .map(|sheet| sheet.arrived_at)
                .max(),
            person_that_day,
            holder_that_day,
            sheet_arrival: sheets().map(|sheet| sheet.arrived_at).filter(|at| zone.day_of(*at) == day).min(),
            numbered: behind.is_some(),
            sheet: customers.iter().find_map(|customer| self.facts.sheet_protection(project, *customer)),
            lead: customers
                .iter()
                .find_map(|customer| self.facts.lead_protection(project, *customer))
                .map(|(_, lead)| lead),
        };
        let policy = self.policy(project);
        let ruling = booking::decide(&facts, &policy);
        let protection = booking::protection(&facts, ruling.outcome, &policy);
        let verdict =
            self.facts.rule(self.directory, &Subject::record(record, "booking"), &ruling, &Decision::Booking(facts));
        let row = Booking {
            project,
            id: record.key.id,
            owner,
            holder_user,
            holder_partner,
            digits,
            name_folded: names::fold(&customer_name),
            customer_name,
            route: text("route"),
            lead: record.id_of("lead"),
            moment: claim.moment,
            day: day.to_string(),
            state: verdict.outcome.clone(),
            cancelled_at: None,
            sheet: None,
        };
        self.tell_untrained(project, behalf, &verdict);
        self.facts.put_new_booking(day, row);
        if let (Some(period), Some(customer)) = (protection, behind) {
            let name = text("customer_name");
            self.protect_number(record, &name, customer, party.holder(), period, &verdict);
        }
        record.verdict = Some(verdict);
    }

    /// TR-1: a booking is judged again on what it was judged on, with what is known of its party now. One whose day is over has expired
    /// unused; a lead's number is not protected by it afterwards.
    pub(crate) fn book_again(&mut self, key: Key, known: BookingFacts) {
        let (Some(mut record), Some(row)) =
            (self.facts.records.get(&key).cloned(), self.facts.bookings.get(&key).cloned())
        else {
            return;
        };
        let behalf = record.id_of("subject").or(record.owner).unwrap_or_default();
        let facts = BookingFacts { party: party(self.directory, behalf), ..known };
        let ruling = booking::decide(&facts, &self.policy(key.project));
        if ruling.outcome.as_str() == row.state {
            return;
        }
        let subject = Subject::record(&record, "booking");
        let verdict = self.facts.rule(self.directory, &subject, &ruling, &Decision::Booking(facts));
        let is_over = self.directory.zone(key.project).day_of(self.facts.now).to_string() > row.day;
        self.facts.bookings.put(key, Booking { state: verdict.outcome.clone(), ..row });
        record.verdict = Some(verdict);
        record.version += 1;
        self.facts.records.put(key, record.clone());
        let open = [BookingVerdict::Live, BookingVerdict::Review, BookingVerdict::Contested];
        if is_over && open.contains(&ruling.outcome) {
            self.expire_booking(record);
        }
    }

    /// BK-6: the booking's day is over; one that nobody used counts no more.
    pub fn expire_booking(&mut self, mut record: Record) {
        let Some(row) = self.facts.bookings.get(&record.key).cloned() else { return };
        let zone = self.directory.zone(record.key.project);
        let decision = Decision::BookingExpired { moment: row.moment, zone };
        let subject = Subject::record(&record, "booking");
        let verdict = self.facts.rule(self.directory, &subject, &booking::expire(&row.moment, zone), &decision);
        self.facts.bookings.put(record.key, Booking { state: verdict.outcome.clone(), ..row });
        record.verdict = Some(verdict);
        self.facts.records.put(record.key, record);
    }

    /// The booker, the lead or the office takes a booking back.
    pub(super) fn cancel_booking(&mut self, mut record: Record, claim: &Claim<'_>) -> Result<Fate, Refusal> {
        let key = record.key;
        let row = self.facts.bookings.get(&key).cloned().ok_or(Code::NotFound)?;
        let state = row.state.parse().unwrap_or(BookingVerdict::Live);
        let ruling = booking::cancel(state).map_err(|_| Code::Frozen)?;
        let subject = Subject::record(&record, "booking").decided_by(claim.author, None);
        let verdict =
            self.facts.rule(self.directory, &subject, &ruling, &Decision::BookingCancelled { verdict: state });
        let cancelled_at = claim.moment.claimed.unwrap_or(claim.moment.latest);
        let row = Booking { state: verdict.outcome.clone(), cancelled_at: Some(cancelled_at), ..row };
        self.facts.bookings.put(key, row);
        if let Some(protection) = self.facts.booked_protection(key) {
            self.facts.end_protection(protection, "released");
        }
        "cancelled".clone_into(&mut record.phase);
        record.verdict = Some(verdict);
        self.facts.records.put(key, record);
        Ok(Fate::Applied)
    }
}

/// What a booking names beyond customer and number (BK-4).
fn named(record: &Record) -> Vec<BookingField> {
    let given = |field: &&BookingField| record.state.value(field.as_str()).is_some_and(|value| *value != Value::Null);
    BookingField::ALL.iter().filter(given).copied().collect()
}
