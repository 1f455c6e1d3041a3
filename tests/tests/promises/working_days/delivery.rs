//! Plays a script on a server of its own.

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::header::IF_MATCH;
use serde_json::{Value, json};
use server::app::replay_rulings::replay;
use server::jobs::Jobs;
use server::store::{orgs, rulings};
use sync_core::exchange::Request;
use sync_core::kinds::OUTLET;
use sync_core::op::Action;
use sync_core::time::rfc3339;
use tests::api::{Api, read};
use tests::chance::Chance;
use tests::engine::Engine;
use tests::in_process::InProcess;
use tests::phone::Phone;
use tests::world::{self, ORG, PASSWORD, PROJECT};
use uuid::Uuid;

use super::outcome::Outcome;
use super::script::{CARDS, Deed, PHONES, SIGNAL, Script, What, card, shop};
use crate::house::request;

/// When everybody has signal for the last time before the script begins.
const BEGIN: &str = "2026-11-29T08:00:00+08:00";

/// In which order phones deliver.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// One phone after the other, as much as there is; the jobs run when all is there.
    Straight,
    /// At random, from a seed.
    Random(u64),
}

/// A script's ops as one phone has them, in the order of its log.
pub(crate) struct Log {
    pub(crate) texts: Vec<String>,
    pub(crate) deeds: Vec<Deed>,
    sent: usize,
}

/// Plays a script; what it comes to.
pub(crate) async fn play(engine: Engine, script: &Script, order: Order) -> Outcome {
    let (server, mut phones) = found(engine).await;
    let logs = record(script, &mut phones);
    let chance = match order {
        Order::Straight => None,
        Order::Random(seed) => Some(Chance::new(seed)),
    };
    let mut delivery = Delivery { server: &server, phones, logs, there: BTreeSet::new(), chance };
    for (signal, at) in SIGNAL.into_iter().enumerate() {
        server.api().set_clock(at).await;
        delivery.deliver(signal).await;
    }
    close(&server).await
}

/// The last jobs are done, and everything replays; what it came to.
pub(crate) async fn close(server: &InProcess) -> Outcome {
    Jobs::default().run(server.app()).await.unwrap();
    assert_replays(server).await;
    Outcome::read(server).await
}

/// Records a script on the phones; their logs from its beginning on.
pub(crate) fn record(script: &Script, phones: &mut [Phone]) -> Vec<Log> {
    let logs = script.deeds.iter().fold(phones.iter().map(|_| Vec::new()).collect::<Vec<_>>(), |mut logs, deed| {
        let phone = &mut phones[deed.phone];
        phone.clock.set_ms(deed.at);
        match &deed.what {
            What::Reboot => phone.clock.reboot(),
            What::Op(kind, id, action) => {
                // what the phone itself refuses is not recorded
                if phone.try_record(kind, *id, action.clone()).is_ok() {
                    logs[deed.phone].push(deed.clone());
                }
            }
        }
        logs
    });
    let with_texts = |(phone, deeds): (&Phone, Vec<Deed>)| {
        let texts: Vec<String> = phone.replica.texts().map(|(_, text)| text.to_owned()).collect();
        // those of the beginning are there
        Log { texts: texts[texts.len() - deeds.len()..].to_vec(), deeds, sent: 0 }
    };
    phones.iter().zip(logs).map(with_texts).collect()
}

/// The server in the morning, with the phones of everybody and the first cards on all of them.
pub(crate) async fn found(engine: Engine) -> (InProcess, Vec<Phone>) {
    let flags = ["--dev-clock", "--access-lifetime", "20d"];
    let server = InProcess::start_seeded_with(engine, 7, &flags).await;
    server.api().set_clock(BEGIN).await;
    world::found(&server.app().db).await;
    let login = json!({"org": ORG, "username": "huangyan", "password": PASSWORD});
    let session: api_spec::auth::Session = server.api().post("/v1/auth/login", &login).await.unwrap();
    let office = server.api().with_token(session.tokens.access_token.reveal());
    publish(&office, &json!({"absence": {"severe_days": 1}, "outlet": {"visits": {"A": 5, "B": 5, "C": 1, "D": 1}}}))
        .await;
    Jobs::default().run(server.app()).await.unwrap();
    let mut phones = Vec::new();
    for (number, username) in PHONES.into_iter().enumerate() {
        let device = Uuid::new_v5(&PROJECT, format!("phone {number}").as_bytes());
        let mut phone = Phone::new(&server.api(), username, device);
        phone.clock.set_ms(rfc3339::parse(BEGIN).unwrap());
        phone.log_in().await.unwrap();
        if number == 0 {
            for number in 0..CARDS {
                let fields =
                    json!({"name": format!("老店{number}"), "category": "broker", "location": shop(card(number), 0.0)});
                phone.set(&OUTLET, card(number), fields);
            }
        }
        // the first phone's cards are on all others
        phone.sync().await.unwrap();
        phones.push(phone);
    }
    (server, phones)
}

