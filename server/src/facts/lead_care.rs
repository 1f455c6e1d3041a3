//! FW-10: what changed records say of when leads were followed up.
//!
//! A follow-up is a `followup` record, or a visit that names the lead. Days only ever grow, so that any order of arrival gives the same.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::record::Record;
use super::{Facts, Unit};
use crate::store::lead_care::{self, LeadCare};
use crate::store::{Key, StoreError, Tx};

impl Facts {
    pub(super) async fn save_lead_care(&self, tx: &mut Tx, unit: &Unit) -> Result<(), StoreError> {
        let day = |record: &Record| {
            let zone = unit.directory.zone(record.key.project);
            zone.day_of(record.created.claimed.unwrap_or(record.created.latest)).to_string()
        };
        let changed = || self.records.changes().map(|(_, record)| record);
        let leads = changed().filter(|record| record.kind == "lead");
        let known: Vec<(LeadCare, bool)> = leads
            .map(|record| {
                let care = LeadCare {
                    project: record.key.project,
                    lead: record.key.id,
                    owner: record.owner,
                    team: record.team,
                    touched_on: day(record),
                    next_on: record.state.text("next_follow_on").map(str::to_owned),
                    overdue_on: None,
                };
                (care, is_open(record))
            })
            .collect();
        lead_care::know(tx, &known).await?;
        let mut touched: BTreeMap<Key, String> = BTreeMap::new();
        for record in
            changed().filter(|record| ["followup", "visit"].contains(&record.kind.as_str()) && !record.deleted)
        {
            let Some(lead) = record.id_of("lead") else { continue };
            let last = touched.entry(Key { project: record.key.project, id: lead }).or_default();
            *last = day(record).max(std::mem::take(last));
        }
        lead_care::touch(tx, &touched.into_iter().collect::<Vec<_>>()).await
    }
}

/// Whether somebody still works on a lead.
fn is_open(record: &Record) -> bool {
    let status = record.ruled.get("status").and_then(serde_json::Value::as_str).or_else(|| record.state.text("status"));
    !record.deleted
        && record.owner.is_some_and(|owner| owner != Uuid::nil())
        && status.is_none_or(|word| word == "open")
}
