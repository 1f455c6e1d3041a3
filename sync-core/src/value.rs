//! Types of field values, with their limits. One check serves the phone's form and the server's door.

use serde::Serialize;
use serde_json::{Map, Value};

/// Characters in a name.
pub const NAME_CHARS: usize = 64;
/// Characters in a text.
pub const TEXT_CHARS: usize = 4_000;
/// Elements in a set.
pub const SET_ELEMENTS: usize = 50;
/// Companions on one booking (BK-10).
pub const COMPANIONS: usize = 5;

/// Type and limits of a value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// Up to 64 characters, not blank.
    Name,
    /// Up to 4,000 characters.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number.
    Integer {
        /// The smallest allowed.
        min: i64,
        /// The greatest allowed.
        max: i64,
    },
    /// `true` or `false`.
    Flag,
    /// A calendar day, `2026-11-22`.
    Day,
    /// An instant, RFC 3339 with offset.
    Instant,
    /// A UUID.
    Id,
    /// The SHA-256 of an attachment, 64 hex digits.
    Digest,
    /// `{lat, lng, accuracy_m, mocked, datum?}`, degrees and metres.
    Location,
    /// A full phone number; normalised by the server.
    Phone,
    /// A masked phone number (BK-5): first 3, four asterisks, last 4; or `+<country> `, first 2, four asterisks, last 2.
    MaskedPhone,
    /// Up to 5 of `{name, phone_masked?}` (BK-10).
    Companions,
    /// Anything the server wrote.
    Json,
}

/// Why a value is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueFault {
    /// Another JSON type was expected.
    #[error("expected {0}")]
    Expected(&'static str),
    /// The text is blank.
    #[error("must not be blank")]
    Blank,
    /// The text is too long.
    #[error("longer than {0} characters")]
    TooLong(usize),
    /// The number is out of range.
    #[error("must lie between {0} and {1}")]
    OutOfRange(i64, i64),
    /// The word is not one of the choices.
    #[error("must be one of {}", .0.join(", "))]
    NotAChoice(&'static [&'static str]),
    /// BK-5: a full phone number where only a masked one may stand.
    #[error("a full phone number must not be sent here: mask it as 138****5678")]
    FullNumber,
    /// Not a masked number.
    #[error("not a masked phone number: write 138****5678, or +852 91****78 outside mainland China")]
    NotMasked,
    /// Too many elements.
    #[error("more than {0} elements")]
    TooMany(usize),
}

impl Type {
    /// Checks one value (one element, for sets).
    ///
    /// # Errors
    /// The fault, worded for the person who typed the value.
    pub fn check(self, value: &Value) -> Result<(), ValueFault> {
        match self {
            Self::Name => {
                let text = text_of(value, NAME_CHARS)?;
                if text.trim().is_empty() { Err(ValueFault::Blank) } else { Ok(()) }
            }
            Self::Text => text_of(value, TEXT_CHARS).map(drop),
            Self::Choice(choices) => {
                let text = value.as_str().ok_or(ValueFault::NotAChoice(choices))?;
                if choices.contains(&text) { Ok(()) } else { Err(ValueFault::NotAChoice(choices)) }
            }
            Self::Integer { min, max } => match value.as_i64() {
                Some(number) if (min..=max).contains(&number) => Ok(()),
                Some(_) => Err(ValueFault::OutOfRange(min, max)),
                None => Err(ValueFault::Expected("a whole number")),
            },
            Self::Flag => value.as_bool().map(drop).ok_or(ValueFault::Expected("true or false")),
            Self::Day => parse(value, is_day, "a day as 2026-11-22"),
            Self::Instant => parse(value, is_instant, "an instant as 2026-11-22T09:31:07+08:00"),
            Self::Id => parse(value, |text| uuid::Uuid::try_parse(text).is_ok(), "a UUID"),
            Self::Digest => parse(value, is_digest, "a SHA-256 as 64 hex digits"),
            Self::Location => location(value),
            Self::Phone => {
                let text = text_of(value, NAME_CHARS)?;
                let digits = text.chars().filter(|c| c.is_numeric()).count();
                if (5..=20).contains(&digits) { Ok(()) } else { Err(ValueFault::Expected("a phone number")) }
            }
            Self::MaskedPhone => masked(text_of(value, NAME_CHARS)?),
            Self::Companions => companions(value),
            Self::Json => Ok(()),
        }
    }
}

fn text_of(value: &Value, limit: usize) -> Result<&str, ValueFault> {
    let text = value.as_str().ok_or(ValueFault::Expected("a text"))?;
    if text.chars().count() > limit { Err(ValueFault::TooLong(limit)) } else { Ok(text) }
}