async fn publish(office: &Api, policy: &Value) {
    let body = json!({"policy": policy, "note": "试行"});
    let path = format!("/v1/projects/{PROJECT}/policy");
    let _: Value = read(office.request(Method::PUT, &path).header(IF_MATCH, "\"0\"").json(&body)).await.unwrap();
}

/// Phones on their way to the server.
struct Delivery<'a> {
    server: &'a InProcess,
    phones: Vec<Phone>,
    logs: Vec<Log>,
    /// Records whose creation is there.
    there: BTreeSet<Uuid>,
    chance: Option<Chance>,
}

impl Delivery<'_> {
    /// All that comes in at a signal.
    async fn deliver(&mut self, signal: usize) {
        loop {
            let ready: Vec<usize> = (0..self.phones.len()).filter(|phone| self.ready(*phone, signal) > 0).collect();
            let Some(first) = ready.first() else { break };
            let (phone, count) = match &mut self.chance {
                None => (*first, usize::MAX),
                Some(chance) => (*chance.pick(&ready), 1 + chance.index(8)),
            };
            let count = count.min(self.ready(phone, signal));
            self.send(phone, count).await;
            if self.hits(100) {
                self.jobs().await;
            }
        }
        let left = self.logs.iter().flat_map(|log| &log.deeds[log.sent..]).filter(|deed| deed.signal == signal).count();
        assert_eq!(left, 0, "what waits for something has it");
    }

    fn hits(&mut self, per_mille: u32) -> bool {
        self.chance.as_mut().is_some_and(|chance| chance.hits(per_mille))
    }

    /// How many ops of a phone may come in now.
    fn ready(&self, phone: usize, signal: usize) -> usize {
        let log = &self.logs[phone];
        let mut there = self.there.clone();
        let may = |deed: &&Deed| {
            let may = deed.signal == signal && deed.after.iter().all(|id| there.contains(id));
            there.extend(created(deed));
            may
        };
        log.deeds[log.sent..].iter().take_while(may).count()
    }

    /// The next ops of a phone, perhaps after some that were there before, perhaps twice.
    async fn send(&mut self, phone: usize, count: usize) {
        let back = self.chance.as_mut().map_or(0, |chance| chance.index(3));
        let times = 1 + usize::from(self.hits(150));
        let log = &mut self.logs[phone];
        let texts = &log.texts[log.sent.saturating_sub(back)..log.sent + count];
        for _ in 0..times {
            self.phones[phone].send(&push(texts)).await.unwrap();
        }
        self.there.extend(log.deeds[log.sent..log.sent + count].iter().filter_map(created));
        log.sent += count;
    }

    async fn jobs(&self) {
        Jobs::default().run(self.server.app()).await.unwrap();
    }
}

/// A request with these ops; what it pulls is another matter.
pub(crate) fn push(texts: &[String]) -> Request {
    Request { limit: 1, ..request(texts) }
}

/// The record that a deed makes, or goes on with.
pub(crate) fn created(deed: &Deed) -> Option<Uuid> {
    match &deed.what {
        What::Op(_, id, Action::Set(_)) => Some(*id),
        _ => None,
    }
}

/// P9: every ruling of the project is decided again from its facts.
async fn assert_replays(server: &InProcess) {
    let app = server.app();
    let mut db = app.db.read().await.unwrap();
    let org = orgs::by_code(&mut db, ORG).await.unwrap().unwrap().org;
    let directory = app.directories.current(&mut db, org).await.unwrap();
    for row in rulings::of_project(&mut db, PROJECT, None, 5_000).await.unwrap() {
        assert_eq!(replay(&directory.projects[&PROJECT], &row), None, "{row:?}");
    }
}
