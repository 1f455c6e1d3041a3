//! Laws of ops and moments, over arbitrary ones.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Map, Value};
use sync_core::op::{Action, Digest, Op, Place, TimeClaim, Was};
use sync_core::time::{Answer, Evidence, Grade, Moment};
use uuid::Uuid;

fn config() -> ProptestConfig {
    let file = FileFailurePersistence::Direct("proptest-regressions/laws.txt");
    ProptestConfig { cases: 512, failure_persistence: Some(Box::new(file)), ..ProptestConfig::default() }
}

/// Texts with everything JSON has to escape, and characters outside the BMP; never U+0000, which no op may contain.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-z]{1,8}", 1 => "[王女士\"\\\\\n\t\u{1}é😀]{0,6}"]
}

/// Values as deep as fields go, with the integers at both ends of what an op may carry.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => texts().prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => prop::sample::select(vec![i64::MIN, i64::MAX, 0]).prop_map(Value::from),
        1 => (-1e15..1e15f64).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(texts(), inner, 0..4)
                .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn objects() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map(texts(), values(), 0..5).prop_map(|map| map.into_iter().collect())
}

fn actions() -> impl Strategy<Value = Action> {
    let sets = || prop::collection::btree_map(texts(), prop::collection::vec(texts(), 0..4), 0..3);
    prop_oneof![
        4 => objects().prop_map(Action::Set),
        1 => prop::collection::btree_map(texts(), any::<i64>(), 0..4).prop_map(Action::Add),
        1 => sets().prop_map(Action::Tag),
        1 => sets().prop_map(Action::Untag),
        1 => Just(Action::Delete),
        1 => (texts(), objects()).prop_map(|(name, args)| Action::Command { name, args }),
    ]
}

prop_compose! {
    fn digests()(bytes in any::<[u8; 32]>()) -> Digest { Digest(bytes) }
}

prop_compose! {
    fn claims()(
        anchor in prop::option::of(texts()), elapsed_ms in prop::option::of(any::<i64>()),
        boot in prop::option::of(texts()), wall in prop::option::of(texts()),
    ) -> TimeClaim {
        TimeClaim { anchor, elapsed_ms, boot, wall }
    }
}

prop_compose! {
    fn ops()(
        (seq, prev, kind, v) in (1..=i64::MAX.unsigned_abs(), digests(), texts(), any::<u32>()),
        (id, project) in (any::<u128>(), any::<u128>()),
        (group, salt) in (prop::option::of(texts()), prop::option::of(texts())),
        (action, time) in (actions(), claims()),
        was in prop::option::of((any::<u128>(), 1..1000u64, digests())),
    ) -> Op {
        Op {
            place: Place { seq, prev }, kind, v, id: Uuid::from_u128(id), project: Uuid::from_u128(project), group, salt, action, time,
            was: was.map(|(device, seq, digest)| Was { device: Uuid::from_u128(device), seq, digest }),
        }
    }
}

/// A log: every op at its place.
fn chain(ops: Vec<Op>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for (op, seq) in ops.into_iter().zip(1..) {
        let prev = texts.last().map_or(Digest::ZERO, |text| Digest::of(text));
        texts.push(Op { place: Place { seq, prev }, ..op }.to_text());
    }
    texts
}

/// The first op whose `prev` is not the digest of the text before it.
fn broken_at(texts: &[String]) -> Option<usize> {
    let mut prev = Digest::ZERO;
    texts.iter().position(|text| {
        let follows = Place::read(text).is_ok_and(|place| place.prev == prev);
        prev = Digest::of(text);
        !follows
    })
}

/// Evidence that no phone made up: the op was recorded at a true instant, between its anchor and its receipt.
#[derive(Debug, Clone, Copy)]
struct Truth {
    at: i64,
    evidence: Evidence,
}

