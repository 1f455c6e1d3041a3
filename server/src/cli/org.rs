//! `baobei org import`.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use comfy_table::Cell;

use super::beside;
use super::failure::{Exit, Failure};
use super::terminal::{DOUBTFUL, GOOD, Terminal, styled, table};
use crate::app::import_org::{ImportError, Importer, Mistake, Report};
use crate::config::StoreOptions;

/// Options of `baobei org`.
#[derive(Debug, Args)]
pub(super) struct OrgOptions {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Import an org document: importing it again changes nothing
    ///
    /// Works beside a running server. A file with mistakes changes nothing, and all its mistakes are told. No password
    /// is reset, and nobody is closed without "active": false.
    Import {
        /// The document (JSON), or - for standard input
        file: PathBuf,
        #[command(flatten)]
        store: StoreOptions,
    },
}

pub(super) async fn run(options: OrgOptions, terminal: Terminal) -> Result<(), Failure> {
    let Act::Import { file, store } = options.act;
    let text = read(&file)?;
    let beside = beside::open(&store).await?;
    let bar = terminal.progress(0, "hashing passwords");
    let importer = Importer { db: &beside.db, clock: &beside.clock, passwords: &beside.passwords };
    let imported = importer.import(&text, |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    let imported = imported.await;
    bar.finish_and_clear();
    beside.db.close().await;
    let report = imported.map_err(|error| refused(&file, error))?;
    terminal.answer(&report, |out| draw(&report, out))
}

fn read(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    read.map_err(|error| Failure::new(Exit::Failed, format!("{} cannot be read: {error}", file.display())))
}

fn draw(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    if report.done.is_empty() {
        return writeln!(out, "{} {} is as the file says", styled(GOOD, "nothing to do:"), report.org);
    }
    let mut rows = table(&["what", "code", "how"]);
    for done in &report.done {
        rows.add_row([done.what, &done.code, done.how].map(Cell::new));
    }
    writeln!(out, "{rows}\n{} {} changes to {}", styled(GOOD, "imported:"), report.done.len(), report.org)?;
    for username in &report.without_password {
        let command = format!("baobei user one-time-code --org {} --username {username}", report.org);
        writeln!(out, "{} {username} has no password: `{command}`", styled(DOUBTFUL, "note:"))?;
    }
    Ok(())
}

fn refused(file: &Path, error: ImportError) -> Failure {
    match error {
        ImportError::Mistakes(mistakes) => {
            let list: Vec<_> = mistakes.iter().map(|mistake| format!("  {mistake}")).collect();
            let count = mistakes.len();
            let noun = if count == 1 { "mistake" } else { "mistakes" };
            Failure::new(Exit::Mistakes, format!("{} has {count} {noun}:\n{}", file.display(), list.join("\n")))
                .remedy("Nothing was changed. Correct the file and import it again.")
                .details(details(&mistakes))
        }
        ImportError::Store(error) => error.into(),
        ImportError::Password(error) => error.into(),
    }
}

fn details(mistakes: &[Mistake]) -> serde_json::Value {
    serde_json::json!({ "mistakes": mistakes })
}
