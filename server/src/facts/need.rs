//! What a unit of work has to load, gathered before the first lock is taken.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::Value;
use sync_core::op::{Action, Op};
use sync_core::people::Employment;
use sync_core::time::Moment;
use uuid::Uuid;

use super::claims::id_of;
use super::directory::Directory;
use super::duty::{DutyDay, duty_key, request_row, untrained_key};
use super::holding::party;
use super::spot_checks::missed_key;
use crate::seal::phone::PhoneNumber;
use crate::store::Key;
use crate::store::requests::RequestRow;

/// Numbers by project, each with the name its customer is known by if it is new.
pub(super) type Phones = BTreeMap<(Uuid, PhoneNumber), String>;

/// What has to be loaded.
#[derive(Debug, Clone, Default)]
pub struct Need {
    pub(super) keys: BTreeSet<Key>,
    pub(super) phones: Phones,
    pub(super) customers: BTreeSet<Key>,
    pub(super) presented: BTreeSet<Uuid>,
    /// Leads that bookings name, and bookings that are taken back: the customers behind them are locked (BK-12).
    pub(super) named: BTreeSet<Key>,
    pub(super) taken_back: BTreeSet<Key>,
    pub(super) acquainted: BTreeSet<Uuid>,
    pub(super) digits: BTreeMap<Uuid, BTreeSet<String>>,
    /// Whose numbers of a day are counted (PR-2): project, day and person, twice.
    pub(super) registrars: BTreeSet<(Uuid, NaiveDate, Uuid, Uuid)>,
    /// Whose bookings of a day are counted (BK-8): project, day, person and holder.
    pub(super) bookers: BTreeSet<(Uuid, NaiveDate, Uuid, Uuid)>,
    pub(super) posts: BTreeSet<DutyDay>,
    /// Person-days whose check-ins are judged again.
    pub(super) judged_again: BTreeSet<DutyDay>,
    /// Assignments and requests that are taken back or answered, and requests that are made: what they bear on is read before the locks.
    pub(super) duties: BTreeSet<Key>,
    pub(super) requests: Vec<RequestRow>,
    /// Spot checks, and persons whose spot checks a check-in may answer.
    pub(super) spot_checks: BTreeSet<Key>,
    pub(super) spotted: BTreeSet<(Uuid, Uuid)>,
    /// What rosters say about persons and days.
    pub(super) plans: BTreeSet<(Uuid, Uuid, NaiveDate)>,
    /// Logs that are about to be read: their days are counted (WL-16).
    pub(super) read_logs: BTreeSet<Key>,
    pub(super) cases: BTreeSet<Key>,
    pub(super) any_case: bool,
    pub(super) partner_days: BTreeSet<(Uuid, Uuid, String)>,
    /// Visits to be judged again, outlets that are visited on some days, and outlets whose cards change.
    pub(super) visits: BTreeSet<Key>,
    pub(super) visited: BTreeSet<(Key, String)>,
    pub(super) cards: BTreeSet<Key>,
    /// Outlets whose visits become another's: on which days, is found out under their locks.
    pub(super) merged: BTreeSet<(Key, Key)>,
}

impl Need {
    /// A record to be read or changed.
    pub fn record(&mut self, key: Key) {
        self.keys.insert(key);
    }

    /// A daily log to be read by its lead.
    pub fn read_log(&mut self, key: Key) {
        self.record(key);
        self.read_logs.insert(key);
    }

    /// A customer to be found, or registered, by number.
    pub fn phone(&mut self, project: Uuid, phone: &PhoneNumber, name: &str) {
        self.phones.insert((project, phone.clone()), name.to_owned());
        self.digits.entry(project).or_default().insert(phone.masked());
    }

    /// A known customer, to be locked.
    pub fn customer(&mut self, key: Key) {
        self.customers.insert(key);
    }

    /// The leads on the numbers of all customers in sight of a project.
    pub fn leads_of_customers(&mut self, project: Uuid) {
        self.acquainted.insert(project);
    }

    /// Somebody who has arrived: found, or registered, by number, with the bookings that may speak for them locked.
    pub fn visitor(&mut self, project: Uuid, phone: &PhoneNumber) {
        self.phone(project, phone, "");
        self.presented.insert(project);
        self.any_case();
    }

    /// The cases that stand about the customers that are locked (DS-4).
    pub fn any_case(&mut self) {
        self.any_case = true;
    }

    /// A case to be read or changed; its customer is asked for, too.
    pub fn case(&mut self, key: Key) {
        self.cases.insert(key);
        self.any_case();
    }

    /// What a partner's bookings of a project's day came to (BK-9).
    pub fn partner_day(&mut self, project: Uuid, partner: Uuid, day: String) {
        self.partner_days.insert((project, partner, day));
    }

    /// The posts given out to somebody on a project's day.
    pub fn posts_of(&mut self, project: Uuid, day: String, subject: Uuid) {
        self.posts.insert((project, day, subject));
    }

    /// The check-ins of somebody's day, to be judged again.
    pub fn judge_again(&mut self, project: Uuid, day: &str, subject: Uuid) {
        self.record(duty_key(project, subject, day));
        self.judged_again.insert((project, day.to_owned(), subject));
    }

