//! `baobei keys …`: a new generation of keys while servers run, everything brought to it, and the old one destroyed.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use comfy_table::Cell;
use serde::Serialize;
use serde_json::json;

use super::beside::{self, Beside};
use super::failure::{Exit, Failure};
use super::terminal::{DOUBTFUL, GOOD, Terminal, styled, table};
use crate::app::reseal::{Resealed, reseal};
use crate::config::StoreOptions;
use crate::error::AppError;
use crate::seal::blind_index::BlindIndex;
use crate::seal::keys::{Follower, KeyUse, Keys, KeysError, add_generation, export, name_of, retire_generation};
use crate::seal::sealing::Sealer;
use crate::store::audit::{self, AuditEntry};
use crate::store::{Db, StoreError, meta, orgs, run_tx};

/// Options of `baobei keys`.
#[derive(Debug, Args)]
pub(super) struct KeysOptions {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// List the keys, and how many rows need each
    List {
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Make new keys; running servers notice within seconds, and everything old stays readable
    Rotate {
        /// Only for this use; may be repeated
        #[arg(long = "use", value_enum, default_values_t = [Use::Sealing, Use::Index, Use::Tokens])]
        uses: Vec<Use>,
        /// Then bring everything to the new keys
        #[arg(long)]
        reseal: bool,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Bring everything sealed to the newest keys; what was interrupted goes on where it was
    Reseal {
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Copy all keys into a new folder, to be kept apart from the backups: keys are in none
    Export {
        /// The new folder
        #[arg(value_name = "FOLDER")]
        to: PathBuf,
        #[command(flatten)]
        store: StoreOptions,
    },
    /// Destroy a key that nothing needs any more
    Retire {
        /// Its name in the list, such as sealing-1
        key: String,
        #[command(flatten)]
        store: StoreOptions,
    },
}

impl Act {
    fn store(&self) -> &StoreOptions {
        match self {
            Self::List { store }
            | Self::Rotate { store, .. }
            | Self::Reseal { store }
            | Self::Export { store, .. }
            | Self::Retire { store, .. } => store,
        }
    }
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Use {
    /// Texts and numbers kept sealed
    Sealing,
    /// Finding customers by number
    Index,
    /// Proofs of time for phones
    Anchors,
    /// Access tokens
    Tokens,
}

impl Use {
    fn purpose(self) -> KeyUse {
        match self {
            Self::Sealing => KeyUse::Sealing,
            Self::Index => KeyUse::Index,
            Self::Anchors => KeyUse::Anchors,
            Self::Tokens => KeyUse::Tokens,
        }
    }
}

impl From<KeysError> for Failure {
    fn from(error: KeysError) -> Self {
        Self::new(Exit::Failed, error.to_string()).remedy("Name the server's keys folder with --keys or BAOBEI_KEYS.")
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}

pub(super) async fn run(options: KeysOptions, terminal: Terminal) -> Result<(), Failure> {
    let beside = beside::open(options.act.store()).await?;
    let folder = options.act.store().keys_folder();
    let done = act(&options.act, &beside, &folder, terminal).await;
    beside.db.close().await;
    done
}

async fn act(act: &Act, beside: &Beside, folder: &Path, terminal: Terminal) -> Result<(), Failure> {
    match act {
        Act::List { .. } => list(&beside.db, folder, terminal).await,
        Act::Rotate { uses, reseal, .. } => {
            let mut made = Vec::new();
            for purpose in uses.iter().map(|each| each.purpose()) {
                made.push(name_of(purpose, add_generation(folder, purpose, &beside.random)?));
            }
            // before a server writes with them
            let generations = Keys::open(folder)?.generations();
            run_tx(&beside.db, "know_keys", async |mut tx| {
                meta::set(&mut tx, meta::key::KEY_GENERATIONS, &generations).await
            })
            .await?;
            write_down(beside, "rotate_keys", &made).await?;
            terminal.remark("waiting until every server has noticed");
            tokio::time::sleep(Follower::SETTLED).await;
            let resealed = if *reseal { Some(bring(beside, folder, terminal).await?) } else { None };
            let answer = json!({"made": made, "resealed": resealed});
            terminal.answer(&answer, |out| writeln!(out, "{} {}", styled(GOOD, "made:"), made.join(", ")))
        }
        Act::Reseal { .. } => {
            let resealed = bring(beside, folder, terminal).await?;
            terminal.answer(&json!({ "resealed": resealed }), |out| draw(resealed, out))
        }
        Act::Export { to, .. } => export_to(beside, folder, to, terminal).await,
        Act::Retire { key, .. } => retire(beside, folder, key, terminal).await,
    }
}

/// A key and what needs it.
#[derive(Debug, Serialize)]
struct Listed {
    key: String,
    newest: bool,
    /// Values sealed with it, or customers indexed under it; unknown for tokens and anchors.
    rows: Option<i64>,
}

async fn list(db: &Db, folder: &Path, terminal: Terminal) -> Result<(), Failure> {
    let keys = Keys::open(folder)?;
    let mut listed = Vec::new();
    for purpose in KeyUse::ALL {
        let newest = keys.ring(purpose).newest().0;
        for (id, _) in keys.ring(purpose).all() {
            let rows = rows(&mut db.read().await?, purpose, id).await?;
            listed.push(Listed { key: name_of(purpose, id), newest: id == newest, rows });
        }
    }
    terminal.answer(&listed, |out| {
        let mut rows = table(&["key", "used for", "rows"]);
        for each in &listed {
            let used = if each.newest { "everything new" } else { "reading" };
            rows.add_row(
                [each.key.as_str(), used, &each.rows.map_or_else(String::new, |rows| rows.to_string())].map(Cell::new),
            );
        }
        writeln!(out, "{rows}")
    })
}

async fn rows(db: &mut crate::store::Reader, purpose: KeyUse, id: u32) -> Result<Option<i64>, StoreError> {
    use crate::store::reseal;
    Ok(match purpose {
        KeyUse::Sealing => Some(reseal::sealed_with(db, id).await?),
        KeyUse::Index => Some(reseal::indexed_with(db, id).await?),
        KeyUse::Anchors | KeyUse::Tokens => None,
    })
}

async fn bring(beside: &Beside, folder: &Path, terminal: Terminal) -> Result<Resealed, Failure> {
    let keys = Keys::open(folder)?;
    let (sealer, index) = (Sealer::new(keys.sealing, beside.random.clone()), BlindIndex::new(keys.index));
    let left = crate::store::reseal::rows_left(&mut beside.db.read().await?, sealer.newest_key_id()).await?;
    let bar = terminal.progress(left.cast_unsigned(), "rows");
    let resealed = reseal(&beside.db, &sealer, &index, |done| bar.set_position(done)).await;
    bar.finish_and_clear();
    Ok(resealed?)
}

async fn export_to(beside: &Beside, folder: &Path, to: &Path, terminal: Terminal) -> Result<(), Failure> {
    let keys = Keys::open(folder)?;
    export(folder, to)?;
    let generations = keys.generations();
    run_tx(&beside.db, "export_keys", async |mut tx| meta::set(&mut tx, meta::key::KEYS_EXPORTED, &generations).await)
        .await?;
    write_down(beside, "export_keys", &generations.split(',').map(str::to_owned).collect::<Vec<_>>()).await?;
    terminal.answer(&json!({"folder": to, "keys": generations}), |out| {
        let note = "whoever has these keys and a backup can read everything: keep them apart";
        writeln!(out, "{} {}\n{} {note}", styled(GOOD, "exported:"), to.display(), styled(DOUBTFUL, "note:"))
    })
}

/// Refuses while something needs the key.
async fn retire(beside: &Beside, folder: &Path, key: &str, terminal: Terminal) -> Result<(), Failure> {
    use crate::store::reseal;
    let keys = Keys::open(folder)?;
    let known =
        |purpose: &KeyUse| keys.ring(*purpose).all().into_iter().map(|(id, _)| (*purpose, id)).collect::<Vec<_>>();
    let found = KeyUse::ALL.iter().flat_map(known).find(|(purpose, id)| name_of(*purpose, *id) == key);
    let (purpose, id) = found.ok_or_else(|| {
        Failure::new(Exit::Failed, format!("there is no key {key}")).remedy("See baobei keys list for the names.")
    })?;
    if id == keys.ring(purpose).newest().0 {
        return Err(Failure::new(Exit::Refused, format!("{key} is the newest"))
            .remedy("Make a newer one first: baobei keys rotate."));
    }
    let mut reader = beside.db.read().await?;
    let needed = match purpose {
        KeyUse::Sealing => reseal::sealed_with(&mut reader, id).await?,
        KeyUse::Index => reseal::only_indexed_with(&mut reader, id).await?,
        // tokens of the old key are refreshed; phones keep anchors for as long as they like
        KeyUse::Tokens => 0,
        KeyUse::Anchors => {
            return Err(Failure::new(
                Exit::Refused,
                format!("{key} stays: phones that come back prove their time with it"),
            ));
        }
    };
    drop(reader);
    if needed > 0 {
        return Err(Failure::new(Exit::Refused, format!("{needed} rows need {key}"))
            .remedy("Bring them to the newest keys: baobei keys reseal."));
    }
    retire_generation(folder, purpose, id, &beside.random)?;
    write_down(beside, "retire_key", &[key.to_owned()]).await?;
    if purpose == KeyUse::Index {
        tokio::time::sleep(Follower::SETTLED).await;
        run_tx(&beside.db, "unindex", async |mut tx| reseal::unindex(&mut tx, id).await).await?;
    }
    terminal.answer(&json!({ "retired": key }), |out| writeln!(out, "{} {key}", styled(GOOD, "retired:")))
}

fn draw(resealed: Resealed, out: &mut dyn io::Write) -> io::Result<()> {
    let Resealed { customers, fields, segments, logins } = resealed;
    let done = styled(GOOD, "resealed:");
    writeln!(out, "{done} {customers} customers, {fields} fields, {segments} segments of the op log, {logins} logins")
}

/// Keys belong to the whole installation: every organisation's audit trail tells of them.
async fn write_down(beside: &Beside, act: &str, keys: &[String]) -> Result<(), StoreError> {
    run_tx(&beside.db, "write_down_keys", async |mut tx| {
        let now = beside.clock.now();
        let entries: Vec<_> = orgs::all(&mut tx)
            .await?
            .into_iter()
            .map(|org| AuditEntry {
                org: org.org,
                id: beside.random.id(now),
                at: now,
                actor: None,
                act: act.to_owned(),
                subject: None,
                project: None,
                detail: json!({ "keys": keys }).to_string(),
            })
            .collect();
        audit::add(&mut tx, &entries).await
    })
    .await
}
