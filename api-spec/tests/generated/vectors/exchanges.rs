//! Whole exchanges of one phone: the exact request, the answer, and what the phone holds afterwards.

mod phone;

use api_spec::{locale::Locale, messages, problem::Problem};
use phone::Phone;
use serde_json::{Value, json};
use sync_core::checksum::Checksum;
use sync_core::op::{Digest, Op, OpFault};
use sync_core::value::ValueFault;
use uuid::Uuid;

use super::file;

const PROJECT: &str = "0193e0a0-0000-7000-8000-0000000000aa";
const USER: &str = "0193e0a0-0000-7000-8000-0000000000bb";
const MINE: &str = "user:0193e0a0-0000-7000-8000-0000000000bb";
const ALL: &str = "project:0193e0a0-0000-7000-8000-0000000000aa";

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_e0a0_0000_7000_8000_0000_0000_0000 + n)
}

/// The three ops of the phone's log, chained.
fn log() -> Vec<String> {
    let time = |elapsed_ms: i64| json!({"anchor": "anchor-1", "elapsed_ms": elapsed_ms, "boot": "b7"});
    let actions = [
        ("checkin", json!({"set": {"type": "on", "note": "天府"}}), time(60_000)),
        (
            "booking",
            json!({"set": {"customer_name": "王女士", "phone_masked": "13812345678", "route": "booked"}}),
            time(61_000),
        ),
        ("followup", json!({"set": {"lead": id(9), "channel": "call", "summary": "下午到访"}}), time(62_000)),
    ];
    let mut prev = Digest::ZERO;
    let mut texts = Vec::new();
    for (seq, (kind, action, time)) in (1_u32..).zip(actions) {
        let (action, time) = (serde_json::to_string(&action).unwrap(), serde_json::to_string(&time).unwrap());
        let text = format!(
            r#"{{"seq":{seq},"prev":"{prev}","kind":"{kind}","v":1,"id":"{}","project":"{PROJECT}","do":{action},"time":{time}}}"#,
            id(u128::from(seq))
        );
        Op::parse(&text).unwrap();
        prev = Digest::of(&text);
        texts.push(text);
    }
    texts
}

fn request(epoch: Option<&str>, anchor: &str, ops: &[String], cursors: &Value) -> String {
    format!(
        r#"{{"protocol":1,"epoch":{},"anchor":"{anchor}","recorded":3,"ops":[{}],"cursors":{cursors},"limit":500}}"#,
        json!(epoch),
        ops.join(",")
    )
}

fn live(bucket: &str, rev: u64, kind: &str, n: u128, body: Value, owner: Option<&str>) -> Value {
    json!({"bucket": bucket, "rev": rev, "kind": kind, "id": id(n), "v": 1, "project": PROJECT, "version": 1, "body": body,
        "phase": "open", "verdict": null, "owner": owner,
        "created": {"earliest": "2026-11-22T01:00:00.000Z", "latest": "2026-11-22T01:30:00.000Z", "grade": "bracketed"}})
}

fn bucket(name: &str, rev: u64, members: &[(u128, u64)], reset: bool) -> Value {
    let checksum = Checksum::of(members.iter().map(|&(n, rev)| (id(n), rev)));
    json!({"bucket": name, "rev": rev, "count": members.len(), "checksum": checksum, "reset": reset})
}

/// An answer; the named members replace those of a plain one.
fn answer(members: Value) -> Value {
    let mut answer = json!({"epoch": "epoch-1", "server_time": "2026-11-22T01:30:00.000Z", "anchor": "anchor-2", "acked": 3,
        "keep_from": 1, "sync_after_ms": 0, "outcomes": [], "buckets": [], "changes": [], "cursors": {}, "more": false});
    let Value::Object(members) = members else { panic!("members of an answer are an object") };
    answer.as_object_mut().unwrap().extend(members);
    answer
}

