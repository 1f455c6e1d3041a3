//! Connections: accepted up to a limit, each with a time in which its next request must be there, and in which its answer must be taken.
//!
//! Who comes when all places are taken gets one answer at a spare place: those who run the server what they ask for, everybody else that
//! they should come back. When these are taken, too, one waits in the kernel's line, which costs next to nothing.

mod patient;

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
use patient::Patient;

/// Connections that wait to be accepted. Whom the kernel turns away tries again after one second, three, seven.
const BACKLOG: u32 = 4_096;
/// How long nothing is accepted when the process has no file handle left.
const EXHAUSTED: Duration = Duration::from_millis(200);
/// How long whoever has a spare place may be silent, or leave its answer unread, at the most.
const SPARE_SILENCE: Duration = Duration::from_secs(5);
/// Spare places of a server.
pub(crate) const SPARE: usize = 64;

/// What a server allows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// Beyond them, for one answer each; at least 1.
    pub(crate) spare: usize,
    /// From the opening of a connection, or from its last answer, to the end of the next request's head; and between two bytes of an answer
    /// that the peer takes.
    pub(crate) silence: Duration,
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) struct Routers {
    /// To who has a place.
    pub(crate) all: Router,
    /// To who has none.
    pub(crate) spare: Router,
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
    routers: Routers,
    limits: Limits,
    tasks: Tasks,
    closing: impl Future<Output = ()>,
) {
    // now and not for each connection: the routes are built from their state once
    let (all, spare) = (routers.all.with_state(()), routers.spare.with_state(()));
    let places = Arc::new(Semaphore::new(limits.connections));
    let spare_places = Arc::new(Semaphore::new(limits.spare.max(1)));
    let graceful = GracefulShutdown::new();
    let accept = async {
        loop {
            // whoever is accepted can at least be told to come back
            let Ok(spare_place) = Arc::clone(&spare_places).acquire_owned().await else { return };
            let (stream, peer) = accept(&listener).await;
            let (place, router, silence, stays) = match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => (place, &all, limits.silence, true),
                Err(_) => (spare_place, &spare, limits.silence.min(SPARE_SILENCE), false),
            };
            let router = router.clone().map_request(move |mut request: Request<_>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                request
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(silence)
                .keep_alive(stays)
                .serve_connection(TokioIo::new(Patient::new(stream, silence)), TowerToHyperService::new(router));
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
    use axum::http::StatusCode;
    use axum::routing;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;

    use super::*;

    /// More than the kernel's buffers hold.
    const LARGE: usize = 64 << 20;
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: baobei\r\n\r\n";

    struct Listening {
        addr: SocketAddr,
        close: oneshot::Sender<()>,
        answering: tokio::task::JoinHandle<()>,
    }

    fn start(limits: Limits) -> Listening {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let addr = listener.local_addr().unwrap();
        let all = Router::new()
            .route("/", routing::get(async || "here"))
            .route("/large", routing::get(async || vec![7; LARGE]));
        let routers = Routers { all, spare: Router::new().fallback(async || StatusCode::SERVICE_UNAVAILABLE) };
        let (close, closed) = oneshot::channel();
        let closing = async move { closed.await.unwrap() };
        #[expect(clippy::disallowed_methods, reason = "the test waits for it")]
        let answering = tokio::spawn(answer(listener, routers, limits, Tasks::new(), closing));
        Listening { addr, close, answering }
    }

    fn limits(connections: usize, spare: usize, silence: Duration) -> Limits {
        Limits { connections, spare, silence }
    }

    /// The first bytes of the answer.
    async fn ask(stream: &mut TcpStream) -> String {
        stream.write_all(REQUEST).await.unwrap();
        let mut bytes = [0; 15];
        stream.read_exact(&mut bytes).await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn who_comes_when_all_places_are_taken_is_told_and_leaves() {
        let server = start(limits(1, 1, Duration::from_mins(1)));
        let mut first = TcpStream::connect(server.addr).await.unwrap();
        assert_eq!(ask(&mut first).await, "HTTP/1.1 200 OK");
        for _ in 0..3 {
            let mut next = TcpStream::connect(server.addr).await.unwrap();
            // a body that is announced and does not come
            next.write_all(b"POST / HTTP/1.1\r\nhost: baobei\r\ncontent-length: 1000000\r\n\r\n").await.unwrap();
            let mut answer = String::new();
            let told = tokio::time::timeout(Duration::from_secs(10), next.read_to_string(&mut answer));
            told.await.expect("it is closed after its answer").unwrap();
            assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
        }
        drop(first);
        let answered = async {
            loop {
                let mut next = TcpStream::connect(server.addr).await.unwrap();
                if ask(&mut next).await == "HTTP/1.1 200 OK" {
                    return;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), answered).await.expect("there is a place again");
    }

    #[tokio::test]
    async fn who_comes_when_the_spare_places_are_taken_waits_in_line() {
        let server = start(limits(1, 1, Duration::from_mins(1)));
        let mut first = TcpStream::connect(server.addr).await.unwrap();
        assert_eq!(ask(&mut first).await, "HTTP/1.1 200 OK");
        let silent = TcpStream::connect(server.addr).await.unwrap();
        let mut second = TcpStream::connect(server.addr).await.unwrap();
        second.write_all(REQUEST).await.unwrap();
        let mut bytes = [0; 15];
        let early = tokio::time::timeout(Duration::from_millis(200), second.read_exact(&mut bytes)).await;
        assert!(early.is_err(), "it was answered beside the others");
        drop((first, silent));
        second.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes[..9], b"HTTP/1.1 ");
    }

    #[tokio::test]
    async fn who_takes_no_answer_has_to_leave() {
        let server = start(limits(1, 1, Duration::from_millis(300)));
        let mut deaf = TcpStream::connect(server.addr).await.unwrap();
        deaf.write_all(b"GET /large HTTP/1.1\r\nhost: baobei\r\n\r\n").await.unwrap();
        let answered = async {
            loop {
                let mut next = TcpStream::connect(server.addr).await.unwrap();
                if ask(&mut next).await == "HTTP/1.1 200 OK" {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), answered).await.expect("its place is free again");
        let mut rest = Vec::new();
        // it is cut off in the middle
        let _ = deaf.read_to_end(&mut rest).await;
        assert!(rest.len() < LARGE, "{}", rest.len());
    }

    #[tokio::test]
    async fn who_is_silent_has_to_leave() {
        let server = start(limits(4, 4, Duration::from_millis(100)));
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
        let server = start(limits(4, 4, Duration::from_mins(1)));
        let mut idle = TcpStream::connect(server.addr).await.unwrap();
        assert_eq!(ask(&mut idle).await, "HTTP/1.1 200 OK");
        server.close.send(()).unwrap();
        server.answering.await.unwrap();
        assert!(TcpStream::connect(server.addr).await.is_err());
    }
}
