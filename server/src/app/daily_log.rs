//! Daily logs as their lead is shown them.

use api_spec::logs::{DailyLog, LogPhase};
use serde_json::Value;

use super::rotation::person;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::record::Record;
use crate::store::StoreError;

/// A log out of its record.
///
/// # Errors
/// [`AppError::Store`] for a record that no phone could have written.
pub(super) fn describe(directory: &Directory, record: &Record) -> Result<DailyLog, AppError> {
    let odd = |what: &str| StoreError::Inconsistent(format!("daily log {}: {what}", record.key.id));
    let text = |name: &str| record.state.text(name).map(str::to_owned);
    let body = record.body();
    let photos = body.get("photos").and_then(Value::as_array).into_iter().flatten();
    let submitted = record.ruled.get("submitted").cloned();
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
        submitted: submitted.map(serde_json::from_value).transpose().map_err(|error| odd(&error.to_string()))?,
    })
}

fn phase(word: &str) -> Option<LogPhase> {
    serde_json::from_value(word.into()).ok()
}
