//! Brings everything sealed to the newest keys, page by page beside running servers. A page is a transaction: what an interruption leaves, the
//! next run does.

use serde::Serialize;
use uuid::Uuid;

use crate::error::AppError;
use crate::facts::segment::reseal_texts;
use crate::seal::blind_index::BlindIndex;
use crate::seal::phone::PhoneNumber;
use crate::seal::sealing::{Place, Sealer};
use crate::store::customers::{self, Fingerprint};
use crate::store::reseal::{self, Field, Number, Successor, Texts};
use crate::store::{Db, StoreError, run_tx};

/// Rows of a page; segments are larger.
const PAGE: i64 = 200;
const SEGMENTS: i64 = 50;

/// What was brought to the newest keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Resealed {
    /// Numbers of customers.
    pub customers: u64,
    /// Sealed fields of records.
    pub fields: u64,
    /// Segments of the op log.
    pub segments: u64,
    /// Logins.
    pub logins: u64,
}

/// Seals everything with the newest key, and indexes every customer under every key. `progress` learns how many rows were looked at.
///
/// # Errors
/// Those of the store; a value that no key opens ends it, and what was done before stays done.
pub async fn reseal(
    db: &Db,
    sealer: &Sealer,
    index: &BlindIndex,
    mut progress: impl FnMut(u64),
) -> Result<Resealed, AppError> {
    let work = Work { db, sealer, index };
    let key_id = i64::from(sealer.newest_key_id());
    let (mut done, mut looked_at) = (Resealed::default(), 0);
    let mut place = (Uuid::nil(), Uuid::nil());
    while let Some((next, looked, changed)) = work.customers(place, key_id).await? {
        (place, looked_at) = (next, looked_at + looked);
        done.customers += changed;
        progress(looked_at);
    }
    let mut place = (Uuid::nil(), Uuid::nil(), String::new());
    while let Some((next, changed)) = work.fields(&place, key_id).await? {
        (place, looked_at) = (next, looked_at + changed);
        done.fields += changed;
        progress(looked_at);
    }
    let mut place = (i64::MIN, Uuid::nil(), i64::MIN);
    while let Some((next, changed)) = work.segments(place, key_id).await? {
        (place, looked_at) = (next, looked_at + changed);
        done.segments += changed;
        progress(looked_at);
    }
    let mut place = (i64::MIN, Vec::new());
    while let Some((next, changed)) = work.logins(&place).await? {
        place = next;
        done.logins += changed;
    }
    Ok(done)
}

struct Work<'a> {
    db: &'a Db,
    sealer: &'a Sealer,
    index: &'a BlindIndex,
}

impl Work<'_> {
    /// One page: where it ended, how many rows it had, and how many were sealed anew.
    async fn customers(&self, after: (Uuid, Uuid), key_id: i64) -> Result<Option<((Uuid, Uuid), u64, u64)>, AppError> {
        run_tx(self.db, "reseal_customers", async |mut tx| {
            let page = reseal::numbers(&mut tx, after, PAGE).await?;
            let mut resealed = Vec::new();
            for number in &page {
                let place = Place { purpose: "customer-phone", owner: number.id.as_bytes() };
                let e164 = zeroize::Zeroizing::new(self.sealer.open(place, &number.sealed)?);
                let odd = || StoreError::Inconsistent(format!("the number of customer {}", number.id));
                let phone = std::str::from_utf8(&e164)
                    .ok()
                    .and_then(|text| PhoneNumber::from_e164(text).ok())
                    .ok_or_else(odd)?;
                let entries = self.index.entries(number.project, &phone).into_iter();
                let fingerprints: Vec<_> = entries
                    .map(|entry| Fingerprint { key_id: i64::from(entry.key_id), hmac: entry.hmac.to_vec() })
                    .collect();
                let rows: Vec<_> = fingerprints.iter().map(|fingerprint| (fingerprint, number.id)).collect();
                customers::index(&mut tx, number.project, &rows).await?;
                if number.key_id != key_id {
                    resealed.push(Number { sealed: self.sealer.seal(place, &e164)?, key_id, ..number.clone() });
                }
            }
            reseal::seal_numbers(&mut tx, &resealed).await?;
            Ok::<_, AppError>(
                page.last().map(|last| ((last.project, last.id), page.len() as u64, resealed.len() as u64)),
            )
        })
        .await
    }

    async fn fields(
        &self,
        after: &(Uuid, Uuid, String),
        key_id: i64,
    ) -> Result<Option<((Uuid, Uuid, String), u64)>, AppError> {
        run_tx(self.db, "reseal_fields", async |mut tx| {
            let place = (after.0, after.1, after.2.as_str());
            let mut page = reseal::fields(&mut tx, place, key_id, PAGE).await?;
            for Field { record, sealed, .. } in &mut page {
                *sealed = self.sealer.reseal(Place { purpose: "field", owner: record.as_bytes() }, sealed)?;
            }
            reseal::seal_fields(&mut tx, &page, key_id).await?;
            Ok::<_, AppError>(
                page.last().map(|last| ((last.project, last.record, last.field.clone()), page.len() as u64)),
            )
        })
        .await
    }

    async fn segments(
        &self,
        after: (i64, Uuid, i64),
        key_id: i64,
    ) -> Result<Option<((i64, Uuid, i64), u64)>, AppError> {
        run_tx(self.db, "reseal_segments", async |mut tx| {
            let mut page = reseal::texts(&mut tx, after, key_id, SEGMENTS).await?;
            for Texts { device, first_seq, sealed, .. } in &mut page {
                *sealed = reseal_texts(self.sealer, *device, *first_seq, sealed)?;
            }
            reseal::seal_texts(&mut tx, &page, key_id).await?;
            Ok::<_, AppError>(page.last().map(|last| ((last.org, last.device, last.first_seq), page.len() as u64)))
        })
        .await
    }

    async fn logins(&self, after: &(i64, Vec<u8>)) -> Result<Option<((i64, Vec<u8>), u64)>, AppError> {
        run_tx(self.db, "reseal_logins", async |mut tx| {
            let mut page = reseal::successors(&mut tx, (after.0, &after.1), PAGE).await?;
            for Successor { hash, sealed, .. } in &mut page {
                *sealed = self.sealer.reseal(Place { purpose: "refresh-successor", owner: hash }, sealed)?;
            }
            reseal::seal_successors(&mut tx, &page).await?;
            Ok::<_, AppError>(page.last().map(|last| ((last.org, last.hash.clone()), page.len() as u64)))
        })
        .await
    }
}
