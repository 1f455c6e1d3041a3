//! A field of many phones against the real server, with everything going wrong that can: seeded, so that a failure repeats.
//!
//! The server is the real one on a real socket, with a frozen clock and seeded ids. Phones record, lose and repeat messages, restart,
//! are restored and cloned, and have crooked clocks. Messages arrive one after the other, so that the same seed gives the same run,
//! byte for byte; what only concurrency can break is for the promise tests. When the field comes to rest, the [`oracle`] looks at all of
//! it: see there for what must hold.

mod ledger;
mod network;
mod options;
mod oracle;
mod person;

use std::collections::BTreeSet;

use server::jobs::Jobs;
use sync_core::op::Digest;
use sync_core::time::rfc3339;
use uuid::Uuid;

use crate::api::Api;
use crate::chance::Chance;
use crate::engine::Engine;
use crate::in_process::InProcess;
use crate::phone::{Backup, Phone};
use crate::world;

use self::ledger::Ledger;
use self::network::Network;
pub use self::options::{Faults, Options};

/// Who is in the field when it begins; some have two phones.
const FIELD: [&str; 11] = [
    "lihua", "zhangwei", "zhangwei", "wangfang", "liuyang", "chenjing", "zhaolei", "sunli", "sunli", "huangyan",
    "machao",
];
const MINUTE_MS: i64 = 60_000;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Over everything that happened and every answer of the server.
    pub digest: Digest,
    /// Ops the server acknowledged.
    pub ops: usize,
    /// Exchanges it answered.
    pub exchanges: usize,
    /// Logs that were left for another device.
    pub forks: usize,
}

/// A run under way.
struct Sim {
    options: Options,
    chance: Chance,
    server: InProcess,
    api: Api,
    jobs: Jobs,
    now_ms: i64,
    phones: Vec<Phone>,
    backups: Vec<Option<Backup>>,
    network: Network,
    ledger: Ledger,
    /// Records that somebody made, whoever has seen them.
    records: Vec<person::Known>,
    changed_team: BTreeSet<&'static str>,
    trace: Trace,
    /// Numbers clones and fresh phones.
    made: u32,
}

/// Runs a field to its end and examines it at every rest.
///
/// # Panics
/// When something that must hold does not; the message names the seed.
pub async fn run(engine: Engine, options: Options) -> Trace {
    let server = InProcess::start_seeded(engine, options.seed).await;
    let now_ms = rfc3339::parse(world::MORNING).expect("the morning is a time");
    server.api().set_clock(world::MORNING).await;
    world::found(&server.app().db).await;
    let mut sim = Sim {
        chance: Chance::new(options.seed),
        now_ms,
        phones: Vec::new(),
        backups: Vec::new(),
        network: Network::default(),
        ledger: Ledger::default(),
        records: Vec::new(),
        changed_team: BTreeSet::new(),
        trace: Trace { digest: Digest::ZERO, ops: 0, exchanges: 0, forks: 0 },
        made: 0,
        options,
        api: server.api(),
        jobs: Jobs::default(),
        server,
    };
    for username in FIELD {
        let device = sim.new_device(username);
        let phone = Phone::new(&sim.api, username, device);
        sim.phones.push(phone);
        sim.backups.push(None);
    }
    for _ in 0..options.rests {
        for _ in 0..options.steps {
            sim.step().await;
        }
        sim.rest().await;
    }
    sim.trace.ops = sim.ledger.len();
    let trace = sim.trace;
    sim.server.shut_down().await;
    trace
}

impl Sim {
    /// Adds to the trace.
    fn note(&mut self, what: &str) {
        self.trace.digest = Digest::of(&format!("{}{what}", self.trace.digest));
    }

    fn new_device(&mut self, username: &str) -> Uuid {
        self.made += 1;
        Uuid::new_v5(&world::id(username), &self.made.to_be_bytes())
    }

    async fn pass(&mut self, ms: i64) {
        self.now_ms += ms;
        self.api.set_clock(&rfc3339::text(self.now_ms)).await;
        for phone in &mut self.phones {
            phone.clock.set_ms(self.now_ms);
        }
    }

    /// Something happens.
    async fn step(&mut self) {
        let faults = self.options.faults;
        let pause = if self.chance.hits(faults.long_pause) { 26 * 60 } else { 6 };
        let pause = self.chance.between(0, pause * MINUTE_MS);
        self.pass(pause).await;
        let at = self.chance.index(self.phones.len());
        self.trouble(at);
        if self.chance.hits(faults.team_change) {
            self.change_team().await;
        }
        for _ in 0..self.chance.below(4) {
            self.type_something(at);
        }
        if self.chance.hits(200) {
            self.backups[at] = Some(self.phones[at].back_up());
        }
        if self.chance.hits(650) {
            self.exchange(at).await;
        }
        self.deliver_late().await;
        if self.chance.hits(200) {
            self.run_jobs().await;
        }
    }

    async fn run_jobs(&mut self) {
        self.jobs.run(self.server.app()).await.expect("jobs run");
    }

    /// What happens to a phone that is nobody's intention.
    fn trouble(&mut self, at: usize) {
        let faults = self.options.faults;
        let phone = &mut self.phones[at];
        if self.chance.hits(faults.restart) {
            let saved = phone.back_up();
            phone.restore(&saved);
        }
        if self.chance.hits(faults.reboot) {
            phone.clock.reboot();
        }
        if self.chance.hits(faults.wall_set) {
            phone.clock.set_wall_off_minutes(self.chance.between(-600_000, 600_000));
        }
        if self.chance.hits(faults.drift) {
            phone.clock.set_drift_ms(self.chance.between(-5_000, 5_000));
        }
        let mut clone = self.chance.hits(faults.clone);
        if let Some(backup) = self.backups[at].clone().filter(|_| self.chance.hits(faults.restore)) {
            phone.restore(&backup);
            self.note("restored");
            // what is recorded now has to leave this log; a clone of this phone takes it along, too
            self.type_something(at);
            clone |= self.chance.hits(500);
        }
        if clone && self.phones.len() < self.options.phones_max {
            self.made += 1;
            let mut clone = self.phones[at].clone();
            clone.reseed(&format!("clone {}", self.made));
            self.phones.push(clone);
            self.backups.push(None);
            self.note("cloned");
        }
        if self.chance.hits(faults.damage) {
            self.damage(at);
        }
    }

    /// Bit rot: the copy of a bucket loses a member, and nobody is told.
    fn damage(&mut self, at: usize) {
        let phone = &mut self.phones[at];
        let mut saved: serde_json::Value =
            serde_json::from_str(phone.back_up().replica()).expect("saved state is JSON");
        let buckets = saved["copy"]["buckets"].as_object_mut().into_iter().flatten();
        let members: Vec<_> = buckets.filter_map(|(_, bucket)| bucket["members"].as_object_mut()).collect();
        let full = members.into_iter().find(|members| !members.is_empty());
        if let Some(first) = full.as_ref().and_then(|members| members.keys().next().cloned()) {
            full.and_then(|members| members.remove(&first));
            phone.restore(&phone.back_up().with_replica(saved.to_string()));
            self.note("damaged");
        }
    }

    /// Somebody of the first team goes to the second one, once.
    async fn change_team(&mut self) {
        let username = *self.chance.pick(&["wangfang", "liuyang"]);
        if self.changed_team.insert(username) {
            world::change_team(&self.server.app().db, username, self.now_ms, Some(1)).await;
            self.note("changed team");
        }
    }
}
