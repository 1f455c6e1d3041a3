//! Connections: accepted up to a limit, each with a time in which the head of its next request must be there.
//!
//! Who comes when the limit is reached waits in the kernel's line, which costs next to nothing, until somebody leaves; and who is silent
//! before a request has to leave. The limit knows no difference between callers: a stream of pokes keeps its place for as long as it is
//! open, and so does who does not read an answer. Choose a limit above the number of phones, and below that of open files.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use crate::tasks::Tasks;

/// Connections that wait to be accepted. Whom the kernel turns away tries again after one second, three, seven.
const BACKLOG: u32 = 4_096;
/// How long nothing is accepted when the process has no file handle left.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// What a server allows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// From the opening of a connection, or from its last answer, to the end of the next request's head.
    pub(crate) silence: Duration,
}

/// Listens.
///
/// # Errors
/// When the address is taken, or not one of this machine.
pub(crate) fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // a restart need not wait until the connections of the last run are forgotten
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

/// Answers until `closing`, and then until the last accepted request was answered.
pub(crate) async fn answer(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    tasks: Tasks,
    closing: impl Future<Output = ()>,
) {
    // now and not for each connection: the routes are built from their state once
    let router = router.with_state(());
    let (room, graceful) = (Arc::new(Semaphore::new(limits.connections)), GracefulShutdown::new());
    let accept = async {
        loop {
            let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
            let (stream, peer) = accept(&listener).await;
            let service = router.clone().map_request(move |mut request: Request<_>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                request
            });
            let service = TowerToHyperService::new(service);
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(limits.silence)
                .serve_connection(TokioIo::new(stream), service);
            let connection = graceful.watch(connection);
            tasks.spawn("connection", async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection broke");
                }
                drop(place);
            });
        }
    };
    tokio::select! {
        () = accept => {}
        () = closing => {}
    }
    drop(listener);
    graceful.shutdown().await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection waits before it sends");
                }
                return (stream, peer);
            }
            // it was gone before it was accepted
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
            }
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted; is the limit of open files too low?");
                tokio::time::sleep(EXHAUSTED).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::routing;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: baobei\r\n\r\n";

    struct Listening {
        addr: SocketAddr,
        close: oneshot::Sender<()>,
        answering: tokio::task::JoinHandle<()>,
    }

    fn start(limits: Limits) -> Listening {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let addr = listener.local_addr().unwrap();
        let router = Router::new().route("/", routing::get(async || "here"));
        let (close, closed) = oneshot::channel();
        let closing = async move { closed.await.unwrap() };
        #[expect(clippy::disallowed_methods, reason = "the test waits for it")]
        let answering = tokio::spawn(answer(listener, router, limits, Tasks::new(), closing));
        Listening { addr, close, answering }
    }

    /// The first bytes of the answer.
    async fn ask(stream: &mut TcpStream) -> String {
        stream.write_all(REQUEST).await.unwrap();
        let mut bytes = [0; 15];
        stream.read_exact(&mut bytes).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn who_comes_when_all_places_are_taken_is_answered_when_somebody_leaves() {
        let server = start(Limits { connections: 1, silence: Duration::from_mins(1) });
        let mut first = TcpStream::connect(server.addr).await.unwrap();
        assert_eq!(ask(&mut first).await, "HTTP/1.1 200 OK");
        let mut second = TcpStream::connect(server.addr).await.unwrap();
        second.write_all(REQUEST).await.unwrap();
        let mut bytes = [0; 15];
        let early = tokio::time::timeout(Duration::from_millis(200), second.read_exact(&mut bytes)).await;
        assert!(early.is_err(), "it was answered beside the first");
        drop(first);
        second.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"HTTP/1.1 200 OK");
    }

    #[tokio::test]
    async fn who_is_silent_has_to_leave() {
        let server = start(Limits { connections: 4, silence: Duration::from_millis(100) });
        let mut rest = Vec::new();
        let mut silent = TcpStream::connect(server.addr).await.unwrap();
        silent.read_to_end(&mut rest).await.unwrap();
        let mut slow = TcpStream::connect(server.addr).await.unwrap();
        slow.write_all(&REQUEST[..10]).await.unwrap();
        slow.read_to_end(&mut rest).await.unwrap();
        let mut idle = TcpStream::connect(server.addr).await.unwrap();
        assert_eq!(ask(&mut idle).await, "HTTP/1.1 200 OK");
        idle.read_to_end(&mut rest).await.unwrap();
    }

    #[tokio::test]
    async fn an_idle_connection_holds_up_no_shutdown() {
        let server = start(Limits { connections: 4, silence: Duration::from_mins(1) });
        let mut idle = TcpStream::connect(server.addr).await.unwrap();
        assert_eq!(ask(&mut idle).await, "HTTP/1.1 200 OK");
        server.close.send(()).unwrap();
        server.answering.await.unwrap();
        assert!(TcpStream::connect(server.addr).await.is_err());
    }
}
