//! The unit of work: facts are loaded after the locks, decided on in memory, and saved in a fixed number of statements.
//!
//! Pushes and use cases share it, so that an approval given offline and one given over HTTP are the same act. Everything that changes is in
//! a [`Table`], so that ops of one group can be taken back together.

pub mod arrivals;
pub mod attending;
pub mod audience;
mod capacity;
pub mod claims;
mod day_counts;
pub mod directories;
pub mod directory;
pub mod disputes;
pub mod duty;
pub mod holding;
mod lead_care;
mod load;
pub mod log_days;
pub mod logs;
mod need;
pub mod notices;
pub mod outlets;
pub mod person_days;
pub mod record;
pub mod rosters;
pub mod rulings;
mod save;
pub mod segment;
pub mod settling;
pub mod sheets;
mod shown;
pub mod spot_checks;
pub mod stored;
pub mod table;
pub mod work_days;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api_spec::problem::Code;
use chrono::NaiveDate;
use sync_core::exchange::{Outcome, Status};
use sync_core::time::{Moment, Stamp};
use uuid::Uuid;

use crate::random::Random;
use crate::rules::names;
use crate::seal::blind_index::BlindIndex;
use crate::seal::phone::PhoneNumber;
use crate::seal::sealing::Sealer;
use crate::store::Key;
use crate::store::bookings::Booking;
use crate::store::checkins::Checkin;
use crate::store::checkins::PostAssignment;
use crate::store::confirmations::Confirmation;
use crate::store::day_flags::DayFlag;
use crate::store::disputes::{Dispute, Entry};
use crate::store::fates::OpFate;
use crate::store::leads::Lead;
use crate::store::outlets::{Grade, Outlet};
use crate::store::protections::Protection;
use crate::store::requests::RequestRow;
use crate::store::roster_days::RosterDay;
use crate::store::rulings::RulingRow;
use crate::store::spot_checks::SpotCheck;
use crate::store::visits::Visit;
use day_counts::DayCounts;
use directory::Directory;
use record::Record;
use table::{GroupedTable, Table};
use work_days::WorkDay;

pub use need::{Need, phone_of};

