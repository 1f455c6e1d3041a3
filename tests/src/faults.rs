//! Faults over real processes: phones push while what they push to is killed, cut off or full.
//!
//! A run is told by its seed which blows fall, not when exactly: processes run as they like. What must hold afterwards holds whatever the
//! instant: an independent [`ledger`](Ledger) knows everything the phones recorded and were told, and is held against phones, records and
//! op log.

mod field;
mod ledger;
mod line;
mod power;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::ValueEnum;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::chance::Chance;
use crate::engine::Engine;
use crate::phone::Phone;
use crate::postgres::{Cluster, Durability};
use crate::process::ServerProcess;
use crate::world;

use self::field::{Worker, ready};
use self::ledger::Ledger;
use self::line::Line;

/// Bytes that still fit when the disk is nearly full.
const ROOM: u64 = 256 * 1024;

/// How often a phone tries when nothing breaks any more.
const PATIENCE: u32 = 1_000;

/// What breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fault {
    /// `kill -9` of the server at any instant.
    KillServer,
    /// `kill -9` of all processes of PostgreSQL.
    KillPostgres,
    /// Both at once.
    KillBoth,
    /// Connections are cut in the middle of requests and answers, and now and then nothing gets through.
    CutLine,
    /// Every connection's requests arrive twice, at once.
    Duplicate,
    /// Writing fails for a while, as on a full disk.
    FullDisk,
    /// The machine stops: of what was not synced, chance keeps some.
    PowerCut,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::KillServer,
        Self::KillPostgres,
        Self::KillBoth,
        Self::PowerCut,
        Self::FullDisk,
        Self::CutLine,
        Self::Duplicate,
    ];

    /// What it is called in a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::KillServer => "kill -9 of the server",
            Self::KillPostgres => "kill -9 of PostgreSQL",
            Self::KillBoth => "kill -9 of both",
            Self::CutLine => "cut connections",
            Self::Duplicate => "duplicated requests",
            Self::FullDisk => "no room to write",
            Self::PowerCut => "power cut",
        }
    }

    /// Whether it can happen there.
    pub fn happens_on(self, engine: Engine) -> bool {
        match self {
            Self::KillPostgres | Self::KillBoth => engine == Engine::Postgres,
            // PostgreSQL writes by itself, and has tests of its own for this
            Self::FullDisk | Self::PowerCut => engine == Engine::Sqlite,
            Self::KillServer | Self::CutLine | Self::Duplicate => true,
        }
    }
}

/// One run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Where the data are.
    pub engine: Engine,
    /// What breaks.
    pub fault: Fault,
    /// What chance begins with.
    pub seed: u64,
    /// How often it breaks.
    pub blows: u32,
}

/// What came of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Ops the phones were told are safe.
    pub acknowledged: u64,
    /// Of them, how many the server does not have.
    pub lost: u64,
    /// Ops that took effect more than once.
    pub doubled: u64,
    /// Ops that never got their outcome.
    pub stuck: u64,
    /// What else does not hold together, by `baobei doctor` and `baobei replay`, and copies that differ from the server's.
    pub unsound: u64,
}

impl Outcome {
    /// Adds another run.
    pub fn add(&mut self, run: Self) {
        self.acknowledged += run.acknowledged;
        self.lost += run.lost;
        self.doubled += run.doubled;
        self.stuck += run.stuck;
        self.unsound += run.unsound;
    }

    /// Whether nothing went wrong.
    pub fn is_sound(&self) -> bool {
        (self.lost, self.doubled, self.stuck, self.unsound) == (0, 0, 0, 0)
    }
}

