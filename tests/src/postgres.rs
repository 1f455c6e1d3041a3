//! PostgreSQL for tests: a private cluster that lives as long as the test process, and empty databases in it.
//!
//! `./dev test` runs one cluster for all test processes and passes its URL in `BAOBEI_TEST_POSTGRES`; without it, the
//! first [`fresh_database`] of a process starts a cluster of its own. Needs nothing but `sh` and the PostgreSQL binaries,
//! which are looked for in `BAOBEI_PG_BIN`, `PATH` and the usual folders.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use crate::entropy;

const SCRIPT: &str = include_str!("postgres.sh");

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// It does not: right for everything that neither cuts the power nor measures.
    Fast,
    /// It does, as in production.
    Durable,
}

/// A private PostgreSQL cluster on a Unix socket. It ends, and its files go, when this value is dropped or the process
/// ends in whatever way.
#[derive(Debug)]
pub struct Cluster {
    url: String,
    /// Holds the script's standard input: when that closes, the script stops the cluster.
    script: Child,
    answers: BufReader<ChildStdout>,
}

impl Cluster {
    /// Starts a cluster; takes about a second.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start; the message says why.
    pub fn start(durability: Durability) -> Self {
        let mut script = run_script()
            .arg(match durability {
                Durability::Fast => "fast",
                Durability::Durable => "durable",
            })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0) // a killed group of tests must leave the script alive to clean up
            .spawn()
            .expect("sh runs");
        let mut url = String::new();
        let mut answers = BufReader::new(script.stdout.take().expect("stdout is piped"));
        answers.read_line(&mut url).expect("the script prints text");
        if url.is_empty() {
            let output = script.wait_with_output().expect("the script ends");
            panic!("no PostgreSQL for the tests: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Self { url: url.trim().to_owned(), script, answers }
    }

    /// URL of a new, empty database in this cluster.
    ///
    /// # Panics
    /// When the database cannot be created; the message says why.
    pub fn fresh_database(&self) -> String {
        fresh_database_in(&self.url)
    }
}

impl Cluster {
    /// Kills every process of it (`kill -9`), and returns when it answers again.
    ///
    /// # Panics
    /// When it does not come back.
    pub fn crash(&mut self) {
        let stdin = self.script.stdin.as_mut().expect("stdin is piped");
        stdin.write_all(b"crash\n").expect("the script listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("the script prints text");
        assert_eq!(answer.trim(), "up", "PostgreSQL did not come back");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

/// URL of a new, empty PostgreSQL database. It blocks for about 50 ms, on first use for about a second.
///
/// # Panics
/// When PostgreSQL is not installed or does not answer; the message says what to do.
pub fn fresh_database() -> String {
    static SHARED: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Durability::Fast));
    match env::var("BAOBEI_TEST_POSTGRES") {
        Ok(admin) if !admin.is_empty() => fresh_database_in(&admin),
        _ => SHARED.fresh_database(),
    }
}

/// Runs one statement with `psql` and returns what it prints: rows by line, columns split by `|`.
///
/// # Panics
/// When the statement fails.
pub fn query(url: &str, sql: &str) -> String {
    let output = run_script().args(["query", url, sql]).output().expect("sh runs");
    assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr).trim());
    String::from_utf8(output.stdout).expect("psql prints UTF-8").trim_end().to_owned()
}

fn fresh_database_in(admin: &str) -> String {
    // Many processes share a cluster and process ids come round again: the name must be random.
    let name = format!("test_{:016x}", entropy());
    query(admin, &format!("CREATE DATABASE {name}"));
    let (server, options) = admin.split_once('?').unwrap_or((admin, ""));
    let (server, _) = server.rsplit_once('/').expect("an admin URL names a database");
    format!("{server}/{name}?{options}")
}

fn run_script() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "postgres.sh"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_empty_and_apart() {
        let (one, other) = (fresh_database(), fresh_database());
        query(&one, "CREATE TABLE t (id BIGINT)");
        assert_eq!(query(&one, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "1");
        assert_eq!(query(&other, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    }

    #[test]
    fn a_cluster_ends_with_its_owner() {
        let cluster = Cluster::start(Durability::Durable);
        assert_eq!(query(&cluster.fresh_database(), "SHOW fsync"), "on");
        let (_, home) = cluster.url.split_once("host=").expect("the URL names the socket's folder");
        let home = std::path::PathBuf::from(home);
        assert!(home.exists());
        drop(cluster);
        assert!(!home.exists());
    }
}
