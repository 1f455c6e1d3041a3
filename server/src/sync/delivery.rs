//! What a pull brings to its reader for the first time, where a rule counts from that: a daily log that was sent back (WL-4), a spot check
//! (AT-11), a verdict against which a case may be opened (DS-4).

use std::sync::Arc;

use uuid::Uuid;

use super::exchange::Parts;
use crate::error::AppError;
use crate::facts::logs::{begin_round, log_of, set_log};
use crate::facts::record::Record;
use crate::facts::{Facts, Need};
use crate::store::feed::{Entry, Told};
use crate::store::spot_checks::SpotCheck;
use crate::store::{Key, deliveries, run_tx};

/// Stands in the record of a returned log, or a spot check, that has not been delivered; a text that says so by chance is looked at in vain.
const NOT_DELIVERED: &str = r#""reached_at":null"#;

/// Whether an entry may be a returned log, or a spot check, that its owner has not been told of.
pub(super) fn may_be_news(entry: &Entry) -> bool {
    matches!(&entry.told, Told::Live(wire) if wire.contains(NOT_DELIVERED))
}

/// Stands in notices that are to be read (OV-7); a text that says so by chance gets a receipt that nobody looks at.
const TO_BE_READ: &str = r#""receipts":true"#;

/// Whether an entry may be a notice whose delivery is noted.
pub(super) fn may_be_notice(entry: &Entry) -> bool {
    matches!(&entry.told, Told::Live(wire) if wire.contains(TO_BE_READ))
}

/// Notes that these notices went to somebody's phone now. What has been noted before stays.
///
/// # Errors
/// Those of the store.
pub(super) async fn note_notices(parts: &Parts, user: Uuid, notices: &[Key]) -> Result<(), AppError> {
    run_tx(&parts.db, "note_notices", async |mut tx| {
        Ok::<_, AppError>(crate::store::notices::delivered(&mut tx, notices, user, parts.clock.now()).await?)
    })
    .await
}

/// Stand in the records that tell somebody of a verdict that may be disputed.
const DISPUTABLE: [&str; 2] = [r#""outcome":"void""#, r#""outcome":"contested""#];

/// The ruling that an entry of somebody's own bucket tells of, when it may be disputed.
pub(super) fn disputable(bucket: &str, entry: &Entry) -> Option<(Uuid, Uuid)> {
    #[derive(serde::Deserialize)]
    struct Ruled {
        verdict: Option<sync_core::exchange::Verdict>,
    }
    let is_own = bucket.starts_with("user:") || bucket.starts_with("partner:");
    match &entry.told {
        Told::Live(wire) if is_own && DISPUTABLE.iter().any(|outcome| wire.contains(outcome)) => {
            let verdict = serde_json::from_str::<Ruled>(wire).ok()?.verdict?;
            Some((entry.key.project, verdict.ruling))
        }
        Told::Live(_) | Told::Gone(_) => None,
    }
}

/// Notes that these rulings have reached somebody's phone now. What has been noted before stays.
///
/// # Errors
/// Those of the store.
pub(super) async fn note_verdicts(parts: &Parts, user: Uuid, rulings: &[(Uuid, Uuid)]) -> Result<(), AppError> {
    run_tx(&parts.db, "note_verdicts", async |mut tx| {
        Ok::<_, AppError>(deliveries::note(&mut tx, rulings, user, parts.clock.now()).await?)
    })
    .await
}

/// Notes that these logs and spot checks have reached their owner now. What has been noted before stays.
///
/// # Errors
/// Those of the store.
pub(super) async fn note(parts: &Parts, org: i64, author: Uuid, keys: &[Key]) -> Result<(), AppError> {
    run_tx(&parts.db, "note_delivery", async |mut tx| {
        let directory = parts.directories.current(&mut tx, org).await?;
        let unit = parts.unit(Arc::clone(&directory));
        let mut need = Need::default();
        for key in keys {
            need.spot_check(*key);
        }
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        for key in keys {
            if let Some(row) =
                facts.spot_checks.get(key).filter(|row| row.subject == author && row.reached_at.is_none())
            {
                let minutes = unit.directory.policy(key.project, unit.now).spot_check.minutes;
                let due_at = unit.now + i64::from(minutes) * 60_000;
                let state = "delivered".to_owned();
                let row = SpotCheck { reached_at: Some(unit.now), due_at: Some(due_at), state, ..row.clone() };
                facts.show_spot_check(&row);
                continue;
            }
            let own = |record: &&Record| record.kind == "daily_log" && record.owner == Some(author);
            let Some(mut record) = facts.records.get(key).filter(own).cloned() else { continue };
            if let Some(log) = log_of(&record).reached(unit.now) {
                set_log(&mut record, &log, None);
                begin_round(&mut record, &log);
                facts.records.put(*key, record);
            }
        }
        facts.save(&mut tx, &unit).await
    })
    .await
}
