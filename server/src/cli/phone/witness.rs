//! `baobei phone witness --post …`: the attendance of a whole post, taken without a signal, as one group of ops (AT-8, AT-10).

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sync_core::kinds;
use sync_core::op::Action;
use sync_core::replica::{Draft, View};
use uuid::Uuid;

use super::claim::paper::{Day, day_of};
use super::claim::{Location, refused};
use super::state::{Phone, PhoneFile};
use super::{clocks, find};
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::{GOOD, Terminal, styled};
use crate::random::Random;

/// What is witnessed.
#[derive(Debug, Args)]
pub(super) struct Witness {
    /// What for
    #[arg(value_parser = ["on", "off"], default_value = "on")]
    what: String,
    /// The post, by code or id
    #[arg(long)]
    post: String,
    #[command(flatten)]
    day: Day,
    #[command(flatten)]
    location: Location,
}

/// What was recorded.
#[derive(Debug, Serialize)]
struct Witnessed {
    /// Check-ins of their own that were confirmed.
    confirmed: usize,
    /// People without one, for whom one was recorded.
    recorded: usize,
    /// Ops that wait to be synchronised, these included.
    pending: usize,
}

/// Confirms the check-ins that the phone knows of everybody it knows on the post, and records one for the others.
///
/// # Errors
/// When nobody is on the post that day, and what the server would reject.
pub(super) fn run(file: &PhoneFile, options: &Witness, terminal: Terminal) -> Result<(), Failure> {
    let witnessed = file.change(|phone| witness(phone, options))?;
    terminal.answer(&witnessed, |out| {
        let Witnessed { confirmed, recorded, pending } = &witnessed;
        writeln!(
            out,
            "{} {confirmed} confirmed, {recorded} recorded ({pending} to synchronise)",
            styled(GOOD, "witnessed")
        )
    })
}

fn witness(phone: &mut Phone, options: &Witness) -> Result<Witnessed, Failure> {
    let post = find::id(&phone.replica, &[&kinds::POST], &options.post)?;
    let day = options.day.of(phone)?.to_string();
    let views = phone.replica.records();
    let id = |view: &View, field: &str| {
        view.body.get(field).and_then(Value::as_str).and_then(|text| text.parse::<Uuid>().ok())
    };
    let text = |view: &View, field: &str| view.body.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let given = views.iter().filter(|view| view.kind == kinds::ASSIGNMENT.name && id(view, "post") == Some(post));
    let given: Vec<&View> = given.filter(|view| text(view, "day") == day).collect();
    let people: BTreeSet<Uuid> =
        given.iter().filter_map(|view| id(view, "subject")).filter(|who| *who != phone.replica.user()).collect();
    let Some(project) = given.first().map(|view| view.project) else {
        let remedy = "Give the post out with `baobei phone assign`, or run `baobei phone sync` once.";
        return Err(Failure::new(Exit::Mistakes, "this phone knows nobody on that post that day").remedy(remedy));
    };
    let (tick, random) = (clocks::read(), Random::system());
    let (mut drafts, mut confirmed) = (Vec::new(), 0);
    for person in people {
        let is_own = |view: &&View| {
            view.kind == kinds::CHECKIN.name
                && view.owner == Some(person)
                && text(view, "type") == options.what
                && view.phase == kinds::CHECKIN.phases[0]
                && day_of(phone, view).is_some_and(|made| made.to_string() == day)
        };
        let own: Vec<&View> = views.iter().filter(is_own).collect();
        for view in &own {
            let action = Action::Command { name: "witness".to_owned(), args: Map::new() };
            drafts.push(Draft::new(&kinds::CHECKIN, view.id, project, action));
        }
        confirmed += own.len();
        if own.is_empty() {
            let mut fields = Map::from_iter([
                ("type".to_owned(), json!(options.what)),
                ("subject".to_owned(), json!(person)),
                ("post".to_owned(), json!(post)),
            ]);
            fields.extend(options.location.value().map(|value| ("location".to_owned(), value)));
            drafts.push(Draft::new(&kinds::CHECKIN, random.id(clocks::wall_ms()), project, Action::Set(fields)));
        }
    }
    let recorded = drafts.len() - confirmed;
    match drafts.pop() {
        None => {
            return Err(
                Failure::new(Exit::Mistakes, "nobody else is on that post that day").remedy("Name another post.")
            );
        }
        Some(only) if drafts.is_empty() => {
            phone.replica.record(only, &tick).map_err(|fault| refused(&fault))?;
        }
        Some(last) => {
            drafts.push(last);
            let group = phone.replica.record_group(random.opaque_id(), drafts, &tick);
            group.map_err(|fault| refused(&fault.fault))?;
        }
    }
    Ok(Witnessed { confirmed, recorded, pending: phone.replica.status().pending })
}
