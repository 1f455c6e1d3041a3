//! What a unit of work has to load, gathered before the first lock is taken.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sync_core::op::{Action, Op};
use sync_core::time::Moment;
use uuid::Uuid;

use super::directory::Directory;
use crate::seal::phone::PhoneNumber;
use crate::store::Key;

/// Numbers by project, each with the name its customer is known by if it is new.
pub(super) type Phones = BTreeMap<(Uuid, PhoneNumber), String>;

/// What has to be loaded.
#[derive(Debug, Default)]
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
    pub(super) registrars: BTreeSet<(Uuid, Uuid)>,
    pub(super) bookers: BTreeSet<(Uuid, String)>,
    pub(super) posts: BTreeSet<(Uuid, String, Uuid)>,
    pub(super) cases: BTreeSet<Key>,
    pub(super) any_case: bool,
    pub(super) partner_days: BTreeSet<(Uuid, Uuid, String)>,
}

impl Need {
    /// A record to be read or changed.
    pub fn record(&mut self, key: Key) {
        self.keys.insert(key);
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

    /// An op to be judged. `day` gives the project's day of an instant.
    pub fn op(
        &mut self,
        op: &Op,
        phone: Option<&PhoneNumber>,
        author: Uuid,
        moment: &Moment,
        day: impl Fn(i64) -> String,
    ) {
        let project = op.project;
        self.record(Key { project, id: op.id });
        let Action::Set(fields) = &op.action else {
            if op.kind == "booking" {
                self.taken_back.insert(Key { project, id: op.id });
            }
            return;
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let subject = text("subject").and_then(|id| id.parse().ok()).unwrap_or(author);
        match op.kind.as_str() {
            "lead" => {
                if let Some(phone) = phone {
                    let name = text("name").unwrap_or_default().to_owned();
                    self.phones.insert((project, phone.clone()), name);
                    self.registrars.insert((project, author));
                }
            }
            "booking" => {
                self.digits.entry(project).or_default().extend(text("phone_masked").map(str::to_owned));
                self.bookers.insert((project, day(moment.latest)));
                let lead = text("lead").and_then(|id| id.parse().ok());
                self.keys.extend(lead.map(|id| Key { project, id }));
                self.named.extend(lead.map(|id| Key { project, id }));
            }
            "checkin" => {
                for at in [Some(moment.earliest), moment.claimed, Some(moment.latest)].into_iter().flatten() {
                    self.posts.insert((project, day(at), subject));
                }
            }
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
