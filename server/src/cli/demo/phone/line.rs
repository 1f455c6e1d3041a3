//! The phone on the line: logging in, exchanging, and a new device after a fork, as the sync protocol asks of an app.

use api_spec::attachments::Attachment;
use api_spec::auth::{DeviceClaim, Login, Session};
use api_spec::devices::ForkedDevice;
use api_spec::info::Limits;
use api_spec::primitives::Secret;
use sync_core::exchange::Outcome;
use sync_core::replica::{Exchange, Fork, Next};

use super::Phone;
use crate::cli::demo::cast::ORG;
use crate::cli::failure::Failure;
use crate::cli::phone::client::NoAnswer;
use crate::cli::phone::line::login_of;
use crate::cli::phone::photos::Photo;
use crate::cli::phone::state::Account;

/// Exchanges after which a phone that still wants more is stuck.
const PATIENCE: usize = 50;

/// What came of [`Phone::sync`].
#[derive(Debug, Default)]
pub(in crate::cli::demo) struct Synced {
    /// Ops that got their outcome.
    pub(in crate::cli::demo) acknowledged: u64,
    /// Outcomes that are not plainly applied.
    pub(in crate::cli::demo) outcomes: Vec<Outcome>,
    /// The first op the server had not heard of, where the log had parted from the server's.
    pub(in crate::cli::demo) forked_at: Option<u64>,
}

impl Phone {
    /// Logs in with the password, on this device.
    ///
    /// # Errors
    /// The server's refusal.
    pub(in crate::cli::demo) async fn log_in(&mut self, now: i64) -> Result<(), Failure> {
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
            limits: Limits::default(),
            refresh_token: session.tokens.refresh_token,
            next_device: None,
        });
    }

    /// Exchanges until nothing is left to push or to pull; an expired token is refreshed, and a log that has parted
    /// from the server's goes on under a new device.
    ///
    /// # Errors
    /// When the server refuses or there is no end to it.
    pub(in crate::cli::demo) async fn sync(&mut self, now: i64) -> Result<Synced, Failure> {
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

    /// Sends a photo; records never wait for it.
    ///
    /// # Errors
    /// The server's refusal.
    pub(in crate::cli::demo) async fn upload(&self, photo: &Photo) -> Result<Attachment, Failure> {
        Ok(self.client.put_piece(&self.token(), photo, 0..photo.bytes.len()).await?)
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
}
