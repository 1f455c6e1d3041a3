//! What must hold whenever the field has come to rest.
//!
//! 1. Every phone has pushed everything, and every op has its final outcome (P5).
//! 2. Every phone has what a new phone of the same person is given, rev for rev, and its checksums are the server's (P4, P10, P12).
//! 3. Whatever the server acknowledged, even in an answer that got lost, stands in its op log, digest by digest (P1).
//! 4. No op took effect twice, in whatever logs it stands (P2, P6).
//! 5. Each record is the merge of the ops that took effect, and of nothing else, by a merge done over here in another order (P3).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use server::facts::segment;
use server::store::oplog::{self, Span};
use server::store::{Reader, orgs};
use sync_core::exchange::Status;
use sync_core::kind::MergeRule;
use sync_core::kinds;
use sync_core::op::{Action, Digest, Op, Was};
use sync_core::record::State;
use sync_core::replica::View;
use uuid::Uuid;

use super::Sim;
use crate::phone::Phone;
use crate::world::{self, ORG, PEOPLE};

/// An op as the server keeps it.
struct Kept {
    op: Option<Op>,
    digest: Digest,
    moment: segment::OpMoment,
    status: Status,
}

/// Server order, with place: by receipt, device and seq.
type Log = BTreeMap<(Uuid, u64), Kept>;

/// What the accepted ops of one record come to.
#[derive(Default)]
struct Expected {
    kind: String,
    owner: Option<Uuid>,
    state: State,
    deleted: bool,
}

impl Sim {
    /// The network is perfect until everybody has everything; then all of it is examined.
    pub(super) async fn rest(&mut self) {
        while let Some((sender, text)) = self.network.late_one() {
            let request = serde_json::from_str(&text).expect("it was a request");
            let _nobody_hears = self.serve(&sender, &request).await;
        }
        for _what_comes_late_may_be_judged_again in 0..2 {
            for at in 0..self.phones.len() {
                self.finish(at).await;
            }
            self.run_jobs().await;
        }
        for at in 0..self.phones.len() {
            self.finish(at).await;
        }
        let fresh = self.fresh_phones().await;
        let seed = self.options.seed;
        for phone in &self.phones {
            all_is_final(phone, seed);
            all_is_equal(phone, &fresh[&phone.replica.user()], seed);
        }
        let mut reader = self.server.app().db.read().await.expect("a reader");
        let log = self.read_log(&mut reader, &fresh).await;
        drop(reader);
        self.nothing_acknowledged_is_missing(&log);
        self.nothing_took_effect_twice(&log);
        self.records_are_what_was_said(&log, &fresh);
        self.note("rest");
    }

    /// A new phone for everybody in the field.
    async fn fresh_phones(&mut self) -> BTreeMap<Uuid, Phone> {
        let mut fresh = BTreeMap::new();
        for person in PEOPLE {
            let device = self.new_device(person.username);
            let mut phone = Phone::new(&self.api, person.username, device);
            phone.clock.set_ms(self.now_ms);
            phone.replica.set_limit(40);
            phone.log_in().await.expect("everybody may log in");
            phone.sync().await.expect("everybody may pull");
            fresh.insert(phone.replica.user(), phone);
        }
        fresh
    }

    async fn read_log(&self, reader: &mut Reader, fresh: &BTreeMap<Uuid, Phone>) -> Log {
        let org = orgs::by_code(reader, ORG).await.expect("the org can be read").expect("there is an org").org;
        let mut log = Log::new();
        let devices: Vec<Uuid> = self.ledger.devices.keys().copied().collect();
        let span = |device: &Uuid| Span { org, device: *device, first_seq: 1, last_seq: i64::MAX };
        let spans: Vec<Span> = devices.iter().map(span).collect();
        for index in oplog::overlapping(reader, &spans).await.expect("the op log can be read") {
            let held = oplog::segment_holding(reader, org, index.device, index.first_seq).await;
            let held = held.expect("the op log can be read").expect("an indexed segment is there");
            let app = self.server.app();
            let texts =
                segment::open_texts(&app.sealer, index.device, index.first_seq, &held.texts).expect("texts open");
            let outcomes = segment::outcomes_of(&index).expect("outcomes can be read");
            for (seq, text) in (index.first_seq..).zip(texts) {
                let place = (index.device, seq.cast_unsigned());
                let listed = outcomes.iter().find(|outcome| outcome.seq == place.1).map(|outcome| outcome.status);
                let kept = Kept {
                    op: Op::parse(text.get()).ok(),
                    digest: Digest::of(text.get()),
                    moment: segment::moment_of(&index, seq).expect("moments can be read").expect("every op has one"),
                    status: listed.unwrap_or(Status::Applied),
                };
                assert_eq!(index.digest(seq), Some(kept.digest.0), "the index and the text of {place:?}");
                assert!(log.insert(place, kept).is_none(), "{place:?} is stored twice");
            }
        }
        for (place, status) in fresh.values().flat_map(told_later) {
            let kept = log.get_mut(&place).expect("an outcome is of an op in the log");
            assert!(matches!(kept.status, Status::Parked | Status::Rejected), "{place:?} was final");
            kept.status = status;
        }
        log
    }

