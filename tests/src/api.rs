//! A client as small as a scenario needs: JSON in and out, refusals decoded, one header or another.

use std::sync::Once;
use std::time::Duration;

use api_spec::auth::{Login, Refresh, Session, Tokens};
use api_spec::problem::{MEDIA_TYPE, ProblemBody};
use reqwest::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, IF_MATCH};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What the server answers: the body of a success, or its problem.
pub type Answer<T> = Result<T, Box<ProblemBody>>;

/// A caller of one server; cheap to clone. Speaks English and is nobody until told otherwise.
#[derive(Debug, Clone)]
pub struct Api {
    http: Client,
    base: String,
    headers: HeaderMap,
}

impl Api {
    /// A stranger at the server with this base URL, such as `http://127.0.0.1:8080`.
    ///
    /// # Panics
    /// When no client can be made.
    pub fn new(base: impl Into<String>) -> Self {
        static CRYPTO: Once = Once::new();
        CRYPTO.call_once(|| {
            // fails when the server in this process was first, which is as good
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let http = Client::builder()
            .no_proxy() // the server is on this machine, and speaks plain HTTP
            .tls_certs_only([]) // reading those of the system takes longer than most scenarios
            .timeout(Duration::from_mins(1))
            .build()
            .expect("a client can be made");
        Self {
            http,
            base: base.into(),
            headers: HeaderMap::from_iter([(ACCEPT_LANGUAGE, HeaderValue::from_static("en"))]),
        }
    }

    /// The same caller with one header more, or another one.
    ///
    /// # Panics
    /// When the value cannot stand in a header.
    pub fn with_header(&self, name: HeaderName, value: &str) -> Self {
        let mut api = self.clone();
        api.headers.insert(name, value.parse().expect("a header's value is visible ASCII"));
        api
    }

    /// The same server as seen by the owner of an access token.
    pub fn with_token(&self, access_token: &str) -> Self {
        self.with_header(AUTHORIZATION, &format!("Bearer {access_token}"))
    }

    /// The base URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// GET.
    ///
    /// # Errors
    /// The server's problem.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Answer<T> {
        read(self.request(Method::GET, path)).await
    }

    /// POST of a JSON body.
    ///
    /// # Errors
    /// The server's problem.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Answer<T> {
        read(self.request(Method::POST, path).json(body)).await
    }

    /// PUT of a JSON body.
    ///
    /// # Errors
    /// The server's problem.
    pub async fn put<T: DeserializeOwned>(&self, path: &str, body: &(impl Serialize + ?Sized)) -> Answer<T> {
        read(self.request(Method::PUT, path).json(body)).await
    }

    /// A request of any shape, with this caller's headers. [`read`] sends it.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).headers(self.headers.clone())
    }

    /// Logs in; the caller who may use the session, and the session.
    ///
    /// # Errors
    /// The server's problem.
    pub async fn log_in(&self, login: &Login) -> Answer<(Self, Session)> {
        let session: Session = self.post("/v1/auth/login", login).await?;
        Ok((self.with_token(session.tokens.access_token.reveal()), session))
    }

    /// Exchanges a refresh token for new tokens.
    ///
    /// # Errors
    /// The server's problem.
    pub async fn refresh(&self, tokens: &Tokens) -> Answer<(Self, Tokens)> {
        let refresh = Refresh { refresh_token: tokens.refresh_token.clone() };
        let tokens: Tokens = self.post("/v1/auth/refresh", &refresh).await?;
        Ok((self.with_token(tokens.access_token.reveal()), tokens))
    }

    /// Sets the clock of a server that was started with `--dev-clock`, to an RFC 3339 instant.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn set_clock(&self, now: &str) {
        self.put::<Value>("/v1/dev/clock", &json!({ "now": now })).await.expect("a server with --dev-clock can be set");
    }
}

/// Sends a request and reads the answer as JSON; an empty body reads as `null`.
///
/// # Errors
/// The server's problem.
///
/// # Panics
/// When there is no answer, when an error is no problem document, and when a success is not what the caller expects:
/// all of them are mistakes of the server.
pub async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Answer<T> {
    let response = request.send().await.expect("the server answers");
    let status = response.status();
    let address = response.url().path().to_owned();
    let media_type = header(&response, &CONTENT_TYPE).unwrap_or_default();
    let text = response.text().await.expect("the answer is text");
    if status.is_success() {
        let body = if text.is_empty() { "null" } else { &text };
        return Ok(
            serde_json::from_str(body).unwrap_or_else(|error| panic!("{status} from {address}: {error}: {text}"))
        );
    }
    assert_eq!(media_type, MEDIA_TYPE, "{status} from {address} is no problem document: {text}");
    let problem: ProblemBody = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{address}: {error}: {text}"));
    assert_eq!(StatusCode::from_u16(problem.status).ok(), Some(status), "{address} disagrees with its body: {text}");
    Err(Box::new(problem))
}

fn header(response: &Response, name: &HeaderName) -> Option<String> {
    Some(response.headers().get(name)?.to_str().ok()?.to_owned())
}

/// POST that names the version it saw.
///
/// # Errors
/// The server's problem.
pub async fn post_at<T: DeserializeOwned>(api: &Api, path: &str, version: u64, body: &Value) -> Answer<T> {
    read(api.request(Method::POST, path).header(IF_MATCH, format!("\"{version}\"")).json(body)).await
}

/// Status and code of a refusal.
///
/// # Panics
/// When it was none.
pub fn refused<T: std::fmt::Debug>(answer: Answer<T>) -> (u16, String) {
    let problem = answer.expect_err("a refusal");
    (problem.status, problem.code)
}
