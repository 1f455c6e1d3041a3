//! Runs a server on a socket, and ends it without losing what it accepted.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::state::App;
use crate::{http, metrics};

/// How a shutdown goes.
#[derive(Debug, Clone, Copy)]
pub struct Shutdown {
    /// How long `/readyz` fails before new connections are refused, so that a load balancer notices in time.
    pub notice: Duration,
    /// How long requests and tasks that were accepted may take to end.
    pub grace: Duration,
}

/// A server that answers on a socket. Dropping it does not stop the server; [`Running::shut_down`] does.
#[derive(Debug)]
pub struct Running {
    addr: SocketAddr,
    app: App,
}

/// Serves `app` on `listener` until it is [shut down](Running::shut_down).
///
/// # Errors
/// When the listener has no address.
pub fn serve(app: App, listener: TcpListener) -> io::Result<Running> {
    let addr = listener.local_addr()?;
    metrics::recorder();
    app.tasks.spawn_until_stopped("metrics", metrics::upkeep());
    let router = http::router(&app);
    let stopped = app.tasks.stop_token().clone();
    app.tasks.spawn("http", async move {
        let server = axum::serve(listener, router).with_graceful_shutdown(stopped.cancelled_owned());
        if let Err(error) = server.await {
            tracing::error!(%error, "the listener failed");
        }
    });
    Ok(Running { addr, app })
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

    /// Stops: readiness first, then new connections, then, when all accepted work has ended, the database.
    /// Whether all ended in time.
    pub async fn shut_down(self, how: Shutdown) -> bool {
        self.app.draining.begin();
        tokio::time::sleep(how.notice).await;
        let all_ended = self.app.tasks.shut_down(how.grace).await;
        self.app.db.close().await;
        all_ended
    }
}
