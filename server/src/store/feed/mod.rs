//! The feed: per bucket, the newest revision of every record in it, and what left it.

mod publish;
mod revs;

use std::collections::BTreeMap;

use sync_core::checksum::Checksum;

use super::arg::args;
use super::sql::{Sql, statements};
use super::{Key, Reader, Row, StoreError, Tx};

pub use publish::{News, Publication, publish, store};
pub use revs::Revs;

statements! {
    BUCKETS = "SELECT org, bucket, head, count, checksum, purged FROM buckets
        WHERE org = $1 AND bucket IN {texts $2} ORDER BY bucket";
    PAGE = "SELECT f.rev, f.project, f.record, f.gone, COALESCE(f.wire, r.wire) AS wire
        FROM feed f LEFT JOIN records r ON f.gone IS NULL AND r.project = f.project AND r.id = f.record
        WHERE f.org = $1 AND f.bucket = $2 AND f.rev > $3 ORDER BY f.rev LIMIT $4";
    EXPIRED = "SELECT bucket, rev FROM feed WHERE org = $1 AND gone IS NOT NULL AND at < $2 ORDER BY at LIMIT $3";
    MARK_PURGED = "WITH input (org, bucket, rev) AS ({rows bigint, text, bigint})
        UPDATE buckets SET purged = input.rev FROM input
        WHERE buckets.org = input.org AND buckets.bucket = input.bucket AND buckets.purged < input.rev";
}

/// The statements of both files.
pub(super) fn all() -> impl Iterator<Item = &'static Sql> {
    ALL.iter().chain(publish::ALL).copied()
}

/// Why a record left a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// Its owner deleted it.
    Deleted,
    /// It went to another team or project.
    Moved,
    /// The reader's right to it ended.
    Revoked,
    /// Its time is over.
    Expired,
}

impl Gone {
    /// As it stands in the feed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Moved => "moved",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    fn parse(text: &str) -> Result<Self, StoreError> {
        [Self::Deleted, Self::Moved, Self::Revoked, Self::Expired]
            .into_iter()
            .find(|gone| gone.as_str() == text)
            .ok_or_else(|| StoreError::Inconsistent(format!("gone: {text}")))
    }
}

/// State of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The organisation.
    pub org: i64,
    /// Its name, such as `user:<id>`.
    pub bucket: String,
    /// Newest rev; 0 before the first.
    pub head: i64,
    /// Number of live members.
    pub count: i64,
    /// Checksum over the live members (P12).
    pub checksum: Checksum,
    /// Tombstones up to this rev may be missing: a copy begun before it must start again.
    pub purged: i64,
}

/// One entry of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its rev.
    pub rev: i64,
    /// The record.
    pub key: Key,
    /// What is told of it.
    pub told: Told,
}

/// What an entry tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The record, as a change without bucket and rev.
    Live(String),
    /// The record left.
    Gone(Gone),
}

/// The buckets among `names` that were ever written to.
///
/// # Errors
/// [`StoreError`]
pub async fn buckets(db: &mut Reader, org: i64, names: &[String]) -> Result<Vec<Bucket>, StoreError> {
    db.fetch_all(&BUCKETS, &args![org, names]).await?.iter().map(bucket).collect()
}

/// The first `limit` entries after a rev, in order.
///
/// # Errors
/// [`StoreError`]
pub async fn page(
    db: &mut Reader,
    org: i64,
    bucket: &str,
    after_rev: i64,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    db.fetch_all(&PAGE, &args![org, bucket, after_rev, limit]).await?.iter().map(entry).collect()
}

/// Removes up to `limit` tombstones older than `before` (Unix ms) and marks their buckets; returns how many there were.
///
/// # Errors
/// [`StoreError`]
pub async fn purge(tx: &mut Tx, org: i64, before: i64, limit: i64) -> Result<usize, StoreError> {
    let mut marks = BTreeMap::new();
    let mut entries = Vec::new();
    for row in tx.fetch_all(&EXPIRED, &args![org, before, limit]).await? {
        entries.push((row.text("bucket")?, row.i64("rev")?));
    }
    for (bucket, rev) in &entries {
        let mark = marks.entry(bucket.as_str()).or_insert(*rev);
        *mark = (*rev).max(*mark);
    }
    let outdated: Vec<_> = entries.iter().map(|(bucket, rev)| (org, bucket.as_str(), *rev)).collect();
    publish::remove(tx, &outdated).await?;
    let rows: Vec<_> = marks.iter().map(|(bucket, rev)| args![org, *bucket, *rev]).collect();
    tx.execute_rows(&MARK_PURGED, &rows).await?;
    Ok(entries.len())
}

fn bucket(row: &Row) -> Result<Bucket, StoreError> {
    Ok(Bucket {
        org: row.i64("org")?,
        bucket: row.text("bucket")?,
        head: row.i64("head")?,
        count: row.i64("count")?,
        checksum: Checksum::from_bits(row.i64("checksum")?),
        purged: row.i64("purged")?,
    })
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    let told = match row.opt_text("gone")? {
        Some(gone) => Told::Gone(Gone::parse(&gone)?),
        None => Told::Live(row.text("wire")?),
    };
    Ok(Entry { rev: row.i64("rev")?, key: Key { project: row.id("project")?, id: row.id("record")? }, told })
}
