//! Rows as both engines return them, read with types that are checked.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};
use uuid::Uuid;

use super::error::StoreError;

/// A row of a result. Getters name the column; a column that is missing, NULL or of another type is a [`StoreError::Column`].
#[derive(Debug)]
pub enum Row {
    /// A row of SQLite.
    Sqlite(SqliteRow),
    /// A row of PostgreSQL.
    Postgres(PgRow),
}

impl Row {
    /// A BIGINT that is never NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`]
    pub fn i64(&self, column: &'static str) -> Result<i64, StoreError> {
        some(column, self.get(column))
    }

    /// A BIGINT or NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`]
    pub fn opt_i64(&self, column: &'static str) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }

    /// A TEXT that is never NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`]
    pub fn text(&self, column: &'static str) -> Result<String, StoreError> {
        some(column, self.get(column))
    }

    /// A TEXT or NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`]
    pub fn opt_text(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        self.get(column)
    }

    /// A BOOLEAN that is never NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`]
    pub fn bool(&self, column: &'static str) -> Result<bool, StoreError> {
        some(column, self.get(column))
    }

    /// A BLOB that is never NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`]
    pub fn blob(&self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        some(column, self.get(column))
    }

    /// A BLOB or NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`]
    pub fn opt_blob(&self, column: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(column)
    }

    /// A digest of 32 bytes that is never NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`]
    pub fn digest(&self, column: &'static str) -> Result<[u8; 32], StoreError> {
        self.blob(column)?.try_into().map_err(|_| problem(column, "is not a digest of 32 bytes"))
    }

    /// An id that is never NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`]
    pub fn id(&self, column: &'static str) -> Result<Uuid, StoreError> {
        some(column, self.opt_id(column))
    }

    /// An id or NULL.
    ///
    /// # Errors
    /// [`StoreError::Column`]
    pub fn opt_id(&self, column: &'static str) -> Result<Option<Uuid>, StoreError> {
        self.opt_blob(column)?
            .map(|bytes| Uuid::from_slice(&bytes).map_err(|_| problem(column, "is not an id of 16 bytes")))
            .transpose()
    }

    // Always through `Option`: SQLite decodes a NULL as 0 or an empty text otherwise.
    fn get<T>(&self, column: &'static str) -> Result<Option<T>, StoreError>
    where
        T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(|error| problem(column, &error.to_string()))
    }
}

fn some<T>(column: &'static str, value: Result<Option<T>, StoreError>) -> Result<T, StoreError> {
    value?.ok_or_else(|| problem(column, "is NULL"))
}

fn problem(column: &'static str, problem: &str) -> StoreError {
    StoreError::Column { column, problem: problem.to_owned() }
}
