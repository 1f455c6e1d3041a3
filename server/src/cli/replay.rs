//! `baobei replay`: decides every ruling again from its facts (P9).

use std::io;

use chrono::NaiveDate;
use clap::Args;
use comfy_table::Cell;
use serde::Serialize;

use super::beside;
use super::failure::{Exit, Failure};
use super::terminal::{BAD, GOOD, Terminal, styled, table};
use crate::app::replay_rulings::{Days, Difference, How, replay_rulings};
use crate::config::StoreOptions;
use crate::facts::directory::Directory;
use crate::store::{Db, StoreError, orgs};

/// Options of `baobei replay`.
#[derive(Debug, Args)]
pub(super) struct ReplayOptions {
    /// Only the project with this code
    #[arg(long)]
    project: Option<String>,
    /// From this day of the project on, such as 2026-11-01
    #[arg(long)]
    from: Option<NaiveDate>,
    /// Up to this day, included
    #[arg(long)]
    to: Option<NaiveDate>,
    #[command(flatten)]
    store: StoreOptions,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
struct Report {
    projects: u64,
    rulings: u64,
    differences: Vec<Difference>,
}

pub(super) async fn run(options: ReplayOptions, terminal: Terminal) -> Result<(), Failure> {
    let beside = beside::open(&options.store).await?;
    let replayed = replay(&beside.db, &options, terminal).await;
    beside.db.close().await;
    let report = replayed?;
    if report.projects == 0
        && let Some(code) = &options.project
    {
        return Err(Failure::new(Exit::Failed, format!("there is no project {code}"))
            .remedy("See the org's document for the codes."));
    }
    terminal.answer(&report, |out| draw(&report, out))?;
    match report.differences.len() {
        0 => Ok(()),
        count => Err(Failure::new(Exit::Failed, format!("{count} of {} rulings come out otherwise", report.rulings))),
    }
}

async fn replay(db: &Db, options: &ReplayOptions, terminal: Terminal) -> Result<Report, StoreError> {
    let days = Days { from: options.from, to: options.to };
    let bar = terminal.progress(0, "rulings");
    let mut report = Report::default();
    for org in orgs::all(&mut db.read().await?).await? {
        let directory = Directory::load(&mut db.read().await?, org.org).await?;
        let wanted = |code: &str| options.project.as_deref().is_none_or(|wanted| wanted == code);
        for (&id, project) in directory.projects.iter().filter(|(_, project)| wanted(&project.code)) {
            let before = report.rulings;
            let progress = |done| {
                bar.set_length(before + done);
                bar.set_position(before + done);
            };
            let differs = |difference| report.differences.push(difference);
            report.rulings += replay_rulings(db, &directory, (id, project), days, progress, differs).await?;
            report.projects += 1;
        }
    }
    bar.finish_and_clear();
    Ok(report)
}

fn draw(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    if report.differences.is_empty() {
        return writeln!(out, "{} {} rulings come out as they were made", styled(GOOD, "replayed:"), report.rulings);
    }
    let mut rows = table(&["project", "at", "family", "ruling", "difference"]);
    for each in &report.differences {
        let how = match &each.how {
            How::Unreadable { why } => format!("unreadable: {why}"),
            How::NoPolicy => format!("policy {} is missing", each.policy_version),
            How::Refused => "the facts allow no ruling".to_owned(),
            How::Ruled { stored, replayed } => format!("{stored}\n→ {replayed}"),
        };
        rows.add_row([&each.project, &each.at, &each.family, &each.ruling.to_string(), &how].map(Cell::new));
    }
    writeln!(
        out,
        "{rows}\n{} of {} rulings",
        styled(BAD, &format!("{} differ", report.differences.len())),
        report.rulings
    )
}
