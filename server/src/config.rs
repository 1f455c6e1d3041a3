//! Configuration: by flag, by environment (`BAOBEI_…`), by file (`--config`), in this order, else the default.
//!
//! Every option is declared once, below; its help is its documentation. The names in a file are those of the flags:
//!
//! ```toml
//! listen = "127.0.0.1:8080"
//! database = "sqlite:/var/lib/baobei/baobei.db"
//! access-lifetime = "15m"
//! ```

mod database;
mod file;
mod network;
mod values;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser};
use ipnet::IpNet;

pub use database::{Database, DatabaseParser};
pub use file::parse;
use network::network;
pub(crate) use values::lifetime;
use values::{at_least, duration};

use crate::seal::password::PasswordCost;
use crate::telemetry::LogFormat;

/// Which data a command works on.
#[derive(Debug, Clone, Args)]
pub struct StoreOptions {
    /// Database: sqlite:PATH, made when missing, or postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, env = "BAOBEI_DATABASE_URL", value_name = "URL", default_value = "sqlite:baobei.db")]
    #[arg(value_parser = DatabaseParser, hide_env_values = true, help_heading = "Data")]
    pub database: Database,

    /// Folder with the keys; by default beside the SQLite file (PATH.keys), with PostgreSQL ./baobei.keys
    ///
    /// Made at the first start. Keep a copy of it apart from the database's backups: without the keys the
    /// database cannot be read, and with them it can. All processes on one database need the same keys.
    #[arg(long, env = "BAOBEI_KEYS", value_name = "DIR", help_heading = "Data")]
    pub keys: Option<PathBuf>,

    /// Photos and papers: a folder, or s3://BUCKET/PREFIX; by default beside the SQLite file (PATH.attachments), with PostgreSQL
    /// ./baobei.attachments
    ///
    /// All processes on one database need the same place. An S3-compatible store takes its login, region and endpoint from
    /// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL.
    #[arg(long, env = "BAOBEI_ATTACHMENTS", value_name = "PLACE", help_heading = "Data")]
    pub attachments: Option<String>,
}

/// Where the bytes of photos and papers are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attachments {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket, as s3://BUCKET/PREFIX.
    S3(String),
}

impl StoreOptions {
    /// Where the keys are.
    pub fn keys_folder(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| self.beside("keys"))
    }

    /// Where photos and papers are.
    pub fn attachments(&self) -> Attachments {
        match &self.attachments {
            Some(url) if url.starts_with("s3:") => Attachments::S3(url.clone()),
            Some(folder) => Attachments::Folder(folder.into()),
            None => Attachments::Folder(self.beside("attachments")),
        }
    }

    /// A folder beside the database's file; in the working directory when it has none.
    fn beside(&self, name: &str) -> PathBuf {
        match &self.database {
            Database::Sqlite(path) => {
                let mut folder = path.clone().into_os_string();
                folder.push(format!(".{name}"));
                folder.into()
            }
            Database::Postgres(_) => PathBuf::from(format!("baobei.{name}")),
        }
    }
}

/// How a command tells what it does.
#[derive(Debug, Clone, Args)]
pub struct LogOptions {
    /// Form of the log on standard error
    #[arg(long, env = "BAOBEI_LOG_FORMAT", value_name = "FORMAT", value_enum, default_value_t)]
    #[arg(help_heading = "Log")]
    pub log_format: LogFormat,

    /// What is logged: a level, or levels by module, such as info,server::sync=debug
    #[arg(long, env = "BAOBEI_LOG", value_name = "FILTER", default_value = "info", help_heading = "Log")]
    pub log: String,
}

