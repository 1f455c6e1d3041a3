//! Papers: daily logs, assignments, requests, and commands about any record.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use clap::{Args, Subcommand};
use serde_json::{Map, Value};
use sync_core::kind::Kind;
use sync_core::kinds;
use sync_core::op::Action;
use sync_core::replica::View;

use super::{Claim, Fields, Say, named, person};
use crate::cli::failure::{Exit, Failure};
use crate::cli::phone::state::Phone;
use crate::cli::phone::{clocks, find};

/// The daily log.
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Log {
    #[command(subcommand)]
    act: LogAct,
}

#[derive(Debug, Subcommand)]
enum LogAct {
    /// Write the log of a day, or write on
    Write {
        #[command(flatten)]
        day: Day,
        /// What was done
        #[arg(long)]
        items: Option<String>,
        /// How it goes
        #[arg(long)]
        progress: Option<String>,
        /// What went wrong
        #[arg(long)]
        problems: Option<String>,
        /// What could be better
        #[arg(long)]
        suggestions: Option<String>,
        /// What came of it
        #[arg(long)]
        results: Option<String>,
        /// What comes tomorrow
        #[arg(long)]
        plan_tomorrow: Option<String>,
    },
    /// Hand the log of a day in
    Submit {
        #[command(flatten)]
        day: Day,
    },
    /// Take a submitted log back
    Withdraw {
        #[command(flatten)]
        day: Day,
    },
}

/// A day.
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Day {
    /// The day; without one today, in the project's time zone
    #[arg(long)]
    day: Option<NaiveDate>,
}

/// The time zone of the person's main project.
fn zone(phone: &Phone) -> Option<Tz> {
    let project = phone.account.user.project.and_then(|project| phone.replica.view(project))?;
    project.body.get("timezone")?.as_str()?.parse().ok()
}

/// The project's day on which a record was made; one that the server does not have yet was made today.
pub(in crate::cli::phone) fn day_of(phone: &Phone, view: &View) -> Option<NaiveDate> {
    let made = view.created.map_or_else(clocks::wall_ms, |created| created.by_claim().latest);
    Some(DateTime::from_timestamp_millis(made)?.with_timezone(&zone(phone)?).date_naive())
}

impl Day {
    pub(in crate::cli::phone) fn of(&self, phone: &Phone) -> Result<NaiveDate, Failure> {
        if let Some(day) = self.day {
            return Ok(day);
        }
        let zone = zone(phone).ok_or_else(|| {
            let remedy = "Name the day with --day, or run `baobei phone sync` once.";
            Failure::new(Exit::Mistakes, "this phone does not know the project's time zone yet").remedy(remedy)
        })?;
        let now = DateTime::from_timestamp_millis(clocks::wall_ms()).unwrap_or_default();
        Ok(now.with_timezone(&zone).date_naive())
    }
}

impl Say for Log {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let (day, action) = match self.act {
            LogAct::Write { day, items, progress, problems, suggestions, results, plan_tomorrow } => {
                let day = day.of(phone)?;
                let known = phone.replica.view(kinds::daily_log_id(phone.replica.user(), day)).is_some();
                let fields = Fields::default()
                    .with("day", (!known).then(|| day.to_string()))
                    .with("items", items)
                    .with("progress", progress)
                    .with("problems", problems)
                    .with("suggestions", suggestions)
                    .with("results", results)
                    .with("plan_tomorrow", plan_tomorrow);
                (day, fields.set())
            }
            LogAct::Submit { day } => (day.of(phone)?, command("submit", Map::new())),
            LogAct::Withdraw { day } => (day.of(phone)?, command("withdraw", Map::new())),
        };
        let id = kinds::daily_log_id(phone.replica.user(), day);
        let project = phone.replica.view(id).map(|view| view.project);
        Ok(Claim { kind: &kinds::DAILY_LOG, id: Some(id), project, actions: vec![action] })
    }
}

/// Who stands where: given out by a lead.
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Assign {
    /// Who, by name or id
    person: String,
    /// The post, by code or id
    #[arg(long)]
    post: String,
    #[command(flatten)]
    day: Day,
    /// What to do there
    #[arg(long)]
    duty: Option<String>,
    /// A remark
    #[arg(long)]
    note: Option<String>,
}

