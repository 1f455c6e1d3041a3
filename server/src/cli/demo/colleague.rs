//! Somebody at a desk: a login without a phone, and requests over HTTP.

use api_spec::auth::{Login, Session, Tokens};
use api_spec::primitives::Secret;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::cast::{ORG, Person};
use super::stage::Stage;
use crate::cli::failure::Failure;
use crate::cli::phone::client::Client;

/// Somebody at a desk.
#[derive(Debug)]
pub(super) struct Colleague {
    pub(super) person: &'static Person,
    client: Client,
    password: Secret,
    tokens: Option<Tokens>,
}

impl Colleague {
    /// Somebody who has not logged in yet.
    ///
    /// # Errors
    /// When the org file gives them no password.
    pub(super) fn new(stage: &Stage, person: &'static Person) -> Result<Self, Failure> {
        let password = Secret::new(stage.org.password(person.username)?);
        Ok(Self { person, client: stage.client.clone(), password, tokens: None })
    }

    /// GET.
    ///
    /// # Errors
    /// The server's refusal.
    pub(super) async fn get<T: DeserializeOwned>(&mut self, path: &str) -> Result<T, Failure> {
        self.ask(Method::GET, path, None, None).await
    }

    /// POST; `seen` is the version the decision rests on.
    ///
    /// # Errors
    /// The server's refusal.
    pub(super) async fn post<T: DeserializeOwned>(
        &mut self,
        path: &str,
        seen: Option<u64>,
        body: &Value,
    ) -> Result<T, Failure> {
        self.ask(Method::POST, path, seen, Some(body)).await
    }

    /// PUT.
    ///
    /// # Errors
    /// The server's refusal.
    pub(super) async fn put<T: DeserializeOwned>(&mut self, path: &str, body: &Value) -> Result<T, Failure> {
        self.ask(Method::PUT, path, None, Some(body)).await
    }

    /// Logs in when it is the first request, or when the token has expired.
    async fn ask<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        seen: Option<u64>,
        body: Option<&Value>,
    ) -> Result<T, Failure> {
        if let Some(tokens) = &self.tokens {
            let request = (method.clone(), path);
            match self.client.ask(request, Some(&tokens.access_token), seen, body).await {
                Err(expired) if expired.is_unauthorized() => {}
                answer => return Ok(answer?),
            }
        }
        let login = Login {
            org: ORG.to_owned(),
            username: self.person.username.to_owned(),
            password: self.password.clone(),
            device: None,
        };
        let session: Session = self.client.login(&login).await?;
        let tokens = self.tokens.insert(session.tokens);
        Ok(self.client.ask((method, path), Some(&tokens.access_token), seen, body).await?)
    }
}
