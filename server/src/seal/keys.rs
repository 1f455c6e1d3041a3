//! The keys folder: separate keys for sealing, blind index, anchors and tokens, several generations of each.
//!
//! One file a key, `sealing-1.key`, `sealing-2.key` …, holding 64 hex digits; files are 0600 in a 0700 folder, never
//! in the database or a backup. The newest generation is used, every older one stays readable. A rotation adds the
//! file of the next generation ([`add_generation`]), which a running server notices ([`Follower`]): it reads with a new
//! key at once, and writes with it when every server has had the time to notice. A retired key leaves its fingerprint
//! ([`retire_generation`]).

mod follower;
pub(crate) mod private;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::random::Random;

pub use follower::Follower;

/// What a key is for. No key serves two purposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUse {
    /// Texts and numbers kept sealed in the database.
    Sealing,
    /// Finding a sealed phone number again.
    Index,
    /// Anchor tokens.
    Anchors,
    /// Access tokens.
    Tokens,
}

impl KeyUse {
    /// All uses.
    pub const ALL: [Self; 4] = [Self::Sealing, Self::Index, Self::Anchors, Self::Tokens];

    /// The word in the file name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sealing => "sealing",
            Self::Index => "index",
            Self::Anchors => "anchors",
            Self::Tokens => "tokens",
        }
    }

    fn file_name(self, generation: u32) -> String {
        format!("{}-{generation}.key", self.name())
    }

    /// The use and generation a file name tells, if it is a key's.
    fn of_file_name(name: &str) -> Option<(Self, u32)> {
        let (word, generation) = name.strip_suffix(".key")?.split_once('-')?;
        let found = Self::ALL.into_iter().find(|each| each.name() == word)?;
        let generation = generation.parse().ok().filter(|number| *number > 0)?;
        (found.file_name(generation) == name).then_some((found, generation))
    }
}

/// 32 secret bytes; wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// The secret itself.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256 under this key, ready for input.
    pub(crate) fn hmac(&self) -> Hmac<Sha256> {
        // a key shorter than a block is filled up with zeros (RFC 2104)
        let mut block = Zeroizing::new([0; 64]);
        block[..self.0.len()].copy_from_slice(&self.0);
        <Hmac<Sha256> as KeyInit>::new((&*block).into())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(secret)")
    }
}

/// All generations of the key for one use. A key's id is its generation, counted from 1. Clones share what a rotation
/// changes.
#[derive(Debug, Clone)]
pub struct KeyRing(Arc<RwLock<Ring>>);

#[derive(Debug)]
struct Ring {
    newest: (u32, Key),
    /// Older ones, and newer ones that are not written with yet.
    others: BTreeMap<u32, Key>,
}

impl KeyRing {
    /// The key to use for everything new, with its id.
    pub fn newest(&self) -> (u32, Key) {
        self.read().newest.clone()
    }

    /// The key with that id.
    pub fn get(&self, id: u32) -> Option<Key> {
        let ring = self.read();
        if id == ring.newest.0 { Some(ring.newest.1.clone()) } else { ring.others.get(&id).cloned() }
    }

    /// All keys with their ids, the newest first.
    pub fn all(&self) -> Vec<(u32, Key)> {
        let ring = self.read();
        let mut all: BTreeMap<u32, Key> = ring.others.clone();
        all.insert(ring.newest.0, ring.newest.1.clone());
        all.into_iter().rev().collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Ring> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what a folder holds now, to read with. A key that is written with stays until another one is.
    fn take_over(&self, mut found: BTreeMap<u32, Key>) {
        let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
        found.remove(&ring.newest.0);
        ring.others = found;
    }

    /// Writes with the newest key from now on.
    fn use_newest(&self) {
        let mut ring = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let newest = ring.newest.0;
        if let Some((id, key)) =
            ring.others.last_key_value().filter(|(id, _)| **id > newest).map(|(id, key)| (*id, key.clone()))
        {
            ring.others.remove(&id);
            let (old_id, old) = std::mem::replace(&mut ring.newest, (id, key));
            ring.others.insert(old_id, old);
        }
    }

    /// Keys that exist in a test only: one generation for each byte, filled with it.
    #[cfg(test)]
    pub(crate) fn of_bytes(fills: &[u8]) -> Self {
        Self::from_generations((1..).zip(fills.iter().map(|fill| Key([*fill; 32]))).collect()).unwrap()
    }

    fn from_generations(mut generations: BTreeMap<u32, Key>) -> Option<Self> {
        let newest = generations.pop_last()?;
        Some(Self(Arc::new(RwLock::new(Ring { newest, others: generations }))))
    }
}

/// Every key of a server.
#[derive(Debug, Clone)]
pub struct Keys {
    /// For texts and numbers kept sealed.
    pub sealing: KeyRing,
    /// For the blind index.
    pub index: KeyRing,
    /// For anchor tokens.
    pub anchors: KeyRing,
    /// For access tokens.
    pub tokens: KeyRing,
    /// What tells these keys from others, see [`Keys::fingerprint`].
    fingerprint: String,
    /// Names of the keys that were retired.
    retired: BTreeSet<String>,
}

/// Why the keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The folder or a file cannot be read or written.
    #[error("cannot use the keys at {}: {source}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A use has no key, although the database was made with one.
    #[error("no {} key in {}; put back the keys folder this database was made with", purpose.name(), folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The use without a key.
        purpose: KeyUse,
    },
    /// Others than the owner may read a key.
    #[error("{} can be read by others (mode {mode:o}); make it private: chmod go= {}", path.display(), path.display())]
    Exposed {
        /// The folder or file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file does not hold a key.
    #[error("{} does not hold a key: 64 hex digits are expected", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
}

