//! What a record remembers of the feed: where it stands in each bucket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::store::StoreError;

/// Where a record stands in each bucket that holds it or told of its leaving, so that the older entry is found without
/// a second index.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revs(BTreeMap<String, i64>);

impl Revs {
    /// The buckets that hold the record.
    pub fn buckets(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|&(_, &rev)| rev > 0).map(|(bucket, _)| bucket.as_str())
    }

    /// The rev of the record in a bucket that holds it.
    pub fn live(&self, bucket: &str) -> Option<i64> {
        self.0.get(bucket).copied().filter(|&rev| rev > 0)
    }

    /// The rev of its entry in a bucket, live or gone.
    pub(super) fn entry(&self, bucket: &str) -> Option<i64> {
        self.0.get(bucket).map(|rev| rev.abs())
    }

    /// Remembers a new entry. The rev of a tombstone is kept as a negative number.
    pub(super) fn set(&mut self, bucket: &str, rev: i64, live: bool) {
        self.0.insert(bucket.to_owned(), if live { rev } else { -rev });
    }

    pub(in crate::store) fn parse(json: &str) -> Result<Self, StoreError> {
        serde_json::from_str(json).map_err(|_| StoreError::Inconsistent(format!("revs of a record: {json}")))
    }

    pub(in crate::store) fn to_json(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|error| StoreError::Inconsistent(error.to_string()))
    }
}
