//! Cases as people are shown them, and the way every act on one goes (DS).

mod described;

use std::collections::BTreeSet;
use std::sync::Arc;

use api_spec::disputes::DisputeState;
use api_spec::locale::Text;
use api_spec::messages;
use api_spec::problem::{Code, Problem};
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::actor::Actor;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::disputes::CaseBody;
use crate::facts::sheets::SheetBody;
use crate::facts::{Facts, Need, Unit};
use crate::rules::dispute::{CaseState, DisputeError};
use crate::rules::names;
use crate::rules::party::Holder;
use crate::seal::mask::mask_numbers_in;
use crate::state::App;
use crate::store::disputes;
use crate::store::{Key, Tx, bookings, confirmations, customers, leads};

pub(super) use described::{describe, letter_of};

/// Longest text somebody writes, in characters.
const TEXT_MAX: usize = 4_000;
/// How far back bookings of the customer are looked for, in ms.
const BOOKINGS_BACK_MS: i64 = 366 * 24 * 60 * 60 * 1_000;

/// A case that somebody looks at or changes, with everything about its customer locked.
pub(super) struct Open {
    pub(super) unit: Unit,
    pub(super) directory: Arc<Directory>,
    pub(super) facts: Facts,
    pub(super) row: disputes::Dispute,
    pub(super) body: CaseBody,
    pub(super) reader: Reader,
}

/// As what somebody reads a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reader {
    /// The office reads everything.
    pub(super) office: bool,
    /// The parties one speaks for.
    pub(super) parties: Vec<Holder>,
    user: Uuid,
}

impl Reader {
    /// # Errors
    /// `not-found` for those whom the case does not concern.
    pub(super) fn of(
        actor: &Actor,
        directory: &Directory,
        row: &disputes::Dispute,
        body: &CaseBody,
        now: i64,
    ) -> Result<Self, Problem> {
        let scope = Scope::of(actor, directory, now);
        let parties: Vec<Holder> =
            body.holders().filter(|holder| speaks_for(actor, directory, &scope, *holder, row.project, now)).collect();
        let office = scope.is_office(row.project);
        if !scope.projects.contains(&row.project) || (!office && parties.is_empty()) {
            return Err(Code::NotFound.into());
        }
        Ok(Self { office, parties, user: actor.user })
    }

    /// The party one speaks for.
    ///
    /// # Errors
    /// `forbidden` for the office, which speaks for nobody.
    pub(super) fn party(&self) -> Result<Holder, Problem> {
        self.parties.first().copied().ok_or_else(|| Code::Forbidden.into())
    }
}

/// DS-4: whether somebody speaks for a holder: oneself, a member of a team one leads, one's company.
pub(super) fn speaks_for(
    actor: &Actor,
    directory: &Directory,
    scope: &Scope,
    holder: Holder,
    project: Uuid,
    now: i64,
) -> bool {
    match holder {
        Holder::User(user) if user == actor.user => true,
        Holder::User(user) => {
            let team = directory.team_at(user, project, &Moment::exact(now));
            team.is_some_and(|team| scope.teams.contains(&team))
        }
        Holder::Partner(partner) => actor.partner == Some(partner),
    }
}

/// Everything on record about a customer.
pub(super) async fn need_of(tx: &mut Tx, project: Uuid, customer: Uuid, now: i64) -> Result<Need, AppError> {
    let mut need = Need::default();
    let key = |id| Key { project, id };
    need.customer(key(customer));
    need.any_case();
    let known = customers::by_ids(tx, project, &[customer]).await?.pop().ok_or(Code::NotFound)?;
    for row in bookings::with_digits(tx, project, &[known.masked], now - BOOKINGS_BACK_MS).await? {
        if known.name.is_empty() || names::fit(&row.customer_name, &known.name) {
            need.record(key(row.id));
            if let Some(partner) = row.holder_partner {
                need.partner_day(project, partner, row.day);
            }
        }
    }
    for row in leads::of_customers(tx, project, &[customer]).await? {
        need.record(key(row.id));
    }
    for row in confirmations::of_customers(tx, project, &[customer]).await? {
        need.sheet(&row, &SheetBody::of(&row)?);
    }
    Ok(need)
}

