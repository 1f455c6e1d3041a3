//! The server as a process of its own, which can be killed at any instant and started again on the same data.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use tempfile::TempDir;

use crate::api::Api;
use crate::engine::Engine;
use crate::entropy;

/// How long a server may take to be ready, or to end when asked to.
const PATIENCE: Duration = Duration::from_mins(1);

/// Bytes of a block of `ulimit -f`, as POSIX has it.
const BLOCK: u64 = 512;

/// One server process on a database and keys of its own. It dies with this value.
#[derive(Debug)]
pub struct ServerProcess {
    home: Arc<TempDir>,
    name: String,
    database: String,
    listen: String,
    options: Vec<String>,
    child: Option<Child>,
    /// How large a file may become, in blocks of the shell.
    blocks: Option<u64>,
    /// What is loaded into it before the system's own library.
    preload: Option<PathBuf>,
}

impl ServerProcess {
    /// Starts a server with a dev clock and cheap password hashes on a new, empty database, and waits until it is ready.
    ///
    /// # Panics
    /// When it does not get ready; the message has the end of its log.
    pub async fn start(engine: Engine) -> Self {
        Self::start_with(engine, &["--dev-clock", "--password-cost", "cheap"]).await
    }

    /// Starts a server on a new, empty database with these options of `baobei serve`.
    ///
    /// # Panics
    /// When it does not get ready; the message has the end of its log.
    pub async fn start_with(engine: Engine, options: &[&str]) -> Self {
        let home = TempDir::with_prefix("baobei-").expect("a temporary folder");
        let database = engine.fresh_database(home.path());
        Self::launch_in(home, database, options).await
    }

    /// Starts a server on this database, which is empty, with these options of `baobei serve`.
    ///
    /// # Panics
    /// When it does not get ready; the message has the end of its log.
    pub async fn start_on(database: String, options: &[&str]) -> Self {
        let home = TempDir::with_prefix("baobei-").expect("a temporary folder");
        Self::launch_in(home, database, options).await
    }

    async fn launch_in(home: TempDir, database: String, options: &[&str]) -> Self {
        Self::launch(Self {
            home: Arc::new(home),
            name: "server-1".into(),
            database,
            listen: free_address(),
            options: options.iter().map(ToString::to_string).collect(),
            child: None,
            blocks: None,
            preload: None,
        })
        .await
    }

    /// From the next start on, no file of the server may grow beyond so many bytes: writing fails as on a full disk. `None` makes room again.
    pub fn limit_files(&mut self, bytes: Option<u64>) {
        self.blocks = bytes.map(|bytes| bytes.div_ceil(BLOCK));
    }

    /// From the next start on, this library stands between the server and the system.
    pub fn preload(&mut self, library: PathBuf) {
        self.preload = Some(library);
    }

    /// Starts one more process on the same database and keys, at another address.
    ///
    /// # Panics
    /// When it does not get ready; the message has the end of its log.
    pub async fn sibling(&self) -> Self {
        let listen = free_address();
        Self::launch(Self {
            home: self.home.clone(),
            name: format!("server-{}", listen.replace(':', "-")),
            database: self.database.clone(),
            listen,
            options: self.options.clone(),
            child: None,
            blocks: None,
            preload: None,
        })
        .await
    }

    async fn launch(mut server: Self) -> Self {
        server.restart().await;
        server
    }

    /// Starts it again, at the same address on the same data; kills it first if it still runs.
    ///
    /// # Panics
    /// When it does not get ready; the message has the end of its log.
    pub async fn restart(&mut self) {
        self.kill();
        let log = File::options().create(true).append(true).open(self.log_file()).expect("the log can be written");
        let mut command = self.command(["serve", "--listen", &self.listen]);
        command.envs(self.preload.iter().map(|library| ("LD_PRELOAD", library)));
        command.args(&self.options).stdin(Stdio::null()).stdout(log.try_clone().expect("a file handle")).stderr(log);
        self.child = Some(command.spawn().expect("the server starts"));
        self.wait_until_ready().await;
    }

