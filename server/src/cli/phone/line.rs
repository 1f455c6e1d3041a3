//! A phone on the line: its requests carry its token, and a token that has expired is refreshed once.

use api_spec::auth::{DeviceClaim, Session, Tokens};
use api_spec::devices::ForkedDevice;
use api_spec::primitives::Secret;
use sync_core::kind::Who;
use sync_core::people::Role;
use sync_core::replica::{Fork, Login};

use super::client::{Client, NoAnswer};
use super::clocks;
use super::state::{Account, Phone, PhoneFile};
use crate::cli::failure::{Exit, Failure};
use crate::random::Random;

/// A phone and its line to the server.
pub(super) struct Line<'a> {
    pub(super) file: &'a PhoneFile,
    pub(super) client: Client,
}

impl<'a> Line<'a> {
    /// The line of the phone in this file.
    ///
    /// # Errors
    /// When there is no phone, or no HTTP client can be made.
    pub(super) fn open(file: &'a PhoneFile) -> Result<Self, Failure> {
        let client = Client::new(&file.look()?.account.server)?;
        Ok(Self { file, client })
    }

    /// Makes one request with the phone's token; when that has expired, refreshes it and asks again.
    ///
    /// # Errors
    /// Those of the request and of [`Line::refresh`].
    pub(super) async fn call<T>(&self, request: impl AsyncFn(&Secret) -> Result<T, NoAnswer>) -> Result<T, Failure> {
        match request(&self.token()?).await {
            Err(refused) if refused.is_unauthorized() => {
                self.refresh().await?;
                Ok(request(&self.token()?).await?)
            }
            answer => Ok(answer?),
        }
    }

    /// The access token as it is now.
    ///
    /// # Errors
    /// When the phone's file cannot be read.
    pub(super) fn token(&self) -> Result<Secret, Failure> {
        Ok(self.file.look()?.account.access_token)
    }

    /// Takes new tokens for the refresh token.
    ///
    /// # Errors
    /// When the login has ended, or the server cannot be reached.
    pub(super) async fn refresh(&self) -> Result<(), Failure> {
        let used = self.file.look()?.account.refresh_token;
        match self.client.refresh(used.clone()).await {
            Ok(tokens) => self.file.change(|phone| {
                // another command may have refreshed meanwhile
                if phone.account.refresh_token == used {
                    phone.account.take(tokens);
                }
                Ok(())
            }),
            Err(refused) if refused.is_unauthorized() => {
                let remedy = "Log in again with `baobei phone login`. Nothing is lost: the log goes on where it is.";
                Err(Failure::new(Exit::Refused, "the login has ended").remedy(remedy))
            }
            Err(other) => Err(other.into()),
        }
    }

    /// Registers a new device for a log that parted from the server's, and chains the ops to it.
    ///
    /// # Errors
    /// When the server refuses, or cannot be reached; the next try asks for the same device.
    pub(super) async fn fork(&self, fork: Fork) -> Result<(), Failure> {
        let claim = self.file.change(|phone| {
            let fresh = Random::system().id(clocks::wall_ms());
            let id = *phone.account.next_device.get_or_insert(fresh);
            Ok(DeviceClaim { id, ..phone.account.device.clone() })
        })?;
        let session = self
            .call(async |token| {
                let refresh_token = self.file.look().map_err(|_| NoAnswer::Garbled("the phone's file".to_owned()))?;
                let request = ForkedDevice {
                    device: claim.clone(),
                    forked_from: fork.forked_from,
                    seq: fork.seq,
                    refresh_token: refresh_token.account.refresh_token,
                };
                self.client.register(token, &request).await
            })
            .await?;
        self.file.change(|phone| {
            let login = login_of(&session, &claim);
            phone
                .replica
                .fork(login, &clocks::read())
                .map_err(|fault| Failure::new(Exit::Failed, fault.to_string()))?;
            phone.account.next_device = None;
            phone.account.device = claim;
            phone.account.take(session.tokens);
            phone.account.user = session.user;
            Ok(())
        })
    }
}

impl Account {
    pub(in crate::cli) fn take(&mut self, tokens: Tokens) {
        (self.access_token, self.refresh_token) = (tokens.access_token, tokens.refresh_token);
    }
}

/// What a session means for the replica.
pub(in crate::cli) fn login_of(session: &Session, device: &DeviceClaim) -> Login {
    let mut login = Login::new(session.user.id, device.id);
    if session.user.role != Role::BackOffice {
        login.standing.remove(&Who::Office);
    }
    login.anchor.clone_from(&session.anchor);
    if let Some(head) = session.device {
        (login.next_seq, login.head) = (head.next_seq, head.head);
    }
    login
}

/// Takes a login on a phone that exists already: same device, same log.
///
/// # Errors
/// When the log belongs to somebody else.
pub(super) fn log_in_again(phone: &mut Phone, session: Session) -> Result<(), Failure> {
    let login = login_of(&session, &phone.account.device);
    phone.replica.login(login, &clocks::read()).map_err(|fault| {
        let remedy = "A phone belongs to one person for ever: use another file with --state for somebody else.";
        Failure::new(Exit::Refused, fault.to_string()).remedy(remedy)
    })?;
    phone.account.take(session.tokens);
    phone.account.user = session.user;
    Ok(())
}
