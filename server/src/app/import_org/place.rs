//! Reading one place of a document: what does not fit is noted with its pointer, and the walk goes on.
//!
//! A value with a mistake reads as a stand-in, so that everything after it is read, too. A document with mistakes is
//! never handed on, so no stand-in is ever used.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use sync_core::kind::Kind;
use sync_core::time::rfc3339;
use sync_core::value::Type;

use super::document::Since;
use super::mistake::Mistakes;
use crate::rules::calendar::{UnknownZone, Zone};

/// One place of the document: a value, or its absence.
pub(super) struct Place<'a> {
    pointer: String,
    /// `None` for a member that is missing or null.
    value: Option<&'a Value>,
    /// `None` inside something that is no object: nothing more can be said there.
    mistakes: Option<&'a Mistakes>,
}

/// An object of which every member is known.
pub(super) struct Object<'a> {
    place: Place<'a>,
    map: Option<&'a Map<String, Value>>,
}

impl<'a> Place<'a> {
    pub(super) fn root(value: &'a Value, mistakes: &'a Mistakes) -> Self {
        Self { pointer: String::new(), value: Some(value), mistakes: Some(mistakes) }
    }

    /// Notes a mistake here.
    pub(super) fn wrong(&self, wrong: impl Into<String>, remedy: impl Into<String>) {
        if let Some(mistakes) = self.mistakes {
            mistakes.add(self.pointer.clone(), wrong, remedy);
        }
    }

    /// Reads the value when there is one.
    pub(super) fn optional<T>(self, read: impl FnOnce(Self) -> T) -> Option<T> {
        self.value.is_some().then(|| read(self))
    }

