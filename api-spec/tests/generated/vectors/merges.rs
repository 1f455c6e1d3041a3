//! Stamps, and ops merged into a record.

use serde_json::{Value, json};
use sync_core::kinds;
use sync_core::op::{Action, Op};
use sync_core::record::State;
use sync_core::time::{Evidence, Moment, Stamp};
use uuid::Uuid;

use super::file;

const A: Uuid = Uuid::from_u128(0xa);
const B: Uuid = Uuid::from_u128(0xb);

pub(super) fn stamps() -> Value {
    let evidence =
        Evidence { anchor: Some(1_000_000), elapsed_ms: Some(60_000), received: 1_100_000, ..Evidence::default() };
    let cases = [
        ("the claim", evidence, 0),
        ("the anchor, without a claim", Evidence { elapsed_ms: None, ..evidence }, 0),
        ("raised to the op before it in the log", Evidence { elapsed_ms: None, ..evidence }, 1_070_000),
        ("neither claim nor anchor", Evidence { anchor: None, ..evidence }, 0),
        ("a contradicted claim counts as none", Evidence { elapsed_ms: Some(7_200_000), ..evidence }, 0),
    ];
    let cases = cases.into_iter().map(|(name, evidence, previous)| {
        let stamp = Stamp::of(&Moment::derive(&evidence), &evidence, previous, 7, A);
        json!({"name": name, "anchor": evidence.anchor, "elapsed_ms": evidence.elapsed_ms, "received": evidence.received,
            "previous_ms": previous, "seq": 7, "device": A, "stamp": stamp})
    });
    file("`stamp` is `[ms, seq, device]`; stamps compare member by member, devices as 16 bytes.", cases)
}

pub(super) fn merges() -> Value {
    let cases = [
        (
            "the newest stamp wins a register; null clears it",
            "lead",
            vec![
                (json!({"set": {"name": "王女士", "source": "visit", "intent": "C", "area": "天府"}}), (10, 1, A)),
                (json!({"set": {"intent": "A"}}), (30, 3, A)),
                (json!({"set": {"intent": "B", "area": null}}), (20, 2, B)),
            ],
        ),
        (
            "equal milliseconds: the greater seq wins, then the greater device",
            "visit",
            vec![
                (json!({"set": {"visit_type": "cold", "purpose": "1", "result": "1"}}), (10, 5, A)),
                (json!({"set": {"purpose": "2"}}), (10, 6, A)),
                (json!({"set": {"purpose": "3", "result": "3"}}), (10, 5, B)),
            ],
        ),
        (
            "a once field keeps its oldest value",
            "checkin",
            vec![(json!({"set": {"type": "on"}}), (20, 2, A)), (json!({"set": {"type": "off"}}), (10, 1, B))],
        ),
        (
            "counters sum the deltas of all devices, each op once",
            "canvass",
            vec![
                (json!({"set": {"note": "n"}}), (1, 1, A)),
                (json!({"add": {"flyers": 40, "contacts": 3}}), (2, 2, A)),
                (json!({"add": {"flyers": -5}}), (3, 3, A)),
                (json!({"add": {"flyers": 10}}), (3, 3, B)),
                (json!({"add": {"flyers": 10}}), (3, 3, B)),
            ],
        ),
        (
            "an element is present when its newest add is not older than its newest removal",
            "visit",
            vec![
                (json!({"tag": {"tags": ["a", "b", "c"]}}), (10, 1, A)),
                (json!({"untag": {"tags": ["a", "b"]}}), (20, 2, A)),
                (json!({"tag": {"tags": ["b"]}}), (20, 2, A)),
                (json!({"untag": {"tags": ["c"]}}), (5, 1, B)),
            ],
        ),
        (
            "fields nobody declared are carried by their verb",
            "visit",
            vec![
                (json!({"set": {"mood": {"good": 1}}}), (1, 1, A)),
                (json!({"add": {"steps": 7}}), (2, 2, A)),
                (json!({"tag": {"labels": ["x"]}}), (3, 3, A)),
            ],
        ),
    ];
    let cases = cases.into_iter().map(|(name, kind, ops)| {
        let ops: Vec<_> =
            ops.into_iter().map(|(action, (ms, seq, device))| (action, Stamp { ms, seq, device })).collect();
        let state = merged(kind, &ops);
        for order in permutations(&ops) {
            assert_eq!(merged(kind, &order), state, "{name}: the order of arrival matters");
        }
        let ops: Vec<_> = ops.into_iter().map(|(action, stamp)| json!({"do": action, "stamp": stamp})).collect();
        json!({"name": name, "kind": kind, "ops": ops, "body": state.body()})
    });
    file(
        "`body` is what the `ops` give, in every order and however often each arrives; sets are sorted by code point.",
        cases,
    )
}

fn merged(kind: &str, ops: &[(Value, Stamp)]) -> State {
    let declared = kinds::find(kind, 1).unwrap();
    let mut state = State::default();
    for (action, stamp) in ops {
        state.join(State::of(declared, &parse(kind, action), *stamp));
    }
    state
}

fn parse(kind: &str, action: &Value) -> Action {
    let text = json!({"seq": 1, "prev": "0".repeat(64), "kind": kind, "v": 1, "id": Uuid::nil(), "project": Uuid::nil(),
        "do": action, "time": {}});
    Op::parse(&text.to_string()).unwrap().action
}

/// Every order of the items.
fn permutations<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    let Some((first, rest)) = items.split_first() else { return vec![Vec::new()] };
    let mut orders = Vec::new();
    for order in permutations(rest) {
        for place in 0..=order.len() {
            let mut order = order.clone();
            order.insert(place, first.clone());
            orders.push(order);
        }
    }
    orders
}
