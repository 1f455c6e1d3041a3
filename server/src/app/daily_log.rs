//! Daily logs as their lead is shown them.

use api_spec::logs::{Contradiction, DailyLog, DayFacts, LogPhase};
use api_spec::primitives::Instant;
use serde_json::Value;

use super::rotation::person;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::log_days::due;
use crate::facts::logs::{checked_of, is_flagged, submitted_of};
use crate::facts::record::Record;
use crate::rules::daily_log;
use crate::store::StoreError;

/// A log out of its record, at an instant (Unix ms).
///
/// # Errors
/// [`AppError::Store`] for a record that no phone could have written.
pub(super) fn describe(directory: &Directory, record: &Record, now: i64) -> Result<DailyLog, AppError> {
    let odd = |what: &str| StoreError::Inconsistent(format!("daily log {}: {what}", record.key.id));
    let text = |name: &str| record.state.text(name).map(str::to_owned);
    let body = record.body();
    let photos = body.get("photos").and_then(Value::as_array).into_iter().flatten();
    let review_due = due(directory, now, record);
    let checked = checked_of(record);
    Ok(DailyLog {
        id: record.key.id,
        owner: person(directory, record.owner.ok_or_else(|| odd("no owner"))?),
        team: record.team,
        day: text("day").and_then(|day| day.parse().ok()).ok_or_else(|| odd("no day"))?,
        items: text("items").unwrap_or_default(),
        progress: text("progress"),
        problems: text("problems"),
        suggestions: text("suggestions"),
        results: text("results"),
        plan_tomorrow: text("plan_tomorrow"),
        photos: photos.filter_map(Value::as_str).map(str::to_owned).collect(),
        phase: phase(&record.phase).ok_or_else(|| odd("no phase"))?,
        version: record.version.cast_unsigned(),
        verdict: record.verdict.clone(),
        created: record.created,
        submitted: submitted_of(record),
        review_due: review_due.map(Instant),
        overdue: review_due.is_some_and(|due| due <= now),
        flagged: is_flagged(record),
        facts: checked.as_ref().map(|checked| facts(&checked.facts)),
        contradictions: checked.into_iter().flat_map(|checked| checked.contradictions).map(contradiction).collect(),
    })
}

/// The facts of a day as people are shown them.
pub(super) fn facts(known: &daily_log::DayFacts) -> DayFacts {
    let daily_log::DayFacts { visits, flyers, contacts, interested, brought, leads, bookings, arrivals, minutes } =
        *known;
    DayFacts { visits, flyers, contacts, interested, brought, leads, bookings, arrivals, minutes }
}

fn contradiction(known: daily_log::Contradiction) -> Contradiction {
    let daily_log::Contradiction { what, said, counted, words } = known;
    Contradiction { what: what.to_string(), said, counted, words }
}

fn phase(word: &str) -> Option<LogPhase> {
    serde_json::from_value(word.into()).ok()
}
