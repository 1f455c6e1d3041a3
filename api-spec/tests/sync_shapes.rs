//! The schema of the exchange and sync-core's messages are two declarations of one thing; this holds them together.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use api_spec::sync;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use sync_core::exchange::{
    Bucket, Change, Gone, Outcome, Record, Request, Response, Status, Verdict, VerdictReason, What,
};
use sync_core::op::{Action, Digest, Op, Place, TimeClaim, Was};
use sync_core::time::{Answer, Grade, Moment};
use uuid::Uuid;

/// What one writes the other reads (strictly), and writes again the same.
fn same<Core: Serialize + DeserializeOwned, Schema: Serialize + DeserializeOwned>(message: &Core) {
    let text = serde_json::to_value(message).unwrap();
    let schema: Schema = serde_json::from_value(text.clone()).unwrap_or_else(|error| panic!("{error}: {text:#}"));
    let back = serde_json::to_value(schema).unwrap();
    assert_eq!(back, text);
    assert_eq!(serde_json::to_value(serde_json::from_value::<Core>(back).unwrap()).unwrap(), text);
}

fn record(verdict: Option<Verdict>, claimed: Option<i64>) -> Record {
    Record {
        kind: "lead".into(),
        id: Uuid::from_u128(1),
        v: 1,
        project: Uuid::from_u128(2),
        version: 3,
        body: json!({"name": "王女士"}).as_object().unwrap().clone(),
        phase: "open".into(),
        verdict,
        owner: Some(Uuid::from_u128(3)),
        created: Moment { earliest: 1, latest: 2, claimed, grade: Grade::Bracketed },
    }
}

#[test]
fn answers_have_one_shape() {
    let reason = |answer| VerdictReason { rule: "BK-1".into(), answer, message: "a\n甲".into() };
    let verdict = |until| Verdict {
        outcome: "void".into(),
        ruling: Uuid::from_u128(4),
        at: "2026-11-22T01:31:07.120Z".into(),
        until,
        reasons: [Answer::Yes, Answer::No, Answer::Unclear].map(reason).into(),
    };
    let live = |record| Change { bucket: "b".into(), rev: 1, what: What::Live(Box::new(record)) };
    let gone = |gone| Change { bucket: "b".into(), rev: 2, what: What::Gone { id: Uuid::from_u128(5), gone } };
    let outcome = |status| Outcome { seq: 1, status, rule: None, message: None, record: None };
    let mut outcomes: Vec<_> =
        [Status::Applied, Status::Superseded, Status::Rejected, Status::Parked, Status::Duplicate].map(outcome).into();
    outcomes.push(Outcome {
        rule: Some("BK-5".into()),
        message: Some("m".into()),
        record: Some(Uuid::nil()),
        ..outcome(Status::Rejected)
    });
    let mut changes: Vec<_> = [Gone::Deleted, Gone::Moved, Gone::Revoked, Gone::Expired].map(gone).into();
    changes.push(live(record(Some(verdict(None)), Some(1))));
    changes.push(live(record(Some(verdict(Some("2027-01-22T01:31:07.120Z".into()))), None)));
    changes.push(live(Record { owner: None, ..record(None, None) }));
    same::<Response, sync::SyncResponse>(&Response {
        epoch: "e".into(),
        server_time: "2026-11-22T01:31:07.120Z".into(),
        anchor: "a".into(),
        acked: 42,
        keep_from: 17,
        sync_after_ms: 0,
        outcomes,
        buckets: vec![Bucket {
            bucket: "b".into(),
            rev: 1,
            count: 1,
            checksum: sync_core::checksum::Checksum::default(),
            reset: true,
        }],
        changes,
        cursors: [("b".to_owned(), "1".to_owned())].into(),
        more: false,
    });
}

#[test]
fn requests_and_ops_have_one_shape() {
    let op = Op {
        place: Place { seq: 42, prev: Digest::of("x") },
        kind: "lead".into(),
        v: 1,
        id: Uuid::from_u128(1),
        project: Uuid::from_u128(2),
        group: Some("g".into()),
        salt: Some("0".repeat(32)),
        action: Action::Set(json!({"name": "王女士", "intent": null}).as_object().unwrap().clone()),
        time: TimeClaim {
            anchor: Some("a".into()),
            elapsed_ms: Some(1),
            boot: Some("b".into()),
            wall: Some("w".into()),
        },
        was: Some(Was { device: Uuid::from_u128(3), seq: 7, digest: Digest::ZERO }),
    };
    let bare = Op { group: None, salt: None, was: None, time: TimeClaim::default(), ..op.clone() };
    for op in [&op, &bare] {
        let text: Value = serde_json::from_str(&op.to_text()).unwrap();
        let schema: sync::SyncOp = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(schema).unwrap(), text);
    }
    same::<Request, sync::SyncRequest>(&Request {
        protocol: 1,
        epoch: None,
        anchor: Some("a".into()),
        recorded: Some(43),
        ops: vec![serde_json::value::RawValue::from_string(op.to_text()).unwrap()],
        cursors: [("b".to_owned(), "1".to_owned())].into(),
        limit: 500,
    });
}
