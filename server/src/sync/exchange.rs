//! One exchange: the push half waits in line and is committed, then the pull half is read in one snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use api_spec::info::Limits;
use api_spec::problem::{Code, Problem};
use sync_core::exchange::{Bucket, LIMIT_MAX, Outcome, PROTOCOL, Request};
use sync_core::time::rfc3339;
use uuid::Uuid;

use super::chain::ChainFault;
use super::delivery;
use super::intake::{self, IntakeFault, Push, Sender};
use super::pace::{self, Groups};
use super::pull::{self, Pulled};
use super::push::{self, Pushed};
use super::queue::{Queue, QueueError, queue};
use crate::clock::Clock;
use crate::error::AppError;
use crate::facts::Unit;
use crate::facts::directories::Directories;
use crate::facts::directory::Directory;
use crate::random::Random;
use crate::seal::anchor::{Anchor, Anchors};
use crate::seal::blind_index::BlindIndex;
use crate::seal::sealing::Sealer;
use crate::store::{Db, Engine, Reader, devices, run_tx};
use crate::tasks::Tasks;

/// Groups that are written at once on PostgreSQL.
const WRITERS: u32 = 2;
/// After how many seconds a phone may come back to a full line; the answer is jittered.
const FULL_RETRY_S: u64 = 2;

/// The server's half of the protocol; cheap to clone.
#[derive(Debug, Clone)]
pub struct Exchange {
    parts: Arc<Parts>,
    lines: Arc<[Line]>,
}

/// What the writers of all lines share.
#[derive(Debug)]
struct Writer {
    parts: Arc<Parts>,
    /// Transactions that wrote groups, failed attempts among them.
    transactions: AtomicU64,
}

/// A waiting line with a writer of its own.
type Line = Queue<Push, Result<Pushed, Problem>>;

/// What exchanges work with.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Identity of the database's history.
    pub epoch: String,
    /// The only clock.
    pub clock: Clock,
    /// Where ids come from.
    pub random: Random,
    /// Seals texts and numbers.
    pub sealer: Sealer,
    /// Finds customers by number.
    pub index: BlindIndex,
    /// Makes and checks anchors.
    pub anchors: Anchors,
    /// Who is who.
    pub directories: Directories,
    /// What one request may carry.
    pub limits: Limits,
    /// Ops that may wait to be written; beyond, phones are asked to come back.
    pub waiting_ops: usize,
}

/// Who syncs.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The org.
    pub org: i64,
    /// The user.
    pub user: Uuid,
    /// The phone.
    pub device: Uuid,
    /// It was reported stolen: what it pushes is parked, and it pulls nothing.
    pub stolen: bool,
    /// The account ended: it pushes for some days, and pulls nothing but the end.
    pub ended: bool,
}

impl Parts {
    /// Everything a unit of work needs besides the database.
    pub fn unit(&self, directory: Arc<Directory>) -> Unit {
        Unit {
            org: directory.org,
            now: self.clock.now(),
            sealer: self.sealer.clone(),
            index: self.index.clone(),
            random: self.random.clone(),
            directory,
        }
    }
}

impl Exchange {
    /// The exchange of this server, with the worker that writes its groups until the server stops.
    pub fn start(parts: Parts, tasks: &Tasks) -> Self {
        let parts = Arc::new(parts);
        // SQLite has one writer; on PostgreSQL one group is decided while another waits for the disk
        let writers = match parts.db.engine() {
            Engine::Sqlite => 1,
            Engine::Postgres => WRITERS,
        };
        let writer = Arc::new(Writer { parts: Arc::clone(&parts), transactions: AtomicU64::new(0) });
        let waiting_ops = u32::try_from(parts.waiting_ops).unwrap_or(u32::MAX);
        let line = |_| {
            let (line, worker) = queue(waiting_ops / writers);
            let (writer, stopped) = (Arc::clone(&writer), tasks.stop_token().clone());
            tasks.spawn("push writer", async move {
                let mut groups = Groups::default();
                let group_ops = || groups.next(writer.others());
                let write = |group| {
                    let writer = Arc::clone(&writer);
                    async move { writer.write(group).await }
                };
                worker.run(stopped, group_ops, write).await;
            });
            line
        };
        let lines = (0..writers).map(line).collect();
        Self { parts, lines }
    }

    /// The line of a push: those of one project wait together, because they share buckets.
    fn line(&self, push: &Push) -> &Line {
        self.line_of(push.ops.iter().find_map(|op| op.op.as_ref().ok()).map_or(push.user, |op| op.project))
    }

    fn line_of(&self, project: Uuid) -> &Line {
        &self.lines[usize::from(project.as_bytes()[15]) % self.lines.len()]
    }

    /// How full the fullest line is, in per mille.
    fn fullness(&self) -> u64 {
        self.lines.iter().map(Queue::fullness).max().unwrap_or_default()
    }

