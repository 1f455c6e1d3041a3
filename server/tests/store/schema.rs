//! Migrations: the same schema on both engines, once, and never a newer one.

use std::collections::BTreeSet;

use server::store::{Db, DbOptions, Engine, StoreError};
use sqlx::{Executor as _, PgPool, Row as _, SqlitePool};

use crate::world::{World, empty, on_both_engines, world};

on_both_engines! {
    migrating_again_changes_nothing
    a_newer_database_is_refused
    a_changed_migration_is_refused
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_together_migrate_once() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (url, _folder) = empty(engine);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let url = url.clone();
            tasks.spawn(async move {
                let db = Db::open(&url, &DbOptions { connections: 2 }).await.unwrap();
                db.migrate().await
            });
        }
        for result in tasks.join_all().await {
            result.unwrap();
        }
    }
}

async fn migrating_again_changes_nothing(world: World) {
    world.migrate().await.unwrap();
    let again = Db::open(&world.url, &DbOptions::default()).await.unwrap();
    again.migrate().await.unwrap();
    again.close().await;
}

async fn a_newer_database_is_refused(world: World) {
    change(
        &world,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT 9999, 'later', true, checksum, 0 FROM _sqlx_migrations",
    )
    .await;
    assert!(matches!(world.migrate().await, Err(StoreError::NewerDatabase(9999))));
    // a refusal does not keep the lock
    assert!(matches!(world.migrate().await, Err(StoreError::NewerDatabase(9999))));
}

async fn a_changed_migration_is_refused(world: World) {
    let empty = if world.engine() == Engine::Postgres { "'\\x00'" } else { "x'00'" };
    change(&world, &format!("UPDATE _sqlx_migrations SET checksum = {empty}")).await;
    assert!(matches!(world.migrate().await, Err(StoreError::ChangedMigration(1))));
}

async fn change(world: &World, sql: &str) {
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match world.engine() {
        Engine::Sqlite => drop(SqlitePool::connect(&world.url).await.unwrap().execute(sql).await.unwrap()),
        Engine::Postgres => drop(PgPool::connect(&world.url).await.unwrap().execute(sql).await.unwrap()),
    }
}

/// Every column, key, index and reference of the schema as a line.
const SQLITE_SCHEMA: &str = "
    WITH tables AS (SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'
        AND name NOT LIKE 'sqlite%')
    SELECT 'column ' || t.name || '.' || c.name || ' ' || replace(lower(c.type), 'blob', 'bytea')
        || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END AS line
    FROM tables t JOIN pragma_table_info(t.name) c
    UNION ALL
    SELECT 'key ' || name || ' (' || group_concat(col, ', ') || ')' FROM
        (SELECT t.name, c.name AS col FROM tables t JOIN pragma_table_info(t.name) c WHERE c.pk > 0 ORDER BY t.name, c.pk)
    GROUP BY name
    UNION ALL
    SELECT kind || ' ' || idx || ' on ' || name || ' (' || group_concat(col, ', ') || ')' FROM
        (SELECT t.name, i.name AS idx, c.name AS col,
            CASE WHEN i.\"unique\" THEN 'unique ' ELSE '' END || CASE WHEN i.partial THEN 'partial ' ELSE '' END
                || 'index' AS kind
        FROM tables t JOIN pragma_index_list(t.name) i JOIN pragma_index_info(i.name) c
        WHERE i.origin = 'c' ORDER BY i.name, c.seqno)
    GROUP BY name, idx, kind
    UNION ALL
    SELECT 'reference ' || t.name || ' to ' || f.\"table\" FROM tables t JOIN pragma_foreign_key_list(t.name) f";

const POSTGRES_SCHEMA: &str = "
    WITH tables AS (SELECT c.oid, c.relname::text AS name FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE '\\_%')
    SELECT 'column ' || t.name || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END AS line
    FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT CASE WHEN i.indisprimary THEN 'key ' || t.name
            ELSE CASE WHEN i.indisunique THEN 'unique ' ELSE '' END
                || CASE WHEN i.indpred IS NOT NULL THEN 'partial ' ELSE '' END
                || 'index ' || n.relname || ' on ' || t.name END
        || ' (' || (SELECT string_agg(a.attname::text, ', ' ORDER BY k.n)
            FROM unnest(i.indkey) WITH ORDINALITY k (attnum, n)
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum) || ')'
    FROM tables t JOIN pg_index i ON i.indrelid = t.oid JOIN pg_class n ON n.oid = i.indexrelid
    UNION ALL
    SELECT 'reference ' || t.name || ' to ' || f.confrelid::regclass::text
    FROM tables t JOIN pg_constraint f ON f.conrelid = t.oid AND f.contype = 'f'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_have_the_same_schema() {
    let (sqlite, postgres) = (world(Engine::Sqlite).await, world(Engine::Postgres).await);
    let rows = SqlitePool::connect(&sqlite.url).await.unwrap().fetch_all(SQLITE_SCHEMA).await.unwrap();
    let embedded: BTreeSet<String> = rows.iter().map(|row| row.get("line")).collect();
    let rows = PgPool::connect(&postgres.url).await.unwrap().fetch_all(POSTGRES_SCHEMA).await.unwrap();
    let server: BTreeSet<String> = rows.iter().map(|row| row.get("line")).collect();
    assert!(embedded.contains("key feed (org, bucket, rev)"), "{embedded:#?}");
    assert!(embedded.contains("unique partial index protections_standing on protections (project, class, customer)"));
    assert_eq!(embedded.difference(&server).collect::<Vec<_>>(), Vec::<&String>::new(), "only on SQLite");
    assert_eq!(server.difference(&embedded).collect::<Vec<_>>(), Vec::<&String>::new(), "only on PostgreSQL");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_that_is_unique_is_led_by_project_or_org() {
    let sqlite = world(Engine::Sqlite).await;
    let rows = SqlitePool::connect(&sqlite.url).await.unwrap().fetch_all(SQLITE_SCHEMA).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get("line")).collect();
    let keys: Vec<_> = lines.iter().filter(|line| line.starts_with("key ") && !line.starts_with("key meta ")).collect();
    assert!(keys.len() > 20);
    for key in keys {
        let columns = key.split_once('(').unwrap().1;
        assert!(columns.starts_with("project") || columns.starts_with("org"), "{key}");
    }
    // what a stranger names before anybody knows the org: a sharded database keeps these in tables of their own
    let global = ["orgs_by_code", "projects_by_id", "devices_by_id", "refresh_tokens_by_hash"];
    for index in lines.iter().filter(|line| line.starts_with("unique ")) {
        let is_led = index.contains(" (project") || index.contains(" (org");
        assert_ne!(is_led, global.iter().any(|name| index.contains(&format!(" {name} "))), "{index}");
    }
}
