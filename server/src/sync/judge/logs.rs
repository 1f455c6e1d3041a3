//! Daily logs: handing in, taking back, and the lead's answer (WL).

use api_spec::locale::Text;
use api_spec::messages;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Judge;
use crate::facts::logs::{
    SUBMITTED, begin_round, clear_checked, is_late, log_of, round_of, set_checked, set_log, set_round, words_of,
};
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::rules::daily_log::{self, Act, AuthorAct, AuthorFacts, Log, LogError, LogVerdict, Reading, Reviewer};
use crate::rules::replay::Decision;
use crate::rules::ruling::Ruling;
use crate::seal::mask::mask_numbers_in;
use crate::sync::claim::{Claim, Fate, Refusal};

use sync_core::op::Action;
use sync_core::time::{Answer, Moment};

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
            "submit" => return self.log_by_author(record, Act::Submit, claim),
            "withdraw" => return self.log_by_author(record, Act::Withdraw, claim),
            "approve" => Reading::Approve { version, comment: text("comment"), among_many: false },
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
        let seen = self.facts.work_day(&record).map(|day| day.check(&words_of(&record)));
        let (next, ruling) = log.clone().read(&reviewer, &reading, current, seen.as_ref())?;
        let words = reading.words().map(str::to_owned);
        let mut record = record;
        if let (Log::Approved { .. }, Some(seen)) = (&next, &seen) {
            set_checked(&mut record, seen);
        }
        let decision = Decision::LogRead { log, reviewer, reading, current, seen };
        self.put_log(record, &next, &ruling, &decision, Some((by, words.as_deref())));
        Ok(())
    }

    /// WL-16: puts the facts of the day beside the words of a log that was handed in. What is approved keeps the facts that were seen.
    pub fn check_log(&mut self, mut record: Record) {
        let beside = matches!(record.phase.as_str(), "submitted" | "returned") || is_late(&record);
        let Some(day) = self.facts.work_day(&record).filter(|_| beside) else { return };
        let checked = day.check(&words_of(&record));
        if set_checked(&mut record, &checked) {
            self.facts.records.put(record.key, record);
        }
    }

    /// WL-1, WL-4: the log's day is over, and it was not handed in. What is handed in later is judged by its moment all the same.
    pub fn miss_log(&mut self, record: Record) {
        let Some(day) = record.state.text("day").and_then(|day| day.parse().ok()) else { return };
        let (log, ruling) = daily_log::miss(day);
        self.put_log(record, &log, &ruling, &Decision::LogMissed { day }, None);
    }

    /// WL-4, WL-5: the author hands the log in, or takes it back.
    fn log_by_author(&mut self, mut record: Record, act: Act, claim: &Claim<'_>) -> Result<Fate, Refusal> {
        let (Some(author), Some(day)) = (record.owner, record.state.text("day").and_then(|day| day.parse().ok()))
        else {
            return Err(api_spec::problem::Code::WrongState.into());
        };
        let zone = self.directory.zone(record.key.project);
        let one = AuthorAct { act, stamp: claim.stamp, moment: claim.moment, decided: None };
        let facts = AuthorFacts {
            zone,
            day,
            act,
            moment: claim.moment,
            by: claim.author,
            author,
            has_items: record.state.text("items").is_some_and(|items| !items.trim().is_empty()),
            log: log_of(&record),
            round: round_of(&record).with(one),
        };
        let policy = self.policy(record.key.project);
        let weighed = daily_log::weigh(&facts, &policy).map_err(|error| refused(&error))?;
        set_round(&mut record, &facts.round);
        match weighed.submitted {
            Some(moment) => record.ruled.insert(SUBMITTED.to_owned(), json!(moment)),
            None => record.ruled.remove(SUBMITTED),
        };
        if weighed.log == Log::Draft {
            clear_checked(&mut record);
        }
        let known = record.verdict.as_ref().map(|verdict| verdict.outcome.as_str());
        let stands = weighed.log == facts.log && known.is_none_or(|known| known == weighed.ruling.outcome.as_str());
        // a day that is over stays missed: what was taken back is not handed in
        let is_over = self.facts.now >= zone.bounds(day).1;
        let stays_missed = is_over && facts.log == Log::Missed && weighed.log == Log::Draft;
        if stands || stays_missed {
            self.facts.records.put(record.key, record);
        } else {
            self.put_log(record, &weighed.log, &weighed.ruling, &Decision::LogByAuthor(facts), None);
        }
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
        if decided.is_some() && matches!(log, Log::Returned { .. }) {
            begin_round(&mut record, log);
        }
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

/// Whether this is the author's hand-in of a log, or its withdrawal.
pub(super) fn is_by_author(record: &Record, claim: &Claim<'_>) -> bool {
    record.kind == "daily_log"
        && record.owner == Some(claim.author)
        && matches!(&claim.op.action, Action::Command { name, .. } if name.parse::<Act>().is_ok())
}