/// Runs one plan to its end, and examines what is left.
///
/// # Panics
/// When a process does not come back, or a phone is refused for good.
pub async fn run(plan: Plan) -> Outcome {
    let mut chance = Chance::new(plan.seed);
    let options = ["--password-cost", "cheap"];
    let mut cluster =
        matches!(plan.fault, Fault::KillPostgres | Fault::KillBoth).then(|| Cluster::start(Durability::Durable));
    let mut server = match &cluster {
        Some(cluster) => ServerProcess::start_on(cluster.fresh_database(), &options).await,
        None => ServerProcess::start_with(plan.engine, &options).await,
    };
    if plan.fault == Fault::PowerCut {
        server.preload(power::library(server.home()));
        server.restart().await;
    }
    world::found_at(server.database()).await;
    let line = Line::start(server.address(), plan.seed).await;
    let phones = ready(&server.api(), &line.api(), plan.seed).await;

    let over = Arc::new(AtomicBool::new(false));
    let mut work = JoinSet::new();
    for (number, phone) in phones.into_iter().enumerate() {
        let chance = Chance::new(plan.seed ^ (number as u64 + 1) << 32);
        work.spawn(Worker::new(phone, chance).work(Arc::clone(&over)));
    }
    match plan.fault {
        Fault::CutLine => line.cut_often(true),
        Fault::Duplicate => line.duplicate(true),
        Fault::KillServer | Fault::KillPostgres | Fault::KillBoth | Fault::FullDisk | Fault::PowerCut => {}
    }
    for _ in 0..plan.blows {
        // between two blows there is time to do some work; after PostgreSQL's death every connection has to be noticed and made anew
        let most_ms = if cluster.is_some() { 1_500 } else { 400 };
        pause(&mut chance, 30, most_ms).await;
        match plan.fault {
            Fault::KillServer => {
                server.kill();
                pause(&mut chance, 0, 100).await;
                server.restart().await;
            }
            Fault::KillPostgres => crash(&mut cluster).await,
            Fault::KillBoth => {
                server.kill();
                crash(&mut cluster).await;
                server.restart().await;
            }
            Fault::PowerCut => {
                server.kill();
                power::cut(Path::new(database_file(&server)), &mut chance);
                server.restart().await;
            }
            Fault::CutLine => line.part_for(Duration::from_millis(chance.below(300))).await,
            Fault::Duplicate => line.cut(),
            Fault::FullDisk => {
                server.limit_files(Some(largest_file(&server) + ROOM));
                server.restart().await;
                pause(&mut chance, 500, 1_000).await;
                server.limit_files(None);
                server.restart().await;
            }
        }
    }
    line.cut_often(false);
    line.duplicate(false);
    over.store(true, Ordering::Relaxed);
    let mut ledger = Ledger::default();
    let mut phones = Vec::new();
    for (phone, entries) in work.join_all().await {
        ledger.add(entries);
        phones.push(phone.at(&server.api()));
    }
    settle(&mut phones).await;
    let mut outcome = ledger.hold_against(&phones);
    outcome.unsound += examine(&server, &ledger);
    outcome
}

/// Everybody has pushed and pulled everything. A phone that was told to wait waits by its own clock: nobody else's time passes.
async fn settle(phones: &mut [Phone]) {
    for _ in 0..2 {
        for phone in &mut *phones {
            let mut tries = 0;
            while let Err(failure) = phone.sync().await {
                tries += 1;
                assert!(tries < PATIENCE, "{} comes to no end: {failure:?}", phone.username());
                assert!(failure.is_passing(), "{} was refused: {failure:?}", phone.username());
                let wait_ms = phone.replica.due_in_ms(&phone.clock.tick()).max(1);
                phone.clock.pass_ms(i64::try_from(wait_ms).unwrap_or(i64::MAX));
                pause(&mut Chance::new(wait_ms), 10, 50).await;
            }
        }
    }
}

/// What `baobei doctor` and `baobei replay` find; every op of the phones is in the op log once.
fn examine(server: &ServerProcess, ledger: &Ledger) -> u64 {
    let report = |command: &str| -> Value {
        let output = server.run(["--json", command]);
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{command}: {}", String::from_utf8_lossy(&output.stderr)))
    };
    let (doctor, replay) = (report("doctor"), report("replay"));
    let found = |report: &Value, list: &str| report[list].as_array().map_or(1, Vec::len) as u64;
    let miscounted = doctor["ops"].as_u64() != Some(ledger.recorded());
    let problems = found(&doctor, "findings") + found(&replay, "differences") + u64::from(miscounted);
    if problems > 0 {
        eprintln!("{} ops were recorded; {doctor:#}\n{replay:#}", ledger.recorded());
    }
    problems
}

/// PostgreSQL dies while everything else goes on.
async fn crash(cluster: &mut Option<Cluster>) {
    let mut dying = cluster.take().expect("a cluster of its own");
    let mut back = JoinSet::new();
    back.spawn_blocking(move || {
        dying.crash();
        dying
    });
    *cluster = back.join_all().await.pop();
}

/// Bytes of the largest file of the server's database.
fn largest_file(server: &ServerProcess) -> u64 {
    let path = database_file(server);
    let sizes =
        ["", "-wal", "-shm"].map(|suffix| std::fs::metadata(format!("{path}{suffix}")).map_or(0, |file| file.len()));
    sizes.into_iter().max().unwrap_or(0)
}

fn database_file(server: &ServerProcess) -> &str {
    server.database().trim_start_matches("sqlite:")
}

async fn pause(chance: &mut Chance, from_ms: i64, to_ms: i64) {
    let ms = chance.between(from_ms, to_ms).unsigned_abs();
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
