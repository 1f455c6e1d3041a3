//! What a person records, as commands: each turns its flags into the actions of one record.

pub(super) mod customer;
pub(super) mod field;
pub(super) mod paper;

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};
use sync_core::kind::Kind;
use sync_core::op::Action;
use sync_core::replica::{Draft, RecordFault};
use uuid::Uuid;

use super::find::{self, short};
use super::state::{Phone, PhoneFile};
use super::{clocks, find as finding};
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::{FAINT, GOOD, Terminal, styled};
use crate::random::Random;

/// What a command says about one record.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) kind: &'static Kind,
    /// The record; none for a new one.
    pub(super) id: Option<Uuid>,
    /// The record's project, when it is known.
    pub(super) project: Option<Uuid>,
    /// Recorded together, with one fate.
    pub(super) actions: Vec<Action>,
}

/// Something that can be said on a phone.
pub(super) trait Say {
    /// What it says about which record; `phone` is only looked at.
    ///
    /// # Errors
    /// When it names a record the phone does not know.
    fn claim(self, phone: &Phone) -> Result<Claim, Failure>;
}

/// What was recorded.
#[derive(Debug, Serialize)]
struct Recorded {
    kind: &'static str,
    record: Uuid,
    /// Places in the phone's log.
    ops: Vec<u64>,
    /// Ops that wait to be synchronised, these included.
    pending: usize,
}

/// Records what a command says; works without a signal.
///
/// # Errors
/// What the server would reject is refused here, with the server's words.
pub(super) fn record(
    file: &PhoneFile,
    said: impl Say,
    project: Option<&str>,
    terminal: Terminal,
) -> Result<(), Failure> {
    let recorded = file.change(|phone| {
        let claim = said.claim(phone)?;
        let project = match (project, claim.project) {
            (Some(text), _) => finding::id(&phone.replica, &[&sync_core::kinds::PROJECT], text)?,
            (None, Some(project)) => project,
            (None, None) => phone.main_project()?,
        };
        put(phone, claim, project)
    })?;
    terminal.answer(&recorded, |out| {
        let Recorded { kind, record, ops, pending } = &recorded;
        let ops = ops.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
        let waiting = styled(FAINT, &format!("(op {ops}; {pending} to synchronise)"));
        writeln!(out, "{} {kind} {} {waiting}", styled(GOOD, "recorded"), short(*record))
    })
}

fn put(phone: &mut Phone, claim: Claim, project: Uuid) -> Result<Recorded, Failure> {
    let (tick, random) = (clocks::read(), Random::system());
    let record = claim.id.unwrap_or_else(|| random.id(clocks::wall_ms()));
    let draft = |action| {
        let sealed = matches!(&action, Action::Set(fields) if seals(claim.kind, fields));
        let draft = Draft::new(claim.kind, record, project, action);
        if sealed { draft.with_salt(random.bytes()) } else { draft }
    };
    let mut drafts: Vec<_> = claim.actions.into_iter().map(draft).collect();
    let ops = match (drafts.pop(), drafts.is_empty()) {
        (None, _) => return Err(Failure::new(Exit::Mistakes, "nothing to record").remedy("Say what: see --help.")),
        (Some(only), true) => vec![phone.replica.record(only, &tick).map_err(|fault| refused(&fault))?],
        (Some(last), false) => {
            drafts.push(last);
            let group = phone.replica.record_group(random.opaque_id(), drafts, &tick);
            group.map_err(|fault| refused(&fault.fault))?.collect()
        }
    };
    Ok(Recorded { kind: claim.kind.name, record, ops, pending: phone.replica.status().pending })
}

/// An op that would be rejected is not recorded.
pub(super) fn refused(fault: &RecordFault) -> Failure {
    let rule = fault.rule().map(|rule| format!(" ({rule})")).unwrap_or_default();
    Failure::new(Exit::Mistakes, format!("{fault}{rule}"))
        .remedy("Nothing was recorded; correct it and record it again.")
        .details(json!({"code": fault.code(), "rule": fault.rule()}))
}

pub(super) fn seals(kind: &Kind, fields: &Map<String, Value>) -> bool {
    fields.iter().any(|(name, value)| !value.is_null() && kind.field(name).is_some_and(|field| field.sealed))
}

impl Phone {
    /// The project that is meant when none is named.
    fn main_project(&self) -> Result<Uuid, Failure> {
        self.account.user.project.ok_or_else(|| {
            Failure::new(Exit::Mistakes, "this person has no main project").remedy("Name one with --project.")
        })
    }
}

/// Fields that were given.
#[derive(Debug, Default)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn with(mut self, name: &str, value: Option<impl Into<Value>>) -> Self {
        self.0.extend(value.map(|value| (name.to_owned(), value.into())));
        self
    }

    pub(super) fn set(self) -> Action {
        Action::Set(self.0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The action that adds elements to sets, unless there are none.
pub(super) fn tag(sets: [(&str, Vec<String>); 1]) -> Option<Action> {
    let sets: BTreeMap<_, _> = sets.into_iter().filter(|(_, elements)| !elements.is_empty()).collect();
    let sets: BTreeMap<_, _> = sets.into_iter().map(|(name, elements)| (name.to_owned(), elements)).collect();
    (!sets.is_empty()).then_some(Action::Tag(sets))
}

/// Where the phone was.
#[derive(Debug, Args)]
#[group(id = "location", multiple = true)]
pub(super) struct Location {
    /// Degrees north
    #[arg(long, requires = "lng", allow_negative_numbers = true)]
    lat: Option<f64>,
    /// Degrees east
    #[arg(long, requires = "lat", allow_negative_numbers = true)]
    lng: Option<f64>,
    /// How far off it may be, in metres
    #[arg(long, value_name = "M", default_value_t = 15.0, requires = "lat")]
    accuracy: f64,
    /// The phone says that the location is not real
    #[arg(long, requires = "lat")]
    mocked: bool,
    /// What the degrees refer to: Chinese maps deliver gcj02
    #[arg(long, requires = "lat", value_parser = ["wgs84", "gcj02", "bd09"])]
    datum: Option<String>,
}

impl Location {
    pub(super) fn value(&self) -> Option<Value> {
        let (lat, lng) = self.lat.zip(self.lng)?;
        let mut value = json!({"lat": lat, "lng": lng, "accuracy_m": self.accuracy, "mocked": self.mocked});
        if let (Some(datum), Some(value)) = (&self.datum, value.as_object_mut()) {
            value.insert("datum".to_owned(), datum.as_str().into());
        }
        Some(value)
    }
}

/// The id behind a text that may name a record of this kind.
pub(super) fn named(phone: &Phone, kind: &Kind, text: Option<&String>) -> Result<Option<String>, Failure> {
    text.map(|text| find::id(&phone.replica, &[kind], text).map(|id| id.to_string())).transpose()
}

/// The id of a person, named by name or id.
pub(super) fn person(phone: &Phone, text: Option<&String>) -> Result<Option<String>, Failure> {
    let Some(member) = named(phone, &sync_core::kinds::MEMBER, text)? else { return Ok(None) };
    let known = member.parse().ok().and_then(|id| phone.replica.view(id));
    let user = known.and_then(|view| view.body.get("user").and_then(Value::as_str).map(str::to_owned));
    Ok(Some(user.unwrap_or(member)))
}
