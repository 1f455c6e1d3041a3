//! The two languages of the product, and texts that exist in both.

use std::{borrow::Cow, fmt};

use chrono::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sync_core::time::Moment;
use utoipa::ToSchema;

/// A language messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
pub enum Locale {
    /// English.
    #[default]
    #[serde(rename = "en")]
    En,
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Zh,
}

impl Locale {
    /// Every locale, as `GET /v1/info` lists them.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The language tag (BCP 47) for `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// The best locale for an `Accept-Language` header (RFC 9110 12.5.4).
    ///
    /// Any Chinese range means 简体中文. The greatest quality wins, the first named among equals; `q=0` excludes;
    /// without a usable range the answer is English.
    pub fn from_accept_language(header: &str) -> Self {
        let ranges: Vec<(&str, u16)> = header.split(',').filter_map(parse_range).collect();
        let excluded = |locale| ranges.iter().any(|&(range, quality)| quality == 0 && Self::of(range) == Some(locale));
        let mut best: Option<(Self, u16)> = None;
        for &(range, quality) in ranges.iter().filter(|(_, quality)| *quality > 0) {
            let locale = match range {
                "*" => Self::ALL.into_iter().find(|&locale| !excluded(locale)),
                _ => Self::of(range),
            };
            if let Some(locale) = locale
                && best.is_none_or(|(_, quality_so_far)| quality > quality_so_far)
            {
                best = Some((locale, quality));
            }
        }
        best.map_or_else(|| if excluded(Self::En) { Self::Zh } else { Self::En }, |(locale, _)| locale)
    }

    fn of(range: &str) -> Option<Self> {
        let primary = range.split('-').next().unwrap_or(range);
        if primary.eq_ignore_ascii_case("zh") {
            Some(Self::Zh)
        } else if primary.eq_ignore_ascii_case("en") {
            Some(Self::En)
        } else {
            None
        }
    }
}

/// One range of the header with its quality in thousandths; `None` when it is malformed.
fn parse_range(item: &str) -> Option<(&str, u16)> {
    let mut parts = item.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?;
    let quality = match parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="))) {
        None => 1000,
        Some(text) => parse_quality(text)?,
    };
    Some((range, quality))
}

/// `0`, `0.8`, `1.000` as thousandths.
fn parse_quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", _) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

/// A text in both languages.
///
/// What is stored with a record or an op (verdict reasons, op outcomes) is read by many people later, so it always
/// carries both ([`Text::both`]); what answers one request is rendered by its `Accept-Language` ([`Text::get`]).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Text {
    /// English.
    pub en: Cow<'static, str>,
    /// 简体中文.
    pub zh: Cow<'static, str>,
}

impl Text {
    /// A text known at compile time.
    pub const fn new(en: &'static str, zh: &'static str) -> Self {
        Self { en: Cow::Borrowed(en), zh: Cow::Borrowed(zh) }
    }

    /// The text in one language.
    pub fn get(&self, locale: Locale) -> &str {
        match locale {
            Locale::En => &self.en,
            Locale::Zh => &self.zh,
        }
    }

    /// Both languages in one text: a line of English, a line of 简体中文. Readers show the line of their language.
    pub fn both(&self) -> String {
        format!("{}\n{}", self.en, self.zh)
    }

    /// Replaces every `{name}` by the fact of that name; a fact that is missing shows as `…`.
    ///
    /// `{until}`, `{due}`, `{deadline}` and `{arrived_at}` are instants: integers there (Unix ms) show as day and minute in the zone.
    /// A moment shows as its claim, or as its bounds.
    #[must_use]
    pub fn fill<Z: TimeZone>(&self, facts: &Map<String, Value>, zone: &Z) -> Self
    where
        Z::Offset: fmt::Display,
    {
        let show = |name: &str| match facts.get(name) {
            None | Some(Value::Null) => "…".to_owned(),
            Some(value) => instant(name, value, zone).unwrap_or_else(|| show(value)),
        };
        Self { en: fill(&self.en, show).into(), zh: fill(&self.zh, show).into() }
    }

