//! `baobei phone sync`: exchanges until both sides have said everything.

use std::time::Duration;

use indicatif::ProgressBar;
use serde::Serialize;
use sync_core::exchange::{Outcome, Status};
use sync_core::replica::{AnswerFault, Exchange, Next, Taken};
use uuid::Uuid;

use super::client::{NoAnswer, Problem};
use super::clocks;
use super::line::Line;
use super::state::{Phone, PhoneFile};
use super::upload::{KeptBack, Uploaded, send_photos};
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::{BAD, DOUBTFUL, FAINT, GOOD, STRONG, Terminal, styled};

/// What a synchronisation came to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// Requests that were answered.
    exchanges: u32,
    /// Ops that got their outcome.
    acknowledged: u64,
    /// Ops that still wait.
    pending: usize,
    /// Records that look different now.
    changed: usize,
    /// Outcomes that are not plainly `applied`.
    outcomes: Vec<Outcome>,
    /// Buckets whose copy did not prove equal; they were pulled anew.
    healed: Vec<String>,
    /// The server was restored from a backup, and got back what it had lost.
    server_restored: bool,
    /// The device the log goes on under, when it had parted from the server's.
    new_device: Option<Uuid>,
    /// What became of the photos, which are sent last.
    photos: Uploaded,
}

/// What is done after an exchange.
enum Step {
    Again,
    Done,
    Refresh,
    Wait(Duration),
    Fork(sync_core::replica::Fork),
}

/// Synchronises; waits for a server that asks for patience, but no longer than `patience` in all.
///
/// # Errors
/// When the server cannot be reached or refuses; the phone keeps everything.
pub(super) async fn run(file: &PhoneFile, patience: Duration, terminal: Terminal) -> Result<Report, Failure> {
    let line = Line::open(file)?;
    let before = file.change(|phone| {
        phone.replica.poke();
        Ok(phone.replica.status())
    })?;
    let bar = terminal.progress(before.pending as u64, "synchronising");
    let mut sync = Sync { line, report: Report::default(), patience, refreshed: false, bar };
    let done = sync.exchanges().await;
    sync.bar.finish_and_clear();
    done?;
    sync.report.photos = send_photos(&sync.line).await?;
    sync.report.pending = file.look()?.replica.status().pending;
    Ok(sync.report)
}

struct Sync<'a> {
    line: Line<'a>,
    report: Report,
    patience: Duration,
    /// The last exchange was answered with 401, and the token is new.
    refreshed: bool,
    bar: ProgressBar,
}

impl Sync<'_> {
    async fn exchanges(&mut self) -> Result<(), Failure> {
        loop {
            match self.exchange().await? {
                Step::Again => {}
                Step::Done => return Ok(()),
                Step::Refresh => self.line.refresh().await?,
                Step::Wait(span) => self.wait(span).await?,
                Step::Fork(fork) => {
                    self.line.fork(fork).await?;
                    self.report.new_device = Some(self.line.file.look()?.replica.device());
                }
            }
        }
    }

    /// The phone can go on recording while the request is under way: its file is locked before and after only.
    async fn exchange(&mut self) -> Result<Step, Failure> {
        let due = |phone: &mut Phone| {
            let tick = clocks::read();
            let wait = Duration::from_millis(phone.replica.due_in_ms(&tick));
            Ok((phone.replica.fork_needed(), phone.replica.next_request(&tick), wait))
        };
        let Exchange { ticket, request } = match self.line.file.change(due)? {
            // a fork that was noticed before, whose registration did not get through
            (Some(fork), ..) => return Ok(Step::Fork(fork)),
            (None, Some(exchange), _) => exchange,
            (None, None, wait) if self.report.exchanges == 0 => return Ok(Step::Wait(wait)),
            (None, None, _) => return Ok(Step::Done),
        };
        let answer = self.line.client.sync(&self.line.token()?, &request).await;
        match answer {
            Ok(response) => {
                let acked = response.acked;
                let take = |phone: &mut Phone| {
                    let before = phone.replica.status().acknowledged;
                    let taken = phone
                        .replica
                        .take_response(ticket, response, &clocks::read())
                        .map_err(|fault| stale(&fault))?;
                    Ok((taken, acked.saturating_sub(before)))
                };
                let (taken, acknowledged) = self.line.file.change(take)?;
                self.bar.inc(acknowledged);
                self.report.acknowledged += acknowledged;
                self.refreshed = false;
                Ok(self.report.note(taken))
            }
            Err(NoAnswer::Refused(problem)) => self.refused(ticket, *problem),
            Err(silence) => Err(silence.into()),
        }
    }

    fn refused(&mut self, ticket: u64, problem: Problem) -> Result<Step, Failure> {
        let refusal = problem.refusal();
        let next = self.line.file.change(|phone| {
            phone.replica.take_refusal(ticket, refusal, &clocks::read()).map_err(|fault| stale(&fault))
        })?;
        match next {
            Next::Again => Ok(Step::Again),
            Next::Fork(fork) => Ok(Step::Fork(fork)),
            Next::LogIn if !self.refreshed => {
                self.refreshed = true;
                Ok(Step::Refresh)
            }
            Next::Wait(ms) if problem.is_passing() => Ok(Step::Wait(Duration::from_millis(ms))),
            Next::LogIn | Next::Wait(_) => Err(NoAnswer::Refused(Box::new(problem)).into()),
        }
    }

    async fn wait(&mut self, span: Duration) -> Result<(), Failure> {
        let Some(rest) = self.patience.checked_sub(span) else {
            let message = format!("the server asks to come back in {} s", span.as_secs().max(1));
            let remedy = "Nothing is lost: synchronise again then, or give more time with --patience.";
            return Err(Failure::new(Exit::Unreachable, message).remedy(remedy));
        };
        self.patience = rest;
        tokio::time::sleep(span).await;
        Ok(())
    }
}

