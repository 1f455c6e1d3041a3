//! Runs a server on a socket, and ends it without losing what it accepted.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::TcpListener;

use crate::app::create_first_admin::{FirstAdminError, create_first_admin};
use crate::config::ServeOptions;
use crate::open::{OpenError, keep_in_order, open};
use crate::state::App;
use crate::store::StoreError;
use crate::{http, metrics};

/// A server that answers on a socket. Dropping it does not stop the server; [`Running::shut_down`] does.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    app: App,
    first_admin: Option<PathBuf>,
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
    let listening = |source| ServeError::Listen { addr: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(listening)?;
    let addr = listener.local_addr().map_err(listening)?;
    let app = open(options).await?;
    if app.clock.is_dev() {
        tracing::warn!("time is frozen and anybody can set it (--dev-clock): this is no server for real work");
    }
    let first_admin = create_first_admin(&app, &options.store.keys_folder()).await?;
    keep_in_order(&app).await?;
    metrics::recorder();
    app.tasks.spawn_until_stopped("metrics", metrics::upkeep());
    answer(&app, listener);
    Ok(Running { addr, app, first_admin, notice: options.shutdown_notice, grace: options.shutdown_grace })
}

fn answer(app: &App, listener: TcpListener) {
    let router = http::router(app);
    let stopped = app.tasks.stop_token().clone();
    app.tasks.spawn("http", async move {
        let server = axum::serve(listener, router).with_graceful_shutdown(stopped.cancelled_owned());
        if let Err(error) = server.await {
            tracing::error!(%error, "the listener failed");
        }
    });
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

    /// Stops: readiness first, then new connections, then, when all accepted work has ended, the database.
    /// Whether all ended in time.
    pub async fn shut_down(self) -> bool {
        self.app.draining.begin();
        tokio::time::sleep(self.notice).await;
        let all_ended = self.app.tasks.shut_down(self.grace).await;
        self.app.db.close().await;
        all_ended
    }
}
