//! `kinds.schema.json`: of every kind the body as it is fed, the `set` that creates it, and the arguments of its commands.

use serde_json::{Map, Value, json};
use sync_core::kind::{Command, Field, Kind, MergeRule, Origin, Required};
use sync_core::kinds;
use sync_core::value::{COMPANIONS, NAME_CHARS, SET_ELEMENTS, TEXT_CHARS, Type};

pub(crate) fn schema() -> Value {
    let mut defs = Map::new();
    for kind in kinds::ALL {
        defs.insert(kind.name.to_owned(), body(kind));
        if kind.origin == Origin::Phone {
            defs.insert(format!("{}.create", kind.name), create(kind));
        }
        for command in kind.commands {
            defs.insert(format!("{}.{}", kind.name, command.name), arguments(command));
        }
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Record kinds",
        "description": "`<kind>`: the body as it is fed; `<kind>.create`: the `set` of the op that creates the record; `<kind>.<command>`: the arguments of a command. `x-merge` is the merge rule, `x-sealed` marks what is never fed back.",
        "$defs": defs,
    })
}

/// The body as readers see it: no sealed fields, nothing required, since registers may be cleared and old versions lack fields.
fn body(kind: &Kind) -> Value {
    let fields = kind.fields.iter().filter(|field| !field.sealed);
    let properties: Map<_, _> = fields.map(|field| (field.name.to_owned(), property(field))).collect();
    json!({"type": "object", "x-version": kind.v, "x-phases": kind.phases, "properties": properties})
}

fn create(kind: &Kind) -> Value {
    let by_set = |field: &&Field| !matches!(field.rule, MergeRule::Counter | MergeRule::Set | MergeRule::Server);
    let properties: Map<_, _> =
        kind.fields.iter().filter(by_set).map(|field| (field.name.to_owned(), property(field))).collect();
    let required: Vec<_> =
        kind.fields.iter().filter(|field| field.required == Required::Always).map(|field| field.name).collect();
    let mut schema = json!({"type": "object", "properties": properties, "required": required});
    let mut all_of: Vec<Value> = Vec::new();
    for field in kind.fields {
        if let Required::When(other, value) = field.required {
            let when = json!({"properties": {other: {"const": value}}, "required": [other]});
            all_of.push(json!({"if": when, "then": {"required": [field.name]}}));
        }
    }
    for list in kind.any_of {
        all_of.push(json!({"anyOf": list.iter().map(|name| json!({"required": [name]})).collect::<Vec<_>>()}));
    }
    if !all_of.is_empty() {
        schema["allOf"] = all_of.into();
    }
    schema
}

fn arguments(command: &Command) -> Value {
    let properties: Map<_, _> = command.args.iter().map(|arg| (arg.name.to_owned(), of(arg.ty))).collect();
    let required: Vec<_> = command.args.iter().filter(|arg| arg.required).map(|arg| arg.name).collect();
    json!({"type": "object", "properties": properties, "required": required})
}

fn property(field: &Field) -> Value {
    let mut schema = match field.rule {
        MergeRule::Set => {
            json!({"type": "array", "items": of(field.ty), "maxItems": SET_ELEMENTS, "uniqueItems": true})
        }
        _ => of(field.ty),
    };
    schema["x-merge"] = serde_json::to_value(field.rule).unwrap();
    if field.sealed {
        schema["x-sealed"] = true.into();
    }
    schema
}

fn of(ty: Type) -> Value {
    match ty {
        Type::Name => json!({"type": "string", "minLength": 1, "maxLength": NAME_CHARS, "pattern": "\\S"}),
        Type::Text => json!({"type": "string", "maxLength": TEXT_CHARS}),
        Type::Choice(choices) => json!({"enum": choices}),
        Type::Integer { min, max: i64::MAX } => json!({"type": "integer", "minimum": min}),
        Type::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Type::Flag => json!({"type": "boolean"}),
        Type::Day => json!({"type": "string", "format": "date"}),
        Type::Instant => json!({"type": "string", "format": "date-time"}),
        Type::Id => json!({"type": "string", "format": "uuid"}),
        Type::Digest => json!({"type": "string", "pattern": "^[0-9a-f]{64}$"}),
        Type::Location => json!({
            "type": "object",
            "properties": {
                "lat": {"type": "number", "minimum": -90, "maximum": 90},
                "lng": {"type": "number", "minimum": -180, "maximum": 180},
                "accuracy_m": {"type": "number", "minimum": 0, "maximum": 100_000},
                "mocked": {"type": "boolean"},
                "datum": {"enum": ["wgs84", "gcj02", "bd09"]},
            },
            "required": ["lat", "lng", "accuracy_m", "mocked"],
            "additionalProperties": false,
        }),
        Type::Phone => json!({"type": "string", "maxLength": NAME_CHARS, "description": "5 to 20 digits"}),
        Type::MaskedPhone => {
            json!({"type": "string", "pattern": "^(1[0-9]{2}\\*{4}[0-9]{4}|\\+[0-9]{1,3} [0-9]{2}\\*{4}[0-9]{2})$"})
        }
        Type::Companions => json!({
            "type": "array",
            "maxItems": COMPANIONS,
            "items": {
                "type": "object",
                "properties": {"name": of(Type::Name), "phone_masked": of(Type::MaskedPhone)},
                "required": ["name"],
                "additionalProperties": false,
            },
        }),
        Type::Json => json!({}),
    }
}
