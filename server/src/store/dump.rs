//! Everything a database holds, table by table: what a backup takes out and a restore puts in.
//!
//! The tables are those the database has, not a list: a table that is added is in the next backup. Their statements follow from the schema
//! and differ by engine, so they are made here and are no [`Sql`](super::Sql).

use futures_util::TryStreamExt as _;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Postgres, Row as _, SqlSafeStr as _, SqlStr, Sqlite};

use super::error::StoreError;
use super::sql::ColumnType;
use super::tx::{Conn, Reader, Tx};

/// What refers to another table was made after it.
const TABLES_OF_SQLITE: &str = "SELECT t.name, c.name, c.type FROM sqlite_schema t, pragma_table_info(t.name) c
    WHERE t.type = 'table' ORDER BY t.rowid, c.cid";
const TABLES_OF_POSTGRES: &str = "SELECT t.relname::text, a.attname::text, format_type(a.atttypid, NULL)
    FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace ORDER BY t.oid, a.attnum";
/// The migrator's own table; a restored database gets it from the migrations.
const MIGRATIONS: &str = "_sqlx_migrations";
/// Parameters of one statement on SQLite.
const SQLITE_PARAMETERS: usize = 32_766;
/// Rows of one statement.
const ROWS: usize = 1_000;

/// A table and its columns, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    #[serde(rename = "table")]
    pub name: String,
    /// Name and type of each column.
    pub columns: Vec<(String, ColumnType)>,
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// BIGINT or NULL.
    BigInt(Option<i64>),
    /// TEXT or NULL.
    Text(Option<String>),
    /// BOOLEAN or NULL.
    Boolean(Option<bool>),
    /// BLOB or NULL.
    Blob(Option<Vec<u8>>),
}

/// The tables of the database, each after those it refers to.
///
/// # Errors
/// [`StoreError::Inconsistent`] when a column has none of the four types.
pub async fn tables(db: &mut Reader) -> Result<Vec<Table>, StoreError> {
    let found = match db.conn() {
        Conn::Sqlite(tx) => sqlx::query_as(TABLES_OF_SQLITE).fetch_all(&mut **tx).await,
        Conn::Postgres(tx) => sqlx::query_as(TABLES_OF_POSTGRES).fetch_all(&mut **tx).await,
    };
    let columns: Vec<(String, String, String)> = db.note("dump::tables", found)?;
    let mut tables: Vec<Table> = Vec::new();
    for (table, column, kind) in columns {
        if table == MIGRATIONS || table.starts_with("sqlite_") {
            continue;
        }
        let kind = ColumnType::parse(&kind)
            .ok_or_else(|| StoreError::Inconsistent(format!("column {column} of {table} is of type {kind}")))?;
        match tables.last_mut() {
            Some(last) if last.name == table => last.columns.push((column, kind)),
            _ => tables.push(Table { name: table, columns: vec![(column, kind)] }),
        }
    }
    Ok(tables)
}

/// Passes every row of a table to `each`, and returns how many there were.
///
/// # Errors
/// [`StoreError`], and those of `each`.
pub async fn read_rows<E: From<StoreError>>(
    db: &mut Reader,
    table: &Table,
    mut each: impl FnMut(&[Cell]) -> Result<(), E>,
) -> Result<u64, E> {
    let sql = AssertSqlSafe(format!("SELECT {} FROM {}", names(table), table.name)).into_sql_str();
    let (mut cells, mut count) = (Vec::new(), 0);
    macro_rules! pass {
        ($tx:expr, $cells_of:ident) => {{
            let mut rows = sqlx::query(sql).fetch(&mut **$tx);
            loop {
                let row = match rows.try_next().await {
                    Ok(Some(row)) => row,
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                };
                cells.clear();
                if let Err(error) = $cells_of(&row, table, &mut cells) {
                    break Err(error);
                }
                each(&cells)?;
                count += 1;
            }
        }};
    }
    let read = match db.conn() {
        Conn::Sqlite(tx) => pass!(tx, cells_of_sqlite),
        Conn::Postgres(tx) => pass!(tx, cells_of_postgres),
    };
    db.note("dump::read_rows", read)?;
    Ok(count)
}

