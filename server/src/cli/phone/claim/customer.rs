//! Customers: leads, follow-ups, bookings.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::json;
use sync_core::kinds;
use sync_core::op::Action;

use super::{Claim, Fields, Say, named, person, tag};
use crate::cli::failure::{Exit, Failure};
use crate::cli::phone::find;
use crate::cli::phone::state::Phone;
use crate::seal::phone::{PhoneNumber, Region};

/// A lead: a new one, or more about one.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(in crate::cli::phone) struct Lead {
    #[command(subcommand)]
    change: Option<Change>,
    #[command(flatten)]
    fields: LeadFields,
}

#[derive(Debug, Subcommand)]
enum Change {
    /// Change a lead
    Set {
        /// The lead, by name or id
        lead: String,
        #[command(flatten)]
        fields: LeadFields,
    },
}

#[derive(Debug, Args)]
struct LeadFields {
    /// The customer's name
    #[arg(long)]
    name: Option<String>,
    /// The customer's full number; it is sealed on the server and never sent back
    #[arg(long)]
    phone: Option<String>,
    /// The customer's masked number, when the full one is not known
    #[arg(long, value_name = "MASK")]
    phone_masked: Option<String>,
    /// The customer's WeChat name
    #[arg(long)]
    wechat: Option<String>,
    /// Where the customer comes from: canvass, visit, outlet, referral, walk_in or booking
    #[arg(long)]
    source: Option<String>,
    /// A to D
    #[arg(long)]
    intent: Option<String>,
    /// open, lost or invalid
    #[arg(long)]
    status: Option<String>,
    /// What the customer can pay
    #[arg(long)]
    budget: Option<String>,
    /// Where the customer looks
    #[arg(long)]
    area: Option<String>,
    /// What the customer looks for
    #[arg(long)]
    need: Option<String>,
    /// A remark
    #[arg(long)]
    note: Option<String>,
    /// The day of the next follow-up
    #[arg(long, value_name = "DAY")]
    next_follow_on: Option<NaiveDate>,
    /// A tag; may be given several times
    #[arg(long = "tag")]
    tags: Vec<String>,
}

impl Say for Lead {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let kind = &kinds::LEAD;
        let (id, project, fields) = match self.change {
            None => (None, None, self.fields),
            Some(Change::Set { lead, fields }) => {
                let lead = find::record(&phone.replica, &[kind], &lead)?;
                (Some(lead.id), Some(lead.project), fields)
            }
        };
        let set = Fields::default()
            .with("name", fields.name)
            .with("phone", fields.phone)
            .with("phone_masked", fields.phone_masked)
            .with("wechat", fields.wechat)
            .with("source", fields.source)
            .with("intent", fields.intent)
            .with("status", fields.status)
            .with("budget", fields.budget)
            .with("area", fields.area)
            .with("need", fields.need)
            .with("note", fields.note)
            .with("next_follow_on", fields.next_follow_on.map(|day| day.to_string()));
        // a new lead without fields is refused by the replica, which says what is missing
        let set = (id.is_none() || !set.is_empty()).then(|| set.set());
        Ok(Claim { kind, id, project, actions: set.into_iter().chain(tag([("tags", fields.tags)])).collect() })
    }
}

/// A follow-up.
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Followup {
    /// The lead, by name or id
    lead: String,
    /// How: call, visit, wechat or sms
    #[arg(long, default_value = "call")]
    channel: String,
    /// What was said
    #[arg(long)]
    summary: String,
    /// The day of the next one
    #[arg(long, value_name = "DAY")]
    next_on: Option<NaiveDate>,
}

impl Say for Followup {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let lead = find::id(&phone.replica, &[&kinds::LEAD], &self.lead)?;
        let project = phone.replica.view(lead).map(|view| view.project);
        let fields = Fields::default()
            .with("lead", Some(lead.to_string()))
            .with("channel", Some(self.channel))
            .with("summary", Some(self.summary))
            .with("next_on", self.next_on.map(|day| day.to_string()));
        Ok(Claim { kind: &kinds::FOLLOWUP, id: None, project, actions: vec![fields.set()] })
    }
}

/// A booking: "I will bring this customer".
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Book {
    /// The customer's name
    #[arg(long)]
    name: String,
    /// The customer's number, masked or full: a full one is masked before it is recorded (BK-5)
    #[arg(long)]
    phone: String,
    /// `booked` ahead of the arrival, or `brought` in person
    #[arg(long, default_value = "booked")]
    route: String,
    /// The customer's lead, by name or id
    #[arg(long)]
    lead: Option<String>,
    /// On whose behalf, by name or id
    #[arg(long = "for", value_name = "PERSON")]
    subject: Option<String>,
    /// The consultant who shall receive them, by name or id
    #[arg(long)]
    consultant: Option<String>,
    /// Where the customer looks
    #[arg(long)]
    area: Option<String>,
    /// When they will come, RFC 3339
    #[arg(long, value_name = "INSTANT")]
    expected_at: Option<String>,
    /// Somebody who comes along, NAME or NAME:NUMBER; may be given several times
    #[arg(long = "companion", value_name = "NAME[:NUMBER]")]
    companions: Vec<String>,
    /// A remark
    #[arg(long)]
    note: Option<String>,
}

impl Say for Book {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let companion = |text: &String| match text.split_once([':', '：']) {
            Some((name, number)) => Ok(json!({"name": name, "phone_masked": masked(number)?})),
            None => Ok(json!({"name": text})),
        };
        let companions = self.companions.iter().map(companion).collect::<Result<Vec<_>, Failure>>()?;
        let fields = Fields::default()
            .with("customer_name", Some(self.name))
            .with("phone_masked", Some(masked(&self.phone)?))
            .with("route", Some(self.route))
            .with("lead", named(phone, &kinds::LEAD, self.lead.as_ref())?)
            .with("subject", person(phone, self.subject.as_ref())?)
            .with("consultant", person(phone, self.consultant.as_ref())?)
            .with("area", self.area)
            .with("expected_at", self.expected_at)
            .with("companions", (!companions.is_empty()).then_some(companions))
            .with("note", self.note);
        Ok(Claim { kind: &kinds::BOOKING, id: None, project: None, actions: vec![fields.set()] })
    }
}

/// BK-5: a full number never leaves the phone in a booking.
fn masked(number: &str) -> Result<String, Failure> {
    if number.contains('*') {
        return Ok(number.to_owned());
    }
    PhoneNumber::parse(number, Region::CN).map(|number| number.masked()).map_err(|fault| {
        Failure::new(Exit::Mistakes, fault.to_string())
            .remedy("Write it as 13812345678, +852 9123 4567 or 138****5678.")
    })
}

/// Cancels a booking.
#[derive(Debug, Args)]
pub(in crate::cli::phone) struct Cancel {
    /// The booking, by the customer's name or id
    booking: String,
}

impl Say for Cancel {
    fn claim(self, phone: &Phone) -> Result<Claim, Failure> {
        let booking = find::record(&phone.replica, &[&kinds::BOOKING], &self.booking)?;
        let cancel = Action::Command { name: "cancel".to_owned(), args: serde_json::Map::new() };
        Ok(Claim { kind: &kinds::BOOKING, id: Some(booking.id), project: Some(booking.project), actions: vec![cancel] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bk_5_a_full_number_is_masked_before_it_is_recorded() {
        assert_eq!(masked("138 1234 5678").unwrap(), "138****5678");
        assert_eq!(masked("138****5678").unwrap(), "138****5678");
        assert_eq!(masked("+852 9123 4567").unwrap(), "+852 91****67");
        assert!(masked("王女士").is_err());
    }
}
