//! A few fields on each engine; `./dev soak` runs thousands.

use tests::engine::{self, Engine};
use tests::sim::{Options, run};

/// Seeds that failed once.
const REGRESSIONS: [u64; 0] = [];
/// Seeds of every test run.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;

fn fields(engine: Engine) {
    let began = std::time::Instant::now();
    for seed in REGRESSIONS.into_iter().chain(SEEDS) {
        let trace = engine::run(run(engine, Options::new(seed)));
        println!("seed {seed}: {trace:?} {:?}", began.elapsed());
        assert!(trace.ops > 100 && trace.exchanges > 100, "seed {seed}: hardly anything happened: {trace:?}");
    }
}

#[test]
fn fields_come_to_rest_on_sqlite() {
    fields(Engine::Sqlite);
}

#[test]
fn fields_come_to_rest_on_postgres() {
    fields(Engine::Postgres);
}

#[test]
fn the_same_seed_is_the_same_field_byte_for_byte() {
    let short = Options { steps: 60, rests: 1, ..Options::new(7) };
    let [one, other] = [(); 2].map(|()| engine::run(run(Engine::Sqlite, short)));
    assert_eq!(one, other);
    assert_ne!(one.digest, engine::run(run(Engine::Sqlite, Options { seed: 8, ..short })).digest);
}
