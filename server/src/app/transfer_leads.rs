//! `POST /v1/leads/transfer`: a colleague takes over what somebody works on (PR-4).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api_spec::customers::{TransferLeads, Transferred};
use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use serde_json::json;
use sync_core::people::Role;
use sync_core::time::Moment;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::reason::reason;
use super::scope::Scope;
use super::sheets::refused;
use crate::error::AppError;
use crate::facts::directory::{Directory, Person};
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::facts::{Facts, Need, Unit};
use crate::rules::replay::Decision;
use crate::rules::transfer::{self, Colleague, TransferFacts};
use crate::state::App;
use crate::store::leads::Lead;
use crate::store::protections::Protection;
use crate::store::records::{self, Filter, Whose};
use crate::store::{Key, StoreError, Tx, leads, protections, run_tx};

/// Leads transferred by name at the most.
const NAMED_MAX: usize = 500;
/// Leads of one person on one project at the most.
const LEADS_MAX: i64 = 100_000;
/// The family of rulings about transfers; the verdict on the lead stands.
const TRANSFER: &str = "transfer";

/// Moves leads, and the protections of their customers, from one person to another: the holder, never the end.
///
/// # Errors
/// `not-found` for people and leads outside of the caller's charge, `forbidden` for those who lead nobody, `validation`, `rule-refused`
/// (PR-4) for somebody of another project or company.
pub async fn transfer_leads(app: &App, actor: &Actor, request: &TransferLeads) -> Result<Transferred, AppError> {
    run_tx(&app.db, "transfer_leads", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let scope = Scope::of(actor, &directory, unit.now);
        let charge = Charge::of(&scope, &directory, request.from)?;
        let transferred = transfer(&mut tx, &unit, &charge, actor.user, request).await?;
        let detail = json!({
            "to": request.to,
            "leads": transferred.leads.len(),
            "protections": transferred.protections.len(),
            "reason": reason(&request.reason, charge.region(&directory))?,
        });
        let by = (actor.org, actor.user);
        write_down(&mut tx, &app.random, by, "transfer_leads", request.from, &detail, unit.now).await?;
        Ok(transferred)
    })
    .await
}

/// What of somebody's work the caller disposes of.
pub(super) struct Charge {
    /// Projects with everything on them.
    whole: BTreeSet<Uuid>,
    /// Other projects, with the teams the caller leads there.
    teams: BTreeMap<Uuid, Vec<Uuid>>,
}

impl Charge {
    /// Everything.
    pub(super) fn everything(person: &Person) -> Self {
        let whole = person.memberships.iter().map(|membership| membership.project).collect();
        Self { whole, teams: BTreeMap::new() }
    }

    fn of(scope: &Scope, directory: &Directory, from: Uuid) -> Result<Self, Problem> {
        let person = directory.people.get(&from).ok_or(Code::NotFound)?;
        let (mut whole, mut teams) = (BTreeSet::new(), BTreeMap::new());
        let mut known = false;
        for membership in &person.memberships {
            let project = membership.project;
            known |= scope.projects.contains(&project);
            if scope.is_office(project) {
                whole.insert(project);
            } else if membership.team.is_some_and(|team| scope.teams.contains(&team)) {
                teams.insert(project, scope.teams.clone());
            }
        }
        match (whole.is_empty() && teams.is_empty(), known) {
            (false, _) => Ok(Self { whole, teams }),
            (true, true) => Err(Code::Forbidden.into()),
            (true, false) => Err(Code::NotFound.into()),
        }
    }

    fn projects(&self) -> impl Iterator<Item = Uuid> {
        self.whole.iter().chain(self.teams.keys()).copied()
    }

    fn region(&self, directory: &Directory) -> crate::seal::phone::Region {
        directory.region(self.projects().next().unwrap_or_default())
    }

    fn holds(&self, record: &records::Record) -> bool {
        self.whole.contains(&record.project)
            || self.teams.get(&record.project).zip(record.team).is_some_and(|(teams, team)| teams.contains(&team))
    }
}

/// Moves what `charge` disposes of, inside the caller's transaction.
///
/// # Errors
/// Those of [`transfer_leads`].
pub(super) async fn transfer(
    tx: &mut Tx,
    unit: &Unit,
    charge: &Charge,
    by: Uuid,
    request: &TransferLeads,
) -> Result<Transferred, AppError> {
    let directory = &*unit.directory;
    let people = directory.people.get(&request.from).zip(directory.people.get(&request.to));
    let invalid = |en, zh| AppError::from(Problem::invalid("/to", Text::new(en, zh)));
    let Some((from, to)) = people.filter(|_| request.from != request.to) else {
        return Err(invalid("must be a colleague", "须为其他同事"));
    };
    let reason = reason(&request.reason, charge.region(directory))?;
    let keys = match &request.leads {
        Some(ids) => named(tx, charge, ids, request).await?,
        None => all(tx, charge, by, request.from).await?,
    };
    let mut need = Need::default();
    for key in &keys {
        need.record(*key);
    }
    for lead in leads::by_ids(tx, &keys).await? {
        lead.customer.into_iter().for_each(|id| need.customer(Key { project: lead.project, id }));
    }
    if request.leads.is_none() {
        for project in charge.projects() {
            for held in protections::held_by(tx, project, request.from).await? {
                need.customer(Key { project, id: held.customer });
            }
        }
    }
    let mut facts = Facts::load(tx, unit, &need).await?;
    let move_ = Move {
        directory,
        now: unit.now,
        from: Colleague { user: request.from, partner: from.partner },
        to: Colleague { user: request.to, partner: to.partner },
        by,
        reason: &reason,
    };
    if charge.teams.keys().any(|project| !move_.is_in_one_of(&charge.teams, *project)) {
        return Err(invalid("must be somebody of a team you lead", "须为您所带团队的成员"));
    }
    let mut transferred = Transferred { leads: Vec::new(), protections: Vec::new() };
    for key in keys {
        if move_.lead(&mut facts, key)? {
            transferred.leads.push(key.id);
        }
    }
    let is_held = |row: &&Protection| row.holder_user == Some(request.from) && row.ended_at.is_none();
    let held: Vec<Protection> = facts.protections.values().filter(is_held).cloned().collect();
    for row in held {
        if facts.holds(row.project, row.customer) {
            transferred.protections.push(row.id);
            move_.protection(&mut facts, row)?;
        }
    }
    facts.save(tx, unit).await?;
    Ok(transferred)
}

