//! A phone in somebody's hand: the replica, the clocks of a phone, and the wire.
//!
//! It does what `sync-protocol.md` asks of an app, no more: it logs in, records, exchanges until nothing is left to push or pull, trades
//! expired tokens, and goes on under a new device after a fork. Whoever wants to lose or repeat a message takes the steps of
//! [`Phone::sync`] apart: [`Replica::next_request`], [`Phone::send`], [`Phone::take`].

mod clock;
mod typing;
mod wire;

pub use self::clock::PhoneClock;
pub use self::wire::Failure;

use api_spec::auth::{Session, Tokens};
use serde_json::{Value, json};
use sync_core::exchange::{Outcome, Request, Response};
use sync_core::replica::{Fork, Login, Next, Replica};
use uuid::Uuid;

use crate::api::Api;
use crate::world::{self, ORG, PASSWORD};

/// Exchanges after which a phone that still wants more is stuck.
const PATIENCE: usize = 1_000;

/// A phone in somebody's hand; a clone of this value is a clone of the phone.
#[derive(Debug, Clone)]
pub struct Phone {
    /// A stranger at the server, as the phone is before it logs in.
    server: Api,
    username: String,
    project: Uuid,
    tokens: Option<Tokens>,
    /// Where ids and salts come from: a name and how many were drawn.
    ids: (Uuid, u32),
    /// Its clocks.
    pub clock: PhoneClock,
    /// Its half of the protocol.
    pub replica: Replica,
}

/// What a phone keeps on its disk.
#[derive(Debug, Clone)]
pub struct Backup {
    replica: String,
    tokens: Option<Tokens>,
}

impl Backup {
    /// The saved replica, as JSON.
    pub fn replica(&self) -> &str {
        &self.replica
    }

    /// The same backup with another replica in it.
    pub fn with_replica(self, replica: String) -> Self {
        Self { replica, ..self }
    }
}

/// What came of [`Phone::sync`].
#[derive(Debug, Clone, Default)]
pub struct Synced {
    /// Answers taken.
    pub exchanges: usize,
    /// Outcomes that are news and not plainly applied.
    pub outcomes: Vec<Outcome>,
    /// Buckets whose copy did not prove equal and was pulled anew.
    pub unequal: Vec<String>,
    /// New devices taken after forks.
    pub forks: usize,
}

/// What a phone does next.
#[derive(Debug)]
pub enum Step {
    /// The answer was taken, and there is more.
    Again,
    /// The answer was taken, and everything is pushed and pulled.
    Done,
    /// The server refused, or was silent: wait this many ms.
    Wait(u64, Failure),
}

impl Phone {
    /// A new phone of this person of the [`world`], switched on at the world's morning, not logged in yet. `device` also seeds its ids.
    pub fn new(server: &Api, username: &str, device: Uuid) -> Self {
        Self {
            server: server.clone(),
            username: username.to_owned(),
            project: world::PROJECT,
            tokens: None,
            ids: (device, 0),
            clock: PhoneClock::new(world::MORNING),
            replica: Replica::new(world::id(username), device),
        }
    }

    /// A new phone that has logged in and pulled everything.
    ///
    /// # Panics
    /// When the server refuses either.
    pub async fn ready(server: &Api, username: &str, device: Uuid) -> Self {
        let mut phone = Self::new(server, username, device);
        phone.log_in().await.expect("the login is right");
        phone.sync().await.expect("a new phone can pull");
        phone
    }

    /// The same phone on another project.
    pub fn on_project(self, project: Uuid) -> Self {
        Self { project, ..self }
    }

    /// The same phone at another address of the server.
    pub fn at(self, server: &Api) -> Self {
        Self { server: server.clone(), ..self }
    }

    /// Who holds it.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The server as seen by the phone.
    pub fn api(&self) -> Api {
        self.tokens
            .as_ref()
            .map_or_else(|| self.server.clone(), |tokens| self.server.with_token(tokens.access_token.reveal()))
    }

    /// A random id, in the order drawn; two clones must be told apart by [`Phone::reseed`] first, as chance would.
    pub fn draw_id(&mut self) -> Uuid {
        self.ids.1 += 1;
        Uuid::new_v5(&self.ids.0, &self.ids.1.to_be_bytes())
    }

    /// Draws other ids from here on.
    pub fn reseed(&mut self, seed: &str) {
        self.ids = (Uuid::new_v5(&self.ids.0, seed.as_bytes()), 0);
    }

    /// What the phone has on its disk now.
    ///
    /// # Panics
    /// Never: a replica can always be written.
    pub fn back_up(&self) -> Backup {
        Backup { replica: self.replica.save_over(None).expect("a replica can be written"), tokens: self.tokens.clone() }
    }

    /// Puts a backup on the phone, as after a crash or a change of hardware.
    ///
    /// # Panics
    /// When the backup is damaged.
    pub fn restore(&mut self, backup: &Backup) {
        self.replica = Replica::open(&backup.replica, self.ids.0).expect("the backup is whole");
        self.tokens.clone_from(&backup.tokens);
    }

    /// Logs in with the password, on the phone's device.
    ///
    /// # Errors
    /// The server's refusal.
    ///
    /// # Panics
    /// When the session is not for this phone.
    pub async fn log_in(&mut self) -> Result<(), Failure> {
        let body = json!({"org": ORG, "username": self.username, "password": PASSWORD, "device": self.describe(self.replica.device())});
        let session: Session = wire::post(&self.server, "/v1/auth/login", &body).await?;
        let login = self.accept(session);
        self.replica.login(login, &self.clock.tick()).expect("the session is this phone's");
        Ok(())
    }

