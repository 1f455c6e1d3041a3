//! Recording and sending, one promise at a time.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sync_core::exchange::{Record, Response};
use sync_core::kinds;
use sync_core::op::{Action, Digest, Op};
use sync_core::replica::{Draft, Login, LoginFault, Next, Refusal, Replica, SaveFault, Tick};
use uuid::Uuid;

use crate::script::{
    DEVICE, PROJECT, USER, answer, ask, bucket, fields, give, id, live, new_visit, phone, pulled, seqs, tick, visit,
};

#[test]
fn what_the_server_would_reject_is_refused_while_it_is_typed() {
    let mut phone = phone();
    phone.record(new_visit(10), &tick(1)).unwrap();
    let mine = pulled(11, 1, &json!({"visit_type": "cold"}));
    let theirs = Record { owner: Some(id(77)), ..pulled(12, 1, &json!({"visit_type": "cold"})) };
    let frozen =
        Record { kind: "daily_log".into(), phase: "approved".into(), ..pulled(13, 3, &json!({"day": "2026-11-22"})) };
    let changes = vec![live("b", 1, mine), live("b", 2, theirs), live("b", 3, frozen)];
    give(&mut phone, Response { buckets: vec![bucket("b", &[(11, 1), (12, 2), (13, 3)])], changes, ..answer(1) });

    let day = "2026-11-23".parse().unwrap();
    let log = |number: Uuid, value: &Value| Draft::new(&kinds::DAILY_LOG, number, id(PROJECT), fields(value));
    let command = |kind, number, name: &str| {
        Draft::new(kind, id(number), id(PROJECT), Action::Command { name: name.into(), args: Map::new() })
    };
    let number = json!({"name": "王", "source": "visit", "phone": "13812345678"});
    let booking = json!({"customer_name": "王", "phone_masked": "13812345678", "route": "booked"});
    let cases = [
        (visit(20, &json!({"minutes": 5})), "field-missing"),
        (visit(20, &json!({"visit_type": "outlet"})), "field-missing"),
        (visit(11, &json!({"minutes": "5"})), "value-invalid"),
        (visit(11, &json!({"location": null})), "field-immutable"),
        (visit(12, &json!({"visit_type": "cold"})), "id-taken"),
        (visit(12, &json!({"minutes": 5})), "not-permitted"),
        (Draft::new(&kinds::VISIT, id(12), id(PROJECT), Action::Delete), "not-permitted"),
        (Draft::new(&kinds::CHECKIN, id(11), id(PROJECT), fields(&json!({"note": "x"}))), "id-taken"),
        (Draft::new(&kinds::CHECKIN, id(21), id(PROJECT), Action::Delete), "not-deletable"),
        (Draft::new(&kinds::LEAD, id(20), id(PROJECT), fields(&number)), "field-missing"),
        (Draft::new(&kinds::BOOKING, id(20), id(PROJECT), fields(&booking)), "full-number"),
        (log(id(13), &json!({"items": "x"})), "frozen"),
        (command(&kinds::DAILY_LOG, 13, "submit"), "wrong-state"),
        (command(&kinds::VISIT, 11, "submit"), "op-malformed"),
        (log(id(30), &json!({"day": "2026-11-23", "items": "x"})), "wrong-id"),
        (Draft::new(&kinds::MEMBER, id(20), id(PROJECT), fields(&json!({"name": "王"}))), "server-owned"),
        (visit(11, &json!({"result": "a\u{0}b"})), "op-ambiguous"),
        (visit(11, &json!({"later": "x".repeat(64 * 1024)})), "op-too-large"),
    ];
    for (draft, code) in cases {
        let (before, shown) = (phone.clone(), format!("{draft:?}"));
        assert_eq!(phone.record(draft, &tick(2)).map_err(|fault| fault.code()), Err(code), "{shown}");
        assert_eq!(phone, before);
    }
    let good = log(kinds::daily_log_id(id(USER), day), &json!({"day": "2026-11-23", "items": "x"}));
    phone.record(good, &tick(3)).unwrap();
    phone.record(Draft::new(&kinds::LEAD, id(31), id(PROJECT), fields(&number)).with_salt([7; 16]), &tick(3)).unwrap();
}