/// The leads named, all of them in the caller's charge and of `from`, or of `to` already.
async fn named(tx: &mut Tx, charge: &Charge, ids: &[Uuid], request: &TransferLeads) -> Result<Vec<Key>, AppError> {
    if ids.is_empty() || ids.len() > NAMED_MAX {
        return Err(Problem::invalid("/leads", Text::new("must be 1 to 500 leads", "须为 1 至 500 条线索")).into());
    }
    let ids: BTreeSet<Uuid> = ids.iter().copied().collect();
    let keys: Vec<Key> = charge.projects().flat_map(|project| ids.iter().map(move |&id| Key { project, id })).collect();
    let mut found = records::load(tx, &keys).await?;
    let owners = [Some(request.from), Some(request.to)];
    found.retain(|_, row| row.kind == "lead" && charge.holds(row) && owners.contains(&row.owner));
    if found.len() < ids.len() {
        return Err(Code::NotFound.into());
    }
    Ok(found.into_keys().collect())
}

/// All leads of a person in the caller's charge.
async fn all(tx: &mut Tx, charge: &Charge, by: Uuid, from: Uuid) -> Result<Vec<Key>, StoreError> {
    let mut keys = Vec::new();
    for project in charge.projects() {
        let whose = charge.teams.get(&project).map_or(Whose::Everybody, |teams| Whose::OwnAndTeams(by, teams));
        let days = ("0000-01-01", "9999-12-31");
        let filter =
            Filter { project, kind: "lead", days, owner: Some(from), team: None, phase: None, whose, after: None };
        let rows = records::list(tx, &filter, LEADS_MAX).await?;
        keys.extend(rows.into_iter().map(|row| Key { project, id: row.id }));
    }
    Ok(keys)
}

/// One transfer on its way.
struct Move<'a> {
    directory: &'a Directory,
    now: i64,
    from: Colleague,
    to: Colleague,
    by: Uuid,
    reason: &'a str,
}

impl Move<'_> {
    /// Moves a lead; whether it was still there to be moved.
    fn lead(&self, facts: &mut Facts, key: Key) -> Result<bool, AppError> {
        let Some(record) = facts.records.get(&key).filter(|record| record.owner == Some(self.from.user)).cloned()
        else {
            return Ok(false);
        };
        let lead = facts.leads.get(&key).cloned();
        let protection = facts.standing(key.project, "lead").find(|row| row.source == key.id);
        let until = protection.and_then(|row| row.until_at);
        self.rule(facts, key, record.team, until)?;
        if let Some(lead) = lead {
            facts.leads.put(key, Lead { owner: self.to.user, ..lead });
        }
        let team = self.directory.team_at(self.to.user, key.project, &Moment::exact(self.now));
        let version = record.version + 1;
        facts.records.put(key, Record { owner: Some(self.to.user), team, version, ..record });
        Ok(true)
    }

    /// Moves the holder of a protection.
    fn protection(&self, facts: &mut Facts, row: Protection) -> Result<(), AppError> {
        let key = Key { project: row.project, id: row.id };
        self.rule(facts, key, None, row.until_at)?;
        let moved = Protection { holder_user: Some(self.to.user), ..row };
        facts.show_protection_again(&moved);
        facts.protections.put(key, moved);
        Ok(())
    }

    fn rule(&self, facts: &mut Facts, key: Key, team: Option<Uuid>, until: Option<i64>) -> Result<(), AppError> {
        let known = TransferFacts {
            from: self.from,
            to: self.to,
            works_here: self.works_on(key.project),
            until,
            reason: self.reason.to_owned(),
        };
        let zone = self.directory.zone(key.project);
        let ruling = transfer::decide(&known).map_err(|error| refused(&error.reason(), zone))?;
        let subject = Subject {
            key,
            family: TRANSFER,
            owner: Some(self.to.user),
            team,
            supersedes: None,
            decided_by: Some(self.by),
            note: Some(self.reason),
        };
        facts.rule(self.directory, &subject, &ruling, &Decision::Transferred(known));
        Ok(())
    }

    /// Whether the one who takes over works on the project in the field now.
    fn works_on(&self, project: Uuid) -> bool {
        let person = self.directory.people.get(&self.to.user);
        let ended = person.and_then(|person| person.ended_at).is_some_and(|at| at <= self.now);
        let roles = self.directory.roles_at(self.to.user, project, self.now);
        !ended && roles.iter().any(|role| matches!(role, Role::Promoter | Role::TeamLead))
    }

    /// Whether the one who takes over works in one of the teams in charge there; who is not on the project at all is for the rule.
    fn is_in_one_of(&self, teams: &BTreeMap<Uuid, Vec<Uuid>>, project: Uuid) -> bool {
        let team = self.directory.team_at(self.to.user, project, &Moment::exact(self.now));
        !self.works_on(project) || team.zip(teams.get(&project)).is_none_or(|(team, teams)| teams.contains(&team))
    }
}
