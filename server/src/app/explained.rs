//! Rulings as people are shown them: in words and facts, filtered by reader.

use std::collections::BTreeMap;

use api_spec::locale::INSTANTS;
use api_spec::messages;
use api_spec::primitives::Instant;
use api_spec::rulings::{Ruling, RulingReason};
use serde_json::{Map, Value};
use sync_core::time::rfc3339;
use uuid::Uuid;

use super::rotation::person;
use super::scope::Scope;
use crate::facts::directory::Directory;
use crate::rules::ruling::Reason;
use crate::store::StoreError;
use crate::store::rulings::RulingRow;

/// Rulings of one subject, oldest first; of those made in the same millisecond, each after the one it supersedes.
pub(super) fn in_order(mut rows: Vec<RulingRow>) -> Vec<RulingRow> {
    let before: BTreeMap<Uuid, Uuid> = rows.iter().filter_map(|row| Some((row.id, row.supersedes?))).collect();
    let depth = |id: Uuid| std::iter::successors(Some(id), |id| before.get(id).copied()).take(before.len() + 1).count();
    rows.sort_by_key(|row| (row.at, depth(row.id)));
    rows
}

/// A ruling about a record of this kind. Who others are, and everything the ruling rests on, only the back office sees.
///
/// # Errors
/// [`StoreError::Inconsistent`] when the stored reasons or facts cannot be read.
pub(super) fn explain(directory: &Directory, scope: &Scope, kind: &str, row: &RulingRow) -> Result<Ruling, StoreError> {
    let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("ruling {}: {error}", row.id));
    let office = scope.is_office(row.project);
    let zone = directory.zone(row.project).tz();
    let reasons: Vec<Reason> = serde_json::from_str(&row.reasons).map_err(odd)?;
    let reason = |reason: Reason| RulingReason {
        rule: reason.rule.as_str().to_owned(),
        answer: reason.answer,
        message: messages::message(reason.rule.as_str(), reason.answer, &reason.facts, &zone).both(),
        facts: match if office { Some(reason.facts) } else { without_others(reason.facts, scope.user) } {
            Some(Value::Object(facts)) => on_the_wire(facts),
            _ => Map::new(),
        },
    };
    Ok(Ruling {
        id: row.id,
        subject: row.subject,
        kind: kind.to_owned(),
        at: Instant(row.at),
        outcome: row.outcome.clone(),
        reasons: reasons.into_iter().map(reason).collect(),
        policy_version: row.policy_version.cast_unsigned(),
        supersedes: row.supersedes,
        decided_by: row.decided_by.map(|by| person(directory, by)),
        decision: office.then(|| serde_json::from_str(&row.facts)).transpose().map_err(odd)?,
    })
}

/// Facts with their instants as RFC 3339, like every time on the wire.
fn on_the_wire(mut facts: Map<String, Value>) -> Map<String, Value> {
    for name in INSTANTS {
        if let Some(fact) = facts.get_mut(name)
            && let Some(at) = fact.as_i64()
        {
            *fact = rfc3339::text(at).into();
        }
    }
    facts
}

/// A fact without anybody's id but one's own.
fn without_others(fact: Value, user: Uuid) -> Option<Value> {
    match fact {
        Value::String(text) => {
            let is_other = text.parse::<Uuid>().is_ok_and(|id| id != user);
            (!is_other).then_some(Value::String(text))
        }
        Value::Array(list) => Some(list.into_iter().filter_map(|fact| without_others(fact, user)).collect()),
        Value::Object(facts) => {
            let kept = facts.into_iter().filter_map(|(name, fact)| Some((name, without_others(fact, user)?)));
            Some(Value::Object(kept.collect()))
        }
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_among_the_facts_are_written_like_every_time_on_the_wire() {
        let Value::Object(facts) = json!({"until": 1_795_397_399_000_i64, "minutes": 30, "due": null}) else { return };
        let shown = json!({"until": "2026-11-23T01:29:59.000Z", "minutes": 30, "due": null});
        assert_eq!(Value::Object(on_the_wire(facts)), shown);
    }

    #[test]
    fn p10_who_the_others_are_is_left_out_of_the_facts() {
        let (me, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let facts = json!({"until": 7, "holder": {"user": other}, "by": [me, other], "reason": "late"});
        let shown = json!({"until": 7, "holder": {}, "by": [me], "reason": "late"});
        assert_eq!(without_others(facts, me), Some(shown));
    }
}
