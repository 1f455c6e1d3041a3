//! Rulings on visits (FW-8), and on outlets and the cards they go by (OV).

use serde_json::Value;
use sync_core::exchange::Verdict;
use sync_core::op::Action;
use uuid::Uuid;

use super::{Judge, fields};
use crate::facts::holding::party;
use crate::facts::outlets::{location, position};
use crate::facts::record::Record;
use crate::facts::rulings::{self, Subject};
use crate::rules::policy::{Policy, VisitField};
use crate::rules::replay::Decision;
use crate::rules::visit::{self, VisitFacts, VisitVerdict};
use crate::store::Key;
use crate::store::outlets::Grade;
use crate::store::visits::Visit;
use crate::sync::claim::Claim;

impl Judge<'_> {
    /// The record that an op is about: what is said about the card of an outlet that was merged holds for the card that took its place. Its
    /// creation, and what only that can say, stays its own.
    pub(super) fn standing_card(&self, claim: &Claim<'_>) -> Key {
        let key = claim.key();
        let changes = match &claim.op.action {
            Action::Set(_) => {
                let kind = sync_core::kinds::find(&claim.op.kind, claim.op.v);
                kind.is_some_and(|kind| !fields::sets_once(kind, &claim.op.action))
            }
            Action::Tag(_) | Action::Untag(_) => true,
            _ => false,
        };
        if claim.op.kind == "outlet" && changes { self.facts.card_of(key) } else { key }
    }

    /// OV-1: a grade that is set is kept, also one that lost to a newer one: a month goes by the last before its end.
    pub(super) fn note_grade(&mut self, record: &Record, action: &Action, claim: &Claim<'_>) {
        let Action::Set(fields) = action else { return };
        let Some(grade) = fields.get("grade").filter(|_| record.kind == "outlet") else { return };
        let row = Grade { outlet: record.key, stamp: claim.stamp, grade: grade.as_str().map(str::to_owned) };
        self.facts.grades.put((record.key, claim.stamp), row);
    }

    /// The card of an outlet came: the visits that were there before it are judged again.
    pub(super) fn open_card(&mut self, record: Record) {
        let key = record.key;
        self.facts.records.put(key, record);
        let waited = |row: &&Visit| row.project == key.project && row.outlet == key.id && !row.placed;
        let waiting: Vec<Key> = self.facts.visits.values().filter(waited).map(key_of).collect();
        for key in waiting {
            if let Some(visit) = self.facts.records.get(&key).cloned() {
                self.rule_on_visit(visit);
            }
        }
    }

    /// OV-5, FW-8, OV-8: a visit was recorded, or says something else now. A lead's decision stands as long as what it rests on does.
    pub(super) fn rule_on_visit(&mut self, record: Record) {
        let key = record.key;
        let Some(owner) = record.owner else {
            self.facts.records.put(key, record);
            return;
        };
        let outlet = record.id_of("outlet").filter(|_| record.state.text("visit_type") == Some("outlet"));
        let Some(outlet) = outlet else { return self.rule_on_visit_elsewhere(record) };
        let card = self.facts.card_of(Key { project: key.project, id: outlet });
        let facts = self.visit_facts(&record, card);
        let policy = self.policy(key.project);
        let basis = digest(&facts, &policy);
        let known = self.facts.visits.get(&key).cloned();
        let (team, lead) = (record.team, record.id_of("lead"));
        self.facts.records.put(key, record);
        if known.as_ref().is_some_and(|known| known.basis == basis) {
            return;
        }
        let (at, day) = visit::place_in_time(&facts.moment, facts.zone, &policy);
        let (at, day) = known.map_or_else(|| (at, day.to_string()), |known| (known.at, known.day));
        let row = Visit {
            project: key.project,
            id: key.id,
            outlet: card.id,
            owner,
            team,
            lead,
            day,
            at,
            own: visit::decide(&facts, &policy).outcome.to_string(),
            // nothing stands yet
            outcome: String::new(),
            basis,
            decided: false,
            placed: self.facts.records.get(&card).is_some_and(|card| card.kind == "outlet"),
        };
        self.facts.visits.put(key, row);
        self.settle_day_of(key);
    }

    /// FW-8: a visit to no outlet, which is ruled on again when something else is missing than before.
    fn rule_on_visit_elsewhere(&mut self, mut record: Record) {
        let Key { project, .. } = record.key;
        let filled = filled(&record);
        let ruling = visit::decide_elsewhere(&filled, &self.policy(project));
        let outcome = ruling.outcome.to_string();
        let made = rulings::verdict(self.directory, project, Uuid::nil(), self.facts.now, &outcome, &ruling.reasons);
        let stands = |known: &Verdict| (&known.outcome, &known.reasons) == (&made.outcome, &made.reasons);
        if !record.verdict.as_ref().is_some_and(stands) {
            let (subject, decision) = (Subject::record(&record, "visit"), Decision::VisitElsewhere { filled });
            record.verdict = Some(self.facts.rule(self.directory, &subject, &ruling, &decision));
        }
        self.facts.records.put(record.key, record);
    }

    /// OV-5: of the visits of the same outlet and day that are worth counting, the earliest counts. What changes thereby is ruled.
    pub fn settle_day_of(&mut self, visit: Key) {
        let Some(Visit { outlet, day, .. }) = self.facts.visits.get(&visit).cloned() else { return };
        let counts = VisitVerdict::Counted.as_str();
        let same = |row: &&Visit| row.project == visit.project && row.outlet == outlet && row.day == day;
        let of_day: Vec<Visit> = self.facts.visits.values().filter(same).cloned().collect();
        let worth_counting = of_day.iter().filter(|row| row.own == counts).map(|row| (row.at, row.id));
        let first = visit::first_of_day(worth_counting);
        for row in of_day {
            let instead = first.filter(|first| *first != row.id && row.own == counts);
            let outcome = if instead.is_some() { VisitVerdict::Void.as_str() } else { &row.own };
            if outcome != row.outcome {
                self.rule_again(row, instead);
            }
        }
    }

    fn rule_again(&mut self, row: Visit, instead: Option<Uuid>) {
        let key = key_of(&row);
        let Some(mut record) = self.facts.records.get(&key).cloned() else { return };
        let card = Key { project: key.project, id: row.outlet };
        let accepted = row.decided.then(|| row.own == VisitVerdict::Counted.as_str());
        let facts = VisitFacts { accepted, first: instead, ..self.visit_facts(&record, card) };
        let ruling = visit::decide(&facts, &self.policy(key.project));
        let decision = Decision::Visit(facts);
        let verdict = self.facts.rule(self.directory, &Subject::record(&record, "visit"), &ruling, &decision);
        self.facts.visits.put(key, Visit { outcome: verdict.outcome.clone(), ..row });
        record.verdict = Some(verdict);
        self.facts.records.put(key, record);
    }

    /// What a visit to an outlet says, beside the others of its day.
    fn visit_facts(&self, record: &Record, card: Key) -> VisitFacts {
        // a card that was deleted still says where the outlet is: what comes in after that counts like what came before
        let card = self.facts.records.get(&card).filter(|card| card.kind == "outlet");
        VisitFacts {
            zone: self.directory.zone(record.key.project),
            moment: record.created,
            party: party(self.directory, record.owner.unwrap_or_default()),
            outlet: card.and_then(position),
            location: location(record.state.value("location")),
            ended: location(record.state.value("ended_location")),
            minutes: record.state.value("minutes").and_then(Value::as_i64),
            filled: filled(record),
            materials_checked: record.state.value("materials_checked").and_then(Value::as_bool),
            accepted: None,
            first: None,
        }
    }
}

/// What a visit says of what the project may ask for; blank is nothing.
fn filled(record: &Record) -> Vec<VisitField> {
    let said = |field: &&VisitField| {
        let value = record.state.value(field.as_str());
        value.is_some_and(|value| value.as_str().map_or(!value.is_null(), |text| !text.trim().is_empty()))
    };
    VisitField::ALL.iter().filter(said).copied().collect()
}

/// Names what a visit is judged on, so that it is judged again only when that changes: not for words that nobody asks for.
fn digest(facts: &VisitFacts, policy: &Policy) -> Uuid {
    let asked = |field: &VisitField| policy.visit.required_fields.contains(field);
    let filled = facts.filled.iter().copied().filter(asked).collect();
    let basis = VisitFacts { filled, ..facts.clone() };
    Uuid::new_v5(&Uuid::nil(), serde_json::to_string(&basis).unwrap_or_default().as_bytes())
}

fn key_of(row: &Visit) -> Key {
    Key { project: row.project, id: row.id }
}
