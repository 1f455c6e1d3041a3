//! The server inside the test's own process: quick to start, real socket, real database, a clock the test sets.

use std::sync::Arc;
use std::time::Duration;

use api_spec::auth::Session;
use serde_json::json;
use server::app::replay_rulings::replay;
use server::config::ServeOptions;
use server::random::Random;
use server::serve::{Running, serve, serve_by_hand};
use server::state::App;
use server::store::{orgs, rulings};
use tempfile::TempDir;

use crate::api::Api;
use crate::engine::Engine;
use crate::world::{ORG, PASSWORD, PROJECT};

/// One server on a database and keys of its own; ends with the runtime it was started on.
#[derive(Debug)]
pub struct InProcess {
    running: Running,
    home: Arc<TempDir>,
    flags: Vec<String>,
}

impl InProcess {
    /// Starts a server with a dev clock and cheap password hashes on a new, empty database.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, &["--dev-clock"]).await
    }

    /// Starts a server on a new, empty database with these flags of `baobei serve`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_with(engine: Engine, flags: &[&str]) -> Self {
        let (options, home, flags) = Self::prepare(engine, flags);
        Self { running: serve(&options).await.expect("the server starts"), home, flags }
    }

    /// Starts one more server on the same database and keys, at another address: it shares nothing else with the first.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn sibling(&self) -> Self {
        let options = ServeOptions::from_flags(&self.flags).expect("the flags are right");
        let running = serve(&options).await.expect("the server starts");
        Self { running, home: Arc::clone(&self.home), flags: self.flags.clone() }
    }

    /// Starts a server with a dev clock whose ids and secrets repeat themselves for the same seed, and whose jobs run by hand.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_seeded(engine: Engine, seed: u64) -> Self {
        Self::start_seeded_with(engine, seed, &["--dev-clock"]).await
    }

    /// The same with these flags of `baobei serve`.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_seeded_with(engine: Engine, seed: u64, flags: &[&str]) -> Self {
        let (options, home, flags) = Self::prepare(engine, flags);
        Self { running: serve_by_hand(&options, Random::seeded(seed)).await.expect("the server starts"), home, flags }
    }

    fn prepare(engine: Engine, flags: &[&str]) -> (ServeOptions, Arc<TempDir>, Vec<String>) {
        log();
        let home = TempDir::with_prefix("baobei-").expect("a temporary folder");
        let database = engine.fresh_database(home.path());
        let [keys, attachments] = ["keys", "attachments"].map(|name| home.path().join(name).display().to_string());
        let own = ["--listen", "127.0.0.1:0", "--password-cost", "cheap", "--database", &database, "--keys", &keys];
        let own = own.into_iter().chain(["--attachments", &attachments]);
        let flags: Vec<String> = own.chain(flags.iter().copied()).map(str::to_owned).collect();
        let options = ServeOptions::from_flags(&flags).expect("the flags are right");
        (options, Arc::new(home), flags)
    }

    /// A stranger at this server.
    pub fn api(&self) -> Api {
        Api::new(format!("http://{}", self.running.addr()))
    }

    /// The server as seen by somebody of the world without a phone.
    ///
    /// # Panics
    /// When they cannot log in.
    pub async fn user(&self, username: &str) -> Api {
        let login = json!({"org": ORG, "username": username, "password": PASSWORD});
        let session: Session = self.api().post("/v1/auth/login", &login).await.expect("somebody of the world logs in");
        self.api().with_token(session.tokens.access_token.reveal())
    }

    /// P9: decides every ruling of the world's project again from its facts; how many there are.
    ///
    /// # Panics
    /// When one comes out otherwise.
    pub async fn replay(&self) -> usize {
        let (app, read) = (self.app(), "the world can be read");
        let mut db = app.db.read().await.expect(read);
        let org = orgs::by_code(&mut db, ORG).await.expect(read).expect("the world was founded").org;
        let directory = app.directories.current(&mut db, org).await.expect(read);
        let all = rulings::of_project(&mut db, PROJECT, None, 1_000).await.expect(read);
        for row in &all {
            assert_eq!(replay(&directory.projects[&PROJECT], row), None, "{row:?}");
        }
        all.len()
    }

    /// What the server works with.
    pub fn app(&self) -> &App {
        self.running.app()
    }

    /// The running server.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// Ends it as a signal would; whether all it had accepted ended in time.
    pub async fn shut_down(self) -> bool {
        let Self { running, home, .. } = self;
        let all_ended = running.shut_down().await;
        drop(home);
        all_ended
    }
}

/// Waits for what happens by itself.
///
/// # Panics
/// When it does not happen within half a minute.
pub async fn eventually(mut happened: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if happened().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(happened().await, "it did not happen within half a minute");
}

/// With `BAOBEI_TEST_LOG=warn` (or another filter) the servers of a test process log to standard error.
fn log() {
    if let Ok(filter) = std::env::var("BAOBEI_TEST_LOG") {
        // only the first server of a process can start the log
        let _ = server::telemetry::start_log(server::telemetry::LogFormat::Text, &filter);
    }
}
