//! The seam: one database, two engines.
//!
//! Writes happen in a [`Tx`], usually through [`run_tx`](super::run_tx); reads that need a snapshot in a [`Reader`].
//! On SQLite there is one writer connection, and a write transaction begins with its lock; readers see the last commit
//! (WAL). On PostgreSQL writers run at READ COMMITTED with explicit row locks, taken in one order everywhere: devices,
//! customers, records, rotation, bucket heads; facts are read after the locks.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgPool, SqlitePool};

use super::error::StoreError;
use super::migrate;
use super::pokes::{Poke, Pokes, Relay};
use super::sql::{Engine, Sql};
use super::tx::{Conn, Reader, Tx};

/// More than all statements there are, chunk sizes included.
const CACHED_STATEMENTS: usize = 1_000;
/// Rows between the thread of a SQLite connection and their reader: with few, the two wait for each other.
const ROWS_ON_THE_WAY: usize = 1_024;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// For how long after its last use a connection counts as alive.
const FRESH: Duration = Duration::from_secs(5);
/// How often the opening of a database is tried that another process is just making.
const OPEN_ATTEMPTS: u32 = 100;
/// How long to wait in between.
const OPEN_PAUSE: Duration = Duration::from_millis(50);
/// How long a transaction waits for a connection of the pool.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// How to open a database.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// Connections of the PostgreSQL pool, or reading connections on SQLite; at least 1.
    pub connections: u32,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self { connections: 8 }
    }
}

/// An open database; clones share it.
#[derive(Debug, Clone)]
pub struct Db {
    pools: Pools,
    pokes: Pokes,
    writers: Arc<AtomicU64>,
}

#[derive(Debug, Clone)]
enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

impl Db {
    /// Opens `sqlite:PATH` (created when missing) or `postgres://…`. The schema is left alone, see [`Db::migrate`].
    ///
    /// # Errors
    /// [`StoreError::Url`]; [`StoreError::Unavailable`] or [`StoreError::Driver`] when no connection can be made.
    pub async fn open(url: &str, options: &DbOptions) -> Result<Self, StoreError> {
        let connections = options.connections.max(1);
        let pools = if let Some(path) = url.strip_prefix("sqlite:") {
            open_sqlite(path.strip_prefix("//").unwrap_or(path), connections).await?
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            open_postgres(url, connections).await?
        } else {
            return Err(StoreError::Url("it must begin with sqlite: or postgres://".to_owned()));
        };
        let pokes = match &pools {
            Pools::Sqlite { .. } => Pokes::within_process(),
            Pools::Postgres(pool) => Pokes::across_processes(pool.clone()).await?,
        };
        Ok(Self { pools, pokes, writers: Arc::default() })
    }

    /// The engine under this database.
    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    /// Brings the schema to this version. Safe to call at every start and from several processes at once.
    ///
    /// # Errors
    /// [`StoreError::NewerDatabase`], [`StoreError::ChangedMigration`] and [`StoreError::Migration`].
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.migrate_to(migrate::NEWEST).await
    }

    /// Brings the schema to an older version, such as a backup's.
    ///
    /// # Errors
    /// As [`Db::migrate`]; the database may not be at a newer version.
    pub async fn migrate_to(&self, version: i64) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => migrate::sqlite(writer, version).await,
            Pools::Postgres(pool) => migrate::postgres(pool, version).await,
        }
    }

    /// The version [`Db::migrate`] brings the schema to.
    pub const fn newest_schema() -> i64 {
        migrate::NEWEST
    }

    /// Begins a write transaction; prefer [`run_tx`](super::run_tx), which retries it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Contention`], [`StoreError::Driver`].
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        self.writers.fetch_add(1, Ordering::Relaxed);
        let conn = match &self.pools {
            // the write lock is taken at once: a transaction that read first could not upgrade later
            Pools::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Conn::Sqlite),
            Pools::Postgres(pool) => {
                pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").await.map(Conn::Postgres)
            }
        };
        Ok(Tx::new(conn.map_err(StoreError::sort)?, self.pokes.clone()))
    }

    /// How many write transactions this process has asked for so far, those that wait for their turn among them.
    pub fn writers_so_far(&self) -> u64 {
        self.writers.load(Ordering::Relaxed)
    }

    /// Begins a read transaction: all its statements see the snapshot of the first one.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Driver`].
    pub async fn read(&self) -> Result<Reader, StoreError> {
        let conn = match &self.pools {
            Pools::Sqlite { readers, .. } => readers.begin().await.map(Conn::Sqlite),
            Pools::Postgres(pool) => {
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.map(Conn::Postgres)
            }
        };
        Ok(Reader::new(conn.map_err(StoreError::sort)?))
    }

    /// Asks the engine to plan a statement without running it.
    ///
    /// # Errors
    /// [`StoreError::Statement`] when the engine does not understand it.
    pub async fn prepare(&self, sql: &'static Sql) -> Result<(), StoreError> {
        self.read().await?.prepare(sql).await
    }

    /// Pokes of all transactions that commit from now on: in this process, and in others while a [`Relay`] runs.
    pub fn subscribe(&self) -> tokio::sync::broadcast::Receiver<Poke> {
        self.pokes.subscribe()
    }

    /// Starts to listen for what other processes commit; run the relay as a background task.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`], [`StoreError::Driver`].
    pub async fn relay(&self) -> Result<Relay, StoreError> {
        self.pokes.relay().await
    }

    /// Closes all connections, after those in use were given back.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

async fn open_sqlite(path: &str, connections: u32) -> Result<Pools, StoreError> {
    if path.is_empty() || path.starts_with(":memory:") || path.contains('?') {
        return Err(StoreError::Url("sqlite: needs the path of a file".to_owned()));
    }
    let options = SqliteConnectOptions::new()
        .filename(Path::new(path))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(CACHED_STATEMENTS)
        .row_buffer_size(ROWS_ON_THE_WAY)
        .pragma("wal_autocheckpoint", "4000")
        .pragma("temp_store", "memory");
    // negative: KiB
    let writer = open_sqlite_writer(options.clone().pragma("cache_size", "-65536")).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .connect_with(options.pragma("cache_size", "-16384").pragma("query_only", "on"))
        .await
        .map_err(StoreError::sort)?;
    Ok(Pools::Sqlite { writer, readers })
}

/// Opens the one connection that writes. A process that turns a new database to WAL locks others out at once, whatever
/// their busy timeout: they come again.
async fn open_sqlite_writer(options: SqliteConnectOptions) -> Result<SqlitePool, StoreError> {
    let mut left = OPEN_ATTEMPTS;
    loop {
        let opened = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await
            .map_err(StoreError::sort);
        left -= 1;
        match opened {
            Err(error) if error.is_contention() && left > 0 => tokio::time::sleep(OPEN_PAUSE).await,
            opened => return opened,
        }
    }
}

async fn open_postgres(url: &str, connections: u32) -> Result<Pools, StoreError> {
    let options = PgConnectOptions::from_str(url)
        // the message of the driver may quote the password
        .map_err(|_| StoreError::Url("it is not a valid postgres:// URL".to_owned()))?
        .application_name("baobei")
        .statement_cache_capacity(CACHED_STATEMENTS)
        .options([
            ("synchronous_commit", "on"),
            // generic plans guess the size of lists and limits, and then go parallel for a hundred rows
            ("max_parallel_workers_per_gather", "0"),
        ]);
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, idle| {
            Box::pin(async move {
                // a connection that has just been used is not asked whether it is alive
                if idle.idle_for > FRESH {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_with(options)
        .await
        .map_err(StoreError::sort)?;
    Ok(Pools::Postgres(pool))
}
