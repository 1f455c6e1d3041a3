//! What a person decides where the rules left it open, for everything that phones record.

use serde_json::Value;
use uuid::Uuid;

use super::Judge;
use crate::facts::holding::party;
use crate::facts::logs::{log_of, set_decided, set_log};
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::rules::daily_log::{Log, LogError, LogVerdict};
use crate::rules::party::Holder;
use crate::rules::protection::lead_protected_until;
use crate::rules::replay::Decision;
use crate::rules::review::{self, DecideError, DecideFacts, Family};
use crate::rules::ruling::{Reason, Rule};
use crate::rules::unclear;
use crate::store::bookings::Booking;
use crate::store::checkins::Checkin;
use crate::store::leads::Lead;
use crate::store::visits::Visit;

use sync_core::exchange::Verdict;
use sync_core::time::Answer;

/// Why a review cannot be decided like this; nothing is decided then.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReviewError {
    /// Not by this person, or not to this outcome.
    #[error(transparent)]
    Decide(#[from] DecideError),
    /// The log moved on.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A protection of somebody else stands in the way of the number.
    #[error("somebody else is protected meanwhile")]
    Protected(Box<Reason>),
}

/// A number that a decision may protect.
struct Protectable {
    customer: Uuid,
    holder: Holder,
    /// From one instant to another (Unix ms).
    period: (i64, i64),
}

impl Judge<'_> {
    /// Decides the review of a record: the ruling supersedes the one that left it open, and its effects follow. The customer of a lead is
    /// locked.
    ///
    /// # Errors
    /// [`ReviewError`]
    pub fn decide_review(&mut self, mut record: Record, facts: DecideFacts) -> Result<Verdict, ReviewError> {
        let ruling = review::decide(&facts)?;
        let kept = match facts.family {
            Family::Log => Some(log_of(&record).decide(verdict_of(&ruling.outcome))?),
            _ => None,
        };
        let number = match (facts.family, ruling.outcome.as_str()) {
            (Family::Number, "protected") => self.protectable(&record)?,
            _ => None,
        };
        let (by, note, facts_family) = (facts.by, facts.reason.clone(), facts.family);
        let subject = Subject::record(&record, family_name(&record)).decided_by(by, Some(&note));
        let verdict = self.facts.rule(self.directory, &subject, &ruling, &Decision::Review(facts));
        if let Some(log) = kept {
            set_decided(&mut record, if log == Log::Missed { Answer::No } else { Answer::Yes });
            set_log(&mut record, &log, None);
        }
        if let Some(Protectable { customer, holder, period }) = number {
            let name = record.state.text("name").unwrap_or_default().to_owned();
            self.protect_number(&record, &name, customer, holder, period, &verdict);
        }
        self.follow(&record, &verdict.outcome);
        if facts_family == Family::Proxy {
            self.decide_proxy(&record, &verdict.outcome);
        }
        if facts_family == Family::SpotCheck {
            self.facts.decide_spot_check(self.directory, record.key, &verdict.outcome);
            record = self.facts.records.get(&record.key).cloned().unwrap_or(record);
        }
        record.verdict = Some(verdict.clone());
        let key = record.key;
        self.facts.records.put(key, record);
        self.settle_day_of(key);
        Ok(verdict)
    }

    /// PR-2: what would be protected, unless the period is over or the holder is protected already.
    fn protectable(&self, record: &Record) -> Result<Option<Protectable>, ReviewError> {
        let project = record.key.project;
        let Some(lead) = self.facts.leads.get(&record.key) else { return Ok(None) };
        let Some(customer) = lead.customer else { return Ok(None) };
        let own = party(self.directory, lead.owner).holder();
        let refused = |reason: Reason| Err(ReviewError::Protected(Box::new(reason)));
        if let Some(sheet) = self.facts.sheet_protection(project, customer) {
            return if sheet.holder() == Some(own) { Ok(None) } else { refused(sheet.refusal(Answer::No)) };
        }
        if let Some((_, standing)) = self.facts.lead_protection(project, customer) {
            return if standing.holder == own { Ok(None) } else { refused(standing.notice(Answer::No)) };
        }
        let policy = self.policy(project);
        let since = unclear::instant(&lead.moment, unclear::Family::Pr, &policy);
        let until = lead_protected_until(since, self.directory.zone(project), &policy);
        Ok((until > self.facts.now).then_some(Protectable { customer, holder: own, period: (since, until) }))
    }

    /// AT-16: a person decided about a suspicion; the flag of one that was dismissed is gone.
    fn decide_proxy(&mut self, record: &Record, outcome: &str) {
        let day = record.ruled.get("day").and_then(Value::as_str).and_then(|day| day.parse().ok());
        let evidence = record.ruled.get("evidence").and_then(|all| all.get(0)).cloned().unwrap_or_default();
        if let (Some(user), Some(day)) = (record.id_of("about"), day) {
            let reason = Reason::new(Rule::At16, Answer::No, evidence);
            self.facts.flag_day((record.key.project, user, day), record.key.id, &reason, outcome == "confirmed");
        }
    }

    /// What the facts of later rulings know of the record follows the decision.
    fn follow(&mut self, record: &Record, outcome: &str) {
        let (key, outcome) = (record.key, outcome.to_owned());
        if let Some(row) = self.facts.checkins.get(&key).cloned() {
            self.facts.checkins.put(key, Checkin { verdict: outcome.clone(), decided: true, ..row });
        }
        if let ("person_day", Some(subject), Some(day)) = (record.kind.as_str(), record.owner, day_of(record)) {
            self.facts.decide_day(key.project, subject, day, outcome.clone());
        }
        if let Some(row) = self.facts.visits.get(&key).cloned() {
            self.facts.visits.put(key, Visit { own: outcome.clone(), outcome: outcome.clone(), decided: true, ..row });
        }
        if let Some(row) = self.facts.leads.get(&key).cloned() {
            self.facts.leads.put(key, Lead { state: outcome.clone(), ..row });
        }
        if let Some(row) = self.facts.bookings.get(&key).cloned() {
            self.facts.bookings.put(key, Booking { state: outcome, ..row });
        }
    }
}

/// The day of a person-day.
fn day_of(record: &Record) -> Option<chrono::NaiveDate> {
    record.ruled.get("day").and_then(Value::as_str)?.parse().ok()
}

/// The family of a record's review.
pub fn family_of(record: &Record) -> Option<Family> {
    Family::of(&record.kind, record.state.value("type").and_then(Value::as_str))
}

/// The kind of what is decided about, as rulings name it.
fn family_name(record: &Record) -> &'static str {
    record.declaration().map_or("review", |kind| kind.name)
}

fn verdict_of(outcome: &str) -> LogVerdict {
    outcome.parse().unwrap_or(LogVerdict::Missed)
}
