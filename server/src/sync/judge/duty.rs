//! The posts that leads give out and take back, and the check-ins they bear on (FW-9, AT-22).

use api_spec::messages;
use serde_json::json;
use sync_core::exchange::Verdict;
use sync_core::time::{Answer, Moment};
use uuid::Uuid;

use super::Judge;
use crate::facts::duty::untrained_key;
use crate::facts::holding::party;
use crate::facts::notices::Notice;
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::rules::attendance::{self, CheckInFacts};
use crate::rules::replay::Decision;
use crate::rules::ruling::Rule;
use crate::store::checkins::{Checkin, PostAssignment};
use crate::sync::claim::Claim;

impl Judge<'_> {
    /// FW-9: a lead gave out a post. Given out when its day was over it is kept, and justifies nothing.
    pub(super) fn assign(&mut self, record: &Record, claim: &Claim<'_>) {
        let (Some(subject), Some(post)) = (record.id_of("subject"), record.id_of("post")) else { return };
        let Some(day) = record.state.text("day").map(str::to_owned) else { return };
        if self.is_over(record, claim) {
            return;
        }
        let project = record.key.project;
        let row = PostAssignment { project, id: record.key.id, day: day.clone(), subject, post, taken_back: None };
        self.facts.assignments.put(record.key, row);
        self.judge_again(project, &day, subject);
    }

    /// FW-9: a post is taken back; what was recorded there before still counts.
    pub(super) fn unassign(&mut self, record: &Record, claim: &Claim<'_>) {
        let Some(row) = self.facts.assignments.get(&record.key).cloned() else { return };
        let (project, day, subject) = (row.project, row.day.clone(), row.subject);
        let at = claim.moment.claimed.unwrap_or(claim.moment.latest);
        self.facts.assignments.put(record.key, PostAssignment { taken_back: Some(at), ..row });
        self.judge_again(project, &day, subject);
    }

    /// Whether the day of an assignment was certainly over when this was said.
    pub(super) fn is_over(&self, record: &Record, claim: &Claim<'_>) -> bool {
        let day = record.state.text("day").and_then(|day| day.parse().ok());
        let end = day.map(|day| self.directory.zone(record.key.project).bounds(day).1);
        end.is_some_and(|end| claim.moment.is_before(end) == Answer::No)
    }

    /// Judges the check-ins of somebody's day again on what is known now (AT-22, TR-1); those that a person decided stay, and a verdict that
    /// would be the same stands. Everything the day is judged on was asked for with `Need::judge_again`.
    pub(crate) fn judge_again(&mut self, project: Uuid, day: &str, subject: Uuid) {
        for (mut record, row, known) in self.facts.decided_by_rules(project, day, subject) {
            let posts = self.posts((project, day, subject), &row.moment);
            let facts = CheckInFacts { posts, party: party(self.directory, subject), ..known.clone() };
            let policy = self.policy(project);
            let ruling = attendance::decide(&facts, &policy);
            if facts == known || ruling == attendance::decide(&known, &policy) {
                continue;
            }
            let subject = Subject::record(&record, "checkin");
            let verdict = self.facts.rule(self.directory, &subject, &ruling.ruling, &Decision::CheckIn(facts));
            // what was taken back stays so
            let stands = if row.verdict == "withdrawn" { row.verdict.clone() } else { verdict.outcome.clone() };
            self.facts.checkins.put(record.key, Checkin { verdict: stands, ..row });
            record.verdict = Some(verdict);
            record.version += 1;
            self.facts.records.put(record.key, record);
        }
    }

    /// TR-1: the lead is told, once a day, of somebody who works before their training.
    pub(super) fn tell_untrained(&mut self, project: Uuid, subject: Uuid, verdict: &Verdict) {
        let rule = Rule::Tr1.as_str();
        let Some(reason) = verdict.reasons.iter().find(|reason| reason.rule == rule && reason.answer == Answer::No)
        else {
            return;
        };
        let zone = self.directory.zone(project);
        let day = zone.day_of(self.facts.now);
        let key = untrained_key(project, subject, &day.to_string());
        if self.facts.records.get(&key).is_some() {
            return;
        }
        let name = self.directory.people.get(&subject).map_or("", |person| person.name.as_str());
        let text = messages::message(rule, reason.answer, &json!({}), &zone.tz());
        let title = format!("{rule} {day} {name}");
        self.facts.notify(key, &Notice { about: subject, to: None, title: &title, text: &text }, None);
        // for the lead and the deputy; without a team for the office
        if let Some(shown) = self.facts.records.get(&key).cloned() {
            let team = self.directory.team_at(subject, project, &Moment::exact(self.facts.now));
            self.facts.records.put(key, Record { team, ..shown });
        }
    }
}
