//! The model's rulings: as few as it takes for every outcome to occur.

use serde_json::json;
use sync_core::exchange::{Gone, Outcome, Record, Status};
use sync_core::kind::{Kind, MergeRule, Who};
use sync_core::kinds;
use sync_core::op::{Action, Digest, Op, Was};
use sync_core::record::{Effect, State};
use sync_core::time::{Moment, Stamp};
use uuid::Uuid;

use crate::people;
use crate::server::Server;

/// One op with everything it is judged by.
pub(crate) struct Case {
    pub(crate) user: Uuid,
    pub(crate) device: Uuid,
    pub(crate) text: String,
    pub(crate) op: Op,
    pub(crate) moment: Moment,
    pub(crate) stamp: Stamp,
}

/// One record with everything that was claimed about it.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) record: Record,
    pub(crate) state: State,
    pub(crate) claims: Vec<(Action, Stamp)>,
    pub(crate) deleted: bool,
}

impl Server {
    pub(crate) fn judge(&mut self, case: &Case) -> Outcome {
        let op = &case.op;
        let outcome = |status, rule: Option<&str>| Outcome {
            seq: op.place.seq,
            status,
            rule: rule.map(str::to_owned),
            message: None,
            record: Some(op.id),
        };
        if let Some(stored) = self.stored_before(case) {
            let status = if stored.status == Status::Applied { Status::Duplicate } else { stored.status };
            return Outcome { seq: op.place.seq, status, ..stored };
        }
        let Some(kind) = kinds::find(&op.kind, op.v) else { return outcome(Status::Parked, Some("not-understood")) };
        if let Err(fault) = op.check(kind) {
            return outcome(Status::Rejected, Some(fault.code()));
        }
        match self.rows.get(&op.id) {
            None if op.creates(kind) => self.create(case, kind),
            None => return outcome(Status::Parked, Some("record-unknown")),
            Some(row) => {
                if let Some(code) = refused(row, case, kind) {
                    return outcome(Status::Rejected, Some(code));
                }
            }
        }
        match self.apply(case, kind) {
            Effect::Changed => outcome(Status::Applied, None),
            Effect::Superseded => outcome(Status::Superseded, None),
        }
    }

    /// What became of an op under another number: in the log it was taken over from, or in a log that took it over. An op is the place it
    /// was first recorded at, and takes effect once.
    fn stored_before(&self, case: &Case) -> Option<Outcome> {
        let first = case.op.was.unwrap_or_else(|| Was {
            device: case.device,
            seq: case.op.place.seq,
            digest: Digest::of(&case.text),
        });
        let log = self.devices.get(&first.device).map(|device| &device.log);
        let stored = log.and_then(|log| log.get(usize::try_from(first.seq).ok()? - 1));
        let there = case.op.was.and(stored).filter(|stored| stored.digest == first.digest);
        let there = there.map(|stored| stored.outcome.clone());
        there.or_else(|| self.was.get(&(first.device, first.seq, first.digest.0)).cloned())
    }

    fn create(&mut self, case: &Case, kind: &Kind) {
        let record = Record {
            kind: kind.name.into(),
            id: case.op.id,
            v: kind.v,
            project: people::project(),
            version: 0,
            body: serde_json::Map::new(),
            phase: kind.phases[0].into(),
            verdict: None,
            owner: Some(case.user),
            created: case.moment,
        };
        self.rows.insert(case.op.id, Row { record, state: State::default(), claims: Vec::new(), deleted: false });
    }

    fn apply(&mut self, case: &Case, kind: &Kind) -> Effect {
        let row = self.rows.get_mut(&case.op.id).unwrap();
        let effect = match &case.op.action {
            Action::Delete => {
                row.deleted = true;
                Effect::Changed
            }
            Action::Command { name, .. } => {
                assert_eq!(name, "cancel", "the only command in this world");
                row.record.phase = "cancelled".into();
                Effect::Changed
            }
            action => {
                row.claims.push((action.clone(), case.stamp));
                row.state.join(State::of(kind, action, case.stamp))
            }
        };
        row.record.version += u64::from(effect == Effect::Changed);
        row.record.body = row.state.body();
        self.feed(case.op.id);
        effect
    }

