//! Opens what a server works with: database, keys, clock; and keeps them in order while it runs.

use std::fmt::Display;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use api_spec::info::Limits;
use tokio::sync::Semaphore;

use crate::app::Attempts;
use crate::attachments::{self, AttachmentsError};
use crate::clock::Clock;
use crate::config::{ConfigError, ServeOptions, StoreOptions};
use crate::facts::directories::Directories;
use crate::random::Random;
use crate::seal::access::AccessTokens;
use crate::seal::anchor::Anchors;
use crate::seal::blind_index::BlindIndex;
use crate::seal::keys::{Follower, Keys, KeysError};
use crate::seal::password::{PasswordError, Passwords};
use crate::seal::sealing::Sealer;
use crate::state::{App, Ending, Parts};
use crate::store::{Db, DbOptions, Engine, StoreError, meta, run_tx};
use crate::sync::exchange::{self, Exchange};
use crate::tasks::Tasks;

/// Connections of a command that works beside a server.
const CONNECTIONS_BESIDE: u32 = 2;
/// How often the database's clock is read.
const CLOCK_EVERY: Duration = Duration::from_secs(10);
/// How often other processes look where the frozen clock stands.
const DEV_CLOCK_EVERY: Duration = Duration::from_millis(200);
/// How often the time is written down, so that it never goes back after a restart.
const KEEP_TIME_EVERY: Duration = Duration::from_secs(30);
/// How often the places of logins are looked through.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// Why a server cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The options contradict each other.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The keys are not the database's.
    #[error("the keys in {} are not those this database was made with", .0.display())]
    OtherKeys(PathBuf),
    /// The keys were copied before the last rotation.
    #[error("{} lacks {keys}, which this database was sealed with: it is an old copy", folder.display())]
    OldKeys {
        /// The folder.
        folder: PathBuf,
        /// The missing keys.
        keys: String,
    },
    /// The place of attachments.
    #[error(transparent)]
    Attachments(#[from] AttachmentsError),
    /// Hashing passwords does not work.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

/// Opens the database, brings its schema to this version, and makes or reads its keys.
///
/// # Errors
/// [`OpenError`]
pub async fn open(options: &ServeOptions) -> Result<App, OpenError> {
    open_with(options, Random::system()).await
}

/// As [`open`], with this source of ids and secrets.
///
/// # Errors
/// [`OpenError`]
pub async fn open_with(options: &ServeOptions, random: Random) -> Result<App, OpenError> {
    options.check()?;
    let db_options = DbOptions { connections: options.connections };
    let db = Db::open(&options.store.database.url(), &db_options).await?;
    db.migrate().await?;
    let tasks = Tasks::new();
    let keys = open_keys(&db, &options.store.keys_folder(), &random).await?;
    let proposed = random.opaque_id().to_string();
    let epoch =
        run_tx(&db, "open", async |mut tx| meta::get_or_set(&mut tx, meta::key::EPOCH, &proposed).await).await?;
    let parallel = available_parallelism().map_or(1, usize::from);
    let clock = open_clock(&db, options.dev_clock).await?;
    let sealer = Sealer::new(keys.sealing.clone(), random.clone());
    let index = BlindIndex::new(keys.index.clone());
    let anchors = Anchors::new(keys.anchors.clone(), random.clone());
    let directories = Directories::default();
    let limits = Limits {
        request_ops: options.max_request_ops as u64,
        request_bytes: options.max_request_bytes as u64,
        ..Limits::default()
    };
    let exchange = Exchange::start(
        exchange::Parts {
            db: db.clone(),
            epoch: epoch.clone(),
            clock: clock.clone(),
            random: random.clone(),
            sealer: sealer.clone(),
            index: index.clone(),
            anchors: anchors.clone(),
            directories: directories.clone(),
            limits,
            waiting_ops: options.max_waiting_ops,
        },
        &tasks,
    );
    Ok(App::new(Parts {
        access: AccessTokens::new(keys.tokens.clone(), options.access_lifetime),
        refresh_lifetime_ms: i64::try_from(options.refresh_lifetime.as_millis()).unwrap_or(i64::MAX),
        passwords: Passwords::new(options.password_cost, parallel, random.clone(), tasks.clone())?,
        attempts: Attempts::new(),
        proxies: options.trusted_proxy.clone(),
        limits,
        event_streams: Arc::new(Semaphore::new(options.event_streams(options.max_connections))),
        blobs: attachments::open(&options.store.attachments(), &clock, &random)?,
        ending: Ending::default(),
        epoch,
        clock,
        sealer,
        index,
        keys: (keys, options.store.keys_folder()),
        anchors,
        directories,
        exchange,
        db,
        random,
        tasks,
    }))
}

/// New keys are for new databases only: they would make everything sealed before unreadable.
async fn open_keys(db: &Db, folder: &Path, random: &Random) -> Result<Keys, OpenError> {
    let known = meta::get(&mut db.read().await?, meta::key::KEYS).await?;
    let keys = if known.is_some() { Keys::open(folder)? } else { Keys::create(folder, random)? };
    let found = keys.fingerprint();
    let expected = match known {
        Some(known) => known,
        None => {
            run_tx(db, "open_keys", async |mut tx| meta::get_or_set(&mut tx, meta::key::KEYS, &found).await).await?
        }
    };
    if found != expected {
        return Err(OpenError::OtherKeys(folder.to_owned()));
    }
    let (generations, folder) = (keys.generations(), folder.to_owned());
    let known = meta::get(&mut db.read().await?, meta::key::KEY_GENERATIONS).await?.unwrap_or_default();
    let missing = keys.lacks(&known);
    if !missing.is_empty() {
        return Err(OpenError::OldKeys { folder, keys: missing.join(", ") });
    }
    if known != generations {
        run_tx(db, "know_keys", async |mut tx| meta::set(&mut tx, meta::key::KEY_GENERATIONS, &generations).await)
            .await?;
    }
    Ok(keys)
}

/// Opens a database for work beside its server: the schema of this version, and the clock the server goes by.
///
/// # Errors
/// [`StoreError`]
pub async fn open_beside(store: &StoreOptions) -> Result<(Db, Clock), StoreError> {
    let db = Db::open(&store.database.url(), &DbOptions { connections: CONNECTIONS_BESIDE }).await?;
    db.migrate().await?;
    let frozen = meta::get(&mut db.read().await?, meta::key::DEV_CLOCK).await?.is_some();
    let clock = open_clock(&db, frozen).await?;
    Ok((db, clock))
}

/// Opens a whole server beside the one that runs, to do some of its work: the same data, keys and clock, and no socket.
///
/// # Errors
/// [`OpenError`]
pub async fn open_app_beside(store: &StoreOptions) -> Result<App, OpenError> {
    let (db, clock) = open_beside(store).await?;
    db.close().await;
    let mut options = ServeOptions::of_store(store)?;
    (options.dev_clock, options.connections) = (clock.is_dev(), CONNECTIONS_BESIDE);
    open(&options).await
}

async fn open_clock(db: &Db, dev_clock: bool) -> Result<Clock, StoreError> {
    let last = meta::get_i64(&mut db.read().await?, meta::key::LAST_TIME).await?.unwrap_or(0);
    let clock = match db.engine() {
        Engine::Sqlite => Clock::process(last),
        Engine::Postgres => Clock::database(last, || read_clock(db)).await?,
    };
    if !dev_clock {
        return Ok(clock);
    }
    let proposed = clock.now().to_string();
    run_tx(db, "open_clock", async |mut tx| meta::get_or_set(&mut tx, meta::key::DEV_CLOCK, &proposed).await).await?;
    read_dev_clock(db).await.map(Clock::frozen)
}

async fn read_clock(db: &Db) -> Result<i64, StoreError> {
    meta::clock(&mut db.read().await?).await
}

async fn read_dev_clock(db: &Db) -> Result<i64, StoreError> {
    let stored = meta::get_i64(&mut db.read().await?, meta::key::DEV_CLOCK).await?;
    stored.ok_or_else(|| StoreError::Inconsistent("the frozen clock is gone".to_owned()))
}

/// Starts what an opened server needs done in the background.
///
/// # Errors
/// [`StoreError`] when it cannot listen to the other processes on the database.
pub(crate) async fn keep_in_order(app: &App) -> Result<(), StoreError> {
    let relay = app.db.relay().await?;
    app.tasks.spawn_until_stopped("relay", relay.run());
    let (this, engine) = (app.clone(), app.db.engine());
    app.tasks.spawn_until_stopped("clock", async move {
        if this.clock.is_dev() {
            this.clock.follow(DEV_CLOCK_EVERY, || read_dev_clock(&this.db)).await;
        } else if engine == Engine::Postgres {
            this.clock.follow(CLOCK_EVERY, || read_clock(&this.db)).await;
        }
    });
    let this = app.clone();
    app.tasks.spawn_until_stopped("follow_keys", async move {
        let (keys, folder) = this.keys.clone();
        let mut follower = Follower::new(keys, folder);
        loop {
            tokio::time::sleep(Follower::EVERY).await;
            match follower.look() {
                Ok(true) => tracing::info!("the keys have changed"),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, task = "follow_keys", "will be tried again"),
            }
        }
    });
    every(app, "keep_time", KEEP_TIME_EVERY, async |app| {
        if app.clock.is_dev() {
            return Ok(());
        }
        run_tx(&app.db, "keep_time", async |mut tx| meta::raise(&mut tx, meta::key::LAST_TIME, app.clock.now()).await)
            .await
    });
    every(app, "forget", FORGET_EVERY, async |app| {
        app.attempts.forget_old();
        Ok::<_, StoreError>(())
    });
    Ok(())
}

/// Does `work` again and again until the shutdown; a failure is logged, and the next turn tries again.
fn every<F, R, E>(app: &App, name: &'static str, pause: Duration, work: F)
where
    F: Fn(App) -> R + Send + 'static,
    R: Future<Output = Result<(), E>> + Send,
    E: Display + Send,
{
    let this = app.clone();
    app.tasks.spawn_until_stopped(name, async move {
        loop {
            tokio::time::sleep(pause).await;
            if let Err(error) = work(this.clone()).await {
                tracing::warn!(%error, task = name, "will be tried again");
            }
        }
    });
}