    /// Everything a unit of work outside the push line needs.
    pub fn unit(&self, directory: Arc<Directory>) -> Unit {
        self.parts.unit(directory)
    }

    /// Asked before anything of a request is read: whether the line of a phone of this project can take the largest push. Which ops come, and
    /// of which project, shows only when it was read; then the line is asked again.
    ///
    /// # Errors
    /// `overloaded`.
    pub fn admit(&self, project: Uuid) -> Result<(), Problem> {
        let has_room = self.line_of(project).has_room(self.parts.limits.request_ops);
        if has_room { Ok(()) } else { Err(Problem::overloaded(FULL_RETRY_S)) }
    }

    /// Pushes and pulls. `received` is the server time after the request's last byte (Unix ms). Returns the answer's JSON text.
    ///
    /// # Errors
    /// Problems of the request as a whole; whatever it acknowledges is on disk even then.
    pub async fn run(&self, caller: &Caller, request: &Request, received: i64) -> Result<String, AppError> {
        let parts = &*self.parts;
        if request.protocol != PROTOCOL {
            return Err(Problem::unsupported_protocol(PROTOCOL, PROTOCOL).into());
        }
        if request.limit == 0 || request.limit > LIMIT_MAX {
            return Err(Problem::new(Code::BadBody).with("limit", LIMIT_MAX).into());
        }
        let mut reader = parts.db.read().await?;
        let directory = parts.directories.current(&mut reader, caller.org).await?;
        let device = devices::by_ids(&mut reader, &[caller.device]).await?.pop().ok_or(Code::WrongDevice)?;
        // what needs no write is answered from the snapshot that it was read in
        let reader = request.ops.is_empty().then_some(reader);
        let Caller { org, user, device: id, stolen, .. } = *caller;
        let sender = Sender { org, user, device: id, forked_from: device.forked_from, stolen };
        let push =
            intake::read(request, &sender, received, &parts.anchors, &directory, &parts.limits).map_err(problem)?;
        if let Some(ahead) = push.newest_anchor().filter(|at| *at > parts.clock.now()) {
            parts.clock.raise_to(ahead);
        }
        if let (Some(pushed), Some(reader)) = (push::nothing_new(&push, &device)?, reader) {
            return self.answer(caller, request, &pushed, reader, &directory).await;
        }
        let pushed = self.line(&push).submit(push).await.map_err(|error| match error {
            QueueError::Full => Problem::overloaded(FULL_RETRY_S),
            QueueError::Closed => Code::Unavailable.into(),
        })??;
        if pushed.refused.is_some() {
            return Err(Code::WrongDevice.into());
        }
        if let Some(fault) = pushed.fault {
            return Err(fault_problem(&fault, &pushed).into());
        }
        let mut reader = parts.db.read().await?;
        let directory = parts.directories.current(&mut reader, org).await?;
        self.answer(caller, request, &pushed, reader, &directory).await
    }

    async fn answer(
        &self,
        caller: &Caller,
        request: &Request,
        pushed: &Pushed,
        mut reader: Reader,
        directory: &Directory,
    ) -> Result<String, AppError> {
        let parts = &*self.parts;
        let Caller { org, user, device, .. } = *caller;
        let now = parts.clock.now();
        let pulled = if caller.ended || caller.stolen {
            Pulled::default()
        } else {
            let known = request.epoch.as_deref() == Some(parts.epoch.as_str());
            let none = BTreeMap::new();
            let cursors = if known { &request.cursors } else { &none };
            pull::pull(&mut reader, org, &directory.buckets_of(user, now), cursors, request.limit).await?
        };
        drop(reader);
        if !pulled.returned.is_empty()
            && let Err(error) = delivery::note(parts, org, user, &pulled.returned).await
        {
            // without it the author has more time, not less
            tracing::warn!(cause = error.cause(), "a returned log was delivered, which was not noted");
        }
        if !pulled.disputable.is_empty()
            && let Err(error) = delivery::note_verdicts(parts, user, &pulled.disputable).await
        {
            // without it the claimant has more time, not less
            tracing::warn!(cause = error.cause(), "a verdict was delivered, which was not noted");
        }
        if !pulled.notices.is_empty()
            && let Err(error) = delivery::note_notices(parts, user, &pulled.notices).await
        {
            // the next phone of the reader, or the reading itself, says so too
            tracing::warn!(cause = error.cause(), "a notice was delivered, which was not noted");
        }
        let anchor = Anchor { org, device, at: now, acked: pushed.head.seq.cast_signed(), digest: pushed.head.digest };
        let answer = Answer {
            epoch: &parts.epoch,
            now,
            anchor: parts.anchors.issue(&anchor),
            sync_after_ms: pace::come_back_in(now, directory.places.get(&user), self.fullness()),
            pushed,
            pulled: &pulled,
        };
        Ok(answer.text())
    }
}

