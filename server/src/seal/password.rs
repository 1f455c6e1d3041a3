//! Passwords: argon2id, away from the threads that serve, few at a time.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{Error as HashError, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use clap::ValueEnum;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::random::Random;
use crate::tasks::{Tasks, WorkLost};

/// Checks that may wait for their turn, for each that runs.
const WAITING_FOR_EACH: usize = 32;

/// How much work one hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum PasswordCost {
    /// 19 MiB, two passes: tens of milliseconds (OWASP's recommendation for argon2id)
    #[default]
    Standard,
    /// Next to nothing: for tests and demonstrations, never for real accounts
    Cheap,
}

impl PasswordCost {
    fn params(self) -> Params {
        match self {
            // the library's defaults are OWASP's: m = 19 MiB, t = 2, p = 1
            Self::Standard => Params::DEFAULT,
            Self::Cheap => Params::new(Params::MIN_M_COST, 1, 1, None).unwrap_or(Params::DEFAULT),
        }
    }
}

/// Hashes and checks passwords; cheap to clone.
#[derive(Debug, Clone)]
pub struct Passwords {
    cost: PasswordCost,
    random: Random,
    tasks: Tasks,
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    /// Of a password nobody knows; checked when there is no such user, so that both take as long.
    decoy: Arc<str>,
}

/// Why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too many wait already; try again shortly.
    #[error("too many passwords are being checked")]
    Busy,
    /// The work was lost.
    #[error(transparent)]
    Lost(#[from] WorkLost),
    /// The stored hash is no argon2 hash, or hashing failed.
    #[error("the password hash cannot be used: {0}")]
    Hash(#[from] HashError),
}

impl Passwords {
    /// Hashes at this cost, `parallel` at a time (at least 1).
    ///
    /// # Errors
    /// [`PasswordError::Hash`] when hashing does not work at all.
    pub fn new(cost: PasswordCost, parallel: usize, random: Random, tasks: Tasks) -> Result<Self, PasswordError> {
        let parallel = parallel.max(1);
        let decoy = hash_now(cost, &random.bytes::<16>(), &random.bytes())?.into();
        Ok(Self {
            cost,
            random,
            tasks,
            running: Arc::new(Semaphore::new(parallel)),
            admitted: Arc::new(Semaphore::new(parallel * (1 + WAITING_FOR_EACH))),
            decoy,
        })
    }

    /// The hash to store: a PHC string (`$argon2id$…`).
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let password = Zeroizing::new(password.to_owned());
        let (cost, salt) = (self.cost, self.random.bytes());
        self.in_turn(move || hash_now(cost, password.as_bytes(), &salt)).await
    }

    /// Whether the password is the one that was hashed. Without a stored hash, when there is no such user, the answer
    /// is no and takes as long.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn verify(&self, stored: Option<&str>, password: &str) -> Result<bool, PasswordError> {
        let known = stored.is_some();
        let hash = stored.unwrap_or(&self.decoy).to_owned();
        let password = Zeroizing::new(password.to_owned());
        let fits = self
            .in_turn(move || {
                let hash = PasswordHash::new(&hash).map_err(|_| HashError::EncodingInvalid)?;
                match Argon2::default().verify_password(password.as_bytes(), &hash) {
                    Ok(()) => Ok(true),
                    Err(HashError::PasswordInvalid) => Ok(false),
                    Err(error) => Err(error),
                }
            })
            .await?;
        Ok(known && fits)
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _admitted = self.admitted.try_acquire().map_err(|_| PasswordError::Busy)?;
        // moved into the work: a client that hangs up does not make room for a second one beside it
        let running = self.running.clone().acquire_owned().await.map_err(|_| WorkLost)?;
        let done = self.tasks.run_blocking(move || {
            let result = work();
            drop(running);
            result
        });
        Ok(done.await??)
    }
}

fn hash_now(cost: PasswordCost, password: &[u8], salt: &[u8; 16]) -> Result<String, HashError> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost.params());
    Ok(argon2.hash_password_with_salt(password, salt)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(cost: PasswordCost, parallel: usize) -> Passwords {
        Passwords::new(cost, parallel, Random::system(), Tasks::new()).unwrap()
    }

    #[tokio::test]
    async fn the_right_password_fits_and_no_other_does() {
        let passwords = passwords(PasswordCost::Cheap, 2);
        let hash = passwords.hash("报备2026!").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$") && !hash.contains("2026"));
        assert!(passwords.verify(Some(&hash), "报备2026!").await.unwrap());
        for wrong in ["", "报备2026", "报备2026! "] {
            assert!(!passwords.verify(Some(&hash), wrong).await.unwrap());
        }
        assert_ne!(hash, passwords.hash("报备2026!").await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_user_costs_as_much_and_never_fits() {
        let passwords = passwords(PasswordCost::Standard, 1);
        let decoy = PasswordHash::new(&passwords.decoy).unwrap();
        let real = passwords.hash("secret").await.unwrap();
        assert_eq!(decoy.params, PasswordHash::new(&real).unwrap().params);
        assert!(real.contains("m=19456,t=2,p=1"), "{real}");
        let guessed = Passwords { decoy: real.into(), ..passwords };
        assert!(!guessed.verify(None, "secret").await.unwrap());
    }

    #[tokio::test]
    async fn hashes_outlive_a_change_of_cost() {
        let hash = passwords(PasswordCost::Cheap, 1).hash("secret").await.unwrap();
        assert!(passwords(PasswordCost::Standard, 1).verify(Some(&hash), "secret").await.unwrap());
        let damaged = passwords(PasswordCost::Cheap, 1).verify(Some("plain"), "plain").await;
        assert!(matches!(damaged, Err(PasswordError::Hash(_))));
    }

    #[tokio::test]
    async fn only_so_many_wait() {
        let passwords = passwords(PasswordCost::Cheap, 1);
        let all: Vec<_> = (0..=WAITING_FOR_EACH).map(|_| passwords.admitted.try_acquire().unwrap()).collect();
        assert!(matches!(passwords.verify(None, "x").await, Err(PasswordError::Busy)));
        drop(all);
        assert!(!passwords.verify(None, "x").await.unwrap());
    }
}
