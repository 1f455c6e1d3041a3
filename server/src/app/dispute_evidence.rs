//! `GET /v1/disputes/{id}/evidence`: what the records say about the customer of a case (DS-1).
//!
//! The office reads everything, a party the texts of its own ops and everybody's digests and moments. Exact texts may hold a number, so that
//! who looked is written down (DP-2).

use std::collections::BTreeMap;

use api_spec::disputes::{Evidence, EvidenceFact, EvidenceOp};
use api_spec::primitives::Instant;
use serde_json::json;
use sync_core::exchange::Status;
use sync_core::op::Op;
use sync_core::time::Moment;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::disputes::{Open, describe, letter_of, open};
use super::explained::{explain, in_order};
use super::logged_ops::{self, LoggedOp};
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::claims::id_of;
use crate::facts::holding::party;
use crate::facts::record::Record;
use crate::state::App;
use crate::store::fates::{self, OpFate};
use crate::store::{Key, StoreError, Tx, disputes, protections, rulings, run_tx};

/// Puts the evidence of a case together, and writes down who looked at it.
///
/// # Errors
/// `not-found` for those whom the case does not concern.
pub async fn dispute_evidence(app: &App, actor: &Actor, id: Uuid) -> Result<Evidence, AppError> {
    run_tx(&app.db, "dispute_evidence", async |mut tx| {
        let opened = open(app, &mut tx, actor, id).await?;
        let case = Exhibit { app, actor, opened: &opened, kinds: kinds(&opened) };
        let facts = case.facts(&mut tx).await?;
        let ops = case.ops(&mut tx).await?;
        let rulings = case.rulings(&mut tx, &facts).await?;
        let Open { unit, directory, row, body, reader, .. } = &opened;
        let entries = disputes::entries(&mut tx, row.project, row.id).await?;
        let policy = directory.projects.get(&row.project).and_then(|project| project.policy_at(unit.now));
        let shown = ops.iter().filter(|op| op.text.is_some()).count();
        let detail = json!({ "ops": shown });
        let (who, subject) = ((actor.org, actor.user), Key { project: row.project, id });
        write_down(&mut tx, &app.random, who, "dispute_evidence", subject, &detail, unit.now).await?;
        Ok(Evidence {
            dispute: describe(directory, reader, row, body, &entries, unit.now),
            at: Instant(unit.now),
            timezone: directory.zone(row.project).tz().name().to_owned(),
            policy_version: policy.map_or(0, |policy| policy.version.cast_unsigned()),
            ops,
            facts,
            rulings,
        })
    })
    .await
}

/// The records with ops that are about the customer: their kind, and the person or company whose they are.
fn kinds(opened: &Open) -> BTreeMap<Uuid, (&'static str, Uuid)> {
    let Open { directory, facts, row, .. } = opened;
    let bookings = facts.bookings_of(row.project, row.customer).into_iter();
    let bookings = bookings.map(|booking| {
        (booking.id, ("booking", booking.holder_user.or(booking.holder_partner).unwrap_or(booking.owner)))
    });
    let leads = facts.leads.values().filter(|lead| lead.project == row.project && lead.customer == Some(row.customer));
    bookings.chain(leads.map(|lead| (lead.id, ("lead", id_of(party(directory, lead.owner).holder()))))).collect()
}

struct Exhibit<'a> {
    app: &'a App,
    actor: &'a Actor,
    opened: &'a Open,
    kinds: BTreeMap<Uuid, (&'static str, Uuid)>,
}

