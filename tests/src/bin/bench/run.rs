//! One engine from beginning to end: the raw engine, the server as a release process, the raw engine again.

use std::time::Duration;

use anstream::eprintln;
use futures_util::{StreamExt, stream};
use server::rules::calendar::Zone;
use tempfile::TempDir;
use tests::api::Api;
use tests::engine::Engine;
use tests::postgres;
use tests::process::ServerProcess;
use tokio_util::sync::CancellationToken;

use super::field::{Field, Phone};
use super::figures::Figures;
use super::goals::{OWN_ROWS, RAW_100, RAW_1000};
use super::ops::{Batch, Recorder, outlets};
use super::raw::RawOp;
use super::spike::Visitor;
use super::wire::Line;
use super::{Plan, desk, meter, ops, own_rows, pull, push, raw, spike};

/// Phones that push together.
const PHONES: usize = 64;
/// Ops of a batch.
const BATCH: usize = 100;
/// Cards of outlets on a project.
const OUTLETS: usize = 400;

/// A server under measurement.
pub(crate) struct Bench<'a> {
    engine: Engine,
    plan: &'a Plan,
    server: ServerProcess,
    field: Field,
    /// Where the numbers of the next customers begin.
    numbers: u64,
    /// How many ops were pushed so far.
    stored: usize,
    figures: &'a mut Figures,
}

/// Measures an engine.
pub(crate) async fn run(engine: Engine, plan: &Plan, figures: &mut Figures) {
    let server = start(engine).await;
    let field = Field::found(server.database()).await;
    let mut bench = Bench { engine, plan, server, field, numbers: 0, stored: 0, figures };
    let sample = bench.raw_ops().await;
    if plan.wants("w0") {
        bench.raw(&sample).await;
    }
    if plan.wants("w1") {
        for _ in 0..plan.rounds {
            bench.pushes().await;
        }
        bench.own_rows().await;
    }
    if plan.wants("w2") || plan.wants("w3") || plan.wants("w4") {
        bench.grow().await;
    }
    if plan.wants("w6") {
        bench.desk().await;
    }
    if plan.wants("w5") {
        bench.spike().await;
    }
    if plan.wants("w0") {
        bench.raw(&sample).await;
    }
    let memory = meter::peak_memory(bench.server.pid());
    bench.note("W8 server", "all of the above", "server MiB, peak", memory);
}

