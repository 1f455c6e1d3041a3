//! The replica: the phone's half of the sync protocol as a state machine without I/O.
//!
//! A phone records ops while nobody hears it, and one day it has a signal. The replica is everything in between: the op log with its
//! outbox, the pulled copy, and the overlay of what is still pending on top of what was pulled. It is plain state; whoever drives it
//! stores it after each transition, reads clocks, sends requests, and hands the answers back.
//!
//! ```
//! # use serde_json::json;
//! # use sync_core::{exchange::{Outcome, Response, Status}, kinds, op::{Action, Digest}};
//! # use sync_core::replica::{Draft, Login, Replica, Tick};
//! # use uuid::Uuid;
//! # let (user, device, project, visit) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3), Uuid::from_u128(4));
//! # let tick = |monotonic_ms| Tick { boot: "b7".into(), monotonic_ms, wall: None };
//! # let fields = |value: serde_json::Value| Action::Set(value.as_object().cloned().unwrap_or_default());
//! // A new phone logs in once. The anchor of that login vouches for the time of everything it records from here on.
//! let mut phone = Replica::new(user, device);
//! phone.login(Login { anchor: Some("anchor-1".into()), ..Login::new(user, device) }, &tick(1_000))?;
//!
//! // In the tunnel: what cannot hold is refused while it is typed, in the server's own words; what can hold is in the log.
//! let bad = phone.record(Draft::new(&kinds::VISIT, visit, project, fields(json!({"minutes": 5}))), &tick(2_000));
//! assert_eq!(bad.unwrap_err().code(), "field-missing");
//! let seq = phone.record(Draft::new(&kinds::VISIT, visit, project, fields(json!({"visit_type": "cold"}))), &tick(3_000))?;
//! assert_eq!(phone.view(visit).unwrap().body["visit_type"], "cold");
//! assert_eq!(phone.status().pending, 1);
//!
//! // Signal: one request pushes and pulls. Until it is answered it may be lost and sent again, as often as it takes.
//! let lost = phone.next_request(&tick(4_000)).unwrap();
//! let exchange = phone.next_request(&tick(9_000)).unwrap();
//! assert_eq!(exchange.request.ops.len(), 1);
//! assert!(exchange.request.ops[0].get().contains(r#""time":{"anchor":"anchor-1","elapsed_ms":2000,"boot":"b7"}"#));
//!
//! // The answer acknowledges: on the server's disk, with a final outcome. It is applied as a whole, and only to the last request.
//! let answer = Response {
//!     epoch: "e1".into(), server_time: "2026-11-22T01:31:07.120Z".into(), anchor: "anchor-2".into(), acked: 1, keep_from: 1,
//!     sync_after_ms: 60_000, outcomes: vec![], buckets: vec![], changes: vec![], cursors: Default::default(), more: false,
//! };
//! assert!(phone.take_response(lost.ticket, answer.clone(), &tick(9_500)).is_err());
//! phone.take_response(exchange.ticket, answer, &tick(9_500))?;
//! assert_eq!(phone.outcome(seq).unwrap().status, Status::Applied);
//!
//! // Nothing to push: the phone comes back when the server asked for it, or when it is poked.
//! assert!(phone.next_request(&tick(10_000)).is_none());
//! phone.poke();
//! assert!(phone.next_request(&tick(10_000)).is_some());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What goes wrong is part of the story. A hole, a larger limit than the server's, an expired login: [`Replica::take_refusal`] says what
//! to do next, and the queue stays. A restored or cloned phone is told that its log parted from the server's; it takes a new device and
//! chains its ops to a new log ([`Replica::fork`]). A server restored from a backup has a new epoch; the phone pulls anew and sends again
//! what the backup lost. Two processes on one saved state are kept apart by a [`Lease`].

mod answer;
mod clock;
mod copy;
mod draft;
mod fork;
mod lease;
mod log;
mod outbox;
mod overlay;
mod permission;
mod refusal;
mod status;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::answer::{AnswerFault, Taken};
pub use self::clock::Tick;
pub use self::draft::{Draft, GroupFault, RecordFault};
pub use self::fork::{Fork, ForkFault};
pub use self::lease::{Lease, SaveFault};
pub use self::outbox::Exchange;
pub use self::overlay::View;
pub use self::refusal::{Next, Refusal};
pub use self::status::{BucketStatus, PendingOp, Status};

