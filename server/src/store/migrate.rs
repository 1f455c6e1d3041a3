//! Brings a database to this version: one text per migration, rendered for the engine, kept for ever once released.

use std::borrow::Cow;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, Connection as _, PgPool, SqlSafeStr as _, SqlitePool};

use super::error::StoreError;
use super::sql::Engine;

/// Version, name and text.
const MIGRATIONS: &[(i64, &str, &str)] = &[(1, "first", include_str!("migrations/0001_first.sql"))];

/// The version this program brings a database to.
pub(super) const NEWEST: i64 = MIGRATIONS[MIGRATIONS.len() - 1].0;

pub(super) async fn sqlite(pool: &SqlitePool, version: i64) -> Result<(), StoreError> {
    let mut conn = pool.acquire().await.map_err(StoreError::sort)?;
    // one transaction around all, so that two processes that start together take turns
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(StoreError::sort)?;
    migrator(Engine::Sqlite, version).run_direct(None, &mut *tx, false).await?;
    tx.commit().await.map_err(StoreError::sort)
}

pub(super) async fn postgres(pool: &PgPool, version: i64) -> Result<(), StoreError> {
    // the migrator's advisory lock belongs to the session and outlives a failure: the connection is not used again
    let mut conn = pool.acquire().await.map_err(StoreError::sort)?.detach();
    let result = migrator(Engine::Postgres, version).run_direct(None, &mut conn, false).await;
    conn.close().await.map_err(StoreError::sort)?;
    Ok(result?)
}

// run with `run_direct`: the future of `run` is not provably `Send`
fn migrator(engine: Engine, version: i64) -> Migrator {
    let migration = |&(version, name, text): &(i64, &'static str, &'static str)| {
        let sql = AssertSqlSafe(render(text, engine)).into_sql_str();
        Migration::new(version, Cow::Borrowed(name), MigrationType::Simple, sql, false)
    };
    let up_to = MIGRATIONS.iter().filter(|(each, ..)| *each <= version);
    Migrator::with_migrations(up_to.map(migration).collect())
}

/// The engines differ in the name of one type, and only SQLite has to be told not to keep a second tree.
fn render(text: &str, engine: Engine) -> String {
    match engine {
        Engine::Sqlite => text.to_owned(),
        Engine::Postgres => text.replace(" BLOB", " BYTEA").replace(" WITHOUT ROWID", ""),
    }
}