    /// A request to be answered: what it bears on is asked for, too.
    pub fn request(&mut self, key: Key) {
        self.record(key);
        self.duties.insert(key);
    }

    /// A spot check, and the notice that it was not answered.
    pub fn spot_check(&mut self, key: Key) {
        self.record(key);
        self.record(missed_key(key));
        self.spot_checks.insert(key);
    }

    /// Whether something is to be found out before the locks are taken.
    pub(super) fn has_duties(&self) -> bool {
        !self.duties.is_empty()
            || !self.requests.is_empty()
            || !self.spotted.is_empty()
            || !self.judged_again.is_empty()
    }

    /// A visit to be judged again, with those of the same outlet and day (OV-5).
    pub fn visit(&mut self, key: Key) {
        self.record(key);
        self.visits.insert(key);
    }

    /// The card of an outlet, and the one that took its place (OV-2).
    pub fn card(&mut self, key: Key) {
        self.record(key);
        self.cards.insert(key);
    }

    /// All visits to an outlet on some days (OV-5).
    pub fn visits_of(&mut self, outlet: Key, days: impl IntoIterator<Item = String>) {
        self.visited.extend(days.into_iter().map(|day| (outlet, day)));
    }

    /// The visits to an outlet, and those to another one on the same days, to be judged as visits to one (OV-2).
    pub fn visits_together(&mut self, from: Key, into: Key) {
        self.card(from);
        self.card(into);
        self.merged.insert((from, into));
    }

    /// An op to be judged.
    pub fn op(&mut self, op: &Op, phone: Option<&PhoneNumber>, author: Uuid, moment: &Moment, directory: &Directory) {
        let project = op.project;
        let date = |at| directory.zone(project).day_of(at);
        let day = |at| date(at).to_string();
        self.record(Key { project, id: op.id });
        match op.kind.as_str() {
            "outlet" => self.card(Key { project, id: op.id }),
            // whatever is said about it, it is judged again
            "visit" => self.visit(Key { project, id: op.id }),
            _ => {}
        }
        let Action::Set(fields) = &op.action else {
            match (op.kind.as_str(), &op.action) {
                ("booking", _) => drop(self.taken_back.insert(Key { project, id: op.id })),
                ("assignment" | "request", _) => drop(self.duties.insert(Key { project, id: op.id })),
                ("daily_log", Action::Command { name, .. }) if name == "approve" => {
                    self.read_logs.insert(Key { project, id: op.id });
                }
                _ => {}
            }
            return;
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let subject = text("subject").and_then(|id| id.parse().ok()).unwrap_or(author);
        let is_liaison = directory.people.get(&subject).is_some_and(|p| p.employment == Some(Employment::Liaison));
        if is_liaison && ["checkin", "booking"].contains(&op.kind.as_str()) {
            self.record(untrained_key(project, subject, &day(moment.latest)));
        }
        match op.kind.as_str() {
            "lead" => {
                if let Some(phone) = phone {
                    let name = text("name").unwrap_or_default().to_owned();
                    self.phones.insert((project, phone.clone()), name);
                    self.registrars.insert((project, date(moment.latest), author, author));
                }
            }
            "booking" => {
                self.digits.entry(project).or_default().extend(text("phone_masked").map(str::to_owned));
                let holder = id_of(party(directory, subject).holder());
                self.bookers.insert((project, date(moment.latest), author, holder));
                let lead = text("lead").and_then(|id| id.parse().ok());
                self.keys.extend(lead.map(|id| Key { project, id }));
                self.named.extend(lead.map(|id| Key { project, id }));
            }
            "visit" => {
                if let Some(outlet) = text("outlet").and_then(|id| id.parse().ok()) {
                    let days = [Some(moment.earliest), moment.claimed, Some(moment.latest)];
                    self.visits_of(Key { project, id: outlet }, days.into_iter().flatten().map(day));
                }
            }
            "checkin" => {
                if text("type") == Some("spot") {
                    self.spotted.insert((project, subject));
                }
                for at in [Some(moment.earliest), moment.claimed, Some(moment.latest)].into_iter().flatten() {
                    self.record(duty_key(project, subject, &day(at)));
                    self.posts.insert((project, day(at), subject));
                }
            }
            "assignment" => {
                if let Some(day) = text("day").filter(|day| day.parse::<NaiveDate>().is_ok()) {
                    self.judge_again(project, day, subject);
                }
            }
            "request" => self.requests.extend(request_row(Key { project, id: op.id }, author, fields, directory)),
            _ => {}
        }
    }

    /// The project, where everything is on one.
    pub fn only_project(&self) -> Option<Uuid> {
        let projects = self.projects();
        projects.first().copied().filter(|_| projects.len() == 1)
    }

    pub(super) fn projects(&self) -> BTreeSet<Uuid> {
        let keys = self.keys.iter().chain(&self.customers).map(|key| key.project);
        keys.chain(self.digits.keys().copied()).collect()
    }
}

/// The number that an op claims for a lead; `None` when it claims none or it is not possible.
pub fn phone_of(op: &Op, directory: &Directory) -> Option<PhoneNumber> {
    let Action::Set(fields) = &op.action else { return None };
    let number = fields.get("phone").and_then(Value::as_str).filter(|_| op.kind == "lead")?;
    PhoneNumber::parse(number, directory.region(op.project)).ok()
}