#[test]
fn a_pending_command_opens_what_it_may_open() {
    let mut phone = phone();
    let log = kinds::daily_log_id(id(USER), "2026-11-22".parse().unwrap());
    let command = |name: &str| {
        Draft::new(&kinds::DAILY_LOG, log, id(PROJECT), Action::Command { name: name.into(), args: Map::new() })
    };
    let create = fields(&json!({"day": "2026-11-22", "items": "x"}));
    phone.record(Draft::new(&kinds::DAILY_LOG, log, id(PROJECT), create), &tick(1)).unwrap();
    assert_eq!(phone.record(command("withdraw"), &tick(2)).unwrap_err().code(), "wrong-state");
    phone.record(command("submit"), &tick(3)).unwrap();
    phone.record(command("withdraw"), &tick(4)).unwrap();
    assert_eq!(phone.view(log).unwrap().asked, ["submit", "withdraw"]);
}

#[test]
fn what_is_not_known_here_is_left_to_the_server() {
    let mut phone = phone();
    let witness = Action::Command { name: "witness".into(), args: Map::new() };
    phone.record(Draft::new(&kinds::CHECKIN, id(9), id(PROJECT), witness), &tick(1)).unwrap();
    assert_eq!(phone.view(id(9)), None);
    let login = Login { standing: BTreeSet::new(), ..Login::new(id(USER), id(DEVICE)) };
    phone.login(login, &tick(2)).unwrap();
    let witness = Action::Command { name: "witness".into(), args: Map::new() };
    let refused = phone.record(Draft::new(&kinds::CHECKIN, id(9), id(PROJECT), witness), &tick(3));
    assert_eq!(refused.unwrap_err().code(), "not-permitted");
}

#[test]
fn p7_elapsed_time_is_measured_from_the_anchor_and_ends_with_the_boot() {
    let mut phone = phone();
    let claim = |phone: &mut Replica, number, tick: &Tick| {
        let seq = phone.record(new_visit(number), tick).unwrap();
        let text = phone.texts().find(|(at, _)| *at == seq).unwrap().1;
        let time = Op::parse(text).unwrap().time;
        (time.anchor.unwrap(), time.elapsed_ms)
    };
    assert_eq!(claim(&mut phone, 10, &tick(5_000)), ("a0".into(), Some(5_000)));
    let exchange = phone.next_request(&tick(6_000)).unwrap();
    phone.take_response(exchange.ticket, answer(1), &tick(8_000)).unwrap();
    assert_eq!(claim(&mut phone, 11, &tick(9_500)), ("a1".into(), Some(1_500)));
    assert_eq!(
        claim(&mut phone, 12, &tick(7_000)),
        ("a1".into(), None),
        "a monotonic clock that goes back is no clock"
    );
    let rebooted = Tick { boot: "b2".into(), monotonic_ms: 12_000, wall: None };
    assert_eq!(claim(&mut phone, 13, &rebooted), ("a1".into(), None));
}

#[test]
fn requests_are_limited_by_count_and_bytes_and_halved_when_they_are_too_large() {
    let mut phone = phone();
    for number in 0..1_500 {
        phone.record(new_visit(100 + number), &tick(1)).unwrap();
    }
    let first = ask(&mut phone);
    assert_eq!((first.request.ops.len(), first.request.recorded), (1_000, Some(1_500)));
    assert_eq!(phone.take_refusal(first.ticket, Refusal::TooLarge, &tick(1)), Ok(Next::Again));
    let half = ask(&mut phone);
    assert_eq!(seqs(&half.request), (1..=500).collect::<Vec<_>>());
    let taken = phone.take_response(half.ticket, answer(500), &tick(1)).unwrap();
    assert!(taken.again);
    let regrown = ask(&mut phone);
    assert_eq!(seqs(&regrown.request), (501..=1_062).collect::<Vec<_>>());

    let mut phone = self::phone();
    for number in 0..40 {
        let note = json!({"visit_type": "cold", "later": "x".repeat(60_000)});
        phone.record(visit(100 + number, &note), &tick(1)).unwrap();
    }
    let request = ask(&mut phone).request;
    let bytes: usize = request.ops.iter().map(|op| op.get().len()).sum();
    assert!(request.ops.len() == 17 && bytes <= 1024 * 1024, "{bytes}");
}