fn parse(value: &Value, valid: impl Fn(&str) -> bool, expected: &'static str) -> Result<(), ValueFault> {
    match value.as_str() {
        Some(text) if valid(text) => Ok(()),
        _ => Err(ValueFault::Expected(expected)),
    }
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

fn is_instant(text: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn location(value: &Value) -> Result<(), ValueFault> {
    const SHAPE: ValueFault = ValueFault::Expected("a location {lat, lng, accuracy_m, mocked}");
    let map = value.as_object().ok_or(SHAPE)?;
    let number = |name: &str| map.get(name).and_then(Value::as_f64).ok_or(SHAPE);
    let known = |key: &String| ["lat", "lng", "accuracy_m", "mocked", "datum"].contains(&key.as_str());
    let datum = map.get("datum").is_none_or(|datum| matches!(datum.as_str(), Some("wgs84" | "gcj02" | "bd09")));
    if !map.keys().all(known) || !datum || !map.get("mocked").is_some_and(Value::is_boolean) {
        return Err(SHAPE);
    }
    if !(-90.0..=90.0).contains(&number("lat")?) {
        return Err(ValueFault::OutOfRange(-90, 90));
    }
    if !(-180.0..=180.0).contains(&number("lng")?) {
        return Err(ValueFault::OutOfRange(-180, 180));
    }
    if !(0.0..=100_000.0).contains(&number("accuracy_m")?) {
        return Err(ValueFault::OutOfRange(0, 100_000));
    }
    Ok(())
}

/// Checks the form of a masked number (BK-5).
fn masked(text: &str) -> Result<(), ValueFault> {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.split_once("****");
    let mainland = parts.is_some_and(|(head, tail)| digits(head, 3) && head.starts_with('1') && digits(tail, 4));
    let abroad = parts.is_some_and(|(head, tail)| {
        head.strip_prefix('+').and_then(|head| head.split_once(' ')).is_some_and(|(country, first)| {
            (1..=3).contains(&country.len()) && digits(country, country.len()) && digits(first, 2) && digits(tail, 2)
        })
    });
    if mainland || abroad {
        Ok(())
    } else if text.chars().filter(|c| c.is_numeric()).count() > 9 {
        Err(ValueFault::FullNumber)
    } else {
        Err(ValueFault::NotMasked)
    }
}

fn companions(value: &Value) -> Result<(), ValueFault> {
    const SHAPE: ValueFault = ValueFault::Expected("a list of {name, phone_masked?}");
    let list = value.as_array().ok_or(SHAPE)?;
    if list.len() > COMPANIONS {
        return Err(ValueFault::TooMany(COMPANIONS));
    }
    list.iter().try_for_each(|companion| companion_of(companion.as_object().ok_or(SHAPE)?))
}

fn companion_of(companion: &Map<String, Value>) -> Result<(), ValueFault> {
    if companion.keys().any(|key| key != "name" && key != "phone_masked") {
        return Err(ValueFault::Expected("a companion with name and phone_masked only"));
    }
    Type::Name.check(companion.get("name").unwrap_or(&Value::Null))?;
    companion.get("phone_masked").map_or(Ok(()), |phone| Type::MaskedPhone.check(phone))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bk_5_only_masked_numbers_pass() {
        for good in ["138****5678", "+852 91****78", "+1 20****99"] {
            assert_eq!(Type::MaskedPhone.check(&json!(good)), Ok(()), "{good}");
        }
        for full in ["13812345678", "+852 9123 4578 99", "１３８１２３４５６７８", "138 1234 5678"] {
            assert_eq!(Type::MaskedPhone.check(&json!(full)), Err(ValueFault::FullNumber), "{full}");
        }
        for bad in ["138***5678", "238****5678", "138****567", "", "+852 9****78"] {
            assert_eq!(Type::MaskedPhone.check(&json!(bad)), Err(ValueFault::NotMasked), "{bad}");
        }
    }

    #[test]
    fn locations_are_checked() {
        let good = json!({"lat": 30.5, "lng": 104.06, "accuracy_m": 12, "mocked": false, "datum": "gcj02"});
        assert_eq!(Type::Location.check(&good), Ok(()));
        for (field, value) in [
            ("lat", json!(91)),
            ("accuracy_m", json!(-1)),
            ("mocked", json!(null)),
            ("datum", json!("x")),
            ("extra", json!(1)),
        ] {
            let mut bad = good.clone();
            bad[field] = value;
            assert!(Type::Location.check(&bad).is_err(), "{field}");
        }
    }

    #[test]
    fn texts_and_numbers_have_limits() {
        assert_eq!(Type::Name.check(&json!(" ")), Err(ValueFault::Blank));
        assert_eq!(Type::Name.check(&json!("王".repeat(64))), Ok(()));
        assert_eq!(Type::Name.check(&json!("王".repeat(65))), Err(ValueFault::TooLong(64)));
        assert_eq!(Type::Day.check(&json!("2026-02-29")), Err(ValueFault::Expected("a day as 2026-11-22")));
        assert_eq!(Type::Integer { min: 0, max: 5 }.check(&json!(6)), Err(ValueFault::OutOfRange(0, 5)));
        assert!(Type::Integer { min: 0, max: 5 }.check(&json!(1.5)).is_err());
    }
}
