//! Everything in this folder that is made from the code: checked against the code, and written anew with `BLESS=1`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod kinds_page;
mod kinds_schema;
mod problems_page;
mod rulebook_page;
mod vectors;

use std::{env, fs, path::Path};

use api_spec::org::OrgDocument;
use serde_json::Value;
use utoipa::{PartialSchema, ToSchema};

/// Compares a file of this folder with what the code makes of it; with `BLESS=1` writes it.
fn check(path: &str, made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os("BLESS").is_some() {
        fs::write(&file, made).unwrap();
        return;
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    if let Some(line) = (1..).zip(kept.lines().zip(made.lines())).find(|(_, (kept, made))| kept != made) {
        panic!(
            "api-spec/{path} differs from the code, first at {line:?}; write it anew with BLESS=1 cargo test -p api-spec"
        );
    }
    assert!(kept == made, "api-spec/{path} differs from the code; write it anew with BLESS=1 cargo test -p api-spec");
}

fn check_json(path: &str, made: &Value) {
    check(path, &format!("{}\n", serde_json::to_string_pretty(made).unwrap()));
}

#[test]
fn the_rulebook_is_the_table_of_messages() {
    check("rulebook.md", &rulebook_page::page());
}

#[test]
fn the_problems_page_is_the_problem_table() {
    check("problems.md", &problems_page::page());
}

#[test]
fn the_kinds_page_is_what_is_declared() {
    check("kinds.md", &kinds_page::page());
}

#[test]
fn the_kinds_schema_is_what_is_declared() {
    check_json("kinds.schema.json", &kinds_schema::schema());
}

#[test]
fn the_org_schema_is_what_import_reads() {
    let mut schemas = vec![(OrgDocument::name().into_owned(), OrgDocument::schema())];
    OrgDocument::schemas(&mut schemas);
    let text = serde_json::to_string(&schemas.into_iter().collect::<std::collections::BTreeMap<_, _>>()).unwrap();
    let defs: Value = serde_json::from_str(&text.replace("#/components/schemas/", "#/$defs/")).unwrap();
    let schema = serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/$defs/OrgDocument",
        "$defs": defs,
    });
    check_json("org.schema.json", &schema);
}

#[test]
fn the_golden_vectors_are_what_the_code_does() {
    for (name, vectors) in vectors::all() {
        check_json(&format!("vectors/{name}.json"), &vectors);
    }
}
