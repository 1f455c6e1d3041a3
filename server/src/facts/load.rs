//! Loads the facts a group of claims is judged on: locks first, then reads, a fixed number of statements per project.

use std::collections::{BTreeMap, BTreeSet};

use api_spec::problem::Code;
use sync_core::op::Op;
use uuid::Uuid;

use super::directory::Directory;
use super::duty;
use super::need::{self, Need, Phones};
use super::outlets::Around;
use super::segment;
use super::stored::record;
use super::{Facts, Parked, Unit, Waiting};
use crate::error::AppError;
use crate::rules::mask::Mask;
use crate::seal::mask::mask_numbers_in;
use crate::seal::phone::PhoneNumber;
use crate::seal::sealing::{Place, Sealer};
use crate::store::bookings::{self, Booking};
use crate::store::customers::{self, Customer, Fingerprint, Number};
use crate::store::records::{self, Slot};
use crate::store::{Key, StoreError, Tx, checkins, confirmations, devices, leads, oplog, parked, protections};

/// How far back bookings of the same customer matter (BK-7), in ms: the longest window a policy may set, and a day.
const BOOKINGS_BACK_MS: i64 = 366 * 24 * 60 * 60 * 1_000;

/// How far back bookings lie that may speak for somebody at the desk, in ms: an arrival is entered within a day, and a day may be long.
const PRESENTED_BACK_MS: i64 = 3 * 24 * 60 * 60 * 1_000;

impl Facts {
    /// Locks and loads what is needed.
    ///
    /// # Errors
    /// Those of the store, and stored data that cannot be read.
    pub async fn load(tx: &mut Tx, unit: &Unit, need: &Need) -> Result<Self, AppError> {
        if need.has_duties() {
            let reached = duty::reached(tx, need, &unit.directory, unit.now).await?;
            return Self::load_reached(tx, unit, &reached).await;
        }
        Self::load_reached(tx, unit, need).await
    }

    async fn load_reached(tx: &mut Tx, unit: &Unit, need: &Need) -> Result<Self, AppError> {
        let mut facts = Self { org: unit.org, now: unit.now, ids: Some(unit.random.clone()), ..Self::default() };
        facts.load_customers(tx, unit, &need.phones).await?;
        let mut customers = customers_behind(tx, need).await?;
        customers.extend(&need.customers);
        facts.lock_customers(tx, &customers).await?;
        facts.lock_masks(tx, need).await?;
        let around = Around::of(tx, need).await?;
        facts.load_records(tx, unit, need, &around).await?;
        facts.load_outlets(tx, need, around).await?;
        for project in need.projects() {
            facts.load_project(tx, &unit.directory, need, project).await?;
        }
        facts.load_read_days(tx, &unit.directory, need).await?;
        facts.lapse_protections();
        Ok(facts)
    }

    async fn lock_customers(&mut self, tx: &mut Tx, keys: &BTreeSet<Key>) -> Result<(), AppError> {
        let keys: Vec<Key> = keys.iter().copied().collect();
        for customer in customers::lock(tx, &keys).await? {
            self.hold(customer);
        }
        Ok(())
    }

    /// Bookings of one customer come in one after another, also among those who arrive: what BK-7 counts and BK-13 asks is committed.
    async fn lock_masks(&mut self, tx: &mut Tx, need: &Need) -> Result<(), AppError> {
        let masked = |digits: &&String| digits.parse::<Mask>().is_ok();
        let of = |(project, digits): (&Uuid, &BTreeSet<String>)| {
            digits.iter().filter(masked).map(|digits| (*project, digits.clone())).collect::<Vec<_>>()
        };
        let masks: Vec<(Uuid, String)> = need.digits.iter().flat_map(of).collect();
        Ok(bookings::lock_masks(tx, &masks).await?)
    }

    fn hold(&mut self, customer: Customer) {
        let key = Key { project: customer.project, id: customer.id };
        self.locked.insert(key);
        self.masks.entry((customer.project, customer.masked)).or_default().insert(customer.id);
        self.names.load([(key, customer.name)]);
    }

    /// Finds customers by number and registers those that are new.
    async fn load_customers(&mut self, tx: &mut Tx, unit: &Unit, phones: &Phones) -> Result<(), AppError> {
        let projects: BTreeSet<Uuid> = phones.keys().map(|(project, _)| *project).collect();
        for project in projects {
            let mine: Vec<(&PhoneNumber, &String)> =
                phones.iter().filter(|((of, _), _)| *of == project).map(|((_, phone), name)| (phone, name)).collect();
            let numbers = mine
                .iter()
                .map(|(phone, name)| number(unit, project, phone, name))
                .collect::<Result<Vec<_>, AppError>>()?;
            let found = customers::resolve(tx, project, &numbers).await?;
            for ((phone, _), customer) in mine.into_iter().zip(found) {
                self.customers.insert((project, phone.clone()), customer.id);
                self.hold(customer);
            }
        }
        Ok(())
    }

