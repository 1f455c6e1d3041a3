//! The one place that takes bucket heads and assigns revs.
//!
//! It must be the last thing a transaction does: the heads are the last locks of the order, and because they are held
//! until the commit, the revs of a bucket appear in their order and a pull never skips one (P4).

use std::collections::{BTreeMap, BTreeSet};

use super::{Bucket, Gone, Revs, bucket};
use crate::store::arg::args;
use crate::store::records::{self, Record};
use crate::store::sql::statements;
use crate::store::{Key, StoreError, Tx};

statements! {
    OPEN_BUCKETS = "INSERT INTO buckets (org, bucket, head, count, checksum, purged)
        {rows bigint, text, bigint, bigint, bigint, bigint} ON CONFLICT (org, bucket) DO NOTHING";
    LOCK_BUCKETS = "WITH input (org, bucket) AS ({rows bigint, text})
        SELECT b.org, b.bucket, b.head, b.count, b.checksum, b.purged
        FROM input JOIN buckets b ON b.org = input.org AND b.bucket = input.bucket
        ORDER BY b.org, b.bucket {for update}";
    SET_BUCKETS = "WITH input (org, bucket, head, count, checksum) AS ({rows bigint, text, bigint, bigint, bigint})
        UPDATE buckets SET head = input.head, count = input.count, checksum = input.checksum
        FROM input WHERE buckets.org = input.org AND buckets.bucket = input.bucket";
    REVS = "WITH input (project, id) AS ({rows blob, blob})
        SELECT r.project, r.id, r.revs FROM input JOIN records r ON r.project = input.project AND r.id = input.id";
    SET_REVS = "WITH input (project, id, revs) AS ({rows blob, blob, text})
        UPDATE records SET revs = input.revs FROM input
        WHERE records.project = input.project AND records.id = input.id";
    REMOVE = "WITH input (org, bucket, rev) AS ({rows bigint, text, bigint})
        DELETE FROM feed WHERE (org, bucket, rev) IN (SELECT org, bucket, rev FROM input)";
    ADD = "INSERT INTO feed (org, bucket, rev, project, record, gone, wire, at)
        {rows bigint, text, bigint, blob, blob, text, text, bigint}";
}

/// What a bucket is told of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The record as [`Record::wire`](crate::store::records::Record::wire) has it.
    Live,
    /// The record as this audience sees it: a change without bucket and rev.
    LiveAs(String),
    /// It left. Passed over by a bucket that does not hold it.
    Gone(Gone),
}

/// What has to be told of one record; buckets that are not named keep what they have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The organisation.
    pub org: i64,
    /// The record; it is locked by this transaction.
    pub key: Key,
    /// Buckets and what they are told; the last word counts for one that is named twice.
    pub news: Vec<(String, News)>,
}

/// One new entry of the feed.
struct Change<'a> {
    org: i64,
    key: Key,
    bucket: &'a str,
    news: &'a News,
    rev: i64,
}

/// Tells buckets of records that are stored: takes their heads, assigns dense revs in the order of `publications`, replaces older entries,
/// keeps counts, checksums and the records' revs, and pokes the subscribers after the commit. `at` is now, Unix ms. Seven statements, however
/// many records.
///
/// # Errors
/// [`StoreError::Inconsistent`] when a record does not exist.
pub async fn publish(tx: &mut Tx, at: i64, publications: &[Publication]) -> Result<(), StoreError> {
    let mut revs = load_revs(tx, publications).await?;
    let issue = Issue::take(tx, publications, &mut revs).await?;
    store_revs(tx, &revs).await?;
    issue.write(tx, at).await
}

/// Stores records, each once, new ones and changed ones, and tells buckets of them as [`publish`] does. The records were locked when their
/// revs were read, or are new.
///
/// # Errors
/// [`StoreError::Inconsistent`] when a publication's record is not among the records.
pub async fn store(
    tx: &mut Tx,
    at: i64,
    mut rows: Vec<Record>,
    publications: &[Publication],
) -> Result<(), StoreError> {
    let key = |row: &Record| Key { project: row.project, id: row.id };
    let mut revs: BTreeMap<Key, Revs> = rows.iter_mut().map(|row| (key(row), std::mem::take(&mut row.revs))).collect();
    let issue = Issue::take(tx, publications, &mut revs).await?;
    for row in &mut rows {
        row.revs = revs.remove(&key(row)).unwrap_or_default();
    }
    records::save_with_revs(tx, &rows).await?;
    issue.write(tx, at).await
}

/// Revs that were assigned under the locks of their buckets' heads, still to be written.
struct Issue<'a> {
    changes: Vec<Change<'a>>,
    /// Entries that newer ones take the place of.
    outdated: Vec<(i64, &'a str, i64)>,
    heads: BTreeMap<(i64, String), Bucket>,
}

