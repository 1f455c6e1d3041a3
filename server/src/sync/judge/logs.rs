//! Daily logs: handing in, taking back, and the lead's answer (WL).

use api_spec::locale::Text;
use api_spec::messages;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Judge;
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::rules::daily_log::{self, Log, LogError, LogVerdict, Reading, Reviewer, SubmitFacts};
use crate::rules::replay::Decision;
use crate::rules::ruling::Ruling;
use crate::seal::mask::mask_numbers_in;
use crate::sync::claim::{Claim, Fate, Refusal};

use sync_core::time::{Answer, Moment};

/// Where the log's state is kept among what rulings wrote.
const LOG: &str = "review";

impl Judge<'_> {
    /// WL-4: whether a log may be written for its day at this moment.
    pub(super) fn check_log_day(
        &self,
        project: Uuid,
        fields: &Map<String, Value>,
        moment: &Moment,
    ) -> Result<(), Refusal> {
        let day = fields.get("day").and_then(Value::as_str).and_then(|day| day.parse().ok());
        match day {
            Some(day) => {
                daily_log::check_day(day, moment, self.directory.zone(project)).map_err(|error| refused(&error))
            }
            None => Ok(()),
        }
    }

    /// A command on a log.
    pub(super) fn command_log(
        &mut self,
        record: Record,
        name: &str,
        args: &Map<String, Value>,
        claim: &Claim<'_>,
    ) -> Result<Fate, Refusal> {
        let text = |name: &str| args.get(name).and_then(Value::as_str).map(str::to_owned);
        let version = args.get("version").and_then(Value::as_u64).unwrap_or_default();
        let reading = match name {
            "submit" => return self.submit_log(record, claim),
            "withdraw" => return self.withdraw_log(record, claim),
            "approve" => Reading::Approve { version, comment: text("comment") },
            _ => Reading::Return { version, reason: text("reason").unwrap_or_default() },
        };
        self.read_log(record, claim.author, &claim.moment, &reading).map_err(|error| refused(&error))?;
        Ok(Fate::Applied)
    }

    /// WL-6: the lead's answer, given on a phone or over HTTP.
    ///
    /// # Errors
    /// [`LogError`], for example when the log changed since it was read.
    pub fn read_log(&mut self, record: Record, by: Uuid, moment: &Moment, reading: &Reading) -> Result<(), LogError> {
        let reviewer = self.reviewer(&record, by, moment).ok_or(LogError::NotTheReviewer)?;
        let (log, current) = (log_of(&record), record.version.cast_unsigned());
        let region = self.directory.region(record.key.project);
        let reading = reading.clone().with_words(|words| mask_numbers_in(words, region).into_owned());
        let (next, ruling) = log.clone().read(&reviewer, &reading, current)?;
        let words = reading.words().map(str::to_owned);
        let decision = Decision::LogRead { log, reviewer, reading, current };
        self.put_log(record, &next, &ruling, &decision, Some((by, words.as_deref())));
        Ok(())
    }

    /// WL-1, WL-4: the log's day is over, and it was not handed in. What is handed in later is judged by its moment all the same.
    pub fn miss_log(&mut self, record: Record) {
        let Some(day) = record.state.text("day").and_then(|day| day.parse().ok()) else { return };
        let (log, ruling) = daily_log::miss(day);
        self.put_log(record, &log, &ruling, &Decision::LogMissed { day }, None);
    }

    fn submit_log(&mut self, mut record: Record, claim: &Claim<'_>) -> Result<Fate, Refusal> {
        let (Some(author), Some(day)) = (record.owner, record.state.text("day").and_then(|day| day.parse().ok()))
        else {
            return Err(api_spec::problem::Code::WrongState.into());
        };
        let facts = SubmitFacts {
            zone: self.directory.zone(record.key.project),
            day,
            moment: claim.moment,
            by: claim.author,
            author,
            has_items: record.state.text("items").is_some_and(|items| !items.trim().is_empty()),
            log: log_of(&record),
        };
        let policy = self.policy(record.key.project);
        let (log, ruling) = daily_log::submit(&facts, &policy).map_err(|error| refused(&error))?;
        record.ruled.insert("submitted".to_owned(), json!(claim.moment));
        self.put_log(record, &log, &ruling, &Decision::LogSubmitted(facts), None);
        Ok(Fate::Applied)
    }

    fn withdraw_log(&mut self, record: Record, claim: &Claim<'_>) -> Result<Fate, Refusal> {
        let author = record.owner.unwrap_or_default();
        let (log, by) = (log_of(&record), claim.author);
        let (next, ruling) = log.clone().withdraw(by, author).map_err(|error| refused(&error))?;
        self.put_log(record, &next, &ruling, &Decision::LogWithdrawn { log, by, author }, None);
        Ok(Fate::Applied)
    }

    fn put_log(
        &mut self,
        mut record: Record,
        log: &Log,
        ruling: &Ruling<LogVerdict>,
        decision: &Decision,
        decided: Option<(Uuid, Option<&str>)>,
    ) {
        let subject = Subject::record(&record, "daily_log");
        let subject = decided.map_or(subject, |(by, words)| subject.decided_by(by, words));
        let verdict = self.facts.rule(self.directory, &subject, ruling, decision);
        set_log(&mut record, log, decided.and_then(|(_, words)| words));
        record.verdict = Some(verdict);
        self.facts.records.put(record.key, record);
    }

    /// In which capacity somebody reads a log.
    fn reviewer(&self, record: &Record, by: Uuid, moment: &Moment) -> Option<Reviewer> {
        let author = record.owner?;
        let team = record.team.and_then(|team| self.directory.teams.get(&team));
        let capacity = self.directory.capacity(by, record.key.project, record.team, moment)?;
        Some(Reviewer { by, capacity, author, author_leads: team.is_some_and(|team| team.lead == Some(author)) })
    }
}

/// A refusal as the phone is told.
fn refused(error: &LogError) -> Refusal {
    Refusal { rule: error.rule().as_str(), message: refusal(error).both() }
}

/// What people are told when a log cannot do what was asked.
pub fn refusal(error: &LogError) -> Text {
    let facts = match error {
        LogError::StaleVersion { seen, current } => json!({ "case": error.case(), "seen": seen, "current": current }),
        _ => json!({ "case": error.case() }),
    };
    messages::message(error.rule().as_str(), Answer::No, &facts, &chrono::Utc)
}

/// Where a log stands.
pub fn log_of(record: &Record) -> Log {
    record.ruled.get(LOG).and_then(|log| serde_json::from_value(log.clone()).ok()).unwrap_or(Log::Draft)
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
