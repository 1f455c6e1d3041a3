//! The two engines, and scenarios that run on both.

use std::future::Future;
use std::path::Path;

use crate::postgres;

/// What the server under test stores its data in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Embedded, the default.
    Sqlite,
    /// For more than one server process.
    Postgres,
}

impl Engine {
    /// URL of a new, empty database; a SQLite file lies in `home`.
    ///
    /// # Panics
    /// When there is no PostgreSQL.
    pub fn fresh_database(self, home: &Path) -> String {
        match self {
            Self::Sqlite => format!("sqlite:{}", home.join("baobei.sqlite").display()),
            Self::Postgres => postgres::fresh_database(),
        }
    }
}

/// Runs a scenario to its end on a runtime of its own, with two workers, so that what can race does.
///
/// # Panics
/// When the runtime does not start, or the scenario panics.
pub fn run<T>(scenario: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime starts")
        .block_on(scenario)
}

/// Makes two tests of each scenario, `name::on_sqlite` and `name::on_postgres`.
///
/// ```
/// tests::scenarios! {
///     /// What it holds.
///     async fn bk_1_a_booking_of_exactly_30_minutes_counts(engine: Engine) {
///         assert!(matches!(engine, Engine::Sqlite | Engine::Postgres));
///     }
/// }
/// ```
#[macro_export]
macro_rules! scenarios {
    ($($(#[$about:meta])* async fn $name:ident($engine:ident: Engine) $body:block)*) => {$(
        $(#[$about])*
        mod $name {
            #[allow(unused_imports, reason = "a scenario may need nothing of its file")]
            use super::*;
            use $crate::engine::Engine;

            async fn scenario($engine: Engine) $body

            #[test]
            fn on_sqlite() {
                $crate::engine::run(scenario(Engine::Sqlite));
            }

            #[test]
            fn on_postgres() {
                $crate::engine::run(scenario(Engine::Postgres));
            }
        }
    )*};
}