impl Say for Assign {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let fields = Fields::default()
            .with("day", Some(self.day.of(phone)?.to_string()))
            .with("subject", person(phone, Some(&self.person))?)
            .with("post", named(phone, &kinds::POST, Some(&self.post))?)
            .with("duty", self.duty)
            .with("note", self.note);
        Ok(Claim { kind: &kinds::ASSIGNMENT, id: None, project: None, actions: vec![fields.set()] })
    }
}

/// A request to the lead.
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Request {
    /// missed_check, wrong_check, leave or swap
    want: String,
    /// Why
    #[arg(long)]
    reason: String,
    /// The check-in it is about, by id
    #[arg(long)]
    about: Option<String>,
    /// Whom to change places with, by name or id
    #[arg(long, conflicts_with = "about")]
    with: Option<String>,
    /// The type of the check that was missed: on, off, break_start or break_end
    #[arg(long = "type", value_name = "TYPE")]
    check: Option<String>,
    /// When the missed check would have been, RFC 3339
    #[arg(long, value_name = "INSTANT")]
    at: Option<String>,
    /// Beginning of the leave, or a time of the first day of the swap, RFC 3339
    #[arg(long, value_name = "INSTANT")]
    from: Option<String>,
    /// End of the leave, or a time of the second day of the swap, RFC 3339
    #[arg(long, value_name = "INSTANT")]
    until: Option<String>,
}

impl Say for Request {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let colleague = self.with.as_ref().map(|with| person(phone, Some(with))).transpose()?.flatten();
        let fields = Fields::default()
            .with("want", Some(self.want))
            .with("reason", Some(self.reason))
            .with("about", colleague.or(named(phone, &kinds::CHECKIN, self.about.as_ref())?))
            .with("type", self.check)
            .with("at", self.at)
            .with("from", self.from)
            .with("until", self.until);
        Ok(Claim { kind: &kinds::REQUEST, id: None, project: None, actions: vec![fields.set()] })
    }
}

/// Asks for a ruling about a record.
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Ask {
    /// The record, by the end of its id
    record: String,
    /// The command, such as witness, withdraw, approve, return, decline or read
    command: String,
    /// Its arguments, such as reason=… or version=3
    #[arg(value_name = "NAME=VALUE", value_parser = argument)]
    args: Vec<(String, Value)>,
}

impl Say for Ask {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let commanded: Vec<&'static Kind> = kinds::ALL.iter().filter(|kind| !kind.commands.is_empty()).collect();
        let view = find::record(&phone.replica, &commanded, &self.record)?;
        let kind = commanded.into_iter().find(|kind| kind.name == view.kind);
        let known = kind.filter(|kind| kind.command(&self.command).is_some());
        let kind = known.ok_or_else(|| {
            let commands: Vec<_> =
                kind.into_iter().flat_map(|kind| kind.commands).map(|command| command.name).collect();
            let message = format!("a {} knows no command \"{}\"", view.kind, self.command);
            Failure::new(Exit::Mistakes, message).remedy(format!("Use {}.", commands.join(", ")))
        })?;
        let mut args: BTreeMap<_, _> = self.args.into_iter().collect();
        if kind.command(&self.command).is_some_and(|command| command.args.iter().any(|arg| arg.name == "version")) {
            // the version the person looked at is the one on the phone
            args.entry("version".to_owned()).or_insert_with(|| view.version.into());
        }
        let action = command(&self.command, args.into_iter().collect());
        Ok(Claim { kind, id: Some(view.id), project: Some(view.project), actions: vec![action] })
    }
}

/// Deletes a record on its own day.
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Delete {
    /// The record, by the end of its id
    record: String,
}

impl Say for Delete {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let all: Vec<&'static Kind> = kinds::ALL.iter().collect();
        let view = find::record(&phone.replica, &all, &self.record)?;
        let kind = kinds::find(&view.kind, view.v).ok_or_else(|| {
            Failure::new(Exit::Mistakes, format!("this program does not know the kind {}", view.kind))
        })?;
        Ok(Claim { kind, id: Some(view.id), project: Some(view.project), actions: vec![Action::Delete] })
    }
}

fn command(name: &str, args: Map<String, Value>) -> Action {
    Action::Command { name: name.to_owned(), args }
}

/// `name=value`, where the value is a whole number or else a text.
fn argument(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    let value = match value.parse::<i64>() {
        Ok(number) => number.into(),
        Err(_) => value.into(),
    };
    Ok((name.to_owned(), value))
}
