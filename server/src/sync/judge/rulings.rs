//! What a merged claim asks for beyond merging: rulings, by kind.

use serde_json::{Map, Value};
use sync_core::exchange::Verdict;
use sync_core::op::Action;
use uuid::Uuid;

use super::Judge;
use super::requests::reason_in;
use crate::facts::holding::{party, split};
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::rules::lead::{Grant, NumberFacts};
use crate::rules::party::Holder;
use crate::rules::policy::Policy;
use crate::rules::replay::Decision;
use crate::store::Key;
use crate::store::leads::Lead;
use crate::store::protections::Protection;
use crate::sync::claim::{Claim, Fate, Refusal};

impl Judge<'_> {
    /// Rules on what a claim just changed, and stores the record.
    pub(super) fn rule_on_claim(&mut self, mut record: Record, claim: &Claim<'_>, created: bool) {
        match record.kind.as_str() {
            "lead" => self.rule_on_number(&mut record, claim),
            "booking" if created => self.rule_on_booking(&mut record, claim),
            "checkin" if created => self.rule_on_checkin(&mut record, claim.moment, None),
            "assignment" if created => self.assign(&record, claim),
            "request" if created => self.ask(&record),
            "visit" => return self.rule_on_visit(record),
            "outlet" if created => return self.open_card(record),
            _ => {}
        }
        self.facts.records.put(record.key, record);
    }

    /// A command on a record.
    pub(super) fn command(
        &mut self,
        record: Record,
        name: &str,
        args: &Map<String, Value>,
        claim: &Claim<'_>,
    ) -> Result<Fate, Refusal> {
        match record.kind.as_str() {
            "booking" => self.cancel_booking(record, claim),
            "checkin" => self.command_checkin(record, name, args, claim),
            "notice" => Ok(self.note_reading(&record, claim)),
            "daily_log" => self.command_log(record, name, args, claim),
            "request" => {
                let decline = (name == "decline").then(|| reason_in(args));
                self.answer_request(record, claim.author, &claim.moment, decline)?;
                Ok(Fate::Applied)
            }
            _ => Err(api_spec::problem::Code::NotUnderstood.into()),
        }
    }

    /// The policy in force now.
    pub(super) fn policy(&self, project: Uuid) -> std::sync::Arc<Policy> {
        self.directory.policy(project, self.facts.now)
    }

    /// PR-2: a number was set on a lead.
    fn rule_on_number(&mut self, record: &mut Record, claim: &Claim<'_>) {
        let Action::Set(fields) = &claim.op.action else { return };
        if let Some(wechat) = fields.get("wechat").and_then(Value::as_str) {
            self.facts.secrets.put((record.key, "wechat"), wechat.to_owned());
        }
        let (Some(phone), Some(owner)) = (claim.phone, record.owner) else { return };
        if record.state.stamp("phone") != Some(claim.stamp) {
            // an older number that arrived late: it was corrected already
            return;
        }
        let project = record.key.project;
        let Some(customer) = self.facts.customer(project, phone) else { return };
        let name = record.state.text("name").unwrap_or_default().to_owned();
        let of_customer = Key { project, id: customer };
        if !self.facts.is_named(of_customer) {
            self.facts.name_customer(of_customer, &name);
        }
        let party = party(self.directory, owner);
        let day = self.directory.zone(project).day_of(claim.moment.latest);
        let that_day = self.facts.numbers_but(self.directory, record.key, day, owner);
        let known = self.facts.leads.get(&record.key).and_then(|lead| lead.customer).filter(|known| *known != customer);
        let former = known
            .and_then(|known| self.facts.standing_for(Key { project, id: known }, "lead"))
            .filter(|row| row.source == record.key.id);
        // what a booking of the same holder protects for the day makes room for the lead's own protection (BK-12)
        let standing = self.facts.lead_protection(project, customer);
        let booked = standing.as_ref().filter(|(_, lead)| lead.holder == party.holder()).map(|(id, _)| *id);
        let booked = booked.filter(|id| self.facts.is_booked(Key { project, id: *id }));
        let facts = NumberFacts {
            zone: self.directory.zone(project),
            moment: claim.moment,
            holder: party.holder(),
            standing: standing.filter(|_| booked.is_none()).map(|(_, protection)| protection),
            sheet: self.facts.sheet_protection(project, customer),
            former: former.map(|row| row.id),
            numbers_that_day: that_day.all,
            contested_that_day: that_day.contested,
        };
        let ruling = crate::rules::lead::decide(&facts, &self.policy(project));
        let decision = Decision::Number(facts);
        let verdict = self.facts.rule(self.directory, &Subject::record(record, "lead"), &ruling.ruling, &decision);
        if let Some(former) = ruling.releases {
            self.facts.end_protection(Key { project, id: former }, "released");
        }
        if let Grant::Starts { since, until, displaces } = ruling.grant {
            if displaces && let Some((standing, _)) = self.facts.lead_protection(project, customer) {
                self.facts.end_protection(Key { project, id: standing }, "displaced");
            }
            if let Some(id) = booked {
                self.facts.end_protection(Key { project, id }, "displaced");
            }
            self.protect_number(record, &name, customer, party.holder(), (since, until), &verdict);
        }
        let row = Lead {
            project,
            id: record.key.id,
            owner,
            customer: Some(customer),
            moment: claim.moment,
            state: verdict.outcome.clone(),
        };
        self.facts.put_number(self.directory, row);
        record.verdict = Some(verdict);
    }

    /// PR-2, BK-12: the number behind a lead or a booking is protected for its holder from one instant to another (Unix ms).
    pub(super) fn protect_number(
        &mut self,
        record: &Record,
        name: &str,
        customer: Uuid,
        holder: Holder,
        (since, until): (i64, i64),
        verdict: &Verdict,
    ) {
        let Key { project, id: source } = record.key;
        let id = self.facts.id();
        let (holder_user, holder_partner) = split(Some(holder));
        let row = Protection {
            project,
            id,
            class: "lead".to_owned(),
            customer,
            holder_user,
            holder_partner,
            state: "live".to_owned(),
            from_at: since,
            until_at: Some(until),
            source,
            ruling: Some(verdict.ruling),
            ended_at: None,
        };
        self.facts.show_protection(&row, name, record.state.text("phone_masked").unwrap_or_default());
        self.facts.protections.put(Key { project, id }, row);
    }
}
