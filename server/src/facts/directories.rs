//! Directories in memory: read once, and again when their version says that something changed.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::directory::Directory;
use crate::store::{Reader, StoreError, orgs};

/// The newest directory of each org that was asked for; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Directories(Arc<RwLock<BTreeMap<i64, Arc<Directory>>>>);

impl Directories {
    /// The directory of an org as this transaction sees it. One statement when nothing has changed.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn current(&self, db: &mut Reader, org: i64) -> Result<Arc<Directory>, StoreError> {
        let version = orgs::directory_version(db, org).await?;
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&org).cloned();
        if let Some(known) = known.filter(|known| known.version == version) {
            return Ok(known);
        }
        let read = Arc::new(Directory::load(db, org).await?);
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(org, Arc::clone(&read));
        Ok(read)
    }
}