pub(super) fn exchanges() -> Value {
    let ops = log();
    let full = OpFault::Value { field: "phone_masked".into(), fault: ValueFault::FullNumber };
    let rejected = json!({"seq": 2, "status": "rejected", "rule": "BK-5", "message": messages::fault(&full).both(), "record": id(2)});
    let parked = json!({"seq": 3, "status": "parked", "rule": "record-unknown", "record": id(3),
        "message": api_spec::problem::Code::RecordUnknown.message(&serde_json::Map::new()).both()});
    let outlet = live(ALL, 7, "outlet", 20, json!({"name": "安居店", "category": "broker", "photos": []}), None);
    let checkin = live(MINE, 1, "checkin", 1, json!({"type": "on", "note": "天府"}), Some(USER));
    let cursors = json!({MINE: "c-1", ALL: "c-7"});
    let first = answer(json!({"outcomes": [rejected, parked], "cursors": cursors, "changes": [checkin, outlet],
        "buckets": [bucket(MINE, 1, &[(1, 1)], true), bucket(ALL, 7, &[(20, 7)], true)]}));

    let mut phone = Phone::default();
    let mut steps = Vec::new();
    let mut step = |name: &str, request: String, status: u16, answer: Value| {
        if status == 200 {
            phone.apply(&answer);
        }
        steps.push(
            json!({"name": name, "request": request, "status": status, "answer": answer, "phone": phone.shown()}),
        );
    };
    step(
        "first contact: three ops are recorded, one is rejected, one parked; none blocks the queue",
        request(None, "anchor-1", &ops, &json!({})),
        200,
        first,
    );
    step(
        "the answer was lost: the same ops again change nothing and have the same outcomes",
        request(None, "anchor-1", &ops, &json!({})),
        200,
        answer(
            json!({"outcomes": [{"seq": 1, "status": "duplicate", "record": id(1)}, rejected, parked], "cursors": cursors,
            "changes": [checkin, outlet], "buckets": [bucket(MINE, 1, &[(1, 1)], true), bucket(ALL, 7, &[(20, 7)], true)]}),
        ),
    );
    step(
        "the lead arrived, the parked op took effect; the outlet changed",
        request(Some("epoch-1"), "anchor-2", &[], &cursors),
        200,
        answer(json!({"anchor": "anchor-3", "cursors": {MINE: "c-3", ALL: "c-8"},
            "changes": [
                live(MINE, 2, "followup", 3, json!({"lead": id(9), "channel": "call", "summary": "下午到访"}), Some(USER)),
                live(MINE, 3, "op_outcome", 30, json!({"device": id(40), "seq": 3, "status": "applied", "record": id(3)}), Some(USER)),
                live(ALL, 8, "outlet", 20, json!({"name": "安居地产店", "category": "broker", "photos": []}), None),
            ],
            "buckets": [bucket(MINE, 3, &[(1, 1), (3, 2), (30, 3)], false), bucket(ALL, 8, &[(20, 8)], false)]})),
    );
    step(
        "a record leaves one bucket",
        request(Some("epoch-1"), "anchor-3", &[], &json!({MINE: "c-3", ALL: "c-8"})),
        200,
        answer(json!({"anchor": "anchor-4", "cursors": {MINE: "c-4", ALL: "c-8"},
            "changes": [{"bucket": MINE, "rev": 4, "id": id(30), "gone": "expired"}],
            "buckets": [bucket(MINE, 4, &[(1, 1), (3, 2)], false), bucket(ALL, 8, &[(20, 8)], false)]})),
    );
    step(
        "the membership ended: a bucket that is not listed is dropped whole",
        request(Some("epoch-1"), "anchor-4", &[], &json!({MINE: "c-4", ALL: "c-8"})),
        200,
        answer(
            json!({"anchor": "anchor-5", "cursors": {MINE: "c-4"}, "buckets": [bucket(MINE, 4, &[(1, 1), (3, 2)], false)]}),
        ),
    );
    step(
        "the server was restored from a backup and lost two ops: the phone resets its copy and sends them again",
        request(Some("epoch-1"), "anchor-5", &[], &json!({MINE: "c-4"})),
        200,
        answer(
            json!({"epoch": "epoch-2", "anchor": "anchor-6", "acked": 1, "cursors": {MINE: "d-1"}, "changes": [checkin],
            "buckets": [bucket(MINE, 1, &[(1, 1)], true)]}),
        ),
    );
    step(
        "a hole: op 2 was forgotten",
        request(Some("epoch-2"), "anchor-6", &ops[2..], &json!({MINE: "d-1"})),
        409,
        problem(&Problem::seq_gap(2, Digest::of(&ops[0]).to_string())),
    );
    let strange = ops[0].replace("\"on\"", "\"off\"");
    step(
        "a cloned phone: seq 1 with another text; nothing is stored, the phone takes a new device",
        request(Some("epoch-2"), "anchor-6", &[strange], &json!({MINE: "d-1"})),
        409,
        problem(&Problem::device_forked(1, Digest::of(&ops[0]).to_string())),
    );
    file(
        "One phone from its first contact on. `request` is the exact body, `answer` what the server says, `phone` what the phone holds afterwards: `records` with the members of each bucket as `[id, rev]`, sorted by id.",
        steps,
    )
}

fn problem(problem: &Problem) -> Value {
    serde_json::to_value(problem.render(Locale::En, Some("0193e0a0-0000-7000-8000-0000000000ff".to_owned()))).unwrap()
}
