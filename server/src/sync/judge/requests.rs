//! Requests: what is asked of a lead, and what the answer brings about (AT-9, AT-14).

use api_spec::locale::Text;
use api_spec::messages;
use serde_json::{Value, json};
use sync_core::time::{Moment, rfc3339};
use uuid::Uuid;

use super::Judge;
use crate::facts::duty::{days_of, request_row};
use crate::facts::notices::Notice;
use crate::facts::record::Record;
use crate::facts::rosters::team_on;
use crate::facts::rulings::Subject;
use crate::rules::attendance::{CheckInType, CheckInVerdict};
use crate::rules::party::Holder;
use crate::rules::replay::Decision;
use crate::rules::request::{self, Asked, Check, Effect, RequestError, RequestFacts, SwapDay};
use crate::seal::mask::mask_numbers_in;
use crate::store::Key;
use crate::store::checkins::Checkin;
use crate::store::requests::RequestRow;
use crate::sync::claim::Refusal;

/// Who is asked for a swap, and what for.
static ASKED_TO_SWAP: Text = Text::new(
    "A colleague asks to change places: {name}, {days}. Ask for the same to agree; the lead decides.",
    "同事申请换班：{name}，{days}。如同意，请提交同样的申请，由组长批准。",
);

impl Judge<'_> {
    /// Somebody asks for something; whoever is asked to swap learns of it.
    pub(super) fn ask(&mut self, record: &Record) {
        let Some(owner) = record.owner else { return };
        let Some(row) = request_row(record.key, owner, &record.state.body(), self.directory) else { return };
        let known = |user: &Uuid| self.directory.people.contains_key(user) && *user != owner;
        if let Some(colleague) = row.about.filter(|_| row.want == "swap").filter(known) {
            let name = self.directory.people.get(&owner).map_or("", |person| person.name.as_str());
            let days = if row.from_day == row.until_day {
                row.from_day.clone()
            } else {
                format!("{} / {}", row.from_day, row.until_day)
            };
            let facts = json!({"name": name, "days": days});
            let facts = facts.as_object().cloned().unwrap_or_default();
            let text = ASKED_TO_SWAP.fill(&facts, &self.directory.zone(row.project).tz());
            let id = Uuid::new_v5(&record.key.id, b"swap");
            let to = Some(Holder::User(colleague));
            let notice = Notice { about: record.key.id, to, title: "AT-14", text: &text };
            self.facts.notify(Key { project: row.project, id }, &notice, None);
        }
        self.facts.requests.put(record.key, row);
    }

    /// The lead, the deputy or the office answers, on a phone or over HTTP: `decline` states why, nothing approves.
    ///
    /// # Errors
    /// Why an approval cannot be given; nothing changes then.
    pub(crate) fn answer_request(
        &mut self,
        record: Record,
        by: Uuid,
        moment: &Moment,
        decline: Option<&str>,
    ) -> Result<(), Refusal> {
        let Some(row) = self.request_of(&record) else { return Err(api_spec::problem::Code::NotFound.into()) };
        let region = self.directory.region(record.key.project);
        let reason = decline.map(|reason| mask_numbers_in(reason.trim(), region).into_owned());
        let facts = RequestFacts {
            zone: self.directory.zone(record.key.project),
            asked_at: record.created,
            answered_at: *moment,
            asked: self.asked(&record, &row),
            approve: decline.is_none(),
            reason: reason.clone(),
        };
        let policy = self.policy(record.key.project);
        let ruling = request::answer(&facts, &policy).map_err(|error| self.refused(record.key.project, error))?;
        let decision = Decision::RequestAnswered(facts.clone());
        let mut answered = vec![(record, row.clone())];
        if ruling.effect == Effect::Swapped
            && let Some(other) = self.facts.same_swap(&row)
            && let Some(theirs) = self.facts.records.get(&Key { project: other.project, id: other.id }).cloned()
        {
            answered.push((theirs, other));
        }
        let outcome = ruling.ruling.outcome.as_str();
        for (mut record, row) in answered {
            let subject = Subject::record(&record, "request").decided_by(by, reason.as_deref());
            let verdict = self.facts.rule(self.directory, &subject, &ruling.ruling, &decision);
            let rule = verdict.reasons.first().map(|reason| reason.rule.clone());
            let answer = json!({ "by": by, "moment": moment, "reason": reason, "rule": rule });
            record.ruled.insert("answer".to_owned(), answer);
            outcome.clone_into(&mut record.phase);
            record.version += 1;
            record.verdict = Some(verdict);
            self.facts.records.put(record.key, record.clone());
            self.facts.requests.put(record.key, RequestRow { state: outcome.to_owned(), ..row });
        }
        self.bring_about(&row, &facts, &ruling.effect);
        Ok(())
    }

    fn request_of(&self, record: &Record) -> Option<RequestRow> {
        let known = self.facts.requests.get(&record.key).cloned();
        known.or_else(|| request_row(record.key, record.owner?, &record.state.body(), self.directory))
    }

    fn refused(&self, project: Uuid, error: RequestError) -> Refusal {
        let reason = error.reason();
        let rule = reason.rule.as_str();
        let zone = self.directory.zone(project).tz();
        Refusal { rule, message: messages::message(rule, reason.answer, &reason.facts, &zone).both() }
    }

    /// What is asked for, with what it is judged on.
    fn asked(&self, record: &Record, row: &RequestRow) -> Asked {
        let text = |name: &str| record.state.text(name);
        let at = |name: &str| text(name).and_then(|text| rfc3339::parse(text).ok());
        let kind = text("type").and_then(|word| word.parse::<CheckInType>().ok());
        match row.want.as_str() {
            "missed_check" => Asked::MissedCheck { check: kind.zip(at("at")).map(|(kind, at)| Check { kind, at }) },
            "wrong_check" => {
                let about = row.about.and_then(|id| self.facts.checkins.get(&Key { project: row.project, id }));
                let own = about.filter(|about| about.subject == row.owner && about.verdict != "withdrawn");
                let check = |own: &Checkin| {
                    Some(Check { kind: own.kind.parse().ok()?, at: own.moment.claimed.unwrap_or(own.moment.latest) })
                };
                Asked::WrongCheck { about: own.and_then(check), kind, at: at("at") }
            }
            "leave" => Asked::Leave { from: at("from"), until: at("until") },
            _ => self.asked_to_swap(row),
        }
    }

    fn asked_to_swap(&self, row: &RequestRow) -> Asked {
        let works_here = |user: &Uuid| {
            let moment = Moment::exact(self.facts.now);
            *user != row.owner && self.directory.memberships(*user, row.project, &moment).next().is_some()
        };
        let with = row.about.filter(works_here);
        let plans = self.facts.plans().unwrap_or_default();
        let mut days = Vec::new();
        if let (Some(other), Some((first, last))) = (with, days_of(row)) {
            let zone = self.directory.zone(row.project);
            let mut all = vec![first];
            all.extend((last != first).then_some(last));
            for day in all {
                let policy = self.directory.policy(row.project, zone.start_of(day));
                let plan = |user| plans.of(user, day, &policy);
                days.push(SwapDay { day, own: plan(row.owner), other: plan(other) });
            }
        }
        Asked::Swap { with, days, consented: self.facts.same_swap(row).is_some() }
    }

    /// What an approval brings about; the days it bears on are due again.
    fn bring_about(&mut self, row: &RequestRow, facts: &RequestFacts, effect: &Effect) {
        match (effect, &facts.asked) {
            (Effect::Check(check, verdict), _) => self.count_check(row, *check, *verdict),
            (Effect::Excused(first, last), _) => {
                for day in first.iter_days().take_while(|day| day <= last) {
                    self.facts.mark_day(row.project, row.owner, day);
                }
            }
            (Effect::Swapped, Asked::Swap { with: Some(other), days, .. }) => {
                for swap in days {
                    for (user, plan) in [(row.owner, swap.other), (*other, swap.own)] {
                        let team = team_on(self.directory, row.project, user, swap.day);
                        self.facts.plan_day(row.project, team, user, swap.day, Some(plan));
                        self.facts.show_plan(row.project, team, swap.day, user, plan);
                    }
                }
            }
            _ => {}
        }
    }

    /// A check-in that counts by the lead's word; the one it corrects stays as evidence.
    fn count_check(&mut self, row: &RequestRow, check: Check, verdict: CheckInVerdict) {
        let key = Key { project: row.project, id: row.id };
        let corrected = row.about.filter(|_| row.want == "wrong_check").map(|id| Key { project: row.project, id });
        if let Some(about) = corrected
            && let Some(mut record) = self.facts.records.get(&about).cloned()
            && let Some(known) = self.facts.checkins.get(&about).cloned()
        {
            let ruling = request::replaced(row.id);
            let decision = Decision::CheckReplaced { request: row.id };
            let verdict = self.facts.rule(self.directory, &Subject::record(&record, "checkin"), &ruling, &decision);
            self.facts.checkins.put(about, Checkin { verdict: verdict.outcome.clone(), decided: true, ..known });
            record.verdict = Some(verdict);
            record.version += 1;
            self.facts.records.put(about, record);
        }
        let counted = Checkin {
            project: row.project,
            id: row.id,
            owner: row.owner,
            subject: row.owner,
            kind: check.kind.to_string(),
            day: self.directory.zone(row.project).day_of(check.at).to_string(),
            moment: Moment::exact(check.at),
            location: None,
            verdict: verdict.to_string(),
            source: "request".to_owned(),
            witnessed: true,
            decided: true,
        };
        self.facts.checkins.put(key, counted);
    }

    /// A request is deleted by its owner: nothing waits any more.
    pub(super) fn forget_request(&mut self, record: &Record) {
        if let Some(row) = self.request_of(record) {
            self.facts.requests.put(record.key, RequestRow { state: "deleted".to_owned(), ..row });
        }
    }
}

/// Why a lead declines, out of a command's arguments.
pub(super) fn reason_in(args: &serde_json::Map<String, Value>) -> &str {
    args.get("reason").and_then(Value::as_str).unwrap_or_default()
}
