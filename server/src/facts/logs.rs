//! What a daily log's record keeps besides its words: where it stands, what its author did, the facts of the day.

use serde_json::{Value, json};
use sync_core::exchange::Verdict;
use sync_core::time::{Answer, Moment};

use super::record::{ROUND, Record};
use crate::rules::daily_log::{Checked, Log, Round, Words};

/// Where the log's state is kept among what rulings wrote.
const LOG: &str = "review";
/// Where the facts of the day are kept, and what contradicts them (WL-16).
const FACTS: &str = "facts";
const CONTRADICTIONS: &str = "contradictions";
/// Where it is kept when the log was handed in.
pub const SUBMITTED: &str = "submitted";

/// Where a log stands.
pub fn log_of(record: &Record) -> Log {
    record.ruled.get(LOG).and_then(|log| serde_json::from_value(log.clone()).ok()).unwrap_or(Log::Draft)
}

/// What the author did since the log was begun, or came back.
pub fn round_of(record: &Record) -> Round {
    record.ruled.get(ROUND).and_then(|round| serde_json::from_value(round.clone()).ok()).unwrap_or_default()
}

/// WL-4: the lead decided whether the hand-ins that stand were in time.
pub fn set_decided(record: &mut Record, in_time: Answer) {
    let round = round_of(record).decided(in_time);
    set_round(record, &round);
}

/// Writes where a log stands into its record, with the lead's words for the author to see.
pub fn set_log(record: &mut Record, log: &Log, words: Option<&str>) {
    let state = serde_json::to_value(log).unwrap_or_default();
    state.get("phase").and_then(Value::as_str).unwrap_or("draft").clone_into(&mut record.phase);
    record.ruled.insert(LOG.to_owned(), state);
    if let Some(words) = words {
        record.ruled.insert("remark".to_owned(), words.into());
    }
}

/// Writes what the author did.
pub fn set_round(record: &mut Record, round: &Round) {
    record.ruled.insert(ROUND.to_owned(), json!(round));
}

/// Begins a new round of the author's acts: the log is with the author again.
pub fn begin_round(record: &mut Record, base: &Log) {
    set_round(record, &Round::from(base.clone()));
}

/// WL-1: whether the author handed the log in, be it late.
pub fn is_handed_in(record: &Record) -> bool {
    match record.phase.as_str() {
        "draft" => false,
        "missed" => is_late(record),
        _ => true,
    }
}

/// Handed in too late, which is more than not at all.
pub fn is_late(record: &Record) -> bool {
    record.phase == "missed" && record.ruled.contains_key(SUBMITTED)
}

/// When the log was handed in, by the hand-in that counts.
pub fn submitted_of(record: &Record) -> Option<Moment> {
    record.ruled.get(SUBMITTED).and_then(|moment| serde_json::from_value(moment.clone()).ok())
}

/// The facts beside the words, and what contradicts them, once they were counted.
pub fn checked_of(record: &Record) -> Option<Checked> {
    let facts = serde_json::from_value(record.ruled.get(FACTS)?.clone()).ok()?;
    let found = record.ruled.get(CONTRADICTIONS).and_then(|found| serde_json::from_value(found.clone()).ok());
    Some(Checked { facts, contradictions: found.unwrap_or_default() })
}

/// Whether something about the log asks for a look: words that contradict the facts, or doubt whether it was in time.
pub fn is_flagged(record: &Record) -> bool {
    let in_doubt = |verdict: &Verdict| verdict.outcome == "review";
    let contradicts = |checked: Checked| !checked.contradictions.is_empty();
    record.verdict.as_ref().is_some_and(in_doubt) || checked_of(record).is_some_and(contradicts)
}

/// Writes the facts beside the words; whether that changed anything.
pub fn set_checked(record: &mut Record, checked: &Checked) -> bool {
    let (facts, found) = (json!(checked.facts), json!(checked.contradictions));
    let unchanged = record.ruled.get(FACTS) == Some(&facts) && record.ruled.get(CONTRADICTIONS) == Some(&found);
    record.ruled.insert(FACTS.to_owned(), facts);
    record.ruled.insert(CONTRADICTIONS.to_owned(), found);
    !unchanged
}

/// A log that was taken back has no facts beside it.
pub fn clear_checked(record: &mut Record) {
    record.ruled.remove(FACTS);
    record.ruled.remove(CONTRADICTIONS);
}

/// The words of a log that tell what was done.
pub fn words_of(record: &Record) -> Words<'_> {
    let text = |name| record.state.text(name);
    Words { items: text("items").unwrap_or_default(), progress: text("progress"), results: text("results") }
}
