//! AT: what a person's day came to.
//!
//! The check-ins of the day, the roster and what leads answered go in, in any order; one outcome comes out. Three questions are asked, each
//! with three answers: was there an arrival in time, was there one before the day counts as absent, did the person stay to the end. A
//! check-in that waits for a decision, or whose witness is missing, makes an answer unclear only when it could change it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sync_core::time::Moment;
use sync_core::words;
use uuid::Uuid;

use super::attendance::CheckInType;
use super::calendar::Zone;
use super::period::TimeOfDay;
use super::ruling::Rule;

words! {
    /// What a person's day came to.
    pub enum DayVerdict {
        /// There in time, and to the end.
        OnTime = "on_time",
        /// There, but late.
        Late = "late",
        /// No counted arrival in time to count.
        Absent = "absent",
        /// Left before the end; late or not.
        EarlyLeave = "early_leave",
        /// A person must decide.
        Review = "review",
        /// A day off, and nobody came.
        Off = "off",
        /// Leave was approved.
        Excused = "excused",
    }
}

words! {
    /// Where a check-in comes from.
    pub enum CheckSource {
        /// The person's own phone.
        Phone = "phone",
        /// A lead, deputy or delegate recorded it for the person (AT-10).
        Witness = "witness",
        /// The back office entered it by hand (AT-9).
        Manual = "manual",
        /// A lead approved a request (AT-9).
        Request = "request",
    }
}

words! {
    /// How far a check-in counts.
    pub enum Counts {
        /// It counts.
        Yes = "yes",
        /// A person decides first.
        Review = "review",
        /// It does not: void, declined or withdrawn.
        No = "no",
    }
}

/// What was planned for the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Planned {
    /// A shift.
    Work {
        /// When it starts.
        start: TimeOfDay,
        /// When it ends.
        end: TimeOfDay,
        /// AT-5: the last minute that is on time.
        on_site_by: TimeOfDay,
        /// AT-1: without a counted `on` by then the day is absent.
        absent_after: TimeOfDay,
    },
    /// A day off.
    Off {
        /// The rule that makes it one: AT-2, AT-4.
        rule: Rule,
    },
}

/// A check-in that may lie on the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCheck {
    /// The record.
    pub id: Uuid,
    /// What it marks.
    #[serde(rename = "type")]
    pub kind: CheckInType,
    /// When it was made.
    pub moment: Moment,
    /// Where it comes from.
    pub source: CheckSource,
    /// Whether it counts.
    pub counts: Counts,
    /// What a person said about an `on`: in time or late. Nothing where the moment tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_time: Option<bool>,
    /// Whether a lead, deputy or delegate confirmed it (AT-8).
    #[serde(default)]
    pub witnessed: bool,
}

/// Something that is noted on a day, whatever it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayFlag {
    /// The rule behind it.
    pub rule: Rule,
    /// Whether it is a severe one.
    #[serde(default)]
    pub severe: bool,
    /// Plain facts, as those of a [`super::Reason`].
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub facts: Value,
}

/// Everything the ruling on a person's day rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PersonDayFacts {
    /// The project's time zone.
    pub zone: Zone,
    /// The project's day.
    pub day: NaiveDate,
    /// Whose day it is.
    pub subject: Uuid,
    /// Whether the person is a liaison, whose attendance is witnessed (AT-10).
    #[serde(default)]
    pub liaison: bool,
    /// What was planned.
    pub planned: Planned,
    /// The approved request for leave on that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leave: Option<Uuid>,
    /// The check-ins that may lie on the day, by id.
    pub checks: Vec<DayCheck>,
    /// What others noted on the day: AT-9, AT-11, AT-16 …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flags: Vec<DayFlag>,
    /// AT-15: days of absence in the twelve months before.
    #[serde(default)]
    pub absences_before: u32,
    /// What a person made of the day where the rules left it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<DayVerdict>,
}
