//! In the field: attendance, visits, canvassing, outlets.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use sync_core::kinds;
use sync_core::op::Action;

use super::{Claim, Fields, Location, Say, named, person, tag};
use crate::cli::failure::{Exit, Failure};
use crate::cli::phone::find;
use crate::cli::phone::state::Phone;

/// A check-in.
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Checkin {
    /// What for
    #[arg(value_parser = ["on", "off", "break_start", "break_end", "spot"])]
    what: String,
    #[command(flatten)]
    location: Location,
    /// The post, by code or id
    #[arg(long)]
    post: Option<String>,
    /// Whose attendance, by name or id, when a lead takes it
    #[arg(long = "for", value_name = "PERSON")]
    subject: Option<String>,
    /// A remark
    #[arg(long)]
    note: Option<String>,
}

impl Say for Checkin {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let fields = Fields::default()
            .with("type", Some(self.what))
            .with("location", self.location.value())
            .with("post", named(phone, &kinds::POST, self.post.as_ref())?)
            .with("subject", person(phone, self.subject.as_ref())?)
            .with("note", self.note);
        Ok(Claim { kind: &kinds::CHECKIN, id: None, project: None, actions: vec![fields.set()] })
    }
}

/// A visit.
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Visit {
    /// What kind of visit; `outlet` and `customer` follow from --outlet and --lead
    #[arg(long = "type", value_name = "TYPE", value_parser = ["cold", "outlet", "customer"])]
    kind: Option<String>,
    /// The outlet, by name or id
    #[arg(long)]
    outlet: Option<String>,
    /// The customer's lead, by name or id
    #[arg(long)]
    lead: Option<String>,
    #[command(flatten)]
    location: Location,
    /// Where it was, in words
    #[arg(long)]
    place: Option<String>,
    /// How long it took
    #[arg(long, value_name = "N")]
    minutes: Option<i64>,
    /// What it was for
    #[arg(long)]
    purpose: Option<String>,
    /// What came of it
    #[arg(long)]
    result: Option<String>,
    /// What comes next
    #[arg(long)]
    next_step: Option<String>,
    /// The day of the next visit
    #[arg(long, value_name = "DAY")]
    next_visit_on: Option<NaiveDate>,
    /// Whether the displayed materials were checked (OV-8)
    #[arg(long, value_name = "BOOL")]
    materials_checked: Option<bool>,
    /// A tag; may be given several times
    #[arg(long = "tag")]
    tags: Vec<String>,
}

impl Say for Visit {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let follows = match (&self.outlet, &self.lead) {
            (Some(_), _) => "outlet",
            (None, Some(_)) => "customer",
            (None, None) => "cold",
        };
        let fields = Fields::default()
            .with("visit_type", Some(self.kind.unwrap_or_else(|| follows.to_owned())))
            .with("outlet", named(phone, &kinds::OUTLET, self.outlet.as_ref())?)
            .with("lead", named(phone, &kinds::LEAD, self.lead.as_ref())?)
            .with("location", self.location.value())
            .with("place", self.place)
            .with("minutes", self.minutes)
            .with("purpose", self.purpose)
            .with("result", self.result)
            .with("next_step", self.next_step)
            .with("next_visit_on", self.next_visit_on.map(|day| day.to_string()))
            .with("materials_checked", self.materials_checked);
        let actions = std::iter::once(fields.set()).chain(tag([("tags", self.tags)])).collect();
        Ok(Claim { kind: &kinds::VISIT, id: None, project: None, actions })
    }
}

/// Canvassing: a new stint, or more for the tally of one.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(in crate::cli::phone) struct Canvass {
    #[command(subcommand)]
    more: Option<More>,
    #[command(flatten)]
    stint: Stint,
}

#[derive(Debug, Subcommand)]
enum More {
    /// Add to the tally of a stint
    Add {
        /// The stint, by id; without one the newest of this phone's user
        stint: Option<String>,
        #[command(flatten)]
        tally: Tally,
    },
}

#[derive(Debug, Args)]
struct Stint {
    #[command(flatten)]
    location: Location,
    /// The post, by code or id
    #[arg(long)]
    post: Option<String>,
    /// Where it was, in words
    #[arg(long)]
    place: Option<String>,
    /// A remark
    #[arg(long)]
    note: Option<String>,
    #[command(flatten)]
    tally: Tally,
}

#[derive(Debug, Args)]
struct Tally {
    /// Flyers handed out; a negative number corrects
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    flyers: Option<i64>,
    /// People spoken to
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    contacts: Option<i64>,
    /// Of them interested
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    interested: Option<i64>,
    /// Of them brought to the site
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    brought: Option<i64>,
}

impl Tally {
    fn add(&self) -> Option<Action> {
        let counts = [
            ("flyers", self.flyers),
            ("contacts", self.contacts),
            ("interested", self.interested),
            ("brought", self.brought),
        ];
        let deltas: BTreeMap<_, _> =
            counts.into_iter().filter_map(|(name, count)| Some((name.to_owned(), count?))).collect();
        (!deltas.is_empty()).then_some(Action::Add(deltas))
    }
}

impl Say for Canvass {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let kind = &kinds::CANVASS;
        match self.more {
            Some(More::Add { stint, tally }) => {
                let stint = match stint {
                    Some(text) => find::record(&phone.replica, &[kind], &text)?,
                    None => newest(phone)?,
                };
                Ok(Claim {
                    kind,
                    id: Some(stint.id),
                    project: Some(stint.project),
                    actions: tally.add().into_iter().collect(),
                })
            }
            None => {
                let Stint { location, post, place, note, tally } = self.stint;
                let fields = Fields::default()
                    .with("location", location.value())
                    .with("post", named(phone, &kinds::POST, post.as_ref())?)
                    .with("place", place)
                    .with("note", note);
                let actions = std::iter::once(fields.set()).chain(tally.add()).collect();
                Ok(Claim { kind, id: None, project: None, actions })
            }
        }
    }
}

/// Ids begin with the time, so the greatest is the newest.
fn newest(phone: &Phone) -> Result<sync_core::replica::View, Failure> {
    let user = phone.replica.user();
    let own = phone
        .replica
        .records()
        .into_iter()
        .filter(|view| view.kind == kinds::CANVASS.name && view.owner.is_none_or(|owner| owner == user));
    own.max_by_key(|view| view.id).ok_or_else(|| {
        let remedy = "Begin one with `baobei phone canvass --place …`.";
        Failure::new(Exit::Mistakes, "this phone knows no canvassing stint").remedy(remedy)
    })
}

/// A new outlet.
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Outlet {
    /// Its name
    #[arg(long)]
    name: String,
    /// What it is: property, association, affiliate, broker, travel_agency, merchant, branch or other
    #[arg(long)]
    category: String,
    /// A to D
    #[arg(long)]
    grade: Option<String>,
    #[command(flatten)]
    location: Location,
    /// Its address
    #[arg(long)]
    address: Option<String>,
    /// Whom to ask for
    #[arg(long)]
    contact: Option<String>,
}

impl Say for Outlet {
    fn claim(self, _: &Phone) -> Result<Claim, Failure> {
        let fields = Fields::default()
            .with("name", Some(self.name))
            .with("category", Some(self.category))
            .with("grade", self.grade)
            .with("location", self.location.value())
            .with("address", self.address)
            .with("contact", self.contact);
        Ok(Claim { kind: &kinds::OUTLET, id: None, project: None, actions: vec![fields.set()] })
    }
}
