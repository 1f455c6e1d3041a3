//! What must hold: on every phone after every step, and in the whole world once it is quiet.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sync_core::exchange::Status;
use sync_core::kinds;
use sync_core::op::{Action, Digest, Op};
use sync_core::record::State;
use uuid::Uuid;

use crate::people;
use crate::server::Server;
use crate::world::World;

/// The counters named in a text that adds to them.
pub(crate) fn counters(text: &str) -> Vec<String> {
    match Op::parse(text).map(|op| op.action) {
        Ok(Action::Add(deltas)) => deltas.into_keys().collect(),
        _ => Vec::new(),
    }
}

/// The counters in a phone's log, ops of logs it left included.
pub(crate) fn in_log(saved: &str) -> Vec<String> {
    fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("text").and_then(Value::as_str));
                members.values().for_each(|value| texts(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| texts(value, found)),
            _ => {}
        }
    }
    let state: Value = serde_json::from_str(saved).unwrap();
    let mut found = Vec::new();
    texts(&state["log"], &mut found);
    found.into_iter().flat_map(counters).collect()
}

/// How often the server has each counter's op, applied or parked.
pub(crate) fn on_server(server: &Server) -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    for row in server.rows.values().filter(|row| row.record.kind == kinds::CANVASS.name) {
        for (name, value) in row.record.body.iter().filter(|(name, _)| name.starts_with("counter")) {
            *found.entry(name.clone()).or_default() += value.as_i64().unwrap();
        }
    }
    let mut places = BTreeSet::new();
    for (device, log) in &server.devices {
        for stored in log.log.iter().filter(|stored| stored.outcome.status == Status::Parked) {
            let op = Op::parse(&stored.text).unwrap();
            let place = op.was.map_or((*device, op.place.seq, stored.digest), |was| (was.device, was.seq, was.digest));
            if places.insert(place) {
                for name in counters(&stored.text) {
                    *found.entry(name).or_default() += 1;
                }
            }
        }
    }
    found
}

/// What holds on a phone at any time.
pub(crate) fn check_phone(world: &World, at: usize) {
    let replica = &world.phones[at].replica;
    let status = replica.status();
    let pending: Vec<u64> = replica.pending().map(|op| op.seq).collect();
    let texts: BTreeMap<u64, &str> = replica.texts().collect();
    assert_eq!(pending, texts.keys().copied().filter(|seq| replica.outcome(*seq).is_none()).collect::<Vec<_>>());
    assert_eq!(pending, texts.keys().copied().filter(|seq| *seq > status.acknowledged).collect::<Vec<_>>());
    for ((seq, text), next) in texts.iter().zip(texts.iter().skip(1)) {
        assert_eq!(*next.0, seq + 1, "no holes in a log");
        assert_eq!(Op::parse(next.1).unwrap().place.prev, Digest::of(text));
    }
    // Whoever recorded something sees it, between two pages and two epochs too. A damaged copy may show less until it is healed, and so
    // may a clone that meets a restored server, until it has found out what that server took from its twin.
    let exempt = world.phones[at].damaged || (world.cloned && world.server.epoch > 0);
    for (seq, text) in texts.iter().filter(|_| !exempt) {
        let op = Op::parse(text).unwrap();
        let stands = replica.outcome(*seq).is_none_or(|outcome| outcome.status == Status::Applied);
        if stands && op.creates(kinds::find(&op.kind, op.v).unwrap()) && !world.deleted.contains(&op.id) {
            assert!(replica.view(op.id).is_some(), "{} flickers on phone {at}", op.kind);
        }
    }
    let listed: BTreeMap<Uuid, _> = replica.records().into_iter().map(|view| (view.id, view)).collect();
    for (id, view) in &listed {
        assert_eq!(replica.view(*id).as_ref(), Some(view));
    }
}

/// What holds once everything has arrived.
pub(crate) fn check(world: &World) {
    let server = &world.server;
    let mut expected = world.promised.clone();
    for phone in &world.phones {
        let replica = &phone.replica;
        assert_eq!((replica.pending().count(), replica.fork_needed()), (0, None));
        for (seq, text) in replica.texts() {
            let outcome = replica.outcome(seq).unwrap();
            let stored = &server.devices[&replica.device()].log[usize::try_from(seq).unwrap() - 1];
            assert_eq!(stored.text, text);
            // A restored server may rule differently about an op that a clone sent again; what counts is that it has the op.
            if server.epoch == 0 {
                assert_eq!(class(outcome.status), class(stored.outcome.status), "op {seq}: {text}");
            }
            if outcome.status != Status::Rejected {
                expected.extend(counters(text));
            }
        }
        check_copy(server, phone.user, replica);
    }
    let found = on_server(server);
    for counter in &expected {
        assert!(found.contains_key(counter), "{counter} is missing");
    }
    for (counter, times) in found {
        assert_eq!(times, 1, "{counter} is doubled");
    }
    for row in server.rows.values().filter(|row| !row.claims.is_empty()) {
        let kind = kinds::find(&row.record.kind, row.record.v).unwrap();
        let mut state = State::default();
        for (action, stamp) in row.claims.iter().rev() {
            state.join(State::of(kind, action, *stamp));
        }
        assert_eq!(state, row.state);
    }
}

/// The copy is what the server shows this user.
fn check_copy(server: &Server, user: u8, replica: &sync_core::replica::Replica) {
    let names = server.buckets_of(people::user(user));
    let mut visible = BTreeSet::new();
    let status = replica.status();
    assert_eq!(status.buckets.len(), names.len());
    for bucket in &status.buckets {
        assert!(names.contains(&bucket.bucket));
        let feed = server.feeds.get(&bucket.bucket).cloned().unwrap_or_default();
        let truth = feed.summary(bucket.bucket.clone(), false);
        assert_eq!((bucket.count, bucket.checksum), (truth.count, truth.checksum), "{}", bucket.bucket);
        visible.extend(feed.live().map(|(id, _)| id));
    }
    let views: BTreeMap<Uuid, _> = replica.records().into_iter().map(|view| (view.id, view)).collect();
    assert_eq!(views.keys().copied().collect::<BTreeSet<_>>(), visible);
    for (id, view) in views {
        let record = &server.rows[&id].record;
        assert_eq!(view.pending, Vec::<u64>::new());
        assert_eq!(
            (&view.body, &view.phase, view.version, view.owner),
            (&record.body, &record.phase, record.version, record.owner)
        );
    }
}

/// `duplicate` stands for a stored `applied`.
fn class(status: Status) -> Status {
    if status == Status::Duplicate { Status::Applied } else { status }
}
