//! What every request works with.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use api_spec::info::Limits;
use ipnet::IpNet;
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::app::Attempts;
use crate::attachments::Blobs;
use crate::clock::Clock;
use crate::facts::directories::Directories;
use crate::random::Random;
use crate::seal::access::AccessTokens;
use crate::seal::anchor::Anchors;
use crate::seal::blind_index::BlindIndex;
use crate::seal::keys::Keys;
use crate::seal::password::Passwords;
use crate::seal::sealing::Sealer;
use crate::store::Db;
use crate::sync::exchange::Exchange;
use crate::tasks::Tasks;

/// The state of one running server; clones share it.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] consists of.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Identity of the database's history; a restored backup has a new one.
    pub epoch: String,
    /// The only clock rules and tokens ask.
    pub clock: Clock,
    /// The only source of ids and secrets.
    pub random: Random,
    /// Background work; a shutdown waits for it.
    pub tasks: Tasks,
    /// Seals texts and numbers.
    pub sealer: Sealer,
    /// Finds customers by their number.
    pub index: BlindIndex,
    /// The keys folder, followed while the server runs.
    pub keys: (Keys, PathBuf),
    /// Proofs of time for phones.
    pub anchors: Anchors,
    /// Access tokens.
    pub access: AccessTokens,
    /// How long a login lasts without being used.
    pub refresh_lifetime_ms: i64,
    /// Passwords.
    pub passwords: Passwords,
    /// How often passwords were tried.
    pub attempts: Attempts,
    /// The networks of the proxies in front of this server, whose word for where a caller is counts.
    pub proxies: Vec<IpNet>,
    /// What one request may carry.
    pub limits: Limits,
    /// Places for streams of pokes.
    pub event_streams: Arc<Semaphore>,
    /// Where the bytes of photos and papers are.
    pub blobs: Arc<dyn Blobs>,
    /// Who is who, in memory.
    pub directories: Directories,
    /// Pushes and pulls of phones.
    pub exchange: Exchange,
    /// How far a shutdown has come.
    pub ending: Ending,
}

impl App {
    /// One server made of these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// How far a shutdown has come.
#[derive(Debug, Default)]
pub struct Ending {
    announced: AtomicBool,
    closing: CancellationToken,
}

impl Ending {
    /// Says that the end is near: `/readyz` fails, so that no new work is sent here.
    pub fn announce(&self) {
        self.announced.store(true, Ordering::Release);
    }

    /// Whether the end was announced.
    pub fn is_announced(&self) -> bool {
        self.announced.load(Ordering::Acquire)
    }

    /// Refuses new connections; requests that were accepted go on, answers without an end are ended.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Waits for [`Ending::close`]. Answers without an end, such as event streams, end with it.
    pub fn closing(&self) -> WaitForCancellationFutureOwned {
        self.closing.clone().cancelled_owned()
    }
}