/// The options of `baobei serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeOptions {
    /// File (TOML) with options, named like the flags; flags and environment go before it
    #[arg(long, env = "BAOBEI_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Address and port to listen on
    #[arg(long, env = "BAOBEI_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Networks of the reverse proxies in front of the server, such as 10.0.0.0/8; repeatable, or separated by commas
    ///
    /// Passwords are tried so often from one address, and behind a proxy every caller has the proxy's. When the peer of a connection is in
    /// one of these networks, the caller's address is the right-most in X-Forwarded-For that is not. Nobody else's X-Forwarded-For counts.
    #[arg(long, env = "BAOBEI_TRUSTED_PROXY", value_name = "CIDR", value_parser = network, value_delimiter = ',')]
    #[arg(help_heading = "Logins")]
    pub trusted_proxy: Vec<IpNet>,

    /// Which data to serve.
    #[command(flatten)]
    pub store: StoreOptions,

    /// Connections to PostgreSQL, or reading connections on SQLite
    #[arg(long, env = "BAOBEI_CONNECTIONS", value_name = "N", default_value_t = 8, help_heading = "Data")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub connections: u32,

    /// How it logs.
    #[command(flatten)]
    pub log: LogOptions,

    /// How long an access token lives
    #[arg(long, env = "BAOBEI_ACCESS_LIFETIME", value_name = "TIME", default_value = "15m")]
    #[arg(value_parser = lifetime, help_heading = "Logins")]
    pub access_lifetime: Duration,

    /// How long a login lasts without being used
    #[arg(long, env = "BAOBEI_REFRESH_LIFETIME", value_name = "TIME", default_value = "30d")]
    #[arg(value_parser = lifetime, help_heading = "Logins")]
    pub refresh_lifetime: Duration,

    /// Work in hashing a password
    #[arg(long, env = "BAOBEI_PASSWORD_COST", value_name = "COST", value_enum, default_value_t)]
    #[arg(help_heading = "Logins")]
    pub password_cost: PasswordCost,

    /// Bytes of ops in one exchange, after decompression
    #[arg(long, env = "BAOBEI_MAX_REQUEST_BYTES", value_name = "N", default_value_t = sync_core::exchange::REQUEST_BYTES)]
    #[arg(value_parser = at_least::<{ sync_core::op::OP_BYTES }>, help_heading = "Limits")]
    pub max_request_bytes: usize,

    /// Ops in one exchange
    #[arg(long, env = "BAOBEI_MAX_REQUEST_OPS", value_name = "N", default_value_t = sync_core::exchange::REQUEST_OPS)]
    #[arg(value_parser = at_least::<{ sync_core::op::GROUP_OPS }>, help_heading = "Limits")]
    pub max_request_ops: usize,

    /// Ops that wait to be written; beyond, phones are asked to come back, before what they send is read
    #[arg(long, env = "BAOBEI_MAX_WAITING_OPS", value_name = "N", default_value_t = 50_000)]
    #[arg(value_parser = at_least::<{ 2 * sync_core::op::GROUP_OPS }>, help_heading = "Limits")]
    pub max_waiting_ops: usize,

    /// Connections at once; who comes later is asked to come back, and only /healthz, /readyz and /metrics are answered
    ///
    /// Above the number of phones, each of which may keep one for its pokes. The limit of open files is raised to what the system allows
    /// (ulimit -Hn); when it is still below, there are fewer connections and a warning.
    #[arg(long, env = "BAOBEI_MAX_CONNECTIONS", value_name = "N", default_value_t = 10_000)]
    #[arg(value_parser = at_least::<1>, help_heading = "Limits")]
    pub max_connections: usize,

    /// Connections that may be streams of pokes; by default four fifths of all, so that exchanges always have room
    #[arg(long, env = "BAOBEI_MAX_EVENT_STREAMS", value_name = "N", value_parser = at_least::<0>)]
    #[arg(help_heading = "Limits")]
    pub max_event_streams: Option<usize>,

    /// How long a connection may be silent before its next request, or take nothing of its answer
    #[arg(long, env = "BAOBEI_MAX_SILENCE", value_name = "TIME", default_value = "60s")]
    #[arg(value_parser = lifetime, help_heading = "Limits")]
    pub max_silence: Duration,

    /// At the end: how long /readyz fails before new connections are refused
    #[arg(long, env = "BAOBEI_SHUTDOWN_NOTICE", value_name = "TIME", default_value = "0s")]
    #[arg(value_parser = duration, help_heading = "Shutdown")]
    pub shutdown_notice: Duration,

    /// At the end: how long accepted requests may take to finish
    #[arg(long, env = "BAOBEI_SHUTDOWN_GRACE", value_name = "TIME", default_value = "20s")]
    #[arg(value_parser = duration, help_heading = "Shutdown")]
    pub shutdown_grace: Duration,

    /// Freeze time and let anybody set it (PUT /v1/dev/clock): for trying out rules, on a loopback address only
    #[arg(long, env = "BAOBEI_DEV_CLOCK", value_parser = BoolishValueParser::new(), help_heading = "Development")]
    pub dev_clock: bool,
}