#[test]
fn p5_one_op_that_is_too_large_for_the_way_waits_and_is_tried_again() {
    let mut phone = phone();
    phone.record(new_visit(10), &tick(1)).unwrap();
    let exchange = ask(&mut phone);
    assert_eq!(phone.take_refusal(exchange.ticket, Refusal::TooLarge, &tick(0)), Ok(Next::Wait(1_000)));
    assert!(phone.next_request(&tick(999)).is_none());
    assert_eq!(phone.next_request(&tick(1_000)).unwrap().request.ops.len(), 1);
}

#[test]
fn groups_stay_whole_and_share_one_fate() {
    let mut phone = phone();
    let group = |numbers: std::ops::Range<u128>| numbers.map(|number| new_visit(1_000 + number)).collect::<Vec<_>>();
    phone.record(new_visit(1), &tick(1)).unwrap();
    for start in 0..15 {
        let seqs = phone.record_group(id(90 + start), group(start * 100..start * 100 + 100), &tick(1)).unwrap();
        assert_eq!(seqs.count(), 100);
    }
    assert_eq!(ask(&mut phone).request.ops.len(), 901, "the tenth group would be split");

    let before = phone.clone();
    let mut bad = group(5_000..5_002);
    bad.push(visit(7_000, &json!({"minutes": 5})));
    let fault = phone.record_group(id(80), bad, &tick(1)).unwrap_err();
    assert_eq!((fault.index, fault.fault.code()), (2, "field-missing"));
    assert_eq!(phone.record_group(id(80), group(8_000..8_101), &tick(1)).unwrap_err().fault.code(), "bad-group");
    assert_eq!(phone.record_group(id(80), vec![], &tick(1)).unwrap_err().fault.code(), "bad-group");
    let large: Vec<_> =
        (0..20).map(|number| visit(9_000 + number, &json!({"visit_type": "cold", "x": "y".repeat(60_000)}))).collect();
    assert_eq!(phone.record_group(id(80), large, &tick(1)).unwrap_err().fault.code(), "bad-group");
    assert_eq!(phone, before);
}

