//! The JSON schema of the policy document, made from the declarations of its sections.

use chrono::{NaiveDate, Weekday};
use serde_json::{Map, Value, json};

use super::Policy;
use super::check::RANGES;
use super::vocabulary::{BookingField, BringVsBooking, Mode, Newness, OnAt, Unclear, Validity, VisitField};
use crate::rules::period::{Period, TimeOfDay, TimeOfWeek};

/// What a JSON schema says about a type.
pub(super) trait Described {
    /// Its schema.
    fn schema() -> Value;
}

/// The JSON schema (draft 2020-12) of a policy document: every key with its default, its range and its rules.
pub fn schema() -> Value {
    let mut schema = Policy::schema();
    for (path, min, max) in RANGES {
        let place = path.split('.').try_fold(&mut schema, |schema, key| schema.get_mut("properties")?.get_mut(key));
        let Some(place) = place.and_then(Value::as_object_mut) else { continue };
        let of_list = place.get("type").is_some_and(|name| name == "array");
        let (least, most) = if of_list { ("minItems", "maxItems") } else { ("minimum", "maximum") };
        place.insert(least.to_owned(), json!(min));
        if max != u32::MAX {
            place.insert(most.to_owned(), json!(max));
        }
    }
    if let Some(members) = schema.as_object_mut() {
        members.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        members.insert("title".to_owned(), json!("The policy of a project"));
    }
    schema
}

/// The schema of a section: keys with what they mean and their schema, and the section's defaults.
pub(super) fn object<const N: usize>(keys: [(&str, &str, Value); N], defaults: &Value) -> Value {
    let mut properties = Map::new();
    for (key, about, mut schema) in keys {
        let key = key.trim_start_matches("r#");
        if let Some(members) = schema.as_object_mut() {
            members.insert("description".to_owned(), json!(about.trim()));
            if let Some(default) = defaults.get(key).filter(|default| !default.is_object()) {
                members.insert("default".to_owned(), default.clone());
            }
        }
        properties.insert(key.to_owned(), schema);
    }
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

macro_rules! described {
    ($($type:ty => $schema:expr;)*) => {$(
        impl Described for $type {
            fn schema() -> Value {
                $schema
            }
        }
    )*};
}

const CLOCK: &str = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?";
const DAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

described! {
    u32 => json!({"type": "integer", "minimum": 0});
    f64 => json!({"type": "number"});
    bool => json!({"type": "boolean"});
    NaiveDate => json!({"type": "string", "format": "date"});
    Weekday => json!({"type": "string", "enum": DAYS});
    Period => json!({"type": "string", "pattern": "^[1-9][0-9]* (days?|weeks?|months?|years?)$"});
    TimeOfDay => json!({"type": "string", "pattern": format!("^{CLOCK}$")});
    TimeOfWeek => json!({"type": "string", "pattern": format!("^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) {CLOCK}$")});
    BookingField => words(BookingField::ALL);
    BringVsBooking => words(BringVsBooking::ALL);
    Mode => words(Mode::ALL);
    Newness => words(Newness::ALL);
    OnAt => words(OnAt::ALL);
    Unclear => words(Unclear::ALL);
    Validity => words(Validity::ALL);
    VisitField => words(VisitField::ALL);
}

impl<T: Described> Described for Option<T> {
    fn schema() -> Value {
        let mut schema = T::schema();
        let name = schema["type"].take();
        schema["type"] = json!([name, "null"]);
        schema
    }
}

impl<T: Described> Described for Vec<T> {
    fn schema() -> Value {
        json!({"type": "array", "items": T::schema()})
    }
}

fn words(all: &[impl serde::Serialize]) -> Value {
    json!({"type": "string", "enum": all})
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page that clients validate against is what the code reads.
    #[test]
    fn the_published_schema_is_what_the_code_reads() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../api-spec/policy.schema.json");
        let made = format!("{}\n", serde_json::to_string_pretty(&schema()).unwrap());
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(file, &made).unwrap();
        }
        let kept = std::fs::read_to_string(file).unwrap_or_default();
        assert!(kept == made, "policy.schema.json differs: BLESS=1 cargo test -p server --lib policy::schema");
    }

    #[test]
    fn every_key_has_a_description_a_default_and_its_range() {
        let schema = schema();
        let lead = &schema["properties"]["booking"]["properties"]["min_lead_minutes"];
        assert_eq!((&lead["default"], &lead["maximum"]), (&json!(30), &json!(1_440)));
        assert!(lead["description"].as_str().unwrap().starts_with("BK-1"));
        let cap = &schema["properties"]["booking"]["properties"]["daily_cap"];
        assert_eq!(
            (&cap["type"], &cap["minimum"], &cap["default"]),
            (&json!(["integer", "null"]), &json!(1), &Value::Null)
        );
        let office = &schema["properties"]["calendar"]["properties"]["office_days"];
        assert_eq!((&office["minItems"], &office["items"]["enum"][0]), (&json!(1), &json!("Mon")));
        assert!(schema["properties"]["break"].is_object());
        for section in schema["properties"].as_object().unwrap().values() {
            for (key, about) in section["properties"].as_object().unwrap() {
                assert!(about["description"].as_str().is_some_and(|text| !text.is_empty()), "{key}");
            }
        }
    }
}
