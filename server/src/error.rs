//! What ends a request early: [`AppError`], which the edge answers with a [`Problem`].

use api_spec::problem::{Code, Problem};

use crate::attachments::BlobError;
use crate::facts::segment::SegmentError;
use crate::seal::password::PasswordError;
use crate::seal::sealing::SealError;
use crate::store::StoreError;
use crate::tasks::WorkLost;

/// After how many seconds a request that met too many others may come back.
const RETRY_S: u64 = 1;

/// Why a use case came to no answer.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The caller can do something about it.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A value could not be sealed or opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The op log could not be written or read.
    #[error(transparent)]
    OpLog(#[from] SegmentError),
    /// The bytes of an attachment could not be kept or read.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// Work on another thread was lost.
    #[error(transparent)]
    Lost(#[from] WorkLost),
    /// A password could not be hashed or checked.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Something happened that cannot; the text is for the log and names no person.
    #[error("{0}")]
    Broken(String),
}

impl AppError {
    /// What the caller is told; the causes of a failure of the server are for the log alone.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => problem.clone(),
            Self::Store(StoreError::Contention(_)) | Self::Password(PasswordError::Busy) => {
                Problem::overloaded(RETRY_S)
            }
            Self::Store(StoreError::Unavailable(_) | StoreError::Full(_)) | Self::Blobs(_) => Code::Unavailable.into(),
            Self::Store(_) | Self::Seal(_) | Self::OpLog(_) | Self::Lost(_) | Self::Password(_) | Self::Broken(_) => {
                Code::Internal.into()
            }
        }
    }

    /// The chain of causes in one line, for the log; `None` when the caller is told all there is.
    pub fn cause(&self) -> Option<String> {
        if matches!(self, Self::Problem(_)) {
            return None;
        }
        let causes = std::iter::successors(Some(self as &dyn std::error::Error), |&error| error.source());
        Some(causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
    }
}

impl From<Code> for AppError {
    fn from(code: Code) -> Self {
        Self::Problem(code.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_the_server_tells_the_caller_nothing_and_the_log_everything() {
        let error = AppError::from(StoreError::Inconsistent("two heads".to_owned()));
        assert_eq!(error.problem(), Problem::new(Code::Internal));
        assert_eq!(error.cause().as_deref(), Some("stored data are inconsistent: two heads"));
        assert_eq!(AppError::from(Code::NotFound).cause(), None);
    }

    #[test]
    fn contention_asks_the_caller_to_come_back() {
        let error = AppError::from(StoreError::Contention(sqlx::Error::PoolClosed));
        assert_eq!(error.problem().members["retry_after_s"], RETRY_S);
    }
}
