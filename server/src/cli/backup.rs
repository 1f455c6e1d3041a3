//! `baobei backup`: one file with everything, taken while servers run; once, or again and again.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::DateTime;
use clap::Args;
use serde::Serialize;
use sync_core::time::rfc3339;

use super::beside::{self, Beside};
use super::failure::{Exit, Failure};
use super::serve::Signals;
use super::terminal::{DOUBTFUL, GOOD, Terminal, styled};
use crate::app::back_up::{BackUpError, BackedUp, back_up};
use crate::config::{StoreOptions, lifetime};
use crate::seal::keys::private;

/// What the files in a folder are called: this, the moment in UTC, and [`ENDING`].
const BEGINNING: &str = "baobei-";
const ENDING: &str = ".backup";
/// The moment in a name, so that names are in the order of time.
const MOMENT: &str = "%Y%m%dT%H%M%S%.3fZ";

/// Options of `baobei backup`.
#[derive(Debug, Args)]
pub(super) struct BackupOptions {
    /// File to write, or folder for a file named after the moment
    #[arg(value_name = "PATH")]
    to: PathBuf,

    /// Back up again and again into the folder, until told to end (SIGTERM, Ctrl-C)
    #[arg(long)]
    follow: bool,

    /// With --follow: how much time may lie between two backups
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = lifetime, requires = "follow")]
    every: Duration,

    /// With --follow: how many backups stay in the folder; the oldest goes first
    #[arg(long, value_name = "N", default_value_t = 96, requires = "follow")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    keep: u32,

    #[command(flatten)]
    store: StoreOptions,
}

/// What was written.
#[derive(Debug, Serialize)]
struct Written {
    file: PathBuf,
    bytes: u64,
    #[serde(flatten)]
    backed_up: BackedUp,
}

pub(super) async fn run(options: BackupOptions, terminal: Terminal) -> Result<(), Failure> {
    if options.follow && !options.to.is_dir() {
        return Err(no_folder(&options.to));
    }
    if options.follow { follow(&options, terminal).await } else { tell(&once(&options, terminal).await?, terminal) }
}

async fn once(options: &BackupOptions, terminal: Terminal) -> Result<Written, Failure> {
    let beside = beside::open_existing(&options.store).await?;
    let written = take(options, &beside, terminal).await;
    beside.db.close().await;
    written
}

/// A backup that fails is told, and the next one is taken all the same.
async fn follow(options: &BackupOptions, terminal: Terminal) -> Result<(), Failure> {
    let told_to_end = Signals::listen()?;
    let again = async {
        loop {
            match once(options, terminal).await {
                Ok(written) => {
                    tell(&written, terminal)?;
                    make_room(&options.to, options.keep)?;
                }
                Err(failure) => _ = failure.report(terminal.json),
            }
            tokio::time::sleep(options.every).await;
        }
    };
    tokio::select! {
        ended = again => ended,
        () = told_to_end.wait() => Ok(()),
    }
}

/// Writes beside the file first: what has its name is whole, and on the disk.
async fn take(options: &BackupOptions, beside: &Beside, terminal: Terminal) -> Result<Written, Failure> {
    let file = name(&options.to, beside.clock.now());
    if file.exists() {
        return Err(Failure::new(Exit::Refused, format!("{} is there already", file.display()))
            .remedy("Name another file, or a folder."));
    }
    let part = part_of(&file);
    let written = write(&part, beside, terminal).await.and_then(|(bytes, backed_up)| {
        fs::rename(&part, &file).and_then(|()| sync_folder(&file)).map_err(|error| unwritable(&file, &error))?;
        Ok(Written { file, bytes, backed_up })
    });
    if written.is_err() {
        // what is left of a backup is none; that it cannot be removed changes nothing about it
        let _ = fs::remove_file(&part);
    }
    written
}

