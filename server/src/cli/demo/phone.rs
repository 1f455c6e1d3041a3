//! A phone of the story: a real replica, clocks that can be wrong, a line that can be cut, and real HTTP.

use std::collections::BTreeMap;
use std::path::Path;

use api_spec::auth::{DeviceClaim, Login, Session};
use api_spec::devices::ForkedDevice;
use api_spec::primitives::Secret;
use serde_json::{Map, Value, json};
use sync_core::exchange::{Bucket, Outcome};
use sync_core::kind::Kind;
use sync_core::op::Action;
use sync_core::replica::{Draft, Exchange, Fork, Next, RecordFault, Replica, Status, Tick, View};
use sync_core::time::rfc3339;
use uuid::Uuid;

use super::cast::{ORG, Person};
use super::stage::Stage;
use crate::cli::failure::{Exit, Failure};
use crate::cli::phone::client::{Client, NoAnswer};
use crate::cli::phone::line::login_of;
use crate::cli::phone::state::{self, Account, PhoneFile};
use crate::random::Random;

/// Exchanges after which a phone that still wants more is stuck.
const PATIENCE: usize = 50;
const HOUR_MS: i64 = 3_600_000;

/// A phone in somebody's hand.
#[derive(Debug, Clone)]
pub(super) struct Phone {
    pub(super) person: &'static Person,
    pub(super) replica: Replica,
    /// By how much the wall clock is wrong.
    pub(super) wall_off_ms: i64,
    /// What was recorded, as `phone replay` reads it.
    pub(super) recorded: Vec<Value>,
    /// The buckets as the server described them in its last answer.
    pub(super) served: Vec<Bucket>,
    /// The device that was lost, as it stood then.
    pub(super) lost: Option<Status>,
    account: Option<Account>,
    client: Client,
    password: Secret,
    project: Uuid,
    device: DeviceClaim,
    boots: u32,
    booted_ms: i64,
    /// How many ids were drawn.
    drawn: u32,
}

/// What came of [`Phone::sync`].
#[derive(Debug, Default)]
pub(super) struct Synced {
    /// Ops that got their outcome.
    pub(super) acknowledged: u64,
    /// Outcomes that are not plainly applied.
    pub(super) outcomes: Vec<Outcome>,
    /// The first op the server had not heard of, where the log had parted from the server's.
    pub(super) forked_at: Option<u64>,
}

impl Phone {
    /// A phone that was switched on an hour ago and knows nobody yet.
    ///
    /// # Errors
    /// When the org file gives its owner no password.
    pub(super) fn new(stage: &Stage, person: &'static Person) -> Result<Self, Failure> {
        let user = person.id();
        let device = DeviceClaim {
            id: Uuid::new_v5(&user, b"phone"),
            name: format!("{} · {}", person.name.zh, person.phone.unwrap_or_default()),
            platform: "demo".to_owned(),
            hardware: Some(Uuid::new_v5(&user, b"hardware").simple().to_string()),
        };
        Ok(Self {
            person,
            replica: Replica::new(user, device.id),
            wall_off_ms: 0,
            recorded: Vec::new(),
            served: Vec::new(),
            lost: None,
            account: None,
            client: stage.client.clone(),
            password: Secret::new(stage.org.password(person.username)?),
            project: stage.project,
            device,
            boots: 1,
            booted_ms: stage.now - HOUR_MS,
            drawn: 0,
        })
    }

    /// One reading of its clocks.
    fn tick(&self, now: i64) -> Tick {
        let wall = Some(rfc3339::text(now + self.wall_off_ms));
        Tick { boot: format!("boot-{}", self.boots), monotonic_ms: now - self.booted_ms, wall }
    }

    /// Switches it off and on.
    pub(super) fn reboot(&mut self, now: i64) {
        self.boots += 1;
        self.booted_ms = now;
    }

    /// An id for a new record.
    pub(super) fn draw_id(&mut self) -> Uuid {
        self.drawn += 1;
        Uuid::new_v5(&self.person.id(), &self.drawn.to_be_bytes())
    }

