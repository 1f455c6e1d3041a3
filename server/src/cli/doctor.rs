//! `baobei doctor`: whether what is stored holds together, beside running servers. It changes nothing.

use std::io;

use clap::Args;
use serde::Serialize;
use sync_core::time::rfc3339;

use super::beside::{self, Beside};
use super::failure::{Exit, Failure};
use super::terminal::{BAD, DOUBTFUL, GOOD, Terminal, styled};
use crate::app::examine::{Examined, examine};
use crate::app::restore::gaps;
use crate::config::StoreOptions;
use crate::seal::keys::Keys;
use crate::seal::sealing::Sealer;
use crate::store::{Engine, meta};

/// Options of `baobei doctor`.
#[derive(Debug, Args)]
pub(super) struct DoctorOptions {
    #[command(flatten)]
    store: StoreOptions,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    examined: Examined,
    /// What holds together and is worth knowing.
    remarks: Vec<String>,
}

pub(super) async fn run(options: DoctorOptions, terminal: Terminal) -> Result<(), Failure> {
    let beside = beside::open_existing(&options.store).await?;
    let report = look(&options, &beside).await;
    beside.db.close().await;
    let report = report?;
    terminal.answer(&report, |out| draw(&report, out))?;
    match report.examined.findings.len() {
        0 => Ok(()),
        count => Err(Failure::new(Exit::Failed, format!("{count} things do not hold together"))
            .remedy("Keep the database as it is; see docs/runbook.md.")),
    }
}

async fn look(options: &DoctorOptions, beside: &Beside) -> Result<Report, Failure> {
    let folder = options.store.keys_folder();
    let keys = Keys::open(&folder)?;
    let mut db = beside.db.read().await?;
    let mut remarks = Vec::new();
    match meta::get(&mut db, meta::key::KEYS).await? {
        Some(known) if known == keys.fingerprint() => {}
        _ => {
            let problem = format!("the keys in {} are not those this database was made with", folder.display());
            return Err(Failure::new(Exit::Failed, problem).remedy("Name the server's keys folder with --keys."));
        }
    }
    match meta::get(&mut db, meta::key::KEYS_EXPORTED).await? {
        Some(exported) if exported == keys.generations() => {}
        Some(_) => remarks.push("the keys were rotated since they were exported: baobei keys export".to_owned()),
        None => remarks.push("the keys were never exported, and are in no backup: baobei keys export".to_owned()),
    }
    if meta::get(&mut db, meta::key::DEV_CLOCK).await?.is_some() {
        remarks.push("the clock stands still and can be set by anybody (--dev-clock)".to_owned());
    }
    for gap in gaps(&mut db).await? {
        let (from, until) = (rfc3339::text(gap.from), rfc3339::text(gap.until));
        remarks.push(format!("restored; a gap from {from} to {until}: baobei gaps"));
    }
    if beside.db.engine() == Engine::Postgres {
        remarks.push("the files of PostgreSQL were not looked at; pg_amcheck does".to_owned());
    }
    let sealer = Sealer::new(keys.sealing.clone(), beside.random.clone());
    let examined = examine(&mut db, &keys, &sealer).await?;
    Ok(Report { examined, remarks })
}

fn draw(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let Report { examined, remarks } = report;
    for finding in &examined.findings {
        writeln!(out, "{} {} {}", styled(BAD, "broken:"), finding.breaks, finding.what)?;
    }
    for remark in remarks {
        writeln!(out, "{} {remark}", styled(DOUBTFUL, "note:"))?;
    }
    let Examined { devices, ops, buckets, entries, protections, sealed, findings } = examined;
    let verdict = if findings.is_empty() { styled(GOOD, "sound:") } else { styled(BAD, "looked at:") };
    writeln!(
        out,
        "{verdict} {ops} ops of {devices} devices, {entries} entries of {buckets} buckets, {protections} protections, {sealed} \
         sealed values"
    )
}