async fn write(part: &Path, beside: &Beside, terminal: Terminal) -> Result<(u64, BackedUp), Failure> {
    let out = private::create_file(part).map_err(|error| unwritable(part, &error))?;
    let bar = terminal.progress(0, "rows");
    let taken = back_up(&beside.db, &beside.clock, BufWriter::new(out), |rows| bar.set_position(rows)).await;
    bar.finish_and_clear();
    let (mut out, backed_up) = taken.map_err(|error| match error {
        BackUpError::Store(error) => error.into(),
        BackUpError::Io(error) => unwritable(part, &error),
        BackUpError::Empty => Failure::new(Exit::Failed, error.to_string())
            .remedy("Name the server's database with --database or BAOBEI_DATABASE_URL."),
    })?;
    let flushed = out.flush().and_then(|()| out.get_ref().sync_all()).and_then(|()| out.get_ref().metadata());
    let bytes = flushed.map_err(|error| unwritable(part, &error))?.len();
    Ok((bytes, backed_up))
}

/// The file itself, or one in the folder that is named after the moment.
fn name(to: &Path, now: i64) -> PathBuf {
    if !to.is_dir() {
        return to.to_owned();
    }
    let moment = DateTime::from_timestamp_millis(now).unwrap_or_default().format(MOMENT);
    to.join(format!("{BEGINNING}{moment}{ENDING}"))
}

fn part_of(file: &Path) -> PathBuf {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    part.into()
}

/// Without it a power cut could take the name away again.
fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if cfg!(unix) { File::open(folder.unwrap_or(Path::new(".")))?.sync_all() } else { Ok(()) }
}

/// Removes the oldest backups of a folder until `keep` are left.
fn make_room(folder: &Path, keep: u32) -> Result<(), Failure> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| unwritable(folder, &error))?;
    let is_backup = |name: &str| name.starts_with(BEGINNING) && name.ends_with(ENDING);
    let mut backups: Vec<PathBuf> = entries
        .iter()
        .filter(|entry| entry.file_name().to_str().is_some_and(is_backup))
        .map(fs::DirEntry::path)
        .collect();
    backups.sort_unstable();
    let surplus = backups.len().saturating_sub(keep as usize);
    for old in &backups[..surplus] {
        fs::remove_file(old).map_err(|error| unwritable(old, &error))?;
    }
    Ok(())
}

fn tell(written: &Written, terminal: Terminal) -> Result<(), Failure> {
    terminal.answer(written, |out| {
        let Written { file, bytes, backed_up } = written;
        let BackedUp { tables, rows, taken_at, .. } = backed_up;
        writeln!(
            out,
            "{} {rows} rows of {tables} tables as of {}, {bytes} bytes, in {}",
            styled(GOOD, "backed up:"),
            rfc3339::text(*taken_at),
            file.display()
        )?;
        let note = "keys, photos and papers are in no backup; keep copies of them apart from it";
        writeln!(out, "{} {note}", styled(DOUBTFUL, "note:"))
    })
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{} cannot be written: {error}", path.display()))
        .remedy("Make room there, or name another place.")
}

fn no_folder(path: &Path) -> Failure {
    Failure::new(Exit::Failed, format!("{} is no folder", path.display())).remedy("Make it; --follow fills a folder.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_backups_go_first_and_other_files_stay() {
        let folder = tempfile::tempdir().unwrap();
        let mut names: Vec<PathBuf> = (0..5).map(|day| name(folder.path(), day * 86_400_000)).collect();
        let other = folder.path().join("a-letter.backup");
        for path in names.iter().chain([&other]) {
            fs::write(path, "").unwrap();
        }
        make_room(folder.path(), 2).unwrap();
        let rest = names.split_off(3);
        assert!(names.iter().all(|gone| !gone.exists()));
        assert!(rest.iter().chain([&other]).all(|kept| kept.exists()));
    }

    #[test]
    fn a_folder_gets_a_file_named_after_the_moment() {
        let folder = tempfile::tempdir().unwrap();
        let file = name(folder.path(), 1_764_049_267_120);
        assert_eq!(file.file_name().unwrap(), "baobei-20251125T054107.120Z.backup");
        let elsewhere = folder.path().join("monday");
        assert_eq!(name(&elsewhere, 0), elsewhere);
    }
}
