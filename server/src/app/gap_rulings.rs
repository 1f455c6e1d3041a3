//! `baobei gaps`: what was ruled after a restore on claims that were recorded before it and came back from phones.

use serde::Serialize;
use sync_core::time::{Moment, rfc3339};
use uuid::Uuid;

use super::restore::Gap;
use crate::facts::directory::{Directory, Project};
use crate::store::rulings::{self, Period};
use crate::store::{Db, Key, StoreError, records};

/// Rulings read at once.
const PAGE: i64 = 1_000;

/// A ruling to look at: acts of the same time may be missing, and claims may have come back in another order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GapRuling {
    /// Code of the project.
    pub project: String,
    /// The ruling.
    pub ruling: Uuid,
    /// The record it is about.
    pub subject: Uuid,
    /// Its kind.
    pub family: String,
    /// Its owner's name.
    pub owner: Option<String>,
    /// What was ruled.
    pub outcome: String,
    /// When the claim was recorded, at the latest.
    pub recorded_until: String,
}

/// The rulings that stand on claims of a gap, oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn gap_rulings(
    db: &Db,
    directory: &Directory,
    (id, project): (Uuid, &Project),
    gap: Gap,
) -> Result<Vec<GapRuling>, StoreError> {
    let mut period = Period { project: id, between: (gap.until, i64::MAX), families: &[], after: None };
    let mut found = Vec::new();
    loop {
        let mut reader = db.read().await?;
        let rows = rulings::of_period(&mut reader, &period, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        period.after = Some((last.at, last.id));
        let keys: Vec<Key> = rows.iter().map(|row| Key { project: id, id: row.subject }).collect();
        let subjects = records::load(&mut reader, &keys).await?;
        for row in rows.into_iter().filter(|row| row.superseded_by.is_none()) {
            let Some(subject) = subjects.get(&Key { project: id, id: row.subject }) else { continue };
            let created: Moment = serde_json::from_str(&subject.created)
                .map_err(|error| StoreError::Inconsistent(format!("record {}: {error}", subject.id)))?;
            // a server's own record has no owner, and no phone brought it back
            let Some(owner) = subject.owner.filter(|_| created.earliest < gap.until && created.latest > gap.from)
            else {
                continue;
            };
            found.push(GapRuling {
                project: project.code.clone(),
                ruling: row.id,
                subject: row.subject,
                family: row.family,
                owner: directory.people.get(&owner).map(|person| person.name.clone()),
                outcome: row.outcome,
                recorded_until: rfc3339::text(created.latest),
            });
        }
    }
}
