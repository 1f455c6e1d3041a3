//! What the core costs by itself: reading an op, its digest, and its merge into a record. `./dev bench w7` puts the figures beside the others.

#![expect(clippy::expect_used, reason = "a measurement that cannot go on has no result")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use sync_core::kinds;
use sync_core::op::{Action, Digest, Op};
use sync_core::record::State;
use sync_core::time::Stamp;
use uuid::Uuid;

/// A visit as phones record it, 700 bytes with its envelope.
const VISIT: &str = concat!(
    r#"{"seq":42,"prev":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","kind":"visit","v":1,"#,
    r#""id":"0193a000-0000-7000-8000-000000000001","project":"0193a000-0000-7000-8000-0000000000a0","#,
    r#""do":{"set":{"visit_type":"cold","location":{"lat":30.50123,"lng":104.06321,"accuracy_m":12,"mocked":false},"#,
    r#""place":"万象城地铁口三号出口","minutes":35,"purpose":"了解周边租售情况","result":"加了微信，想看样板间，预算两百万左右","#,
    r#""next_step":"周末带家人来现场"}},"time":{"anchor":"#,
    r#""AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","#,
    r#""elapsed_ms":734511,"boot":"b7","wall":"2026-11-22T09:31:07.120+08:00"}}"#
);
/// A later word on the same visit.
const CHANGE: &str = r#"{"result":"约了周六上午十点","next_step":"准备户型图","minutes":40}"#;

fn stamp(seq: u64) -> Stamp {
    Stamp { ms: i64::try_from(seq).unwrap_or_default(), seq, device: Uuid::from_u128(7) }
}

fn core(criterion: &mut Criterion) {
    let visit = Op::parse(VISIT).expect("a valid op");
    let change = Action::Set(serde_json::from_str(CHANGE).expect("fields"));
    let mut group = criterion.benchmark_group("core");
    group.throughput(Throughput::Elements(1));
    group.bench_function("read", |bench| {
        bench.iter(|| {
            let op = Op::parse(black_box(VISIT)).expect("a valid op");
            op.check(&kinds::VISIT).expect("a valid visit");
            op
        });
    });
    group.bench_function("digest", |bench| bench.iter(|| Digest::of(black_box(VISIT))));
    group.bench_function("create", |bench| bench.iter(|| State::of(&kinds::VISIT, black_box(&visit.action), stamp(1))));
    let record = State::of(&kinds::VISIT, &visit.action, stamp(1));
    group.bench_function("merge", |bench| {
        bench.iter_batched_ref(
            || record.clone(),
            |record| record.join(State::of(&kinds::VISIT, black_box(&change), stamp(2))),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, core);
criterion_main!(benches);