macro_rules! cells {
    ($name:ident, $row:ty) => {
        fn $name(row: &$row, table: &Table, cells: &mut Vec<Cell>) -> Result<(), sqlx::Error> {
            for (index, (_, kind)) in table.columns.iter().enumerate() {
                cells.push(match kind {
                    ColumnType::BigInt => Cell::BigInt(row.try_get(index)?),
                    ColumnType::Text => Cell::Text(row.try_get(index)?),
                    ColumnType::Boolean => Cell::Boolean(row.try_get(index)?),
                    ColumnType::Blob => Cell::Blob(row.try_get(index)?),
                });
            }
            Ok(())
        }
    };
}

cells!(cells_of_sqlite, SqliteRow);
cells!(cells_of_postgres, PgRow);

/// Adds rows to a table, whose cells are of the columns' types.
///
/// # Errors
/// [`StoreError::Taken`] and its kin.
pub async fn write_rows(tx: &mut Tx, table: &Table, rows: &[Vec<Cell>]) -> Result<(), StoreError> {
    let most = ROWS.min(SQLITE_PARAMETERS / table.columns.len().max(1));
    for part in rows.chunks(most) {
        let written = match tx.conn() {
            Conn::Sqlite(conn) => write_to_sqlite(conn, table, part).await,
            Conn::Postgres(conn) => write_to_postgres(conn, table, part).await,
        };
        tx.note("dump::write_rows", written)?;
    }
    Ok(())
}

async fn write_to_sqlite(
    conn: &mut sqlx::SqliteConnection,
    table: &Table,
    rows: &[Vec<Cell>],
) -> Result<(), sqlx::Error> {
    let row = format!("({})", vec!["?"; table.columns.len()].join(","));
    let sql = insert(table, &format!("VALUES {}", vec![row; rows.len()].join(",")));
    let query = rows.iter().flatten().fold(sqlx::query::<Sqlite>(sql), |query, cell| match cell {
        Cell::BigInt(value) => query.bind(*value),
        Cell::Text(value) => query.bind(value.clone()),
        Cell::Boolean(value) => query.bind(*value),
        Cell::Blob(value) => query.bind(value.clone()),
    });
    query.execute(conn).await.map(drop)
}

async fn write_to_postgres(
    conn: &mut sqlx::PgConnection,
    table: &Table,
    rows: &[Vec<Cell>],
) -> Result<(), sqlx::Error> {
    let lists: Vec<_> =
        (1..).zip(&table.columns).map(|(n, (_, kind))| format!("${n}::{}[]", kind.in_postgres())).collect();
    let mut query = sqlx::query::<Postgres>(insert(table, &format!("SELECT * FROM UNNEST({})", lists.join(","))));
    macro_rules! list {
        ($index:ident, $of:ident) => {{
            let cells = rows.iter().map(|row| match &row[$index] {
                Cell::$of(value) => value.clone(),
                _ => None,
            });
            cells.collect::<Vec<_>>()
        }};
    }
    for (index, (_, kind)) in table.columns.iter().enumerate() {
        query = match kind {
            ColumnType::BigInt => query.bind(list!(index, BigInt)),
            ColumnType::Text => query.bind(list!(index, Text)),
            ColumnType::Boolean => query.bind(list!(index, Boolean)),
            ColumnType::Blob => query.bind(list!(index, Blob)),
        };
    }
    query.execute(conn).await.map(drop)
}

fn insert(table: &Table, rows: &str) -> SqlStr {
    AssertSqlSafe(format!("INSERT INTO {} ({}) {rows}", table.name, names(table))).into_sql_str()
}

fn names(table: &Table) -> String {
    table.columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",")
}

/// Whether there is anything in a table.
///
/// # Errors
/// [`StoreError`]
pub async fn has_rows(db: &mut Reader, table: &Table) -> Result<bool, StoreError> {
    let sql = AssertSqlSafe(format!("SELECT EXISTS (SELECT 1 FROM {})", table.name)).into_sql_str();
    let found = match db.conn() {
        Conn::Sqlite(tx) => sqlx::query_scalar(sql).fetch_one(&mut **tx).await,
        Conn::Postgres(tx) => sqlx::query_scalar(sql).fetch_one(&mut **tx).await,
    };
    db.note("dump::has_rows", found)
}

/// What the engine itself finds wrong with its files. PostgreSQL has no such question for everybody; its extension `amcheck` has.
///
/// # Errors
/// [`StoreError`]
pub async fn integrity(db: &mut Reader) -> Result<Vec<String>, StoreError> {
    let found = match db.conn() {
        Conn::Sqlite(tx) => sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut **tx).await,
        Conn::Postgres(_) => Ok(Vec::new()),
    };
    let lines: Vec<String> = db.note("dump::integrity", found)?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}
