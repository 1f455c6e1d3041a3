//! The laws of the merge, over arbitrary ops on one record.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::kinds;

/// A kind with every merge rule a phone may write, so that one strategy reaches all of them.
static EVERY_RULE: Kind = Kind {
    fields: &[
        crate::kind::Field::once("source", crate::value::Type::Text),
        crate::kind::Field::register("note", crate::value::Type::Text),
        crate::kind::Field::new("phone", MergeRule::Claim, crate::value::Type::Phone),
        crate::kind::Field::counter("flyers"),
        crate::kind::Field::set("tags", crate::value::Type::Name),
    ],
    ..kinds::CANVASS
};

/// One op as the merge sees it.
type Claim = (Action, Stamp);

/// Few names and few values: laws break where ops meet on one field, not where each has its own. `later` is a field nobody declared.
fn actions() -> impl Strategy<Value = Action> {
    let value =
        prop_oneof![3 => "[ab]".prop_map(Value::from), 1 => Just(Value::Null), 1 => (0..3i64).prop_map(Value::from)];
    let names = prop::sample::select(vec!["source", "note", "phone", "later"]);
    let elements = prop::collection::vec("[xyz]", 1..3);
    prop_oneof![
        // Registers and once fields are where stamps decide.
        4 => prop::collection::btree_map(names, value, 1..4)
            .prop_map(|fields| Action::Set(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())),
        2 => (-3..4i64, any::<bool>()).prop_map(|(delta, known)| {
            Action::Add(BTreeMap::from([(if known { "flyers" } else { "later_count" }.to_owned(), delta)]))
        }),
        // Adds and removals of one element in turn.
        3 => (elements, any::<bool>()).prop_map(|(elements, add)| {
            let sets = BTreeMap::from([("tags".to_owned(), elements)]);
            if add { Action::Tag(sets) } else { Action::Untag(sets) }
        }),
        1 => Just(Action::Delete),
    ]
}

/// Ops of up to three devices. Milliseconds collide often (two phones in one exchange), a place in a log is taken once.
fn claims(most: usize) -> impl Strategy<Value = Vec<Claim>> {
    prop::collection::btree_map((0..3u128, 1..8u64), (0..4i64, actions()), 0..most).prop_map(|ops| {
        let claim = |((device, seq), (ms, action))| (action, Stamp { ms, seq, device: Uuid::from_u128(device) });
        ops.into_iter().map(claim).collect()
    })
}

fn merge<'a>(claims: impl IntoIterator<Item = &'a Claim>) -> State {
    let mut state = State::default();
    for (action, stamp) in claims {
        state.join(State::of(&EVERY_RULE, action, *stamp));
    }
    state
}

fn joined(a: &State, b: &State) -> State {
    let mut state = a.clone();
    state.join(b.clone());
    state
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn p3_joining_is_commutative_associative_and_idempotent(a in claims(8), b in claims(8), c in claims(8)) {
        let (a, b, c) = (merge(&a), merge(&b), merge(&c));
        prop_assert_eq!(joined(&a, &b), joined(&b, &a));
        prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
        prop_assert_eq!(joined(&a, &a), a.clone());
        prop_assert_eq!(joined(&a, &State::default()), a);
    }

    #[test]
    fn p3_any_order_split_and_repetition_gives_the_same_record(
        (ops, shuffled) in claims(16).prop_flat_map(|ops| (Just(ops.clone()), Just(ops).prop_shuffle())),
        split in 0..16usize,
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let whole = merge(&ops);
        let (left, right) = shuffled.split_at(split.min(shuffled.len()));
        let mut state = joined(&merge(left), &merge(right));
        prop_assert_eq!(&state, &whole);
        for index in again.iter().filter(|_| !ops.is_empty()) {
            let (action, stamp) = index.get(&ops);
            prop_assert_eq!(state.join(State::of(&EVERY_RULE, action, *stamp)), Effect::Superseded);
        }
        prop_assert_eq!(&state, &whole);
        prop_assert_eq!(state.body(), whole.body());
    }

    #[test]
    fn p3_the_effect_tells_whether_the_state_changed(ops in claims(12), last in actions(), ms in 0..4i64) {
        let before = merge(&ops);
        let mut after = before.clone();
        let effect = after.join(State::of(&EVERY_RULE, &last, Stamp { ms, seq: 99, device: Uuid::from_u128(1) }));
        prop_assert_eq!(effect == Effect::Changed, before != after);
    }

    #[test]
    fn p3_state_survives_storage(ops in claims(12)) {
        let state = merge(&ops);
        let text = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state);
    }

    /// What the phone shows is what the server will show, when everything pending is newer than everything pulled.
    #[test]
    fn an_overlay_of_newer_ops_is_their_merge(pulled in claims(12), pending in claims(8)) {
        let newer: Vec<Claim> = pending
            .into_iter()
            .map(|(action, stamp)| (action, Stamp { ms: stamp.ms + 100, device: Uuid::from_u128(9), ..stamp }))
            .collect();
        let mut body = merge(&newer).over(merge(&pulled).body());
        let mut merged = merge(pulled.iter().chain(&newer)).body();
        // A set that was never filled is shown as empty by one and not at all by the other.
        for body in [&mut body, &mut merged] {
            body.retain(|_, value| *value != json!([]));
        }
        prop_assert_eq!(body, merged);
    }
}

#[test]
fn a_once_field_keeps_its_first_value_and_a_register_its_newest() {
    let set = |value: &str, ms| {
        let fields = json!({"source": value, "note": value}).as_object().cloned().unwrap();
        (Action::Set(fields), Stamp { ms, seq: 1, device: Uuid::nil() })
    };
    let state = merge(&[set("old", 1), set("new", 2)]);
    assert_eq!((state.text("source"), state.text("note")), (Some("old"), Some("new")));
}

#[test]
fn an_element_is_present_when_its_newest_add_is_not_older_than_its_newest_removal() {
    let sets = BTreeMap::from([("tags".to_owned(), vec!["x".to_owned()])]);
    let stamp = |ms| Stamp { ms, seq: 1, device: Uuid::nil() };
    let present = |added, removed| {
        let state = merge(&[(Action::Untag(sets.clone()), stamp(removed)), (Action::Tag(sets.clone()), stamp(added))]);
        !state.elements("tags").is_empty()
    };
    assert_eq!([present(1, 2), present(2, 2), present(3, 2)], [false, true, true]);
}