use self::clock::{Held, Schedule};
use self::copy::Copy;
use self::log::Log;
use self::outbox::{InFlight, Throttle};
use crate::exchange::LIMIT_DEFAULT;
use crate::kind::Who;
use crate::op::Digest;

/// The phone's half of the sync protocol. Serialisable; the caller stores it after each transition, see [`Replica::save_over`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    lease: Lease,
    user: Uuid,
    /// What the person may be towards records of others.
    standing: BTreeSet<Who>,
    log: Log,
    copy: Copy,
    /// The newest anchor.
    anchor: Option<Held>,
    /// An older anchor that covers ops the server lost: it is sent instead of the newest until they are acknowledged again.
    covering: Option<Covering>,
    schedule: Schedule,
    throttle: Throttle,
    in_flight: Option<InFlight>,
    /// Numbers requests.
    tickets: u64,
    /// Where the server said that this log parts from its own.
    forked: Option<u64>,
    /// Changes wanted in one answer.
    limit: u32,
}

/// An anchor from before the server was restored, and the last op it covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Covering {
    token: String,
    upto: u64,
}

/// What a login (or the registration of a device) answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Who logged in.
    pub user: Uuid,
    /// On which device.
    pub device: Uuid,
    /// The anchor; null without a device.
    pub anchor: Option<String>,
    /// The next seq of the device's log on the server; only for a phone without a log.
    pub next_seq: u64,
    /// The digest of the op before it; only for a phone without a log.
    pub head: Digest,
    /// What the person may be towards records of others: [`Who::Lead`] for leads and deputies, [`Who::Office`] for the back office, and so
    /// on. It only decides what is refused while it is typed; leave in what is not known.
    pub standing: BTreeSet<Who>,
}

impl Login {
    /// A login on a new device by somebody whose standing is not known.
    pub fn new(user: Uuid, device: Uuid) -> Self {
        let standing = BTreeSet::from([Who::Colleague, Who::Lead, Who::Office, Who::Project]);
        Self { user, device, anchor: None, next_seq: 1, head: Digest::ZERO, standing }
    }
}

/// Why a login does not fit a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginFault {
    /// A log belongs to one user for ever.
    #[error("the log on this phone belongs to user {0}")]
    OtherUser(Uuid),
    /// Another device is another log; only [`Replica::fork`] moves to one.
    #[error("the log on this phone belongs to device {0}")]
    OtherDevice(Uuid),
}

impl Replica {
    /// An empty replica. It can record at once, also before the first login.
    pub fn new(user: Uuid, device: Uuid) -> Self {
        Self {
            lease: Lease::default(),
            user,
            standing: Login::new(user, device).standing,
            log: Log::new(device),
            copy: Copy::default(),
            anchor: None,
            covering: None,
            schedule: Schedule::default(),
            throttle: Throttle::default(),
            in_flight: None,
            tickets: 0,
            forked: None,
            limit: LIMIT_DEFAULT,
        }
    }

    /// Takes what a login answered: same device, same chain. `next_seq` and `head` count only while nothing was recorded.
    ///
    /// # Errors
    /// When the login is another user's or another device's.
    pub fn login(&mut self, login: Login, tick: &Tick) -> Result<(), LoginFault> {
        if login.user != self.user {
            return Err(LoginFault::OtherUser(self.user));
        }
        if login.device != self.log.device {
            return Err(LoginFault::OtherDevice(self.log.device));
        }
        self.log.adopt(login.next_seq, login.head);
        self.standing = login.standing;
        let lacks = login.next_seq <= self.log.acked();
        if let Some(token) = login.anchor {
            let held = self.anchor.replace(Held::new(token, tick));
            if let (true, None, Some(held)) = (lacks, &self.covering, held) {
                self.covering = Some(Covering { token: held.token, upto: self.log.acked() });
            }
        }
        self.schedule.clear();
        Ok(())
    }

    /// Whose replica this is.
    pub fn user(&self) -> Uuid {
        self.user
    }

    /// The device whose log this is.
    pub fn device(&self) -> Uuid {
        self.log.device
    }

    /// Asks for an exchange at once: a server-sent event came, or a person pulled down the list.
    pub fn poke(&mut self) {
        self.schedule.ask();
    }

    /// Sets how many changes one answer may bring (1 to [`crate::exchange::LIMIT_MAX`]).
    pub fn set_limit(&mut self, limit: u32) {
        self.limit = limit.clamp(1, crate::exchange::LIMIT_MAX);
    }
}
