//! Databases for tests.

use std::ops::Deref;

use server::store::{Db, DbOptions, Engine};
use tempfile::TempDir;

/// An empty, migrated database that goes away with this value.
pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) url: String,
    _folder: TempDir,
}

impl Deref for World {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

pub(crate) const CONNECTIONS: u32 = 12;

/// A URL of an empty database and the folder it needs.
pub(crate) fn empty(engine: Engine) -> (String, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = match engine {
        Engine::Sqlite => format!("sqlite:{}", folder.path().join("baobei.db").display()),
        Engine::Postgres => tests::postgres::fresh_database(),
    };
    (url, folder)
}

pub(crate) async fn world(engine: Engine) -> World {
    let (url, folder) = empty(engine);
    let db = Db::open(&url, &DbOptions { connections: CONNECTIONS }).await.unwrap();
    db.migrate().await.unwrap();
    World { db, url, _folder: folder }
}

/// Makes a test for each engine of `async fn name(world: World)`.
macro_rules! on_both_engines {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::world::world(server::store::Engine::Sqlite).await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::world::world(server::store::Engine::Postgres).await).await;
            })*
        }
    };
}
pub(crate) use on_both_engines;