impl Keys {
    /// Reads the keys of an existing database.
    ///
    /// # Errors
    /// [`KeysError`], above all `Missing`: new keys would make everything sealed before unreadable.
    pub fn open(folder: &Path) -> Result<Self, KeysError> {
        let mut found = read_folder(folder)?;
        let fingerprint = found.fingerprint();
        let retired =
            found.retired.iter().flat_map(|(purpose, all)| all.keys().map(|id| name_of(*purpose, *id))).collect();
        let mut ring = |purpose| {
            found
                .keys
                .remove(&purpose)
                .and_then(KeyRing::from_generations)
                .ok_or_else(|| KeysError::Missing { folder: folder.to_owned(), purpose })
        };
        Ok(Self {
            sealing: ring(KeyUse::Sealing)?,
            index: ring(KeyUse::Index)?,
            anchors: ring(KeyUse::Anchors)?,
            tokens: ring(KeyUse::Tokens)?,
            fingerprint,
            retired,
        })
    }

    /// Which generations there are, such as `sealing-2,sealing-1,index-1,anchors-1,tokens-1`.
    pub fn generations(&self) -> String {
        let names = KeyUse::ALL
            .into_iter()
            .flat_map(|purpose| self.ring(purpose).all().into_iter().map(move |(id, _)| name_of(purpose, id)));
        names.collect::<Vec<_>>().join(",")
    }

    /// Which of these [generations](Keys::generations) are not here, and were not retired: the folder is an old copy.
    pub fn lacks(&self, generations: &str) -> Vec<String> {
        let here = self.generations();
        let has = |name: &str| here.split(',').any(|each| each == name) || self.retired.contains(name);
        generations.split(',').filter(|name| !name.is_empty() && !has(name)).map(str::to_owned).collect()
    }

    /// The keys for one use.
    pub fn ring(&self, purpose: KeyUse) -> &KeyRing {
        match purpose {
            KeyUse::Sealing => &self.sealing,
            KeyUse::Index => &self.index,
            KeyUse::Anchors => &self.anchors,
            KeyUse::Tokens => &self.tokens,
        }
    }

    /// Makes the folder and the keys that are not there yet, for an empty database, and reads them. Processes that
    /// start together on one folder end with the same keys.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn create(folder: &Path, random: &Random) -> Result<Self, KeysError> {
        private::create_folder(folder).map_err(|source| KeysError::Io { path: folder.to_owned(), source })?;
        let found = read_folder(folder)?;
        for purpose in KeyUse::ALL {
            if !found.keys.contains_key(&purpose) {
                write_key(folder, purpose, 1, random)?;
            }
        }
        Self::open(folder)
    }

    /// 16 hex digits that tell these keys from others without telling anything about them. Kept in the database, so
    /// that a server with other keys notices before it writes; neither a rotation nor a retirement changes it.
    pub fn fingerprint(&self) -> String {
        self.fingerprint.clone()
    }
}

/// What a key is called.
pub fn name_of(purpose: KeyUse, id: u32) -> String {
    format!("{}-{id}", purpose.name())
}

/// Copies all keys, and what retired ones left, into a new folder as private as the old one.
///
/// # Errors
/// [`KeysError`], also when the folder is there already.
pub fn export(folder: &Path, to: &Path) -> Result<(), KeysError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| KeysError::Io { path, source }
    };
    if to.exists() {
        return Err(failed(to)(io::ErrorKind::AlreadyExists.into()));
    }
    // before anything is copied: they are whole, and as private as they have to be
    Keys::open(folder)?;
    private::create_folder(to).map_err(failed(to))?;
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let from = entry.map_err(failed(folder))?.path();
        let Some(name) = from.file_name() else { continue };
        let bytes = Zeroizing::new(fs::read(&from).map_err(failed(&from))?);
        let copy = to.join(name);
        let mut file = private::create_file(&copy).map_err(failed(&copy))?;
        file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(failed(&copy))?;
    }
    Ok(())
}

