//! Unix milliseconds as RFC 3339 texts in UTC, `2026-11-22T01:31:07.120Z`.

use chrono::{DateTime, SecondsFormat};
use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

/// Writes an instant; what lies beyond the calendar is clamped to its ends.
pub fn text(ms: i64) -> String {
    let at = DateTime::from_timestamp_millis(ms);
    let at = at.unwrap_or(if ms < 0 { DateTime::<chrono::Utc>::MIN_UTC } else { DateTime::<chrono::Utc>::MAX_UTC });
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads an instant with any offset.
///
/// # Errors
/// When the text is not RFC 3339.
pub fn parse(text: &str) -> Result<i64, chrono::ParseError> {
    DateTime::parse_from_rfc3339(text).map(|at| at.timestamp_millis())
}

/// For `#[serde(with = "rfc3339")]`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(ms: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(*ms))
}

/// For `#[serde(with = "rfc3339")]`.
///
/// # Errors
/// When the text is not RFC 3339.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// The same for optional instants.
pub mod option {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    /// For `#[serde(with = "rfc3339::option")]`.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(ms: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        match ms {
            Some(ms) => super::serialize(ms, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// For `#[serde(with = "rfc3339::option")]`.
    ///
    /// # Errors
    /// When the text is not RFC 3339.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| super::parse(&text).map_err(D::Error::custom)).transpose()
    }
}
