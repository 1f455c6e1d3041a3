//! What the promises need often: a server with the world on it, phones, and what they recorded.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sync_core::exchange::{Request, Response, Status};
use sync_core::kind::Origin;
use sync_core::kinds::{self, CANVASS, VISIT};
use sync_core::op::Digest;
use tests::engine::Engine;
use tests::in_process::InProcess;
use tests::phone::Phone;
use tests::world;
use uuid::Uuid;

/// A server whose clock stands at the morning, with everybody of the world.
pub(crate) async fn start(engine: Engine) -> InProcess {
    let server = InProcess::start(engine).await;
    server.api().set_clock(world::MORNING).await;
    world::found(&server.app().db).await;
    server
}

/// The id of the nth phone of a scenario.
pub(crate) fn device(n: u128) -> Uuid {
    Uuid::from_u128(0xde_0000 + n)
}

/// Records a cold visit.
pub(crate) fn visit(phone: &mut Phone, purpose: &str) -> Uuid {
    phone.create(&VISIT, json!({"visit_type": "cold", "purpose": purpose, "result": "名片"}))
}

/// Records a canvassing tally with this many flyers.
pub(crate) fn tally(phone: &mut Phone, flyers: i64) -> Uuid {
    let id = phone.create(&CANVASS, json!({"place": "春熙路"}));
    phone.add(&CANVASS, id, "flyers", flyers);
    id
}

/// A counter as the phone shows it; 0 without one.
pub(crate) fn count(phone: &Phone, id: Uuid, counter: &str) -> i64 {
    phone.body(id).get(counter).and_then(Value::as_i64).unwrap_or(0)
}

/// Status and rule of an op's outcome.
pub(crate) fn outcome(phone: &Phone, seq: u64) -> (Status, Option<String>) {
    let outcome = phone.replica.outcome(seq).unwrap();
    (outcome.status, outcome.rule.clone())
}

/// A log written by hand: what no replica would record.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chain {
    seq: u64,
    prev: Digest,
}

impl Chain {
    /// The next op; `members` are all but its place.
    pub(crate) fn op(&mut self, members: &str) -> String {
        self.seq += 1;
        let text = format!(r#"{{"seq":{},"prev":"{}",{members}}}"#, self.seq, self.prev);
        self.prev = Digest::of(&text);
        text
    }

    /// The next op, a cold visit with these fields besides.
    pub(crate) fn visit(&mut self, id: Uuid, fields: &str) -> String {
        let project = world::PROJECT;
        self.op(&format!(
            r#""kind":"visit","v":1,"id":"{id}","project":"{project}","do":{{"set":{{"visit_type":"cold"{fields}}}}},"time":{{}}"#
        ))
    }
}

/// A request with these op texts, as a phone without a copy sends it.
pub(crate) fn request(ops: &[String]) -> Request {
    Request {
        protocol: 1,
        epoch: None,
        anchor: None,
        recorded: None,
        ops: ops.iter().map(|text| RawValue::from_string(text.clone()).unwrap()).collect(),
        cursors: BTreeMap::new(),
        limit: 500,
    }
}

/// Seq, status and rule of the outcomes of an answer.
pub(crate) fn told(answer: &Response) -> Vec<(u64, Status, Option<&str>)> {
    answer.outcomes.iter().map(|told| (told.seq, told.status, told.rule.as_deref())).collect()
}

/// Kind, body, phase and owner of a record.
pub(crate) type Shown = (String, Map<String, Value>, String, Option<Uuid>);

/// What everybody agrees on about the records a phone holds, server-made ones left out.
pub(crate) fn records(phone: &Phone) -> BTreeMap<Uuid, Shown> {
    let made = |kind: &str| kinds::find(kind, 1).is_some_and(|kind| kind.origin == Origin::Phone);
    let shown = phone.replica.records().into_iter().filter(|view| made(&view.kind));
    shown.map(|view| (view.id, (view.kind, view.body, view.phase, view.owner))).collect()
}
