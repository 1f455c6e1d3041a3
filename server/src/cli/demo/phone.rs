//! A phone of the story: a real replica, clocks that can be wrong, a line that can be cut, and real HTTP.

mod line;

use std::collections::BTreeMap;
use std::path::Path;

use api_spec::auth::DeviceClaim;
use api_spec::primitives::Secret;
use serde_json::{Map, Value, json};
use sync_core::exchange::Bucket;
use sync_core::kind::Kind;
use sync_core::op::Action;
use sync_core::replica::{Draft, RecordFault, Replica, Status, Tick, View};
use sync_core::time::rfc3339;
use uuid::Uuid;

use super::cast::Person;
use super::stage::Stage;
use crate::cli::failure::{Exit, Failure};
use crate::cli::phone::client::Client;
use crate::cli::phone::state::{self, Account, PhoneFile};
use crate::random::Random;

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
