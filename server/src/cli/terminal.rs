//! What a command shows: tables and colours when a person looks, one JSON document for machines.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::failure::{Exit, Failure};

/// Something went well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// Something needs a look.
pub(super) const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
/// Something went wrong.
pub(super) const BAD: Style = AnsiColor::Red.on_default();
/// What stands out.
pub(super) const STRONG: Style = Style::new().bold();
/// What stays behind.
pub(super) const FAINT: Style = Style::new().dimmed();

/// `style` around a text; the terminal drops it where nobody sees colours.
pub(super) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Where a command writes its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    /// Answers are JSON.
    pub(super) json: bool,
}

impl Terminal {
    /// Writes the answer to standard output: as JSON, or as `draw` does for people.
    ///
    /// # Errors
    /// When it cannot be written; a reader who went away (`| head`) is no error.
    pub(super) fn answer<T: Serialize>(
        self,
        answer: &T,
        draw: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), Failure> {
        write(|out| {
            if self.json {
                serde_json::to_writer_pretty(&mut *out, answer)?;
                return writeln!(out);
            }
            draw(out)
        })
    }

    /// A remark for people, on standard error; machines do not get it.
    pub(super) fn remark(self, text: &str) {
        if !self.json {
            // a remark that cannot be shown must not fail the command
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// A bar for long work of `steps` steps; shown only when a person looks.
    pub(super) fn progress(self, steps: u64, what: &'static str) -> ProgressBar {
        if self.json {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}").unwrap_or(ProgressStyle::default_bar());
        ProgressBar::new(steps).with_style(style).with_message(what)
    }
}

/// Writes a text that is the same for people and machines.
///
/// # Errors
/// As [`Terminal::answer`].
pub(super) fn text(text: &str) -> Result<(), Failure> {
    write(|out| writeln!(out, "{text}"))
}

fn write(draw: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    match draw(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Failed, format!("the answer could not be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// A table without lines, as wide as its contents; on a terminal it wraps instead of running over.
pub(super) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(header.iter().map(|name| comfy_table::Cell::new(name).add_attribute(comfy_table::Attribute::Dim)));
    table
}
