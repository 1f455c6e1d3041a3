//! WL-9: the week of the calendar (ISO 8601), when its logs are due, and their hand-in. WL-8: which of them are inspected.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, Days, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::op::Digest;
use sync_core::time::Answer;
use sync_core::words;
use uuid::Uuid;

use super::calendar::{Zone, next};
use super::policy::Policy;
use super::review::Capacity;
use super::ruling::{Reason, Rule, Ruling};

/// A week from Monday to Sunday, written `2026-W47`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Week {
    first: NaiveDate,
}

/// A text that names no week.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no week; write 2026-W47")]
pub struct UnknownWeek(pub String);

impl Week {
    /// The week in which a day lies.
    pub fn of(day: NaiveDate) -> Self {
        let back = Days::new(day.weekday().num_days_from_monday().into());
        Self { first: day.checked_sub_days(back).unwrap_or(day) }
    }

    /// The week before.
    #[must_use]
    pub fn before(self) -> Self {
        Self { first: self.first.checked_sub_days(Days::new(7)).unwrap_or(self.first) }
    }

    /// Its Monday.
    pub fn first(self) -> NaiveDate {
        self.first
    }

    /// Its Sunday.
    pub fn last(self) -> NaiveDate {
        self.first.checked_add_days(Days::new(6)).unwrap_or(self.first)
    }

    /// The first instant after it (Unix ms).
    pub fn end(self, zone: Zone) -> i64 {
        zone.bounds(self.last()).1
    }

    /// When its logs are due (Unix ms, half-open): the first time of `log.weekly_due` after it.
    pub fn due(self, zone: Zone, policy: &Policy) -> i64 {
        let due = policy.log.weekly_due;
        let mut day = next(self.last());
        for _ in 0..7 {
            if day.weekday() == due.weekday {
                break;
            }
            day = next(day);
        }
        zone.at(day, due.time)
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let week = self.first.iso_week();
        write!(f, "{:04}-W{:02}", week.year(), week.week())
    }
}

impl FromStr for Week {
    type Err = UnknownWeek;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        let parts = text.split_once("-W").filter(|(year, week)| digits(year, 4) && digits(week, 2));
        parts
            .and_then(|(year, week)| NaiveDate::from_isoywd_opt(year.parse().ok()?, week.parse().ok()?, Weekday::Mon))
            .map(|first| Self { first })
            .ok_or_else(|| UnknownWeek(text.to_owned()))
    }
}

impl TryFrom<String> for Week {
    type Error = UnknownWeek;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Week> for String {
    fn from(week: Week) -> Self {
        week.to_string()
    }
}

words! {
    /// What was decided about the hand-in of a week.
    pub enum HandInVerdict {
        /// In time.
        OnTime = "on_time",
        /// Later than `log.weekly_due`.
        Late = "late",
    }
}

/// Everything the ruling on a week's hand-in rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandInFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// The week.
    pub week: Week,
    /// When it is handed in (Unix ms).
    pub at: i64,
    /// In which capacity; `None` for those who decide nothing about the team.
    pub capacity: Option<Capacity>,
    /// SHA-256 of the frozen sheet.
    pub checksum: String,
}

/// Why a week cannot be handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandInError {
    /// It is not over.
    #[error("the week is not over yet")]
    NotOver,
    /// The lead or the deputy hands it in.
    #[error("the team's lead or deputy hands the week in")]
    NotTheLead,
}

impl HandInError {
    /// The name of the refusal in the table of rule messages.
    pub const fn case(self) -> &'static str {
        match self {
            Self::NotOver => "not_over",
            Self::NotTheLead => "not_the_lead",
        }
    }
}

/// Hands a week in (WL-9): late is flagged, never refused.
///
/// # Errors
/// [`HandInError`]
pub fn hand_in(facts: &HandInFacts, policy: &Policy) -> Result<Ruling<HandInVerdict>, HandInError> {
    if !matches!(facts.capacity, Some(Capacity::TeamLead | Capacity::Deputy)) {
        return Err(HandInError::NotTheLead);
    }
    if facts.at < facts.week.end(facts.zone) {
        return Err(HandInError::NotOver);
    }
    let due = facts.week.due(facts.zone, policy);
    let (verdict, answer) =
        if facts.at < due { (HandInVerdict::OnTime, Answer::Yes) } else { (HandInVerdict::Late, Answer::No) };
    let known = json!({"deadline": due, "checksum": facts.checksum});
    Ok(Ruling::because(verdict, Reason::new(Rule::Wl9, answer, known)))
}

/// WL-8: the logs of a week that are inspected: a share, rounded up, at least one where there are any. The draw is the order of the SHA-256
/// of `project:week:log`, which nobody chooses and everybody can repeat.
pub fn sample(project: Uuid, week: Week, logs: &[Uuid], share: f64) -> Vec<Uuid> {
    let mut ranked: Vec<([u8; 32], Uuid)> =
        logs.iter().map(|log| (Digest::of(&format!("{project}:{week}:{log}")).0, *log)).collect();
    ranked.sort_unstable();
    let count = ranked.iter().enumerate().take_while(|(place, _)| is_drawn(*place, logs.len(), share)).count();
    ranked.into_iter().take(count).map(|(_, log)| log).collect()
}

