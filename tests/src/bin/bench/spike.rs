//! W5: everybody at once — ten thousand phones within a minute, as at 09:20 and at 18:00.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tests::chance::Chance;
use tokio::sync::Mutex;

use super::meter::{Cores, Meter, peak_memory};
use super::ops::Batch;
use super::wire::{Latencies, Line};

/// What the spike came to.
#[derive(Debug)]
pub(crate) struct Spike {
    /// From the first phone's request to the last phone's answer.
    pub(crate) seconds: f64,
    /// From the instant a phone wanted to sync until it had, with everything it had to wait for.
    pub(crate) latencies: Latencies,
    /// How often a phone was told to come back.
    pub(crate) refused: usize,
    /// Most memory the server ever had, in MiB.
    pub(crate) memory: f64,
    /// Who was busy.
    pub(crate) cores: Cores,
}

/// Lets each phone push its batch once, at an instant of the span that chance picks.
pub(crate) async fn run((address, server): (&str, u32), phones: Vec<(String, Batch)>, span: Duration) -> Spike {
    let mut chance = Chance::new(920);
    let latencies = Arc::new(Mutex::new(Latencies::default()));
    let refused = Arc::new(AtomicUsize::new(0));
    let meter = Meter::start(server);
    let begun = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (token, batch) in phones {
        let (address, latencies, refused) = (address.to_owned(), Arc::clone(&latencies), Arc::clone(&refused));
        let at = begun + span.mul_f64(chance.below(1_000_000) as f64 / 1e6);
        tasks.spawn(async move {
            tokio::time::sleep_until(at.into()).await;
            loop {
                let answer = Line::connect(&address).await.push(&token, &batch, "{}").await;
                let Some(seconds) = answer.retry_after.filter(|_| !answer.status.is_success()) else {
                    answer.assert_acked(batch.upto);
                    break;
                };
                refused.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_secs(seconds)).await;
            }
            latencies.lock().await.push(at.elapsed());
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("every phone gets through");
    }
    let latencies = std::mem::take(&mut *latencies.lock().await);
    let refused = refused.load(Ordering::Relaxed);
    Spike { seconds: meter.seconds(), latencies, refused, memory: peak_memory(server), cores: meter.cores() }
}
