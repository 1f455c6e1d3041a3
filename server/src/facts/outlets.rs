//! Outlets and their visits: what is locked and loaded with them, and what is stored of them (OV).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::record::Record;
use super::save::owned;
use super::{Facts, Need, Unit};
use crate::error::AppError;
use crate::rules::calendar::Zone;
use crate::rules::datum::Position;
use crate::rules::fence::Location;
use crate::rules::outlet;
use crate::rules::quota::month_of;
use crate::store::outlets::{self, Grade, Outlet};
use crate::store::tallies::{self, Counts, Tally};
use crate::store::visits::{self, Visit};
use crate::store::{Key, Reader, StoreError, Tx, outlet_months};

/// What lies around the visits and cards that are needed: the cards with those that took their places, and the visits of the same outlets
/// and days. Whoever judges a visit holds the card of its outlet.
#[derive(Debug, Default)]
pub(super) struct Around {
    named: BTreeSet<Key>,
    cards: Vec<Outlet>,
    visits: Vec<Visit>,
}

impl Around {
    /// Looks around; before the locks this says what to lock, after them it is what is decided on.
    pub(super) async fn of(tx: &mut Tx, need: &Need) -> Result<Self, StoreError> {
        if need.visits.is_empty() && need.visited.is_empty() && need.cards.is_empty() {
            return Ok(Self::default());
        }
        let keys = |set: &BTreeSet<Key>| set.iter().copied().collect::<Vec<_>>();
        let mut found = visits::by_ids(tx, &keys(&need.visits)).await?;
        found.extend(visits::unplaced(tx, &keys(&need.cards)).await?);
        let mut days: BTreeSet<(Key, String)> = need.visited.clone();
        for (from, into) in &need.merged {
            let visited = visits::days(tx, *from).await?;
            days.extend(visited.into_iter().flat_map(|day| [(*from, day.clone()), (*into, day)]));
        }
        days.extend(found.iter().map(|visit| (outlet_of(visit), visit.day.clone())));
        let mut named: BTreeSet<Key> = days.iter().map(|(outlet, _)| *outlet).chain(keys(&need.cards)).collect();
        let mut cards = outlets::by_ids(tx, &keys(&named)).await?;
        let moved: BTreeMap<Key, Key> =
            cards.iter().filter_map(|card| Some((key_of(card), target_of(card)?))).collect();
        let targets: Vec<Key> = moved.values().copied().filter(|key| !named.contains(key)).collect();
        cards.extend(outlets::by_ids(tx, &targets).await?);
        named.extend(targets);
        let at_target = |(outlet, day): &(Key, String)| Some((*moved.get(outlet)?, day.clone()));
        days.extend(days.clone().iter().filter_map(at_target));
        found.extend(visits::of_days(tx, &days.into_iter().collect::<Vec<_>>()).await?);
        Ok(Self { named, cards, visits: found })
    }

    /// The records behind them.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        let visits = self.visits.iter().map(|visit| Key { project: visit.project, id: visit.id });
        self.named.iter().copied().chain(visits)
    }
}

impl Facts {
    /// Loads visits and cards after the locks.
    pub(super) async fn load_outlets(&mut self, tx: &mut Tx, need: &Need, before: Around) -> Result<(), AppError> {
        let mut held: BTreeSet<Key> = before.keys().chain(need.keys.iter().copied()).collect();
        let mut around = before;
        while !tx.is_only_writer() {
            around = Around::of(tx, need).await?;
            // a card that was merged meanwhile leads to one that others hold: what is read of its visits holds once it is locked, too (OV-5)
            let late: Vec<Key> = around.keys().filter(|key| held.insert(*key)).collect();
            if late.is_empty() {
                break;
            }
            self.lock_records(tx, &late).await?;
        }
        self.cards.load(around.cards.into_iter().map(|card| (key_of(&card), card)));
        self.visits.load(around.visits.into_iter().map(|row| (Key { project: row.project, id: row.id }, row)));
        Ok(())
    }

    /// The card that stands for an outlet now (OV-2).
    pub fn card_of(&self, outlet: Key) -> Key {
        self.cards.get(&outlet).and_then(target_of).unwrap_or(outlet)
    }

    pub(super) async fn save_outlets(&self, tx: &mut Tx, unit: &Unit) -> Result<(), StoreError> {
        let cards: Vec<Outlet> =
            self.changed_cards().map(|record| card(record, unit.directory.zone(record.key.project))).collect();
        outlets::save(tx, &cards).await?;
        outlets::add_grades(tx, &owned(self.grades.changes())).await?;
        visits::save(tx, &owned(self.visits.changes())).await?;
        let mut leads: BTreeMap<Key, String> = BTreeMap::new();
        for (_, visit) in self.visits.changes().filter(|(_, visit)| visit.lead.is_some()) {
            let day = leads.entry(outlet_of(visit)).or_default();
            *day = visit.day.clone().max(std::mem::take(day));
        }
        tallies::save(tx, &self.tallies(unit)).await?;
        outlets::brought_leads(tx, &leads.into_iter().collect::<Vec<_>>()).await
    }

