//! One writer per log: two processes on one saved state would fork it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Replica;

/// Who may write the saved state: the last process that opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Lease {
    /// Counts how often the state was opened for writing.
    pub generation: u64,
    /// The process that did it last: a random id it made for itself.
    pub writer: Uuid,
}

/// Why state is not saved or opened.
#[derive(Debug, thiserror::Error)]
pub enum SaveFault {
    /// Another process opened the saved state since; what was not saved here was never recorded.
    #[error("another process has opened this replica since (generation {} instead of {})", .stored.generation, .own.generation)]
    LeaseLost {
        /// The lease in the saved state.
        stored: Lease,
        /// The lease this process holds.
        own: Lease,
    },
    /// The saved state cannot be read or written.
    #[error("the saved replica cannot be read or written")]
    Format(#[from] serde_json::Error),
}

#[derive(Deserialize)]
struct Leased {
    lease: Lease,
}

impl Replica {
    /// Opens saved state for writing. Save it at once, so that an earlier writer notices.
    ///
    /// # Errors
    /// When the text is no saved replica.
    pub fn open(saved: &str, writer: Uuid) -> Result<Self, SaveFault> {
        let mut replica: Self = serde_json::from_str(saved)?;
        replica.take_over(writer);
        Ok(replica)
    }

    /// Takes the lease for this process.
    pub fn take_over(&mut self, writer: Uuid) {
        self.lease = Lease { generation: self.lease.generation.saturating_add(1), writer };
    }

    /// The lease this replica is held under.
    pub fn lease(&self) -> Lease {
        self.lease
    }

    /// The text to save, if it may replace what is `stored` now. Reading, this call and writing must not be interleaved with another
    /// process's (a file lock, a transaction).
    ///
    /// # Errors
    /// When another process took the lease since: drop this replica and open the saved one.
    pub fn save_over(&self, stored: Option<&str>) -> Result<String, SaveFault> {
        if let Some(stored) = stored {
            let Leased { lease: stored } = serde_json::from_str(stored)?;
            if stored != self.lease && stored.generation >= self.lease.generation {
                return Err(SaveFault::LeaseLost { stored, own: self.lease });
            }
        }
        Ok(serde_json::to_string(self)?)
    }
}
