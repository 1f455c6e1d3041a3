//! Records as the store keeps them: rows in, rows out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sync_core::record::State;
use uuid::Uuid;

use super::record::Record;
use crate::rules::calendar::Zone;
use crate::store::{Key, StoreError, records};

/// A record's merge state and ruled part, as the store keeps them.
#[derive(Serialize, Deserialize)]
struct Stored {
    // not flattened: the numbers that count deltas could not be read back as keys
    #[serde(default)]
    claims: State,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    ruled: Map<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    ops: BTreeMap<Uuid, Vec<u64>>,
}

/// A record out of its row.
///
/// # Errors
/// [`StoreError::Inconsistent`] when the stored JSON cannot be read.
pub fn record(row: records::Record) -> Result<Record, StoreError> {
    let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("record {}: {error}", row.id));
    let stored: Stored = serde_json::from_str(&row.state).map_err(odd)?;
    Ok(Record {
        key: Key { project: row.project, id: row.id },
        kind: row.kind,
        v: u32::try_from(row.v).unwrap_or_default(),
        owner: row.owner,
        team: row.team,
        created: serde_json::from_str(&row.created).map_err(odd)?,
        phase: row.phase.unwrap_or_default(),
        version: row.version,
        deleted: row.deleted,
        state: stored.claims,
        ruled: stored.ruled,
        ops: stored.ops,
        verdict: row.verdict.as_deref().map(serde_json::from_str).transpose().map_err(odd)?,
        origin: row.device.zip(row.seq.map(i64::cast_unsigned)),
        revs: row.revs,
    })
}

/// The project's day a record belongs to: the one it names, else that of its moment.
pub fn day(zone: Zone, record: &Record) -> String {
    let ruled = || record.ruled.get("day").and_then(Value::as_str);
    let named = record.state.text("day").or_else(ruled).map(str::to_owned);
    named.unwrap_or_else(|| zone.day_of(record.created.claimed.unwrap_or(record.created.latest)).to_string())
}

/// The row of a record, whose project lies in `zone`.
///
/// # Errors
/// [`StoreError::Inconsistent`] when it cannot be written as JSON.
pub fn row(org: i64, zone: Zone, record: &Record) -> Result<records::Record, StoreError> {
    let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("record {}: {error}", record.key.id));
    let stored = Stored { claims: record.state.clone(), ruled: record.ruled.clone(), ops: record.ops.clone() };
    Ok(records::Record {
        project: record.key.project,
        id: record.key.id,
        org,
        kind: record.kind.clone(),
        v: i64::from(record.v),
        owner: record.owner,
        team: record.team,
        device: record.origin.map(|(device, _)| device),
        seq: record.origin.map(|(_, seq)| seq.cast_signed()),
        at: record.created.latest,
        day: day(zone, record),
        created: serde_json::to_string(&record.created).map_err(odd)?,
        phase: Some(record.phase.clone()),
        version: record.version,
        deleted: record.deleted,
        state: serde_json::to_string(&stored).map_err(odd)?,
        wire: record.wire(),
        revs: record.revs.clone(),
        verdict: record.verdict.as_ref().map(serde_json::to_string).transpose().map_err(odd)?,
    })
}