/// Why options that are fine each do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A time that anybody can set, for anybody who can connect.
    #[error("--dev-clock lets anybody set the time: listen on a loopback address (127.0.0.1 or [::1]), not on {0}")]
    DevClockInPublic(SocketAddr),
    /// Hashes that are guessed quickly, for real accounts.
    #[error("--password-cost cheap protects no password: listen on a loopback address, not on {0}")]
    CheapPasswordsInPublic(SocketAddr),
    /// A login that ends before its first token.
    #[error("--refresh-lifetime must be longer than --access-lifetime")]
    RefreshBeforeAccess,
    /// Streams that leave no connection for anything else.
    #[error("--max-event-streams must be below --max-connections")]
    StreamsFillConnections,
    /// A line that is full before it has taken anything.
    #[error("--max-waiting-ops must be at least twice --max-request-ops")]
    RequestFillsLine,
    /// The environment or the configuration file.
    #[error("{0}")]
    Unreadable(String),
}

/// A command line of nothing but these options.
#[derive(Debug, Parser)]
struct Flags {
    #[command(flatten)]
    options: ServeOptions,
}

impl ServeOptions {
    /// The options of `baobei serve` with these flags, for a server inside another program.
    ///
    /// # Errors
    /// Those of clap.
    pub fn from_flags(flags: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, clap::Error> {
        let args = std::iter::once("serve".into()).chain(flags.into_iter().map(Into::into));
        parse::<Flags>(args).map(|flags| flags.options)
    }

    /// The default options for some data.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`] when the environment or the configuration file has mistakes.
    pub fn of_store(store: &StoreOptions) -> Result<Self, ConfigError> {
        let defaults = Self::from_flags(["--listen", "127.0.0.1:0"]);
        let defaults = defaults.map_err(|error| ConfigError::Unreadable(error.to_string()))?;
        Ok(Self { store: store.clone(), ..defaults })
    }

    /// How many of `connections` may be streams of pokes.
    pub(crate) fn event_streams(&self, connections: usize) -> usize {
        self.max_event_streams.unwrap_or(connections / 5 * 4).min(connections)
    }

    /// Checks what one option says about another.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn check(&self) -> Result<(), ConfigError> {
        let public = !self.listen.ip().is_loopback();
        if self.dev_clock && public {
            return Err(ConfigError::DevClockInPublic(self.listen));
        }
        if self.password_cost == PasswordCost::Cheap && public {
            return Err(ConfigError::CheapPasswordsInPublic(self.listen));
        }
        if self.refresh_lifetime <= self.access_lifetime {
            return Err(ConfigError::RefreshBeforeAccess);
        }
        if self.max_event_streams.is_some_and(|streams| streams >= self.max_connections) {
            return Err(ConfigError::StreamsFillConnections);
        }
        if self.max_waiting_ops / 2 < self.max_request_ops {
            return Err(ConfigError::RequestFillsLine);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
