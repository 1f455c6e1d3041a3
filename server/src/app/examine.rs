//! `baobei doctor`: whether what is stored holds together. It reads one snapshot beside running servers, and changes nothing.
//!
//! It opens every op as it came: the digest chains of all devices are followed from the first op to the head, which is the same proof a
//! party of a dispute would ask for (P1). Counts and checksums of the feed are added up anew (P12), and who stands for a customer is
//! counted (P8).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sync_core::checksum::Checksum;
use sync_core::op::{Digest, Place};
use uuid::Uuid;

use crate::facts::segment::open_texts;
use crate::seal::keys::{KeyUse, Keys};
use crate::seal::sealing::Sealer;
use crate::store::dump::{self, Cell, Table};
use crate::store::{Reader, StoreError};

/// What was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Examined {
    /// Logs of devices.
    pub devices: u64,
    /// Ops, each opened and held against its digest.
    pub ops: u64,
    /// Buckets of the feed.
    pub buckets: u64,
    /// Entries of the feed.
    pub entries: u64,
    /// Protections that stand.
    pub protections: u64,
    /// Sealed values whose key is there.
    pub sealed: u64,
    /// What does not hold together.
    pub findings: Vec<Finding>,
}

/// Something that does not hold together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The promise or part it breaks, such as `P1`.
    pub breaks: &'static str,
    /// Where, and what is wrong.
    pub what: String,
}

/// Follows everything that can be followed.
///
/// # Errors
/// [`StoreError`] when the database cannot be read; what it holds is found, not refused.
pub async fn examine(db: &mut Reader, keys: &Keys, sealer: &Sealer) -> Result<Examined, StoreError> {
    let tables = dump::tables(db).await?;
    let mut examined = Examined::default();
    for problem in dump::integrity(db).await? {
        examined.find("engine", problem);
    }
    examined.logs(db, &tables, sealer).await?;
    examined.feed(db, &tables).await?;
    examined.holders(db, &tables).await?;
    examined.keys(db, &tables, keys).await?;
    examined.findings.sort();
    Ok(examined)
}

/// A piece of a device's log.
struct Piece {
    first_seq: i64,
    count: i64,
    /// What its first op names as the one before, and the digest of its last op.
    ends: (Digest, Digest),
}

impl Examined {
    fn find(&mut self, breaks: &'static str, what: impl Into<String>) {
        self.findings.push(Finding { breaks, what: what.into() });
    }

    /// P1, P6: every op is as it came, and every log is whole up to its head.
    async fn logs(&mut self, db: &mut Reader, tables: &[Table], sealer: &Sealer) -> Result<(), StoreError> {
        let mut logs: BTreeMap<(i64, Uuid), Vec<Piece>> = BTreeMap::new();
        read(db, tables, "op_segments", |row| {
            let (org, device, first_seq) = (row.number("org")?, row.id("device")?, row.number("first_seq")?);
            match self.segment(sealer, device, &row)? {
                Ok(piece) => logs.entry((org, device)).or_default().push(piece),
                Err(problem) => self.find("P1", format!("device {device}, ops from {first_seq} on: {problem}")),
            }
            Ok(())
        })
        .await?;
        read(db, tables, "devices", |row| {
            self.devices += 1;
            let (org, device, head) = (row.number("org")?, row.id("id")?, row.number("head_seq")?);
            let mut pieces = logs.remove(&(org, device)).unwrap_or_default();
            pieces.sort_by_key(|piece| piece.first_seq);
            let (mut end, mut digest) = (0, Digest::ZERO);
            for piece in pieces {
                if piece.first_seq != end + 1 || piece.ends.0 != digest {
                    self.find("P1", format!("device {device}: the log breaks after op {end}"));
                }
                (end, digest) = (piece.first_seq + piece.count - 1, piece.ends.1);
            }
            if (end, digest.0.as_slice()) != (head, row.bytes("head_digest")?) {
                self.find("P1", format!("device {device}: the log ends at op {end}, and its head is op {head}"));
            }
            Ok(())
        })
        .await?;
        for (_, device) in logs.into_keys() {
            self.find("P1", format!("device {device} has a log and is not known"));
        }
        Ok(())
    }

