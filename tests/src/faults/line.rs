//! A line between phones and server that breaks on demand: a TCP proxy.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{self, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::api::Api;
use crate::chance::Chance;

/// A connection that breaks by itself does so before this many bytes have gone either way.
const MOST_BYTES: u64 = 60_000;

/// The line; it ends with this value.
pub(super) struct Line {
    address: SocketAddr,
    state: Arc<State>,
    /// Accepts connections, which end with it.
    _accepting: JoinSet<()>,
}

struct State {
    server: String,
    /// Nothing gets through.
    parted: AtomicBool,
    /// Connections break by themselves.
    breaks: AtomicBool,
    /// Requests arrive twice.
    doubles: AtomicBool,
    /// Counts the cuts; every connection watches it.
    cuts: watch::Sender<u64>,
    chance: Mutex<Chance>,
}

impl Line {
    pub(super) async fn start(server: &str, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = Arc::new(State {
            server: server.to_owned(),
            parted: AtomicBool::new(false),
            breaks: AtomicBool::new(false),
            doubles: AtomicBool::new(false),
            cuts: watch::Sender::new(0),
            chance: Mutex::new(Chance::new(seed)),
        });
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, Arc::clone(&state)));
        Self { address, state, _accepting: accepting }
    }

    /// The server at the end of the line.
    pub(super) fn api(&self) -> Api {
        Api::new(format!("http://{}", self.address))
    }

    /// Whether connections break by themselves, after a number of bytes that chance chooses.
    pub(super) fn cut_often(&self, often: bool) {
        self.state.breaks.store(often, Ordering::Relaxed);
    }

    /// Whether everything that is sent arrives twice, on two connections at once; only one of them is answered.
    pub(super) fn duplicate(&self, doubles: bool) {
        self.state.doubles.store(doubles, Ordering::Relaxed);
    }

    /// Breaks every connection.
    pub(super) fn cut(&self) {
        self.state.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Breaks every connection, and lets none through for a while.
    pub(super) async fn part_for(&self, time: Duration) {
        self.state.parted.store(true, Ordering::Relaxed);
        self.cut();
        tokio::time::sleep(time).await;
        self.state.parted.store(false, Ordering::Relaxed);
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((phone, _)) = listener.accept().await {
        if !state.parted.load(Ordering::Relaxed) {
            connections.spawn(carry(phone, Arc::clone(&state)));
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Carries bytes both ways until one side ends, or the line breaks.
async fn carry(phone: TcpStream, state: Arc<State>) {
    let Ok(server) = TcpStream::connect(&state.server).await else { return };
    let echo = if state.doubles.load(Ordering::Relaxed) { TcpStream::connect(&state.server).await.ok() } else { None };
    let (up, down) = {
        let mut chance = state.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = || if state.breaks.load(Ordering::Relaxed) { chance.below(MOST_BYTES) } else { u64::MAX };
        (bytes(), bytes())
    };
    let mut cuts = state.cuts.subscribe();
    let (from_phone, to_phone) = phone.into_split();
    let (from_server, to_server) = server.into_split();
    let echo = echo.map(TcpStream::into_split);
    let (unheard, echo) = echo.map_or((None, None), |(read, write)| (Some(read), Some(write)));
    tokio::select! {
        _ = pass(from_phone, to_server, echo, up) => {}
        _ = pass(from_server, to_phone, None, down) => {}
        // its answers are read, or the server would wait for somebody to
        () = drain(unheard) => {}
        _ = cuts.changed() => {}
    }
}

/// Passes at most so many bytes on, to the echo, too.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut echo: Option<OwnedWriteHalf>,
    most: u64,
) -> io::Result<()> {
    let (mut buffer, mut left) = (vec![0; 16 * 1024], most);
    while left > 0 {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        let part = &buffer[..read.min(usize::try_from(left).unwrap_or(usize::MAX))];
        if let Some(echo) = &mut echo {
            // the echo comes first or second, as it happens
            let _ = echo.write_all(part).await;
        }
        to.write_all(part).await?;
        left -= part.len() as u64;
    }
    Ok(())
}

/// Reads until nobody writes, and never ends: the echo may end before what it repeats.
async fn drain(from: Option<OwnedReadHalf>) {
    if let Some(mut from) = from {
        let mut buffer = vec![0; 16 * 1024];
        while from.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    }
    std::future::pending::<()>().await;
}
