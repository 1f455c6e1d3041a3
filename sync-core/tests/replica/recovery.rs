//! Restored servers, cloned phones and holes, step by step; then the worlds that once broke the replica.

use serde_json::{Value, json};
use sync_core::op::{Digest, Op};
use sync_core::replica::{ForkFault, Login, Next, Refusal, Tick};
use sync_core::time::Grade;
use uuid::Uuid;

use crate::oracle;
use crate::people;
use crate::server::Stored;
use crate::steps::Deed::{Count, Tag, Visit};
use crate::steps::Fate::Delivered;
use crate::steps::Step::{self, BackUpServer, Clone, Corrupt, Do, Exchange, Leave, RestoreServer, Wait, Wipe};
use crate::world::World;

const COUNT: crate::steps::Deed = Count { owner: 0 };

fn run(steps: &[Step]) -> World {
    let mut world = World::default();
    for step in steps {
        world.take(step);
    }
    world
}

fn settle(mut world: World) -> World {
    world.quiesce();
    oracle::check(&world);
    world
}

/// The server's log of a phone's present device.
fn log(world: &World, phone: usize) -> Vec<Stored> {
    world.server.devices[&world.phones[phone].replica.device()].log.clone()
}

#[test]
fn p13_a_restored_server_gets_its_ops_back_with_the_moments_they_had() {
    let mut world = run(&[
        Do(0, COUNT),
        Exchange(0, Delivered),
        BackUpServer,
        Wait(600_000),
        Do(0, COUNT),
        Wait(60_000),
        Exchange(0, Delivered),
        Do(0, COUNT),
        Wait(60_000),
        Exchange(0, Delivered),
        Wait(1_000),
        Exchange(0, Delivered),
    ]);
    let (before, device) = (log(&world, 0), world.phones[0].replica.device());
    let last_contact = world.server.now;
    for step in [RestoreServer, Wait(86_400_000)] {
        world.take(&step);
    }
    assert!(log(&world, 0).len() < before.len());
    let world = settle(world);
    let after = log(&world, 0);
    assert_eq!((world.phones[0].replica.device(), after.len()), (device, before.len()));
    for (old, new) in before.iter().zip(&after) {
        assert_eq!((&old.text, old.stamp), (&new.text, new.stamp));
        assert_eq!((old.moment.earliest, old.moment.claimed), (new.moment.earliest, new.moment.claimed));
        assert!(new.moment.latest <= last_contact && new.moment.grade == Grade::Anchored, "{:?}", new.moment);
    }
}

#[test]
fn p6_a_clone_takes_a_new_device_and_names_the_old_places() {
    let world =
        settle(run(&[Do(0, COUNT), Exchange(0, Delivered), Clone(0), Do(0, COUNT), Do(3, COUNT), Do(3, COUNT)]));
    let (first, second) = (&world.phones[0].replica, &world.phones[3].replica);
    assert_ne!(first.device(), second.device());
    let taken_over: Vec<Op> = log(&world, 3).iter().map(|stored| Op::parse(&stored.text).unwrap()).collect();
    let places: Vec<_> = taken_over.iter().map(|op| op.was.map(|was| (was.device, was.seq))).collect();
    // The first deed makes the tally and counts twice: ops 1 to 3.
    assert_eq!(places, [4, 5].map(|seq| Some((first.device(), seq))));
    assert!(log(&world, 3).iter().all(|stored| stored.moment.grade == Grade::Bracketed));
}

#[test]
fn a_hole_nobody_can_fill_is_continued_as_after_a_fork() {
    let mut world =
        run(&[BackUpServer, Do(0, COUNT), Exchange(0, Delivered), Wipe(0), Do(0, COUNT), Exchange(0, Delivered)]);
    let old = world.phones[0].replica.device();
    assert_eq!(world.phones[0].replica.texts().next().unwrap().0, 4, "the wiped phone went on with the server's log");
    world.take(&RestoreServer);
    let world = settle(world);
    let op = Op::parse(&log(&world, 0)[0].text).unwrap();
    assert_eq!(op.was.map(|was| (was.device, was.seq)), Some((old, 4)));
}

#[test]
fn a_fork_waits_for_the_outcomes_below_it_and_pulls_meanwhile() {
    let mut world =
        run(&[Do(0, COUNT), Clone(0), Exchange(3, Delivered), Do(3, COUNT), Exchange(3, Delivered), Do(0, COUNT)]);
    let tick = Tick { boot: "b0".into(), monotonic_ms: 9_000_000, wall: None };
    let device = world.phones[0].replica.device();
    let phone = &mut world.phones[0].replica;
    let login = || Login::new(people::user(0), Uuid::from_u128(0xE000));
    assert_eq!(phone.fork(login(), &tick), Err(ForkFault::NotAsked));
    let exchange = phone.next_request(&tick).unwrap();
    let refusal = world.server.sync(device, &exchange.request).unwrap_err();
    assert_eq!(refusal, Refusal::Forked { seq: 4 });
    assert_eq!(phone.take_refusal(exchange.ticket, refusal, &tick), Ok(Next::Again));
    assert_eq!(
        phone.fork(login(), &tick),
        Err(ForkFault::NotAsked),
        "ops 1 to 3 are stored, but their outcomes are not known"
    );
    let exchange = phone.next_request(&tick).unwrap();
    assert_eq!(exchange.request.ops.len(), 3);
    let answer = world.server.sync(device, &exchange.request).unwrap();
    phone.take_response(exchange.ticket, answer, &tick).unwrap();
    let fork = phone.fork_needed().unwrap();
    assert_eq!((fork.forked_from, fork.seq, phone.status().acknowledged), (device, 4, 3));
    phone.poke();
    assert_eq!(
        phone.next_request(&tick).unwrap().request.ops.len(),
        0,
        "a registration that has to wait stops no pull"
    );
    let same = Login { device, ..login() };
    assert_eq!(phone.fork(same, &tick), Err(ForkFault::SameDevice));
    phone.fork(login(), &tick).unwrap();
    assert_eq!((phone.status().pending, phone.fork_needed()), (1, None));
}

