//! W1: phones push batches, 1, 8 or 64 at a time.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::field::Phone;
use super::meter::{Cores, Meter};
use super::ops::Batch;
use super::wire::{Latencies, Line};

/// What pushing came to.
#[derive(Debug)]
pub(crate) struct Pushed {
    /// Durable ops a second.
    pub(crate) rate: f64,
    /// Of the batches.
    pub(crate) latencies: Latencies,
    /// Who was busy.
    pub(crate) cores: Cores,
}

/// Pushes each phone's batches in their order, so many phones at a time. With `follow`, each request names the cursors of the answer before.
pub(crate) async fn run(
    (address, server): (&str, u32),
    phones: &[Phone],
    batches: Vec<Vec<Batch>>,
    at_a_time: usize,
    follow: bool,
) -> Pushed {
    let ops: usize = batches.iter().flatten().map(|batch| batch.ops).sum();
    let rounds = batches.iter().map(Vec::len).max().unwrap_or_default();
    let mut shares: Vec<Vec<(String, Vec<Batch>)>> = vec![Vec::new(); at_a_time];
    for (index, (phone, batches)) in phones.iter().zip(batches).enumerate() {
        shares[index % at_a_time].push((phone.token.clone(), batches));
    }
    let mut lines = Vec::new();
    for share in shares {
        lines.push((Line::connect(address).await, share));
    }
    let all = Arc::new(Mutex::new(Latencies::default()));
    let meter = Meter::start(server);
    let mut tasks = tokio::task::JoinSet::new();
    for (mut line, share) in lines {
        let all = Arc::clone(&all);
        tasks.spawn(async move {
            let mut latencies = Latencies::default();
            let mut cursors = vec!["{}".to_owned(); share.len()];
            for round in 0..rounds {
                for ((token, batches), cursors) in share.iter().zip(&mut cursors) {
                    let Some(batch) = batches.get(round) else { continue };
                    let answer = line.push(token, batch, cursors).await;
                    answer.assert_acked(batch.upto);
                    if follow {
                        answer.cursors().clone_into(cursors);
                    }
                    latencies.push(answer.took);
                }
            }
            all.lock().await.extend(latencies);
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.expect("all phones push");
    }
    let (seconds, cores) = (meter.seconds(), meter.cores());
    let latencies = std::mem::take(&mut *all.lock().await);
    Pushed { rate: ops as f64 / seconds, latencies, cores }
}