#[test]
fn patience_is_kept_and_ends() {
    let mut phone = phone();
    let exchange = ask(&mut phone);
    let refusal = Refusal::read(503, &Map::new(), Some(7_000));
    assert_eq!(phone.take_refusal(exchange.ticket, refusal, &tick(1_000)), Ok(Next::Wait(7_000)));
    phone.record(new_visit(10), &tick(2_000)).unwrap();
    phone.poke();
    assert!(phone.next_request(&tick(7_999)).is_none(), "Retry-After holds for pushes and pokes too");
    assert_eq!(phone.due_in_ms(&tick(7_999)), 1);
    let exchange = phone.next_request(&tick(8_000)).unwrap();
    phone.take_response(exchange.ticket, answer(1), &tick(9_000)).unwrap();
    assert_eq!(phone.due_in_ms(&tick(9_000)), 60_000);
    phone.record(new_visit(11), &tick(9_500)).unwrap();
    assert_eq!(phone.due_in_ms(&tick(9_500)), 0, "a push need not wait for sync_after_ms");
    let mut waits = Vec::new();
    let mut now = 10_000;
    for _ in 0..10 {
        let exchange = phone.next_request(&tick(now)).unwrap();
        let Ok(Next::Wait(wait)) =
            phone.take_refusal(exchange.ticket, Refusal::Later { retry_after_ms: None }, &tick(now))
        else {
            panic!("a lost answer is waited for")
        };
        waits.push(wait / 1_000);
        now += i64::try_from(wait).unwrap();
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
}

#[test]
fn an_expired_login_keeps_the_queue_and_the_chain() {
    let mut phone = phone();
    phone.record(new_visit(10), &tick(1)).unwrap();
    let exchange = ask(&mut phone);
    assert_eq!(phone.take_refusal(exchange.ticket, Refusal::read(401, &Map::new(), None), &tick(2)), Ok(Next::LogIn));
    phone.record(new_visit(11), &tick(3)).unwrap();
    let login =
        Login { next_seq: 40, head: Digest::of("x"), anchor: Some("a9".into()), ..Login::new(id(USER), id(DEVICE)) };
    phone.login(login.clone(), &tick(4)).unwrap();
    assert_eq!(seqs(&ask(&mut phone).request), [1, 2], "a phone with a log goes on with it");
    assert_eq!(phone.login(Login { user: id(9), ..login.clone() }, &tick(5)), Err(LoginFault::OtherUser(id(USER))));
    assert_eq!(
        phone.login(Login { device: id(9), ..login.clone() }, &tick(5)),
        Err(LoginFault::OtherDevice(id(DEVICE)))
    );
    let mut fresh = Replica::new(id(USER), id(DEVICE));
    fresh.login(login, &tick(1)).unwrap();
    assert_eq!(fresh.record(new_visit(12), &tick(2)).unwrap(), 40);
    assert_eq!(Op::parse(fresh.pending().next().unwrap().text).unwrap().place.prev, Digest::of("x"));
}

/// The server was restored, and forgot the login as it did the ops: the new anchor covers nothing.
#[test]
fn p13_a_login_at_a_restored_server_keeps_the_anchor_that_covers_what_it_lost() {
    let mut phone = phone();
    phone.record(new_visit(10), &tick(1)).unwrap();
    give(&mut phone, Response { anchor: "covers-1".into(), ..answer(1) });
    phone.record(new_visit(11), &tick(2)).unwrap();
    let anchor = |token: &str| Some(token.to_owned());
    let login = |next_seq, token| Login { next_seq, anchor: anchor(token), ..Login::new(id(USER), id(DEVICE)) };
    phone.login(login(2, "knows-1"), &tick(3)).unwrap();
    assert_eq!(ask(&mut phone.clone()).request.anchor, anchor("knows-1"), "nothing was lost");
    phone.login(login(1, "knows-nothing"), &tick(4)).unwrap();
    assert_eq!(ask(&mut phone.clone()).request.anchor, anchor("knows-1"));
    give(&mut phone, Response { epoch: "restored".into(), ..answer(0) });
    let exchange = ask(&mut phone);
    assert_eq!((exchange.request.anchor, seqs(&ask(&mut phone).request)), (anchor("knows-1"), vec![1, 2]));
    let newest = Response { epoch: "restored".into(), anchor: "newest".into(), ..answer(2) };
    give(&mut phone, newest);
    phone.record(new_visit(12), &tick(5)).unwrap();
    assert_eq!(ask(&mut phone).request.anchor, anchor("newest"), "everything lost is there again");
}

#[test]
fn one_writer_per_log() {
    let phone = phone();
    let stored = phone.save_over(None).unwrap();
    let mut first = Replica::open(&stored, id(71)).unwrap();
    let stored = first.save_over(Some(&stored)).unwrap();
    let (second, third) = (Replica::open(&stored, id(72)).unwrap(), Replica::open(&stored, id(73)).unwrap());
    let stored = second.save_over(Some(&stored)).unwrap();
    first.record(new_visit(10), &tick(1)).unwrap();
    for loser in [&first, &third] {
        let Err(SaveFault::LeaseLost { stored: lease, own }) = loser.save_over(Some(&stored)) else {
            panic!("two writers")
        };
        assert_eq!((lease, own), (second.lease(), loser.lease()));
    }
    second.save_over(Some(&stored)).unwrap();
    assert!(Replica::open("{}", id(74)).is_err());
}
