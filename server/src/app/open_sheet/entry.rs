//! What the desk has typed in, checked.

use std::collections::BTreeSet;

use api_spec::desk::{Arrival, Bringer, Route as WireRoute, Visitor as Typed};
use api_spec::locale::Text;
use api_spec::messages;
use api_spec::primitives::Secret;
use api_spec::problem::{Code, Problem};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use sync_core::time::Answer;
use uuid::Uuid;

use crate::error::AppError;
use crate::facts::Facts;
use crate::facts::arrivals::Visitor;
use crate::facts::directory::{Directory, Person};
use crate::facts::holding::{agent, party};
use crate::facts::sheets::BroughtBy;
use crate::rules::arrival::Route;
use crate::rules::calendar::Zone;
use crate::rules::party::Party;
use crate::rules::ruling::Rule;
use crate::seal::mask::mask_numbers_in;
use crate::seal::phone::{PhoneNumber, Region};

const NAME_MAX: usize = 64;
/// How many may come along on one sheet; the policy may count fewer (BK-10).
pub(in crate::app) const COMPANIONS_MAX: usize = 5;
/// How far back an arrival may be entered (CF-3).
const BACK_MS: i64 = 24 * 60 * 60 * 1_000;

/// An arrival whose parts are right, each on its own.
pub(super) struct Entry {
    pub(super) route: Route,
    pub(super) bringer: Option<Party>,
    pub(super) brought_by: Option<BroughtBy>,
    /// The booking the desk believes it is.
    pub(super) hint: Option<Uuid>,
    arrived_at: Option<i64>,
    /// The customer first, then those who came along.
    visitors: Vec<Named>,
}

/// Somebody with a name and a number.
pub(in crate::app) struct Named {
    pub(in crate::app) phone: PhoneNumber,
    pub(in crate::app) name: String,
    pointer: String,
}

impl Entry {
    /// # Errors
    /// `validation`, which names every mistake at once.
    pub(super) fn read(directory: &Directory, project: Uuid, arrival: &Arrival) -> Result<Self, Problem> {
        let region = directory.region(project);
        let mut mistakes = Vec::new();
        let companions = arrival.companions.iter().enumerate();
        let typed = companions.map(|(index, companion)| (format!("/companions/{index}"), companion));
        let visitors = std::iter::once(("/customer".to_owned(), &arrival.customer))
            .chain(typed)
            .filter_map(|(pointer, typed)| Named::read(typed, region, pointer, &mut mistakes))
            .collect();
        if arrival.companions.len() > COMPANIONS_MAX {
            mistakes.push(("/companions".to_owned(), Text::new("must be at most 5", "最多 5 名")));
        }
        let brought_by = match (&arrival.brought_by, arrival.route) {
            (None, WireRoute::Brought) => {
                let text = Text::new("say who brought the customer", "请填写带访人");
                mistakes.push(("/brought_by".to_owned(), text));
                None
            }
            (bringer, _) => bringer.as_ref().and_then(|by| brought_by(directory, project, by, region, &mut mistakes)),
        };
        if mistakes.is_empty() {
            let bringer = brought_by.as_ref().map(|by| match by {
                BroughtBy::User(user) => party(directory, *user),
                BroughtBy::Agent { partner, .. } => agent(directory, *partner),
            });
            let route = route(arrival.route);
            let arrived_at = arrival.arrived_at.map(|at| at.0);
            return Ok(Self { route, bringer, brought_by, hint: arrival.booking, arrived_at, visitors });
        }
        let problem = Problem::new(Code::Validation);
        Err(mistakes.into_iter().fold(problem, |problem, (pointer, text)| problem.at(pointer, text)))
    }

    /// Everybody on the sheet, the customer first.
    pub(super) fn visitors(&self) -> impl Iterator<Item = &Named> {
        self.visitors.iter()
    }

    /// The customers behind the numbers.
    ///
    /// # Errors
    /// `validation` when one number is on the sheet twice.
    pub(super) fn customers(&self, facts: &Facts, project: Uuid) -> Result<Vec<Visitor>, AppError> {
        let mut seen = BTreeSet::new();
        let visitor = |named: &Named| {
            let customer = facts.customer(project, &named.phone);
            let customer = customer.ok_or_else(|| AppError::Broken("a number without a customer".to_owned()))?;
            if !seen.insert(customer) {
                let text = Text::new("is the number of somebody else on this sheet", "与本单其他客户的号码重复");
                return Err(Problem::invalid(format!("{}/phone", named.pointer), text).into());
            }
            Ok(Visitor { customer, name: named.name.clone(), phone_masked: named.phone.masked() })
        };
        self.visitors().map(visitor).collect()
    }

