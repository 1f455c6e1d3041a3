//! Instants, secrets, pages and people, as every message writes them.

use std::fmt;

use serde::{Deserialize, Serialize};
use sync_core::time::rfc3339;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// An instant, in Unix milliseconds. Written as RFC 3339 in UTC with milliseconds, read with any offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-22T01:31:07.120Z")]
pub struct Instant(#[serde(with = "rfc3339")] pub i64);

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rfc3339::text(self.0))
    }
}

/// A password, token or full phone number: it travels, but is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(value_type = String)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself. Do not log it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The entries, in the order of the list.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// How much of a list is wanted, and in which form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next_cursor` of the page before; opaque, only good for the same filters.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Entries wanted, 1 to 500.
    #[serde(default)]
    #[param(minimum = 1, maximum = 500, default = 100)]
    pub limit: Option<u32>,
    /// `csv` and `xlsx` give the whole list as a file, to those who may take it away (DP-3).
    #[serde(default)]
    #[param(inline)]
    pub format: Option<ListFormat>,
}

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListFormat {
    /// A page, for software.
    Json,
    /// RFC 4180, UTF-8 with BOM.
    Csv,
    /// A workbook.
    Xlsx,
}

impl PageQuery {
    /// Entries of a page, unless the request says otherwise.
    pub const DEFAULT_LIMIT: u32 = 100;
    /// Entries of a page at the most.
    pub const MAX_LIMIT: u32 = 500;
}

/// Somebody, by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Person {
    /// The user.
    pub id: Uuid,
    /// The name as colleagues see it.
    #[schema(example = "李华")]
    pub name: String,
}

/// Whose customer somebody is: a person for own staff, a partner's company (and the agent) for partners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Holder {
    /// The promoter or agent, when known.
    pub user: Option<Uuid>,
    /// The partner's company; null for own staff.
    pub partner: Option<Uuid>,
}

/// A reason somebody writes down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reason {
    /// In words, not blank, up to 4,000 characters.
    #[schema(min_length = 1, max_length = 4000)]
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_any_offset_and_write_utc() {
        let instant: Instant = serde_json::from_str("\"2026-11-22T09:31:07.120+08:00\"").unwrap();
        assert_eq!(serde_json::to_string(&instant).unwrap(), "\"2026-11-22T01:31:07.120Z\"");
        let schema = serde_json::to_value(<Instant as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!((&schema["type"], &schema["format"]), (&"string".into(), &"date-time".into()));
    }

    #[test]
    fn p11_secrets_are_never_printed() {
        let secret = Secret::new("13812345678");
        assert_eq!(format!("{secret:?}"), "[secret]");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"13812345678\"");
    }
}