/// Everything a group of decisions rests on, and what it changes.
#[derive(Debug, Default)]
pub struct Facts {
    /// The org.
    pub org: i64,
    /// Now (Unix ms).
    pub now: i64,
    /// Records by key.
    pub records: Table<Key, Record>,
    /// Rule facts of bookings, found by their digits, too.
    pub bookings: GroupedTable<Key, Booking>,
    /// Rule facts of leads.
    pub leads: Table<Key, Lead>,
    /// Protections, standing ones and those that ended in this unit of work; found by their customer, too.
    pub protections: GroupedTable<Key, Protection>,
    /// What was booked and which numbers were set on the days in sight.
    day_counts: DayCounts,
    /// Rule facts of check-ins.
    pub checkins: Table<Key, Checkin>,
    /// Posts given out, by the records that did.
    pub assignments: Table<Key, PostAssignment>,
    /// Rule facts of requests.
    pub requests: Table<Key, RequestRow>,
    /// What rosters say now, by project, person and day.
    pub roster_days: Table<(Uuid, Uuid, NaiveDate), RosterDay>,
    /// Spot checks.
    pub spot_checks: Table<Key, SpotCheck>,
    /// What is noted on days now, by project, person, day and what raised it.
    pub day_flags: Table<(Uuid, Uuid, NaiveDate, Uuid), DayFlag>,
    /// Person-days that something bears on anew, by project, person and day.
    marked_days: Table<(Uuid, Uuid, NaiveDate), ()>,
    /// What persons made of days that the rules left open.
    decided_days: Table<(Uuid, Uuid, NaiveDate), String>,
    /// Months of outlets that are to be counted again, by project, month and outlet.
    marked_months: BTreeSet<(Uuid, String, Uuid)>,
    /// Rule facts of visits to outlets.
    pub visits: Table<Key, Visit>,
    /// The cards of outlets in sight, as they are stored.
    pub cards: Table<Key, Outlet>,
    /// Grades that were set on cards in this unit of work.
    pub grades: Table<(Key, Stamp), Grade>,
    /// Notices that were read in this unit of work, with the reader and the instant (Unix ms).
    pub receipts: Table<(Key, Uuid), i64>,
    /// Sheets of the customers in sight.
    pub sheets: Table<Key, Confirmation>,
    /// Cases about the customers in sight.
    pub disputes: Table<Key, Dispute>,
    /// What is said in them now, by case and version.
    pub dispute_entries: Table<(Key, i64), Entry>,
    /// What people's days came to, by project, day and person, as far as they were counted.
    work_days: BTreeMap<(Uuid, String, Uuid), WorkDay>,
    /// Days of partners that failed BK-9, as far as they were asked for.
    failed_days: BTreeSet<(Uuid, Uuid, String)>,
    /// New rulings.
    pub rulings: Table<Key, RulingRow>,
    /// Sealed field values to be stored: record, field and clear text.
    pub secrets: Table<(Key, &'static str), String>,
    /// Ops that did not plainly take effect.
    pub fates: Table<(Key, Uuid, u64), OpFate>,
    /// Ops that wait for their record.
    parked: Table<(Key, Uuid, u64), Parked>,
    /// Customers by project and number.
    customers: BTreeMap<(Uuid, PhoneNumber), Uuid>,
    /// Customers by project and mask: whom a masked number may mean.
    masks: BTreeMap<(Uuid, String), BTreeSet<Uuid>>,
    /// Names of customers; empty while nobody gave one.
    names: Table<Key, String>,
    /// Customers that nobody else changes meanwhile.
    locked: BTreeSet<Key>,
    /// Ids that were claimed and have no record yet.
    open: Vec<Key>,
    /// Where new ids come from.
    ids: Option<Random>,
}

/// What a unit of work needs besides the database.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The org; a unit of work never spans two.
    pub org: i64,
    /// Now (Unix ms).
    pub now: i64,
    /// Seals texts and numbers.
    pub sealer: Sealer,
    /// Finds customers by number.
    pub index: BlindIndex,
    /// Draws ids.
    pub random: Random,
    /// Who is who.
    pub directory: Arc<Directory>,
}

/// An op that waits for its record, or for a server that understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parked {
    /// It waits.
    Waiting(Waiting),
    /// It was adjudicated in this unit of work.
    Done,
}

/// A waiting op with everything needed to judge it later as if it came now, but with the moment it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its exact text.
    pub text: String,
    /// Who said it.
    pub author: Uuid,
    /// On which phone.
    pub device: Uuid,
    /// Its place in that phone's log.
    pub seq: u64,
    /// When it was recorded.
    pub moment: Moment,
    /// Its weight in merges.
    pub stamp: Stamp,
    /// Why it waits.
    pub reason: Code,
}

impl Facts {
    /// From here on changes can be taken back.
    pub fn begin(&mut self) {
        self.each(Step::Begin);
    }

    /// Keeps the changes since [`Facts::begin`].
    pub fn keep(&mut self) {
        self.each(Step::Keep);
    }

    /// Takes the changes since [`Facts::begin`] back.
    pub fn take_back(&mut self) {
        self.each(Step::TakeBack);
    }

    fn each(&mut self, step: Step) {
        step.on(&mut self.records);
        step.on(self.bookings.table_mut());
        step.on(&mut self.leads);
        step.on(self.protections.table_mut());
        self.day_counts.each(step);
        step.on(&mut self.checkins);
        step.on(&mut self.assignments);
        step.on(&mut self.requests);
        step.on(&mut self.roster_days);
        step.on(&mut self.spot_checks);
        step.on(&mut self.day_flags);
        step.on(&mut self.marked_days);
        step.on(&mut self.decided_days);
        step.on(&mut self.visits);
        step.on(&mut self.cards);
        step.on(&mut self.grades);
        step.on(&mut self.receipts);
        step.on(&mut self.sheets);
        step.on(&mut self.disputes);
        step.on(&mut self.dispute_entries);
        step.on(&mut self.rulings);
        step.on(&mut self.secrets);
        step.on(&mut self.names);
        step.on(&mut self.fates);
        step.on(&mut self.parked);
    }

