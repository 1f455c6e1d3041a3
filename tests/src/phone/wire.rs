//! What a phone hears: an answer, a problem, or nothing.

use api_spec::problem::ProblemBody;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sync_core::replica::Refusal;

use crate::api::Api;

/// Why there is no answer that a phone could use.
#[derive(Debug, Clone)]
pub enum Failure {
    /// The server refused.
    Problem {
        /// Its problem.
        problem: Box<ProblemBody>,
        /// The header `Retry-After`, in ms.
        retry_after_ms: Option<u64>,
    },
    /// No answer came; what became of the request is not known.
    Lost,
    /// The phone was told to wait, and has this many ms to go.
    Patience(u64),
}

impl Failure {
    /// The problem's code.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Problem { problem, .. } => Some(&problem.code),
            Self::Lost | Self::Patience(_) => None,
        }
    }

    /// The problem's status; 0 without one.
    pub fn status(&self) -> u16 {
        match self {
            Self::Problem { problem, .. } => problem.status,
            Self::Lost | Self::Patience(_) => 0,
        }
    }

    /// The problem.
    ///
    /// # Panics
    /// When there is none.
    pub fn problem(&self) -> &ProblemBody {
        match self {
            Self::Problem { problem, .. } => problem,
            Self::Lost | Self::Patience(_) => panic!("no problem came: {self:?}"),
        }
    }

    /// Whether the same may be well later.
    pub fn is_passing(&self) -> bool {
        matches!(self.status(), 0 | 408 | 429 | 500..)
    }

    /// As the replica takes it.
    pub(super) fn refusal(&self) -> Refusal {
        match self {
            Self::Problem { problem, retry_after_ms } => {
                let body = serde_json::to_value(problem).ok().and_then(|body| body.as_object().cloned());
                Refusal::read(problem.status, &body.unwrap_or_else(Map::<String, Value>::new), *retry_after_ms)
            }
            Self::Lost | Self::Patience(_) => Refusal::Later { retry_after_ms: None },
        }
    }
}

/// POST of a JSON body over a line that may be cut.
pub(super) async fn post<T: DeserializeOwned>(
    api: &Api,
    path: &str,
    body: &(impl Serialize + ?Sized),
) -> Result<T, Failure> {
    let text = serde_json::to_string(body).expect("a request is JSON");
    let request = api.request(Method::POST, path).header(CONTENT_TYPE, "application/json").body(text);
    let Ok(response) = request.send().await else { return Err(Failure::Lost) };
    let status = response.status();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let Ok(text) = response.text().await else { return Err(Failure::Lost) };
    if status.is_success() {
        return Ok(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{status} from {path}: {error}: {text}")));
    }
    let problem = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{status} from {path} is no problem: {error}: {text}"));
    Err(Failure::Problem { problem, retry_after_ms: retry_after.map(|seconds| seconds * 1_000) })
}
