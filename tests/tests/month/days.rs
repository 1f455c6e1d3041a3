//! Plays the month on a server.

use std::collections::BTreeSet;

use api_spec::desk::{Confirmation, SheetStatus};
use api_spec::disputes::Dispute;
use api_spec::primitives::Page;
use reqwest::header::IF_MATCH;
use serde_json::{Value, json};
use server::jobs::Jobs;
use sync_core::kinds::{BOOKING, LEAD};
use sync_core::time::rfc3339;
use tests::api::Api;
use tests::engine::Engine;
use tests::in_process::InProcess;
use tests::phone::Phone;
use tests::world::{self, PROJECT};
use uuid::Uuid;

use crate::compare::Outcome;
use crate::script::{Arrival, Booked, Customer, Day, FIELD, month};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const SEED: u64 = 11;

/// In which order phones deliver what they recorded without signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// One phone after the other, each all at once.
    InTurn,
    /// The other way round, half of it first; the answer is lost, and everything is sent again.
    InPieces,
}

struct Month {
    server: InProcess,
    jobs: Jobs,
    delivery: Delivery,
    phones: Vec<Phone>,
    desk: Api,
    site_lead: Api,
    office: Api,
    consultants: Vec<(Uuid, Api)>,
    /// Midnight of the day, Unix ms.
    midnight: i64,
    /// Ids that phones and the desk gave.
    named: BTreeSet<Uuid>,
    /// Masks of everybody who was spoken of.
    masks: BTreeSet<String>,
}

/// Plays so many days from the world's morning on.
pub(crate) async fn play(engine: Engine, delivery: Delivery, days: u32) -> Outcome {
    let flags = ["--dev-clock", "--access-lifetime", "40d", "--refresh-lifetime", "60d"];
    let server = InProcess::start_seeded_with(engine, SEED, &flags).await;
    server.api().set_clock(world::MORNING).await;
    world::found(&server.app().db).await;
    let mut phones = Vec::new();
    for username in FIELD {
        phones.push(Phone::ready(&server.api(), username, Uuid::new_v5(&PROJECT, username.as_bytes())).await);
    }
    let mut consultants = Vec::new();
    for username in ["wuqiang", "fenglin"] {
        consultants.push((world::id(username), server.user(username).await));
    }
    let mut this = Month {
        desk: server.user("zhoumei").await,
        site_lead: server.user("xujun").await,
        office: server.user("huangyan").await,
        server,
        jobs: Jobs::default(),
        delivery,
        phones,
        consultants,
        midnight: rfc3339::parse("2026-11-23T00:00:00+08:00").unwrap(),
        named: BTreeSet::new(),
        masks: BTreeSet::new(),
    };
    for day in month(days) {
        this.day(&day).await;
    }
    let named = |id| this.named.contains(&id);
    let masks: Vec<String> = this.masks.iter().cloned().collect();
    let outcome = Outcome::read(&this.server, &named, &masks).await;
    this.server.shut_down().await;
    outcome
}

impl Month {
    async fn day(&mut self, day: &Day) {
        // the world's morning is 09:00: the first day begins a little later than the others
        self.at(9 * 60 + 1).await;
        self.jobs.run(self.server.app()).await.unwrap();
        self.settle().await;
        self.everybody_syncs().await;
        self.record(&day.morning);
        self.at(10 * 60 + 50).await;
        self.deliver().await;
        self.record(&day.later);
        self.at(11 * 60).await;
        for (number, arrival) in day.arrivals.iter().enumerate() {
            self.at(11 * 60 + arrival.minute).await;
            self.arrive(number, arrival).await;
            if number == 3 {
                // what was recorded before the arrivals comes in after some of them (BK-13)
                self.deliver().await;
            }
        }
        self.deliver().await;
        self.register(&day.leads);
        self.at(18 * 60).await;
        self.deliver().await;
        let contested = self.register(&day.rivals);
        self.at(18 * 60 + 30).await;
        self.deliver().await;
        self.at(18 * 60 + 45).await;
        for (by, lead) in contested {
            self.dispute(by, lead).await;
        }
        self.midnight += DAY;
    }

    async fn at(&mut self, minute: i64) {
        let now = self.midnight + minute * MINUTE;
        self.server.api().set_clock(&rfc3339::text(now)).await;
        for phone in &mut self.phones {
            phone.clock.set_ms(now);
        }
    }

    async fn everybody_syncs(&mut self) {
        for phone in &mut self.phones {
            phone.sync().await.unwrap();
        }
    }

