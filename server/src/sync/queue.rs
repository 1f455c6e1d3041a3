//! Group commit: pushes that wait together are written by one transaction.
//!
//! The queue is bounded by ops, not by requests, and refuses before any work is done. One worker a process decides and writes; while it
//! waits for the disk the next group gathers, so that the groups grow with the load by themselves.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Something that waits to be written with others.
pub trait Weigh {
    /// How many ops it carries; at least 1.
    fn weight(&self) -> u32;
}

/// The waiting line in front of one worker.
#[derive(Debug)]
pub struct Queue<P, A> {
    sender: mpsc::UnboundedSender<Waiting<P, A>>,
    room: Arc<Semaphore>,
    waiting_ops: u32,
}

/// The worker's end of the line.
#[derive(Debug)]
pub struct Worker<P, A> {
    receiver: mpsc::UnboundedReceiver<Waiting<P, A>>,
}

#[derive(Debug)]
struct Waiting<P, A> {
    push: P,
    answer: oneshot::Sender<A>,
    room: OwnedSemaphorePermit,
}

/// Why nothing was queued, or no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// The line is full: come back later.
    #[error("too much is waiting to be written")]
    Full,
    /// The server shuts down.
    #[error("the server is shutting down")]
    Closed,
}

/// A waiting line for up to `waiting_ops` ops, and its worker.
pub fn queue<P: Weigh, A>(waiting_ops: u32) -> (Queue<P, A>, Worker<P, A>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let room = Arc::new(Semaphore::new(waiting_ops as usize));
    (Queue { sender, room, waiting_ops }, Worker { receiver })
}

impl<P: Weigh, A> Queue<P, A> {
    /// How full the line is, in per mille.
    pub fn fullness(&self) -> u64 {
        let left = self.room.available_permits() as u64;
        1_000 - (left * 1_000 / u64::from(self.waiting_ops).max(1)).min(1_000)
    }

    /// Whether a push of so many ops would find room now.
    pub fn has_room(&self, ops: u64) -> bool {
        self.room.available_permits() as u64 >= ops
    }

    /// Waits in line and returns the worker's answer.
    ///
    /// # Errors
    /// [`QueueError::Full`] at once, before any work; [`QueueError::Closed`] when the worker is gone.
    pub async fn submit(&self, push: P) -> Result<A, QueueError> {
        let room = Arc::clone(&self.room).try_acquire_many_owned(push.weight()).map_err(|_| QueueError::Full)?;
        let (answer, answered) = oneshot::channel();
        self.sender.send(Waiting { push, answer, room }).map_err(|_| QueueError::Closed)?;
        answered.await.map_err(|_| QueueError::Closed)
    }
}

impl<P: Weigh, A> Worker<P, A> {
    /// Serves the line until it is `stopped` and everything that waited is answered. `group_ops` says before each group how many ops it may
    /// have; `write` answers a group in its order.
    pub async fn run<F: Future<Output = Vec<A>>>(
        mut self,
        stopped: CancellationToken,
        mut group_ops: impl FnMut() -> u32,
        write: impl Fn(Vec<P>) -> F,
    ) {
        let mut next = None;
        loop {
            let first = match next.take() {
                Some(waiting) => waiting,
                None => match self.next(&stopped).await {
                    Some(waiting) => waiting,
                    None => return,
                },
            };
            let most = group_ops();
            let mut ops = first.push.weight();
            let mut group = vec![first];
            while let Ok(waiting) = self.receiver.try_recv() {
                ops = ops.saturating_add(waiting.push.weight());
                if ops > most {
                    next = Some(waiting);
                    break;
                }
                group.push(waiting);
            }
            let mut pushes = Vec::with_capacity(group.len());
            let mut askers = Vec::with_capacity(group.len());
            for Waiting { push, answer, room } in group {
                pushes.push(push);
                askers.push((answer, room));
            }
            for ((asker, room), answer) in askers.into_iter().zip(write(pushes).await) {
                drop(room);
                // A phone that hung up asks again and gets the stored outcomes.
                let _ = asker.send(answer);
            }
        }
    }

