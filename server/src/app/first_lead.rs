//! CF-9: a valid sheet without a lead makes one for the holder, who keeps following up.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sync_core::kinds::LEAD;
use sync_core::op::Action;
use sync_core::record::State;
use sync_core::time::{Moment, Stamp};
use uuid::Uuid;

use crate::facts::Facts;
use crate::facts::directory::Directory;
use crate::facts::holding::party;
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::facts::sheets::{BroughtBy, SheetBody};
use crate::rules::lead::{self, NumberFacts};
use crate::rules::party::Holder;
use crate::rules::replay::Decision;
use crate::store::Key;
use crate::store::confirmations::Confirmation;
use crate::store::feed::Revs;
use crate::store::leads::Lead;

/// Makes a lead for the holder of a sheet that was just confirmed, unless there is one. Of a partner's agents it is the one who booked or
/// brought the customer; where that one has no account, there is nobody to make it for.
pub(super) fn make_lead(facts: &mut Facts, directory: &Directory, row: &Confirmation, body: &SheetBody) {
    let project = row.project;
    let Some(holder) = facts.sheet_protection(project, row.customer).and_then(|sheet| sheet.holder()) else { return };
    let Some(owner) = owner(facts, directory, row, body, holder) else { return };
    let is_holders = |lead: &&Lead| {
        (lead.project, lead.customer) == (project, Some(row.customer))
            && party(directory, lead.owner).holder() == holder
    };
    if facts.leads.values().any(|lead| is_holders(&lead)) {
        return;
    }
    let key = Key { project, id: facts.id() };
    let moment = Moment::exact(facts.now);
    let mut record = Record {
        key,
        kind: LEAD.name.to_owned(),
        v: LEAD.v,
        owner: Some(owner),
        team: directory.team_at(owner, project, &moment),
        created: moment,
        phase: LEAD.phases.first().copied().unwrap_or_default().to_owned(),
        version: 1,
        deleted: false,
        state: State::of(&LEAD, &Action::Set(claims(row, body)), OLDEST),
        ruled: Map::new(),
        verdict: None,
        origin: None,
        ops: BTreeMap::new(),
        revs: Revs::default(),
    };
    let known = NumberFacts {
        zone: directory.zone(project),
        moment,
        holder,
        standing: facts.lead_protection(project, row.customer).map(|(_, protection)| protection),
        sheet: facts.sheet_protection(project, row.customer),
        former: None,
        numbers_that_day: 0,
        contested_that_day: 0,
    };
    let ruling = lead::of_sheet(&known, &directory.policy(project, facts.now));
    let subject = Subject::record(&record, "lead");
    let verdict = facts.rule(directory, &subject, &ruling.ruling, &Decision::NumberOfSheet(known));
    let lead =
        Lead { project, id: key.id, owner, customer: Some(row.customer), moment, state: verdict.outcome.clone() };
    facts.leads.put(key, lead);
    record.verdict = Some(verdict);
    facts.records.put(key, record);
}

/// Whatever a person says about the lead is newer.
const OLDEST: Stamp = Stamp { ms: 0, seq: 0, device: Uuid::nil() };

/// What the sheet says about the customer; the number as its mask, as in every record.
fn claims(row: &Confirmation, body: &SheetBody) -> Map<String, Value> {
    let source = if row.booking.is_some() { "booking" } else { "walk_in" };
    let claims = json!({
        "name": body.name,
        "phone": body.phone_masked,
        "phone_masked": body.phone_masked,
        "source": source,
    });
    if let Value::Object(claims) = claims { claims } else { Map::new() }
}

/// The holder in person; of a company, who booked or brought the customer.
fn owner(facts: &Facts, directory: &Directory, row: &Confirmation, body: &SheetBody, holder: Holder) -> Option<Uuid> {
    if let Holder::User(user) = holder {
        return Some(user);
    }
    let booking = row.booking.map(|id| Key { project: row.project, id });
    let booked_for = booking.and_then(|key| facts.records.get(&key)?.id_of("subject"));
    let booker = booking.and_then(|key| facts.bookings.get(&key)).map(|booking| booking.owner);
    let bringer = match body.brought_by {
        Some(BroughtBy::User(user)) => Some(user),
        Some(BroughtBy::Agent { .. }) | None => None,
    };
    let all = [booked_for, booker, bringer];
    all.into_iter().flatten().find(|user| party(directory, *user).holder() == holder)
}
