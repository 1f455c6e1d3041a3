//! Storage: the only place that knows SQL.
//!
//! - [`Db`], [`Tx`], [`Reader`] and [`run_tx`] are the seam to both engines.
//! - One file per aggregate offers plain rows and the functions the use cases need.
//! - Functions that only load take `&mut Reader`, which a `&mut Tx` is, too.

mod arg;
mod db;
mod error;
mod migrate;
mod moment;
mod pokes;
mod row;
mod run;
mod sql;
mod tx;

pub mod attachments;
pub mod audit;
pub mod bookings;
pub mod checkins;
pub mod confirmations;
pub mod customers;
pub mod day_flags;
pub mod deliveries;
pub mod devices;
pub mod disputes;
pub mod dump;
pub mod fates;
pub mod feed;
pub mod job_runs;
pub mod lead_care;
pub mod leads;
pub mod log_days;
pub mod log_weeks;
pub mod meta;
pub mod month_sheets;
pub mod notices;
pub mod office_weeks;
pub mod oplog;
pub mod orgs;
pub mod outlet_months;
pub mod outlet_pairs;
pub mod outlets;
pub mod parked;
pub mod partner_days;
pub mod person_days;
pub mod projects;
pub mod protections;
pub mod proxy_days;
pub mod records;
pub mod reminders;
pub mod requests;
pub mod reseal;
pub mod roster_days;
pub mod rotation;
pub mod rulings;
pub mod secrets;
pub mod sessions;
pub mod spot_checks;
pub mod tallies;
pub mod teams;
pub mod tokens;
pub mod users;
pub mod visits;
pub mod witness_rounds;

use uuid::Uuid;

pub use arg::Arg;
pub use db::{Db, DbOptions};
pub use error::StoreError;
pub use pokes::{Poke, Relay};
pub use row::Row;
pub use run::{TxGuard, run_tx};
pub use sql::{ColumnType, Engine, Sql};
pub use tx::{Reader, Tx};

/// What identifies a record, and any other row of field data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The project.
    pub project: Uuid,
    /// The id within it.
    pub id: Uuid,
}

/// Every statement the store ever runs, for the tests that prepare them on both engines.
pub fn statements() -> impl Iterator<Item = &'static Sql> {
    [
        attachments::ALL,
        audit::ALL,
        bookings::ALL,
        checkins::ALL,
        confirmations::ALL,
        customers::ALL,
        day_flags::ALL,
        deliveries::ALL,
        devices::ALL,
        disputes::ALL,
        fates::ALL,
        job_runs::ALL,
        lead_care::ALL,
        leads::ALL,
        log_days::ALL,
        log_weeks::ALL,
        meta::ALL,
        month_sheets::ALL,
        notices::ALL,
        office_weeks::ALL,
        oplog::ALL,
        orgs::ALL,
        outlet_months::ALL,
        outlet_pairs::ALL,
        outlets::ALL,
        parked::ALL,
        partner_days::ALL,
        person_days::ALL,
        projects::ALL,
        protections::ALL,
        proxy_days::ALL,
        records::ALL,
        reminders::ALL,
        requests::ALL,
        reseal::ALL,
        roster_days::ALL,
        rotation::ALL,
        rulings::ALL,
        secrets::ALL,
        sessions::ALL,
        spot_checks::ALL,
        tallies::ALL,
        teams::ALL,
        tokens::ALL,
        users::ALL,
        visits::ALL,
        witness_rounds::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
    .chain(feed::all())
}
