//! What is corrected, checked.

use std::collections::BTreeSet;

use api_spec::desk::{Correction, Route as WireRoute};
use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::app::open_sheet::entry::{COMPANIONS_MAX, Named, bounded, brought_by, name, phone, route};
use crate::app::reason::reason;
use crate::error::AppError;
use crate::facts::Facts;
use crate::facts::arrivals::{Visit, Visitor};
use crate::facts::directory::Directory;
use crate::facts::holding::{agent, party};
use crate::facts::sheets::{BroughtBy, SheetBody};
use crate::rules::arrival::Route;
use crate::rules::calendar::Zone;
use crate::rules::party::Party;
use crate::seal::phone::PhoneNumber;
use crate::store::Key;
use crate::store::confirmations::Confirmation;

/// A correction whose parts are right, each on its own.
pub(super) struct Request {
    name: Option<String>,
    phone: Option<PhoneNumber>,
    companions: Option<Vec<Named>>,
    pub(super) route: Route,
    pub(super) brought_by: Option<BroughtBy>,
    pub(super) bringer: Option<Party>,
    arrived_at: Option<i64>,
    pub(super) reason: String,
}

impl Request {
    /// # Errors
    /// `validation`, which names every mistake at once but for the reason's.
    pub(super) fn read(
        directory: &Directory,
        row: &Confirmation,
        body: &SheetBody,
        correction: &Correction,
    ) -> Result<Self, Problem> {
        let project = row.project;
        let region = directory.region(project);
        let reason = reason(&correction.reason, region)?;
        let mut mistakes = Vec::new();
        let customer = correction.customer.as_ref();
        let named = customer.and_then(|typed| typed.name.as_deref());
        let name = named.and_then(|text| name(text, region, "/customer/name".to_owned(), &mut mistakes));
        let number = customer.and_then(|typed| typed.phone.as_ref());
        let phone = number.and_then(|text| phone(text, region, "/customer/phone".to_owned(), &mut mistakes));
        let typed = correction.companions.as_deref();
        if typed.is_some_and(|typed| typed.len() > COMPANIONS_MAX) {
            mistakes.push(("/companions".to_owned(), Text::new("must be at most 5", "最多 5 名")));
        }
        let mut companions = typed.map(|_| Vec::new());
        for (index, each) in typed.into_iter().flatten().enumerate() {
            let named = Named::read(each, region, format!("/companions/{index}"), &mut mistakes);
            if let Some(list) = &mut companions {
                list.extend(named);
            }
        }
        let old_route = row.route.parse().unwrap_or(Route::Booked);
        let route = correction.route.map_or(old_route, route);
        let brought_by = match &correction.brought_by {
            Some(by) => brought_by(directory, project, by, region, &mut mistakes),
            None if correction.route.is_none_or(|route| route == WireRoute::Brought) => body.brought_by.clone(),
            None => None,
        };
        if route == Route::Brought && brought_by.is_none() && mistakes.is_empty() {
            let text = Text::new("say who brought the customer", "请填写带访人");
            mistakes.push(("/brought_by".to_owned(), text));
        }
        if !mistakes.is_empty() {
            let problem = Problem::new(Code::Validation);
            return Err(mistakes.into_iter().fold(problem, |problem, (pointer, text)| problem.at(pointer, text)));
        }
        let bringer = brought_by.as_ref().map(|by| match by {
            BroughtBy::User(user) => party(directory, *user),
            BroughtBy::Agent { partner, .. } => agent(directory, *partner),
        });
        let arrived_at = correction.arrived_at.map(|at| at.0);
        Ok(Self { name, phone, companions, route, brought_by, bringer, arrived_at, reason })
    }

    /// The numbers typed in.
    pub(super) fn phones(&self) -> impl Iterator<Item = &PhoneNumber> {
        self.phone.iter().chain(self.companions.iter().flatten().map(|each| &each.phone))
    }

    /// The masks of everybody on the corrected sheet, and of those on it before.
    pub(super) fn masks(&self, body: &SheetBody) -> Vec<String> {
        let before = std::iter::once(&body.phone_masked).chain(body.companions.iter().map(|each| &each.phone_masked));
        let masks: BTreeSet<String> = before.cloned().chain(self.phones().map(PhoneNumber::masked)).collect();
        masks.into_iter().collect()
    }

    /// Everybody on the corrected sheet, the customer first.
    ///
    /// # Errors
    /// `validation` when somebody is on it twice.
    pub(super) fn visitors(
        &self,
        facts: &Facts,
        row: &Confirmation,
        body: &SheetBody,
    ) -> Result<Vec<Visitor>, AppError> {
        let known = |phone: &PhoneNumber| {
            let customer = facts.customer(row.project, phone);
            customer.ok_or_else(|| AppError::Broken("a number without a customer".to_owned()))
        };
        let (customer, phone_masked) = match &self.phone {
            Some(phone) => (known(phone)?, phone.masked()),
            None => (row.customer, body.phone_masked.clone()),
        };
        let name = self.name.clone().unwrap_or_else(|| body.name.clone());
        let mut visitors = vec![Visitor { customer, name, phone_masked }];
        match &self.companions {
            Some(companions) => {
                for each in companions {
                    let customer = known(&each.phone)?;
                    visitors.push(Visitor { customer, name: each.name.clone(), phone_masked: each.phone.masked() });
                }
            }
            None => visitors.extend(body.companions.iter().map(|each| Visitor {
                customer: each.customer,
                name: each.name.clone(),
                phone_masked: each.phone_masked.clone(),
            })),
        }
        let people: BTreeSet<Uuid> = visitors.iter().map(|visitor| visitor.customer).collect();
        if people.len() < visitors.len() {
            let text = Text::new("one number is on the sheet twice", "本单有号码重复");
            let pointer = if self.companions.is_some() { "/companions" } else { "/customer/phone" };
            return Err(Problem::invalid(pointer, text).into());
        }
        Ok(visitors)
    }

    /// What tells a repeated request from another one with the same id. Numbers enter as their customers.
    pub(super) fn digest(&self, corrects: Uuid, facts: &Facts, project: Uuid) -> [u8; 32] {
        let phone = self.phone.as_ref().and_then(|phone| facts.customer(project, phone));
        let named = |each: &Named| json!([facts.customer(project, &each.phone), each.name]);
        let companions: Option<Vec<_>> = self.companions.as_ref().map(|list| list.iter().map(named).collect());
        let customer = json!([self.name, phone]);
        let rest = json!([self.route, self.brought_by, self.arrived_at, self.reason]);
        Sha256::digest(json!([corrects, customer, companions, rest]).to_string()).into()
    }

    /// The visit as it was. `entered_at` is when the desk opened the first version (Unix ms).
    ///
    /// # Errors
    /// `rule-refused` (CF-3) for an arrival after that, or more than 24 hours before.
    pub(super) fn visit(&self, key: Key, row: &Confirmation, zone: Zone, entered_at: i64) -> Result<Visit, Problem> {
        let arrived_at = match self.arrived_at {
            Some(at) => bounded(at, entered_at, zone)?,
            None => row.arrived_at,
        };
        Ok(Visit { sheet: key, arrived_at, route: self.route })
    }

    /// The user who brought the customer.
    pub(super) fn bringing_user(&self) -> Option<Uuid> {
        match self.brought_by {
            Some(BroughtBy::User(user)) => Some(user),
            Some(BroughtBy::Agent { .. }) | None => None,
        }
    }
}
