//! W5: everybody at once — ten thousand phones within a minute, as at 09:20 and at 18:00.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tests::chance::Chance;

use super::meter::{Cores, Meter, peak_memory};
use super::ops::Batch;
use super::wire::{Latencies, Line};

/// After which a phone whose connection broke comes again.
const PAUSE: Duration = Duration::from_secs(1);

/// A phone in the spike.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// The bearer token.
    pub(crate) token: String,
    /// What it pushes.
    pub(crate) batch: Batch,
    /// What it has pulled so far, as JSON.
    pub(crate) cursors: String,
}

/// What the spike came to.
#[derive(Debug)]
pub(crate) struct Spike {
    /// From the first phone's request to the last phone's answer.
    pub(crate) seconds: f64,
    /// From the instant a phone wanted to sync until it had, with everything it had to wait for.
    pub(crate) latencies: Latencies,
    /// How often a phone was told to come back.
    pub(crate) refused: usize,
    /// How often a connection broke.
    pub(crate) broken: usize,
    /// Most memory the server ever had, in MiB.
    pub(crate) memory: f64,
    /// Who was busy.
    pub(crate) cores: Cores,
    /// What each phone has pulled now, in the order of the visitors.
    pub(crate) cursors: Vec<String>,
}

/// Lets each phone sync once, at an instant of the span that chance picks.
pub(crate) async fn run((address, server): (&str, u32), visitors: Vec<Visitor>, span: Duration) -> Spike {
    let mut chance = Chance::new(920);
    let (refused, broken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let meter = Meter::start(server);
    let begun = Instant::now();
    let mut tasks = Vec::with_capacity(visitors.len());
    for Visitor { token, batch, cursors } in visitors {
        let (address, refused, broken) = (address.to_owned(), Arc::clone(&refused), Arc::clone(&broken));
        let at = begun + span.mul_f64(chance.below(1_000_000) as f64 / 1e6);
        tasks.push(tokio::spawn(async move {
            tokio::time::sleep_until(at.into()).await;
            loop {
                let Ok(answer) = Line::connect(&address).await.try_push(&token, &batch, &cursors).await else {
                    broken.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(PAUSE).await;
                    continue;
                };
                let Some(seconds) = answer.retry_after.filter(|_| !answer.status.is_success()) else {
                    answer.assert_acked(batch.upto);
                    return (at.elapsed(), answer.cursors().to_owned());
                };
                refused.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
        }));
    }
    let (mut latencies, mut cursors) = (Latencies::default(), Vec::with_capacity(tasks.len()));
    for task in tasks {
        let (took, pulled) = task.await.expect("every phone gets through");
        latencies.push(took);
        cursors.push(pulled);
    }
    Spike {
        seconds: meter.seconds(),
        latencies,
        refused: refused.load(Ordering::Relaxed),
        broken: broken.load(Ordering::Relaxed),
        memory: peak_memory(server),
        cores: meter.cores(),
        cursors,
    }
}
