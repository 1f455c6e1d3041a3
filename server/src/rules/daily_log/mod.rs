//! The daily log: draft → submitted → approved, or returned → submitted; missed (WL).
//!
//! Transitions consume the log's phase; who acts and when are arguments.

mod claims;
mod day;
mod evidence;
mod lexicon;
mod numbers;
mod reading;
mod round;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::{Answer, Moment, rfc3339};
use uuid::Uuid;

use super::calendar::{Zone, next_office_day};
use super::policy::Policy;
use super::ruling::{Reason, Rule, Ruling};
use sync_core::words;

pub use claims::Words;
pub use day::{LogDayFacts, LogDayVerdict, close_day};
pub use evidence::{Checked, Contradiction, Counted, DayFacts};
pub use reading::{Reading, Reviewer};
pub use round::{Act, AuthorAct, AuthorFacts, Round, Weighed, weigh};

words! {
    /// What was decided about a log.
    pub enum LogVerdict {
        /// Taken back by its author, or opened again by the lead.
        Draft = "draft",
        /// Handed in on time.
        Submitted = "submitted",
        /// Handed in, perhaps too late: the lead decides.
        Review = "review",
        /// Handed in too late; kept and shown.
        Missed = "missed",
        /// Read and frozen.
        Approved = "approved",
        /// Sent back with a reason.
        Returned = "returned",
    }
}

/// Where a log stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Log {
    /// Being written.
    Draft,
    /// With the lead.
    Submitted {
        /// `unclear` when it may have come too late.
        in_time: Answer,
    },
    /// Frozen.
    Approved {
        /// The version the lead saw.
        version: u64,
        /// Who approved.
        by: Uuid,
    },
    /// With the author again.
    Returned {
        /// The version the lead saw.
        version: u64,
        /// Why it came back.
        reason: String,
        /// When the return reached the author's phone (Unix ms, RFC 3339 in JSON); `None` while it has not.
        #[serde(default, with = "rfc3339::option")]
        reached_at: Option<i64>,
    },
    /// Not handed in on its day.
    Missed,
}

/// Why a log cannot do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// WL-4: the day has not begun.
    #[error("a log cannot be written for a day to come")]
    FutureDay,
    /// WL-5: only the author writes it.
    #[error("the author writes the log, nobody else")]
    NotTheAuthor,
    /// WL-2: items are required to hand it in.
    #[error("fill in the items first")]
    NoItems,
    /// WL-6: an approved log is frozen.
    #[error("an approved log is frozen: ask the lead to reopen it")]
    Frozen,
    /// WL-6: nothing was handed in.
    #[error("the log is not handed in")]
    NotSubmitted,
    /// WL-4: only a hand-in that may have come too late is decided.
    #[error("the log is not in review")]
    NotInReview,
    /// WL-6: there is nothing to reopen.
    #[error("only an approved log is reopened")]
    NotApproved,
    /// WL-6: the log changed since it was read.
    #[error("the log is at version {current} by now, not at {seen}: read it again")]
    StaleVersion {
        /// The version named.
        seen: u64,
        /// The version there is.
        current: u64,
    },
    /// WL-6: the lead or deputy reads it; the back office the lead's own.
    #[error("this log is read by somebody else")]
    NotTheReviewer,
    /// WL-6: a return states its reason.
    #[error("state a reason")]
    NoReason,
    /// WL-16: words and facts contradict each other, so that the log is read by itself.
    #[error("the words contradict the records: read this log by itself")]
    Contradicted,
    /// WL-4: it may have come too late, so that the log is read by itself.
    #[error("the log may have come too late: read it by itself")]
    InDoubt,
}

impl LogError {
    /// The rule that refuses.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::FutureDay | Self::NotInReview | Self::InDoubt => Rule::Wl4,
            Self::Contradicted => Rule::Wl16,
            Self::NotTheAuthor => Rule::Wl5,
            Self::NoItems => Rule::Wl2,
            Self::Frozen
            | Self::NotSubmitted
            | Self::NotApproved
            | Self::StaleVersion { .. }
            | Self::NotTheReviewer
            | Self::NoReason => Rule::Wl6,
        }
    }

    /// The name of the refusal in the table of rule messages, for rules that refuse for several reasons.
    pub const fn case(&self) -> Option<&'static str> {
        match self {
            Self::FutureDay => Some("future_day"),
            Self::NotInReview => Some("not_in_review"),
            Self::Frozen => Some("frozen"),
            Self::NotSubmitted => Some("not_submitted"),
            Self::NotApproved => Some("not_approved"),
            Self::StaleVersion { .. } => Some("stale_version"),
            Self::NotTheReviewer => Some("not_the_reviewer"),
            Self::Contradicted => Some("contradicted"),
            Self::InDoubt => Some("in_doubt"),
            Self::NotTheAuthor | Self::NoItems | Self::NoReason => None,
        }
    }
}

/// WL-4: a log may be written from the first instant of its day on; only a day that certainly has not begun is refused.
///
/// # Errors
/// [`LogError::FutureDay`].
pub fn check_day(day: NaiveDate, moment: &Moment, zone: Zone) -> Result<(), LogError> {
    if moment.is_before(zone.start_of(day)) == Answer::Yes { Err(LogError::FutureDay) } else { Ok(()) }
}

/// WL-6: whether the author may change the words.
///
/// # Errors
/// [`LogError::Frozen`] once approved.
pub fn check_edit(log: &Log) -> Result<(), LogError> {
    if matches!(log, Log::Approved { .. }) { Err(LogError::Frozen) } else { Ok(()) }
}

/// WL-6: when the log of a day is to be read at the latest (Unix ms, half-open): on the working day after it, or after the day on which it
/// was received (Unix ms), for nobody reads what has not come.
pub fn review_due(day: NaiveDate, received: i64, zone: Zone, policy: &Policy) -> i64 {
    zone.at(next_office_day(day.max(zone.day_of(received)), &policy.calendar), policy.log.review_by)
}

/// A day is over without a log: missed (WL-1, WL-4).
pub fn miss(day: NaiveDate) -> (Log, Ruling<LogVerdict>) {
    (Log::Missed, Ruling::because(LogVerdict::Missed, Reason::new(Rule::Wl4, Answer::No, json!({"day": day}))))
}

impl Log {
    /// WL-4: a returned log has reached its author's phone, from which the time to answer counts; `None` when that was known.
    #[must_use]
    pub fn reached(self, at: i64) -> Option<Self> {
        match self {
            Self::Returned { version, reason, reached_at: None } => {
                Some(Self::Returned { version, reason, reached_at: Some(at) })
            }
            _ => None,
        }
    }
}