    /// Records one op, as somebody types it; what the phone knows to be wrong is refused.
    ///
    /// # Errors
    /// What the server would reject it for.
    pub(super) fn try_record(
        &mut self,
        now: i64,
        kind: &'static Kind,
        id: Uuid,
        action: Action,
    ) -> Result<u64, RecordFault> {
        let sealed = |name: &String| kind.field(name).is_some_and(|field| field.sealed);
        let salted = matches!(&action, Action::Set(fields) if fields.keys().any(sealed));
        let tick = self.tick(now);
        let line = json!({"kind": kind.name, "id": id, "do": action.to_json(), "tick": tick});
        let draft = Draft::new(kind, id, self.project, action);
        let draft = if salted { draft.with_salt(Random::system().bytes()) } else { draft };
        let seq = self.replica.record(draft, &tick)?;
        self.recorded.push(line);
        Ok(seq)
    }

    /// Records one op that is right.
    ///
    /// # Errors
    /// When the phone refuses it after all.
    pub(super) fn record(&mut self, now: i64, kind: &'static Kind, id: Uuid, action: Action) -> Result<u64, Failure> {
        self.try_record(now, kind, id, action).map_err(|fault| self.stuck(&fault))
    }

    /// Makes a record.
    ///
    /// # Errors
    /// When the phone refuses it.
    pub(super) fn create(&mut self, now: i64, kind: &'static Kind, fields: Value) -> Result<Uuid, Failure> {
        let id = self.draw_id();
        self.set(now, kind, id, fields)?;
        Ok(id)
    }

    /// Writes fields of a record.
    ///
    /// # Errors
    /// When the phone refuses it.
    pub(super) fn set(&mut self, now: i64, kind: &'static Kind, id: Uuid, fields: Value) -> Result<u64, Failure> {
        self.record(now, kind, id, Action::Set(object(fields)))
    }

    /// Adds to counters.
    ///
    /// # Errors
    /// When the phone refuses it.
    pub(super) fn add<const N: usize>(
        &mut self,
        now: i64,
        kind: &'static Kind,
        id: Uuid,
        counts: [(&str, i64); N],
    ) -> Result<u64, Failure> {
        let counts: BTreeMap<String, i64> = counts.map(|(name, count)| (name.to_owned(), count)).into();
        self.record(now, kind, id, Action::Add(counts))
    }

    /// Asks for a ruling.
    ///
    /// # Errors
    /// When the phone refuses it.
    pub(super) fn command(
        &mut self,
        now: i64,
        kind: &'static Kind,
        id: Uuid,
        name: &str,
        args: Value,
    ) -> Result<u64, Failure> {
        self.record(now, kind, id, Action::Command { name: name.to_owned(), args: object(args) })
    }

    /// A record as the phone shows it.
    ///
    /// # Errors
    /// When the phone does not have it.
    pub(super) fn view(&self, id: Uuid) -> Result<View, Failure> {
        self.replica.view(id).ok_or_else(|| self.stuck(&format!("it does not have the record {id}")))
    }

    /// Logs in with the password, on this device.
    ///
    /// # Errors
    /// The server's refusal.
    pub(super) async fn log_in(&mut self, now: i64) -> Result<(), Failure> {
        let login = Login {
            org: ORG.to_owned(),
            username: self.person.username.to_owned(),
            password: self.password.clone(),
            device: Some(self.device.clone()),
        };
        let session = self.client.login(&login).await?;
        let login = login_of(&session, &self.device);
        let tick = self.tick(now);
        self.replica.login(login, &tick).map_err(|fault| self.stuck(&fault))?;
        self.keep(session);
        Ok(())
    }

    fn keep(&mut self, session: Session) {
        self.account = Some(Account {
            server: self.client.server().to_owned(),
            org: ORG.to_owned(),
            user: session.user,
            device: self.device.clone(),
            access_token: session.tokens.access_token,
            refresh_token: session.tokens.refresh_token,
            next_device: None,
        });
    }

    /// Exchanges until nothing is left to push or to pull; an expired token is refreshed, and a log that has parted
    /// from the server's goes on under a new device.
    ///
    /// # Errors
    /// When the server refuses or there is no end to it.
    pub(super) async fn sync(&mut self, now: i64) -> Result<Synced, Failure> {
        if self.account.is_none() {
            self.log_in(now).await?;
        }
        let mut synced = Synced::default();
        self.replica.poke();
        for _ in 0..PATIENCE {
            if !self.exchange(now, &mut synced).await? {
                return Ok(synced);
            }
        }
        Err(self.stuck(&"its exchanges come to no end"))
    }

