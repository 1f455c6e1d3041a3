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

/// The protocol page is written by hand; what it quotes must be what the vectors say.
#[test]
fn the_protocol_page_quotes_the_vectors() {
    let page = include_str!("../../sync-protocol.md");
    let vectors: std::collections::BTreeMap<_, _> = vectors::all().into_iter().collect();
    let quotes = |file: &str, pointers: &[&str]| {
        for pointer in pointers {
            let quote = vectors[file].pointer(pointer).and_then(Value::as_str).unwrap();
            assert!(page.contains(quote), "sync-protocol.md does not quote {file}.json {pointer}: {quote}");
        }
    };
    for file in vectors.keys() {
        assert!(page.contains(&format!("`{file}.json`")), "sync-protocol.md does not name {file}.json");
    }
    quotes("op-digests", &["/cases/0/text", "/cases/0/digest"]);
    quotes("ids", &["/cases/0/owner", "/cases/0/day", "/cases/0/id"]);
    quotes("checksums", &["/cases/0/checksum", "/cases/3/checksum", "/cases/3/members/0/id", "/cases/3/members/1/id"]);
    let answers: Vec<Value> = page
        .split("```json\n")
        .skip(1)
        .filter_map(|block| serde_json::from_str(block.split("```").next().unwrap()).ok())
        .collect();
    let cases = vectors["exchanges"]["cases"].as_array().unwrap();
    let plain = cases.iter().position(|case| case["name"].as_str().unwrap().starts_with("a plain exchange")).unwrap();
    quotes("exchanges", &[&format!("/cases/{plain}/request"), &format!("/cases/{}/request", cases.len() - 1)]);
    assert!(
        answers.contains(&cases[plain]["answer"]),
        "sync-protocol.md does not quote the answer of the plain exchange"
    );
}
