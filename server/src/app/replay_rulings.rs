//! Decides every stored ruling again from its facts, and says which come out otherwise (P9). Nothing is changed.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;
use sync_core::time::rfc3339;
use uuid::Uuid;

use crate::facts::directory::{Directory, Project};
use crate::rules::replay::Decision;
use crate::store::rulings::{self, Period, RulingRow};
use crate::store::{Db, StoreError};

/// Rulings read at once, each page in a transaction of its own, so that a server beside is not held up.
const PAGE: i64 = 500;

/// A ruling that does not come out as it was stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The code of the project.
    pub project: String,
    /// The ruling.
    pub ruling: Uuid,
    /// What it is about.
    pub subject: Uuid,
    /// The kind of the subject.
    pub family: String,
    /// When it was made.
    pub at: String,
    /// The policy it named.
    pub policy_version: i64,
    /// In which way.
    #[serde(flatten)]
    pub how: How,
}

/// In which way a ruling differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum How {
    /// Its facts or reasons cannot be read.
    Unreadable {
        /// What is wrong with them.
        why: String,
    },
    /// Its policy does not exist.
    NoPolicy,
    /// The facts allow no ruling.
    Refused,
    /// Another outcome, or other reasons.
    Ruled {
        /// As it was stored.
        stored: Value,
        /// As it comes out now.
        replayed: Value,
    },
}

/// Replays one ruling under the policy it named; nothing when it comes out as stored.
pub fn replay(project: &Project, row: &RulingRow) -> Option<How> {
    let decision: Decision = match serde_json::from_str(&row.facts) {
        Ok(decision) => decision,
        Err(error) => return Some(How::Unreadable { why: format!("facts: {error}") }),
    };
    let reasons: Value = match serde_json::from_str(&row.reasons) {
        Ok(reasons) => reasons,
        Err(error) => return Some(How::Unreadable { why: format!("reasons: {error}") }),
    };
    let Some(policy) = project.policy_version(row.policy_version) else { return Some(How::NoPolicy) };
    let Some(again) = decision.replay(&policy) else { return Some(How::Refused) };
    let stored = serde_json::json!({"outcome": row.outcome, "reasons": reasons});
    let replayed = serde_json::json!({"outcome": again["outcome"], "reasons": again["reasons"]});
    (stored != replayed).then_some(How::Ruled { stored, replayed })
}

/// Which days are replayed, both included; everything when they are open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Days {
    /// The first, of the project.
    pub from: Option<NaiveDate>,
    /// The last.
    pub to: Option<NaiveDate>,
}

/// Replays the rulings of a project, oldest first. `progress` learns how many were done; how many in all.
///
/// # Errors
/// [`StoreError`]
pub async fn replay_rulings(
    db: &Db,
    directory: &Directory,
    (id, project): (Uuid, &Project),
    days: Days,
    mut progress: impl FnMut(u64),
    mut differs: impl FnMut(Difference),
) -> Result<u64, StoreError> {
    let bounds = |day: NaiveDate| directory.zone(id).bounds(day);
    let from = days.from.map_or(i64::MIN, |day| bounds(day).0);
    let until = days.to.map_or(i64::MAX, |day| bounds(day).1);
    let mut period = Period { project: id, between: (from, until), families: &[], after: None };
    let mut done = 0;
    loop {
        let rows = rulings::of_period(&mut db.read().await?, &period, PAGE).await?;
        for row in &rows {
            if let Some(how) = replay(project, row) {
                differs(Difference {
                    project: project.code.clone(),
                    ruling: row.id,
                    subject: row.subject,
                    family: row.family.clone(),
                    at: rfc3339::text(row.at),
                    policy_version: row.policy_version,
                    how,
                });
            }
        }
        done += rows.len() as u64;
        progress(done);
        match rows.last() {
            Some(last) => period.after = Some((last.at, last.id)),
            None => return Ok(done),
        }
    }
}
