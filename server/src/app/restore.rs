//! `baobei restore`: a backup becomes a database again, with a new history.
//!
//! What a phone was told by a server that is gone may not be in the backup. The new epoch tells every phone to reset its copy and to send
//! again what the backup lacks; claims come back with the moments they had (P13). What was decided at desks and in offices after the
//! backup does not come back from phones: that is the [`Gap`].

use std::io::Read;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sync_core::time::rfc3339;

use crate::archive::{ArchiveError, ArchiveReader, Line};
use crate::random::Random;
use crate::store::audit::{self, AuditEntry};
use crate::store::dump::{self, Cell, Table};
use crate::store::{Db, Reader, StoreError, Tx, meta, orgs, run_tx};

/// Rows that are written at once.
const ROWS: usize = 1_000;

/// A time of which the database does not know everything: after the backup, before the restored server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Everything acknowledged before is there (Unix ms; RFC 3339 in JSON).
    #[serde(with = "rfc3339")]
    pub from: i64,
    /// Everything acknowledged from then on is there.
    #[serde(with = "rfc3339")]
    pub until: i64,
}

/// What a restore came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// How many rows came from the backup; none when the database was put back by other means.
    pub rows: u64,
    /// The history that ended.
    pub old_epoch: String,
    /// The one that begins.
    pub epoch: String,
    /// What is not in between.
    pub gap: Gap,
}

/// Why nothing was restored. The database is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is no whole backup.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// There is something in the database already.
    #[error("the database is not empty")]
    NotEmpty,
    /// No server has ever been started on the database.
    #[error("the database is empty")]
    Empty,
    /// A newer program wrote the backup.
    #[error("the backup is of a database of version {0}, which this program is too old for")]
    Newer(i64),
    /// The rows fit no table.
    #[error("the backup has rows for {0}, which a database of its version has not like this")]
    OtherTable(String),
}

/// Reads a backup to its end and keeps nothing: how many rows there are.
///
/// # Errors
/// [`ArchiveError`] when it is not whole.
pub fn check(archive: &mut ArchiveReader<impl Read>) -> Result<u64, ArchiveError> {
    while archive.next()? != Line::End {}
    Ok(archive.rows())
}

/// Fills an empty database from a backup, which may be of the other engine or of an older version, and begins a new history.
///
/// # Errors
/// [`RestoreError`]
pub async fn restore(
    db: &Db,
    archive: &mut ArchiveReader<impl Read>,
    random: &Random,
    mut progress: impl FnMut(u64),
) -> Result<Restored, RestoreError> {
    let header = archive.header().clone();
    if header.schema > Db::newest_schema() {
        return Err(RestoreError::Newer(header.schema));
    }
    refuse_content(&mut db.read().await?).await?;
    db.migrate_to(header.schema).await?;
    let mut tx = db.begin().await?;
    // another restore may have been quicker
    refuse_content(&mut tx).await?;
    let known = dump::tables(&mut tx).await?;
    let mut filling = Filling { table: None, rows: Vec::new() };
    loop {
        match archive.next()? {
            Line::Table(table) => {
                filling.write(&mut tx).await?;
                filling.table = Some(
                    known.iter().find(|known| **known == table).cloned().ok_or(RestoreError::OtherTable(table.name))?,
                );
            }
            Line::Row(row) => {
                filling.rows.push(row);
                if filling.rows.len() == ROWS {
                    filling.write(&mut tx).await?;
                    progress(archive.rows());
                }
            }
            Line::End => break,
        }
    }
    filling.write(&mut tx).await?;
    let restored = begin_history(&mut tx, random, header.taken_at, archive.rows()).await?;
    tx.commit().await?;
    db.migrate().await?;
    Ok(restored)
}

/// Begins a new history on a database that was put back by other means: a copy of its disk, an archive of PostgreSQL's log. No server may
/// run on it meanwhile.
///
/// # Errors
/// [`RestoreError`]
pub async fn adopt(db: &Db, random: &Random) -> Result<Restored, RestoreError> {
    run_tx(db, "adopt", async |mut tx| {
        // what a server wrote down last: until then everything is there
        let last = meta::get_i64(&mut tx, meta::key::LAST_TIME).await?.unwrap_or(0);
        begin_history(&mut tx, random, last, 0).await
    })
    .await
}

/// Rows of one table on their way into the database.
struct Filling {
    table: Option<Table>,
    rows: Vec<Vec<Cell>>,
}

impl Filling {
    async fn write(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        if let Some(table) = &self.table {
            dump::write_rows(tx, table, &self.rows).await?;
        }
        self.rows.clear();
        Ok(())
    }
}

async fn refuse_content(db: &mut Reader) -> Result<(), RestoreError> {
    for table in dump::tables(db).await? {
        if dump::has_rows(db, &table).await? {
            return Err(RestoreError::NotEmpty);
        }
    }
    Ok(())
}

async fn begin_history(tx: &mut Tx, random: &Random, from: i64, rows: u64) -> Result<Restored, RestoreError> {
    let old_epoch = meta::get(tx, meta::key::EPOCH).await?.ok_or(RestoreError::Empty)?;
    let now = match meta::get_i64(tx, meta::key::DEV_CLOCK).await? {
        Some(frozen) => frozen,
        None => meta::clock(tx).await?,
    };
    let gap = Gap { from, until: now.max(from) };
    let epoch = random.opaque_id().to_string();
    meta::set(tx, meta::key::EPOCH, &epoch).await?;
    meta::raise(tx, meta::key::LAST_TIME, gap.from).await?;
    add_gap(tx, gap).await?;
    let restored = Restored { rows, old_epoch, epoch, gap };
    let detail = json!(restored).to_string();
    let entries = orgs::all(tx).await?.into_iter().map(|org| AuditEntry {
        org: org.org,
        id: random.id(gap.until),
        at: gap.until,
        actor: None,
        act: "restore".to_owned(),
        subject: None,
        project: None,
        detail: detail.clone(),
    });
    audit::add(tx, &entries.collect::<Vec<_>>()).await?;
    Ok(restored)
}

async fn add_gap(tx: &mut Tx, gap: Gap) -> Result<(), StoreError> {
    let mut gaps = gaps(tx).await?;
    gaps.push(gap);
    meta::set(tx, meta::key::GAPS, &json!(gaps).to_string()).await
}

/// The gaps of the database's history, in their order.
///
/// # Errors
/// [`StoreError`]
pub async fn gaps(db: &mut Reader) -> Result<Vec<Gap>, StoreError> {
    let Some(text) = meta::get(db, meta::key::GAPS).await? else { return Ok(Vec::new()) };
    serde_json::from_str(&text).map_err(|error| StoreError::Inconsistent(format!("meta {}: {error}", meta::key::GAPS)))
}
