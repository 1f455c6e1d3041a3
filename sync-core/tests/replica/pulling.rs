//! Answers, the copy and the overlay, one promise at a time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sync_core::exchange::{Bucket, Outcome, Record, Response, Status};
use sync_core::kinds;
use sync_core::op::Action;
use sync_core::replica::{AnswerFault, Draft, Refusal, Replica};

use crate::script::{
    DEVICE, PROJECT, answer, ask, bucket, cursors, fields, give, gone, id, live, new_visit, phone, pulled, tick, visit,
};

#[test]
fn only_the_last_request_is_answered_and_only_as_a_whole() {
    let mut phone = phone();
    phone.record(new_visit(10), &tick(1)).unwrap();
    let (old, new) = (ask(&mut phone), ask(&mut phone));
    let before = phone.clone();
    assert_eq!(phone.take_response(old.ticket, answer(1), &tick(1)), Err(AnswerFault::Stale(old.ticket)));
    assert!(phone.take_refusal(old.ticket, Refusal::LoggedOut, &tick(1)).is_err());
    let unlisted = Response { changes: vec![gone("b", 1, 10)], ..answer(1) };
    assert_eq!(phone.take_response(new.ticket, unlisted, &tick(1)), Err(AnswerFault::Unlisted("b".into())));
    assert_eq!(phone, before);
    phone.take_response(new.ticket, answer(1), &tick(1)).unwrap();
    assert!(phone.take_response(new.ticket, answer(1), &tick(1)).is_err(), "an answer counts once");
}

#[test]
fn outcomes_are_told_and_told_again_when_they_change() {
    let mut phone = phone();
    for number in [10, 11, 12] {
        phone.record(new_visit(number), &tick(1)).unwrap();
    }
    let parked =
        Outcome { seq: 2, status: Status::Parked, rule: Some("record-unknown".into()), message: None, record: None };
    let taken = give(&mut phone, Response { outcomes: vec![parked], ..answer(2) });
    assert!(taken.again, "op 3 was not acknowledged");
    assert_eq!(taken.outcomes.len(), 1);
    assert_eq!(phone.outcome(1).unwrap().status, Status::Applied);
    assert_eq!((phone.outcome(2).unwrap().status, phone.outcome(2).unwrap().record), (Status::Parked, Some(id(11))));
    assert_eq!(phone.outcome(3), None);
    assert_eq!((phone.status().parked, phone.status().pending), (1, 1));
    let message = json!({"en": "no", "zh": "不"});
    let body = json!({"device": id(DEVICE), "seq": 2, "status": "rejected", "rule": "BK-5", "message": message});
    let record = |body: &Value, number| Record { kind: "op_outcome".into(), ..pulled(number, 1, body) };
    let elsewhere = json!({"device": id(99), "seq": 1, "status": "rejected"});
    let changes = vec![live("b", 1, record(&body, 50)), live("b", 2, record(&elsewhere, 51))];
    let taken = give(&mut phone, Response { buckets: vec![bucket("b", &[(50, 1), (51, 2)])], changes, ..answer(3) });
    let told: Vec<_> = taken.outcomes.iter().map(|outcome| (outcome.seq, outcome.message.as_deref())).collect();
    assert_eq!(told, [(2, Some("no / 不"))]);
    assert_eq!(
        (phone.outcome(1).unwrap().status, phone.outcome(2).unwrap().status),
        (Status::Applied, Status::Rejected)
    );
}

#[test]
fn pending_ops_lie_over_what_was_pulled() {
    let mut phone = phone();
    let body = json!({"visit_type": "cold", "purpose": "a", "tags": ["x", "y"], "later": 5});
    let page = |body: &Value, version| Response {
        buckets: vec![bucket("b", &[(10, version)])],
        changes: vec![live("b", version, pulled(10, version, body))],
        ..answer(0)
    };
    give(&mut phone, page(&body, 1));
    phone.record(visit(10, &json!({"purpose": null, "minutes": 7})), &tick(2)).unwrap();
    let tags = |tag: &str| BTreeMap::from([("tags".to_owned(), vec![tag.to_owned()])]);
    phone.record(Draft::new(&kinds::VISIT, id(10), id(PROJECT), Action::Untag(tags("x"))), &tick(3)).unwrap();
    phone.record(Draft::new(&kinds::VISIT, id(10), id(PROJECT), Action::Tag(tags("z"))), &tick(4)).unwrap();
    let view = phone.view(id(10)).unwrap();
    assert_eq!(Value::from(view.body), json!({"visit_type": "cold", "minutes": 7, "tags": ["y", "z"], "later": 5}));
    assert_eq!((view.version, view.pending), (1, vec![1, 2, 3]));
    phone.record(Draft::new(&kinds::VISIT, id(10), id(PROJECT), Action::Delete), &tick(5)).unwrap();
    assert_eq!((phone.view(id(10)), phone.records()), (None, vec![]));
    assert_eq!(phone.record(new_visit(10), &tick(6)).unwrap_err().code(), "wrong-state");
    let rejected = Outcome { seq: 4, status: Status::Rejected, rule: None, message: None, record: None };
    give(&mut phone, Response { outcomes: vec![rejected], acked: 4, ..page(&json!({"minutes": 7}), 4) });
    assert_eq!(phone.view(id(10)).unwrap().version, 4, "a rejected deletion deletes nothing");
}

