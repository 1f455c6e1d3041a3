//! What the server makes of a phone's evidence of time, and how moments compare.

use serde_json::{Value, json};
use sync_core::time::{Answer, Evidence, Grade, Moment};

use super::file;

/// 2026-11-22T01:00:00Z.
const T: i64 = 1_795_309_200_000;
const MINUTE: i64 = 60_000;

fn wire(moment: &Moment) -> Value {
    json!({"earliest": moment.earliest, "latest": moment.latest, "claimed": moment.claimed, "grade": moment.grade})
}

pub(super) fn moments() -> Value {
    let base =
        Evidence { anchor: Some(T), elapsed_ms: Some(10 * MINUTE), received: T + 60 * MINUTE, ..Evidence::default() };
    let cases = [
        ("a claim inside its bounds", base),
        ("recorded at the very receipt", Evidence { elapsed_ms: Some(60 * MINUTE), ..base }),
        (
            "past receipt within drift (2 s and 120 ms an hour): bounds only",
            Evidence { elapsed_ms: Some(60 * MINUTE + 2_120), ..base },
        ),
        (
            "past receipt beyond drift: contradicted, the bounds hold",
            Evidence { elapsed_ms: Some(60 * MINUTE + 2_121), ..base },
        ),
        ("a clock two hours ahead", Evidence { elapsed_ms: Some(120 * MINUTE), ..base }),
        ("rebooted since the anchor", Evidence { elapsed_ms: None, ..base }),
        ("a negative span is no claim", Evidence { elapsed_ms: Some(-1), ..base }),
        ("no anchor at all", Evidence { anchor: None, ..base }),
        ("no anchor, but an op before it", Evidence { anchor: None, previous_earliest: T - MINUTE, ..base }),
        ("the op before it was later than the claim", Evidence { previous_earliest: T + 20 * MINUTE, ..base }),
        (
            "an anchor older than what the phone held when it recorded",
            Evidence { recorded_bound: T + 5 * MINUTE, ..base },
        ),
        (
            "sent again to a restored server: covered by an old anchor",
            Evidence { covered_by: Some(T + 30 * MINUTE), ..base },
        ),
        ("covered by an anchor older than the claim", Evidence { covered_by: Some(T + 5 * MINUTE), ..base }),
        ("an anchor from the future is no anchor", Evidence { anchor: Some(T + 61 * MINUTE), ..base }),
        ("re-chained after a fork: bounds only", Evidence { rechained: true, ..base }),
        ("absurd evidence", Evidence { elapsed_ms: Some(i64::MAX), previous_earliest: T + 90 * MINUTE, ..base }),
    ];
    let cases = cases.into_iter().map(|(name, evidence)| {
        let moment = Moment::derive(&evidence);
        let Evidence { anchor, elapsed_ms, previous_earliest, recorded_bound, received, covered_by, rechained } =
            evidence;
        json!({"name": name, "moment": wire(&moment), "evidence": {"anchor": anchor, "elapsed_ms": elapsed_ms,
            "previous_earliest": previous_earliest, "recorded_bound": recorded_bound, "received": received,
            "covered_by": covered_by, "rechained": rechained}})
    });
    file(
        "`moment` is what the server derives from `evidence` (all instants Unix ms): `anchor` and `covered_by` are server times inside genuine anchors of this device, `recorded_bound` that of the newest anchor the phone had reported before it recorded the op.",
        cases,
    )
}

pub(super) fn comparisons() -> Value {
    let bracketed = |earliest, latest| Moment {
        earliest: T + earliest,
        latest: T + latest,
        claimed: None,
        grade: Grade::Bracketed,
    };
    let moments = [bracketed(0, 0), bracketed(0, 100), bracketed(100, 200), bracketed(101, 200), bracketed(50, 150)];
    let mut cases = Vec::new();
    for a in &moments {
        for b in &moments {
            cases.push(json!({"a": wire(a), "question": "precedes", "b": wire(b), "answer": a.precedes(b)}));
        }
        for at in [0, 1, 100, 101, 201] {
            cases.push(json!({"a": wire(a), "question": "is_before", "at": T + at, "answer": a.is_before(T + at)}));
        }
    }
    let arrival = Moment::exact(T + 30 * MINUTE);
    for (earliest, latest) in [(0, 0), (-MINUTE, 0), (0, 1), (1, 1), (-MINUTE, MINUTE)] {
        let booking = bracketed(earliest, latest);
        let answer: Answer = booking.is_older_than(&arrival, 30 * MINUTE);
        cases.push(json!({"a": wire(&booking), "question": "is_older_than", "b": wire(&arrival), "span_ms": 30 * MINUTE, "answer": answer}));
    }
    file(
        "Three-valued answers. `precedes`: a came before b, equal instants are unclear. `is_before`: a lies before the deadline `at`, half-open. `is_older_than`: at least `span_ms` passed between a and b, exactly counts.",
        cases,
    )
}
