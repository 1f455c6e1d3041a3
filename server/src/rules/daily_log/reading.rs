//! WL-6: the lead's half of a log's life.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::{Checked, Log, LogError, LogVerdict};
use crate::rules::review::Capacity;
use crate::rules::ruling::{Reason, Rule, Ruling};

/// Who reads a log, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewer {
    /// Who acts.
    pub by: Uuid,
    /// In which capacity.
    pub capacity: Capacity,
    /// The log's author.
    pub author: Uuid,
    /// Whether the author leads the team.
    pub author_leads: bool,
}

/// What a lead says about a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "snake_case")]
pub enum Reading {
    /// It is in order.
    Approve {
        /// The version that was read.
        version: u64,
        /// A remark, if wished.
        comment: Option<String>,
        /// One of many that are approved at once, without a look at each.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        among_many: bool,
    },
    /// It goes back.
    Return {
        /// The version that was read.
        version: u64,
        /// Why.
        reason: String,
    },
    /// An approved one is opened again.
    Reopen {
        /// Why.
        reason: String,
    },
}

impl Reading {
    /// The lead's words.
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Approve { comment, .. } => comment.as_deref(),
            Self::Return { reason, .. } | Self::Reopen { reason } => Some(reason),
        }
    }

    /// The same reading with its words changed.
    #[must_use]
    pub fn with_words(self, change: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Approve { version, comment, among_many } => {
                Self::Approve { version, comment: comment.as_deref().map(change), among_many }
            }
            Self::Return { version, reason } => Self::Return { version, reason: change(&reason) },
            Self::Reopen { reason } => Self::Reopen { reason: change(&reason) },
        }
    }
}

impl Log {
    /// WL-6: what becomes of a log at version `current` when it is read. An approval keeps the facts of the day that were `seen` beside the
    /// words (WL-16); one among many is refused where something asks for a look.
    ///
    /// # Errors
    /// [`LogError`] names what stands in the way.
    pub fn read(
        self,
        reviewer: &Reviewer,
        reading: &Reading,
        current: u64,
        seen: Option<&Checked>,
    ) -> Result<(Self, Ruling<LogVerdict>), LogError> {
        match reading {
            Reading::Approve { version, comment, among_many } => {
                let in_doubt = self == Self::Submitted { in_time: Answer::Unclear };
                let (log, mut ruling) = self.approve(reviewer, *version, current, comment.as_deref())?;
                if *among_many && in_doubt {
                    return Err(LogError::InDoubt);
                }
                if *among_many && seen.is_some_and(|seen| !seen.contradictions.is_empty()) {
                    return Err(LogError::Contradicted);
                }
                ruling.reasons.extend(seen.into_iter().flat_map(Checked::reasons));
                Ok((log, ruling))
            }
            Reading::Return { version, reason } => self.send_back(reviewer, *version, current, reason),
            Reading::Reopen { reason } => self.reopen(reviewer, reason),
        }
    }

    /// WL-6: the lead approves the version that was read, which accepts an unclear hand-in; the log is frozen.
    ///
    /// # Errors
    /// [`LogError::NotTheReviewer`], [`LogError::NotSubmitted`], [`LogError::StaleVersion`].
    pub fn approve(
        self,
        reviewer: &Reviewer,
        seen: u64,
        current: u64,
        comment: Option<&str>,
    ) -> Result<(Self, Ruling<LogVerdict>), LogError> {
        self.check_reading(reviewer, seen, current)?;
        let mut known = json!({"version": seen, "as": reviewer.capacity});
        if let Some(comment) = comment.map(str::trim).filter(|comment| !comment.is_empty()) {
            known["comment"] = comment.into();
        }
        let reason = Reason::new(Rule::Wl6, Answer::Yes, known);
        Ok((Self::Approved { version: seen, by: reviewer.by }, Ruling::because(LogVerdict::Approved, reason)))
    }

    /// WL-6: the lead sends the log back with a reason.
    ///
    /// # Errors
    /// [`LogError::NotTheReviewer`], [`LogError::NotSubmitted`], [`LogError::StaleVersion`], [`LogError::NoReason`].
    pub fn send_back(
        self,
        reviewer: &Reviewer,
        seen: u64,
        current: u64,
        reason: &str,
    ) -> Result<(Self, Ruling<LogVerdict>), LogError> {
        self.check_reading(reviewer, seen, current)?;
        let why = stated(reason)?;
        let known = json!({"version": seen, "as": reviewer.capacity, "reason": why});
        let ruling = Ruling::because(LogVerdict::Returned, Reason::new(Rule::Wl6, Answer::No, known));
        Ok((Self::Returned { version: seen, reason: why.to_owned(), reached_at: None }, ruling))
    }

    /// WL-6: the lead opens an approved log again; it is with the author as if returned.
    ///
    /// # Errors
    /// [`LogError::NotTheReviewer`], [`LogError::NotApproved`], [`LogError::NoReason`].
    pub fn reopen(self, reviewer: &Reviewer, reason: &str) -> Result<(Self, Ruling<LogVerdict>), LogError> {
        reviewer.check()?;
        let Self::Approved { version, .. } = self else {
            return Err(LogError::NotApproved);
        };
        let why = stated(reason)?;
        let known = json!({"version": version, "as": reviewer.capacity, "reason": why});
        let ruling = Ruling::because(LogVerdict::Returned, Reason::new(Rule::Wl6, Answer::No, known));
        Ok((Self::Returned { version, reason: why.to_owned(), reached_at: None }, ruling))
    }

    /// WL-4: follows the lead's decision about a hand-in that may have come too late.
    ///
    /// # Errors
    /// [`LogError::NotInReview`], also when the decision is neither `submitted` nor `missed`.
    pub fn decide(self, verdict: LogVerdict) -> Result<Self, LogError> {
        match (self, verdict) {
            (Self::Submitted { in_time: Answer::Unclear }, LogVerdict::Submitted) => {
                Ok(Self::Submitted { in_time: Answer::Yes })
            }
            (Self::Submitted { in_time: Answer::Unclear }, LogVerdict::Missed) => Ok(Self::Missed),
            _ => Err(LogError::NotInReview),
        }
    }

    fn check_reading(&self, reviewer: &Reviewer, seen: u64, current: u64) -> Result<(), LogError> {
        reviewer.check()?;
        match self {
            Self::Submitted { .. } if seen == current => Ok(()),
            Self::Submitted { .. } => Err(LogError::StaleVersion { seen, current }),
            Self::Approved { .. } => Err(LogError::Frozen),
            Self::Draft | Self::Returned { .. } | Self::Missed => Err(LogError::NotSubmitted),
        }
    }
}

impl Reviewer {
    /// WL-6: the lead or the deputy, never the author; the back office for the lead's own log.
    fn check(&self) -> Result<(), LogError> {
        let reads = match self.capacity {
            Capacity::TeamLead | Capacity::Deputy => !self.author_leads,
            Capacity::BackOffice => self.author_leads,
            Capacity::SiteLead => false,
        };
        if reads && self.by != self.author { Ok(()) } else { Err(LogError::NotTheReviewer) }
    }
}

fn stated(reason: &str) -> Result<&str, LogError> {
    Some(reason.trim()).filter(|reason| !reason.is_empty()).ok_or(LogError::NoReason)
}