    /// The ends of a segment whose ops are what their digests say, or what is wrong with it.
    fn segment(&mut self, sealer: &Sealer, device: Uuid, row: &Line<'_>) -> Result<Result<Piece, String>, StoreError> {
        let (first_seq, count) = (row.number("first_seq")?, row.number("count")?);
        let (digests, sealed) = (row.bytes("digests")?, row.bytes("texts")?);
        let texts = match open_texts(sealer, device, first_seq, sealed) {
            Ok(texts) => texts,
            Err(error) => return Ok(Err(error.to_string())),
        };
        if i64::try_from(texts.len()) != Ok(count) || digests.len() != texts.len() * 32 || texts.is_empty() {
            return Ok(Err(format!("{} texts and {} digests for {count} ops", texts.len(), digests.len() / 32)));
        }
        let mut ends: Option<(Digest, Digest)> = None;
        for (index, (text, stored)) in texts.iter().zip(digests.chunks_exact(32)).enumerate() {
            let digest = Digest::of(text.get());
            let Ok(place) = Place::read(text.get()) else {
                return Ok(Err(format!("op {} has no place", first_seq + i64::try_from(index).unwrap_or_default())));
            };
            if digest.0 != stored || ends.is_some_and(|(_, before)| before != place.prev) {
                return Ok(Err(format!("op {} is not the one that was acknowledged", place.seq)));
            }
            ends = Some((ends.map_or(place.prev, |(first, _)| first), digest));
            self.ops += 1;
        }
        Ok(ends.map(|ends| Piece { first_seq, count, ends }).ok_or_else(|| "it is empty".to_owned()))
    }

    /// P4, P12: every bucket has the entries it counts, and every entry its record.
    async fn feed(&mut self, db: &mut Reader, tables: &[Table]) -> Result<(), StoreError> {
        let mut known = BTreeSet::new();
        read(db, tables, "records", |row| {
            known.insert((row.id("project")?, row.id("id")?));
            Ok(())
        })
        .await?;
        let mut sums: BTreeMap<(i64, String), (i64, i64, Checksum)> = BTreeMap::new();
        read(db, tables, "feed", |row| {
            self.entries += 1;
            let bucket = row.text("bucket")?.to_owned();
            let (rev, record) = (row.number("rev")?, (row.id("project")?, row.id("record")?));
            let sum = sums.entry((row.number("org")?, bucket.clone())).or_default();
            sum.0 = sum.0.max(rev);
            if row.opt_text("gone")?.is_none() {
                sum.1 += 1;
                sum.2.add(record.1, rev.cast_unsigned());
                if !known.contains(&record) {
                    self.find("P12", format!("{bucket} at {rev} tells of the record {}, which is not there", record.1));
                }
            }
            Ok(())
        })
        .await?;
        read(db, tables, "buckets", |row| {
            self.buckets += 1;
            let bucket = row.text("bucket")?;
            let (last, count, sum) = sums.remove(&(row.number("org")?, bucket.to_owned())).unwrap_or_default();
            let told = (row.number("count")?, row.number("checksum")?);
            if told != (count, sum.to_bits()) {
                self.find("P12", format!("{bucket} counts {} members, and has {count} or others", told.0));
            }
            if last > row.number("head")? {
                self.find("P4", format!("{bucket} has an entry at {last}, beyond its head"));
            }
            Ok(())
        })
        .await?;
        for (_, bucket) in sums.into_keys() {
            self.find("P12", format!("{bucket} has entries and is not known"));
        }
        Ok(())
    }