    async fn load_records(&mut self, tx: &mut Tx, unit: &Unit, need: &Need, around: &Around) -> Result<(), AppError> {
        let keys: BTreeSet<Key> = need.keys.iter().copied().chain(around.keys()).collect();
        let claims: Vec<(i64, Key)> = keys.iter().map(|key| (unit.org, *key)).collect();
        let mut open = Vec::new();
        for (key, slot) in records::claim(tx, &claims).await? {
            match slot {
                Slot::Held(row) => self.records.load([(key, record(*row)?)]),
                Slot::Claimed => open.push(key),
            }
        }
        self.load_parked(tx, unit, &open).await?;
        self.open = open;
        Ok(())
    }

    /// What waits for these records, with its texts out of the op log.
    async fn load_parked(&mut self, tx: &mut Tx, unit: &Unit, keys: &[Key]) -> Result<(), AppError> {
        let rows = parked::of_records(tx, keys).await?;
        let ids: BTreeSet<Uuid> = rows.iter().map(|row| row.device).collect();
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let authors: BTreeMap<Uuid, Uuid> =
            devices::by_ids(tx, &ids).await?.into_iter().map(|device| (device.id, device.user)).collect();
        let mut phones = Phones::new();
        for row in rows {
            let missing = || StoreError::Inconsistent(format!("parked op {} of {} is not logged", row.seq, row.device));
            let logged = oplog::segment_holding(tx, row.org, row.device, row.seq).await?.ok_or_else(missing)?;
            let index = usize::try_from(row.seq - logged.index.first_seq).map_err(|_| missing())?;
            let texts = segment::open_texts(&unit.sealer, row.device, logged.index.first_seq, &logged.texts)?;
            let text = texts.get(index).ok_or_else(missing)?.get().to_owned();
            let time = segment::moment_of(&logged.index, row.seq)?.ok_or_else(missing)?;
            let author = *authors.get(&row.device).ok_or_else(missing)?;
            if let Ok(op) = Op::parse(&text) {
                let phone = need::phone_of(&op, &unit.directory);
                phones.extend(phone.map(|phone| ((op.project, phone), String::new())));
            }
            let seq = row.seq.cast_unsigned();
            let waiting = Waiting {
                text,
                author,
                device: row.device,
                seq,
                moment: time.moment(),
                stamp: time.stamp(row.device, seq),
                reason: row.reason.parse().unwrap_or(Code::NotUnderstood),
            };
            self.parked.load([((row.key, row.device, seq), Parked::Waiting(waiting))]);
        }
        self.load_customers(tx, unit, &phones).await
    }

    async fn load_project(
        &mut self,
        tx: &mut Tx,
        directory: &Directory,
        need: &Need,
        project: Uuid,
    ) -> Result<(), AppError> {
        let key = |id| Key { project, id };
        // what is new has no facts yet
        let held = |kind: &str| -> Vec<Key> {
            let keys = need.keys.iter().filter(|key| key.project == project);
            keys.filter(|key| self.records.get(key).is_some_and(|record| record.kind == kind)).copied().collect()
        };
        let (held_bookings, held_checkins, held_leads) = (held("booking"), held("checkin"), held("lead"));
        let digits: Vec<String> = need.digits.get(&project).into_iter().flatten().cloned().collect();
        if !digits.is_empty() {
            for customer in customers::with_masks(tx, project, &digits).await? {
                self.masks.entry((project, customer.masked.clone())).or_default().insert(customer.id);
                self.names.load([(key(customer.id), customer.name)]);
            }
            let since = self.now - BOOKINGS_BACK_MS;
            let same = bookings::with_digits(tx, project, &digits, since).await?;
            self.bookings.load(same.into_iter().map(|booking| (key(booking.id), booking)));
        }
        if need.presented.contains(&project) {
            self.lock_presented(tx, project).await?;
            let named = self.bookings.values().filter(|row| row.project == project).filter_map(|row| row.lead);
            let named: Vec<Key> = named.map(key).collect();
            self.leads.load(leads::by_ids(tx, &named).await?.into_iter().map(|row| (key(row.id), row)));
        }
        self.load_day_counts(tx, directory, need, project).await?;
        self.bookings.load(bookings::by_ids(tx, &held_bookings).await?.into_iter().map(|row| (key(row.id), row)));
        self.checkins.load(checkins::by_ids(tx, &held_checkins).await?.into_iter().map(|row| (key(row.id), row)));
        self.leads.load(leads::by_ids(tx, &held_leads).await?.into_iter().map(|row| (key(row.id), row)));
        self.load_failed_days(tx, need, project).await?;
        self.load_protections(tx, need, project).await?;
        self.load_duties(tx, need, project).await
    }

