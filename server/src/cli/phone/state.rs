//! A phone in a file: account, tokens and replica. One writer at a time, and a power cut leaves the old state or the new.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use api_spec::auth::{DeviceClaim, User};
use api_spec::info::Limits;
use api_spec::primitives::Secret;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sync_core::replica::{Replica, SaveFault};
use uuid::Uuid;

use crate::cli::failure::{Exit, Failure};
use crate::random::Random;

/// A phone.
#[derive(Debug)]
pub(in crate::cli) struct Phone {
    pub(in crate::cli) account: Account,
    pub(in crate::cli) replica: Replica,
}

/// Whose phone it is, and how it talks to the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::cli) struct Account {
    /// URL of the server, without a slash at the end.
    pub(in crate::cli) server: String,
    /// The company's code.
    pub(in crate::cli) org: String,
    /// Who logged in last, as the server told then.
    pub(in crate::cli) user: User,
    /// The phone as it presents itself.
    pub(in crate::cli) device: DeviceClaim,
    pub(in crate::cli) access_token: Secret,
    pub(in crate::cli) refresh_token: Secret,
    /// What the server takes, as it said at the last login.
    #[serde(default)]
    pub(in crate::cli) limits: Limits,
    /// The device being registered after a fork, so that a lost answer is asked for again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) next_device: Option<Uuid>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    account: Account,
    replica: Box<RawValue>,
}

/// The file a phone lives in.
#[derive(Debug, Clone)]
pub(in crate::cli) struct PhoneFile {
    path: PathBuf,
}

impl PhoneFile {
    pub(in crate::cli) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    pub(in crate::cli) fn path(&self) -> &Path {
        &self.path
    }

    /// The phone as it is, without the right to change it; `None` when there is none yet.
    ///
    /// # Errors
    /// When the file cannot be read or is no phone.
    pub(in crate::cli) fn find(&self) -> Result<Option<Phone>, Failure> {
        let Some(saved) = self.read()? else { return Ok(None) };
        let replica = serde_json::from_str(saved.replica.get()).map_err(|error| self.damaged(&error))?;
        Ok(Some(Phone { account: saved.account, replica }))
    }

    /// The phone as it is.
    ///
    /// # Errors
    /// When there is none, and those of [`PhoneFile::find`].
    pub(in crate::cli) fn look(&self) -> Result<Phone, Failure> {
        self.find()?.ok_or_else(|| self.missing())
    }

    /// Changes the phone: what `change` returns is told only after the new state is on disk.
    ///
    /// # Errors
    /// Those of `change`, which leave everything as it was, and those of reading and writing.
    pub(in crate::cli) fn change<T>(
        &self,
        change: impl FnOnce(&mut Phone) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let _lock = self.lock()?;
        let saved = self.read()?.ok_or_else(|| self.missing())?;
        let replica = Replica::open(saved.replica.get(), Random::system().opaque_id());
        let mut phone = Phone { account: saved.account, replica: replica.map_err(|error| self.damaged(&error))? };
        let told = change(&mut phone)?;
        self.write(&phone, Some(saved.replica.get()))?;
        Ok(told)
    }

    /// Puts a new phone into the file.
    ///
    /// # Errors
    /// When there is one already, or the file cannot be written.
    pub(in crate::cli) fn create(&self, phone: &Phone) -> Result<(), Failure> {
        let _lock = self.lock()?;
        if self.read()?.is_some() {
            let remedy = "Run the command again: it will use the phone that is there.";
            return Err(Failure::new(Exit::Failed, "another command has just set up this phone").remedy(remedy));
        }
        self.write(phone, None)
    }

    fn read(&self) -> Result<Option<Saved>, Failure> {
        match fs::read_to_string(&self.path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| self.damaged(&error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.unusable(&error)),
        }
    }

    fn write(&self, phone: &Phone, stored: Option<&str>) -> Result<(), Failure> {
        let replica = phone.replica.save_over(stored).map_err(|fault| match fault {
            SaveFault::LeaseLost { .. } => {
                Failure::new(Exit::Failed, fault.to_string()).remedy("Run the command again.")
            }
            SaveFault::Format(error) => self.damaged(&error),
        })?;
        let replica = RawValue::from_string(replica).map_err(|error| self.damaged(&error))?;
        let saved = Saved { account: phone.account.clone(), replica };
        let text = serde_json::to_string(&saved).map_err(|error| self.damaged(&error))?;
        self.replace(&text).map_err(|error| self.unusable(&error))
    }

    /// The old file or the new one, whatever happens in between.
    fn replace(&self, text: &str) -> io::Result<()> {
        let beside = self.beside("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        private(&mut options);
        let mut file = options.open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)?;
        // the name is on disk when its folder is
        match self.path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            Some(folder) => File::open(folder)?.sync_all(),
            None => File::open(".")?.sync_all(),
        }
    }

    /// Held by whoever changes the phone; it ends with the process.
    fn lock(&self) -> Result<File, Failure> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        private(&mut options);
        let locked = options.open(self.beside("lock")).and_then(|file| file.lock().map(|()| file));
        locked.map_err(|error| self.unusable(&error))
    }

    /// Something of the phone's that is no part of its file.
    pub(super) fn beside(&self, ending: &str) -> PathBuf {
        let mut path = self.path.clone().into_os_string();
        path.push(".");
        path.push(ending);
        path.into()
    }

    fn missing(&self) -> Failure {
        let message = format!("there is no phone in {}", self.path.display());
        let remedy = "Set one up with `baobei phone login`, or name its file with --state or BAOBEI_PHONE.";
        Failure::new(Exit::Failed, message).remedy(remedy)
    }

    fn damaged(&self, error: &dyn std::error::Error) -> Failure {
        let message = format!("{} cannot be read as a phone: {error}", self.path.display());
        Failure::new(Exit::Failed, message).remedy("Restore it from a copy, or set up a new phone in another file.")
    }

    fn unusable(&self, error: &io::Error) -> Failure {
        let message = format!("{} cannot be used: {error}", self.path.display());
        Failure::new(Exit::Failed, message).remedy("Check the folder, its permissions and the space on the disk.")
    }
}

/// Tokens and customers' numbers are for the owner's eyes.
pub(super) fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}
