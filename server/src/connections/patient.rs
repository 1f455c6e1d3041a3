//! The bytes of a connection, with an end to patience: who does not take an answer has to leave, and who was answered before having said
//! everything is heard out for a moment.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How long a peer is heard out. A socket that is closed with bytes unread resets the connection, which may take the answer with it.
const HEARD_OUT: Duration = Duration::from_secs(1);
/// Bytes that are heard at the most.
const HEARD_BYTES: usize = 4 << 20;

/// A connection whose writes must get on within a time. Any progress begins it anew, so that an answer may take as long as its peer reads.
#[derive(Debug)]
pub(super) struct Patient<T> {
    io: T,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
    ending: Option<Ending>,
}

/// What is left of hearing a peer out.
#[derive(Debug)]
struct Ending {
    over: Pin<Box<Sleep>>,
    bytes_left: usize,
}

impl<T> Patient<T> {
    /// Waits so long for each bit of progress.
    pub(super) fn new(io: T, patience: Duration) -> Self {
        Self { io, patience, stalled: None, ending: None }
    }

    /// The write that came to this result, or timed out.
    fn watched<R>(&mut self, written: Poll<io::Result<R>>, cx: &mut Context<'_>) -> Poll<io::Result<R>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer does not read")))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Patient<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.watched(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, parts);
        self.watched(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.io).poll_flush(cx);
        self.watched(flushed, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.ending.is_none() {
            ready!(Pin::new(&mut this.io).poll_shutdown(cx))?;
        }
        let ending =
            this.ending.get_or_insert_with(|| Ending { over: Box::pin(sleep(HEARD_OUT)), bytes_left: HEARD_BYTES });
        let mut space = [0; 8 * 1024];
        while ending.bytes_left > 0 && ending.over.as_mut().poll(cx).is_pending() {
            let mut buf = ReadBuf::new(&mut space);
            match ready!(Pin::new(&mut this.io).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => {
                    ending.bytes_left = ending.bytes_left.saturating_sub(buf.filled().len());
                }
                // it has said everything, or it is gone
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);

    #[tokio::test]
    async fn who_does_not_read_has_to_leave() {
        let (io, _peer) = duplex(64);
        let mut server = Patient::new(io, PATIENCE);
        let since = Instant::now();
        let written = tokio::time::timeout(PATIENCE * 20, server.write_all(&[7; 65])).await;
        let error = written.expect("its time is over").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(since.elapsed() >= PATIENCE);
    }

    #[tokio::test]
    async fn who_reads_slowly_gets_everything() {
        let (io, mut peer) = duplex(64);
        let mut server = Patient::new(io, PATIENCE);
        let reading = async {
            let mut bytes = [0; 64];
            for _ in 0..20 {
                tokio::time::sleep(PATIENCE / 8).await;
                peer.read_exact(&mut bytes).await.unwrap();
            }
        };
        let since = Instant::now();
        tokio::join!(async { server.write_all(&[7; 20 * 64]).await.unwrap() }, reading);
        assert!(since.elapsed() > PATIENCE * 2, "it took longer than one could have been silent");
    }

    #[tokio::test]
    async fn a_silence_in_which_nothing_is_written_is_no_stall() {
        let (io, mut peer) = duplex(64);
        let mut server = Patient::new(io, PATIENCE);
        let mut bytes = [0; 65];
        for _ in 0..3 {
            let reading = async {
                tokio::time::sleep(PATIENCE / 4).await;
                peer.read_exact(&mut bytes).await.unwrap();
            };
            tokio::join!(async { server.write_all(&[7; 65]).await.unwrap() }, reading);
            tokio::time::sleep(PATIENCE * 2).await;
        }
    }

    #[tokio::test]
    async fn who_was_answered_early_is_heard_out_but_not_for_ever() {
        let (io, mut peer) = duplex(64);
        let mut server = Patient::new(io, PATIENCE);
        let talking = async {
            peer.write_all(&vec![7; 100_000]).await.unwrap();
            peer
        };
        let ended = tokio::time::timeout(HEARD_OUT * 3, server.shutdown());
        let (ended, peer) = tokio::join!(ended, tokio::time::timeout(HEARD_OUT, talking));
        let _still_there = peer.expect("it was heard out");
        ended.expect("it does not wait for ever").unwrap();

        let (io, mut endless) = duplex(64 * 1024);
        let mut server = Patient::new(io, PATIENCE);
        let talking = async { while endless.write_all(&vec![7; 64 * 1024]).await.is_ok() {} };
        let ended = async {
            server.shutdown().await.unwrap();
            drop(server);
        };
        let both = async { tokio::join!(ended, talking) };
        tokio::time::timeout(HEARD_OUT * 3, both).await.expect("it had to leave");
    }
}