    async fn wait_until_ready(&mut self) {
        let since = Instant::now();
        let api = self.api();
        loop {
            let answer = api.request(Method::GET, "/readyz").send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().expect("its own child")) {
                panic!("the server ended with {status}:\n{}", self.log());
            }
            assert!(since.elapsed() < PATIENCE, "the server did not get ready:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it as a power cut would (`kill -9`), if it runs.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("its own child can be killed");
            child.wait().expect("its own child can be waited for");
        }
    }

    /// Asks it to end (SIGTERM) and waits until it has.
    ///
    /// # Panics
    /// When it does not run, or does not end.
    pub async fn stop(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("the server runs");
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill runs");
        assert!(asked.success(), "SIGTERM could not be sent");
        let since = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("its own child") {
                return status;
            }
            if since.elapsed() > PATIENCE {
                self.child = Some(child);
                panic!("the server did not end:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it as a broken disk would: it never comes back to this database. The next one is new and empty; keys and address stay.
    ///
    /// # Panics
    /// When there is no other database.
    pub fn lose_database(&mut self, engine: Engine) {
        self.kill();
        let folder = self.home().join(format!("disk-{}", entropy()));
        fs::create_dir(&folder).expect("a folder can be made");
        self.database = engine.fresh_database(&folder);
    }

    /// A stranger at this server.
    pub fn api(&self) -> Api {
        Api::new(format!("http://{}", self.listen))
    }

    /// Where it listens: host and port.
    pub fn address(&self) -> &str {
        &self.listen
    }

    /// Its process id.
    ///
    /// # Panics
    /// When it does not run.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("the server runs").id()
    }

    /// URL of its database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The folder with its keys, its log and, on SQLite, its database.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// What it has logged so far, over all its lives.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// Runs another command of `baobei` on the same database and keys, beside the server.
    ///
    /// # Panics
    /// When the binary does not start.
    pub fn run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Output {
        self.command(args).stdin(Stdio::null()).output().expect("baobei starts")
    }

    /// Starts another command of `baobei` on the same database and keys, and leaves it to itself.
    ///
    /// # Panics
    /// When the binary does not start.
    pub fn spawn<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Child {
        let mut command = self.command(args);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("baobei starts")
    }

    fn command<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> Command {
        let mut command = match self.blocks {
            None => Command::new(binary()),
            Some(blocks) => {
                // an ignored signal stays ignored: instead of dying, the program is told that it cannot write
                let mut limited = Command::new("sh");
                limited.args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\""), "sh"]).arg(binary());
                limited
            }
        };
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("BAOBEI_")) {
            command.env_remove(name); // a developer's settings are not the test's
        }
        command.args(args).env("BAOBEI_DATABASE_URL", &self.database).env("BAOBEI_KEYS", self.home().join("keys"));
        command.current_dir(self.home());
        command
    }

    fn log_file(&self) -> PathBuf {
        self.home().join(&self.name).with_extension("log")
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The binary under test: `BAOBEI_BIN`, or the one in the folder of the test executable.
///
/// # Panics
/// When there is none.
pub fn binary() -> PathBuf {
    let binary = env::var_os("BAOBEI_BIN").map_or_else(
        || {
            let test = env::current_exe().expect("a running executable has a path");
            let deps = test.parent().expect("an executable lies in a folder");
            deps.parent().unwrap_or(deps).join("baobei")
        },
        PathBuf::from,
    );
    assert!(binary.is_file(), "{} is missing: run `cargo build --workspace --bins --tests`", binary.display());
    binary
}

/// A free loopback address outside of the range the system hands out by itself, so that it is still free after a restart.
fn free_address() -> String {
    loop {
        let port = 15_000 + entropy() % 17_000;
        let address = format!("127.0.0.1:{port}");
        if TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
}
