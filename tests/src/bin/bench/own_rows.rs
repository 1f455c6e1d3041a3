//! Own rows: the rows that the server really wrote, written again by the fastest code without a server. What is left between this and the raw
//! engine is our tables' price; what is left between this and the server is the server's own.

use std::path::Path;
use std::time::Instant;

use futures_util::StreamExt;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params_from_iter};
use server::store::{Db, DbOptions};
use sqlx::{Connection as _, Row as _};

use super::raw::connect;

/// Ops a second when the rows of this server database, which came with so many ops, are written in transactions of so many ops.
pub(crate) async fn sqlite(home: &Path, database: &Path, ops: usize, a_transaction: usize) -> f64 {
    let file = home.join("own-rows.sqlite");
    migrate(&format!("sqlite:{}", file.display())).await;
    let tables = read_sqlite(database);
    let mut db = Connection::open(&file).expect("a new database");
    db.execute_batch("PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000; PRAGMA foreign_keys = OFF")
        .expect("pragmas");
    let transactions = ops.div_ceil(a_transaction).max(1);
    let since = Instant::now();
    for index in 0..transactions {
        let tx = db.transaction().expect("a transaction");
        for (insert, rows) in &tables {
            let mut statement = tx.prepare_cached(insert).expect("a statement");
            for row in share(rows, index, transactions) {
                statement.execute(params_from_iter(row)).expect("a row of the server's");
            }
        }
        tx.commit().expect("a commit");
    }
    let rate = ops as f64 / since.elapsed().as_secs_f64();
    drop(db);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    rate
}

/// Each table's INSERT, and its rows in the order they were written.
fn read_sqlite(database: &Path) -> Vec<(String, Vec<Vec<Value>>)> {
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the server's database");
    let mut names = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").expect("a statement");
    let names: Vec<String> = names.query_map((), |row| row.get(0)).expect("tables").flatten().collect();
    let mut tables = Vec::new();
    for name in names.iter().filter(|name| is_written_by_pushes(name)) {
        let mut all = db.prepare(&format!("SELECT * FROM {name}")).expect("a statement");
        let columns = all.column_count();
        let row =
            |row: &rusqlite::Row<'_>| (0..columns).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>();
        let rows: Vec<Vec<Value>> = all.query_map((), row).expect("rows").map(|row| row.expect("a row")).collect();
        if !rows.is_empty() {
            tables.push((format!("INSERT INTO {name} VALUES ({})", vec!["?"; columns].join(",")), rows));
        }
    }
    tables
}

/// The same on PostgreSQL, by COPY.
pub(crate) async fn postgres(url: &str, database: &str, ops: usize, a_transaction: usize) -> f64 {
    migrate(url).await;
    let tables = read_postgres(database).await;
    let mut db = connect(url).await;
    // the rows of users and the like are not there
    sqlx::query("SET session_replication_role = replica").execute(&mut db).await.expect("a superuser of our own");
    let transactions = ops.div_ceil(a_transaction).max(1);
    let since = Instant::now();
    for index in 0..transactions {
        let mut tx = db.begin().await.expect("a transaction");
        for (copy, rows) in &tables {
            let rows = share(rows, index, transactions);
            if !rows.is_empty() {
                let mut into = tx.copy_in_raw(copy).await.expect("COPY begins");
                into.send(rows.concat()).await.expect("COPY takes rows");
                into.finish().await.expect("rows of the server's");
            }
        }
        tx.commit().await.expect("a commit");
    }
    ops as f64 / since.elapsed().as_secs_f64()
}

async fn read_postgres(database: &str) -> Vec<(String, Vec<Vec<u8>>)> {
    let mut db = connect(database).await;
    let names = sqlx::query("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'");
    let names: Vec<String> =
        names.fetch_all(&mut db).await.expect("tables").iter().map(|row| row.get::<String, _>(0)).collect();
    let mut tables = Vec::new();
    for name in names.iter().filter(|name| is_written_by_pushes(name)) {
        let mut out = db.copy_out_raw(&format!("COPY {name} TO STDOUT")).await.expect("COPY begins");
        let mut text = Vec::new();
        while let Some(part) = out.next().await {
            text.extend_from_slice(&part.expect("rows"));
        }
        drop(out);
        let rows: Vec<Vec<u8>> = text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        if !rows.is_empty() {
            tables.push((format!("COPY {name} FROM STDIN"), rows));
        }
    }
    tables
}

async fn migrate(url: &str) {
    let db = Db::open(url, &DbOptions { connections: 1 }).await.expect("a new database");
    db.migrate().await.expect("a new database can be migrated");
    db.close().await;
}

/// Whether a table's rows come from pushes, and not from founding the organisation.
fn is_written_by_pushes(table: &str) -> bool {
    let founded = [
        "meta",
        "orgs",
        "partners",
        "projects",
        "policies",
        "posts",
        "teams",
        "users",
        "memberships",
        "refresh_tokens",
        "job_runs",
        "audit",
        "sqlite_sequence",
        "sqlite_stat1",
        "_sqlx_migrations",
    ];
    !founded.contains(&table)
}

/// The part of the rows that goes with one of so many transactions.
fn share<T>(rows: &[T], index: usize, transactions: usize) -> &[T] {
    let at = |index: usize| rows.len() * index / transactions;
    &rows[at(index)..at(index + 1)]
}
