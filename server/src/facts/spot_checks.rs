//! Spot checks in the unit of work, and the flags they leave on a day (AT-11).

use api_spec::messages;
use chrono::NaiveDate;
use serde_json::{Value, json};
use sync_core::time::{Answer, Moment, rfc3339};
use uuid::Uuid;

use super::Facts;
use super::directory::Directory;
use super::notices::Notice;
use super::record::Record;
use super::rulings::Subject;
use crate::rules::replay::Decision;
use crate::rules::ruling::{Reason, Rule};
use crate::rules::spot_check::{self, SpotFacts, SpotVerdict};
use crate::store::Key;
use crate::store::day_flags::DayFlag;
use crate::store::spot_checks::SpotCheck;

/// The notice that a spot check was not answered.
pub fn missed_key(check: Key) -> Key {
    Key { project: check.project, id: Uuid::new_v5(&check.id, b"missed") }
}

impl Facts {
    /// Notes something on a person's day, or that it no longer stands; the day is due again.
    pub fn flag_day(
        &mut self,
        (project, subject, day): (Uuid, Uuid, NaiveDate),
        source: Uuid,
        reason: &Reason,
        stands: bool,
    ) {
        let flag = DayFlag {
            project,
            subject,
            day: day.to_string(),
            source,
            rule: reason.rule.to_string(),
            answer: match reason.answer {
                Answer::Yes => "yes",
                Answer::No => "no",
                Answer::Unclear => "unclear",
            }
            .to_owned(),
            facts: reason.facts.to_string(),
            stands,
        };
        self.day_flags.put((project, subject, day, source), flag);
        self.mark_day(project, subject, day);
    }

    /// Shows a spot check to its phone and the lead.
    pub fn show_spot_check(&mut self, row: &SpotCheck) {
        let body = json!({
            "issued_at": rfc3339::text(row.issued_at),
            "reached_at": row.reached_at.map(rfc3339::text),
            "until": row.due_at.map(rfc3339::text),
            "state": row.state,
        });
        let key = Key { project: row.project, id: row.id };
        let ruled = if let Value::Object(body) = body { body } else { serde_json::Map::new() };
        let shown = self.shown(key, "spot_check", Some(row.subject), ruled);
        self.records.put(key, Record { team: row.team, ..shown });
        self.spot_checks.put(key, row.clone());
    }

    /// AT-11: rules on a delivered spot check, on the check-in that may answer it, or on none when its time is over. What is no better than
    /// what stands changes nothing, so the order of the check-ins makes no difference.
    pub fn settle_spot_check(&mut self, directory: &Directory, row: &SpotCheck, answer: Option<(Uuid, Moment)>) {
        let (Some(reached_at), Some(due_at)) = (row.reached_at, row.due_at) else { return };
        let facts =
            SpotFacts { issued_at: row.issued_at, reached_at, due_at, answered: answer.map(|(_, moment)| moment) };
        let ruling = spot_check::decide(&facts, &directory.policy(row.project, self.now));
        let better = match ruling.outcome {
            SpotVerdict::Answered => row.state != "answered",
            SpotVerdict::Review => row.state == "delivered" || row.state == "missed",
            SpotVerdict::Missed => answer.is_none() && row.state == "delivered",
        };
        let key = Key { project: row.project, id: row.id };
        let Some(record) = self.records.get(&key).cloned().filter(|_| better && !row.decided) else { return };
        let subject = Subject::record(&record, "spot_check");
        let verdict = self.rule(directory, &subject, &ruling, &Decision::SpotCheck(facts));
        let missed_before = row.state == "missed";
        let row = SpotCheck {
            state: ruling.outcome.to_string(),
            answer: answer.filter(|_| ruling.outcome != SpotVerdict::Missed).map(|(id, _)| id),
            ..row.clone()
        };
        self.show_spot_check(&row);
        if let Some(shown) = self.records.get(&key).cloned() {
            self.records.put(key, Record { verdict: Some(verdict), ..shown });
        }
        self.note_spot_check(directory, &row, &ruling.reasons[0], missed_before);
    }

    /// A person decided a review: `answered` or `missed`.
    pub fn decide_spot_check(&mut self, directory: &Directory, key: Key, outcome: &str) {
        let Some(row) = self.spot_checks.get(&key).cloned() else { return };
        let answer = if outcome == SpotVerdict::Answered.as_str() { Answer::Yes } else { Answer::No };
        let row = SpotCheck { state: outcome.to_owned(), decided: true, ..row };
        self.show_spot_check(&row);
        let minutes = row.due_at.zip(row.reached_at).map(|(due, reached)| (due - reached) / 60_000);
        self.note_spot_check(directory, &row, &Reason::new(Rule::At11, answer, json!({"minutes": minutes})), false);
    }

    /// The flag on the day, and the notice to the lead.
    fn note_spot_check(&mut self, directory: &Directory, row: &SpotCheck, reason: &Reason, was_told: bool) {
        let zone = directory.zone(row.project);
        let day = zone.day_of(row.reached_at.unwrap_or(row.issued_at));
        self.flag_day((row.project, row.subject, day), row.id, reason, reason.answer != Answer::Yes);
        let notice = missed_key(Key { project: row.project, id: row.id });
        if reason.answer == Answer::No || was_told {
            let text = messages::message(Rule::At11.as_str(), reason.answer, &reason.facts, &zone.tz());
            let name = directory.people.get(&row.subject).map_or("", |person| person.name.as_str());
            let title = format!("{} {day} {name}", Rule::At11);
            self.notify(notice, &Notice { about: row.id, to: None, title: &title, text: &text }, None);
            // for the lead and the deputy; without a team for the office
            if let Some(shown) = self.records.get(&notice).cloned() {
                self.records.put(notice, Record { team: row.team, ..shown });
            }
        }
    }
}
