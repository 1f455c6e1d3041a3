//! A phone whose server is written by hand, answer by answer.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sync_core::checksum::Checksum;
use sync_core::exchange::{Bucket, Change, Gone, Record, Request, Response, What};
use sync_core::kinds;
use sync_core::op::{Action, Op};
use sync_core::replica::{Draft, Exchange, Login, Replica, Taken, Tick};
use sync_core::time::{Grade, Moment};
use uuid::Uuid;

pub(crate) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(crate) const USER: u128 = 1;
pub(crate) const DEVICE: u128 = 2;
pub(crate) const PROJECT: u128 = 3;

pub(crate) fn tick(monotonic_ms: i64) -> Tick {
    Tick { boot: "b1".into(), monotonic_ms, wall: None }
}

pub(crate) fn phone() -> Replica {
    let mut phone = Replica::new(id(USER), id(DEVICE));
    let login = Login { anchor: Some("a0".into()), ..Login::new(id(USER), id(DEVICE)) };
    phone.login(login, &tick(0)).unwrap();
    phone
}

pub(crate) fn fields(value: &Value) -> Action {
    Action::Set(value.as_object().cloned().unwrap())
}

pub(crate) fn visit(number: u128, value: &Value) -> Draft {
    Draft::new(&kinds::VISIT, id(number), id(PROJECT), fields(value))
}

pub(crate) fn new_visit(number: u128) -> Draft {
    visit(number, &json!({"visit_type": "cold"}))
}

/// An answer that acknowledges up to `acked` and brings nothing.
pub(crate) fn answer(acked: u64) -> Response {
    Response {
        epoch: "e0".into(),
        server_time: "2026-11-22T01:31:07.120Z".into(),
        anchor: format!("a{acked}"),
        acked,
        keep_from: 1,
        sync_after_ms: 60_000,
        outcomes: vec![],
        buckets: vec![],
        changes: vec![],
        cursors: BTreeMap::new(),
        more: false,
    }
}

pub(crate) fn pulled(number: u128, version: u64, body: &Value) -> Record {
    Record {
        kind: "visit".into(),
        id: id(number),
        v: 1,
        project: id(PROJECT),
        version,
        body: body.as_object().cloned().unwrap(),
        phase: "open".into(),
        verdict: None,
        owner: Some(id(USER)),
        created: Moment { earliest: 1, latest: 2, claimed: None, grade: Grade::Bracketed },
    }
}

pub(crate) fn live(bucket: &str, rev: u64, record: Record) -> Change {
    Change { bucket: bucket.into(), rev, what: What::Live(Box::new(record)) }
}

pub(crate) fn gone(bucket: &str, rev: u64, number: u128) -> Change {
    Change { bucket: bucket.into(), rev, what: What::Gone { id: id(number), gone: Gone::Revoked } }
}

pub(crate) fn bucket(name: &str, members: &[(u128, u64)]) -> Bucket {
    let checksum = Checksum::of(members.iter().map(|(number, rev)| (id(*number), *rev)));
    let rev = members.iter().map(|(_, rev)| *rev).max().unwrap_or(0);
    Bucket { bucket: name.into(), rev, count: members.len() as u64, checksum, reset: false }
}

pub(crate) fn cursors(marks: &[(&str, &str)]) -> BTreeMap<String, String> {
    marks.iter().map(|(name, mark)| ((*name).to_owned(), (*mark).to_owned())).collect()
}

pub(crate) fn ask(phone: &mut Replica) -> Exchange {
    phone.poke();
    phone.next_request(&tick(1_000)).unwrap()
}

pub(crate) fn give(phone: &mut Replica, response: Response) -> Taken {
    let exchange = ask(phone);
    phone.take_response(exchange.ticket, response, &tick(1_000)).unwrap()
}

pub(crate) fn seqs(request: &Request) -> Vec<u64> {
    request.ops.iter().map(|op| Op::parse(op.get()).unwrap().place.seq).collect()
}