    fn nothing_acknowledged_is_missing(&self, log: &Log) {
        for (place, digest) in self.ledger.acknowledged() {
            let kept = log.get(place).map(|kept| kept.digest);
            assert_eq!(kept, Some(*digest), "seed {}: {place:?} was acknowledged", self.options.seed);
        }
    }

    fn nothing_took_effect_twice(&self, log: &Log) {
        let mut effective = BTreeMap::new();
        for (place, kept) in log.iter().filter(|(_, kept)| kept.status != Status::Duplicate) {
            let was = kept.op.as_ref().and_then(|op| op.was);
            let first =
                was.map_or((place.0, place.1, kept.digest), |Was { device, seq, digest }| (device, seq, digest));
            let before = effective.insert(first, place);
            assert_eq!(before, None, "seed {}: {place:?} was taken over twice", self.options.seed);
        }
    }

    fn records_are_what_was_said(&self, log: &Log, fresh: &BTreeMap<Uuid, Phone>) {
        let seed = self.options.seed;
        let mut expected: BTreeMap<Uuid, Expected> = BTreeMap::new();
        for (place, kept) in log.iter().rev() {
            let Some(op) = kept.op.as_ref().filter(|_| matches!(kept.status, Status::Applied | Status::Superseded))
            else {
                continue;
            };
            let kind = kinds::find(&op.kind, op.v).expect("what took effect was understood");
            let record = expected.entry(op.id).or_default();
            record.kind.clone_from(&op.kind);
            record.deleted |= op.action == Action::Delete;
            record.state.join(State::of(kind, &op.action, kept.moment.stamp(place.0, place.1)));
            if op.creates(kind) {
                record.owner = Some(self.ledger.devices[&place.0]);
            }
        }
        for (id, record) in &expected {
            let owner = record.owner.unwrap_or_else(|| panic!("seed {seed}: {id} took effect before its creation"));
            let view = fresh[&owner].replica.view(*id);
            if record.deleted {
                assert!(view.is_none(), "seed {seed}: {id} was deleted");
                continue;
            }
            let view = view.unwrap_or_else(|| panic!("seed {seed}: {id} of {owner} is missing"));
            let claimed = claims(&record.kind, &view.body);
            assert_eq!(claimed, claims(&record.kind, &record.state.body()), "seed {seed}: {} {id}", record.kind);
        }
        let claimed: BTreeSet<Uuid> = expected.keys().copied().collect();
        for view in fresh.values().flat_map(|phone| phone.replica.records()) {
            let made_by_phones =
                kinds::find(&view.kind, view.v).is_some_and(|kind| kind.origin == sync_core::kind::Origin::Phone);
            assert!(!made_by_phones || claimed.contains(&view.id), "seed {seed}: nobody said {view:?}");
        }
    }
}

/// What phones may write of a body, but for numbers, which come back masked.
fn claims(kind: &str, body: &Map<String, Value>) -> Map<String, Value> {
    let kind = kinds::find(kind, 1).expect("a known kind");
    let written = |name: &String| {
        kind.field(name)
            .is_some_and(|field| field.rule != MergeRule::Server && !field.sealed && field.name != "phone_masked")
            || (kind.name == "booking" && name == "phone_masked")
    };
    body.iter().filter(|(name, _)| written(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Outcomes that became known after the fact, by device and seq.
fn told_later(phone: &Phone) -> Vec<((Uuid, u64), Status)> {
    let told = |view: &View| {
        if view.kind != kinds::OP_OUTCOME.name || view.owner != Some(phone.replica.user()) {
            return None;
        }
        let device = view.body["device"].as_str()?.parse().ok()?;
        Some(((device, view.body["seq"].as_u64()?), serde_json::from_value(view.body["status"].clone()).ok()?))
    };
    phone.replica.records().iter().filter_map(told).collect()
}

fn all_is_final(phone: &Phone, seed: u64) {
    let status = phone.replica.status();
    assert_eq!((status.pending, status.forked), (0, false), "seed {seed}: {}: {status:?}", phone.username());
    for (seq, _) in phone.replica.texts() {
        assert!(phone.replica.outcome(seq).is_some(), "seed {seed}: op {seq} of {} has no outcome", phone.username());
    }
}

fn all_is_equal(phone: &Phone, fresh: &Phone, seed: u64) {
    let who = phone.username();
    assert_eq!(phone.replica.status().buckets, fresh.replica.status().buckets, "seed {seed}: buckets of {who}");
    let ours: BTreeMap<Uuid, View> = phone.replica.records().into_iter().map(|view| (view.id, view)).collect();
    let theirs: BTreeMap<Uuid, View> = fresh.replica.records().into_iter().map(|view| (view.id, view)).collect();
    assert_eq!(ours, theirs, "seed {seed}: records of {who}");
    assert!(world::id(who) == fresh.replica.user(), "the fresh phone is of the same person");
}
