//! Judges claims one after another, in server order, over facts that were loaded for all of them.
//!
//! What is said about fields merges; what asks for a ruling is ruled. A claim is never refused for a business reason: `rejected` is only for
//! what may not be said at all, and `parked` for what cannot be understood yet.

mod bookings;
pub(crate) mod checkins;
mod duty;
pub(crate) mod fields;
pub mod logs;
mod notices;
mod requests;
pub mod reviews;
pub(crate) mod rulings;
mod visits;

use std::collections::BTreeMap;

use api_spec::problem::Code;
use sync_core::exchange::{Outcome, Status};
use sync_core::kind::{Act, Kind, Who};
use sync_core::op::{Action, Op, OpFault};
use sync_core::record::{Effect, State};
use sync_core::time::Answer;
use uuid::Uuid;

use super::claim::{Claim, Fate, Refusal};
use crate::facts::Facts;
use crate::facts::directory::Directory;
use crate::facts::phone_of;
use crate::facts::record::Record;
use crate::store::Key;
use crate::store::feed::Revs;

/// Judges claims over one set of facts.
pub struct Judge<'a> {
    /// Who is who.
    pub directory: &'a Directory,
    /// What is known, and what changes.
    pub facts: &'a mut Facts,
}

impl Judge<'_> {
    /// Judges ops that share one fate, or a single one.
    pub fn judge(&mut self, group: &[Claim<'_>]) -> Vec<Fate> {
        if let [alone] = group {
            return vec![self.judge_one(alone)];
        }
        self.facts.begin();
        let fates: Vec<Fate> = group.iter().map(|claim| self.judge_one(claim)).collect();
        let rejected = fates.iter().any(|fate| matches!(fate, Fate::Rejected(_)));
        let parked = fates.iter().find_map(|fate| if let Fate::Parked(code) = fate { Some(*code) } else { None });
        match (rejected, parked) {
            (false, None) => {
                self.facts.keep();
                fates
            }
            (true, _) => {
                self.facts.take_back();
                let others = || Fate::Rejected(Code::GroupRejected.into());
                fates.into_iter().map(|fate| if matches!(fate, Fate::Rejected(_)) { fate } else { others() }).collect()
            }
            (false, Some(code)) => {
                self.facts.take_back();
                for claim in group {
                    self.facts.park(claim.key(), claim.waiting(code));
                }
                vec![Fate::Parked(code); group.len()]
            }
        }
    }

    fn judge_one(&mut self, claim: &Claim<'_>) -> Fate {
        let op = claim.op;
        let key = self.standing_card(claim);
        if !self.directory.projects.contains_key(&op.project) {
            return Fate::Rejected(Code::NotFound.into());
        }
        if self.directory.memberships(claim.author, op.project, &claim.moment).next().is_none() {
            return Fate::Rejected(Code::NotPermitted.into());
        }
        let Some(kind) = sync_core::kinds::find(&op.kind, op.v).filter(|_| !op.is_unknown()) else {
            return self.park(key, claim, Code::NotUnderstood);
        };
        if let Err(fault) = op.check(kind) {
            return Fate::Rejected((&self.worded(fault, key, kind, op)).into());
        }
        let fate = match self.facts.records.get(&key) {
            None if !op.creates(kind) => return self.park(key, claim, Code::RecordUnknown),
            None => self.create(key, kind, claim),
            Some(record) => {
                let mut record = record.clone();
                record.ops.entry(claim.device).or_default().push(claim.op.place.seq);
                self.change(record, kind, claim)
            }
        };
        fate.unwrap_or_else(Fate::Rejected)
    }

    /// A `once` field in a `set` that creates nothing: immutable where there is a record, else the creation lacks something.
    fn worded(&self, fault: OpFault, key: Key, kind: &Kind, op: &Op) -> OpFault {
        match (&fault, &op.action) {
            (OpFault::Immutable(_), Action::Set(fields)) if self.facts.records.get(&key).is_none() => {
                sync_core::op::missing(kind, fields).map_or(fault, OpFault::Missing)
            }
            _ => fault,
        }
    }

    fn park(&mut self, key: Key, claim: &Claim<'_>, code: Code) -> Fate {
        self.facts.park(key, claim.waiting(code));
        Fate::Parked(code)
    }

    /// The first `set` of a record.
    fn create(&mut self, key: Key, kind: &'static Kind, claim: &Claim<'_>) -> Result<Fate, Refusal> {
        let team = self.directory.team_at(claim.author, key.project, &claim.moment);
        let record = Record {
            key,
            kind: kind.name.to_owned(),
            v: kind.v,
            owner: Some(claim.author),
            team,
            created: claim.moment,
            phase: kind.phases[0].to_owned(),
            version: 0,
            deleted: false,
            state: State::default(),
            ruled: serde_json::Map::new(),
            verdict: None,
            origin: Some((claim.device, claim.op.place.seq)),
            ops: BTreeMap::new(),
            revs: Revs::default(),
        };
        let named = fields::named_subject(claim.op).filter(|subject| *subject != claim.author);
        let mut relations = self.directory.relations(claim.author, key.project, claim.author, team, &claim.moment);
        if let Some(subject) = named {
            let team = self.directory.team_at(subject, key.project, &claim.moment);
            let towards = self.directory.relations(claim.author, key.project, subject, team, &claim.moment);
            let towards = self.with_delegate(towards, kind, claim.author, team);
            let entrusted = towards.contains(&Who::Lead) || towards.contains(&Who::Office);
            if !entrusted {
                return Err(Code::NotPermitted.into());
            }
            relations.extend(towards);
        }
        if !kind.permits(&relations, Act::Create, kind.phases[0]) {
            return Err(Code::NotPermitted.into());
        }
        fields::check_id(kind, claim)?;
        if let ("daily_log", Action::Set(fields)) = (kind.name, &claim.op.action) {
            self.check_log_day(key.project, fields, &claim.moment)?;
        }
        let fate = self.merge(record, kind, claim)?;
        self.adjudicate_parked(key);
        Ok(fate)
    }

    /// An op on a record that exists.
    fn change(&mut self, record: Record, kind: &'static Kind, claim: &Claim<'_>) -> Result<Fate, Refusal> {
        let op = claim.op;
        let owner = record.owner.unwrap_or_default();
        let foreign = owner != claim.author && fields::sets_once(kind, &op.action);
        if record.kind != kind.name || foreign {
            return Err(Code::IdTaken.into());
        }
        if record.deleted {
            return Err(Code::NotFound.into());
        }
        let relations = self.directory.relations(claim.author, record.key.project, owner, record.team, &claim.moment);
        let relations = self.with_delegate(relations, kind, claim.author, record.team);
        let creates = op.creates(kind) && owner == claim.author && fields::sets_once(kind, &op.action);
        let act = op.action.act(kind, creates).ok_or(Code::NotUnderstood)?;
        // what the author did on two phones is weighed together, whatever came first (WL-5)
        let weighed = logs::is_by_author(&record, claim) && record.phase != "approved";
        if !weighed && !kind.permits(&relations, act, &record.phase) {
            let in_another_phase = kind.phases.iter().any(|phase| kind.permits(&relations, act, phase));
            return Err(if in_another_phase { Code::Frozen } else { Code::NotPermitted }.into());
        }
        match &op.action {
            Action::Delete => self.delete(record, claim),
            Action::Command { name, args } => self.command(record, name, args, claim),
            _ => self.merge(record, kind, claim),
        }
    }

    /// AT-8: a named delegate stands in for the lead where attendance is taken, and nowhere else.
    fn with_delegate(&self, mut relations: Vec<Who>, kind: &Kind, author: Uuid, team: Option<Uuid>) -> Vec<Who> {
        let delegate = team.and_then(|team| self.directory.teams.get(&team)).and_then(|team| team.delegate);
        if kind.name == "checkin" && delegate == Some(author) && !relations.contains(&Who::Owner) {
            relations.push(Who::Lead);
        }
        relations
    }

    fn merge(&mut self, mut record: Record, kind: &'static Kind, claim: &Claim<'_>) -> Result<Fate, Refusal> {
        let region = self.directory.region(record.key.project);
        let action = fields::safe_to_show(kind, &claim.op.action, claim.phone, region)?;
        let created = record.version == 0;
        self.note_grade(&record, &action, claim);
        if record.state.join(State::of(kind, &action, claim.stamp)) == Effect::Superseded && !created {
            return Ok(Fate::Superseded);
        }
        record.version += 1;
        self.rule_on_claim(record, claim, created);
        Ok(Fate::Applied)
    }

    /// The owner's, same day, and nothing a ruling used; an assignment is taken back while its day is not over.
    fn delete(&mut self, mut record: Record, claim: &Claim<'_>) -> Result<Fate, Refusal> {
        let zone = self.directory.zone(record.key.project);
        let day = zone.day_of(record.created.claimed.unwrap_or(record.created.latest));
        let is_late = match record.kind.as_str() {
            "assignment" => self.is_over(&record, claim),
            _ => zone.is_on(&claim.moment, day) == Answer::No,
        };
        if record.verdict.is_some() || is_late {
            return Err(Code::NotDeletable.into());
        }
        match record.kind.as_str() {
            "assignment" => self.unassign(&record, claim),
            "request" => self.forget_request(&record),
            _ => {}
        }
        record.deleted = true;
        self.facts.records.put(record.key, record);
        Ok(Fate::Applied)
    }

    /// Judges what waited for this record's creation, in server order, and tells the authors through the feed.
    fn adjudicate_parked(&mut self, key: Key) {
        for waiting in self.facts.unpark(key) {
            let Ok(op) = Op::parse(&waiting.text) else { continue };
            let phone = phone_of(&op, self.directory);
            let claim = Claim {
                text: &waiting.text,
                op: &op,
                phone: phone.as_ref(),
                author: waiting.author,
                device: waiting.device,
                moment: waiting.moment,
                stamp: waiting.stamp,
            };
            let fate = self.judge_one(&claim);
            let applied =
                Outcome { seq: waiting.seq, status: Status::Applied, rule: None, message: None, record: None };
            let outcome = fate.outcome(waiting.seq, Some(op.id)).unwrap_or(applied);
            if outcome.status != Status::Applied {
                self.facts.note_fate(key, waiting.device, &outcome, true);
            }
            self.facts.tell_outcome(key, Some(waiting.author), waiting.device, &outcome);
        }
    }
}
