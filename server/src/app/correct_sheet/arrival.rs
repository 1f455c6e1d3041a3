//! What was known when the customer came: the arrival is judged again on that.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::again::Again;
use crate::error::AppError;
use crate::facts::arrivals::Visitor;
use crate::facts::sheets::SheetBody;
use crate::facts::{Facts, Need};
use crate::rules::arrival::{ArrivalFacts, Booked};
use crate::rules::booking::BookingVerdict;
use crate::rules::party::Party;
use crate::rules::replay::Decision;
use crate::store::confirmations::Confirmation;
use crate::store::rulings::{self, RulingRow};
use crate::store::{Key, StoreError, Tx, bookings};

/// How far before the arrival bookings lie that may speak for somebody, in ms: a day may be long.
const PRESENTED_BACK_MS: i64 = 3 * 24 * 60 * 60 * 1_000;

/// The arrivals of a sheet's customers as they were judged.
pub(super) struct Former {
    /// By customer.
    arrivals: BTreeMap<Uuid, ArrivalFacts>,
    entered_at: Option<i64>,
    pub(super) opened_at: i64,
    /// When rulings about the sheet were made (Unix ms).
    pub(super) ruled_at: Vec<i64>,
}

impl Former {
    /// Reads them out of the rulings, which are never edited.
    pub(super) async fn read(tx: &mut Tx, row: &Confirmation, body: &SheetBody) -> Result<Self, AppError> {
        let rows = rulings::of_subjects(tx, row.project, &[row.id]).await?;
        let mut arrivals = BTreeMap::new();
        let mut entered_at = None;
        for ruling in &rows {
            match decision(ruling)? {
                Decision::Arrival(arrival) => {
                    entered_at = arrival.entered_at;
                    arrivals.entry(row.customer).or_insert(arrival);
                }
                Decision::SheetCorrected(facts) => {
                    entered_at = facts.arrival.entered_at;
                    arrivals.entry(row.customer).or_insert(facts.arrival);
                }
                Decision::Companion(facts) => {
                    let known = &facts.arrival.customer;
                    let is = |name: &str, mask: &str| name == known.name && mask == known.phone_masked;
                    if let Some(each) = body.companions.iter().find(|each| is(&each.name, &each.phone_masked)) {
                        arrivals.entry(each.customer).or_insert(facts.arrival);
                    }
                }
                _ => {}
            }
        }
        let ruled_at = rows.iter().map(|ruling| ruling.at).collect();
        Ok(Self { arrivals, entered_at, opened_at: entered_at.unwrap_or(row.opened_at), ruled_at })
    }

    /// When the desk opened the first version (Unix ms).
    pub(super) fn entered_at(&self, row: &Confirmation) -> i64 {
        self.entered_at.unwrap_or(row.opened_at)
    }

    /// The bookings that may speak for somebody on the corrected sheet, and those that did before.
    pub(super) async fn need_bookings(&self, tx: &mut Tx, need: &mut Need, masks: &[String]) -> Result<(), AppError> {
        let Some(project) = need.only_project() else { return Ok(()) };
        let since = self.opened_at - PRESENTED_BACK_MS;
        for row in bookings::with_digits(tx, project, masks, since).await? {
            if row.moment.latest <= self.opened_at {
                need.record(Key { project, id: row.id });
            }
        }
        self.booked().for_each(|booked| need.record(Key { project, id: booked.id }));
        Ok(())
    }

    /// The bookings that spoke for somebody on the sheet, as they were.
    pub(super) fn booked(&self) -> impl Iterator<Item = &Booked> {
        self.arrivals.values().flat_map(|arrival| &arrival.bookings)
    }
}

fn decision(row: &RulingRow) -> Result<Decision, StoreError> {
    serde_json::from_str(&row.facts).map_err(|error| StoreError::Inconsistent(format!("ruling {}: {error}", row.id)))
}

impl Again<'_> {
    /// Everything the verdict about somebody rests on: what was corrected, and for the rest what was known at the arrival. What the desk
    /// could not have known then (a booking that came later, a protection that began later) counts no more than it did.
    pub(super) fn arrival(&self, facts: &Facts, visitor: &Visitor, bringer: Option<Party>) -> ArrivalFacts {
        let mut arrival = facts.arrival(self.directory, &self.visit, visitor, bringer);
        let opened_at = self.former.opened_at;
        if let Some(before) = self.former.arrivals.get(&visitor.customer) {
            arrival.sheet.clone_from(&before.sheet);
            arrival.lead.clone_from(&before.lead);
        } else {
            arrival.sheet = arrival.sheet.filter(|_| self.began_before(facts, visitor.customer, opened_at));
            arrival.lead = arrival.lead.filter(|lead| lead.since.latest <= opened_at);
        }
        arrival.bookings.retain(|booked| booked.moment.latest <= opened_at);
        for booked in &mut arrival.bookings {
            self.as_it_was(facts, booked, opened_at);
        }
        arrival
    }

    /// Whether the customer's protection rests on a sheet that was opened before this one.
    fn began_before(&self, facts: &Facts, customer: Uuid, opened_at: i64) -> bool {
        let project = self.visit.sheet.project;
        let standing = facts.standing_for(Key { project, id: customer }, "sheet");
        let source = standing.filter(|each| each.source != self.old.id).map(|each| each.source);
        source.is_some_and(|id| facts.sheets.get(&Key { project, id }).is_none_or(|sheet| sheet.opened_at <= opened_at))
    }

    /// A booking as it was at the arrival; one that another sheet has used since stays used.
    fn as_it_was(&self, facts: &Facts, booked: &mut Booked, opened_at: i64) {
        let row = facts.bookings.get(&Key { project: self.visit.sheet.project, id: booked.id });
        if row.is_some_and(|row| row.state == BookingVerdict::Used.as_str() && row.sheet != Some(self.old.id)) {
            return;
        }
        if let Some(before) = self.former.booked().find(|before| before.id == booked.id) {
            booked.verdict = before.verdict;
            booked.rules.clone_from(&before.rules);
            return;
        }
        let cancelled_later = row.and_then(|row| row.cancelled_at).is_some_and(|at| at > opened_at);
        if booked.verdict == BookingVerdict::Expired || (booked.verdict == BookingVerdict::Cancelled && cancelled_later)
        {
            booked.verdict = BookingVerdict::Live;
            booked.rules.clear();
        }
    }
}
