//! What commands that work beside a running server have in common: its database, its clock, its way of hashing.

use std::thread::available_parallelism;

use crate::cli::failure::{Exit, Failure};
use crate::clock::Clock;
use crate::config::{Database, StoreOptions};
use crate::open::open_beside;
use crate::random::Random;
use crate::seal::password::{PasswordCost, PasswordError, Passwords};
use crate::store::{Db, StoreError};
use crate::tasks::Tasks;

/// What to do about a database that is not the right one.
const NAME_IT: &str = "Name the server's database with --database or BAOBEI_DATABASE_URL.";

/// An open database with everything needed to work on it.
pub(super) struct Beside {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) passwords: Passwords,
    pub(super) random: Random,
}

/// Opens the database; a server may run on it.
///
/// # Errors
/// When it cannot be opened.
pub(super) async fn open(options: &StoreOptions) -> Result<Beside, Failure> {
    let (db, clock) = open_beside(options).await.map_err(|error| unusable(options, &error))?;
    let random = Random::system();
    let parallel = available_parallelism().map_or(1, usize::from);
    let passwords = Passwords::new(PasswordCost::Standard, parallel, random.clone(), Tasks::new())?;
    Ok(Beside { db, clock, passwords, random })
}

/// Opens a database that a server was started on before; one that is not there is not made.
///
/// # Errors
/// When there is none, or it cannot be opened.
pub(super) async fn open_existing(options: &StoreOptions) -> Result<Beside, Failure> {
    if let Database::Sqlite(path) = &options.database
        && !path.exists()
    {
        return Err(Failure::new(Exit::Failed, format!("there is no database at {}", path.display())).remedy(NAME_IT));
    }
    open(options).await
}

/// That a database cannot be opened.
pub(super) fn unusable(options: &StoreOptions, error: &StoreError) -> Failure {
    let exit = if matches!(error, StoreError::Unavailable(_)) { Exit::Unreachable } else { Exit::Failed };
    let failure = Failure::new(exit, format!("{} cannot be used: {error}", options.database));
    failure.remedy(NAME_IT)
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let failure = Self::new(Exit::Failed, error.to_string());
        match error {
            StoreError::Contention(_) => failure.remedy("The database is busy: try again."),
            _ => failure,
        }
    }
}

impl From<PasswordError> for Failure {
    fn from(error: PasswordError) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}