    async fn next(&mut self, stopped: &CancellationToken) -> Option<Waiting<P, A>> {
        tokio::select! {
            biased;
            waiting = self.receiver.recv() => waiting,
            () = stopped.cancelled() => {
                self.receiver.close();
                self.receiver.recv().await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    impl Weigh for u32 {
        fn weight(&self) -> u32 {
            *self
        }
    }

    #[tokio::test]
    async fn pushes_that_wait_together_are_written_together_and_answered_in_order() {
        let (queue, worker) = queue::<u32, u32>(100);
        let queue = Arc::new(queue);
        let asked = async { tokio::join!(queue.submit(4), queue.submit(5), queue.submit(6), queue.submit(91)) };
        let groups = Mutex::new(Vec::new());
        let write = |group: Vec<u32>| {
            groups.lock().unwrap().push(group.clone());
            async move { group.iter().map(|ops| ops * 10).collect() }
        };
        let work = worker.run(CancellationToken::new(), || 10, write);
        let answers = tokio::select! { answers = asked => answers, () = work => unreachable!() };
        assert_eq!(answers, (Ok(40), Ok(50), Ok(60), Err(QueueError::Full)));
        assert_eq!(*groups.lock().unwrap(), [vec![4, 5], vec![6]]);
    }

    #[tokio::test]
    async fn who_waits_and_who_is_written_takes_room_until_the_answer() {
        let (queue, worker) = queue::<u32, u32>(10);
        assert!(queue.has_room(10) && !queue.has_room(11));
        let (begun, begins) = oneshot::channel();
        let (go_on, goes_on) = oneshot::channel();
        let parts = Mutex::new(Some((begun, goes_on)));
        let write = |group: Vec<u32>| {
            let (begun, goes_on) = parts.lock().unwrap().take().unwrap();
            begun.send(()).unwrap();
            async move {
                goes_on.await.unwrap();
                group
            }
        };
        let asked = async {
            let looking = async {
                begins.await.unwrap();
                let seen = (queue.has_room(6), queue.has_room(7));
                go_on.send(()).unwrap();
                seen
            };
            tokio::join!(queue.submit(4), looking)
        };
        let work = worker.run(CancellationToken::new(), || 10, write);
        let (answer, seen) = tokio::select! { both = asked => both, () = work => unreachable!() };
        assert_eq!((answer, seen), (Ok(4), (true, false)));
        assert!(queue.has_room(10));
    }

    #[tokio::test]
    async fn each_group_is_as_long_as_its_moment_allows() {
        let (queue, worker) = queue::<u32, u32>(100);
        let asked = async { tokio::join!(queue.submit(4), queue.submit(5), queue.submit(6), queue.submit(3)) };
        let groups = Mutex::new(Vec::new());
        let mut allowed = [5, 20, 20].into_iter();
        let write = |group: Vec<u32>| {
            groups.lock().unwrap().push(group.clone());
            async move { group }
        };
        let work = worker.run(CancellationToken::new(), move || allowed.next().unwrap(), write);
        let answers = tokio::select! { answers = asked => answers, () = work => unreachable!() };
        assert_eq!(answers, (Ok(4), Ok(5), Ok(6), Ok(3)));
        assert_eq!(*groups.lock().unwrap(), [vec![4], vec![5, 6, 3]]);
    }

    #[tokio::test]
    async fn a_push_of_more_than_a_group_is_written_alone() {
        let (queue, worker) = queue::<u32, u32>(100);
        let asked = async { tokio::join!(queue.submit(40), queue.submit(1)) };
        let groups = Mutex::new(Vec::new());
        let write = |group: Vec<u32>| {
            groups.lock().unwrap().push(group.clone());
            async move { group }
        };
        let work = worker.run(CancellationToken::new(), || 10, write);
        let answers = tokio::select! { answers = asked => answers, () = work => unreachable!() };
        assert_eq!(answers, (Ok(40), Ok(1)));
        assert_eq!(*groups.lock().unwrap(), [vec![40], vec![1]]);
    }
}
