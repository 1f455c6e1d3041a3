//! `baobei backup`: everything the database holds at one instant, while servers run.

use std::io::{self, Write};

use serde::Serialize;
use sync_core::time::rfc3339;

use crate::archive::{ArchiveWriter, Header};
use crate::clock::Clock;
use crate::store::{Db, StoreError, dump, meta};

/// What a backup has in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackedUp {
    /// How many tables.
    pub tables: usize,
    /// How many rows.
    pub rows: u64,
    /// Everything acknowledged before is in it (Unix ms; RFC 3339 in JSON).
    #[serde(serialize_with = "rfc3339::serialize")]
    pub taken_at: i64,
    /// The history it belongs to.
    pub epoch: String,
}

/// Why no backup was taken.
#[derive(Debug, thiserror::Error)]
pub enum BackUpError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be written.
    #[error("the backup cannot be written: {0}")]
    Io(#[from] io::Error),
    /// No server has ever been started on the database.
    #[error("the database is empty: there is nothing to back up")]
    Empty,
}

/// Writes a backup to `out`, which is returned. It shows one instant, and holds up nobody: servers read and write meanwhile.
///
/// # Errors
/// [`BackUpError`]; what was written until then is no backup, and says so when it is read.
pub async fn back_up<W: Write>(
    db: &Db,
    clock: &Clock,
    out: W,
    mut progress: impl FnMut(u64),
) -> Result<(W, BackedUp), BackUpError> {
    // before the snapshot: what is acknowledged later may be missing
    let taken_at = clock.now();
    let mut reader = db.read().await?;
    let epoch = meta::get(&mut reader, meta::key::EPOCH).await?.ok_or(BackUpError::Empty)?;
    let keys = meta::get(&mut reader, meta::key::KEYS).await?.ok_or(BackUpError::Empty)?;
    let header = Header::new(Db::newest_schema(), reader.engine(), taken_at, epoch.clone(), keys);
    let mut writer = ArchiveWriter::begin(out, &header)?;
    let tables = dump::tables(&mut reader).await?;
    for table in &tables {
        writer.table(table)?;
        dump::read_rows(&mut reader, table, |row| {
            writer.row(row)?;
            progress(writer.rows());
            Ok::<_, BackUpError>(())
        })
        .await?;
    }
    let (out, rows) = writer.finish()?;
    Ok((out, BackedUp { tables: tables.len(), rows, taken_at, epoch }))
}