/// Whether the log at this place of the draw is among the share; the share of what cannot be divided is rounded up.
fn is_drawn(place: usize, of: usize, share: f64) -> bool {
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    // a share such as 0.1 is not exactly that
    share > 0.0 && count(place) < count(of) * share - 1e-6
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::fixtures::{id, zone};

    fn week(text: &str) -> Week {
        text.parse().unwrap()
    }

    fn ms(text: &str) -> i64 {
        chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    #[test]
    fn wl_9_weeks_are_those_of_iso_8601() {
        let rows = [
            ("2026-W47", "2026-11-16", "2026-11-22"),
            ("2026-W53", "2026-12-28", "2027-01-03"),
            ("2027-W01", "2027-01-04", "2027-01-10"),
            ("2025-W01", "2024-12-30", "2025-01-05"),
        ];
        for (text, first, last) in rows {
            let week = week(text);
            assert_eq!((week.first().to_string(), week.last().to_string()), (first.to_owned(), last.to_owned()));
            assert_eq!((week.to_string(), Week::of(week.last())), (text.to_owned(), week));
        }
        assert_eq!(week("2027-W01").before(), week("2026-W53"));
        for text in ["2027-W53", "2026-W00", "2026-W54", "2026-47", "2026-W7", "x", "+026-W01"] {
            assert!(text.parse::<Week>().is_err(), "{text}");
        }
    }

    #[test]
    fn wl_9_a_week_is_handed_in_by_monday_noon() {
        let facts = |at: &str, capacity| HandInFacts {
            zone: zone(),
            week: week("2026-W47"),
            at: ms(at),
            capacity,
            checksum: "ab".to_owned(),
        };
        let rows = [
            ("2026-11-22T23:59:59.999+08:00", Some(Capacity::TeamLead), Err(HandInError::NotOver)),
            ("2026-11-23T00:00:00+08:00", Some(Capacity::TeamLead), Ok(HandInVerdict::OnTime)),
            ("2026-11-23T11:59:59.999+08:00", Some(Capacity::Deputy), Ok(HandInVerdict::OnTime)),
            ("2026-11-23T12:00:00+08:00", Some(Capacity::TeamLead), Ok(HandInVerdict::Late)),
            ("2026-12-31T12:00:00+08:00", Some(Capacity::TeamLead), Ok(HandInVerdict::Late)),
            ("2026-11-23T00:00:00+08:00", Some(Capacity::BackOffice), Err(HandInError::NotTheLead)),
            ("2026-11-23T00:00:00+08:00", None, Err(HandInError::NotTheLead)),
        ];
        for (at, capacity, expected) in rows {
            let ruling = hand_in(&facts(at, capacity), &Policy::default());
            assert_eq!(ruling.map(|ruling| ruling.outcome), expected, "{at}");
        }
    }

    #[test]
    fn wl_9_the_due_time_is_the_policys_and_the_zones() {
        let policy = |due: &str| Policy::read(&json!({"log": {"weekly_due": due}})).unwrap();
        let rows = [
            ("Asia/Shanghai", "2026-W47", "Mon 12:00", "2026-11-23T12:00:00+08:00"),
            ("Asia/Shanghai", "2026-W47", "Sun 09:00", "2026-11-29T09:00:00+08:00"),
            ("Asia/Shanghai", "2026-W53", "Tue 08:00", "2027-01-05T08:00:00+08:00"),
            // the clocks change on the week's last day
            ("Europe/Berlin", "2026-W12", "Mon 12:00", "2026-03-23T12:00:00+01:00"),
            ("Europe/Berlin", "2026-W13", "Mon 12:00", "2026-03-30T12:00:00+02:00"),
        ];
        for (name, text, due, expected) in rows {
            assert_eq!(week(text).due(name.parse().unwrap(), &policy(due)), ms(expected), "{name} {text} {due}");
        }
    }

    #[test]
    fn wl_8_a_share_is_drawn_rounded_up_and_at_least_one() {
        let logs = |count: u128| (1..=count).map(id).collect::<Vec<_>>();
        let drawn = |count, share| sample(id(9), week("2026-W47"), &logs(count), share).len();
        let rows = [(0, 0.1, 0), (1, 0.1, 1), (10, 0.1, 1), (11, 0.1, 2), (30, 0.1, 3), (7, 1.0, 7), (7, 0.0, 0)];
        for (count, share, expected) in rows {
            assert_eq!(drawn(count, share), expected, "{share} of {count}");
        }
    }

    #[test]
    fn wl_8_the_draw_can_be_repeated_and_is_another_every_week() {
        let logs: Vec<Uuid> = (1..=100).map(id).collect();
        let mut shuffled = logs.clone();
        shuffled.reverse();
        let drawn = sample(id(9), week("2026-W47"), &logs, 0.1);
        assert_eq!(drawn, sample(id(9), week("2026-W47"), &shuffled, 0.1));
        assert_ne!(drawn, sample(id(9), week("2026-W48"), &logs, 0.1));
        assert_ne!(drawn, sample(id(8), week("2026-W47"), &logs, 0.1));
    }
}