    /// Locks the bookings an arrival may use: nobody cancels them meanwhile.
    async fn lock_presented(&mut self, tx: &mut Tx, project: Uuid) -> Result<(), AppError> {
        let since = self.now - PRESENTED_BACK_MS;
        let recent = |row: &&Booking| row.project == project && row.moment.latest >= since;
        let keys: Vec<Key> = self.bookings.values().filter(recent).map(|row| Key { project, id: row.id }).collect();
        self.lock_records(tx, &keys).await?;
        let rows = bookings::by_ids(tx, &keys).await?;
        self.bookings.load(rows.into_iter().map(|row| (Key { project, id: row.id }, row)));
        Ok(())
    }

    pub(super) async fn lock_records(&mut self, tx: &mut Tx, keys: &[Key]) -> Result<(), AppError> {
        for (key, slot) in records::lock(tx, keys).await? {
            if let Slot::Held(row) = slot {
                self.records.load([(key, record(*row)?)]);
            }
        }
        Ok(())
    }

    /// The standing protections of every customer in sight, with the leads they rest on, and those customers' sheets.
    async fn load_protections(&mut self, tx: &mut Tx, need: &Need, project: Uuid) -> Result<(), AppError> {
        let mut ids: BTreeSet<Uuid> =
            self.customers.iter().filter(|((of, _), _)| *of == project).map(|(_, id)| *id).collect();
        ids.extend(self.locked.iter().filter(|key| key.project == project).map(|key| key.id));
        ids.extend(self.masks.iter().filter(|((of, _), _)| *of == project).flat_map(|(_, ids)| ids));
        ids.extend(self.leads.values().filter(|lead| lead.project == project).filter_map(|lead| lead.customer));
        let ids: Vec<Uuid> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(());
        }
        let standing = protections::standing(tx, project, &ids).await?;
        let sources: Vec<Key> =
            standing.iter().filter(|row| row.class == "lead").map(|row| Key { project, id: row.source }).collect();
        let mine = standing.iter().filter(|row| self.locked.contains(&Key { project, id: row.customer }));
        let shown: Vec<Key> = mine.map(|row| Key { project, id: row.id }).collect();
        // safe after the first records: whoever touches these holds their customer's lock
        self.lock_records(tx, &shown).await?;
        self.protections.load(standing.into_iter().map(|row| (Key { project, id: row.id }, row)));
        let rows = leads::by_ids(tx, &sources).await?;
        self.leads.load(rows.into_iter().map(|row| (Key { project, id: row.id }, row)));
        let rows = bookings::by_ids(tx, &sources).await?;
        self.bookings.load(rows.into_iter().map(|row| (Key { project, id: row.id }, row)));
        if need.acquainted.contains(&project) {
            let rows = leads::of_customers(tx, project, &ids).await?;
            self.leads.load(rows.into_iter().map(|row| (Key { project, id: row.id }, row)));
        }
        let sheets = confirmations::of_customers(tx, project, &ids).await?;
        self.sheets.load(sheets.into_iter().map(|row| (Key { project, id: row.id }, row)));
        self.load_disputes(tx, need, project, &ids).await
    }
}

/// The customers whose protection a booking may start, or its cancellation end (BK-12). Read before the locks: a lead whose number changes
/// meanwhile is not held, and its bookings protect nothing.
async fn customers_behind(tx: &mut Tx, need: &Need) -> Result<BTreeSet<Key>, AppError> {
    let mut leads: BTreeSet<Key> = need.named.clone();
    if !need.taken_back.is_empty() {
        let keys: Vec<Key> = need.taken_back.iter().copied().collect();
        let rows = bookings::by_ids(tx, &keys).await?;
        leads.extend(rows.into_iter().filter_map(|row| Some(Key { project: row.project, id: row.lead? })));
    }
    let leads: Vec<Key> = leads.into_iter().collect();
    let rows = leads::by_ids(tx, &leads).await?;
    Ok(rows.into_iter().filter_map(|row| Some(Key { project: row.project, id: row.customer? })).collect())
}

/// A number as the store wants it, with a customer in case it is new.
fn number(unit: &Unit, project: Uuid, phone: &PhoneNumber, name: &str) -> Result<Number, AppError> {
    let id = unit.random.id(unit.now);
    let place = Place { purpose: "customer-phone", owner: id.as_bytes() };
    let fingerprint = |entry: crate::seal::blind_index::IndexEntry| Fingerprint {
        key_id: i64::from(entry.key_id),
        hmac: entry.hmac.to_vec(),
    };
    let sealed = unit.sealer.seal(place, phone.e164().as_bytes())?;
    Ok(Number {
        fingerprints: unit.index.entries(project, phone).into_iter().map(fingerprint).collect(),
        customer: Customer {
            project,
            id,
            key_id: i64::from(Sealer::key_id_of(&sealed)),
            sealed,
            masked: phone.masked(),
            name: mask_numbers_in(name, unit.directory.region(project)).into_owned(),
            created_at: unit.now,
        },
    })
}
