//! `./dev soak`: thousands of simulated fields; prints the seeds that fail, to be kept in `tests/tests/sim.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, available_parallelism};

use clap::{Parser, ValueEnum};
use tests::engine::{self, Engine};
use tests::sim::{Options, run};
use tests::volume::{Closed, days_of_many};

/// Runs simulated fields, one seed after the other
#[derive(Parser)]
#[command(name = "./dev soak")]
struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// What happens in each field before it comes to rest
    #[arg(long)]
    steps: Option<usize>,
    /// What the server stores its data in; both must do the same, byte for byte
    #[arg(long, value_enum, default_value = "both")]
    engine: On,
    /// Instead of fields: a month of days of so many people, and how long closing each took
    #[arg(long)]
    people: Option<u32>,
}

#[derive(Clone, Copy, ValueEnum)]
enum On {
    Sqlite,
    Postgres,
    Both,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(people) = args.people {
        month(people, &args);
        return ExitCode::SUCCESS;
    }
    let (next, failed) = (AtomicU64::new(args.first), Mutex::new(Vec::new()));
    let end = args.first.saturating_add(args.seeds);
    thread::scope(|scope| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    if catch_unwind(AssertUnwindSafe(|| field(seed, &args))).is_err() {
                        eprintln!("seed {seed} FAILED");
                        failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(seed);
                    } else if seed % 20 == 0 {
                        eprintln!("seed {seed} of {}", end - 1);
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failed.sort_unstable();
    println!("{} fields, {} failed: {failed:?}", args.seeds, failed.len());
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn month(people: u32, args: &Args) {
    let engines: &[Engine] = match args.engine {
        On::Sqlite => &[Engine::Sqlite],
        On::Postgres => &[Engine::Postgres],
        On::Both => &[Engine::Sqlite, Engine::Postgres],
    };
    for engine in engines {
        let closed = engine::run(days_of_many(*engine, people.into(), 30));
        for Closed { day, took, outcomes } in &closed {
            println!("{engine:?} {day}: {outcomes} days closed in {} ms", took.as_millis());
        }
        println!(
            "{engine:?}: the month's days closed in {:?}",
            closed.iter().map(|each| each.took).sum::<std::time::Duration>()
        );
    }
}

fn field(seed: u64, args: &Args) {
    let usual = Options::new(seed);
    let options = Options { steps: args.steps.unwrap_or(usual.steps), ..usual };
    let trace = |engine| engine::run(run(engine, options));
    match args.engine {
        On::Sqlite => drop(trace(Engine::Sqlite)),
        On::Postgres => drop(trace(Engine::Postgres)),
        On::Both => assert_eq!(trace(Engine::Sqlite), trace(Engine::Postgres), "seed {seed}: the engines differ"),
    }
}
