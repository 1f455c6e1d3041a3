//! `./dev bench`: what the server does a second, beside what the engine under it could do, in the same run.

#![expect(clippy::expect_used, reason = "a measurement that cannot go on has no result")]
#![expect(clippy::cast_precision_loss, reason = "counts of a run are small")]

mod core;
mod desk;
mod field;
mod figures;
mod goals;
mod meter;
mod ops;
mod own_rows;
mod plot;
mod pull;
mod push;
mod raw;
mod run;
mod spike;
mod wire;

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use sync_core::time::rfc3339;
use tests::engine::Engine;

use self::figures::{Figure, Figures};

/// Measures the server against the engine under it
#[derive(Debug, Parser)]
#[command(name = "./dev bench")]
struct Args {
    /// Workloads, such as w1 w2; all without a name
    workloads: Vec<String>,
    /// Less of everything: under five minutes
    #[arg(long)]
    quick: bool,
    /// What the server stores its data in
    #[arg(long, value_enum, default_value = "both")]
    engine: On,
    /// Records to grow to in W4
    #[arg(long)]
    records: Option<usize>,
    /// Rounds of each measurement
    #[arg(long)]
    rounds: Option<usize>,
    /// Folder of the results: latest.json, latest.svg, and a line in history.jsonl
    #[arg(long, default_value = "bench")]
    out: PathBuf,
    /// What is measured, for the history
    #[arg(long, default_value = "unknown")]
    commit: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum On {
    Sqlite,
    Postgres,
    Both,
}

/// What is measured, and how much.
#[derive(Debug)]
pub(crate) struct Plan {
    workloads: Vec<String>,
    rounds: usize,
    /// Batches of 100 that each of 64 phones pushes.
    batches: usize,
    /// Records to grow to.
    records: usize,
    /// Pulls of one measurement.
    pulls: usize,
    /// Phones of the spike.
    spike: usize,
}

impl Plan {
    /// Whether a workload is wanted.
    pub(crate) fn wants(&self, workload: &str) -> bool {
        self.workloads.is_empty() || self.workloads.iter().any(|wanted| wanted == workload)
    }
}

fn main() {
    let args = Args::parse();
    let plan = Plan {
        workloads: args.workloads.iter().map(|name| name.to_lowercase()).collect(),
        rounds: args.rounds.unwrap_or(if args.quick { 1 } else { 3 }),
        batches: if args.quick { 5 } else { 10 },
        records: args.records.unwrap_or(if args.quick { 100_000 } else { 1_000_000 }),
        pulls: if args.quick { 300 } else { 1_000 },
        spike: if args.quick { 2_000 } else { 10_000 },
    };
    let engines: &[Engine] = match args.engine {
        On::Sqlite => &[Engine::Sqlite],
        On::Postgres => &[Engine::Postgres],
        On::Both => &[Engine::Sqlite, Engine::Postgres],
    };
    let mut figures = Figures::default();
    if plan.wants("w7") {
        core::take(&mut figures);
    }
    for engine in engines {
        tests::engine::run(run::run(*engine, &plan, &mut figures));
    }
    let report = figures.report();
    figures::print(&report);
    write(&report, &args).expect("the result can be written");
}

/// Writes the result for machines, as a picture, and as one line of the history.
fn write(report: &[Figure], args: &Args) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(&args.out)?;
    fs::write(args.out.join("latest.json"), serde_json::to_string_pretty(report)? + "\n")?;
    plot::draw(report, &args.out.join("latest.svg"))?;
    let medians: serde_json::Map<String, serde_json::Value> = report
        .iter()
        .map(|figure| {
            let name = &figure.name;
            let key = [&name.engine, &name.workload, &name.case, &name.metric].map(String::as_str).join(" | ");
            (key, figure.median.into())
        })
        .collect();
    let line = serde_json::json!({ "at": rfc3339::text(now_ms()), "commit": args.commit, "quick": args.quick, "medians": medians });
    let mut history = fs::File::options().create(true).append(true).open(args.out.join("history.jsonl"))?;
    Ok(writeln!(history, "{line}")?)
}

/// Unix ms.
#[expect(clippy::disallowed_methods, reason = "the server under measurement goes by the wall clock, too")]
fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
