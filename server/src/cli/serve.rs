//! `baobei serve`.

use serde::Serialize;
use tokio::signal;

use super::failure::{Exit, Failure};
use super::terminal::{DOUBTFUL, GOOD, Terminal, styled};
use crate::config::ServeOptions;
use crate::open::OpenError;
use crate::serve::{Running, ServeError, serve};
use crate::store::StoreError;
use crate::telemetry::start_log;

/// What is told when the server is ready.
#[derive(Debug, Serialize)]
struct Started {
    url: String,
    /// The file with the first admin's one-time code, when this start made one.
    first_admin: Option<String>,
}

/// Serves until it is told to end (SIGTERM, Ctrl-C).
///
/// # Errors
/// When it cannot start, or what it had accepted did not end in time.
pub(super) async fn run(options: &ServeOptions, terminal: Terminal) -> Result<(), Failure> {
    start_log(options.log.log_format, &options.log.log)
        .map_err(|error| Failure::new(Exit::Mistakes, error.to_string()).remedy("Correct --log, such as info."))?;
    // asked for before anything is answered, so that no signal is missed
    let told_to_end = Signals::listen()?;
    let running = serve(options).await.map_err(|error| not_started(options, &error))?;
    tell(&running, terminal)?;
    told_to_end.wait().await;
    if running.shut_down().await {
        return Ok(());
    }
    let remedy = "Phones will send again what was not acknowledged; --shutdown-grace gives more time.";
    Err(Failure::new(Exit::Failed, "requests were still under way at the end of the grace period").remedy(remedy))
}

fn tell(running: &Running, terminal: Terminal) -> Result<(), Failure> {
    let started = Started {
        url: format!("http://{}", running.addr()),
        first_admin: running.first_admin().map(|path| path.display().to_string()),
    };
    terminal.answer(&started, |out| {
        writeln!(out, "{} {} (documentation at /docs)", styled(GOOD, "serving"), started.url)?;
        if let Some(path) = &started.first_admin {
            writeln!(out, "{} the first admin's one-time code is in {path}", styled(DOUBTFUL, "note:"))?;
        }
        Ok(())
    })
}

fn not_started(options: &ServeOptions, error: &ServeError) -> Failure {
    let (exit, remedy) = match error {
        ServeError::Listen { .. } => (Exit::Failed, "Choose another address with --listen, or end what listens there."),
        ServeError::Files(_) => (Exit::Failed, "Raise the limit of open files, such as `ulimit -n 20000`."),
        ServeError::Store(StoreError::Unavailable(_))
        | ServeError::Open(OpenError::Store(StoreError::Unavailable(_))) => {
            (Exit::Unreachable, "Start the database, or correct --database.")
        }
        ServeError::Open(OpenError::Config(_)) => (Exit::Mistakes, "Correct the options; see `baobei serve --help`."),
        ServeError::Open(OpenError::Attachments(_)) => {
            (Exit::Mistakes, "Correct --attachments and the AWS variables; see `baobei serve --help`.")
        }
        ServeError::Open(OpenError::Keys(_) | OpenError::OtherKeys(_) | OpenError::OldKeys { .. }) => {
            (Exit::Failed, "Name the folder with this database's keys with --keys, or restore it.")
        }
        _ => (Exit::Failed, "Look at the log above; --log debug tells more."),
    };
    Failure::new(exit, format!("{error} (database {})", options.store.database)).remedy(remedy)
}

/// What tells a server to end.
pub(super) struct Signals {
    #[cfg(unix)]
    terminate: signal::unix::Signal,
}

impl Signals {
    pub(super) fn listen() -> Result<Self, Failure> {
        Ok(Self {
            #[cfg(unix)]
            terminate: signal::unix::signal(signal::unix::SignalKind::terminate())
                .map_err(|error| Failure::new(Exit::Failed, format!("no signals: {error}")))?,
        })
    }

    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has SIGTERM"))]
    pub(super) async fn wait(mut self) {
        let interrupt = signal::ctrl_c();
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = interrupt => {}
        }
        #[cfg(not(unix))]
        let _ = interrupt.await;
    }
}
