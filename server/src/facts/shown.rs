//! Records that the server makes for phones to see: protections, and outcomes that became known later.

use serde_json::{Map, Value, json};
use sync_core::record::State;
use sync_core::time::{Moment, rfc3339};
use uuid::Uuid;

use super::Facts;
use super::record::Record;
use crate::store::Key;
use crate::store::protections::Protection;

impl Facts {
    /// A record of a kind that only the server makes.
    pub fn shown(&self, key: Key, kind: &str, owner: Option<Uuid>, ruled: Map<String, Value>) -> Record {
        let known = self.records.get(&key);
        Record {
            key,
            kind: kind.to_owned(),
            v: 1,
            owner,
            team: None,
            created: known.map_or(Moment::exact(self.now), |record| record.created),
            phase: known.map_or("open", |record| record.phase.as_str()).to_owned(),
            version: known.map_or(1, |record| record.version + 1),
            deleted: false,
            state: State::default(),
            ruled,
            verdict: known.and_then(|record| record.verdict.clone()),
            origin: None,
            ops: known.map(|record| record.ops.clone()).unwrap_or_default(),
            revs: known.map(|record| record.revs.clone()).unwrap_or_default(),
        }
    }

    /// Shows a protection to its holder, and what became of it.
    pub fn show_protection(&mut self, row: &Protection, customer_name: &str, phone_masked: &str) {
        let body = json!({
            "class": row.class,
            "customer_name": customer_name,
            "phone_masked": phone_masked,
            "state": row.state,
            "from": rfc3339::text(row.from_at),
            "until": row.ended_at.or(row.until_at).map(rfc3339::text),
            "holder": { "user": row.holder_user, "partner": row.holder_partner },
        });
        let key = Key { project: row.project, id: row.id };
        let ruled = body.as_object().cloned().unwrap_or_default();
        self.records.put(key, self.shown(key, "protection", row.holder_user, ruled));
    }

    /// Shows what became of a protection that is shown already.
    pub fn show_protection_again(&mut self, row: &Protection) {
        let key = Key { project: row.project, id: row.id };
        let Some(record) = self.records.get(&key) else { return };
        let text = |name: &str| record.ruled.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (name, mask) = (text("customer_name"), text("phone_masked"));
        self.show_protection(row, &name, &mask);
    }

    /// Tells the author of an op what became of it after it had been parked or rejected.
    pub fn tell_outcome(
        &mut self,
        key: Key,
        author: Option<Uuid>,
        device: Uuid,
        outcome: &sync_core::exchange::Outcome,
    ) {
        let id = self.id();
        let body = json!({
            "device": device,
            "seq": outcome.seq,
            "status": outcome.status,
            "rule": outcome.rule,
            "message": outcome.message,
            "record": key.id,
        });
        let shown = Key { project: key.project, id };
        let ruled = body.as_object().cloned().unwrap_or_default();
        self.records.put(shown, self.shown(shown, "op_outcome", author, ruled));
    }
}
