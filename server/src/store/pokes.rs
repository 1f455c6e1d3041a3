//! Pokes: hints that a bucket has news, sent after the commit, within the process and (PostgreSQL) to all others.
//!
//! A poke may be lost when a connection breaks or a subscriber lags; it is never the only way to learn of a change.

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;

use super::error::StoreError;

const CHANNEL: &str = "baobei_feed";
const NOTIFY: &str = "SELECT pg_notify($1, payload), set_config('synchronous_commit', 'off', true)
    FROM UNNEST($2::text[]) AS payload";
/// PostgreSQL takes payloads below 8,000 bytes.
const MAX_PAYLOAD: usize = 7_900;
const MAX_WAITING: usize = 4_096;

/// A bucket has reached a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poke {
    /// Name of the bucket.
    pub bucket: String,
    /// Its newest revision at that moment.
    pub rev: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Pokes {
    local: broadcast::Sender<Poke>,
    others: Option<Others>,
}

#[derive(Debug, Clone)]
struct Others {
    pool: PgPool,
    /// Tells this process's own notifications from others'.
    process: String,
}

impl Pokes {
    pub(super) fn within_process() -> Self {
        Self { local: broadcast::Sender::new(MAX_WAITING), others: None }
    }

    pub(super) async fn across_processes(pool: PgPool) -> Result<Self, StoreError> {
        let process =
            sqlx::query_scalar("SELECT gen_random_uuid()::text").fetch_one(&pool).await.map_err(StoreError::sort)?;
        Ok(Self { local: broadcast::Sender::new(MAX_WAITING), others: Some(Others { pool, process }) })
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Poke> {
        self.local.subscribe()
    }

    pub(super) async fn relay(&self) -> Result<Relay, StoreError> {
        let source = match &self.others {
            None => None,
            Some(Others { pool, process }) => {
                let mut listener = PgListener::connect_with(pool).await.map_err(StoreError::sort)?;
                listener.listen(CHANNEL).await.map_err(StoreError::sort)?;
                Some((listener, process.clone()))
            }
        };
        Ok(Relay { source, local: self.local.clone() })
    }

    /// Sends pokes of a committed transaction. What cannot be sent is logged: the commit stands.
    pub(super) async fn send(&self, pokes: Vec<Poke>) {
        if let Some(Others { pool, process }) = &self.others
            && !pokes.is_empty()
        {
            // not in the transaction: NOTIFY holds a lock of the whole cluster while it commits; and a hint need not reach the disk
            let sent = sqlx::query(NOTIFY).bind(CHANNEL).bind(payloads(process, &pokes)).execute(pool).await;
            if let Err(error) = sent {
                tracing::warn!(%error, "other processes were not told of a commit");
            }
        }
        for poke in pokes {
            // nobody may be listening
            let _ = self.local.send(poke);
        }
    }
}

/// Brings the pokes of other processes to the subscribers of this one.
#[derive(Debug)]
pub struct Relay {
    source: Option<(PgListener, String)>,
    local: broadcast::Sender<Poke>,
}

impl Relay {
    /// Runs until it is dropped, through lost connections; on SQLite, which has one process, it returns at once.
    pub async fn run(self) {
        let Some((mut listener, process)) = self.source else { return };
        loop {
            match listener.recv().await {
                Ok(notification) => {
                    for poke in pokes_of_others(&process, notification.payload()) {
                        let _ = self.local.send(poke);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the connection for notifications is lost");
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
            }
        }
    }
}

/// Lines: the sending process, then `bucket rev`.
fn payloads(process: &str, pokes: &[Poke]) -> Vec<String> {
    let mut payloads = Vec::new();
    let mut payload = process.to_owned();
    for Poke { bucket, rev } in pokes {
        let line = format!("\n{bucket} {rev}");
        if payload.len() + line.len() > MAX_PAYLOAD {
            payloads.push(std::mem::replace(&mut payload, process.to_owned()));
        }
        payload.push_str(&line);
    }
    payloads.push(payload);
    payloads
}

fn pokes_of_others<'p>(process: &str, payload: &'p str) -> impl Iterator<Item = Poke> + use<'p> {
    let mut lines = payload.lines();
    let own = lines.next() == Some(process);
    lines.filter(move |_| !own).filter_map(|line| {
        let (bucket, rev) = line.rsplit_once(' ')?;
        Some(Poke { bucket: bucket.to_owned(), rev: rev.parse().ok()? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_into_payloads_and_come_back_whole() {
        let pokes: Vec<Poke> =
            (0..500).map(|n| Poke { bucket: format!("user:00000000-0000-0000-0000-{n:012}"), rev: n }).collect();
        let payloads = payloads("a", &pokes);
        assert!(payloads.len() > 1 && payloads.iter().all(|payload| payload.len() < 8_000));
        let back: Vec<Poke> = payloads.iter().flat_map(|payload| pokes_of_others("b", payload)).collect();
        assert_eq!(back, pokes);
        assert_eq!(pokes_of_others("a", &payloads[0]).count(), 0);
    }
}
