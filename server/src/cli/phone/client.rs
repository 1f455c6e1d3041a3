//! The phone's line to the server.

use std::ops::Range;
use std::time::Duration;

use api_spec::attachments::Attachment;
use api_spec::auth::{Login, PasswordChange, Refresh, Session, Tokens};
use api_spec::devices::ForkedDevice;
use api_spec::info::Info;
use api_spec::primitives::Secret;
use api_spec::problem::ProblemBody;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use reqwest::header::{
    ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, IF_MATCH, RETRY_AFTER,
};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sync_core::exchange;
use sync_core::replica::Refusal;

use super::photos::Photo;
use crate::cli::failure::{Exit, Failure};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// An exchange may carry a megabyte over a weak line.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(2);
/// Server-sent events have a heartbeat every 20 s.
const SILENCE: Duration = Duration::from_mins(1);
/// Smaller bodies are sent as they are.
const COMPRESS_FROM: usize = 1_024;

/// Why a request has no answer.
#[derive(Debug)]
pub(in crate::cli) enum NoAnswer {
    /// The server said no.
    Refused(Box<Problem>),
    /// Nobody knows whether the server got it.
    Unreachable(reqwest::Error),
    /// The answer is not what the protocol says.
    Garbled(String),
}

/// A problem as it came.
#[derive(Debug)]
pub(in crate::cli) struct Problem {
    pub(in crate::cli) status: u16,
    /// Where the server wrote one: a proxy may have answered instead.
    pub(in crate::cli) body: Option<ProblemBody>,
    pub(in crate::cli) retry_after_ms: Option<u64>,
}

impl Problem {
    /// Whether the same request may go through later.
    pub(in crate::cli) fn is_passing(&self) -> bool {
        self.status >= 500 || matches!(self.status, 408 | 429)
    }

    /// As the replica understands it.
    pub(in crate::cli) fn refusal(&self) -> Refusal {
        let members = self.body.as_ref().and_then(|body| serde_json::to_value(body).ok());
        let members = members.as_ref().and_then(serde_json::Value::as_object).cloned().unwrap_or_default();
        Refusal::read(self.status, &members, self.retry_after_ms)
    }
}

impl From<NoAnswer> for Failure {
    fn from(reason: NoAnswer) -> Self {
        match reason {
            NoAnswer::Refused(problem) => match problem.body {
                Some(body) => Self::new(Exit::Refused, format!("{} ({})", body.title, body.code))
                    .remedy(body.detail.clone())
                    .details(serde_json::to_value(&body).unwrap_or_default()),
                None => Self::new(Exit::Refused, format!("the server answered {}", problem.status)),
            },
            NoAnswer::Unreachable(error) => {
                let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
                let cause = causes.last().map(|cause| format!(": {cause}")).unwrap_or_default();
                let kind = if error.is_timeout() { "did not answer in time" } else { "cannot be reached" };
                Self::new(Exit::Unreachable, format!("the server {kind}{cause}"))
                    .remedy("Nothing is lost: recording goes on without it. Try again when there is a signal.")
            }
            NoAnswer::Garbled(error) => {
                Self::new(Exit::Failed, format!("the server's answer cannot be understood: {error}"))
                    .remedy("Check that --server names a Baobei server, and that both are of about the same version.")
            }
        }
    }
}

/// A line to one server.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Client {
    http: reqwest::Client,
    server: String,
}

