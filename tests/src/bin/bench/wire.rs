//! Requests over loopback, by a client that costs little: one HTTP/1.1 connection for each phone at work.

use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::ops::Batch;

/// A connection to the server.
#[derive(Debug)]
pub(crate) struct Line {
    sender: SendRequest<Full<Bytes>>,
    address: String,
}

/// An answer, with what it took.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// Seconds to wait, when the server is busy.
    pub(crate) retry_after: Option<u64>,
    /// The body as it came, compressed or not.
    pub(crate) body: Bytes,
    /// From the first byte sent to the last byte received.
    pub(crate) took: Duration,
}

impl Line {
    /// Connects.
    pub(crate) async fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server listens");
        stream.set_nodelay(true).expect("a TCP option");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("the server speaks HTTP/1.1");
        tokio::spawn(async move {
            // it ends with the last request
            let _ = connection.await;
        });
        Self { sender, address: address.to_owned() }
    }

    /// POST of a JSON body.
    pub(crate) async fn post(&mut self, path: &str, token: &str, encoding: Option<&str>, body: Bytes) -> Answer {
        self.try_post(path, token, encoding, body).await.expect("the server answers")
    }

    /// POST of a JSON body, whose connection may break.
    pub(crate) async fn try_post(
        &mut self,
        path: &str,
        token: &str,
        encoding: Option<&str>,
        body: Bytes,
    ) -> Result<Answer, hyper::Error> {
        let mut request = Request::post(path)
            .header(HOST, &self.address)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header(CONTENT_TYPE, "application/json");
        if let Some(encoding) = encoding {
            request = request.header(ACCEPT_ENCODING, encoding);
        }
        let request = request.body(Full::new(body)).expect("a request");
        let since = Instant::now();
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, retry_after, body, took: since.elapsed() })
    }

    /// One exchange that pushes a batch.
    pub(crate) async fn push(&mut self, token: &str, batch: &Batch, cursors: &str) -> Answer {
        self.try_push(token, batch, cursors).await.expect("the server answers")
    }

    /// One exchange that pushes a batch, whose connection may break.
    pub(crate) async fn try_push(&mut self, token: &str, batch: &Batch, cursors: &str) -> Result<Answer, hyper::Error> {
        let body = [&batch.head, cursors.as_bytes(), &batch.tail].concat();
        self.try_post("/v1/sync", token, None, body.into()).await
    }
}

impl Answer {
    /// The answer as text, which was not compressed.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("an answer is UTF-8")
    }

    /// Fails unless everything up to this op is acknowledged.
    pub(crate) fn assert_acked(&self, upto: u64) {
        let text = self.text();
        assert!(
            self.status.is_success() && text.contains(&format!(r#""acked":{upto},"#)),
            "{} {}",
            self.status,
            text.get(..2_000).unwrap_or(text)
        );
    }

    /// The cursors of an exchange's answer, as JSON.
    pub(crate) fn cursors(&self) -> &str {
        let text = self.text();
        let from = text.find(r#""cursors":"#).expect("an answer has cursors") + r#""cursors":"#.len();
        let length = text[from..].find('}').expect("cursors are an object") + 1;
        &text[from..from + length]
    }
}

/// Latencies of one measurement, in ms.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latencies(Vec<f64>);

impl Latencies {
    /// One more.
    pub(crate) fn push(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64() * 1_000.0);
    }

    /// Those of another one, too.
    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The latency that so many in a thousand do not exceed.
    pub(crate) fn per_mille(&self, rank: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let index = (sorted.len() * rank / 1_000).min(sorted.len().saturating_sub(1));
        sorted.get(index).copied().unwrap_or_default()
    }
}