    /// What tells a repeated request from another one with the same id. Numbers enter as their customers: a digest of a number could be
    /// searched for it.
    pub(super) fn digest(&self, visitors: &[Visitor]) -> [u8; 32] {
        let people: Vec<_> = visitors.iter().map(|visitor| json!([visitor.customer, visitor.name])).collect();
        let request = json!([people, self.route, self.brought_by, self.hint, self.arrived_at]);
        Sha256::digest(request.to_string()).into()
    }

    /// CF-3: when the customer arrived; now, unless the desk says otherwise.
    ///
    /// # Errors
    /// `rule-refused` when it lies in the future or more than 24 hours back.
    pub(super) fn arrived_at(&self, directory: &Directory, project: Uuid, now: i64) -> Result<i64, Problem> {
        bounded(self.arrived_at.unwrap_or(now), now, directory.zone(project))
    }

    /// The user who brought the customer.
    pub(super) fn bringing_user(&self) -> Option<Uuid> {
        match self.brought_by {
            Some(BroughtBy::User(user)) => Some(user),
            Some(BroughtBy::Agent { .. }) | None => None,
        }
    }
}

/// CF-3: an arrival that can have been when it was entered (Unix ms).
///
/// # Errors
/// `rule-refused` when it lies after that, or more than 24 hours before.
pub(in crate::app) fn bounded(arrived_at: i64, entered_at: i64, zone: Zone) -> Result<i64, Problem> {
    let case = match arrived_at {
        at if at > entered_at => "future",
        at if at < entered_at - BACK_MS => "too_old",
        _ => return Ok(arrived_at),
    };
    let rule = Rule::Cf3.as_str();
    let text = messages::message(rule, Answer::No, &json!({ "case": case }), &zone.tz());
    Err(Problem::rule(rule, &text).at("/arrived_at", text))
}

/// How the customer came.
pub(in crate::app) fn route(typed: WireRoute) -> Route {
    match typed {
        WireRoute::Booked => Route::Booked,
        WireRoute::Brought => Route::Brought,
        WireRoute::WalkIn => Route::WalkIn,
    }
}

type Mistakes = Vec<(String, Text)>;

impl Named {
    pub(in crate::app) fn read(
        typed: &Typed,
        region: Region,
        pointer: String,
        mistakes: &mut Mistakes,
    ) -> Option<Self> {
        let name = name(&typed.name, region, format!("{pointer}/name"), mistakes);
        let phone = phone(&typed.phone, region, format!("{pointer}/phone"), mistakes);
        Some(Self { phone: phone?, name: name?, pointer })
    }
}

/// A full number.
pub(in crate::app) fn phone(
    typed: &Secret,
    region: Region,
    pointer: String,
    mistakes: &mut Mistakes,
) -> Option<PhoneNumber> {
    let phone = PhoneNumber::parse(typed.reveal(), region).ok();
    if phone.is_none() {
        let text = Text::new(
            "must be a full phone number, with its country code when it is a foreign one",
            "请填写完整电话号码，境外号码须带国家或地区代码",
        );
        mistakes.push((pointer, text));
    }
    phone
}

/// A name without a phone number in it.
pub(in crate::app) fn name(text: &str, region: Region, pointer: String, mistakes: &mut Mistakes) -> Option<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        mistakes.push((pointer, Text::new("must be 1 to 64 characters", "须为 1 至 64 个字符")));
        return None;
    }
    Some(mask_numbers_in(name, region).into_owned())
}

/// Who brought the customer, when there is such a person or partner.
pub(in crate::app) fn brought_by(
    directory: &Directory,
    project: Uuid,
    bringer: &Bringer,
    region: Region,
    mistakes: &mut Mistakes,
) -> Option<BroughtBy> {
    match bringer {
        Bringer::User(user) => {
            let person = directory.people.get(user);
            let works_here =
                |person: &Person| person.memberships.iter().any(|membership| membership.project == project);
            if person.is_some_and(works_here) {
                return Some(BroughtBy::User(*user));
            }
            mistakes.push(("/brought_by".to_owned(), Text::new("must be somebody of the project", "须为本项目人员")));
            None
        }
        Bringer::Agent { partner, agent_name } => {
            if !directory.partners.contains_key(partner) {
                let text = Text::new("must be a partner of the company", "须为已合作的渠道公司");
                mistakes.push(("/brought_by/partner".to_owned(), text));
                return None;
            }
            let name = name(agent_name, region, "/brought_by/agent_name".to_owned(), mistakes)?;
            Some(BroughtBy::Agent { partner: *partner, name })
        }
    }
}