    /// Puts a record into every bucket it belongs to as it stands now, or takes it out.
    pub(crate) fn feed(&mut self, id: Uuid) {
        let row = &self.rows[&id];
        let Some(owner) = row.record.owner else { return };
        let deleted = row.deleted.then_some(Gone::Deleted);
        let hidden = self.hidden.contains(&people::index_of(owner)).then_some(Gone::Revoked);
        let shared = ["canvass", "outlet"].contains(&row.record.kind.as_str());
        let mut put = |bucket: String, gone| self.feeds.entry(bucket).or_default().put(id, gone);
        put(format!("user:{owner}"), deleted);
        if row.record.kind != kinds::OP_OUTCOME.name {
            put("team:t".into(), deleted.or(hidden));
        }
        if shared {
            put("project:p".into(), deleted);
        }
    }

    /// Ops that waited for this record are judged now, and their authors learn it through the feed.
    pub(crate) fn adjudicate_parked(&mut self, id: Uuid) {
        if !self.rows.contains_key(&id) {
            return;
        }
        let waiting = |(device, log): (&Uuid, &crate::server::Device)| {
            let parked = log.log.iter().filter(|stored| stored.outcome.status == Status::Parked);
            let parked = parked.filter(|stored| stored.outcome.record == Some(id));
            parked.map(|stored| (*device, log.user, stored.clone())).collect::<Vec<_>>()
        };
        let parked: Vec<_> = self.devices.iter().flat_map(waiting).collect();
        for (device, user, stored) in parked {
            let op = Op::parse(&stored.text).unwrap();
            let seq = op.place.seq;
            // A parked op may stand in two logs after a fork: the first is judged, the second is a duplicate of it.
            if let Some(was) = op.was {
                let key = (was.device, was.seq, was.digest.0);
                self.was.retain(|place, outcome| *place != key || outcome.status != Status::Parked);
            }
            let case = Case { user, device, text: stored.text, op, moment: stored.moment, stamp: stored.stamp };
            let outcome = self.judge(&case);
            if let Some(was) = case.op.was {
                self.was.insert((was.device, was.seq, was.digest.0), outcome.clone());
            }
            let log = &mut self.devices.get_mut(&device).unwrap().log;
            log[usize::try_from(seq).unwrap() - 1].outcome = outcome.clone();
            self.tell(device, user, &outcome, case.moment);
        }
    }

    fn tell(&mut self, device: Uuid, user: Uuid, outcome: &Outcome, created: Moment) {
        let body = json!({
            "device": device, "seq": outcome.seq, "status": outcome.status, "rule": outcome.rule, "record": outcome.record,
        });
        let id = Uuid::new_v5(&device, &outcome.seq.to_le_bytes());
        let record = Record {
            kind: kinds::OP_OUTCOME.name.into(),
            id,
            v: 1,
            project: people::project(),
            version: 1,
            body: body.as_object().unwrap().clone(),
            phase: "open".into(),
            verdict: None,
            owner: Some(user),
            created,
        };
        self.rows.insert(id, Row { record, state: State::default(), claims: Vec::new(), deleted: false });
        self.feed(id);
    }
}

/// Why an op on an existing record is rejected.
fn refused(row: &Row, case: &Case, kind: &Kind) -> Option<&'static str> {
    let owns = row.record.owner == Some(case.user);
    let fixes = |name: &String| kind.field(name).is_some_and(|field| field.rule == MergeRule::Once);
    let mut relations: Vec<Who> = people::standing(people::index_of(case.user)).into_iter().collect();
    relations.extend(owns.then_some(Who::Owner));
    let act = case.op.action.act(kind, false)?;
    match &case.op.action {
        _ if row.deleted => Some("frozen"),
        Action::Set(fields) if !owns && fields.keys().any(fixes) => Some("id-taken"),
        _ if !kind.permits(&relations, act, &row.record.phase) => Some("not-permitted"),
        _ => None,
    }
}