impl Bench<'_> {
    fn note(&mut self, workload: &str, case: &str, metric: &str, sample: f64) {
        eprintln!("  {:8} {workload}, {case}: {sample:.2} {metric}", name(self.engine));
        self.figures.add(name(self.engine), workload, case, metric, sample);
    }

    fn at(&self) -> (String, u32) {
        (self.address().to_owned(), self.server.pid())
    }

    fn address(&self) -> &str {
        self.server.address()
    }

    fn api(&self) -> Api {
        self.server.api()
    }

    async fn phones(&mut self, count: usize) -> Vec<Phone> {
        let (api, database) = (self.api(), self.server.database().to_owned());
        let mut phones = self.field.phones(&database, &api, count).await;
        let mut seen = std::collections::BTreeSet::new();
        for phone in &mut phones {
            if seen.insert(phone.project) {
                let (cards, _) = outlets(phone, OUTLETS);
                let answer = Line::connect(self.server.address()).await.push(&phone.token, &cards, "{}").await;
                answer.assert_acked(cards.upto);
            }
        }
        phones
    }

    /// So many batches for each phone.
    fn batches(&mut self, phones: &mut [Phone], batches: usize, ops: usize, limit: u32) -> Vec<Vec<Batch>> {
        let record = |phone: &mut Phone| {
            self.numbers += 1_000_000;
            let outlets = (0..OUTLETS).map(|n| uuid::Uuid::new_v5(&phone.project, &n.to_be_bytes())).collect();
            let mut recorder = Recorder::new(self.numbers, self.numbers, outlets);
            (0..batches).map(|_| recorder.batch(phone, ops, limit)).collect::<Vec<_>>()
        };
        let batches: Vec<Vec<Batch>> = phones.iter_mut().map(record).collect();
        self.stored += batches.iter().flatten().map(|batch| batch.ops).sum::<usize>();
        batches
    }

    async fn raw_ops(&mut self) -> Vec<RawOp> {
        let mut phones = self.phones(PHONES).await;
        let batches = self.batches(&mut phones, self.plan.batches, BATCH, 1);
        self.stored = 0;
        raw::ops_of(&batches)
    }

    /// The engine alone.
    async fn raw(&mut self, ops: &[RawOp]) {
        let home = TempDir::with_prefix("baobei-raw-").expect("a temporary folder");
        for (case, a_transaction) in [(RAW_100, 100), (RAW_1000, 1_000)] {
            let rate = match self.engine {
                Engine::Sqlite => raw::sqlite(home.path(), ops, a_transaction),
                Engine::Postgres => raw::postgres(&postgres::fresh_database(), ops, a_transaction).await,
            };
            self.note("W0 engine", case, "ops/s", rate);
        }
    }

    /// W1.
    async fn pushes(&mut self) {
        for (at_a_time, batches) in [(1, self.plan.batches / 2), (8, self.plan.batches), (64, self.plan.batches)] {
            self.push(&format!("{at_a_time} at a time"), at_a_time, batches.max(1), BATCH, false).await;
        }
        self.push("64 at a time, 20 an exchange", 64, self.plan.batches, 20, false).await;
        self.push("64 at a time, own records pulled", 64, self.plan.batches, BATCH, true).await;
    }

    async fn push(&mut self, case: &str, at_a_time: usize, batches: usize, ops: usize, follow: bool) {
        let mut phones = self.phones(PHONES).await;
        let batches = self.batches(&mut phones, batches, ops, if follow { 500 } else { 1 });
        let (address, server) = self.at();
        let pushed = push::run((&address, server), &phones, batches, at_a_time, follow).await;
        self.note("W1 push", case, "ops/s", pushed.rate);
        self.note("W1 push", case, "p50 ms", pushed.latencies.per_mille(500));
        self.note("W1 push", case, "p99 ms", pushed.latencies.per_mille(990));
        self.note("W1 push", case, "server cores", pushed.cores.server);
        self.note("W1 push", case, "generator cores", pushed.cores.generator);
        if self.engine == Engine::Postgres {
            self.note("W1 push", case, "PostgreSQL cores", pushed.cores.engine);
        }
    }

    /// What the server wrote, without the server.
    async fn own_rows(&mut self) {
        let rate = match self.engine {
            Engine::Sqlite => {
                let home = TempDir::with_prefix("baobei-own-").expect("a temporary folder");
                let database = self.server.database().trim_start_matches("sqlite:").to_owned();
                own_rows::sqlite(home.path(), database.as_ref(), self.stored, 1_000).await
            }
            Engine::Postgres => {
                own_rows::postgres(&postgres::fresh_database(), self.server.database(), self.stored, 1_000).await
            }
        };
        self.note("W0 engine", OWN_ROWS, "ops/s", rate);
    }

    /// W5: a check-in of everybody within a minute, and in the evening a day's rest with the log.
    async fn spike(&mut self) {
        self.restart().await;
        let mut phones = self.phones(self.plan.spike).await;
        let (address, server) = self.at();
        let mut cursors: Vec<String> =
            stream::iter(&phones).map(|phone| pull::cursors_of(&address, phone)).buffered(8).collect().await;
        let zone: Zone = "Asia/Shanghai".parse().expect("a zone");
        let today = zone.day_of(super::now_ms());
        let span = Duration::from_mins(1).mul_f64(self.plan.spike as f64 / 10_000.0);
        for case in ["09:20, a check-in", "18:00, a log and 20 ops"] {
            let wave = phones
                .iter_mut()
                .zip(cursors)
                .map(|(phone, cursors)| {
                    self.numbers += 1_000;
                    let mut recorder = Recorder::new(self.numbers, self.numbers, Vec::new());
                    let batch = if case.starts_with("09") {
                        ops::morning(phone)
                    } else {
                        ops::evening(phone, &mut recorder, today)
                    };
                    Visitor { token: phone.token.clone(), batch, cursors }
                })
                .collect();
            let spike = spike::run((&address, server), wave, span).await;
            self.note("W5 spike", case, "seconds", spike.seconds);
            self.note("W5 spike", case, "p50 ms", spike.latencies.per_mille(500));
            self.note("W5 spike", case, "p99 ms", spike.latencies.per_mille(990));
            self.note("W5 spike", case, "max ms", spike.latencies.per_mille(1_000));
            self.note("W5 spike", case, "503s", spike.refused as f64);
            self.note("W5 spike", case, "broken connections", spike.broken as f64);
            self.note("W5 spike", case, "server MiB, peak", spike.memory);
            self.note("W5 spike", case, "server cores", spike.cores.server);
            cursors = spike.cursors;
        }
    }

    /// W6: arrivals beside phones that push, 8 at a time.
    async fn desk(&mut self) {
        for _ in 0..self.plan.rounds {
            let first = self.numbers + 1_000_001;
            let mut phones = self.phones(PHONES).await;
            let batches = self.batches(&mut phones, self.plan.batches, BATCH, 1);
            let (address, server) = self.at();
            let (api, database, project) = (self.api(), self.server.database().to_owned(), phones[0].project);
            let token = self.field.on_site(&database, &api, "desk", project).await;
            let known: Vec<String> = (first..first + 200).map(ops::number).collect();
            let stop = CancellationToken::new();
            let (at, stopped) = (address.clone(), stop.clone());
            let desk = tokio::spawn(async move { desk::run(&at, &token, project, &known, stopped).await });
            let pushed = push::run((&address, server), &phones, batches, 64, false).await;
            stop.cancel();
            let latencies = desk.await.expect("the desk works");
            self.note("W6 desk", "beside pushes", "p50 ms", latencies.per_mille(500));
            self.note("W6 desk", "beside pushes", "p99 ms", latencies.per_mille(990));
            self.note("W6 desk", "beside pushes", "ops/s", pushed.rate);
        }
    }

    /// A server with a new database.
    async fn restart(&mut self) {
        self.server = start(self.engine).await;
        self.field = Field::found(self.server.database()).await;
        self.stored = 0;
    }

    /// W2, W3 and W4: at 10 thousand records, 100 thousand, and so on.
    async fn grow(&mut self) {
        self.restart().await;
        let mut watched = self.phones(1).await;
        for (case, size) in [("10 k", 10_000), ("100 k", 100_000), ("1 M", 1_000_000), ("10 M", 10_000_000)] {
            if size > self.plan.records {
                break;
            }
            self.fill(size.saturating_sub(20_000)).await;
            for _ in 0..self.plan.rounds {
                let mut phones = self.phones(PHONES).await;
                let batches = self.batches(&mut phones, 3, BATCH, 1);
                let (address, server) = self.at();
                let pushed = push::run((&address, server), &phones, batches, 64, false).await;
                self.note("W4 growth", case, "ops/s", pushed.rate);
            }
            self.deltas(case, &mut watched).await;
            if size == 10_000 {
                self.first_syncs(&mut watched).await;
            }
        }
    }

    /// Pushes until so many ops are stored.
    async fn fill(&mut self, ops: usize) {
        while self.stored < ops {
            let mut phones = self.phones(PHONES).await;
            let left = (ops - self.stored).div_ceil(PHONES * BATCH);
            let batches = self.batches(&mut phones, left.min(10), BATCH, 1);
            let (address, server) = self.at();
            push::run((&address, server), &phones, batches, 64, false).await;
        }
    }

    /// W2: another phone pushes 100 changes into the bucket, and they are pulled again and again.
    async fn deltas(&mut self, case: &str, watched: &mut [Phone]) {
        let (address, server) = self.at();
        let cursors = pull::cursors_of(&address, &watched[0]).await;
        let batches = self.batches(watched, 1, BATCH, 1);
        push::run((&address, server), watched, batches, 1, false).await;
        for _ in 0..self.plan.rounds {
            for encoding in ["zstd", "gzip"] {
                let case = format!("{case}, {encoding}");
                let pulled =
                    pull::delta((&address, server), &watched[0], &cursors, Some(encoding), self.plan.pulls).await;
                self.note("W2 delta", &case, "p50 ms", pulled.latencies.per_mille(500));
                self.note("W2 delta", &case, "p99 ms", pulled.latencies.per_mille(990));
                self.note("W2 delta", &case, "KB", pulled.bytes as f64 / 1_000.0);
                self.note("W2 delta", &case, "server ms", pulled.server_ms);
            }
        }
    }

    /// W3: somebody's 10,000 records on a new phone.
    async fn first_syncs(&mut self, watched: &mut [Phone]) {
        let (address, server) = self.at();
        // one op in ten adds to a record that is there
        let batches = self.batches(watched, 10_000 / 90, BATCH, 1);
        push::run((&address, server), watched, batches, 1, false).await;
        for _ in 0..self.plan.rounds {
            for encoding in ["zstd", "gzip"] {
                let pulled = pull::first_sync((&address, server), &watched[0], encoding, 10).await;
                self.note("W3 first sync", encoding, "p50 ms", pulled.latencies.per_mille(500));
                self.note("W3 first sync", encoding, "KB", pulled.bytes as f64 / 1_000.0);
                self.note("W3 first sync", encoding, "server ms", pulled.server_ms);
            }
        }
    }
}

async fn start(engine: Engine) -> ServerProcess {
    let options = ["--password-cost", "cheap", "--access-lifetime", "24h", "--log", "warn"];
    ServerProcess::start_with(engine, &options).await
}

fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    }
}
