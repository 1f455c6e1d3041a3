//! `./dev faults`: hundreds of runs of every fault; prints what was lost, doubled or stuck, and the seeds that fail.

use std::process::ExitCode;

use clap::Parser;
use comfy_table::{Cell, Table, presets};
use tests::engine::{self, Engine};
use tests::faults::{Fault, Outcome, Plan, run};

/// Breaks servers, databases and lines under phones that push
#[derive(Parser)]
#[command(name = "./dev faults")]
struct Args {
    /// Runs of each fault on each engine
    #[arg(long, default_value_t = 20)]
    runs: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// How often it breaks in a run
    #[arg(long, default_value_t = 6)]
    blows: u32,
    /// Only this fault
    #[arg(long, value_enum)]
    fault: Option<Fault>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let mut rows = Table::new();
    rows.load_style(presets::ASCII_MARKDOWN);
    rows.set_header(["fault", "engine", "runs", "acknowledged", "lost", "doubled", "stuck", "unsound"]);
    let mut failed = Vec::new();
    for fault in Fault::ALL.into_iter().filter(|fault| args.fault.is_none_or(|only| only == *fault)) {
        for engine in [Engine::Sqlite, Engine::Postgres].into_iter().filter(|engine| fault.happens_on(*engine)) {
            let mut sum = Outcome::default();
            for seed in args.first..args.first.saturating_add(args.runs) {
                let outcome = engine::run(run(Plan { engine, fault, seed, blows: args.blows }));
                sum.add(outcome);
                if !outcome.is_sound() {
                    eprintln!("{}, {engine:?}, seed {seed} FAILED: {outcome:?}", fault.name());
                    failed.push((fault, engine, seed));
                }
            }
            let figures = [args.runs, sum.acknowledged, sum.lost, sum.doubled, sum.stuck, sum.unsound];
            let texts =
                [fault.name().to_owned(), format!("{engine:?}")].into_iter().chain(figures.map(|n| n.to_string()));
            rows.add_row(texts.map(Cell::new));
        }
    }
    println!("{rows}");
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
