//! `vectors/*.json`: golden vectors in plain JSON. Inputs are chosen here; what the code makes of them is kept in the files.

mod checks;
mod checksums;
mod exchanges;
mod merges;
mod moments;
mod ops;

use serde_json::{Value, json};

/// Every file: its name without `.json`, and its content.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("op-digests", ops::digests()),
        ("op-strictness", ops::strictness()),
        ("op-checks", checks::checks()),
        ("masks", checks::masks()),
        ("ids", checks::ids()),
        ("moments", moments::moments()),
        ("comparisons", moments::comparisons()),
        ("stamps", merges::stamps()),
        ("merges", merges::merges()),
        ("checksums", checksums::checksums()),
        ("exchanges", exchanges::exchanges()),
    ]
}

/// One file: what its members mean, and the cases.
fn file(about: &str, cases: impl IntoIterator<Item = Value>) -> Value {
    json!({"about": about, "cases": cases.into_iter().collect::<Vec<_>>()})
}
