//! What the calls are about.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use sync_core::op::Digest;
use uuid::Uuid;

/// What stands for `<name>` in a call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Targets(BTreeMap<&'static str, String>);

impl Targets {
    /// The same with one more, or another one of this name.
    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.0.insert(name, value);
        self
    }

    /// The one of this name.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("tests/http/matrix/house.rs has nothing of this name: {name}"))
    }

    /// The same, but with ids and digests of things that do not exist.
    pub(crate) fn unknown(&self) -> Self {
        let other = |value: &String| match value.parse::<Uuid>() {
            Ok(id) if !is_digest(value) => Uuid::new_v5(&id, b"unknown").to_string(),
            _ if is_digest(value) => sha256(value.as_bytes()),
            _ => value.clone(),
        };
        Self(self.0.iter().map(|(name, value)| (*name, other(value))).collect())
    }

    /// The template with everything it names.
    pub(crate) fn fill(&self, template: &str) -> String {
        let named = |text: String, (name, value): (&&str, &String)| text.replace(&format!("<{name}>"), value);
        let text = self.0.iter().fold(template.to_owned(), named);
        assert!(!text.contains('<'), "tests/http/matrix/house.rs has nothing of this name: {text}");
        text
    }
}

fn is_digest(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Digest(Sha256::digest(bytes).into()).to_string()
}