#[test]
fn a_gap_is_filled_from_what_is_retained() {
    let mut world = run(&[Do(0, COUNT), Exchange(0, Delivered), Do(0, COUNT)]);
    let tick = Tick { boot: "b0".into(), monotonic_ms: 9_000_000, wall: None };
    let head = Digest::of(&log(&world, 0)[0].text);
    let phone = &mut world.phones[0].replica;
    let mut refuse = |expected, head| {
        let exchange = phone.next_request(&tick).unwrap();
        let first = Op::parse(exchange.request.ops[0].get()).unwrap().place.seq;
        let next = phone.take_refusal(exchange.ticket, Refusal::SeqGap { expected, head }, &tick).unwrap();
        (first, next)
    };
    assert_eq!(refuse(2, head), (4, Next::Again));
    assert_eq!(refuse(1, Digest::of("another log")), (2, Next::Again), "a log that differs is sent from its beginning");
    assert_eq!(refuse(5, head), (1, Next::Wait(1_000)), "a gap that lies ahead is none");
}

#[test]
fn refusals_are_read_from_problems() {
    let read = |status, body: Value| Refusal::read(status, body.as_object().unwrap(), Some(5));
    let head = Digest::of("x");
    assert_eq!(
        read(409, json!({"code": "seq-gap", "expected": 7, "head": head})),
        Refusal::SeqGap { expected: 7, head }
    );
    assert_eq!(read(409, json!({"code": "device-forked", "seq": 7, "digest": head})), Refusal::Forked { seq: 7 });
    assert_eq!(read(413, json!({"code": "payload-too-large"})), Refusal::TooLarge);
    assert_eq!(read(401, json!({"code": "token-expired"})), Refusal::LoggedOut);
    for (status, body) in [(409, json!({"code": "seq-gap"})), (503, json!({})), (429, json!({"code": "throttled"}))] {
        assert_eq!(read(status, body), Refusal::Later { retry_after_ms: Some(5) });
    }
}

#[test]
fn p13_ops_of_a_log_left_after_a_fork_come_back_by_the_new_one() {
    let mut world = run(&[Do(0, COUNT), Exchange(0, Delivered), Clone(0), Do(3, COUNT), Exchange(3, Delivered)]);
    let old = world.phones[0].replica.device();
    for step in [Do(0, COUNT), Exchange(0, Delivered), Exchange(0, Delivered), Wipe(3), RestoreServer] {
        world.take(&step);
    }
    let world = settle(world);
    let ops = log(&world, 0).into_iter().map(|stored| Op::parse(&stored.text).unwrap());
    let places: Vec<_> = ops.map(|op| op.was.map(|was| (was.device, was.seq))).collect();
    assert_eq!(places, [4, 1, 2, 3].map(|seq| Some((old, seq))));
}

fn visit(index: u8) -> crate::steps::Deed {
    Visit { index, purpose: None }
}

#[test]
fn p13_ops_are_retained_until_a_restored_server_proved_that_it_has_them() {
    settle(run(&[
        Clone(2),
        BackUpServer,
        Do(2, visit(0)),
        Do(2, visit(0)),
        Do(3, COUNT),
        Do(3, visit(0)),
        Exchange(3, Delivered),
        RestoreServer,
        Exchange(2, Delivered),
        BackUpServer,
    ]));
}

#[test]
fn p2_an_op_that_came_back_by_a_clones_log_and_by_its_own_takes_effect_once() {
    settle(run(&[
        Do(0, COUNT),
        Exchange(0, Delivered),
        Clone(0),
        Do(3, visit(0)),
        Exchange(3, Delivered),
        Do(0, visit(0)),
        Exchange(0, Delivered),
        RestoreServer,
    ]));
}

#[test]
fn p6_an_outcome_told_about_the_twins_op_is_not_taken_for_the_own() {
    let tag = Tag { index: 0, tag: 0, add: false };
    settle(run(&[Clone(2), Do(0, visit(0)), Do(2, tag), Do(3, COUNT), Do(0, COUNT), Exchange(3, Delivered)]));
}

#[test]
fn p12_a_record_no_bucket_knows_of_leaves_a_damaged_copy() {
    let damaged = [Do(2, Count { owner: 2 }), Exchange(2, Delivered), Exchange(1, Delivered), Corrupt(1)];
    let world = run(&damaged);
    assert_eq!(world.phones[1].replica.records().len(), 1);
    settle(world);
    for last in [Leave(1, true), RestoreServer] {
        let mut world = run(&damaged);
        world.take(&last);
        settle(world);
    }
}
