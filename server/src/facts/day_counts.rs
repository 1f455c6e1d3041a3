//! How much was done on a day: what a person or a holder booked (BK-8), which numbers a person set (PR-2). The database counts what is
//! stored, so that a long day costs no more than a short one; what this unit of work adds is counted on top.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use uuid::Uuid;

use super::directory::Directory;
use super::table::{Grouped, Table};
use super::{Facts, Need, Step};
use crate::error::AppError;
use crate::store::bookings::Booking;
use crate::store::leads::Lead;
use crate::store::{Key, Tx, bookings, leads};

/// Somebody's day on a project: project, day, and who: a person or a company.
type DayOf = (Uuid, NaiveDate, Uuid);

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct DayCounts {
    booked_by: Table<DayOf, u32>,
    booked_for: Table<DayOf, u32>,
    numbers: Table<DayOf, Numbers>,
}

/// Numbers that a person set on leads on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Numbers {
    /// All of them.
    pub all: u32,
    /// Those that are contested.
    pub contested: u32,
}

impl Grouped for Booking {
    type Group = (Uuid, String);

    /// Project and digits.
    fn group(&self) -> (Uuid, String) {
        (self.project, self.digits.clone())
    }
}

impl DayCounts {
    pub(super) fn each(&mut self, step: Step) {
        step.on(&mut self.booked_by);
        step.on(&mut self.booked_for);
        step.on(&mut self.numbers);
    }
}

impl Facts {
    /// Counts the days that are asked for, of one project.
    pub(super) async fn load_day_counts(
        &mut self,
        tx: &mut Tx,
        directory: &Directory,
        need: &Need,
        project: Uuid,
    ) -> Result<(), AppError> {
        for (day, bookers) in by_day(&need.bookers, project) {
            let owners: Vec<Uuid> = bookers.iter().map(|(owner, _)| *owner).collect();
            let holders: Vec<Uuid> = bookers.iter().map(|(_, holder)| *holder).collect();
            let (text, of) = (day.to_string(), |who| (project, day, who));
            let rows = bookings::booked_by(tx, project, &text, &owners).await?;
            self.day_counts.booked_by.load(rows.into_iter().map(|(who, count)| (of(who), small(count))));
            let rows = bookings::booked_for(tx, project, &text, &holders).await?;
            self.day_counts.booked_for.load(rows.into_iter().map(|(who, count)| (of(who), small(count))));
        }
        for (day, owners) in by_day(&need.registrars, project) {
            let owners: Vec<Uuid> = owners.into_iter().map(|(owner, _)| owner).collect();
            let rows = leads::numbers(tx, project, &owners, directory.zone(project).bounds(day)).await?;
            let numbers = rows.into_iter().map(|row| {
                let numbers = Numbers { all: small(row.all), contested: small(row.contested) };
                ((project, day, row.owner), numbers)
            });
            self.day_counts.numbers.load(numbers);
        }
        Ok(())
    }

    /// How many bookings a person made on a project's day, and how many there are for a holder.
    pub fn booked(&self, (project, day): (Uuid, NaiveDate), owner: Uuid, holder: Uuid) -> (u32, u32) {
        let counts = &self.day_counts;
        let of = |table: &Table<DayOf, u32>, who| table.get(&(project, day, who)).copied().unwrap_or_default();
        (of(&counts.booked_by, owner), of(&counts.booked_for, holder))
    }

    /// A booking came in.
    pub fn put_new_booking(&mut self, day: NaiveDate, row: Booking) {
        let holder = row.holder_user.or(row.holder_partner);
        let one_more = |table: &mut Table<DayOf, u32>, who| {
            let key = (row.project, day, who);
            let count = table.get(&key).copied().unwrap_or_default();
            table.put(key, count + 1);
        };
        one_more(&mut self.day_counts.booked_by, row.owner);
        if let Some(holder) = holder {
            one_more(&mut self.day_counts.booked_for, holder);
        }
        self.bookings.put(Key { project: row.project, id: row.id }, row);
    }

    /// The numbers that a person set on a project's day, but for that of one lead.
    pub fn numbers_but(&self, directory: &Directory, lead: Key, day: NaiveDate, owner: Uuid) -> Numbers {
        let all = self.day_counts.numbers.get(&(lead.project, day, owner)).copied().unwrap_or_default();
        let own = self.leads.get(&lead).filter(|row| row.owner == owner && day_of(directory, row) == day);
        own.map_or(all, |row| all.without(row))
    }

    /// A number was set on a lead.
    pub fn put_number(&mut self, directory: &Directory, row: Lead) {
        let (key, day) = (Key { project: row.project, id: row.id }, day_of(directory, &row));
        let others = self.numbers_but(directory, key, day, row.owner);
        self.day_counts.numbers.put((row.project, day, row.owner), others.with(&row));
        self.leads.put(key, row);
    }
}

impl Numbers {
    fn with(self, row: &Lead) -> Self {
        Self { all: self.all + 1, contested: self.contested + u32::from(is_contested(row)) }
    }

    fn without(self, row: &Lead) -> Self {
        let contested = self.contested.saturating_sub(u32::from(is_contested(row)));
        Self { all: self.all.saturating_sub(1), contested }
    }
}

fn is_contested(row: &Lead) -> bool {
    row.state == "contested"
}

fn day_of(directory: &Directory, row: &Lead) -> NaiveDate {
    directory.zone(row.project).day_of(row.moment.latest)
}

fn by_day(
    wanted: &BTreeSet<(Uuid, NaiveDate, Uuid, Uuid)>,
    project: Uuid,
) -> BTreeMap<NaiveDate, BTreeSet<(Uuid, Uuid)>> {
    let mut days: BTreeMap<NaiveDate, BTreeSet<(Uuid, Uuid)>> = BTreeMap::new();
    for (_, day, owner, holder) in wanted.iter().filter(|(of, ..)| *of == project) {
        days.entry(*day).or_default().insert((*owner, *holder));
    }
    days
}

fn small(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