    /// An object with no other members than these.
    pub(super) fn object(self, members: &[&str]) -> Object<'a> {
        let map = self.expect("an object {…}", Value::as_object);
        for name in map.into_iter().flat_map(Map::keys).filter(|name| !members.contains(&name.as_str())) {
            let remedy = format!("remove it or correct the name; known here: {}", members.join(", "));
            self.inner(name, None).wrong("is not known here", remedy);
        }
        Object { place: Self { mistakes: self.mistakes.filter(|_| map.is_some()), ..self }, map }
    }

    /// A list; missing reads as empty.
    pub(super) fn list<T>(self, read: impl Fn(Self) -> T) -> Vec<T> {
        let Some(items) = self.optional(|place| (place.expect("a list […]", Value::as_array), place)) else {
            return Vec::new();
        };
        let (items, place) = items;
        let items = items.into_iter().flatten().enumerate();
        items.map(|(index, value)| read(place.inner(&index.to_string(), Some(value)))).collect()
    }

    /// A name for people: up to 64 characters, not blank.
    pub(super) fn name(self) -> String {
        self.typed(Type::Name, "write a name").and_then(Value::as_str).unwrap_or_default().trim().to_owned()
    }

    /// A text of up to 4,000 characters.
    pub(super) fn text(self) -> String {
        self.typed(Type::Text, "write a text").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// A code that files and commands refer to things by.
    pub(super) fn code(self) -> String {
        let code = self.expect("a code in quotes", Value::as_str).unwrap_or_default();
        let fits = |c: char| c.is_alphanumeric() || "._-@+".contains(c);
        if self.value.is_some_and(Value::is_string)
            && !((1..=64).contains(&code.chars().count()) && code.chars().all(fits))
        {
            self.wrong("is not a code", "use 1 to 64 letters, digits and . _ - @ +");
        }
        code.to_owned()
    }

    /// One of the words of a vocabulary.
    pub(super) fn word<T: Copy + Display>(self, words: &[T], stand_in: T) -> T {
        let word = self.expect("a word in quotes", Value::as_str);
        let found = word.and_then(|word| words.iter().copied().find(|known| known.to_string() == word));
        if let (Some(word), None) = (word, found) {
            let words: Vec<_> = words.iter().map(ToString::to_string).collect();
            self.wrong(format!("\"{word}\" is not a word for this"), format!("use {}", words.join(", ")));
        }
        found.unwrap_or(stand_in)
    }

    /// A value of a field of a record kind, when it is a text.
    pub(super) fn field(self, kind: &Kind, name: &str) -> String {
        let ty = kind.field(name).map_or(Type::Text, |field| field.ty);
        self.typed(ty, "correct it").and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// A time zone of the IANA database.
    pub(super) fn timezone(self) -> Zone {
        match self.expect("a time zone in quotes", Value::as_str).map(str::parse) {
            Some(Ok(zone)) => zone,
            Some(Err::<_, UnknownZone>(unknown)) => {
                self.wrong(format!("there is no time zone \"{}\"", unknown.0), "use a name such as Asia/Shanghai");
                Zone::UTC
            }
            None => Zone::UTC,
        }
    }

    /// A number in a range.
    pub(super) fn number(self, range: RangeInclusive<f64>) -> f64 {
        let number = self.expect("a number", Value::as_f64);
        if let Some(number) = number.filter(|number| !range.contains(number)) {
            self.wrong(format!("{number} is out of range"), format!("use {} to {}", range.start(), range.end()));
        }
        number.unwrap_or(*range.start())
    }

    /// Two numbers in a list, each in its range.
    pub(super) fn pair(self, ranges: (RangeInclusive<f64>, RangeInclusive<f64>)) -> Option<(f64, f64)> {
        let list = self.expect("two numbers as [lat, lng]", |value| value.as_array().filter(|list| list.len() == 2))?;
        let at = |index: usize| self.inner(&index.to_string(), list.get(index));
        Some((at(0).number(ranges.0), at(1).number(ranges.1)))
    }

    /// `true` or `false`.
    pub(super) fn flag(self) -> bool {
        self.expect("true or false", Value::as_bool).unwrap_or_default()
    }

    /// A calendar day.
    pub(super) fn day(self) -> chrono::NaiveDate {
        let text = self.typed(Type::Day, "write a day as 2026-11-22").and_then(Value::as_str);
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    /// A calendar day of the project, or an instant.
    pub(super) fn since(self) -> Since {
        let text = self.expect("a day or an instant in quotes", Value::as_str).unwrap_or_default();
        match (text.parse().ok(), rfc3339::parse(text).ok()) {
            (Some(day), _) => Since::Day(day),
            (None, Some(at)) => Since::Instant(at),
            (None, None) => {
                if self.value.is_some_and(Value::is_string) {
                    self.wrong("is neither a day nor an instant", "write 2026-11-22 or 2026-11-22T09:00:00+08:00");
                }
                Since::Instant(0)
            }
        }
    }

    /// Any object, kept as it is.
    pub(super) fn any_object(self) -> Value {
        self.expect("an object {…}", |value| value.is_object().then_some(value)).cloned().unwrap_or_default()
    }

    pub(super) fn pointer(&self) -> &str {
        &self.pointer
    }

    fn typed(&self, ty: Type, remedy: &str) -> Option<&'a Value> {
        let value = self.expect("a text in quotes", Some)?;
        match ty.check(value) {
            Ok(()) => Some(value),
            Err(fault) => {
                self.wrong(fault.to_string(), remedy);
                None
            }
        }
    }

    fn expect<T>(&self, expected: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let read = self.value.map(read);
        match &read {
            None => self.wrong("is missing", format!("write {expected}")),
            Some(None) => self.wrong(format!("is not {expected}"), format!("write {expected}")),
            Some(Some(_)) => {}
        }
        read.flatten()
    }

    fn inner(&self, token: &str, value: Option<&'a Value>) -> Self {
        let pointer = format!("{}/{}", self.pointer, escape(token));
        Self { pointer, value: value.filter(|value| !value.is_null()), mistakes: self.mistakes }
    }
}

impl<'a> Object<'a> {
    /// The place of a member, whether it is there or not.
    pub(super) fn at(&self, name: &str) -> Place<'a> {
        self.place.inner(name, self.map.and_then(|map| map.get(name)))
    }
}

fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}