impl<'a> Issue<'a> {
    async fn take(
        tx: &mut Tx,
        publications: &'a [Publication],
        revs: &mut BTreeMap<Key, Revs>,
    ) -> Result<Self, StoreError> {
        let mut changes = changes(publications, revs);
        let mut heads = lock_heads(tx, &changes).await?;
        let mut outdated = Vec::new();
        for change in &mut changes {
            let head = heads.get_mut(&(change.org, change.bucket.to_owned())).ok_or_else(|| missing(change.bucket))?;
            let revs = revs.get_mut(&change.key).ok_or_else(|| missing(&change.key.id.to_string()))?;
            let live = !matches!(change.news, News::Gone(_));
            head.head += 1;
            if let Some(rev) = revs.live(change.bucket) {
                head.checksum.remove(change.key.id, rev.cast_unsigned());
                head.count -= 1;
            }
            if live {
                head.checksum.add(change.key.id, head.head.cast_unsigned());
                head.count += 1;
            }
            outdated.extend(revs.entry(change.bucket).map(|rev| (change.org, change.bucket, rev)));
            revs.set(change.bucket, head.head, live);
            change.rev = head.head;
        }
        Ok(Self { changes, outdated, heads })
    }

    async fn write(self, tx: &mut Tx, at: i64) -> Result<(), StoreError> {
        remove(tx, &self.outdated).await?;
        add(tx, at, &self.changes).await?;
        store_heads(tx, self.heads.values()).await
    }
}

/// Deletes entries of the feed: organisation, bucket and rev of each.
pub(super) async fn remove(tx: &mut Tx, entries: &[(i64, &str, i64)]) -> Result<(), StoreError> {
    let rows: Vec<_> = entries.iter().map(|&(org, bucket, rev)| args![org, bucket, rev]).collect();
    tx.execute_rows(&REMOVE, &rows).await.map(drop)
}

/// The last word for every record and bucket, without farewells to buckets that do not hold the record.
fn changes<'a>(publications: &'a [Publication], revs: &BTreeMap<Key, Revs>) -> Vec<Change<'a>> {
    let mut changes: Vec<Change<'a>> = Vec::new();
    let mut places = BTreeMap::new();
    for Publication { org, key, news } in publications {
        for (bucket, news) in news {
            let place = *places.entry((*org, *key, bucket.as_str())).or_insert(changes.len());
            let change = Change { org: *org, key: *key, bucket, news, rev: 0 };
            match changes.get_mut(place) {
                Some(earlier) => *earlier = change,
                None => changes.push(change),
            }
        }
    }
    changes.retain(|change| {
        let held = revs.get(&change.key).is_some_and(|revs| revs.live(change.bucket).is_some());
        held || !matches!(change.news, News::Gone(_))
    });
    changes
}

async fn load_revs(tx: &mut Tx, publications: &[Publication]) -> Result<BTreeMap<Key, Revs>, StoreError> {
    let keys: BTreeSet<Key> = publications.iter().map(|publication| publication.key).collect();
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    let mut revs = BTreeMap::new();
    for row in tx.fetch_rows(&REVS, &rows).await? {
        let key = Key { project: row.id("project")?, id: row.id("id")? };
        revs.insert(key, Revs::parse(&row.text("revs")?)?);
    }
    match keys.iter().find(|key| !revs.contains_key(key)) {
        Some(key) => Err(missing(&key.id.to_string())),
        None => Ok(revs),
    }
}

async fn lock_heads(tx: &mut Tx, changes: &[Change<'_>]) -> Result<BTreeMap<(i64, String), Bucket>, StoreError> {
    let names: BTreeSet<_> = changes.iter().map(|change| (change.org, change.bucket)).collect();
    let new: Vec<_> = names.iter().map(|&(org, bucket)| args![org, bucket, 0, 0, 0, 0]).collect();
    tx.execute_rows(&OPEN_BUCKETS, &new).await?;
    let rows: Vec<_> = names.iter().map(|&(org, bucket)| args![org, bucket]).collect();
    let heads = tx.fetch_rows(&LOCK_BUCKETS, &rows).await?;
    heads.iter().map(|row| bucket(row).map(|head| ((head.org, head.bucket.clone()), head))).collect()
}

async fn add(tx: &mut Tx, at: i64, changes: &[Change<'_>]) -> Result<(), StoreError> {
    let rows: Vec<_> = changes
        .iter()
        .map(|&Change { org, key, bucket, news, rev }| {
            let (gone, wire) = match news {
                News::Live => (None, None),
                News::LiveAs(wire) => (None, Some(wire.as_str())),
                News::Gone(gone) => (Some(gone.as_str()), None),
            };
            args![org, bucket, rev, key.project, key.id, gone, wire, at]
        })
        .collect();
    tx.execute_each(&ADD, &rows).await
}

async fn store_revs(tx: &mut Tx, revs: &BTreeMap<Key, Revs>) -> Result<(), StoreError> {
    let json: Vec<_> = revs.iter().map(|(key, revs)| Ok((key, revs.to_json()?))).collect::<Result<_, StoreError>>()?;
    let rows: Vec<_> = json.iter().map(|(key, revs)| args![key.project, key.id, revs]).collect();
    tx.execute_each(&SET_REVS, &rows).await
}

async fn store_heads(tx: &mut Tx, heads: impl Iterator<Item = &Bucket> + Clone) -> Result<(), StoreError> {
    let rows: Vec<_> = heads.clone().map(|b| args![b.org, &b.bucket, b.head, b.count, b.checksum.to_bits()]).collect();
    tx.execute_each(&SET_BUCKETS, &rows).await?;
    for head in heads {
        tx.on_commit_notify(&head.bucket, head.head);
    }
    Ok(())
}

fn missing(what: &str) -> StoreError {
    StoreError::Inconsistent(format!("{what} is published but not stored"))
}
