//! Problems: every error the product answers with, as RFC 9457 `application/problem+json`.
//!
//! A [`Problem`] is language-free while it travels through the server; the edge renders it into a [`ProblemBody`] in
//! the caller's language. The same [`Code`]s name why an op was rejected ([`Code::message`]).

mod body;
mod code;
mod constructors;

pub use body::{FieldError, ProblemBody};
pub use code::{Code, Entry, UnknownCode};

use serde_json::{Map, Value};

use crate::locale::{Locale, Text};

/// The media type of a rendered problem.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// What precedes the code in the `type` URI of a problem. An identifier: clients compare it or `code`, they need not fetch it.
pub const TYPE_BASE: &str = "https://baobei.dev/problems/";

/// An error on its way to the edge.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {}", self.detail().en)]
pub struct Problem {
    /// Which problem it is; decides status, title and advice.
    pub code: Code,
    /// Extension members of the body, and the facts that fill `{…}` in the texts of the table.
    pub members: Map<String, Value>,
    /// What is wrong with which part of the request.
    pub errors: Vec<PlaceError>,
}

/// What is wrong with one place of the request, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceError {
    /// JSON pointer (RFC 6901) into the request body, or `?name` for a query parameter.
    pub pointer: String,
    /// What is wrong there.
    pub message: Text,
}

impl Problem {
    /// A problem without particulars.
    pub fn new(code: Code) -> Self {
        Self { code, members: Map::new(), errors: Vec::new() }
    }

    /// Adds an extension member.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Adds one mistake of the request, see [`PlaceError::pointer`].
    pub fn at(mut self, pointer: impl Into<String>, message: Text) -> Self {
        self.errors.push(PlaceError { pointer: pointer.into(), message });
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.code.entry().status
    }

    /// What to do about it, with the particulars filled in.
    pub fn detail(&self) -> Text {
        self.code.message(&self.members)
    }

    /// The body in one language. `request_id` is what the log knows the request by.
    pub fn render(&self, locale: Locale, request_id: Option<String>) -> ProblemBody {
        let entry = self.code.entry();
        let errors = self
            .errors
            .iter()
            .map(|error| FieldError { pointer: error.pointer.clone(), message: error.message.get(locale).to_owned() });
        ProblemBody {
            type_uri: self.code.type_uri(),
            title: entry.title.get(locale).to_owned(),
            status: entry.status,
            detail: self.detail().get(locale).to_owned(),
            code: self.code.as_str().to_owned(),
            instance: None,
            request_id,
            errors: errors.collect(),
            members: self.members.clone(),
        }
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::locale::placeholders;

    #[test]
    fn every_code_is_unique_and_well_formed() {
        let mut seen = BTreeSet::new();
        for &code in Code::ALL {
            let text = code.as_str();
            assert!(seen.insert(text), "{text} twice");
            assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{text}");
            assert_eq!(text.parse(), Ok(code));
            assert_eq!(serde_json::to_value(code).unwrap(), text);
            assert!((400..=599).contains(&code.entry().status), "{text}");
        }
    }

    #[test]
    fn both_languages_say_the_same_particulars() {
        for &code in Code::ALL {
            let Entry { title, what_to_do, .. } = code.entry();
            assert_eq!(placeholders(&title.en).count() + placeholders(&title.zh).count(), 0, "{code}");
            let en: BTreeSet<_> = placeholders(&what_to_do.en).collect();
            let zh: BTreeSet<_> = placeholders(&what_to_do.zh).collect();
            assert_eq!(en, zh, "{code}");
            for text in [title, what_to_do] {
                assert!(text.en.is_ascii() || text.en.contains('…'), "{code}: {}", text.en);
                assert!(text.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{code}: {}", text.zh);
            }
            assert!(!title.en.ends_with('.') && what_to_do.en.ends_with('.'), "{code}");
            assert!(!title.zh.ends_with('。') && what_to_do.zh.ends_with('。'), "{code}");
        }
    }

    #[test]
    fn a_problem_renders_in_the_callers_language() {
        let problem = Problem::seq_gap(43, "ab12");
        let body = serde_json::to_value(problem.render(Locale::Zh, Some("r1".into()))).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "type": "https://baobei.dev/problems/seq-gap",
                "title": "操作日志中间有缺口",
                "status": 409,
                "detail": "请从第 43 条操作开始发送，并保证编号连续。",
                "code": "seq-gap",
                "request_id": "r1",
                "expected": 43,
                "head": "ab12",
            })
        );
        let back: ProblemBody = serde_json::from_value(body).unwrap();
        assert_eq!(back.members["expected"], 43);
        assert_eq!(problem.to_string(), "seq-gap: Send the ops from 43 on, without a hole.");
    }

    #[test]
    fn mistakes_name_their_places() {
        let problem = Problem::new(Code::Validation).at("/customer/phone", Text::new("too short", "太短"));
        let body = serde_json::to_value(problem.render(Locale::En, None)).unwrap();
        assert_eq!(body["errors"], serde_json::json!([{"pointer": "/customer/phone", "message": "too short"}]));
    }
}