    /// A new id.
    pub fn id(&self) -> Uuid {
        self.ids.as_ref().map(|ids| ids.id(self.now)).unwrap_or_default()
    }

    /// The customer with this number. Every number that the ops name was looked up, or registered, when the facts were loaded.
    pub fn customer(&self, project: Uuid, phone: &PhoneNumber) -> Option<Uuid> {
        self.customers.get(&(project, phone.clone())).copied()
    }

    /// The customers that a masked number and a name may mean.
    pub fn customers_like(&self, project: Uuid, mask: &str, name: &str) -> Vec<Uuid> {
        let all = self.masks.get(&(project, mask.to_owned())).into_iter().flatten().copied();
        all.filter(|id| self.names.get(&Key { project, id: *id }).is_some_and(|known| names::fit(name, known)))
            .collect()
    }

    /// Whether this customer is locked by this unit of work.
    pub fn holds(&self, project: Uuid, customer: Uuid) -> bool {
        self.locked.contains(&Key { project, id: customer })
    }

    /// What somebody's day came to is to be ruled on (again): something bears on it that was not known before. Check-ins do this by themselves.
    pub fn mark_day(&mut self, project: Uuid, subject: Uuid, day: NaiveDate) {
        self.marked_days.put((project, subject, day), ());
    }

    /// A person decided what a day came to that the rules left open.
    pub fn decide_day(&mut self, project: Uuid, subject: Uuid, day: NaiveDate, outcome: String) {
        self.decided_days.put((project, subject, day), outcome);
    }

    /// Learns the name of a locked customer.
    pub fn name_customer(&mut self, key: Key, name: &str) {
        if self.names.get(&key).is_none_or(|known| known != name) {
            self.names.put(key, name.to_owned());
        }
    }

    /// Whether somebody has named this customer.
    pub fn is_named(&self, key: Key) -> bool {
        self.names.get(&key).is_some_and(|name| !name.is_empty())
    }

    /// Remembers what became of an op that did not plainly take effect: the record's history finds it there. The office learns of refused
    /// and parked ones, unless it has been `told` already.
    pub fn note_fate(&mut self, key: Key, device: Uuid, outcome: &Outcome, told: bool) {
        let row = OpFate {
            key,
            device,
            seq: outcome.seq.cast_signed(),
            org: self.org,
            status: outcome.status.as_str().to_owned(),
            rule: outcome.rule.clone(),
            told: told || !matches!(outcome.status, Status::Rejected | Status::Parked),
        };
        self.fates.put((key, device, outcome.seq), row);
    }

    /// Keeps an op until its record exists or its meaning is known.
    pub fn park(&mut self, key: Key, waiting: Waiting) {
        self.parked.put((key, waiting.device, waiting.seq), Parked::Waiting(waiting));
    }

    /// Hands out what waited for this record's creation, in server order: by receipt, device and seq.
    pub fn unpark(&mut self, key: Key) -> Vec<Waiting> {
        let waits = |parked: &Parked| match parked {
            Parked::Waiting(waiting) if waiting.reason == Code::RecordUnknown => Some(waiting.clone()),
            Parked::Waiting(_) | Parked::Done => None,
        };
        let mut waiting: Vec<Waiting> =
            self.parked.iter().filter(|((of, ..), _)| *of == key).filter_map(|(_, parked)| waits(parked)).collect();
        waiting.sort_by_key(|op| (op.moment.latest, op.device, op.seq));
        for op in &waiting {
            self.parked.put((key, op.device, op.seq), Parked::Done);
        }
        waiting
    }
}

#[derive(Clone, Copy)]
enum Step {
    Begin,
    Keep,
    TakeBack,
}

impl Step {
    fn on<K: Ord + Clone, V>(self, table: &mut Table<K, V>) {
        match self {
            Self::Begin => table.begin(),
            Self::Keep => table.keep(),
            Self::TakeBack => table.take_back(),
        }
    }
}