    /// OV-3, OV-4: every month of some outlets is to be counted again.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn mark_months(&mut self, db: &mut Reader, project: Uuid, outlets: &[Uuid]) -> Result<(), StoreError> {
        let months = outlet_months::of_outlets(db, project, outlets).await?;
        self.marked_months.extend(months.into_iter().map(|(month, outlet)| (project, month, outlet)));
        Ok(())
    }

    /// OV-3, OV-4: the months of outlets that were marked, or on which changed visits and cards bear.
    pub(super) fn outlet_months(&self, unit: &Unit) -> Vec<(Uuid, String, Uuid)> {
        let mut months = self.marked_months.clone();
        for (_, visit) in self.visits.changes() {
            months.extend(visit.day.get(..7).map(|month| (visit.project, month.to_owned(), visit.outlet)));
        }
        for record in self.changed_cards() {
            let zone = unit.directory.zone(record.key.project);
            for day in [opened_on(record, zone), zone.day_of(unit.now)] {
                months.insert((record.key.project, month_text(day), record.key.id));
            }
        }
        months.into_iter().collect()
    }

    fn tallies(&self, unit: &Unit) -> Vec<Tally> {
        let stints = self.records.changes().map(|(_, record)| record).filter(|record| record.kind == "canvass");
        let tally = |record: &Record| {
            let body = if record.deleted { Map::new() } else { record.body() };
            let count = |name: &str| body.get(name).and_then(Value::as_i64).unwrap_or_default().max(0);
            let zone = unit.directory.zone(record.key.project);
            Some(Tally {
                project: record.key.project,
                id: record.key.id,
                day: opened_on(record, zone).to_string(),
                owner: record.owner?,
                post: record.id_of("post"),
                counts: Counts {
                    flyers: count("flyers"),
                    contacts: count("contacts"),
                    interested: count("interested"),
                    brought: count("brought"),
                },
            })
        };
        stints.filter_map(tally).collect()
    }

    fn changed_cards(&self) -> impl Iterator<Item = &Record> {
        self.records.changes().map(|(_, record)| record).filter(|record| record.kind == "outlet")
    }
}

/// A month as it is written, `2026-11`.
pub fn month_text(day: NaiveDate) -> String {
    month_of(day).format("%Y-%m").to_string()
}

/// The card of an outlet as its record says.
pub fn card(record: &Record, zone: Zone) -> Outlet {
    let name = record.state.text("name").unwrap_or_default();
    let position = position(record);
    let opened_on = opened_on(record, zone).to_string();
    Outlet {
        project: record.key.project,
        id: record.key.id,
        name: name.to_owned(),
        name_folded: outlet::fold(name),
        grade: record.state.text("grade").map(str::to_owned),
        position: position.and_then(|position| serde_json::to_string(&position).ok()),
        cell: position.map(outlet::cell),
        owner: record.owner,
        team: record.team,
        idle_from: opened_on.clone(),
        opened_on,
        state: if record.deleted { "deleted" } else { "open" }.to_owned(),
        ended_on: None,
        into: None,
        keep_until: None,
    }
}

/// The grade that stands on a card's record.
pub fn grade(record: &Record) -> Option<Grade> {
    let stamp = record.state.stamp("grade")?;
    Some(Grade { outlet: record.key, stamp, grade: record.state.text("grade").map(str::to_owned) })
}

/// Where a card says that its outlet is, in WGS-84.
pub fn position(record: &Record) -> Option<Position> {
    let location = record.state.value("location")?;
    serde_json::from_value::<Location>(location.clone()).ok().map(|location| location.position())
}

/// The project's day on which a card was opened.
fn opened_on(record: &Record, zone: Zone) -> NaiveDate {
    zone.day_of(record.created.claimed.unwrap_or(record.created.latest))
}

fn outlet_of(visit: &Visit) -> Key {
    Key { project: visit.project, id: visit.outlet }
}

fn key_of(card: &Outlet) -> Key {
    Key { project: card.project, id: card.id }
}

fn target_of(card: &Outlet) -> Option<Key> {
    Some(Key { project: card.project, id: card.into? })
}

/// A value of a visit's record that is a location.
pub fn location(value: Option<&Value>) -> Option<Location> {
    value.and_then(|value| serde_json::from_value(value.clone()).ok())
}