impl Client {
    /// A client for the server at this URL.
    ///
    /// # Errors
    /// When the machine has no TLS to offer.
    pub(in crate::cli) fn new(server: &str) -> Result<Self, Failure> {
        // a second command in one process finds it installed
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(SILENCE);
        let http = if is_here(server) { http.no_proxy() } else { http };
        let http = http
            .user_agent(concat!("baobei-phone/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::new(Exit::Failed, format!("no HTTP client: {error}")))?;
        Ok(Self { http, server: server.trim_end_matches('/').to_owned() })
    }

    /// The server's URL, without a slash at the end.
    pub(in crate::cli) fn server(&self) -> &str {
        &self.server
    }

    pub(in crate::cli) async fn login(&self, login: &Login) -> Result<Session, NoAnswer> {
        self.post("/v1/auth/login", None, login).await
    }

    pub(in crate::cli) async fn refresh(&self, refresh_token: Secret) -> Result<Tokens, NoAnswer> {
        self.post("/v1/auth/refresh", None, &Refresh { refresh_token }).await
    }

    pub(in crate::cli) async fn register(&self, token: &Secret, device: &ForkedDevice) -> Result<Session, NoAnswer> {
        self.post("/v1/devices", Some(token), device).await
    }

    pub(super) async fn change_password(&self, token: &Secret, change: &PasswordChange) -> Result<(), NoAnswer> {
        self.send(self.request("/v1/me/password", Some(token), change)?).await.map(drop)
    }

    pub(in crate::cli) async fn sync(
        &self,
        token: &Secret,
        request: &exchange::Request,
    ) -> Result<exchange::Response, NoAnswer> {
        self.post("/v1/sync", Some(token), request).await
    }

    /// What the server is, and what it takes.
    pub(super) async fn info(&self) -> Result<Info, NoAnswer> {
        self.ask((Method::GET, "/v1/info"), None, None, None).await
    }

    /// A piece of a photo or paper; an empty one asks how far it has come.
    pub(in crate::cli) async fn put_piece(
        &self,
        token: &Secret,
        photo: &Photo,
        piece: Range<usize>,
    ) -> Result<Attachment, NoAnswer> {
        let Photo { digest, media, bytes } = photo;
        let places = if piece.is_empty() { "*".to_owned() } else { format!("{}-{}", piece.start, piece.end - 1) };
        let request = self.http.put(format!("{}/v1/attachments/{digest}", self.server)).timeout(REQUEST_TIMEOUT);
        let request = request.header(AUTHORIZATION, bearer(token)).header(ACCEPT_LANGUAGE, "en");
        let request = request.header(CONTENT_TYPE, media.as_str());
        let request = request.header(CONTENT_RANGE, format!("bytes {places}/{}", bytes.len()));
        read(self.send(request.body(bytes.slice(piece))).await?).await
    }

    /// The server's pokes: chunks of `text/event-stream` as they come.
    pub(super) async fn events(
        &self,
        token: &Secret,
    ) -> Result<impl Stream<Item = Result<Bytes, NoAnswer>> + use<>, NoAnswer> {
        let request = self.http.get(format!("{}/v1/sync/events", self.server));
        let request = request.header(AUTHORIZATION, bearer(token)).header("accept", "text/event-stream");
        // no timeout for the whole: the stream has no end, only silence is a failure
        let response = answered(request.send().await).await?;
        Ok(response.bytes_stream().map(|chunk| chunk.map_err(NoAnswer::Unreachable)))
    }

    /// Any other request, as somebody at a desk makes it; `if_match` is the version that was seen.
    pub(in crate::cli) async fn ask<T: DeserializeOwned>(
        &self,
        (method, path): (Method, &str),
        token: Option<&Secret>,
        if_match: Option<u64>,
        body: Option<&serde_json::Value>,
    ) -> Result<T, NoAnswer> {
        let mut request = self.http.request(method, format!("{}{path}", self.server)).timeout(REQUEST_TIMEOUT);
        request = request.header(ACCEPT_LANGUAGE, "en");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, bearer(token));
        }
        if let Some(version) = if_match {
            request = request.header(IF_MATCH, format!("\"{version}\""));
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        read(self.send(request).await?).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&Secret>,
        body: &impl Serialize,
    ) -> Result<T, NoAnswer> {
        read(self.send(self.request(path, token, body)?).await?).await
    }

    fn request(&self, path: &str, token: Option<&Secret>, body: &impl Serialize) -> Result<RequestBuilder, NoAnswer> {
        let body = serde_json::to_vec(body).map_err(|error| NoAnswer::Garbled(error.to_string()))?;
        let request = self.http.post(format!("{}{path}", self.server)).timeout(REQUEST_TIMEOUT);
        let request = request.header(CONTENT_TYPE, "application/json").header(ACCEPT_LANGUAGE, "en");
        let request = match token {
            Some(token) => request.header(AUTHORIZATION, bearer(token)),
            None => request,
        };
        match (body.len() >= COMPRESS_FROM).then(|| zstd::bulk::compress(&body, 1)) {
            Some(Ok(compressed)) => Ok(request.header(CONTENT_ENCODING, "zstd").body(compressed)),
            _ => Ok(request.body(body)),
        }
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, NoAnswer> {
        answered(request.send().await).await
    }
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, NoAnswer> {
    let body = response.bytes().await.map_err(NoAnswer::Unreachable)?;
    serde_json::from_slice(&body).map_err(|error| NoAnswer::Garbled(error.to_string()))
}

/// Whether the server is on this machine: no proxy leads there.
fn is_here(server: &str) -> bool {
    let url = server.parse::<reqwest::Url>().ok();
    let host = url.as_ref().and_then(|url| url.host_str()).map(|host| host.trim_matches(['[', ']']));
    host.is_some_and(|host| {
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    })
}

fn bearer(token: &Secret) -> String {
    format!("Bearer {}", token.reveal())
}

async fn answered(sent: reqwest::Result<Response>) -> Result<Response, NoAnswer> {
    let response = sent.map_err(NoAnswer::Unreachable)?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let retry_after_ms = seconds.map(|seconds| seconds.saturating_mul(1_000));
    let body = response.bytes().await.map_err(NoAnswer::Unreachable)?;
    let body = serde_json::from_slice(&body).ok();
    Err(NoAnswer::Refused(Box::new(Problem { status: status.as_u16(), body, retry_after_ms })))
}

impl NoAnswer {
    /// Whether the access token is not good any more.
    pub(in crate::cli) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Refused(problem) if problem.status == StatusCode::UNAUTHORIZED)
    }
}