    /// Trades the tokens for new ones.
    ///
    /// # Errors
    /// The server's refusal.
    pub async fn refresh(&mut self) -> Result<(), Failure> {
        self.tokens = Some(wire::post(&self.server, "/v1/auth/refresh", &self.refresh_token()).await?);
        Ok(())
    }

    fn refresh_token(&self) -> Value {
        json!({"refresh_token": self.tokens.as_ref().map(|tokens| tokens.refresh_token.reveal())})
    }

    fn describe(&self, device: Uuid) -> Value {
        json!({"id": device, "name": "手机", "platform": "android 15", "hardware": self.ids.0.simple().to_string()})
    }

    fn accept(&mut self, session: Session) -> Login {
        self.tokens = Some(session.tokens);
        let device = session.device.expect("the session is bound to a device");
        Login {
            anchor: session.anchor,
            next_seq: device.next_seq,
            head: device.head,
            ..Login::new(session.user.id, device.id)
        }
    }

    /// Registers a new device, and chains what is pending to its log.
    ///
    /// # Errors
    /// The server's refusal.
    ///
    /// # Panics
    /// When the replica does not take what the server answered.
    pub async fn fork(&mut self, fork: Fork) -> Result<(), Failure> {
        let id = self.draw_id();
        let mut body = self.describe(id);
        body["forked_from"] = json!(fork.forked_from);
        body["seq"] = json!(fork.seq);
        body["refresh_token"] = self.refresh_token()["refresh_token"].take();
        let session: Session = wire::post(&self.api(), "/v1/devices", &body).await?;
        let login = self.accept(session);
        self.replica.fork(login, &self.clock.tick()).expect("the new device is this phone's");
        Ok(())
    }

    /// Sends a request and reads the answer; the phone itself takes no notice.
    ///
    /// # Errors
    /// The server's problem, or that there was no answer.
    ///
    /// # Panics
    /// When the answer is not of the protocol.
    pub async fn send(&self, request: &Request) -> Result<Response, Failure> {
        wire::post(&self.api(), "/v1/sync", request).await
    }

    /// Takes what came of a request, and does what has to be done about a refusal.
    ///
    /// # Panics
    /// When the answer contradicts itself, or `ticket` is not the last request's.
    pub async fn take(&mut self, ticket: u64, answer: Result<Response, Failure>, synced: &mut Synced) -> Step {
        let tick = self.clock.tick();
        let failure = match answer {
            Ok(response) => {
                let taken = self.replica.take_response(ticket, response, &tick).expect("the answer holds together");
                synced.exchanges += 1;
                synced.outcomes.extend(taken.outcomes);
                synced.unequal.extend(taken.unequal);
                return match self.replica.fork_needed() {
                    Some(fork) => self.go_on(fork, synced).await,
                    None if taken.again => Step::Again,
                    None => Step::Done,
                };
            }
            Err(failure) => failure,
        };
        match self.replica.take_refusal(ticket, failure.refusal(), &tick).expect("the refusal is the last request's") {
            Next::Again => Step::Again,
            Next::Fork(fork) => self.go_on(fork, synced).await,
            Next::Wait(ms) => Step::Wait(ms, failure),
            Next::LogIn => {
                let refreshed = match failure.code() {
                    Some("token-expired") => self.refresh().await,
                    _ => Err(failure),
                };
                let logged_in = if refreshed.is_ok() { refreshed } else { self.log_in().await };
                logged_in.map_or_else(|failure| Step::Wait(0, failure), |()| Step::Again)
            }
        }
    }

    async fn go_on(&mut self, fork: Fork, synced: &mut Synced) -> Step {
        let mut forked = self.fork(fork).await;
        if forked.as_ref().is_err_and(|failure| failure.status() == 401) {
            // the tokens of a restored phone are old
            forked = self.log_in().await;
            if forked.is_ok() {
                forked = self.fork(fork).await;
            }
        }
        synced.forks += usize::from(forked.is_ok());
        forked.map_or_else(|failure| Step::Wait(0, failure), |()| Step::Again)
    }

    /// Exchanges until nothing is left to push or to pull.
    ///
    /// # Errors
    /// The first failure that the phone has to wait for; what was pushed until then is acknowledged.
    ///
    /// # Panics
    /// When there is no end to it.
    pub async fn sync(&mut self) -> Result<Synced, Failure> {
        let mut synced = Synced::default();
        self.replica.poke();
        for _ in 0..PATIENCE {
            let Some(exchange) = self.replica.next_request(&self.clock.tick()) else {
                return Err(Failure::Patience(self.replica.due_in_ms(&self.clock.tick())));
            };
            let answer = self.send(&exchange.request).await;
            match self.take(exchange.ticket, answer, &mut synced).await {
                Step::Again => {}
                Step::Done => return Ok(synced),
                Step::Wait(_, failure) => return Err(failure),
            }
        }
        panic!("{} did not come to an end: {:?}", self.username, self.replica.status());
    }

    /// As [`Phone::sync`], but waits as long as the server asks for, or as long as it is silent.
    ///
    /// # Errors
    /// Refusals that no waiting changes: 400, 401, 403, 404.
    pub async fn sync_patiently(&mut self) -> Result<Synced, Failure> {
        loop {
            match self.sync().await {
                Err(failure) if failure.is_passing() => {
                    let wait_ms = self.replica.due_in_ms(&self.clock.tick()).max(1);
                    tokio::time::sleep(std::time::Duration::from_millis(wait_ms)).await;
                    self.clock.pass_ms(i64::try_from(wait_ms).unwrap_or(i64::MAX));
                }
                end => return end,
            }
        }
    }
}