/// Adds the next generation of the key for `purpose` to the folder; its id.
///
/// # Errors
/// [`KeysError`].
pub fn add_generation(folder: &Path, purpose: KeyUse, random: &Random) -> Result<u32, KeysError> {
    let newest = read_folder(folder)?.keys.get(&purpose).and_then(|keys| keys.keys().next_back().copied());
    let next = newest.ok_or_else(|| KeysError::Missing { folder: folder.to_owned(), purpose })?.saturating_add(1);
    write_key(folder, purpose, next, random)?;
    Ok(next)
}

/// Destroys a key and leaves its fingerprint. The caller has made sure that nothing needs the key any more.
///
/// # Errors
/// [`KeysError`].
pub fn retire_generation(folder: &Path, purpose: KeyUse, id: u32, random: &Random) -> Result<(), KeysError> {
    let path = folder.join(purpose.file_name(id));
    let print = hex::encode(print_of(&read_key(&path)?));
    let marker = folder.join(format!("{}-{id}.{RETIRED}", purpose.name()));
    write_once(folder, &marker, &print, random)?;
    fs::remove_file(&path).map_err(|source| KeysError::Io { path, source })
}

/// The name extension of what a retired key leaves.
const RETIRED: &str = "retired";

/// What the folder holds.
#[derive(Debug, Default)]
struct Found {
    keys: BTreeMap<KeyUse, BTreeMap<u32, Key>>,
    /// Fingerprints of retired keys.
    retired: BTreeMap<KeyUse, BTreeMap<u32, Vec<u8>>>,
}

impl Found {
    /// Of the oldest key for each use, retired or not.
    fn fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        for purpose in [KeyUse::Sealing, KeyUse::Index, KeyUse::Anchors, KeyUse::Tokens] {
            let retired = self.retired.get(&purpose).and_then(|all| all.first_key_value());
            let kept = self.keys.get(&purpose).and_then(|all| all.first_key_value());
            match (retired, kept) {
                (Some((_, print)), _) => digest.update(print),
                (None, Some((_, key))) => digest.update(print_of(key)),
                (None, None) => {}
            }
        }
        hex::encode(&digest.finalize()[..8])
    }
}

/// Tells one key from another without telling it.
fn print_of(key: &Key) -> Vec<u8> {
    key.hmac().chain_update(b"fingerprint").finalize().into_bytes().to_vec()
}

/// The names of the keys in a folder.
fn list_folder(folder: &Path) -> Result<BTreeSet<(KeyUse, u32)>, KeysError> {
    let failed = |source| KeysError::Io { path: folder.to_owned(), source };
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        names.extend(entry.map_err(failed)?.file_name().to_str().and_then(KeyUse::of_file_name));
    }
    Ok(names)
}

fn read_folder(folder: &Path) -> Result<Found, KeysError> {
    let failed = |source| KeysError::Io { path: folder.to_owned(), source };
    let mut found = Found::default();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if let Some((purpose, generation)) = KeyUse::of_file_name(name) {
            found.keys.entry(purpose).or_default().insert(generation, read_key(&path)?);
        } else if let Some((purpose, generation)) =
            name.strip_suffix(RETIRED).and_then(|stem| KeyUse::of_file_name(&format!("{stem}key")))
        {
            let print = fs::read_to_string(&path).map_err(|source| KeysError::Io { path: path.clone(), source })?;
            let print = hex::decode(print.trim_end()).map_err(|_| KeysError::Malformed { path: path.clone() })?;
            found.retired.entry(purpose).or_default().insert(generation, print);
        }
    }
    // a retirement that was interrupted between the two files counts
    for (purpose, retired) in &found.retired {
        if let Some(keys) = found.keys.get_mut(purpose) {
            keys.retain(|generation, _| !retired.contains_key(generation));
        }
    }
    if !found.keys.is_empty() {
        private::check(folder)?;
    }
    Ok(found)
}

fn read_key(path: &Path) -> Result<Key, KeysError> {
    private::check(path)?;
    let text =
        Zeroizing::new(fs::read_to_string(path).map_err(|source| KeysError::Io { path: path.to_owned(), source })?);
    let mut key = Key([0; 32]);
    hex::decode_to_slice(text.trim_end(), &mut key.0).map_err(|_| KeysError::Malformed { path: path.to_owned() })?;
    Ok(key)
}

fn write_key(folder: &Path, purpose: KeyUse, generation: u32, random: &Random) -> Result<(), KeysError> {
    let key = Key(random.bytes());
    write_once(folder, &folder.join(purpose.file_name(generation)), &Zeroizing::new(hex::encode(key.bytes())), random)
}

/// Writes a line beside its name and links it there, so that no reader sees half of it; when another process was first,
/// its line stays.
fn write_once(folder: &Path, path: &Path, line: &str, random: &Random) -> Result<(), KeysError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let draft = folder.join(format!(".{name}.{}", random.opaque_id().simple()));
    let text = Zeroizing::new(format!("{line}\n"));
    let written = private::create_file(&draft)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| match fs::hard_link(&draft, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        })
        .and_then(|()| File::open(folder)?.sync_all());
    let removed = fs::remove_file(&draft);
    written.and(removed).map_err(|source| KeysError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