    /// P8: at most one protection stands per class and customer.
    async fn holders(&mut self, db: &mut Reader, tables: &[Table]) -> Result<(), StoreError> {
        let mut standing: BTreeMap<(Uuid, String, Uuid), u64> = BTreeMap::new();
        read(db, tables, "protections", |row| {
            if row.opt_number("ended_at")?.is_none() {
                let key = (row.id("project")?, row.text("class")?.to_owned(), row.id("customer")?);
                *standing.entry(key).or_default() += 1;
            }
            Ok(())
        })
        .await?;
        self.protections = standing.values().sum();
        for ((_, class, customer), count) in standing.into_iter().filter(|(_, count)| *count > 1) {
            self.find("P8", format!("{count} protections of class {class} stand for the customer {customer}"));
        }
        Ok(())
    }

    /// Every key that something is sealed with is in the folder; texts of the op log were opened already.
    async fn keys(&mut self, db: &mut Reader, tables: &[Table], keys: &Keys) -> Result<(), StoreError> {
        let mut missing: BTreeMap<(KeyUse, u32), u64> = BTreeMap::new();
        for (table, purpose) in
            [("customers", KeyUse::Sealing), ("secrets", KeyUse::Sealing), ("customer_index", KeyUse::Index)]
        {
            read(db, tables, table, |row| {
                let id = match row.opt_bytes("sealed") {
                    Ok(Some(sealed)) => Sealer::key_id_of(sealed),
                    _ => u32::try_from(row.number("key_id")?).unwrap_or(0),
                };
                if keys.ring(purpose).get(id).is_some() {
                    self.sealed += 1;
                } else {
                    *missing.entry((purpose, id)).or_default() += 1;
                }
                Ok(())
            })
            .await?;
        }
        for ((purpose, id), rows) in missing {
            self.find("keys", format!("{rows} rows need {}-{id}, which is not in the folder", purpose.name()));
        }
        Ok(())
    }
}

/// A row whose values are found by name.
struct Line<'a> {
    table: &'a Table,
    cells: &'a [Cell],
}

impl Line<'_> {
    fn cell(&self, column: &str) -> Option<&Cell> {
        let index = self.table.columns.iter().position(|(name, _)| name == column)?;
        self.cells.get(index)
    }

    fn odd(&self, column: &str) -> StoreError {
        StoreError::Inconsistent(format!("{} has no such {column}", self.table.name))
    }

    fn opt_number(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.cell(column) {
            Some(Cell::BigInt(value)) => Ok(*value),
            _ => Err(self.odd(column)),
        }
    }

    fn number(&self, column: &str) -> Result<i64, StoreError> {
        self.opt_number(column)?.ok_or_else(|| self.odd(column))
    }

    fn opt_text(&self, column: &str) -> Result<Option<&str>, StoreError> {
        match self.cell(column) {
            Some(Cell::Text(value)) => Ok(value.as_deref()),
            _ => Err(self.odd(column)),
        }
    }

    fn text(&self, column: &str) -> Result<&str, StoreError> {
        self.opt_text(column)?.ok_or_else(|| self.odd(column))
    }

    fn opt_bytes(&self, column: &str) -> Result<Option<&[u8]>, StoreError> {
        match self.cell(column) {
            Some(Cell::Blob(value)) => Ok(value.as_deref()),
            _ => Err(self.odd(column)),
        }
    }

    fn bytes(&self, column: &str) -> Result<&[u8], StoreError> {
        self.opt_bytes(column)?.ok_or_else(|| self.odd(column))
    }

    fn id(&self, column: &str) -> Result<Uuid, StoreError> {
        Uuid::from_slice(self.bytes(column)?).map_err(|_| self.odd(column))
    }
}

async fn read(
    db: &mut Reader,
    tables: &[Table],
    name: &str,
    mut each: impl FnMut(Line<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let table = tables.iter().find(|table| table.name == name);
    let table = table.ok_or_else(|| StoreError::Inconsistent(format!("there is no table {name}")))?;
    dump::read_rows(db, table, |cells| each(Line { table, cells })).await.map(drop)
}