#[test]
fn an_acknowledged_op_stays_visible_until_its_page_comes() {
    let mut phone = phone();
    let count = |phone: &Replica| phone.view(id(10)).unwrap().body["flyers"].clone();
    let add = Action::Add(BTreeMap::from([("flyers".to_owned(), 2)]));
    phone.record(Draft::new(&kinds::CANVASS, id(10), id(PROJECT), fields(&json!({"note": "n"}))), &tick(1)).unwrap();
    phone.record(Draft::new(&kinds::CANVASS, id(10), id(PROJECT), add), &tick(1)).unwrap();
    assert_eq!(count(&phone), 2);
    let other = live("b", 1, pulled(20, 1, &json!({})));
    let buckets = || vec![bucket("b", &[(20, 1), (10, 2)])];
    give(&mut phone, Response { buckets: buckets(), changes: vec![other], more: true, keep_from: 3, ..answer(2) });
    assert_eq!((phone.status().pending, count(&phone)), (0, json!(2)), "acknowledged, on a later page");
    let tally = Record { kind: "canvass".into(), ..pulled(10, 2, &json!({"flyers": 2, "note": "n"})) };
    give(&mut phone, Response { buckets: buckets(), changes: vec![live("b", 2, tally)], keep_from: 3, ..answer(2) });
    assert_eq!((count(&phone), phone.view(id(10)).unwrap().pending), (json!(2), vec![]), "and never counted twice");
}

#[test]
fn p10_a_record_leaves_with_its_last_bucket_and_after_its_pending_ops() {
    let mut phone = phone();
    let both = vec![live("a", 1, pulled(10, 1, &json!({}))), live("b", 1, pulled(10, 1, &json!({})))];
    let members: &[(u128, u64)] = &[(10, 1)];
    give(
        &mut phone,
        Response { buckets: vec![bucket("a", members), bucket("b", members)], changes: both, ..answer(0) },
    );
    give(
        &mut phone,
        Response {
            buckets: vec![bucket("a", &[]), bucket("b", members)],
            changes: vec![gone("a", 2, 10)],
            ..answer(0)
        },
    );
    assert!(phone.view(id(10)).is_some(), "one bucket still holds it");
    phone.record(visit(10, &json!({"minutes": 1})), &tick(1)).unwrap();
    give(&mut phone, Response { buckets: vec![bucket("a", &[])], ..answer(0) });
    assert!(phone.view(id(10)).is_some(), "its bucket is not listed any more, but an op is pending");
    let taken = give(&mut phone, Response { buckets: vec![bucket("a", &[])], ..answer(1) });
    assert_eq!((phone.view(id(10)), taken.changed), (None, BTreeSet::from([id(10)])));
}

#[test]
fn p12_a_copy_that_differs_heals_itself_alone() {
    let mut phone = phone();
    let page = |b: Bucket| Response {
        buckets: vec![bucket("a", &[(10, 1)]), b],
        changes: vec![live("a", 1, pulled(10, 1, &json!({}))), live("b", 1, pulled(11, 1, &json!({})))],
        cursors: cursors(&[("a", "1"), ("b", "1")]),
        ..answer(0)
    };
    let other = || bucket("b", &[(11, 1), (12, 2)]);
    let taken = give(&mut phone, page(other()));
    assert_eq!((taken.unequal, taken.again), (vec!["b".to_owned()], true));
    let exchange = phone.next_request(&tick(1_000)).unwrap();
    assert_eq!(exchange.request.cursors, cursors(&[("a", "1")]), "the other bucket goes on from its mark");
    assert!(phone.view(id(11)).is_some(), "readable until the bucket was pulled anew");
    let taken = phone.take_response(exchange.ticket, page(other()), &tick(1_000)).unwrap();
    assert_eq!((taken.unequal.len(), taken.again), (1, false), "a difference that stays does not make a loop");
    give(&mut phone, Response { changes: vec![], ..page(bucket("b", &[])) });
    assert_eq!((phone.view(id(11)), phone.status().buckets[1].count), (None, 0));
}

#[test]
fn a_reset_spans_pages_and_drops_what_did_not_come_again() {
    let mut phone = phone();
    let all = [live("b", 1, pulled(10, 1, &json!({}))), live("b", 2, pulled(11, 1, &json!({})))];
    give(&mut phone, Response { buckets: vec![bucket("b", &[(10, 1), (11, 2)])], changes: all.to_vec(), ..answer(0) });
    let anew = |reset| Bucket { reset, ..bucket("b", &[(11, 3), (12, 4)]) };
    let first = vec![live("b", 3, pulled(11, 2, &json!({})))];
    give(&mut phone, Response { buckets: vec![anew(true)], changes: first, more: true, ..answer(0) });
    assert_eq!(phone.records().len(), 2);
    let second = vec![live("b", 4, pulled(12, 1, &json!({})))];
    let taken = give(&mut phone, Response { buckets: vec![anew(false)], changes: second, ..answer(0) });
    assert_eq!(taken.unequal, Vec::<String>::new());
    assert_eq!(phone.records().iter().map(|view| view.id).collect::<Vec<_>>(), [id(11), id(12)]);
}

#[test]
fn acknowledged_ops_are_retained_from_keep_from_on() {
    let mut phone = phone();
    for number in 10..14 {
        phone.record(new_visit(number), &tick(1)).unwrap();
    }
    let group = (14..17).map(new_visit).collect();
    phone.record_group(id(90), group, &tick(1)).unwrap();
    give(&mut phone, Response { keep_from: 3, ..answer(7) });
    assert_eq!(phone.texts().map(|(seq, _)| seq).collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
    give(&mut phone, Response { keep_from: 6, ..answer(7) });
    assert_eq!(phone.texts().map(|(seq, _)| seq).collect::<Vec<_>>(), [5, 6, 7], "a group goes as a whole");
    phone.record(new_visit(20), &tick(2)).unwrap();
    give(&mut phone, Response { keep_from: 99, ..answer(7) });
    assert_eq!(phone.texts().map(|(seq, _)| seq).collect::<Vec<_>>(), [8], "what is pending is never let go");
}
