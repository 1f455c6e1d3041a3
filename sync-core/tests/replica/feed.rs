//! The model's buckets: dense revs, cursors, pages.

use std::collections::BTreeMap;

use sync_core::checksum::Checksum;
use sync_core::exchange::{Bucket, Gone};
use uuid::Uuid;

/// One bucket: the newest rev of each record that is or was in it.
#[derive(Clone, Default)]
pub(crate) struct Feed {
    head: u64,
    rows: BTreeMap<Uuid, (u64, Option<Gone>)>,
}

/// A page of one bucket.
pub(crate) struct Page {
    pub(crate) reset: bool,
    pub(crate) rows: Vec<(Uuid, u64, Option<Gone>)>,
    /// The mark to continue from; none when the page could not begin.
    pub(crate) mark: Option<u64>,
    pub(crate) more: bool,
}

impl Feed {
    pub(crate) fn put(&mut self, id: Uuid, gone: Option<Gone>) {
        if gone.is_some() && self.rows.get(&id).is_none_or(|(_, gone)| gone.is_some()) {
            return;
        }
        self.head += 1;
        self.rows.insert(id, (self.head, gone));
    }

    pub(crate) fn live(&self) -> impl Iterator<Item = (Uuid, u64)> {
        self.rows.iter().filter(|(_, (_, gone))| gone.is_none()).map(|(id, (rev, _))| (*id, *rev))
    }

    /// Up to `room` changes after `mark`; without a mark the bucket begins anew.
    pub(crate) fn page(&self, mark: Option<u64>, room: usize) -> Page {
        let since = mark.unwrap_or(0);
        let mut rows: Vec<_> = self.rows.iter().map(|(id, (rev, gone))| (*id, *rev, *gone)).collect();
        rows.retain(|(_, rev, gone)| *rev > since && (since > 0 || gone.is_none()));
        rows.sort_by_key(|(_, rev, _)| *rev);
        if room == 0 && !rows.is_empty() {
            return Page { reset: false, rows: Vec::new(), mark, more: true };
        }
        let more = rows.len() > room;
        rows.truncate(room);
        let reached = if more { rows.last().map(|(_, rev, _)| *rev) } else { Some(self.head) };
        Page { reset: mark.is_none(), rows, mark: reached, more }
    }

    pub(crate) fn summary(&self, bucket: String, reset: bool) -> Bucket {
        let count = self.live().count() as u64;
        Bucket { bucket, rev: self.head, count, checksum: Checksum::of(self.live()), reset }
    }
}
