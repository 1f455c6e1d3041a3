//! `baobei org import`: brings an org to what a document says, or lists every mistake of the document and changes nothing.
//!
//! Importing twice changes nothing the second time. Nobody's password is reset, nobody is closed without
//! `"active": false`, and what the document does not name stays as it is; only of a person who is named, memberships
//! that are not named end. Everything happens in one transaction, the phones' feeds included.

mod apply;
mod check;
mod document;
mod mistake;
mod outlet;
mod parse;
mod place;
mod plan;
mod report;
mod stored;

use std::collections::BTreeMap;

pub use document::Document;
pub use mistake::Mistake;
pub use plan::id_of;
pub use report::{Done, Report};

use self::plan::Plan;
use self::stored::Stored;
use crate::clock::Clock;
use crate::seal::password::{PasswordError, Passwords};
use crate::store::{Db, StoreError, orgs, run_tx};

/// Why an import did not take place. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The document has mistakes.
    #[error("the document has {} mistakes", .0.len())]
    Mistakes(Vec<Mistake>),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A password could not be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

/// What an import works with.
#[derive(Debug)]
pub struct Importer<'a> {
    /// The database, of this schema version.
    pub db: &'a Db,
    /// The clock of the server.
    pub clock: &'a Clock,
    /// Hashes the passwords of new accounts.
    pub passwords: &'a Passwords,
}

impl Importer<'_> {
    /// Imports a document. `progress` is told how many of the new passwords are hashed, which is what takes time.
    ///
    /// # Errors
    /// [`ImportError`]
    pub async fn import(&self, text: &str, progress: impl Fn(usize, usize)) -> Result<Report, ImportError> {
        let document = parse::parse(text).map_err(ImportError::Mistakes)?;
        let stored = stored::load(&mut self.db.read().await?, &document.org.code).await?;
        complain(check::check(&document, &stored))?;
        // hashing is slow: it must not hold the one writer
        let hashes = self.hash(&document, &stored, progress).await?;
        run_tx(self.db, "import_org", async |mut tx| {
            // first of all, so that two imports of one org wait for each other
            let org = orgs::put(&mut tx, &document.org.code, &document.org.name).await?;
            let before = stored::load(&mut tx, &document.org.code).await?;
            complain(check::check(&document, &before))?;
            let now = self.clock.now();
            let changes = Plan { document: &document, stored: &before, org, now, hashes: &hashes }.changes();
            apply::apply(&mut tx, org, now, &changes).await?;
            Ok(Report::of(&document, stored.org.as_ref(), &before, &changes))
        })
        .await
    }

    /// The hashes of the passwords of those who have no account yet.
    async fn hash(
        &self,
        document: &Document,
        stored: &Stored,
        progress: impl Fn(usize, usize),
    ) -> Result<BTreeMap<String, String>, ImportError> {
        let new = document.users.iter().filter(|user| !stored.users.contains_key(&user.username));
        let new: Vec<_> = new.filter_map(|user| Some((&user.username, user.password.as_ref()?))).collect();
        let mut hashes = BTreeMap::new();
        for (username, password) in &new {
            progress(hashes.len(), new.len());
            hashes.insert((*username).clone(), self.passwords.hash(password).await?);
        }
        progress(hashes.len(), new.len());
        Ok(hashes)
    }
}

fn complain(mistakes: Vec<Mistake>) -> Result<(), ImportError> {
    if mistakes.is_empty() { Ok(()) } else { Err(ImportError::Mistakes(mistakes)) }
}
