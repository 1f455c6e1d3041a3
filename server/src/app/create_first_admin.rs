//! The first login on an empty database: an admin with a one-time code in a file that only its owner may read.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::authenticate::ACTIVE;
use super::one_time_code;
use crate::error::AppError;
use crate::seal::keys::private;
use crate::state::App;
use crate::store::users::{self, User};
use crate::store::{StoreError, orgs, run_tx};

/// The organisation of those who run the installation.
const ORG: &str = "baobei";
const USERNAME: &str = "admin";
const FILE: &str = "first-admin";
const LIFE_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// Why the first admin could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FirstAdminError {
    /// The file with the code could not be written.
    #[error("cannot write the admin's one-time code to {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The database or the hashing failed.
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<StoreError> for FirstAdminError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

/// Makes an admin when the database knows nobody, and the path of the file with the login; `None` when it does.
///
/// # Errors
/// [`FirstAdminError`]; nothing was stored then.
pub async fn create_first_admin(app: &App, folder: &Path) -> Result<Option<PathBuf>, FirstAdminError> {
    if !orgs::all(&mut app.db.read().await?).await?.is_empty() {
        return Ok(None);
    }
    let code = one_time_code::generate(&app.random);
    let hash = app.passwords.hash(&code).await.map_err(AppError::from)?;
    let path = folder.join(FILE);
    let created = run_tx(&app.db, "create_first_admin", async |mut tx| {
        if !orgs::all(&mut tx).await?.is_empty() {
            return Ok(false);
        }
        let now = app.clock.now();
        let org = orgs::put(&mut tx, ORG, "Baobei").await?;
        users::add(&mut tx, &admin(org, app.random.id(now), hash.clone(), now)).await?;
        // before the commit: an admin without a code would be of no use, a code without an admin does no harm
        write(&path, &code).map_err(|source| FirstAdminError::File { path: path.clone(), source })?;
        Ok(true)
    });
    match created.await {
        Ok(created) => Ok(created.then_some(path)),
        // another process on the same database was quicker
        Err(FirstAdminError::App(AppError::Store(StoreError::Taken { .. }))) => Ok(None),
        Err(error) => Err(error),
    }
}

fn admin(org: i64, id: Uuid, code_hash: String, now: i64) -> User {
    User {
        org,
        id,
        username: USERNAME.to_owned(),
        name: "Admin".to_owned(),
        role: sync_core::people::Role::Admin.as_str().to_owned(),
        employment: String::new(),
        project: None,
        team: None,
        partner: None,
        trained_on: None,
        status: ACTIVE.to_owned(),
        ended_at: None,
        password_hash: None,
        must_change_password: true,
        one_time_code_hash: Some(code_hash),
        one_time_code_expires: Some(now.saturating_add(LIFE_MS)),
    }
}

/// A file left over from a start that failed is replaced.
fn write(path: &Path, code: &str) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private::create_file(path)?;
    writeln!(file, "org: {ORG}\nusername: {USERNAME}\none-time code: {code}")?;
    file.sync_all()
}