    /// One round trip; whether there is more to do.
    async fn exchange(&mut self, now: i64, synced: &mut Synced) -> Result<bool, Failure> {
        let tick = self.tick(now);
        let Some(Exchange { ticket, request }) = self.replica.next_request(&tick) else { return Ok(false) };
        let before = self.replica.status().acknowledged;
        match self.client.sync(&self.token(), &request).await {
            Ok(response) => {
                self.served.clone_from(&response.buckets);
                let taken = self.replica.take_response(ticket, response, &tick).map_err(|fault| self.stuck(&fault))?;
                synced.acknowledged += self.replica.status().acknowledged.saturating_sub(before);
                synced.outcomes.extend(taken.outcomes);
                match self.replica.fork_needed() {
                    Some(fork) => self.fork(now, fork, synced).await.map(|()| true),
                    None => Ok(taken.again),
                }
            }
            Err(NoAnswer::Refused(problem)) => {
                let refusal = problem.refusal();
                let next = self.replica.take_refusal(ticket, refusal, &tick).map_err(|fault| self.stuck(&fault))?;
                match next {
                    Next::Again => {}
                    Next::Fork(fork) => self.fork(now, fork, synced).await?,
                    Next::LogIn => self.renew(now).await?,
                    Next::Wait(_) => return Err(NoAnswer::Refused(problem).into()),
                }
                Ok(true)
            }
            Err(silence) => Err(silence.into()),
        }
    }

    /// Takes new tokens; when the old ones are worth nothing any more, the owner types the password.
    async fn renew(&mut self, now: i64) -> Result<(), Failure> {
        if let Some(account) = &mut self.account
            && let Ok(tokens) = self.client.refresh(account.refresh_token.clone()).await
        {
            account.take(tokens);
            return Ok(());
        }
        self.log_in(now).await
    }

    /// Registers a new device, and chains what the server has not heard of to its log.
    async fn fork(&mut self, now: i64, fork: Fork, synced: &mut Synced) -> Result<(), Failure> {
        let claim = DeviceClaim { id: self.draw_id(), ..self.device.clone() };
        let refresh_token = self.account.as_ref().map(|account| account.refresh_token.clone());
        let request = ForkedDevice {
            device: claim.clone(),
            forked_from: fork.forked_from,
            seq: fork.seq,
            refresh_token: refresh_token.unwrap_or_else(|| Secret::new("")),
        };
        let session = self.client.register(&self.token(), &request).await?;
        self.device = claim;
        let (login, tick) = (login_of(&session, &self.device), self.tick(now));
        self.replica.fork(login, &tick).map_err(|fault| self.stuck(&fault))?;
        self.keep(session);
        synced.forked_at = Some(fork.seq);
        Ok(())
    }

    fn token(&self) -> Secret {
        self.account.as_ref().map_or_else(|| Secret::new(""), |account| account.access_token.clone())
    }

    /// The phone as it comes back from a backup: what it kept on its disk then, after a restart, with new ids to come.
    ///
    /// # Errors
    /// When the backup is damaged.
    pub(super) fn restore(&mut self, backup: &Self, now: i64) -> Result<(), Failure> {
        let saved = backup.replica.save_over(None).map_err(|fault| self.stuck(&fault))?;
        self.lost = Some(self.replica.status());
        self.replica = Replica::open(&saved, Random::system().opaque_id()).map_err(|error| self.stuck(&error))?;
        self.account.clone_from(&backup.account);
        self.reboot(now);
        Ok(())
    }

    /// Writes the phone to a file that `baobei phone --state FILE` takes up.
    ///
    /// # Errors
    /// When it never logged in, or the file cannot be written.
    pub(super) fn put_down(&self, file: &Path) -> Result<(), Failure> {
        let account = self.account.clone().ok_or_else(|| self.stuck(&"it never logged in"))?;
        let phone = state::Phone { account, replica: self.replica.clone() };
        PhoneFile::new(file.to_owned()).create(&phone)
    }

    fn stuck(&self, why: &dyn std::fmt::Display) -> Failure {
        Failure::new(Exit::Failed, format!("the phone of {} is stuck: {why}", self.person.username))
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
