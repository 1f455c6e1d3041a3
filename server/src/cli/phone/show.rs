//! `baobei phone status` and `phone show`: what is on the phone, without asking anybody.

use clap::Args;
use comfy_table::Cell;
use serde::Serialize;
use serde_json::Value;
use sync_core::exchange::Outcome;
use sync_core::kinds;
use sync_core::op::Op;
use sync_core::replica::{Status, View};

use super::find::short;
use super::photos::Photos;
use super::state::{Phone, PhoneFile};
use super::sync::outcome_line;
use crate::cli::failure::Failure;
use crate::cli::terminal::{BAD, DOUBTFUL, FAINT, GOOD, STRONG, Terminal, styled, table};

/// Values of a record that fit a line.
const SHOWN_FIELDS: usize = 5;

/// The phone as a whole.
#[derive(Debug, Serialize)]
struct Overview {
    server: String,
    user: String,
    #[serde(flatten)]
    status: Status,
    /// Ops that wait, oldest first.
    waiting: Vec<Waiting>,
    /// Photos that wait to be sent.
    photos_waiting: usize,
    /// Final outcomes of retained ops that are not plainly `applied`.
    outcomes: Vec<Outcome>,
    /// Records of this phone's user that were ruled about.
    ruled: Vec<View>,
}

#[derive(Debug, Serialize)]
struct Waiting {
    seq: u64,
    kind: String,
    record: uuid::Uuid,
    #[serde(rename = "do")]
    action: String,
}

pub(super) fn status(file: &PhoneFile, terminal: Terminal) -> Result<(), Failure> {
    let phone = file.look()?;
    let overview = Overview::of(&phone, Photos::of(file).waiting()?.len());
    terminal.answer(&overview, |out| {
        let Overview { server, user, status, waiting, photos_waiting, outcomes, ruled } = &overview;
        writeln!(out, "{} on {server}, device {}", styled(STRONG, user), status.device)?;
        let pending = format!("{} to synchronise", status.pending);
        let pending = styled(if status.pending > 0 { DOUBTFUL } else { GOOD }, &pending);
        writeln!(out, "{} ops recorded, {} acknowledged, {pending}", status.recorded, status.acknowledged)?;
        if status.forked {
            writeln!(out, "{} the next sync takes a new device", styled(BAD, "the log has parted from the server's:"))?;
        }
        if *photos_waiting > 0 {
            writeln!(out, "{}", styled(DOUBTFUL, &format!("{photos_waiting} photos to send")))?;
        }
        for op in waiting {
            writeln!(out, "  op {} {} {} {}", op.seq, op.kind, short(op.record), styled(FAINT, &op.action))?;
        }
        for outcome in outcomes {
            writeln!(out, "  op {} {}", outcome.seq, outcome_line(outcome))?;
        }
        if !ruled.is_empty() {
            writeln!(out, "\n{}", styled(STRONG, "ruled"))?;
        }
        for view in ruled {
            writeln!(out, "  {} {} {} {}", view.kind, short(view.id), summary(view), verdict(view))?;
            for reason in view.verdict.iter().flat_map(|verdict| &verdict.reasons) {
                let message = reason.message.replace('\n', " / ");
                writeln!(out, "    {} {}: {message}", reason.rule, reason.answer)?;
            }
        }
        Ok(())
    })
}

impl Overview {
    fn of(phone: &Phone, photos_waiting: usize) -> Self {
        let replica = &phone.replica;
        let waiting = replica.pending().map(|op| {
            let parsed = Op::parse(op.text).ok();
            let kind = parsed.as_ref().map(|parsed| parsed.kind.clone()).unwrap_or_default();
            let action = parsed.and_then(|parsed| serde_json::from_str::<Value>(&parsed.to_text()).ok());
            let action = action.and_then(|op| op["do"].as_object().cloned()).unwrap_or_default();
            let verbs = action.keys().cloned().collect::<Vec<_>>().join(", ");
            Waiting { seq: op.seq, kind, record: op.record, action: verbs }
        });
        let own = |view: &View| view.owner == Some(replica.user()) && view.verdict.is_some();
        Self {
            server: phone.account.server.clone(),
            user: format!("{} ({})", phone.account.user.name, phone.account.user.username),
            status: replica.status(),
            waiting: waiting.collect(),
            photos_waiting,
            outcomes: replica.outcomes().filter(|outcome| is_news(outcome)).cloned().collect(),
            ruled: replica.records().into_iter().filter(own).collect(),
        }
    }
}

fn is_news(outcome: &Outcome) -> bool {
    outcome.status != sync_core::exchange::Status::Applied
}

/// What `phone show` lists.
#[derive(Debug, Args)]
pub(super) struct ShowOptions {
    /// Only this kind, such as booking; or one record by the end of its id
    what: Option<String>,
}

pub(super) fn show(file: &PhoneFile, options: &ShowOptions, terminal: Terminal) -> Result<(), Failure> {
    let phone = file.look()?;
    let mut views = phone.replica.records();
    match options.what.as_deref() {
        None => {}
        Some(kind) if kinds::ALL.iter().any(|known| known.name == kind) => views.retain(|view| view.kind == kind),
        Some(text) => {
            let all: Vec<_> = kinds::ALL.iter().collect();
            let view = super::find::record(&phone.replica, &all, text)?;
            return terminal.answer(&view, |out| {
                let text = serde_json::to_string_pretty(&view)?;
                writeln!(out, "{text}")
            });
        }
    }
    views.sort_by(|a, b| (&a.kind, a.id).cmp(&(&b.kind, b.id)));
    terminal.answer(&views, |out| {
        if views.is_empty() {
            return writeln!(out, "{}", styled(FAINT, "nothing here yet"));
        }
        let mut rows = table(&["kind", "id", "what", "phase", "verdict", ""]);
        for view in &views {
            let waits = if view.pending.is_empty() { "" } else { "to synchronise" };
            let cells =
                [view.kind.clone(), short(view.id), summary(view), phase(view), verdict_word(view), waits.into()];
            rows.add_row(cells.map(Cell::new));
        }
        writeln!(out, "{rows}")
    })
}

fn phase(view: &View) -> String {
    let asked = view.asked.iter().map(|command| format!("{command}?"));
    std::iter::once(view.phase.clone()).chain(asked).collect::<Vec<_>>().join(" → ")
}

fn verdict(view: &View) -> String {
    let word = verdict_word(view);
    let style = match word.as_str() {
        "live" | "valid" | "approved" | "inside" => GOOD,
        "void" | "outside" => BAD,
        _ => DOUBTFUL,
    };
    styled(style, &word)
}

fn verdict_word(view: &View) -> String {
    view.verdict.as_ref().map(|verdict| verdict.outcome.clone()).unwrap_or_default()
}

/// The first values of a record, in the order in which its kind declares them.
fn summary(view: &View) -> String {
    let fields = kinds::find(&view.kind, view.v).map_or(&[][..], |kind| kind.fields);
    let shown = fields.iter().filter(|field| !field.sealed).filter_map(|field| match view.body.get(field.name)? {
        Value::String(text) if uuid::Uuid::try_parse(text).is_err() => Some(text.chars().take(40).collect::<String>()),
        Value::Number(number) => Some(format!("{} {number}", field.name)),
        _ => None,
    });
    shown.take(SHOWN_FIELDS).collect::<Vec<_>>().join(" · ")
}