/// Everything an answer is written from.
struct Answer<'a> {
    epoch: &'a str,
    now: i64,
    anchor: String,
    sync_after_ms: u64,
    pushed: &'a Pushed,
    pulled: &'a Pulled,
}

impl Answer<'_> {
    /// The answer's JSON; changes are stored ready to send and spliced in.
    fn text(&self) -> String {
        #[derive(serde::Serialize)]
        struct Head<'a> {
            epoch: &'a str,
            server_time: String,
            anchor: &'a str,
            acked: u64,
            keep_from: u64,
            sync_after_ms: u64,
            outcomes: &'a [Outcome],
            buckets: &'a [Bucket],
            cursors: &'a BTreeMap<String, String>,
            more: bool,
        }
        let head = Head {
            epoch: self.epoch,
            server_time: rfc3339::text(self.now),
            anchor: &self.anchor,
            acked: self.pushed.head.seq,
            keep_from: self.pushed.keep_from,
            sync_after_ms: self.sync_after_ms,
            outcomes: &self.pushed.outcomes,
            buckets: &self.pulled.buckets,
            cursors: &self.pulled.cursors,
            more: self.pulled.more,
        };
        let mut text = serde_json::to_string(&head).unwrap_or_default();
        text.pop();
        text.push_str(r#","changes":["#);
        text.push_str(&self.pulled.changes);
        text.push_str("]}");
        text
    }
}

fn problem(fault: IntakeFault) -> Problem {
    match fault {
        IntakeFault::TooManyOps(max) => Problem::payload_too_large(Limits::REQUEST_OPS, max),
        IntakeFault::TooManyBytes(max) => Problem::payload_too_large(Limits::REQUEST_BYTES, max),
        IntakeFault::NoPlace { index, message } => Problem::new(Code::BadBody)
            .at(format!("/ops/{index}"), api_spec::locale::Text { en: message.clone().into(), zh: message.into() }),
    }
}

fn fault_problem(fault: &ChainFault, pushed: &Pushed) -> Problem {
    let problem = match fault {
        ChainFault::Gap { expected, head } => Problem::seq_gap(*expected, head.to_string()),
        ChainFault::Forked { seq, digest } => Problem::device_forked(*seq, digest.to_string()),
    };
    problem.with("acked", pushed.head.seq)
}

impl Writer {
    /// How many transactions besides groups this process has asked for so far.
    fn others(&self) -> u64 {
        self.parts.db.writers_so_far().saturating_sub(self.transactions.load(Ordering::Relaxed))
    }

    /// Writes a group, org by org; when a group fails on its data, its pushes are retried one by one.
    async fn write(&self, group: Vec<Push>) -> Vec<Result<Pushed, Problem>> {
        let mut answers: Vec<Option<Result<Pushed, Problem>>> = vec![None; group.len()];
        let orgs: BTreeSet<i64> = group.iter().map(|push| push.org).collect();
        for org in orgs {
            let (places, pushes): (Vec<usize>, Vec<Push>) = group
                .iter()
                .enumerate()
                .filter(|(_, push)| push.org == org)
                .map(|(place, push)| (place, push.clone()))
                .unzip();
            let mut results = match self.commit(org, &pushes).await {
                Ok(pushed) => pushed.into_iter().map(Ok).collect(),
                Err(error) if pushes.len() == 1 => vec![Err(logged(&error))],
                Err(error) => {
                    tracing::warn!(%error, pushes = pushes.len(), "a group of pushes failed, they are retried one by one");
                    let mut results = Vec::with_capacity(pushes.len());
                    for push in &pushes {
                        let alone = self.commit(org, std::slice::from_ref(push)).await;
                        results.push(
                            alone
                                .map_err(|error| logged(&error))
                                .and_then(|mut one| one.pop().ok_or_else(|| Problem::new(Code::Internal))),
                        );
                    }
                    results
                }
            };
            for (place, result) in places.into_iter().zip(results.drain(..)) {
                answers[place] = Some(result);
            }
        }
        answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(Code::Internal.into()))).collect()
    }

    async fn commit(&self, org: i64, pushes: &[Push]) -> Result<Vec<Pushed>, AppError> {
        let parts = &*self.parts;
        run_tx(&parts.db, "push", async |mut tx| {
            self.transactions.fetch_add(1, Ordering::Relaxed);
            let directory = parts.directories.current(&mut tx, org).await?;
            push::write_group(&mut tx, &parts.unit(directory), pushes).await
        })
        .await
    }
}

/// The problem a phone is told; the cause goes to the log.
fn logged(error: &AppError) -> Problem {
    if let Some(cause) = error.cause() {
        tracing::error!(cause, "a push was not written");
    }
    error.problem()
}
