//! What can go wrong between the code and the database.

use sqlx::error::ErrorKind;
use sqlx::migrate::MigrateError;

/// Every way in which the store fails.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database URL names neither a SQLite file nor a PostgreSQL server.
    #[error("database URL: {0}")]
    Url(String),
    /// The database cannot be reached or has no free connection; trying again later may help.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The disk of the database is full; nothing was written.
    #[error("the disk of the database is full")]
    Full(#[source] sqlx::Error),
    /// Another transaction was in the way; the same transaction may succeed when it is run again.
    #[error("another transaction was in the way")]
    Contention(#[source] sqlx::Error),
    /// A row like this exists already.
    #[error("a row like this exists already ({constraint})")]
    Taken {
        /// What the database calls the broken constraint.
        constraint: String,
        /// The error of the driver.
        #[source]
        source: sqlx::Error,
    },
    /// The database refused a statement.
    #[error("{statement} failed")]
    Statement {
        /// Name of the statement.
        statement: &'static str,
        /// The error of the driver.
        #[source]
        source: sqlx::Error,
    },
    /// The driver failed outside a statement.
    #[error("the database driver failed")]
    Driver(#[from] sqlx::Error),
    /// A statement that must find a row found none.
    #[error("{0} found no row")]
    NoRow(&'static str),
    /// A statement touched another number of rows than it must.
    #[error("{statement} touched {found} rows instead of {expected}")]
    RowCount {
        /// Name of the statement.
        statement: &'static str,
        /// Rows it must touch.
        expected: u64,
        /// Rows it touched.
        found: u64,
    },
    /// A statement was given arguments that do not fit its `{rows …}`.
    #[error("{statement} was given arguments that do not fit")]
    Arguments {
        /// Name of the statement.
        statement: &'static str,
    },
    /// A column is missing, NULL where a value must be, or of another type.
    #[error("column {column}: {problem}")]
    Column {
        /// Name of the column.
        column: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Stored data contradict each other.
    #[error("stored data are inconsistent: {0}")]
    Inconsistent(String),
    /// A statement of this transaction failed, so it cannot be committed.
    #[error("a statement of this transaction failed, so it cannot be committed")]
    Failed,
    /// The database was written by a newer version of Baobei.
    #[error("the database is at version {0}, which this program is too old for; start the newer program again")]
    NewerDatabase(i64),
    /// The database was made by another text of a migration that was released.
    #[error("migration {0} of the database is not the one this program knows")]
    ChangedMigration(i64),
    /// The database could not be brought to this version.
    #[error("the database could not be migrated")]
    Migration(#[source] MigrateError),
}

impl StoreError {
    /// Whether the same transaction may succeed when it is run again.
    pub fn is_contention(&self) -> bool {
        matches!(self, Self::Contention(_))
    }

    /// Sorts what the driver reports while it runs `statement`.
    pub(super) fn from_statement(statement: &'static str, error: sqlx::Error) -> Self {
        match Self::sort(error) {
            Self::Driver(source) => Self::Statement { statement, source },
            sorted => sorted,
        }
    }

    /// Sorts what the driver reports outside a statement.
    pub(super) fn sort(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Io(_) => {
                Self::Unavailable(error)
            }
            sqlx::Error::Database(inner) => {
                if inner.kind() == ErrorKind::UniqueViolation {
                    let constraint = inner.constraint().unwrap_or_else(|| inner.message()).to_owned();
                    return Self::Taken { constraint, source: error };
                }
                match inner.code().as_deref().map(Cause::of_code) {
                    Some(Cause::Contention) => Self::Contention(error),
                    Some(Cause::Full) => Self::Full(error),
                    Some(Cause::Unavailable) => Self::Unavailable(error),
                    Some(Cause::Other) | None => Self::Driver(error),
                }
            }
            _ => Self::Driver(error),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::NewerDatabase(version),
            MigrateError::VersionMismatch(version) => Self::ChangedMigration(version),
            other => Self::Migration(other),
        }
    }
}

enum Cause {
    Contention,
    Full,
    Unavailable,
    Other,
}

impl Cause {
    /// SQLSTATE codes have five characters, extended SQLite codes at most four digits.
    fn of_code(code: &str) -> Self {
        match code {
            // serialization_failure, deadlock_detected, lock_not_available
            "40001" | "40P01" | "55P03" => Self::Contention,
            // disk_full
            "53100" => Self::Full,
            // too_many_connections, admin_shutdown, crash_shutdown, cannot_connect_now
            "53300" | "57P01" | "57P02" | "57P03" => Self::Unavailable,
            sqlite if sqlite.len() < 5 => match sqlite.parse::<u32>().map(|code| code & 0xff) {
                // SQLITE_BUSY, SQLITE_LOCKED
                Ok(5 | 6) => Self::Contention,
                // SQLITE_FULL
                Ok(13) => Self::Full,
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }
}