/// Finds a case among the actor's projects, and locks it with its customer and everything on record about that one.
///
/// # Errors
/// `not-found`
pub(super) async fn open(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Open, AppError> {
    let directory = app.directories.current(tx, actor.org).await?;
    let unit = app.exchange.unit(Arc::clone(&directory));
    let found = disputes::find(tx, &actor.projects_at(unit.now), id).await?.ok_or(Code::NotFound)?;
    Reader::of(actor, &directory, &found, &CaseBody::of(&found)?, unit.now)?;
    let key = Key { project: found.project, id };
    let mut need = need_of(tx, found.project, found.customer, unit.now).await?;
    need.case(key);
    let facts = Facts::load(tx, &unit, &need).await?;
    let row = facts.disputes.get(&key).cloned().ok_or(Code::NotFound)?;
    let body = CaseBody::of(&row)?;
    let reader = Reader::of(actor, &directory, &row, &body, unit.now)?;
    Ok(Open { unit, directory, facts, row, body, reader })
}

/// What somebody writes, numbers masked.
///
/// # Errors
/// Those of [`said`].
pub(super) fn written(text: &str, pointer: &str, directory: &Directory, project: Uuid) -> Result<String, Problem> {
    Ok(mask_numbers_in(said(text, pointer)?, directory.region(project)).into_owned())
}

/// What somebody writes, without the blanks around it.
///
/// # Errors
/// `validation` for nothing, or too much.
pub(super) fn said<'a>(text: &'a str, pointer: &str) -> Result<&'a str, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::invalid(pointer, Text::new("must not be blank", "不能为空")));
    }
    if text.chars().count() > TEXT_MAX {
        return Err(Problem::invalid(pointer, Text::new("must be at most 4000 characters", "最多 4000 个字符")));
    }
    Ok(text)
}

/// What a case cannot do, with the rule that says so.
pub(super) fn refusal(directory: &Directory, project: Uuid, error: DisputeError) -> Problem {
    match error {
        DisputeError::OwnClaim => Code::Forbidden.into(),
        DisputeError::WrongState(state) => Problem::wrong_state(state.as_str()),
        DisputeError::NoReason => Problem::invalid("/reason", Text::new("must not be blank", "不能为空")),
        DisputeError::NotAParty => {
            Problem::invalid("/holder", Text::new("must be a party of the case, or null", "须为本案当事方，或填 null"))
        }
        error => {
            let rule = DisputeError::RULE.as_str();
            let zone = directory.zone(project).tz();
            Problem::rule(rule, &messages::message(rule, Answer::No, &error.facts(), &zone))
        }
    }
}

/// The word of a state, as the store has it.
pub(super) fn word(state: DisputeState) -> &'static str {
    match state {
        DisputeState::Open => CaseState::Open,
        DisputeState::Settled => CaseState::Settled,
        DisputeState::Appealed => CaseState::Appealed,
        DisputeState::Final => CaseState::Final,
        DisputeState::Withdrawn => CaseState::Withdrawn,
    }
    .as_str()
}

/// The persons and companies whose cases somebody is shown in lists.
pub(super) fn own_holders(actor: &Actor, directory: &Directory, scope: &Scope, now: i64) -> Vec<Uuid> {
    let led = directory.people.iter().filter(|(_, person)| {
        let in_team = |team: Option<Uuid>| team.is_some_and(|team| scope.teams.contains(&team));
        person.memberships.iter().any(|membership| membership.holds_at(now) && in_team(membership.team))
    });
    let all: BTreeSet<Uuid> = led.map(|(id, _)| *id).chain([actor.user]).chain(actor.partner).collect();
    all.into_iter().collect()
}
