//! `kinds.md`: every record kind with fields, commands and permissions.

use std::fmt::Write as _;

use sync_core::kind::{Act, Field, Grant, Kind, MergeRule, Origin, Required, Who};
use sync_core::kinds;
use sync_core::value::{COMPANIONS, NAME_CHARS, SET_ELEMENTS, TEXT_CHARS, Type};

pub(crate) fn page() -> String {
    let mut page = format!(
        "# Record kinds\n\n\
        Made from the declarations in `sync-core/src/kinds.rs`; not to be edited by hand. `kinds.schema.json` says the same to programs.\n\n\
        Merge rules: `once` is set at creation and then immutable; in a `register` the newest stamp wins and `null` clears; a `claim` is a\n\
        register whose every value is judged on its own; a `counter` sums deltas; of a `set` an element is present when its newest add is not\n\
        older than its newest removal; `server` fields are written by rulings only. Fields that a kind does not declare are kept and carried.\n\n\
        Verbs: `set` writes `once`, `register` and `claim` fields, and the first one with everything required creates the record; `add` takes\n\
        deltas for counters; `tag` and `untag` take elements of sets; `command` asks for a ruling; `delete` deletes.\n\n\
        Limits: a set has at most {SET_ELEMENTS} elements in one op.\n"
    );
    for kind in kinds::ALL {
        page.push_str(&section(kind));
    }
    page
}

fn section(kind: &Kind) -> String {
    let Kind { name, v, origin, fields, any_of, commands, phases, grants } = kind;
    let origin = match origin {
        Origin::Phone => "recorded by phones",
        Origin::Server => "made by the server",
    };
    let mut section = format!("\n## `{name}` v{v}\n\n{origin}; phases: {}.\n\n", list(phases));
    section.push_str("| field | merge | type | required |\n|---|---|---|---|\n");
    for field in *fields {
        section.push_str(&row(field));
    }
    for list_of in *any_of {
        write!(section, "\nOne of {} is required.\n", list(list_of)).unwrap();
    }
    if !commands.is_empty() {
        section.push_str("\n| command | argument | type | required |\n|---|---|---|---|\n");
    }
    for command in *commands {
        if command.args.is_empty() {
            writeln!(section, "| `{}` | | | |", command.name).unwrap();
        }
        for arg in command.args {
            let required = if arg.required { "yes" } else { "" };
            writeln!(section, "| `{}` | `{}` | {} | {required} |", command.name, arg.name, words(arg.ty)).unwrap();
        }
    }
    if !grants.is_empty() {
        section.push_str(&matrix(kind));
    }
    section
}

fn row(field: &Field) -> String {
    let merge = match field.rule {
        MergeRule::Once => "once",
        MergeRule::Register => "register",
        MergeRule::Claim => "claim",
        MergeRule::Counter => "counter",
        MergeRule::Set => "set",
        MergeRule::Server => "server",
    };
    let required = match field.required {
        Required::No => String::new(),
        Required::Always => "yes".to_owned(),
        Required::When(other, value) => format!("when `{other}` is `{value}`"),
    };
    let sealed = if field.sealed { "; sealed, never fed back" } else { "" };
    format!("| `{}` | {merge} | {}{sealed} | {required} |\n", field.name, words(field.ty))
}

/// Who may do what in which phases.
fn matrix(kind: &Kind) -> String {
    let whos = [Who::Owner, Who::Colleague, Who::Lead, Who::Office, Who::Project];
    let mut acts = vec![Act::Create, Act::Set, Act::Add, Act::Delete];
    acts.extend(kind.commands.iter().map(|command| Act::Command(command.name)));
    acts.retain(|act| kind.grants.iter().any(|grant| grant.acts.contains(act)));
    let heads: Vec<_> = acts.iter().map(|act| act_name(*act)).collect();
    let mut table = format!("\n| who | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(acts.len()));
    for who in whos {
        let cells: Vec<_> = acts.iter().map(|act| cell(kind, who, *act)).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            writeln!(table, "| {} | {} |", who_name(who), cells.join(" | ")).unwrap();
        }
    }
    table
}

fn cell(kind: &Kind, who: Who, act: Act) -> String {
    let grants: Vec<&Grant> =
        kind.grants.iter().filter(|grant| grant.who.contains(&who) && grant.acts.contains(&act)).collect();
    let phases: Vec<&str> = kind.phases.iter().copied().filter(|phase| kind.permits(&[who], act, phase)).collect();
    match (grants.is_empty(), phases.len() == kind.phases.len()) {
        (true, _) => String::new(),
        (false, true) => "always".to_owned(),
        (false, false) => phases.join(", "),
    }
}

fn act_name(act: Act) -> String {
    match act {
        Act::Create => "create".to_owned(),
        Act::Set => "set, tag, untag".to_owned(),
        Act::Add => "add".to_owned(),
        Act::Delete => "delete".to_owned(),
        Act::Command(name) => format!("`{name}`"),
    }
}

fn who_name(who: Who) -> &'static str {
    match who {
        Who::Owner => "owner",
        Who::Colleague => "a colleague of the owner's team",
        Who::Lead => "lead, deputy or delegate of the owner's team",
        Who::Office => "back office",
        Who::Project => "anybody on the project",
    }
}

fn words(ty: Type) -> String {
    match ty {
        Type::Name => format!("text, 1–{NAME_CHARS} characters, not blank"),
        Type::Text => format!("text, up to {TEXT_CHARS} characters"),
        Type::Choice(choices) => list(choices),
        Type::Integer { min, max: i64::MAX } => format!("integer from {min}"),
        Type::Integer { min, max } => format!("integer {min}–{max}"),
        Type::Flag => "`true` or `false`".to_owned(),
        Type::Day => "day, `2026-11-22`".to_owned(),
        Type::Instant => "instant, RFC 3339 with offset".to_owned(),
        Type::Id => "UUID".to_owned(),
        Type::Digest => "SHA-256, 64 lower-case hex digits".to_owned(),
        Type::Location => "`{lat, lng, accuracy_m, mocked, datum?}`, degrees and metres".to_owned(),
        Type::Phone => "full phone number".to_owned(),
        Type::MaskedPhone => "masked phone number, `138****5678` or `+852 91****78`".to_owned(),
        Type::Companions => format!("up to {COMPANIONS} of `{{name, phone_masked?}}`"),
        Type::Json => "JSON".to_owned(),
    }
}

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
