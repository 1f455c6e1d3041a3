//! The only place that spawns: tasks are tracked, so that a shutdown finishes what was accepted.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// The running tasks of one server; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stop: CancellationToken,
}

/// The work ended without an answer: it panicked, or the runtime shut down under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the work was lost before it had an answer")]
pub struct WorkLost;

impl Tasks {
    /// No tasks yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `work` to its end, which a shutdown waits for. A panic is logged and ends this task alone.
    pub fn spawn(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let guarded = async move {
            if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                tracing::error!(task = name, "a task panicked");
            }
        };
        self.tracker.spawn(guarded.instrument(tracing::info_span!("task", name)));
    }

    /// Runs `work` until it ends or a shutdown begins, whichever is first; at a shutdown it is dropped where it waits.
    pub fn spawn_until_stopped(&self, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.spawn(name, async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = work => {}
            }
        });
    }

    /// Runs `work` on a thread that may block, and waits for its answer.
    ///
    /// # Errors
    /// [`WorkLost`] when it panicked.
    pub async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkLost> {
        let (answer, receiver) = oneshot::channel();
        let span = tracing::Span::current();
        self.tracker.spawn_blocking(move || {
            let _entered = span.enter();
            // an asker who has gone away does not need the answer
            let _ = catch_unwind(AssertUnwindSafe(work)).map(|value| answer.send(value).is_ok());
        });
        receiver.await.map_err(|_| WorkLost)
    }

    /// A token that is cancelled when the shutdown begins.
    pub fn stop_token(&self) -> &CancellationToken {
        &self.stop
    }

    /// Tells every task to stop; returns at once.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Stops, then waits for the tasks to end, at most `grace`; whether all ended in time.
    pub async fn shut_down(&self, grace: Duration) -> bool {
        self.stop();
        self.tracker.close();
        let all_ended = tokio::time::timeout(grace, self.tracker.wait()).await.is_ok();
        if !all_ended {
            tracing::warn!(left = self.tracker.len(), "tasks were still running at the end of the grace period");
        }
        all_ended
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_shutdown_waits_for_accepted_work_and_drops_endless_work() {
        let tasks = Tasks::new();
        let finished = Arc::new(AtomicBool::new(false));
        let flag = finished.clone();
        tasks.spawn("short", async move {
            tokio::time::sleep(Duration::from_millis(50)).await;
            flag.store(true, Ordering::SeqCst);
        });
        tasks.spawn_until_stopped("endless", std::future::pending());
        assert!(tasks.shut_down(Duration::from_secs(5)).await);
        assert!(finished.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn a_shutdown_gives_up_after_its_grace() {
        let tasks = Tasks::new();
        tasks.spawn("stubborn", std::future::pending());
        assert!(!tasks.shut_down(Duration::from_millis(20)).await);
    }

    #[tokio::test]
    async fn a_panic_ends_only_its_own_task() {
        let tasks = Tasks::new();
        tasks.spawn("doomed", async { panic!("on purpose") });
        assert_eq!(tasks.run_blocking(|| panic!("on purpose")).await, Err::<(), _>(WorkLost));
        assert_eq!(tasks.run_blocking(|| 6 * 7).await, Ok(42));
        assert!(tasks.shut_down(Duration::from_secs(5)).await);
    }
}
