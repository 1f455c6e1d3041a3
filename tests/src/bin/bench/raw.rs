//! The raw engines: what the same ops cost without a server, in three narrow tables — one row for the op, one for the state it leaves, one for
//! the feed — on one connection, with prepared statements and production's durability.

use std::path::Path;
use std::time::Instant;

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::value::RawValue;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use sync_core::exchange::Request;
use uuid::Uuid;

use super::ops::Batch;

/// An op as the raw engine stores it.
#[derive(Debug, Clone)]
pub(crate) struct RawOp {
    bucket: Vec<u8>,
    seq: i64,
    text: String,
    id: Vec<u8>,
    body: String,
}

/// The ops of these batches, of one device each.
pub(crate) fn ops_of(batches: &[Vec<Batch>]) -> Vec<RawOp> {
    let mut ops = Vec::new();
    for (device, batches) in batches.iter().enumerate() {
        let bucket = Uuid::from_u128(device as u128).into_bytes().to_vec();
        for batch in batches {
            let text = [&batch.head[..], b"{}", &batch.tail].concat();
            let request: Request = serde_json::from_slice(&text).expect("a request of our own");
            ops.extend(request.ops.iter().map(|op| raw(op, &bucket)));
        }
    }
    ops
}

fn raw(op: &RawValue, bucket: &[u8]) -> RawOp {
    #[derive(Deserialize)]
    struct Parts<'a> {
        seq: i64,
        id: Uuid,
        #[serde(borrow, rename = "do")]
        action: &'a RawValue,
    }
    let parts: Parts<'_> = serde_json::from_str(op.get()).expect("an op of our own");
    RawOp {
        bucket: bucket.to_vec(),
        seq: parts.seq,
        text: op.get().to_owned(),
        id: parts.id.into_bytes().to_vec(),
        body: parts.action.get().to_owned(),
    }
}

const TABLES: [&str; 3] = [
    "CREATE TABLE op (device BLOB, seq BIGINT, text TEXT, PRIMARY KEY (device, seq))",
    "CREATE TABLE state (id BLOB PRIMARY KEY, body TEXT)",
    "CREATE TABLE feed (bucket BLOB, rev BIGINT, id BLOB, PRIMARY KEY (bucket, rev))",
];

/// Ops a second on SQLite, so many in a transaction.
pub(crate) fn sqlite(home: &Path, ops: &[RawOp], a_transaction: usize) -> f64 {
    let file = home.join(format!("raw-{a_transaction}.sqlite"));
    let mut db = Connection::open(&file).expect("a new database");
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000",
    )
    .expect("pragmas");
    for table in TABLES {
        let table = if table.contains("feed") { format!("{table} WITHOUT ROWID") } else { table.to_owned() };
        db.execute_batch(&table).expect("a table");
    }
    let since = Instant::now();
    for ops in ops.chunks(a_transaction) {
        let tx = db.transaction().expect("a transaction");
        {
            let mut op = tx.prepare_cached("INSERT INTO op VALUES (?, ?, ?)").expect("a statement");
            let mut state = tx
                .prepare_cached("INSERT INTO state VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body")
                .expect("a statement");
            let mut feed = tx.prepare_cached("INSERT INTO feed VALUES (?, ?, ?)").expect("a statement");
            for row in ops {
                op.execute((&row.bucket, row.seq, &row.text)).expect("a new op");
                state.execute((&row.id, &row.body)).expect("a state");
                feed.execute((&row.bucket, row.seq, &row.id)).expect("a new entry");
            }
        }
        tx.commit().expect("a commit");
    }
    let rate = per_second(ops.len(), since);
    drop(db);
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
    }
    rate
}

/// Ops a second on PostgreSQL, so many in a transaction.
pub(crate) async fn postgres(url: &str, ops: &[RawOp], a_transaction: usize) -> f64 {
    let mut db = connect(url).await;
    for table in TABLES {
        let table = table.replace("BLOB", "BYTEA");
        sqlx::query(sqlx::AssertSqlSafe(table)).execute(&mut db).await.expect("a table");
    }
    let since = Instant::now();
    for ops in ops.chunks(a_transaction) {
        write_postgres(&mut db, ops).await;
    }
    let rate = per_second(ops.len(), since);
    sqlx::query("DROP TABLE op, state, feed").execute(&mut db).await.expect("the tables go");
    db.close().await.expect("the connection ends");
    rate
}

async fn write_postgres(db: &mut PgConnection, ops: &[RawOp]) {
    let mut tx = db.begin().await.expect("a transaction");
    let buckets: Vec<&[u8]> = ops.iter().map(|op| &op.bucket[..]).collect();
    let seqs: Vec<i64> = ops.iter().map(|op| op.seq).collect();
    let texts: Vec<&str> = ops.iter().map(|op| op.text.as_str()).collect();
    let ids: Vec<&[u8]> = ops.iter().map(|op| &op.id[..]).collect();
    // one statement cannot touch a state twice: the newest body counts
    let newest: std::collections::BTreeMap<&[u8], &str> = ops.iter().map(|op| (&op.id[..], op.body.as_str())).collect();
    let (state_ids, bodies): (Vec<&[u8]>, Vec<&str>) = newest.into_iter().unzip();
    sqlx::query("INSERT INTO op SELECT * FROM UNNEST($1::bytea[], $2::bigint[], $3::text[])")
        .bind(&buckets)
        .bind(&seqs)
        .bind(texts)
        .execute(&mut *tx)
        .await
        .expect("new ops");
    sqlx::query("INSERT INTO state SELECT * FROM UNNEST($1::bytea[], $2::text[]) ON CONFLICT (id) DO UPDATE SET body = excluded.body")
        .bind(state_ids)
        .bind(bodies)
        .execute(&mut *tx)
        .await
        .expect("states");
    sqlx::query("INSERT INTO feed SELECT * FROM UNNEST($1::bytea[], $2::bigint[], $3::bytea[])")
        .bind(&buckets)
        .bind(&seqs)
        .bind(ids)
        .execute(&mut *tx)
        .await
        .expect("new entries");
    tx.commit().await.expect("a commit");
}

/// One connection, for what is measured without a server.
pub(crate) async fn connect(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().expect("the URL of a cluster of our own");
    options.connect().await.expect("PostgreSQL answers")
}

fn per_second(ops: usize, since: Instant) -> f64 {
    ops as f64 / since.elapsed().as_secs_f64()
}