    /// Everybody delivers now, in this month's order.
    async fn deliver(&mut self) {
        match self.delivery {
            Delivery::InTurn => self.everybody_syncs().await,
            Delivery::InPieces => {
                for phone in self.phones.iter_mut().rev() {
                    phone.replica.poke();
                    if let Some(mut exchange) = phone.replica.next_request(&phone.clock.tick()) {
                        exchange.request.ops.truncate(exchange.request.ops.len() / 2);
                        phone.send(&exchange.request).await.unwrap();
                    }
                    let saved = phone.back_up();
                    phone.restore(&saved);
                    phone.sync().await.unwrap();
                }
            }
        }
    }

    fn record(&mut self, bookings: &[Booked]) {
        for by in 0..self.phones.len() {
            let mut mine: Vec<&Booked> = bookings.iter().filter(|booked| booked.by == by).collect();
            mine.sort_by_key(|booked| booked.after_minutes);
            let phone = &mut self.phones[by];
            let start = phone.clock.now_ms();
            for booked in mine {
                phone.clock.set_ms(start + booked.after_minutes * MINUTE);
                let (name, mask) = (booked.customer.name(), booked.customer.mask());
                let id =
                    phone.create(&BOOKING, json!({"customer_name": name, "phone_masked": mask, "route": "booked"}));
                if booked.cancelled {
                    phone.command(&BOOKING, id, "cancel", json!({}));
                }
                self.named.insert(id);
                self.masks.insert(mask);
            }
        }
    }

    /// Whose leads they are, and their ids.
    fn register(&mut self, leads: &[(usize, Customer)]) -> Vec<(usize, Uuid)> {
        let mut ids = Vec::new();
        for (by, customer) in leads {
            let fields = json!({"name": customer.name(), "phone": customer.number(), "source": "visit"});
            ids.push((*by, self.phones[*by].create(&LEAD, fields)));
            self.masks.insert(customer.mask());
        }
        self.named.extend(ids.iter().map(|(_, id)| *id));
        ids
    }

    /// Whoever was told that a number is protected for another opens a case.
    async fn dispute(&mut self, by: usize, lead: Uuid) {
        let id = Uuid::new_v5(&lead, b"dispute");
        self.named.insert(id);
        let claim = json!({"id": id, "lead": lead, "claim": "先登记的是我"});
        self.phones[by].api().post::<Dispute>("/v1/disputes", &claim).await.unwrap();
    }

    /// The office settles what is open: on the records, every fifth case for the site.
    async fn settle(&self) {
        let path = format!("/v1/disputes?project={PROJECT}&state=open&limit=200");
        let mut open = self.office.get::<Page<Dispute>>(&path).await.unwrap().items;
        open.sort_by_key(|case| case.confirmation.or(case.lead));
        for (number, case) in open.iter().enumerate() {
            let path = format!("/v1/disputes/{}", case.id);
            let case: Dispute = self.office.get(&path).await.unwrap();
            let proposed = case.proposal.and_then(|proposal| proposal.holder);
            let holder = proposed.filter(|_| number % 5 != 4);
            let api = self.office.with_header(IF_MATCH, &format!("\"{}\"", case.version));
            let decision = json!({"holder": holder, "reason": "以系统记录为准"});
            api.post::<Dispute>(&format!("{path}/settle"), &decision).await.unwrap();
        }
    }

    async fn arrive(&mut self, number: usize, arrival: &Arrival) {
        let id = Uuid::from_u128(u128::from(self.midnight.unsigned_abs()) + number as u128);
        let visitor = |customer: Customer| json!({"name": customer.name(), "phone": customer.number()});
        let mut body = json!({"id": id, "customer": visitor(arrival.customer), "route": "booked",
            "companions": arrival.with.iter().map(|customer| visitor(*customer)).collect::<Vec<_>>()});
        if let Some(by) = arrival.brought_by {
            body["route"] = "brought".into();
            body["brought_by"] = json!(world::id(FIELD[by]));
        } else if arrival.alone {
            body["route"] = "walk_in".into();
        }
        self.named.insert(id);
        self.masks.extend(arrival.with.iter().chain([&arrival.customer]).map(|customer| customer.mask()));
        let sheet: Confirmation = self.desk.post(&format!("/v1/projects/{PROJECT}/arrivals"), &body).await.unwrap();
        if sheet.status == SheetStatus::Valid && arrival.signed {
            self.sign(&sheet).await;
        }
    }

    async fn sign(&self, sheet: &Confirmation) {
        let consultant = sheet.consultant.as_ref().map(|person| person.id).unwrap();
        let (_, api) = self.consultants.iter().find(|(id, _)| *id == consultant).unwrap();
        api.post::<Value>(&format!("/v1/confirmations/{}/sign", sheet.id), &json!({})).await.unwrap();
        self.site_lead.post::<Value>(&format!("/v1/confirmations/{}/confirm", sheet.id), &json!({})).await.unwrap();
    }
}
