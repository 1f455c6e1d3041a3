//! `baobei demo`: a server, eight phones, and one working day that is told as it happens.
//!
//! Everything is real: a server on embedded SQLite, replicas, HTTP. Only time is set, with `PUT /v1/dev/clock`, so that
//! a day takes seconds. What is told comes from the server's answers; where they are not what the story needs, the
//! demo fails and says so.

mod cast;
mod colleague;
mod day;
mod farewell;
mod narrator;
mod night;
mod phone;
mod programme;
mod stage;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use api_spec::locale::Locale;
use clap::Args;

use self::cast::{Cast, ORG_FILE};
use self::farewell::Souvenir;
use self::narrator::Narrator;
use self::stage::Stage;
use super::failure::{Exit, Failure};
use super::phone::client::Client;
use super::serve::Signals;
use super::terminal::Terminal;
use crate::app::import_org::Importer;
use crate::config::ServeOptions;
use crate::random::Random;
use crate::serve::{Running, ServeError, serve};
use crate::telemetry::{LogFormat, start_log};

/// Options of `baobei demo`.
#[derive(Debug, Args)]
pub(super) struct DemoOptions {
    /// Address and port of the server; another free port is taken when this one is not
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder for the database, the keys and the phones, kept at the end; by default a temporary one, removed at the end
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Language of the story: en or zh
    #[arg(long, value_name = "LANG", default_value = "en", value_parser = language)]
    lang: Locale,
    /// End after the story instead of serving on
    #[arg(long)]
    exit: bool,
    /// Write what each phone recorded into this folder, as op logs for `baobei phone replay`
    #[arg(long, value_name = "DIR")]
    op_logs: Option<PathBuf>,
}

fn language(text: &str) -> Result<Locale, String> {
    match text {
        "en" => Ok(Locale::En),
        "zh" | "zh-CN" => Ok(Locale::Zh),
        _ => Err("en or zh is expected".to_owned()),
    }
}

/// Plays the day, then serves until Ctrl-C.
///
/// # Errors
/// When the server does not start, or the day goes otherwise than told.
pub(super) async fn run(options: &DemoOptions, terminal: Terminal) -> Result<(), Failure> {
    // what goes wrong is told; what goes as it should is in the story
    start_log(LogFormat::Text, "error").map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let told_to_end = Signals::listen()?;
    let home = Home::open(options.dir.as_deref())?;
    let running = start(options.listen, &home.path).await?;
    // a whole day is a large future
    let told = Box::pin(tell(options, &home.path, &running, terminal)).await;
    if told.is_ok() && !options.exit {
        told_to_end.wait().await;
    }
    let ended = running.shut_down().await;
    home.close();
    told?;
    if ended { Ok(()) } else { Err(Failure::new(Exit::Failed, "the server did not end in time")) }
}

async fn tell(options: &DemoOptions, home: &Path, running: &Running, terminal: Terminal) -> Result<(), Failure> {
    import(running).await?;
    let url = format!("http://{}", running.addr());
    let narrator = Narrator::new(terminal, options.lang);
    let mut stage = Stage::new(Client::new(&url)?, narrator)?;
    let mut cast = Cast::assemble(&stage)?;
    programme::read_out(
        &stage,
        &url,
        (options.listen.port() != 0 && running.addr() != options.listen).then_some(options.listen),
    )?;
    let subject = day::play(&mut stage, &mut cast).await?;
    let night = night::fall(&mut stage, &mut cast).await?;
    farewell::put_down(&cast, home, options.op_logs.as_deref())?;
    let souvenir = Souvenir { url: &url, home, subject };
    farewell::tell(&stage, &cast, &night, &souvenir, !options.exit, terminal)
}

/// Starts the server; where the port is taken, on another one.
async fn start(listen: SocketAddr, home: &Path) -> Result<Running, Failure> {
    match serve(&server_options(listen, home)?).await {
        Err(ServeError::Listen { source, .. }) if source.kind() == io::ErrorKind::AddrInUse => {
            let any_port = SocketAddr::new(listen.ip(), 0);
            serve(&server_options(any_port, home)?).await.map_err(|error| not_started(&error))
        }
        started => started.map_err(|error| not_started(&error)),
    }
}

fn not_started(error: &ServeError) -> Failure {
    Failure::new(Exit::Failed, format!("the server does not start: {error}"))
        .remedy("Choose another address with --listen, or another folder with --dir.")
}

fn server_options(listen: SocketAddr, home: &Path) -> Result<ServeOptions, Failure> {
    let (listen, database) = (listen.to_string(), format!("sqlite:{}", home.join("baobei.db").display()));
    let keys = home.join("keys").display().to_string();
    let flags = ["--listen", &listen, "--database", &database, "--keys", &keys];
    let flags = flags.into_iter().chain(["--dev-clock", "--password-cost", "cheap"]);
    ServeOptions::from_flags(flags).map_err(|error| Failure::new(Exit::Mistakes, error.to_string()))
}

async fn import(running: &Running) -> Result<(), Failure> {
    let app = running.app();
    let importer = Importer { db: &app.db, clock: &app.clock, passwords: &app.passwords };
    let imported = importer.import(ORG_FILE, |_, _| {}).await;
    imported.map(drop).map_err(|error| Failure::new(Exit::Failed, format!("the demo's org is not imported: {error}")))
}

/// The folder everything is in.
struct Home {
    path: PathBuf,
    temporary: bool,
}

impl Home {
    fn open(dir: Option<&Path>) -> Result<Self, Failure> {
        let unusable = |path: &Path, error: &dyn std::fmt::Display| {
            Failure::new(Exit::Failed, format!("{} cannot be used: {error}", path.display()))
                .remedy("Name an empty folder with --dir.")
        };
        let (path, temporary) = match dir {
            Some(dir) => (dir.to_owned(), false),
            None => (std::env::temp_dir().join(format!("baobei-demo-{}", Random::system().opaque_id().simple())), true),
        };
        std::fs::create_dir_all(path.join("phones")).map_err(|error| unusable(&path, &error))?;
        if path.join("baobei.db").exists() {
            return Err(unusable(&path, &"a demo has been played there"));
        }
        Ok(Self { path, temporary })
    }

    fn close(self) {
        if self.temporary {
            // what is left lies in the system's temporary folder, which is emptied some day
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