prop_compose! {
    /// Spans in hours rather than years: bounds must meet claims often, and drift of a good clock stays within what is allowed.
    fn truths()(
        anchor in prop::option::weighted(0.8, 1_000_000..50_000_000i64), since in 0..20_000_000i64, until in 0..20_000_000i64,
        drift_permille in -30..=30i64, reboot in prop::bool::weighted(0.2), previous in 0..20_000_000i64, bound in 0..20_000_000i64,
        covered in prop::option::weighted(0.2, 0..20_000_000i64), rechained in prop::bool::weighted(0.2),
    ) -> Truth {
        let at = anchor.unwrap_or(30_000_000) + since;
        // 30 ppm both ways: a bad quartz.
        let elapsed_ms = anchor.filter(|_| !reboot).map(|_| since + since * drift_permille / 1_000_000);
        Truth {
            at,
            evidence: Evidence {
                anchor, elapsed_ms, rechained,
                previous_earliest: at.saturating_sub(previous).max(0),
                // The bound of a request is at most the anchor the op carries: it is the newest held.
                recorded_bound: anchor.map_or(0, |anchor| anchor.saturating_sub(bound).max(0)),
                received: at + until,
                covered_by: covered.map(|after| at + after),
            },
        }
    }
}

prop_compose! {
    /// Anything a broken or lying phone may send.
    fn wild()(
        anchor in prop::option::of(any::<i64>()), elapsed_ms in prop::option::of(any::<i64>()), previous_earliest in 0..2_000_000i64,
        recorded_bound in 0..2_000_000i64, received in 0..2_000_000i64, covered_by in prop::option::of(0..2_000_000i64), rechained: bool,
    ) -> Evidence {
        Evidence { anchor, elapsed_ms, previous_earliest, recorded_bound, received, covered_by, rechained }
    }
}

prop_compose! {
    /// Short intervals on a short line, so that they touch and overlap in every way.
    fn moments()(earliest in 0..40i64, width in 0..12i64) -> Moment {
        Moment { earliest, latest: earliest + width, claimed: None, grade: Grade::Bracketed }
    }
}

fn answers() -> impl Strategy<Value = Answer> {
    prop::sample::select(vec![Answer::Yes, Answer::No, Answer::Unclear])
}

