//! After a fork: a new device, and the ops from the fork on chained to its log.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clock::Held;
use super::outbox::Throttle;
use super::{Login, LoginFault, Replica, Tick};
use crate::op::OpFault;

/// What `POST /v1/devices` wants to know about the log that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fork {
    /// The device whose log is left.
    pub forked_from: Uuid,
    /// The first op that is not shared.
    pub seq: u64,
}

/// Why a fork cannot take place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForkFault {
    /// The server did not ask for it, or ops below the fork still wait for their outcomes.
    #[error("the server asked for no new device, or ops below the fork still wait for their outcomes")]
    NotAsked,
    /// The new device has the id of the old one.
    #[error("the new device has the id of the old one")]
    SameDevice,
    /// The new device was registered by somebody else.
    #[error(transparent)]
    Login(#[from] LoginFault),
    /// The saved state was damaged.
    #[error("an op in the log cannot be read: {0}")]
    Damaged(#[from] OpFault),
}

impl Replica {
    /// Tells whether a new device is needed now: the server said so, and every op below the fork has its outcome.
    pub fn fork_needed(&self) -> Option<Fork> {
        let seq = self.forked.filter(|_| !self.has_sendable())?;
        Some(Fork { forked_from: self.log.device, seq })
    }

    /// Takes the answer to the registration of a new device: ops from the fork on get new places, and each names its old one.
    ///
    /// # Errors
    /// When no new device is needed, or the answer is not for this user; nothing is changed then.
    pub fn fork(&mut self, login: Login, tick: &Tick) -> Result<(), ForkFault> {
        let Fork { forked_from, seq } = self.fork_needed().ok_or(ForkFault::NotAsked)?;
        if login.user != self.user {
            return Err(LoginFault::OtherUser(self.user).into());
        }
        if login.device == forked_from {
            return Err(ForkFault::SameDevice);
        }
        self.log = self.log.fork(seq, login.device, login.next_seq, login.head)?;
        self.standing = login.standing;
        // An anchor vouches for one device only.
        self.anchor = login.anchor.map(|token| Held::new(token, tick));
        (self.covering, self.forked, self.in_flight) = (None, None, None);
        self.throttle = Throttle::default();
        self.schedule.clear();
        Ok(())
    }
}
