//! One request to an operation, and what is answered.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tests::api::Api;

use super::targets::Targets;

/// One request to an operation. `<name>` in it stands for one of the [`Targets`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    method: &'static str,
    path: &'static str,
    /// What it is about, and what stands for `{id}`; another parameter of the path stands for the target of its name.
    pub(crate) target: &'static str,
    query: &'static str,
    pub(crate) is_file: bool,
    header: Option<(&'static str, &'static str)>,
    /// Media type and text.
    body: Option<(&'static str, &'static str)>,
    /// Whether it is carried out for whoever may do it, so that it matters who comes first.
    pub(crate) is_done: bool,
    /// Where an answer that reports on many things has the problem of the first, as a JSON pointer.
    problem_at: Option<&'static str>,
}

pub(crate) const fn get(path: &'static str) -> Call {
    to("GET", path)
}

pub(crate) const fn post(path: &'static str) -> Call {
    to("POST", path)
}

pub(crate) const fn put(path: &'static str) -> Call {
    to("PUT", path)
}

const fn to(method: &'static str, path: &'static str) -> Call {
    Call {
        method,
        path,
        target: "",
        query: "",
        is_file: false,
        header: None,
        body: None,
        is_done: false,
        problem_at: None,
    }
}

impl Call {
    pub(crate) const fn on(self, target: &'static str) -> Self {
        Self { target, ..self }
    }

    pub(crate) const fn with(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    pub(crate) const fn header(self, name: &'static str, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    pub(crate) const fn seen(self, version: &'static str) -> Self {
        self.header("If-Match", version)
    }

    pub(crate) const fn says(self, json: &'static str) -> Self {
        self.sends("application/json", json)
    }

    pub(crate) const fn sends(self, media_type: &'static str, text: &'static str) -> Self {
        Self { body: Some((media_type, text)), ..self }
    }

    pub(crate) const fn done(self) -> Self {
        Self { is_done: true, ..self }
    }

    pub(crate) const fn reports_at(self, pointer: &'static str) -> Self {
        Self { problem_at: Some(pointer), ..self }
    }

    /// The same list, to be taken away as a file.
    pub(crate) fn as_file(self) -> Self {
        Self { is_file: true, ..self }
    }

    /// The operation, as the document names it.
    pub(crate) fn operation(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it only shows something.
    pub(crate) fn is_look(&self) -> bool {
        self.method == "GET"
    }

    /// What the row of this call is called.
    pub(crate) fn name(&self) -> String {
        format!("{}{}", self.operation(), if self.is_file { " as file" } else { "" })
    }

    /// Whether it is the same request with other targets.
    pub(crate) fn is_same(&self, one: &Targets, other: &Targets) -> bool {
        (self.address(one), self.text(one)) == (self.address(other), self.text(other))
    }

    /// Sends it as this caller.
    pub(crate) async fn send(&self, api: &Api, targets: &Targets) -> Answer {
        let mut request = api.request(self.method.parse::<Method>().unwrap(), &self.address(targets));
        if let Some((name, value)) = self.header {
            request = request.header(name, value);
        }
        if let Some((media_type, text)) = self.text(targets) {
            request = request.header(CONTENT_TYPE, media_type).body(text);
        }
        let response = request.send().await.unwrap();
        let status = response.status();
        let is_stream =
            response.headers().get(CONTENT_TYPE).is_some_and(|media_type| media_type == "text/event-stream");
        let text =
            if is_stream { String::new() } else { String::from_utf8_lossy(&response.bytes().await.unwrap()).into() };
        Answer::read(status, text, self.problem_at)
    }

    fn address(&self, targets: &Targets) -> String {
        let path = self.path.replace("{id}", &format!("<{}>", self.target)).replace('{', "<").replace('}', ">");
        let query = [self.query, if self.is_file { "format=csv" } else { "" }];
        let query: Vec<&str> = query.into_iter().filter(|part| !part.is_empty()).collect();
        let separator = if query.is_empty() { "" } else { "?" };
        targets.fill(&format!("{path}{separator}{}", query.join("&")))
    }

    fn text(&self, targets: &Targets) -> Option<(&'static str, String)> {
        self.body.map(|(media_type, text)| (media_type, targets.fill(text)))
    }
}

/// What a caller is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The code of a problem; empty for a success.
    pub(crate) code: String,
    /// The rule that refuses, if one does.
    pub(crate) rule: Option<String>,
    /// What a success says.
    pub(crate) text: String,
}

impl Answer {
    fn read(status: StatusCode, text: String, problem_at: Option<&str>) -> Self {
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        let reported = problem_at.and_then(|pointer| body.pointer(pointer)).filter(|problem| !problem.is_null());
        let problem = if status.is_success() { reported } else { Some(&body) };
        match problem {
            None => Self { status: status.as_u16(), code: String::new(), rule: None, text },
            Some(problem) => {
                let code = problem["code"].as_str().unwrap_or("no-problem-document").to_owned();
                let status = problem["status"].as_u64().and_then(|status| u16::try_from(status).ok());
                let rule = problem["rule"].as_str().filter(|_| code == "rule-refused").map(str::to_owned);
                Self { status: status.unwrap_or_default(), code, rule, text: String::new() }
            }
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        self.code.is_empty()
    }

    /// Status and code, all a caller learns who is refused.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, &self.code)
    }
}