    /// Whether every `{name}` of the text is among the facts.
    pub fn is_filled_by(&self, facts: &Map<String, Value>) -> bool {
        [&self.en, &self.zh]
            .into_iter()
            .all(|text| placeholders(text).all(|name| facts.get(name).is_some_and(|value| !value.is_null())))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// The names between braces, in order.
pub(crate) fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

fn fill(template: &str, show: impl Fn(&str) -> String) -> String {
    let mut pieces = template.split('{');
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('}') {
            Some((name, rest)) => {
                filled.push_str(&show(name));
                filled.push_str(rest);
            }
            None => filled.push_str(piece),
        }
    }
    filled
}

/// Facts that are instants: in Unix ms inside a ruling, RFC 3339 on the wire.
pub const INSTANTS: [&str; 4] = ["until", "due", "deadline", "arrived_at"];

/// A fact that is an instant or a moment, to the minute in the zone.
fn instant<Z: TimeZone>(name: &str, value: &Value, zone: &Z) -> Option<String>
where
    Z::Offset: fmt::Display,
{
    let minute = |ms| Some(zone.timestamp_millis_opt(ms).single()?.format("%Y-%m-%d %H:%M").to_string());
    if value.is_i64() {
        return value.as_i64().filter(|_| INSTANTS.contains(&name)).and_then(minute);
    }
    let Moment { earliest, latest, claimed, .. } = Moment::deserialize(value).ok()?;
    if let Some(claimed) = claimed {
        return minute(claimed);
    }
    let (earliest, latest) = (minute(earliest)?, minute(latest)?);
    Some(if earliest == latest { latest } else { format!("{earliest} – {latest}") })
}

/// A fact as people read it: lists with commas, whole numbers without a fraction, everything on one line.
fn show(value: &Value) -> String {
    match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(items) => items.iter().map(show).collect::<Vec<_>>().join(", "),
        Value::Number(number) => {
            let text = number.to_string();
            text.strip_suffix(".0").unwrap_or(&text).to_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_quality_wins() {
        for (header, expected) in [
            ("", Locale::En),
            ("zh", Locale::Zh),
            ("zh-CN,zh;q=0.9,en;q=0.8", Locale::Zh),
            ("zh-Hans-CN", Locale::Zh),
            ("ZH-tw", Locale::Zh),
            ("en-GB, zh", Locale::En),
            ("en;q=0.5, zh;q=0.501", Locale::Zh),
            ("fr, zh;q=0.1", Locale::Zh),
            ("fr", Locale::En),
            ("*", Locale::En),
            ("en;q=0, *", Locale::Zh),
            ("en;q=0", Locale::Zh),
            ("zh;q=0, *;q=0.5", Locale::En),
            ("zh; Q=1.000, en", Locale::Zh),
            ("zh;q=1.5, en;q=0.1", Locale::En),
            ("zh;q=nonsense, en;q=0.1", Locale::En),
            ("zho-CN", Locale::En),
            (";q=1,,", Locale::En),
        ] {
            assert_eq!(Locale::from_accept_language(header), expected, "{header:?}");
        }
    }

    #[test]
    fn facts_fill_their_places_in_both_languages() {
        let chengdu = chrono::FixedOffset::east_opt(8 * 3600).unwrap();
        let text = Text::new("Until {until}, {n} times by {who}.", "至 {until}，{n} 次（{who}）。");
        let facts =
            serde_json::json!({"until": 1_772_467_200_000_i64, "n": 1_772_467_200_000_i64, "who": ["a", "b\nc"]});
        let facts = facts.as_object().unwrap();
        assert!(text.is_filled_by(facts));
        let filled = text.fill(facts, &chengdu);
        assert_eq!(filled.get(Locale::En), "Until 2026-03-03 00:00, 1772467200000 times by a, b c.");
        assert_eq!(filled.get(Locale::Zh), "至 2026-03-03 00:00，1772467200000 次（a, b c）。");
        assert_eq!(filled.both().lines().count(), 2);
        let day = serde_json::json!({"until": "13:30", "n": 1, "who": "x"});
        assert_eq!(text.fill(day.as_object().unwrap(), &chengdu).en, "Until 13:30, 1 times by x.");
        assert!(!text.is_filled_by(&Map::new()));
        assert_eq!(text.fill(&Map::new(), &chengdu).get(Locale::En), "Until …, … times by ….");
    }

    #[test]
    fn moments_show_what_is_known() {
        let shown = |booked: Value| {
            let facts = serde_json::json!({ "booked": booked });
            Text::new("{booked}", "{booked}").fill(facts.as_object().unwrap(), &chrono::Utc).en.into_owned()
        };
        let mut moment = Moment::exact(1_772_467_200_000);
        assert_eq!(shown(serde_json::to_value(moment).unwrap()), "2026-03-02 16:00");
        moment.claimed = None;
        moment.earliest -= 3_600_000;
        assert_eq!(shown(serde_json::to_value(moment).unwrap()), "2026-03-02 15:00 – 2026-03-02 16:00");
        assert_eq!(shown(serde_json::json!(512.0)), "512");
    }
}