fn agrees(answer: Answer, truth: bool) -> bool {
    answer == Answer::Unclear || answer == Answer::of(truth)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn ops_round_trip_through_their_text(op in ops()) {
        let text = op.to_text();
        prop_assert_eq!(Op::parse(&text).unwrap(), op.clone());
        prop_assert_eq!(Place::read(&text).unwrap(), op.place);
        prop_assert_eq!(Op::parse(&text).unwrap().to_text(), text, "one op has one text");
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,60}", op in ops(), cut in any::<prop::sample::Index>()) {
        let _ = Op::parse(&text);
        let whole = op.to_text();
        let cut = whole.char_indices().nth(cut.index(whole.chars().count())).map_or(0, |(at, _)| at);
        prop_assert!(Op::parse(&whole[..cut]).is_err(), "a part of an op is no op");
    }

    #[test]
    fn p6_a_changed_byte_breaks_the_chain_right_after_it(
        ops in prop::collection::vec(ops(), 2..6), at in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(),
    ) {
        let mut texts = chain(ops);
        prop_assert_eq!(broken_at(&texts), None);
        let at = at.index(texts.len() - 1);
        let blanks = texts[at].len();
        let place = byte.index(blanks + 1);
        let place = (place..=blanks).find(|place| texts[at].is_char_boundary(*place)).unwrap();
        texts[at].insert(place, ' ');
        let broken = broken_at(&texts).unwrap();
        prop_assert!(broken == at || broken == at + 1, "{broken} instead of {at}");
    }

    #[test]
    fn p7_an_honest_op_lies_in_its_moment(truth in truths()) {
        let moment = Moment::derive(&truth.evidence);
        prop_assert!(moment.earliest <= truth.at && truth.at <= moment.latest, "{moment:?}");
        prop_assert_ne!(moment.grade, Grade::Contradicted);
        prop_assert_eq!(moment.claimed.is_some(), moment.grade == Grade::Anchored);
    }

    #[test]
    fn p7_no_evidence_makes_an_unsound_moment(evidence in wild()) {
        let moment = Moment::derive(&evidence);
        prop_assert!(moment.earliest <= moment.latest && moment.latest <= evidence.received);
        prop_assert!(moment.claimed.is_none_or(|at| moment.earliest <= at && at <= moment.latest));
        prop_assert!(!evidence.rechained || moment.grade == Grade::Bracketed);
        // More evidence never widens.
        let bare = Moment::derive(&Evidence { anchor: None, elapsed_ms: None, covered_by: None, ..evidence });
        prop_assert!(bare.earliest.min(moment.latest) <= moment.earliest && moment.latest <= bare.latest);
    }

    #[test]
    fn comparisons_agree_with_every_true_instant(a in moments(), b in moments(), line in 0..60i64, other in 0..60i64, span in -5..30i64) {
        for x in a.earliest..=a.latest {
            prop_assert!(agrees(a.is_before(line), x < line));
            prop_assert!(agrees(a.is_within(line, other), line <= x && x < other));
            for y in b.earliest..=b.latest {
                prop_assert!(agrees(a.precedes(&b), x < y));
                prop_assert!(agrees(a.is_older_than(&b, span), y - x >= span));
            }
        }
    }

    /// Unclear is not an excuse: it is said only where two true instants would answer differently, or where they may be equal.
    #[test]
    fn unclear_means_that_both_are_possible(a in moments(), b in moments(), line in 0..60i64, span in -5..30i64) {
        let pairs: Vec<_> = (a.earliest..=a.latest).flat_map(|x| (b.earliest..=b.latest).map(move |y| (x, y))).collect();
        let both = |truth: &dyn Fn(i64, i64) -> bool| {
            pairs.iter().any(|(x, y)| truth(*x, *y)) && pairs.iter().any(|(x, y)| !truth(*x, *y))
        };
        prop_assert_eq!(a.is_before(line) == Answer::Unclear, both(&|x, _| x < line));
        prop_assert_eq!(a.is_older_than(&b, span) == Answer::Unclear, both(&|x, y| y - x >= span));
        let equal = pairs.iter().any(|(x, y)| x == y);
        prop_assert_eq!(a.precedes(&b) == Answer::Unclear, equal || both(&|x, y| x < y));
    }

    #[test]
    fn precedence_is_antisymmetric_and_transitive(a in moments(), b in moments(), c in moments()) {
        prop_assert_eq!(a.precedes(&b), !b.precedes(&a));
        prop_assert_eq!(a.precedes(&a), Answer::Unclear);
        if a.precedes(&b) == Answer::Yes && b.precedes(&c) == Answer::Yes {
            prop_assert_eq!(a.precedes(&c), Answer::Yes);
        }
    }

    #[test]
    fn answers_follow_de_morgan(a in answers(), b in answers(), c in answers()) {
        prop_assert_eq!(!a.and(b), (!a).or(!b));
        prop_assert_eq!(!a.or(b), (!a).and(!b));
        prop_assert_eq!(!!a, a);
        prop_assert_eq!(a.and(b), b.and(a));
        prop_assert_eq!(a.and(b.or(c)), a.and(b).or(a.and(c)));
    }

    #[test]
    fn moments_survive_the_wire(truth in truths()) {
        let moment = Moment::derive(&truth.evidence);
        let text = serde_json::to_string(&moment).unwrap();
        prop_assert_eq!(serde_json::from_str::<Moment>(&text).unwrap(), moment);
    }
}

#[test]
fn members_without_a_value_are_left_out() {
    let op = Op {
        place: Place { seq: 1, prev: Digest::ZERO },
        kind: "visit".into(),
        v: 1,
        id: Uuid::nil(),
        project: Uuid::nil(),
        group: None,
        salt: None,
        action: Action::Add(BTreeMap::new()),
        time: TimeClaim::default(),
        was: None,
    };
    let value: Value = serde_json::from_str(&op.to_text()).unwrap();
    let names: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["do", "id", "kind", "prev", "project", "seq", "time", "v"]);
    assert_eq!(value["time"], serde_json::json!({}));
}
