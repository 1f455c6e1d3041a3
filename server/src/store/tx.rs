//! Transactions: a [`Reader`] fetches, a [`Tx`] also writes.

use std::ops::{Deref, DerefMut};

use sqlx::{Executor as _, Postgres, SqlSafeStr as _, Sqlite, SqliteConnection, Transaction};

use super::arg::{self, Arg};
use super::error::StoreError;
use super::pokes::{Poke, Pokes};
use super::row::Row;
use super::sql::{CHUNKS, Engine, Sql};

#[derive(Debug)]
pub(super) enum Conn {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A read transaction. Functions that only load take `&mut Reader`; a `&mut Tx` is one, too.
#[derive(Debug)]
pub struct Reader {
    conn: Conn,
    /// The first failure; PostgreSQL would turn a later COMMIT into a silent ROLLBACK.
    failed: Option<Failure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Contention,
    Other,
}

impl Reader {
    pub(super) fn new(conn: Conn) -> Self {
        Self { conn, failed: None }
    }

    /// The connection, for statements whose text depends on the schema.
    pub(super) fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// The engine under this transaction.
    pub fn engine(&self) -> Engine {
        match self.conn {
            Conn::Sqlite(_) => Engine::Sqlite,
            Conn::Postgres(_) => Engine::Postgres,
        }
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// [`StoreError::Statement`] and its sorted kin.
    pub async fn fetch_all(&mut self, sql: &'static Sql, args: &[Arg<'_>]) -> Result<Vec<Row>, StoreError> {
        let rows = match &mut self.conn {
            Conn::Sqlite(tx) => {
                let query = arg::bind_sqlite(sqlx::query(sql.sqlite()), args);
                query.fetch_all(&mut **tx).await.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Conn::Postgres(tx) => {
                let query = arg::bind_postgres(sqlx::query(sql.postgres()), args);
                query.fetch_all(&mut **tx).await.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        self.note(sql.name(), rows)
    }

    /// The row of a query that finds one at most.
    ///
    /// # Errors
    /// [`StoreError::RowCount`] when there are more.
    pub async fn fetch_optional(&mut self, sql: &'static Sql, args: &[Arg<'_>]) -> Result<Option<Row>, StoreError> {
        let mut rows = self.fetch_all(sql, args).await?;
        let row = rows.pop();
        if rows.is_empty() {
            Ok(row)
        } else {
            Err(StoreError::RowCount { statement: sql.name(), expected: 1, found: rows.len() as u64 + 1 })
        }
    }

    /// The row of a query that always finds exactly one.
    ///
    /// # Errors
    /// [`StoreError::NoRow`], [`StoreError::RowCount`].
    pub async fn fetch_one(&mut self, sql: &'static Sql, args: &[Arg<'_>]) -> Result<Row, StoreError> {
        self.fetch_optional(sql, args).await?.ok_or(StoreError::NoRow(sql.name()))
    }

    /// All rows of a query over `{rows …}`. Results follow the statement's order within a chunk only (SQLite).
    ///
    /// # Errors
    /// [`StoreError::Arguments`] when `rows` do not fit the statement.
    pub async fn fetch_rows<const N: usize>(
        &mut self,
        sql: &'static Sql,
        rows: &[[Arg<'_>; N]],
    ) -> Result<Vec<Row>, StoreError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        check_width::<N>(sql)?;
        let found = match &mut self.conn {
            Conn::Sqlite(tx) => fetch_chunks(tx, sql, rows).await,
            Conn::Postgres(tx) => {
                let query = arg::bind_unnest(sqlx::query(sql.postgres()), sql, rows)?;
                query.fetch_all(&mut **tx).await.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        self.note(sql.name(), found)
    }

    pub(super) async fn prepare(&mut self, sql: &'static Sql) -> Result<(), StoreError> {
        for text in sql.rendered(self.engine()) {
            let result = match &mut self.conn {
                Conn::Sqlite(tx) => (&mut **tx).prepare(text.into_sql_str()).await.map(drop),
                Conn::Postgres(tx) => (&mut **tx).prepare(text.into_sql_str()).await.map(drop),
            };
            self.note(sql.name(), result)?;
        }
        Ok(())
    }

    /// Passes on what came of a statement; after a failure the transaction cannot commit.
    pub(super) fn note<T>(&mut self, statement: &'static str, result: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        result.map_err(|error| {
            let error = StoreError::from_statement(statement, error);
            self.failed.get_or_insert(if error.is_contention() { Failure::Contention } else { Failure::Other });
            error
        })
    }
}

/// A write transaction. Dropped without a commit, it leaves no trace.
#[derive(Debug)]
pub struct Tx {
    reader: Reader,
    hooks: Vec<Poke>,
    pokes: Pokes,
}

impl Deref for Tx {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Reader {
        &mut self.reader
    }
}

impl Tx {
    pub(super) fn new(conn: Conn, pokes: Pokes) -> Self {
        Self { reader: Reader::new(conn), hooks: Vec::new(), pokes }
    }

    /// Runs a statement; returns how many rows it touched.
    ///
    /// # Errors
    /// [`StoreError::Taken`], [`StoreError::Statement`] and their kin; after any of them the transaction cannot commit.
    pub async fn execute(&mut self, sql: &'static Sql, args: &[Arg<'_>]) -> Result<u64, StoreError> {
        let touched = match &mut self.reader.conn {
            Conn::Sqlite(tx) => {
                let query = arg::bind_sqlite(sqlx::query(sql.sqlite()), args);
                query.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
            Conn::Postgres(tx) => {
                let query = arg::bind_postgres(sqlx::query(sql.postgres()), args);
                query.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        };
        self.reader.note(sql.name(), touched)
    }

    /// Runs a statement that must touch exactly one row.
    ///
    /// # Errors
    /// [`StoreError::RowCount`] and those of [`Tx::execute`].
    pub async fn execute_one(&mut self, sql: &'static Sql, args: &[Arg<'_>]) -> Result<(), StoreError> {
        match self.execute(sql, args).await? {
            1 => Ok(()),
            found => Err(StoreError::RowCount { statement: sql.name(), expected: 1, found }),
        }
    }

    /// Runs a statement over `{rows …}`; returns how many rows it touched. Nothing happens without rows.
    ///
    /// # Errors
    /// [`StoreError::Arguments`] when `rows` do not fit the statement, and those of [`Tx::execute`].
    pub async fn execute_rows<const N: usize>(
        &mut self,
        sql: &'static Sql,
        rows: &[[Arg<'_>; N]],
    ) -> Result<u64, StoreError> {
        if rows.is_empty() {
            return Ok(0);
        }
        check_width::<N>(sql)?;
        let touched = match &mut self.reader.conn {
            Conn::Sqlite(tx) => execute_chunks(tx, sql, rows).await,
            Conn::Postgres(tx) => {
                let query = arg::bind_unnest(sqlx::query(sql.postgres()), sql, rows)?;
                query.execute(&mut **tx).await.map(|done| done.rows_affected())
            }
        };
        self.reader.note(sql.name(), touched)
    }

    /// Runs a statement that must touch one row for each of `rows`.
    ///
    /// # Errors
    /// [`StoreError::RowCount`] and those of [`Tx::execute_rows`].
    pub async fn execute_each<const N: usize>(
        &mut self,
        sql: &'static Sql,
        rows: &[[Arg<'_>; N]],
    ) -> Result<(), StoreError> {
        let (expected, found) = (rows.len() as u64, self.execute_rows(sql, rows).await?);
        if found == expected { Ok(()) } else { Err(StoreError::RowCount { statement: sql.name(), expected, found }) }
    }

    /// Whether nobody else writes until this transaction ends: then what was read before a lock holds after it.
    pub fn is_only_writer(&self) -> bool {
        self.engine() == Engine::Sqlite
    }

    /// Tells subscribers, once this transaction has committed, that `bucket` has reached `rev`.
    pub fn on_commit_notify(&mut self, bucket: &str, rev: i64) {
        self.hooks.push(Poke { bucket: bucket.to_owned(), rev });
    }

    /// Commits, then pokes the subscribers.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when a statement of this transaction failed, whatever was made of its error;
    /// [`StoreError::Contention`], [`StoreError::Full`] and [`StoreError::Driver`].
    pub async fn commit(self) -> Result<(), StoreError> {
        if self.reader.failed.is_some() {
            return Err(StoreError::Failed);
        }
        match self.reader.conn {
            Conn::Sqlite(tx) => tx.commit().await,
            Conn::Postgres(tx) => tx.commit().await,
        }
        .map_err(StoreError::sort)?;
        self.pokes.send(self.hooks).await;
        Ok(())
    }

    /// Whether a statement failed because another transaction was in the way.
    pub(super) fn is_contended(&self) -> bool {
        self.reader.failed == Some(Failure::Contention)
    }

    pub(super) async fn rollback(self) {
        // the connection rolls back on its own when this fails
        let _ = match self.reader.conn {
            Conn::Sqlite(tx) => tx.rollback().await,
            Conn::Postgres(tx) => tx.rollback().await,
        };
    }
}

fn check_width<const N: usize>(sql: &'static Sql) -> Result<(), StoreError> {
    if sql.columns().len() == N { Ok(()) } else { Err(StoreError::Arguments { statement: sql.name() }) }
}

/// Cuts `rows` into pieces of the sizes in [`CHUNKS`], each with its index there.
fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = (usize, &[T])> {
    std::iter::from_fn(move || {
        let chunk = CHUNKS.iter().position(|&size| size <= rows.len())?;
        let (part, rest) = rows.split_at(CHUNKS[chunk]);
        rows = rest;
        Some((chunk, part))
    })
}

async fn fetch_chunks<const N: usize>(
    conn: &mut SqliteConnection,
    sql: &'static Sql,
    rows: &[[Arg<'_>; N]],
) -> Result<Vec<Row>, sqlx::Error> {
    let mut found = Vec::new();
    for (chunk, part) in chunks(rows) {
        let query = arg::bind_sqlite(sqlx::query(sql.sqlite_rows(chunk)), part.as_flattened());
        found.extend(query.fetch_all(&mut *conn).await?.into_iter().map(Row::Sqlite));
    }
    Ok(found)
}

async fn execute_chunks<const N: usize>(
    conn: &mut SqliteConnection,
    sql: &'static Sql,
    rows: &[[Arg<'_>; N]],
) -> Result<u64, sqlx::Error> {
    let mut touched = 0;
    for (chunk, part) in chunks(rows) {
        let query = arg::bind_sqlite(sqlx::query(sql.sqlite_rows(chunk)), part.as_flattened());
        touched += query.execute(&mut *conn).await?.rows_affected();
    }
    Ok(touched)
}
