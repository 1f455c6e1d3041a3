//! Runs a transaction until it commits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::db::Db;
use super::error::StoreError;
use super::tx::Tx;
use crate::random::Random;

/// How often a transaction is begun before its contention is reported.
const ATTEMPTS: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(4);

/// The transaction as [`run_tx`] lends it out. Owned, because only then are futures that use it provably `Send`.
pub type TxGuard = OwnedMutexGuard<Tx>;

/// Boxed: otherwise the compiler would ask of every handler, through each layer around it, whether all transactions below
/// it are `Send`, which took longer than everything else it checks.
type Work<'a, T, E> = dyn Fn(TxGuard) -> BoxFuture<'a, Result<T, E>> + Send + Sync + 'a;

/// Runs `work` in a write transaction and commits it when it returns `Ok`.
///
/// When another transaction is in the way (PostgreSQL 40001 and 40P01, SQLite BUSY), everything is rolled back and
/// `work` runs again in a new transaction, so it must not have effects beyond `tx`. `name` labels the histogram
/// `baobei_tx_seconds`. Pass `&mut tx` to the functions of the store.
///
/// ```ignore
/// let sheet = run_tx(&db, "open_sheet", async |mut tx| {
///     customers::lock(&mut tx, &keys).await?;
///     Ok::<_, AppError>(sheet)
/// })
/// .await?;
/// ```
///
/// # Errors
/// Those of `work`, and [`StoreError`] when the transaction cannot begin or commit.
pub fn run_tx<'a, T, E, F, Fut>(db: &'a Db, name: &'static str, work: F) -> BoxFuture<'a, Result<T, E>>
where
    T: Send + 'a,
    E: From<StoreError> + Send + 'a,
    F: Fn(TxGuard) -> Fut + Send + Sync + 'a,
    Fut: Future<Output = Result<T, E>> + Send + 'a,
{
    let work: Box<Work<'a, T, E>> = Box::new(move |tx| Box::pin(work(tx)));
    Box::pin(run_work(db, name, work))
}

async fn run_work<T, E>(db: &Db, name: &'static str, work: Box<Work<'_, T, E>>) -> Result<T, E>
where
    T: Send,
    E: From<StoreError> + Send,
{
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut attempt = 1;
    let result = loop {
        match attempt_tx(db, &*work).await {
            Attempt::Contended(_) if attempt < ATTEMPTS => {}
            Attempt::Contended(error) => break Err(error),
            Attempt::Done(result) => break result,
        }
        metrics::counter!("baobei_tx_retries_total", "name" => name).increment(1);
        tokio::time::sleep(Random::system().jittered(pause)).await;
        pause *= 2;
        attempt += 1;
    };
    metrics::histogram!("baobei_tx_seconds", "name" => name).record(started.elapsed().as_secs_f64());
    result
}

enum Attempt<T, E> {
    Done(Result<T, E>),
    Contended(E),
}

async fn attempt_tx<T, E>(db: &Db, work: &Work<'_, T, E>) -> Attempt<T, E>
where
    E: From<StoreError>,
{
    let end = |error: StoreError| {
        if error.is_contention() { Attempt::Contended(error.into()) } else { Attempt::Done(Err(error.into())) }
    };
    let tx = match db.begin().await {
        Ok(tx) => Arc::new(Mutex::new(tx)),
        Err(error) => return end(error),
    };
    let result = work(Arc::clone(&tx).lock_owned().await).await;
    // the guard was given back, unless `work` hid it somewhere: then nothing can be committed
    let Some(tx) = Arc::into_inner(tx).map(Mutex::into_inner) else {
        return end(StoreError::Failed);
    };
    let contended = tx.is_contended();
    match result {
        Ok(value) if !contended => match tx.commit().await {
            Ok(()) => Attempt::Done(Ok(value)),
            Err(error) => end(error),
        },
        result => {
            tx.rollback().await;
            match result {
                Err(error) if contended => Attempt::Contended(error),
                Err(error) => Attempt::Done(Err(error)),
                Ok(_) => Attempt::Contended(StoreError::Failed.into()),
            }
        }
    }
}