impl Report {
    fn note(&mut self, taken: Taken) -> Step {
        self.exchanges += 1;
        self.changed += taken.changed.len();
        self.outcomes.extend(taken.outcomes);
        self.healed.extend(taken.unequal);
        self.server_restored |= taken.restored;
        if taken.again { Step::Again } else { Step::Done }
    }

    /// Whether anything is different now.
    pub(super) fn is_news(&self) -> bool {
        self.acknowledged > 0
            || self.changed > 0
            || !self.outcomes.is_empty()
            || self.new_device.is_some()
            || self.photos.sent > 0
    }

    /// For people.
    pub(super) fn draw(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        let said = format!("{} ops acknowledged, {} records changed", self.acknowledged, self.changed);
        writeln!(
            out,
            "{} {said} {}",
            styled(GOOD, "in step:"),
            styled(FAINT, &format!("({} requests)", self.exchanges))
        )?;
        if let Some(device) = self.new_device {
            writeln!(out, "{} the log goes on under device {device}", styled(DOUBTFUL, "forked:"))?;
        }
        if self.server_restored {
            writeln!(out, "{} it got back what it had lost", styled(DOUBTFUL, "the server was restored:"))?;
        }
        for bucket in &self.healed {
            writeln!(out, "{} {bucket} was pulled anew", styled(DOUBTFUL, "healed:"))?;
        }
        for outcome in &self.outcomes {
            writeln!(out, "  op {} {}", outcome.seq, outcome_line(outcome))?;
        }
        let Uploaded { sent, bytes, waiting, kept_back } = &self.photos;
        if *sent > 0 {
            writeln!(out, "{} {sent} {}", styled(GOOD, "photos sent:"), styled(FAINT, &format!("({bytes} bytes)")))?;
        }
        if *waiting > 0 {
            writeln!(out, "{}", styled(STRONG, &format!("{waiting} photos still wait")))?;
        }
        for KeptBack { sha256, reason } in kept_back {
            writeln!(out, "  {sha256} {}", styled(DOUBTFUL, reason))?;
        }
        if self.pending > 0 {
            writeln!(out, "{}", styled(STRONG, &format!("{} ops still wait", self.pending)))?;
        }
        Ok(())
    }
}

/// An outcome in one line.
pub(super) fn outcome_line(outcome: &Outcome) -> String {
    let (style, word) = match outcome.status {
        Status::Applied => (GOOD, "applied"),
        Status::Duplicate => (FAINT, "there already"),
        Status::Superseded => (FAINT, "superseded by newer values"),
        Status::Parked => (DOUBTFUL, "kept until it can be judged"),
        Status::Rejected => (BAD, "rejected"),
    };
    let rule = outcome.rule.as_ref().map(|rule| format!(" {rule}")).unwrap_or_default();
    let message = outcome.message.as_ref().map(|message| format!(": {}", message.replace('\n', " / ")));
    format!("{}{rule}{}", styled(style, word), message.unwrap_or_default())
}

/// Another command on this phone has synchronised meanwhile.
fn stale(fault: &AnswerFault) -> Failure {
    Failure::new(Exit::Failed, fault.to_string()).remedy("Another command synchronises this phone; run this one again.")
}
