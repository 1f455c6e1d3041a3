//! The way back in for those who hold the database: a new password or a one-time code for anybody, beside the server.

use serde_json::json;
use zeroize::Zeroizing;

use super::change_password::MIN_CHARS;
use super::one_time_code;
use crate::clock::Clock;
use crate::random::Random;
use crate::seal::password::{PasswordError, Passwords};
use crate::store::audit::{self, AuditEntry};
use crate::store::users::{self, User};
use crate::store::{Db, StoreError, Tx, orgs, run_tx, tokens};

/// What recovery works with.
#[derive(Debug)]
pub struct Recovery<'a> {
    /// The database.
    pub db: &'a Db,
    /// The clock of the server.
    pub clock: &'a Clock,
    /// Hashes what people log in with.
    pub passwords: &'a Passwords,
    /// Codes and ids.
    pub random: &'a Random,
}

/// Why an account was not recovered. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// No org has this code.
    #[error("there is no org \"{0}\"")]
    NoOrg(String),
    /// Nobody in the org has this name.
    #[error("there is no user \"{0}\" in this org")]
    NoUser(String),
    /// The password is guessed too easily.
    #[error("a password needs at least {MIN_CHARS} characters and must not be the username")]
    Weak,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Hashing failed.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

/// A code and when it expires, Unix ms.
#[derive(Debug)]
pub struct IssuedCode {
    /// To be handed over; it is stored nowhere.
    pub code: Zeroizing<String>,
    /// Unix ms.
    pub expires_at: i64,
}

impl Recovery<'_> {
    /// Sets a password and ends all logins of the user.
    ///
    /// # Errors
    /// [`RecoveryError`]
    pub async fn set_password(&self, org: &str, username: &str, password: &str) -> Result<(), RecoveryError> {
        if password.chars().count() < MIN_CHARS || password.to_lowercase() == username.to_lowercase() {
            return Err(RecoveryError::Weak);
        }
        let hash = self.passwords.hash(password).await?;
        run_tx(self.db, "recover_password", async |mut tx| {
            let (user, now) = (find(&mut tx, org, username).await?, self.clock.now());
            users::set_password(&mut tx, user.org, user.id, &hash, false).await?;
            tokens::revoke_user(&mut tx, user.org, user.id, now).await?;
            Ok(self.write_down(&mut tx, &user, "recover_password", now).await?)
        })
        .await
    }

    /// Makes a code that logs the user in once, and forgets the one before.
    ///
    /// # Errors
    /// [`RecoveryError`]
    pub async fn issue_code(&self, org: &str, username: &str) -> Result<IssuedCode, RecoveryError> {
        let code = one_time_code::generate(self.random);
        let hash = self.passwords.hash(&code).await?;
        let expires_at = run_tx(self.db, "recover_by_code", async |mut tx| {
            let (user, now) = (find(&mut tx, org, username).await?, self.clock.now());
            let expires_at = now.saturating_add(one_time_code::LIFE_MS);
            users::set_one_time_code(&mut tx, user.org, user.id, Some((&hash, expires_at))).await?;
            self.write_down(&mut tx, &user, "recover_by_code", now).await?;
            Ok::<_, RecoveryError>(expires_at)
        });
        Ok(IssuedCode { code, expires_at: expires_at.await? })
    }

    /// Nobody is named as the actor: whoever holds the database needs no account.
    async fn write_down(&self, tx: &mut Tx, user: &User, act: &str, now: i64) -> Result<(), StoreError> {
        let entry = AuditEntry {
            org: user.org,
            id: self.random.id(now),
            at: now,
            actor: None,
            act: act.to_owned(),
            subject: Some(user.id.to_string()),
            project: None,
            detail: json!({"by": "command line"}).to_string(),
        };
        audit::add(tx, &[entry]).await
    }
}

async fn find(tx: &mut Tx, org: &str, username: &str) -> Result<User, RecoveryError> {
    let known = orgs::by_code(tx, org).await?.ok_or_else(|| RecoveryError::NoOrg(org.to_owned()))?;
    let user = users::by_username(tx, known.org, username).await?;
    user.ok_or_else(|| RecoveryError::NoUser(username.to_owned()))
}
