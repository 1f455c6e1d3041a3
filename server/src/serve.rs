//! Runs a server on a socket, and ends it without losing what it accepted.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::app::create_first_admin::{FirstAdminError, create_first_admin};
use crate::config::ServeOptions;
use crate::connections::{Limits, Routers, SPARE};
use crate::open::{OpenError, keep_in_order, open_with};
use crate::open_files::{self, TooFewFiles};
use crate::random::Random;
use crate::state::App;
use crate::store::StoreError;
use crate::{connections, http, jobs, metrics};

/// A server that answers on a socket. Dropping it does not stop the server; [`Running::shut_down`] does.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    app: App,
    first_admin: Option<PathBuf>,
    drained: oneshot::Receiver<()>,
    notice: Duration,
    grace: Duration,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Database, keys or options.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The background work.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The first login.
    #[error(transparent)]
    FirstAdmin(#[from] FirstAdminError),
    /// The system allows too little.
    #[error(transparent)]
    Files(#[from] TooFewFiles),
    /// The address.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Opens a server and answers until it is [shut down](Running::shut_down). On an empty database it makes an admin.
///
/// # Errors
/// [`ServeError`]
pub async fn serve(options: &ServeOptions) -> Result<Running, ServeError> {
    let running = serve_by_hand(options, Random::system()).await?;
    jobs::start(&running.app);
    Ok(running)
}

/// As [`serve`], with another source of ids and secrets, and without jobs: with a seeded source, and [`Jobs`](jobs::Jobs) run by hand, a
/// simulation repeats itself.
///
/// # Errors
/// [`ServeError`]
pub async fn serve_by_hand(options: &ServeOptions, random: Random) -> Result<Running, ServeError> {
    let places = open_files::places(options.max_connections, open_files::raise(), options.connections, SPARE)?;
    let options = &ServeOptions { max_connections: places, ..options.clone() };
    let listening = |source| ServeError::Listen { addr: options.listen, source };
    let listener = connections::listen(options.listen).map_err(listening)?;
    let addr = listener.local_addr().map_err(listening)?;
    let app = open_with(options, random).await?;
    if app.clock.is_dev() {
        tracing::warn!("time is frozen and anybody can set it (--dev-clock): this is no server for real work");
    }
    let first_admin = create_first_admin(&app, &options.store.keys_folder()).await?;
    keep_in_order(&app).await?;
    metrics::recorder();
    app.tasks.spawn_until_stopped("metrics", metrics::upkeep());
    let limits = Limits { connections: options.max_connections, spare: SPARE, silence: options.max_silence };
    let drained = answer(&app, listener, limits);
    let (notice, grace) = (options.shutdown_notice, options.shutdown_grace);
    Ok(Running { addr, app, first_admin, drained, notice, grace })
}

/// Answers until [`Ending::close`](crate::state::Ending::close); then `drained` tells that the last answer is out.
fn answer(app: &App, listener: TcpListener, limits: Limits) -> oneshot::Receiver<()> {
    let (drained, waits) = oneshot::channel();
    let routers = Routers { all: http::router(app), spare: http::crowded_router(app) };
    let answering = connections::answer(listener, routers, limits, app.tasks.clone(), app.ending.closing());
    app.tasks.spawn("http", async move {
        answering.await;
        // nobody waits when the server just ends
        let _ = drained.send(());
    });
    waits
}

impl Running {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What it works with.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The file with the first admin's one-time code, when this start made one.
    pub fn first_admin(&self) -> Option<&Path> {
        self.first_admin.as_deref()
    }

    /// Stops: readiness first, then new connections; when the last accepted request was answered, the background
    /// work; then the database. Whether all ended in time.
    pub async fn shut_down(self) -> bool {
        let Self { app, drained, notice, grace, .. } = self;
        app.ending.announce();
        tokio::time::sleep(notice).await;
        let deadline = Instant::now() + grace;
        app.ending.close();
        let answered = tokio::time::timeout_at(deadline, drained).await.is_ok();
        let all_ended = app.tasks.shut_down(deadline.saturating_duration_since(Instant::now())).await;
        app.db.close().await;
        answered && all_ended
    }
}
