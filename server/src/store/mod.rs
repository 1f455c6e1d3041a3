//! Storage: the only place that knows SQL (DESIGN 9).
//!
//! - [`Db`], [`Tx`], [`Reader`] and [`run_tx`] are the seam to both engines.
//! - One file per aggregate offers plain rows and the functions the use cases need.
//! - Functions that only load take `&mut Reader`, which a `&mut Tx` is, too.

mod arg;
mod db;
mod error;
mod migrate;
mod pokes;
mod row;
mod sql;
mod tx;

pub use arg::Arg;
pub use db::{Db, DbOptions};
pub use error::StoreError;
pub use pokes::{Poke, Relay};
pub use row::Row;
pub use sql::{Engine, Sql};
pub use tx::{Reader, Tx, TxGuard, run_tx};

pub mod meta;

/// Every statement the store ever runs, for the tests that prepare them on both engines.
pub fn statements() -> impl Iterator<Item = &'static Sql> {
    [meta::ALL].into_iter().flatten().copied()
}
