//! The log: text for people, JSON for machines, and no full phone number in either (P11).
//!
//! Every line is masked on its way out, whatever wrote it: messages, fields, spans, panics, libraries. Secrets have
//! types that do not print.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{EnvFilter, Layer, Registry, filter};

use crate::seal::mask::mask_numbers_in;
use crate::seal::phone::Region;

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, else JSON
    #[default]
    Auto,
    /// A line for people
    Text,
    /// A JSON object a line
    Json,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter cannot be read.
    #[error("the log filter is not valid: {0}")]
    Filter(#[from] filter::ParseError),
    /// Somebody else logs already.
    #[error(transparent)]
    Installed(#[from] TryInitError),
}

/// Starts the log of this process on standard error, and sends panics there too.
///
/// # Errors
/// [`TelemetryError`].
pub fn start_log(format: LogFormat, filter: &str) -> Result<(), TelemetryError> {
    let terminal = io::stderr().is_terminal();
    let filter = EnvFilter::builder().parse(filter)?;
    let (json, colours) = match format {
        LogFormat::Auto => (!terminal, terminal),
        LogFormat::Text => (false, terminal),
        LogFormat::Json => (true, false),
    };
    let colours = colours && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::registry().with(layer(json, colours, io::stderr)).with(filter).try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = std::backtrace::Backtrace::capture();
        tracing::error!(%panic, %backtrace, "a bug: the code gave up");
    }));
    Ok(())
}

fn layer<W>(json: bool, colours: bool, sink: W) -> Box<dyn Layer<Registry> + Send + Sync>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_ansi(colours).with_writer(Masked { sink, json });
    if json { lines.json().flatten_event(true).boxed() } else { lines.boxed() }
}

/// Masks each line before `sink` gets it.
struct Masked<W> {
    sink: W,
    json: bool,
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Masked<W> {
    type Writer = MaskedLine<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        MaskedLine { sink: self.sink.make_writer(), json: self.json }
    }
}

/// A writer that gets whole lines: the subscriber writes an event in one piece.
struct MaskedLine<W> {
    sink: W,
    json: bool,
}

impl<W: Write> Write for MaskedLine<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let masked = if self.json { mask_json(&text) } else { mask(&text) };
        self.sink.write_all(masked.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

fn mask(text: &str) -> Cow<'_, str> {
    mask_numbers_in(text, Region::CN)
}

/// Masks inside the string literals of a JSON text; its numbers stay numbers.
fn mask_json(text: &str) -> Cow<'_, str> {
    if matches!(mask(text), Cow::Borrowed(_)) && !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        let end = start + literal_len(&rest[start..]);
        masked.push_str(&rest[..start]);
        masked.push_str(&mask_literal(&rest[start..end]));
        rest = &rest[end..];
    }
    masked.push_str(rest);
    Cow::Owned(masked)
}

/// Bytes of the string literal that `text` begins with, quotes included.
fn literal_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn mask_literal(literal: &str) -> Cow<'_, str> {
    let Ok(value) = serde_json::from_str::<String>(literal) else { return mask(literal) };
    match mask(&value) {
        Cow::Borrowed(_) => Cow::Borrowed(literal),
        Cow::Owned(masked) => Cow::Owned(serde_json::Value::from(masked).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(json: bool) -> String {
        let sink = Sink::default();
        let target = sink.clone();
        let subscriber = tracing_subscriber::registry().with(layer(json, false, move || target.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request", from = "13812345601");
            let _entered = span.enter();
            let phone = "他说\n138 1234 5602";
            tracing::info!(phone, bytes = 13_812_345_603_i64, note = ?"\t138-1234-5604", "called 13812345605 \"twice\"");
        });
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn p11_no_full_number_reaches_the_log() {
        for json in [false, true] {
            let line = logged(json);
            for last in ["01", "02", "04", "05"] {
                assert!(line.contains(&format!("138****56{last}")), "{last}: {line}");
            }
            for full in ["1381234560", "138 1234", "138-1234"] {
                assert!(!line.replace("13812345603", "").contains(full), "{line}");
            }
        }
    }

    #[test]
    fn a_json_line_stays_json_with_its_numbers() {
        let line: serde_json::Value = serde_json::from_str(&logged(true)).unwrap();
        assert_eq!(line["bytes"], 13_812_345_603_i64);
        assert_eq!(line["phone"], "他说\n138****5602");
        assert_eq!(line["message"], "called 138****5605 \"twice\"");
        assert_eq!(line["span"]["from"], "138****5601");
    }

    #[test]
    fn lines_without_numbers_pass_as_they_are() {
        for line in ["", "{\"a\":1}", "{\"a\":\"2026-11-22T09:31:07.120Z\",\"b\":13812345678}", "not \\ json \""] {
            assert_eq!(mask_json(line), line);
        }
    }
}