impl Exhibit<'_> {
    fn is_own(&self, holder: Uuid) -> bool {
        self.opened.reader.parties.iter().any(|party| id_of(*party) == holder)
    }

    /// Every op about the records, in server order.
    async fn ops(&self, tx: &mut Tx) -> Result<Vec<EvidenceOp>, AppError> {
        let project = self.opened.row.project;
        let mut ops = Vec::new();
        for (&id, &(kind, holder)) in &self.kinds {
            let key = Key { project, id };
            let Some(record) = self.opened.facts.records.get(&key) else { continue };
            let fates = fates::of_record(tx, key).await?;
            let places = logged_ops::places(record, &fates);
            let logged = logged_ops::read(tx, &self.app.sealer, self.actor.org, &places).await?;
            for op in &logged {
                let shown = self.op(record, kind, holder, op, &fates)?;
                ops.push(((op.moment.latest, op.device, op.seq), shown));
            }
        }
        ops.sort_by_key(|(place, _)| *place);
        Ok(ops.into_iter().map(|(_, op)| op).collect())
    }

    fn op(
        &self,
        record: &Record,
        kind: &str,
        holder: Uuid,
        op: &LoggedOp,
        fates: &[OpFate],
    ) -> Result<EvidenceOp, AppError> {
        let odd = |error| StoreError::Inconsistent(format!("op {} of {}: {error:?}", op.seq, op.device));
        let prev = Op::parse(&op.text).map_err(odd)?.place.prev;
        let Reads { device, text } = self.reads(kind, holder, op.author);
        let status = logged_ops::fate_of(op, fates).map_or(Status::Applied.as_str(), |fate| fate.status.as_str());
        Ok(EvidenceOp {
            record: record.key.id,
            kind: kind.to_owned(),
            party: letter_of(&self.opened.body, holder),
            device: device.then_some(op.device),
            seq: op.seq,
            digest: op.digest,
            prev,
            moment: op.moment,
            status: status.to_owned(),
            text: text.then(|| op.text.clone()),
        })
    }

    /// A full number is read by the office and by who wrote it; a company's bookings, which have none, by all its people.
    fn reads(&self, kind: &str, holder: Uuid, author: Uuid) -> Reads {
        let own = self.opened.reader.office || author == self.actor.user;
        Reads { device: own, text: own || (kind == "booking" && self.is_own(holder)) }
    }

    /// Bookings, leads, arrivals and protections, by time.
    async fn facts(&self, tx: &mut Tx) -> Result<Vec<EvidenceFact>, AppError> {
        let Open { facts, row, body, .. } = self.opened;
        let party = |holder: Option<Uuid>| holder.and_then(|holder| letter_of(body, holder));
        let mut all: Vec<EvidenceFact> = Vec::new();
        all.extend(facts.bookings_of(row.project, row.customer).into_iter().map(|booking| EvidenceFact {
            id: booking.id,
            kind: "booking".to_owned(),
            party: party(booking.holder_user.or(booking.holder_partner)),
            state: booking.state.clone(),
            moment: booking.moment,
            until: booking.cancelled_at.map(Instant),
        }));
        let leads = facts.leads.values().filter(|lead| self.kinds.contains_key(&lead.id));
        all.extend(leads.map(|lead| EvidenceFact {
            id: lead.id,
            kind: "lead".to_owned(),
            party: party(self.kinds.get(&lead.id).map(|(_, holder)| *holder)),
            state: lead.state.clone(),
            moment: lead.moment,
            until: None,
        }));
        let sheets = facts.sheets.values().filter(|sheet| sheet.customer == row.customer);
        all.extend(sheets.map(|sheet| EvidenceFact {
            id: sheet.id,
            kind: "confirmation".to_owned(),
            party: party(sheet.holder_user.or(sheet.holder_partner)),
            state: sheet.state.clone(),
            moment: Moment::exact(sheet.arrived_at),
            until: sheet.confirmed_at.map(Instant),
        }));
        let protections = protections::of_customer(tx, row.project, row.customer).await?;
        all.extend(protections.into_iter().map(|protection| EvidenceFact {
            id: protection.id,
            kind: "protection".to_owned(),
            party: party(protection.holder_user.or(protection.holder_partner)),
            state: protection.state,
            moment: Moment::exact(protection.from_at),
            until: protection.ended_at.or(protection.until_at).map(Instant),
        }));
        all.sort_by_key(|fact| (fact.moment.latest, fact.id));
        Ok(all)
    }

    /// Every ruling for the office; for a party those about its own claims, the sheet and the case.
    async fn rulings(&self, tx: &mut Tx, facts: &[EvidenceFact]) -> Result<Vec<api_spec::rulings::Ruling>, AppError> {
        let Open { unit, directory, row, reader, .. } = self.opened;
        let is_own = |id: Uuid| self.kinds.get(&id).is_some_and(|(_, holder)| self.is_own(*holder));
        let may = |id: &Uuid| reader.office || is_own(*id) || *id == row.about && !self.kinds.contains_key(id);
        let kinds: BTreeMap<Uuid, &str> = facts
            .iter()
            .map(|fact| (fact.id, fact.kind.as_str()))
            .filter(|(id, _)| may(id))
            .chain([(row.id, "dispute")])
            .collect();
        let subjects: Vec<Uuid> = kinds.keys().copied().collect();
        let scope = Scope::of(self.actor, directory, unit.now);
        let rows = in_order(rulings::of_subjects(tx, row.project, &subjects).await?);
        let shown = rows.iter().map(|ruling| {
            let kind = kinds.get(&ruling.subject).copied().unwrap_or_default();
            explain(directory, &scope, kind, ruling)
        });
        Ok(shown.collect::<Result<_, _>>()?)
    }
}

/// What of an op somebody reads.
struct Reads {
    device: bool,
    text: bool,
}
