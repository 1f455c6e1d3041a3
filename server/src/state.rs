//! What every request works with.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::clock::Clock;
use crate::random::Random;
use crate::store::Db;
use crate::tasks::Tasks;

/// The state of one running server; clones share it.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

/// What an [`App`] consists of.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The only clock rules and tokens ask.
    pub clock: Clock,
    /// The only source of ids and secrets.
    pub random: Random,
    /// Background work; a shutdown waits for it.
    pub tasks: Tasks,
    /// Set when a shutdown has begun: `/readyz` fails first, so that no new work is sent here.
    pub draining: Draining,
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

/// Whether a shutdown has begun.
#[derive(Debug, Default)]
pub struct Draining(AtomicBool);

impl Draining {
    /// Says that it has.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it has.
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
