//! The bookings a sheet ruled on, when it is corrected: nothing stays used for a version that does not rest on it.

use uuid::Uuid;

use super::again::Again;
use crate::facts::Facts;
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::rules::booking::BookingVerdict;
use crate::rules::replay::Decision;
use crate::rules::sheet::{ReleaseFacts, release_booking};
use crate::store::Key;
use crate::store::bookings::Booking;

/// A booking the old version ruled on.
pub(super) struct Touched {
    key: Key,
    /// What it was before the sheet.
    before: BookingVerdict,
    /// The ruling by which it changed.
    ruling: Option<Uuid>,
}

impl Again<'_> {
    /// Takes back what the old version made of bookings, so that the new one finds them as they were.
    pub(super) fn take_back_bookings(&self, facts: &mut Facts) -> Vec<Touched> {
        let project = self.old.project;
        let mut touched = Vec::new();
        for booked in self.former.booked() {
            let key = Key { project, id: booked.id };
            let Some(row) = facts.bookings.get(&key).cloned() else { continue };
            let verdict = facts.records.get(&key).and_then(|record| record.verdict.as_ref());
            let by_sheet = verdict.is_some_and(|verdict| {
                sync_core::time::rfc3339::parse(&verdict.at).is_ok_and(|at| self.former.ruled_at.contains(&at))
            });
            let counted = matches!(booked.verdict, BookingVerdict::Live | BookingVerdict::Review);
            let used = row.state == BookingVerdict::Used.as_str() && row.sheet == Some(self.old.id);
            let voided = row.state == BookingVerdict::Void.as_str() && by_sheet && counted;
            if used || voided {
                touched.push(Touched { key, before: booked.verdict, ruling: verdict.map(|verdict| verdict.ruling) });
                let state = booked.verdict.as_str().to_owned();
                facts.bookings.put(key, Booking { state, sheet: None, ..row });
            }
        }
        touched
    }

    /// Lets those go that the new version says nothing about.
    pub(super) fn release_bookings(&self, facts: &mut Facts, touched: &[Touched]) {
        for each in touched {
            let record = facts.records.get(&each.key).cloned();
            let (Some(record), Some(row)) = (record, facts.bookings.get(&each.key).cloned()) else { continue };
            if record.verdict.as_ref().map(|verdict| verdict.ruling) != each.ruling {
                continue;
            }
            let known = ReleaseFacts {
                zone: self.directory.zone(each.key.project),
                moment: row.moment,
                before: each.before,
                at: self.unit.now,
            };
            let ruling = release_booking(&known);
            let subject = Subject::record(&record, "booking");
            let verdict = facts.rule(self.directory, &subject, &ruling, &Decision::BookingReleased(known));
            facts.bookings.put(each.key, Booking { state: verdict.outcome.clone(), ..row });
            facts.records.put(each.key, Record { verdict: Some(verdict), ..record });
        }
    }
}
