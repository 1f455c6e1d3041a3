//! W2 and W3: the last 100 changes of a bucket, and the first sync of 10,000 records.

use super::field::Phone;
use super::meter::Meter;
use super::wire::{Latencies, Line};

/// What pulling came to.
#[derive(Debug)]
pub(crate) struct Pulled {
    /// Of single pulls, or of whole first syncs.
    pub(crate) latencies: Latencies,
    /// Bytes of the answers of one, as they came over the wire.
    pub(crate) bytes: usize,
    /// Processor time of the server for one, in ms.
    pub(crate) server_ms: f64,
}

/// The cursors of a phone that has everything.
pub(crate) async fn cursors_of(address: &str, phone: &Phone) -> String {
    let mut line = Line::connect(address).await;
    let mut cursors = "{}".to_owned();
    loop {
        let answer = line.post("/v1/sync", &phone.token, None, request(phone, &cursors, 5_000)).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        answer.cursors().clone_into(&mut cursors);
        if answer.text().contains(r#""more":false"#) {
            return cursors;
        }
    }
}

/// Pulls what came after these cursors, again and again.
pub(crate) async fn delta(
    (address, server): (&str, u32),
    phone: &Phone,
    cursors: &str,
    encoding: Option<&str>,
    times: usize,
) -> Pulled {
    let mut line = Line::connect(address).await;
    let mut latencies = Latencies::default();
    let mut bytes = 0;
    let meter = Meter::start(server);
    for _ in 0..times {
        let answer = line.post("/v1/sync", &phone.token, encoding, request(phone, cursors, 500)).await;
        assert!(answer.status.is_success(), "a pull is answered");
        bytes = answer.body.len();
        latencies.push(answer.took);
    }
    Pulled { latencies, bytes, server_ms: meter.server_seconds() * 1_000.0 / times as f64 }
}

/// First syncs of a phone, each from nothing to the end.
pub(crate) async fn first_sync((address, server): (&str, u32), phone: &Phone, encoding: &str, times: usize) -> Pulled {
    let mut line = Line::connect(address).await;
    // the cursors of the pages, so that answers need not be unpacked while the clock runs
    let mut pages = vec!["{}".to_owned()];
    loop {
        let cursors = pages.last().expect("one at least");
        let answer = line.post("/v1/sync", &phone.token, None, request(phone, cursors, 5_000)).await;
        let next = answer.cursors().to_owned();
        if answer.text().contains(r#""more":false"#) {
            break;
        }
        pages.push(next);
    }
    let mut latencies = Latencies::default();
    let mut bytes = 0;
    let meter = Meter::start(server);
    for _ in 0..times {
        let since = std::time::Instant::now();
        bytes = 0;
        for cursors in &pages {
            let answer = line.post("/v1/sync", &phone.token, Some(encoding), request(phone, cursors, 5_000)).await;
            bytes += answer.body.len();
        }
        latencies.push(since.elapsed());
    }
    Pulled { latencies, bytes, server_ms: meter.server_seconds() * 1_000.0 / times as f64 }
}

fn request(phone: &Phone, cursors: &str, limit: u32) -> hyper::body::Bytes {
    format!(r#"{{"protocol":1,"epoch":"{}","cursors":{cursors},"limit":{limit}}}"#, phone.epoch()).into()
}
