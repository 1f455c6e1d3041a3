//! People who work while everything breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use sync_core::kinds::{BOOKING, CANVASS, LEAD, VISIT};
use uuid::Uuid;

use super::ledger::Entries;
use crate::api::Api;
use crate::chance::Chance;
use crate::phone::Phone;

/// Who works.
const FIELD: [&str; 5] = ["zhangwei", "wangfang", "liuyang", "zhaolei", "sunli"];
/// Customers they compete for.
const CUSTOMERS: u64 = 20;
/// Most ops of a phone, however long it takes.
const ENOUGH: u64 = 600;

/// Everybody's phone, logged in, on a line that may break.
pub(super) async fn ready(server: &Api, line: &Api, seed: u64) -> Vec<Phone> {
    let mut phones = Vec::new();
    for username in FIELD {
        let device = Uuid::new_v5(&Uuid::from_u128(seed.into()), username.as_bytes());
        phones.push(Phone::ready(server, username, device).await.at(line));
    }
    phones
}

/// Somebody at work.
pub(super) struct Worker {
    phone: Phone,
    chance: Chance,
    entries: Entries,
    tallies: Vec<Uuid>,
}

impl Worker {
    pub(super) fn new(phone: Phone, chance: Chance) -> Self {
        let entries = Entries { username: phone.username().to_owned(), ..Entries::default() };
        Self { phone, chance, entries, tallies: Vec::new() }
    }

    /// Records and exchanges until it is over; what nobody acknowledged by then is still on the phone.
    pub(super) async fn work(mut self, over: Arc<AtomicBool>) -> (Phone, Entries) {
        while !over.load(Ordering::Relaxed) {
            if self.entries.recorded < ENOUGH {
                for _ in 0..self.chance.between(1, 4) {
                    self.record();
                }
            }
            if self.chance.hits(700) {
                self.exchange().await;
            }
            if self.chance.hits(30) {
                // an answer that is lost leaves the token in doubt; the old one is good for it for a while
                let _ = self.phone.refresh().await;
            }
            tokio::time::sleep(Duration::from_millis(self.chance.below(20))).await;
        }
        (self.phone, self.entries)
    }

    fn record(&mut self) {
        self.phone.clock.pass_ms(self.chance.between(1, 5));
        self.entries.recorded += 1;
        match self.chance.below(10) {
            0..4 if !self.tallies.is_empty() => {
                let (id, flyers) = (*self.chance.pick(&self.tallies), self.chance.between(1, 9));
                self.phone.add(&CANVASS, id, "flyers", flyers);
                *self.entries.records.entry(id).or_default().get_or_insert(0) += flyers;
            }
            0..5 => {
                let id = self.phone.create(&CANVASS, json!({"place": "春熙路"}));
                self.tallies.push(id);
                self.entries.records.insert(id, Some(0));
            }
            5..7 => {
                let visit = json!({"visit_type": "cold", "purpose": "扫楼", "result": "名片"});
                let id = self.phone.create(&VISIT, visit);
                self.entries.records.insert(id, None);
            }
            7..9 => {
                let number = format!("138{:08}", self.chance.below(CUSTOMERS));
                let id = self.phone.create(&LEAD, json!({"name": "王女士", "phone": number, "source": "canvass"}));
                self.entries.records.insert(id, None);
            }
            _ => {
                let masked = format!("138****{:04}", self.chance.below(CUSTOMERS));
                let booking = json!({"customer_name": "王女士", "phone_masked": masked, "route": "booked"});
                let id = self.phone.create(&BOOKING, booking);
                self.entries.records.insert(id, None);
            }
        }
    }

    async fn exchange(&mut self) {
        match self.phone.sync().await {
            Ok(synced) => self.entries.unequal += synced.unequal.len() as u64,
            Err(failure) => {
                assert!(failure.is_passing(), "{} was refused: {failure:?}", self.entries.username);
                // whatever it was told to wait has passed, or nothing more would happen while everything breaks
                let wait_ms = self.phone.replica.due_in_ms(&self.phone.clock.tick());
                self.phone.clock.pass_ms(i64::try_from(wait_ms).unwrap_or(i64::MAX));
            }
        }
        self.entries.acknowledged = self.entries.acknowledged.max(self.phone.replica.status().acknowledged);
    }
}
