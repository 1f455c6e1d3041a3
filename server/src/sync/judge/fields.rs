//! What an op's fields may show: numbers masked, sealed values taken out (DP-2, P11).

use api_spec::problem::Code;
use serde_json::{Map, Value};
use sync_core::kind::{Kind, MergeRule};
use sync_core::op::{Action, Op};
use sync_core::value::Type;
use uuid::Uuid;

use crate::seal::mask::mask_numbers_in;
use crate::seal::phone::{PhoneNumber, Region};
use crate::sync::claim::{Claim, Refusal};

/// Whose record this op is about, when it names somebody.
pub(super) fn named_subject(op: &Op) -> Option<Uuid> {
    let Action::Set(fields) = &op.action else { return None };
    fields.get("subject")?.as_str()?.parse().ok()
}

/// Whether an action writes fields that only a creation may write.
pub(super) fn sets_once(kind: &Kind, action: &Action) -> bool {
    let Action::Set(fields) = action else { return false };
    fields.keys().any(|name| kind.field(name).is_some_and(|field| field.rule == MergeRule::Once))
}

/// A daily log has the one id of its owner and day.
///
/// # Errors
/// `wrong-id`.
pub(super) fn check_id(kind: &Kind, claim: &Claim<'_>) -> Result<(), Refusal> {
    let Action::Set(fields) = &claim.op.action else { return Ok(()) };
    let day = fields.get("day").and_then(Value::as_str).and_then(|day| day.parse().ok());
    match day {
        Some(day) if kind.name == "daily_log" && claim.op.id != sync_core::kinds::daily_log_id(claim.author, day) => {
            Err(Code::WrongId.into())
        }
        _ => Ok(()),
    }
}

/// The action as it may enter a record: full numbers replaced by masks, wherever they stand.
///
/// A `phone` claim becomes its mask, under both `phone` (which no body shows) and `phone_masked`.
///
/// # Errors
/// `value-invalid` for a `phone` that is no phone number.
pub(crate) fn safe_to_show(
    kind: &Kind,
    action: &Action,
    phone: Option<&PhoneNumber>,
    region: Region,
) -> Result<Action, Refusal> {
    let Action::Set(fields) = action else {
        return Ok(match action {
            Action::Tag(sets) => Action::Tag(masked_sets(kind, sets, region)),
            Action::Untag(sets) => Action::Untag(masked_sets(kind, sets, region)),
            other => other.clone(),
        });
    };
    let mut shown = Map::new();
    for (name, value) in fields {
        match kind.field(name).map(|field| field.ty) {
            Some(Type::Phone) if !value.is_null() => {
                let mask = Value::from(phone.ok_or(Code::ValueInvalid)?.masked());
                shown.insert("phone_masked".to_owned(), mask.clone());
                shown.insert(name.clone(), mask);
            }
            Some(Type::Name) if kind.field(name).is_some_and(|field| field.sealed) => {
                shown.insert(name.clone(), value.as_str().map_or(Value::Null, |text| veiled(text).into()));
            }
            Some(Type::Name | Type::Text | Type::Companions | Type::Json) | None => {
                shown.insert(name.clone(), masked(value, region));
            }
            Some(_) => {
                shown.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    Ok(Action::Set(shown))
}

/// A value with every phone number in its texts masked.
pub(crate) fn masked(value: &Value, region: Region) -> Value {
    match value {
        Value::String(text) => mask_numbers_in(text, region).into_owned().into(),
        Value::Array(list) => list.iter().map(|value| masked(value, region)).collect(),
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), masked(value, region))).collect(),
        other => other.clone(),
    }
}

/// The first and the last character of a sealed name.
fn veiled(text: &str) -> String {
    let mut chars = text.trim().chars();
    match (chars.next(), chars.next_back()) {
        (Some(first), Some(last)) => format!("{first}****{last}"),
        _ => "****".to_owned(),
    }
}

fn masked_sets(
    kind: &Kind,
    sets: &std::collections::BTreeMap<String, Vec<String>>,
    region: Region,
) -> std::collections::BTreeMap<String, Vec<String>> {
    let digests = |name: &String| kind.field(name).is_some_and(|field| field.ty == Type::Digest);
    let mask = |element: &String| mask_numbers_in(element, region).into_owned();
    let set = |(name, list): (&String, &Vec<String>)| {
        (name.clone(), if digests(name) { list.clone() } else { list.iter().map(mask).collect() })
    };
    sets.iter().map(set).collect()
}
