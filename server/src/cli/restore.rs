//! `baobei restore`: a database from a backup, or a new history for one that was put back by other means.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::json;
use sync_core::time::rfc3339;

use super::failure::{Exit, Failure};
use super::terminal::{DOUBTFUL, GOOD, Terminal, styled};
use crate::app::restore::{RestoreError, Restored, adopt, check, restore};
use crate::archive::{ArchiveError, ArchiveReader};
use crate::config::StoreOptions;
use crate::random::Random;
use crate::seal::keys::Keys;
use crate::store::{Db, DbOptions, StoreError};

/// How long phones keep what was acknowledged, in ms.
const PHONES_KEEP_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// Options of `baobei restore`.
#[derive(Debug, Args)]
pub(super) struct RestoreOptions {
    /// The backup
    #[arg(value_name = "FILE", required_unless_present = "adopt")]
    file: Option<PathBuf>,

    /// Only look whether the backup is whole; no database is touched
    #[arg(long, conflicts_with = "adopt")]
    check: bool,

    /// The database was put back by other means, such as a copy of its disk: only begin a new history. No server may run on it
    #[arg(long, conflicts_with = "file")]
    adopt: bool,

    #[command(flatten)]
    store: StoreOptions,
}

/// What is told at the end.
#[derive(Debug, Serialize)]
struct Told {
    #[serde(flatten)]
    restored: Restored,
    /// How long the gap lasts, in ms.
    gap_ms: i64,
    /// Phones may have thrown away what the backup lacks.
    beyond_phones: bool,
}

pub(super) async fn run(options: RestoreOptions, terminal: Terminal) -> Result<(), Failure> {
    let Some(file) = &options.file else {
        let db = open(&options.store).await?;
        let adopted = adopt(&db, &Random::system()).await;
        db.close().await;
        return tell(adopted.map_err(|error| not_restored(&options, error))?, terminal);
    };
    let mut archive = read(file)?;
    if options.check {
        let rows = check(&mut archive).map_err(|error| unreadable(file, &error))?;
        let header = archive.header();
        return terminal.answer(&json!({"rows": rows, "backup": header}), |out| {
            let (at, engine) = (rfc3339::text(header.taken_at), &header.engine);
            writeln!(out, "{} {rows} rows of {engine} as of {at}", styled(GOOD, "whole:"))
        });
    }
    // before anything is written: without its keys the database could not be served
    let folder = options.store.keys_folder();
    if Keys::open(&folder)?.fingerprint() != archive.header().keys {
        let problem = format!("the keys in {} are not those of the backup", folder.display());
        return Err(Failure::new(Exit::Refused, problem)
            .remedy("Put back the keys folder of that time, or name it with --keys."));
    }
    let db = open(&options.store).await?;
    let bar = terminal.progress(0, "rows");
    let restored = restore(&db, &mut archive, &Random::system(), |rows| bar.set_position(rows)).await;
    bar.finish_and_clear();
    db.close().await;
    tell(restored.map_err(|error| not_restored(&options, error))?, terminal)
}

async fn open(store: &StoreOptions) -> Result<Db, Failure> {
    Db::open(&store.database.url(), &DbOptions { connections: 2 })
        .await
        .map_err(|error| super::beside::unusable(store, &error))
}

fn read(file: &Path) -> Result<ArchiveReader<File>, Failure> {
    let input = File::open(file).map_err(ArchiveError::from);
    input.and_then(ArchiveReader::begin).map_err(|error| unreadable(file, &error))
}

fn unreadable(file: &Path, error: &ArchiveError) -> Failure {
    let remedy = match error {
        ArchiveError::Io(_) | ArchiveError::NoBackup => "Name a file that baobei backup wrote.",
        ArchiveError::Newer(_) => "Restore it with the program that wrote it, or a newer one.",
        ArchiveError::CutShort(_) | ArchiveError::Damaged { .. } => "Take another copy of it, or an older backup.",
    };
    Failure::new(Exit::Mistakes, format!("{}: {error}", file.display())).remedy(remedy)
}

fn not_restored(options: &RestoreOptions, error: RestoreError) -> Failure {
    let database = &options.store.database;
    let failure = |text: String| Failure::new(Exit::Refused, text);
    match error {
        RestoreError::Store(StoreError::Contention(_)) => {
            Failure::new(Exit::Failed, format!("{database} is in use")).remedy("End all servers on it first.")
        }
        RestoreError::Store(error) => super::beside::unusable(&options.store, &error),
        RestoreError::Archive(error) => unreadable(options.file.as_deref().unwrap_or(Path::new("the backup")), &error),
        RestoreError::NotEmpty => failure(format!("{database} is not empty"))
            .remedy("Nothing was changed. Name a new database; keep the old one until all phones have come back."),
        RestoreError::Empty => {
            failure(format!("{database} is empty")).remedy("Put the database back first, or name a backup.")
        }
        error @ (RestoreError::Newer(_) | RestoreError::OtherTable(_)) => {
            failure(error.to_string()).remedy("Restore it with the program that wrote it, or a newer one.")
        }
    }
}

fn tell(restored: Restored, terminal: Terminal) -> Result<(), Failure> {
    let gap_ms = restored.gap.until - restored.gap.from;
    let told = Told { restored, gap_ms, beyond_phones: gap_ms > PHONES_KEEP_MS };
    terminal.answer(&told, |out| draw(&told, out))
}

fn draw(told: &Told, out: &mut dyn io::Write) -> io::Result<()> {
    let Restored { rows, epoch, gap, .. } = &told.restored;
    let (from, until) = (rfc3339::text(gap.from), rfc3339::text(gap.until));
    let what = if *rows > 0 { format!("{rows} rows, ") } else { String::new() };
    writeln!(out, "{} {what}epoch {epoch}", styled(GOOD, "restored:"))?;
    writeln!(
        out,
        "{} from {from} to {until} ({} minutes): phones bring their claims back when they come; what was decided at desks and in \
         offices in that time has to be entered again",
        styled(DOUBTFUL, "gap:"),
        (told.gap_ms + 59_999) / 60_000
    )?;
    if told.beyond_phones {
        writeln!(out, "{} phones keep 30 days: what is older may be lost", styled(DOUBTFUL, "note:"))?;
    }
    Ok(())
}
