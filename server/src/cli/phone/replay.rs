//! `baobei phone replay`: records op drafts from a file, one JSON object a line, as if somebody typed them.
//!
//! ```json
//! {"kind":"visit","id":"0193…","project":"…","do":{"set":{"visit_type":"cold"}},"tick":{"boot":"b7","monotonic_ms":734511,"wall":"…"}}
//! ```
//! `id` (a new record), `project` (the main one), `v` (1), `group` and `tick` (now) may be left out; lines with the same
//! `group` that follow each other share one fate. Empty lines and lines that begin with `#` are skipped.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sync_core::kinds;
use sync_core::op::{Digest, Op};
use sync_core::replica::{Draft, Replica, Tick};
use uuid::Uuid;

use super::claim::{refused, seals};
use super::clocks;
use super::state::PhoneFile;
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::{GOOD, Terminal, styled};
use crate::random::Random;

/// What `phone replay` reads.
#[derive(Debug, Args)]
pub(super) struct ReplayOptions {
    /// The file, or - for standard input
    file: PathBuf,
}

/// One line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: String,
    #[serde(default = "first_version")]
    v: u32,
    id: Option<Uuid>,
    project: Option<Uuid>,
    group: Option<String>,
    #[serde(rename = "do")]
    action: Map<String, Value>,
    tick: Option<Tick>,
}

fn first_version() -> u32 {
    1
}

#[derive(Debug, Serialize)]
struct Replayed {
    ops: usize,
    pending: usize,
}

pub(super) fn run(file: &PhoneFile, options: &ReplayOptions, terminal: Terminal) -> Result<(), Failure> {
    let text = read(&options.file)?;
    let lines = parse(&text)?;
    let bar = terminal.progress(lines.len() as u64, "recording");
    let replayed = file.change(|phone| {
        let main = phone.account.user.project;
        for group in groups(&lines) {
            put(&mut phone.replica, main, group)?;
            bar.inc(group.len() as u64);
        }
        Ok(Replayed { ops: lines.len(), pending: phone.replica.status().pending })
    });
    bar.finish_and_clear();
    let replayed = replayed?;
    terminal.answer(&replayed, |out| {
        writeln!(out, "{} {} ops; {} to synchronise", styled(GOOD, "recorded"), replayed.ops, replayed.pending)
    })
}

fn read(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|error| Failure::new(Exit::Failed, format!("{} cannot be read: {error}", path.display())))
}

/// The lines with their numbers.
fn parse(text: &str) -> Result<Vec<(usize, Line)>, Failure> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let parse = |(number, line)| {
        serde_json::from_str(line).map(|line| (number, line)).map_err(|error| {
            let message = format!("line {number} is no op draft: {error}");
            Failure::new(Exit::Mistakes, message).remedy("Correct the line; nothing was recorded.")
        })
    };
    lines.map(parse).collect()
}

/// Lines of one group that follow each other, and every other line alone.
fn groups(lines: &[(usize, Line)]) -> impl Iterator<Item = &[(usize, Line)]> {
    lines.chunk_by(|(_, a), (_, b)| a.group.is_some() && a.group == b.group)
}

fn put(replica: &mut Replica, main: Option<Uuid>, lines: &[(usize, Line)]) -> Result<(), Failure> {
    let Some((first, line)) = lines.first() else { return Ok(()) };
    let tick = line.tick.clone().unwrap_or_else(clocks::read);
    let drafts = lines.iter().map(|(number, line)| draft(line, main).map_err(|failure| failure.at(*number)));
    let mut drafts = drafts.collect::<Result<Vec<_>, _>>()?;
    match (drafts.len(), drafts.pop()) {
        (1, Some(only)) if line.group.is_none() => {
            replica.record(only, &tick).map(drop).map_err(|fault| refused(&fault).at(*first))
        }
        (_, last) => {
            drafts.extend(last);
            let group = replica.record_group(Random::system().opaque_id(), drafts, &tick);
            group.map(drop).map_err(|fault| {
                let number = lines.get(fault.index).map_or(*first, |(number, _)| *number);
                refused(&fault.fault).at(number)
            })
        }
    }
}

/// Reads the action as the server would read the op.
fn draft(line: &Line, main: Option<Uuid>) -> Result<Draft, Failure> {
    let random = Random::system();
    let kind = kinds::find(&line.kind, line.v).ok_or_else(|| {
        let known: BTreeSet<_> = kinds::ALL.iter().map(|kind| kind.name).collect();
        let known = known.into_iter().collect::<Vec<_>>().join(", ");
        Failure::new(Exit::Mistakes, format!("there is no kind {} v{}", line.kind, line.v))
            .remedy(format!("Use {known}."))
    })?;
    let id = line.id.unwrap_or_else(|| random.id(clocks::wall_ms()));
    let project = line.project.or(main).ok_or_else(|| {
        Failure::new(Exit::Mistakes, "names no project").remedy("This person has no main project: name one.")
    })?;
    let text = json!({"seq": 1, "prev": Digest::ZERO, "kind": kind.name, "v": kind.v, "id": id, "project": project, "do": line.action});
    let op = Op::parse(&text.to_string())
        .map_err(|fault| Failure::new(Exit::Mistakes, fault.to_string()).remedy("Correct the line."))?;
    let sealed = line.action.get("set").and_then(Value::as_object).is_some_and(|fields| seals(kind, fields));
    let draft = Draft::new(kind, id, project, op.action);
    Ok(if sealed { draft.with_salt(random.bytes()) } else { draft })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: &str = r#"
        # the morning
        {"kind":"visit","do":{"set":{"visit_type":"cold"}},"tick":{"boot":"b7","monotonic_ms":5,"wall":null}}
        {"kind":"canvass","id":"00000000-0000-0000-0000-000000000009","group":"g","do":{"set":{"place":"地铁口"}}}
        {"kind":"canvass","id":"00000000-0000-0000-0000-000000000009","group":"g","do":{"add":{"flyers":20}}}
        {"kind":"lead","do":{"set":{"name":"王女士","phone":"13812345678","source":"canvass"}}}
    "#;

    fn replayed(text: &str) -> Result<Replica, Failure> {
        let mut replica = Replica::new(Uuid::from_u128(1), Uuid::from_u128(2));
        for group in groups(&parse(text)?) {
            put(&mut replica, Some(Uuid::from_u128(3)), group)?;
        }
        Ok(replica)
    }

    #[test]
    fn a_day_is_recorded_line_by_line_with_groups_and_salt() {
        let replica = replayed(DAY).unwrap();
        assert_eq!(replica.status().pending, 4);
        let ops: Vec<_> = replica.pending().map(|op| Op::parse(op.text).unwrap()).collect();
        assert_eq!(ops[0].time.boot.as_deref(), Some("b7"));
        assert!(ops[1].group.is_some() && ops[1].group == ops[2].group);
        assert!(ops[3].salt.is_some());
    }

    #[test]
    fn a_wrong_line_is_named() {
        let failure = |text: &str| replayed(text).unwrap_err().to_string();
        assert!(failure("\n{\"kind\":\"visit\"}").contains("line 2"));
        assert!(failure("{\"kind\":\"tea\",\"do\":{\"delete\":true}}").contains("line 1: there is no kind tea"));
        assert!(failure("{\"kind\":\"visit\",\"do\":{\"set\":{}}}").contains("line 1"));
    }
}
