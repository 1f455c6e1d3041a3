//! Spans and times as the policy writes them: `"2 months"`, `"09:20"`, `"Mon 12:00"`.

use std::fmt;
use std::str::FromStr;

use chrono::{NaiveTime, TimeDelta, Timelike, Weekday};
use serde::{Deserialize, Serialize};

use sync_core::words;

/// A text that is no period, time of day or time of the week; says how one is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not understood; write {expected}")]
pub struct Unreadable {
    /// What was written.
    pub text: String,
    /// How it is written.
    pub expected: &'static str,
}

words! {
    /// The unit of a [`Period`].
    pub enum Unit {
        /// Project-local days.
        Days = "days",
        /// Seven days each.
        Weeks = "weeks",
        /// Calendar months, clamped to the month's end.
        Months = "months",
        /// Twelve months each.
        Years = "years",
    }
}

/// A calendar-aware span such as `2 months`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    count: u32,
    unit: Unit,
}

impl Period {
    /// A span of so many units.
    pub const fn new(count: u32, unit: Unit) -> Self {
        Self { count, unit }
    }

    /// How many units.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// Of what.
    pub const fn unit(self) -> Unit {
        self.unit
    }
}

impl FromStr for Period {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unreadable = || Unreadable { text: text.to_owned(), expected: "a count and days, weeks, months or years" };
        let (count, unit) = text.trim().split_once(' ').ok_or_else(unreadable)?;
        let count: u32 = count.parse().map_err(|_| unreadable())?;
        // a century is longer than any rule needs and keeps every deadline a real instant
        if !(1..=36_525).contains(&count) {
            return Err(unreadable());
        }
        let unit = unit.trim();
        let plural = if unit.ends_with('s') { unit.to_owned() } else { format!("{unit}s") };
        let unit: Unit = plural.parse().map_err(|_| unreadable())?;
        if matches!(unit, Unit::Years | Unit::Months | Unit::Weeks) && count > 1_200 {
            return Err(unreadable());
        }
        Ok(Self { count, unit })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit.as_str();
        let unit = if self.count == 1 { unit.trim_end_matches('s') } else { unit };
        write!(f, "{} {unit}", self.count)
    }
}

/// A time of day, to the minute (`09:20`) or to the second (`23:59:59`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    time: NaiveTime,
    to_the_second: bool,
}

impl TimeOfDay {
    /// The first minute of the day.
    pub const MIDNIGHT: Self = Self::minute(0, 0);

    /// The last second of the day.
    pub const END_OF_DAY: Self = Self { time: hms(23, 59, 59), to_the_second: true };

    /// A minute of the day.
    pub(super) const fn minute(hour: u32, minute: u32) -> Self {
        Self { time: hms(hour, minute, 0), to_the_second: false }
    }

    /// When it begins.
    pub const fn time(self) -> NaiveTime {
        self.time
    }

    /// So much later, or earlier, on the same day.
    pub fn moved(self, by: TimeDelta) -> Self {
        let (time, days) = self.time.overflowing_add_signed(by);
        match days {
            0 => Self { time, ..self },
            ..0 => Self { time: NaiveTime::MIN, ..self },
            _ => Self { time: if self.to_the_second { hms(23, 59, 59) } else { hms(23, 59, 0) }, ..self },
        }
    }

    /// How long it lasts: the minute or the second it is written for.
    pub const fn precision(self) -> TimeDelta {
        if self.to_the_second { TimeDelta::seconds(1) } else { TimeDelta::minutes(1) }
    }
}

/// A time known when the program is built; one that does not exist becomes midnight.
const fn hms(hour: u32, minute: u32, second: u32) -> NaiveTime {
    match NaiveTime::from_hms_opt(hour, minute, second) {
        Some(time) => time,
        None => NaiveTime::MIN,
    }
}

impl FromStr for TimeOfDay {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expected = "a time of day such as 09:20 or 23:59:59";
        let to_the_second = text.len() == "23:59:59".len();
        let format = if to_the_second { "%H:%M:%S" } else { "%H:%M" };
        NaiveTime::parse_from_str(text, format)
            .ok()
            .filter(|time| time.nanosecond() < 1_000_000_000 && (to_the_second || text.len() == "09:20".len()))
            .map(|time| Self { time, to_the_second })
            .ok_or_else(|| Unreadable { text: text.to_owned(), expected })
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = if self.to_the_second { "%H:%M:%S" } else { "%H:%M" };
        self.time.format(format).fmt(f)
    }
}

/// A time of the week such as `Mon 12:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfWeek {
    /// The weekday.
    pub weekday: Weekday,
    /// The time on that day.
    pub time: TimeOfDay,
}

impl FromStr for TimeOfWeek {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once(' ').and_then(|(weekday, time)| Some((weekday.parse().ok()?, time.parse().ok()?)));
        let (weekday, time) = parts
            .ok_or_else(|| Unreadable { text: text.to_owned(), expected: "a weekday and a time such as Mon 12:00" })?;
        Ok(Self { weekday, time })
    }
}

impl fmt::Display for TimeOfWeek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.weekday, self.time)
    }
}

/// Lets serde read and write a type as the text it is written as.
macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = Unreadable;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    )+};
}

as_text!(Period, TimeOfDay, TimeOfWeek);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["1 month", "2 months", "30 days", "1 day", "6 weeks", "1 year"] {
            assert_eq!(text.parse::<Period>().map(|period| period.to_string()).as_deref(), Ok(text));
        }
        for text in ["00:00", "09:20", "23:59:59"] {
            assert_eq!(text.parse::<TimeOfDay>().map(|time| time.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("Mon 12:00".parse::<TimeOfWeek>().map(|time| time.to_string()).as_deref(), Ok("Mon 12:00"));
    }

    #[test]
    fn what_is_not_understood_says_how_it_is_written() {
        for text in ["", "2", "months", "0 days", "-1 days", "2 fortnights", "1.5 months", "99999 days", "5000 years"] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
        for text in ["", "9:20", "24:00", "09:60", "09:20:60", "0920", "09:20 "] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
        for text in ["", "12:00", "Noday 12:00", "Mon"] {
            assert!(text.parse::<TimeOfWeek>().is_err(), "{text}");
        }
        let error = "soon".parse::<Period>().unwrap_err();
        assert_eq!(error.to_string(), "`soon` is not understood; write a count and days, weeks, months or years");
    }
}
