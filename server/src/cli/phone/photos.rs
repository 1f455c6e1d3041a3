//! Photos and papers on the phone: a folder beside its file holds those that the server does not have yet, each named by its digest.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use sync_core::op::Digest;

use super::state::{PhoneFile, private};
use crate::attachments::media::Media;
use crate::cli::failure::{Exit, Failure};

/// A photo or paper.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Photo {
    pub(in crate::cli) digest: Digest,
    pub(in crate::cli) media: Media,
    pub(in crate::cli) bytes: Bytes,
}

impl Photo {
    /// What a file holds, when it is something the server takes.
    pub(in crate::cli) fn of(bytes: Bytes) -> Option<Self> {
        let media = Media::of_bytes(&bytes).filter(|media| media.without_notes(bytes.clone()).is_ok())?;
        Some(Self { digest: Digest(Sha256::digest(&bytes).into()), media, bytes })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or is no photo or paper.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(|error| {
            let message = format!("{} cannot be read: {error}", path.display());
            Failure::new(Exit::Mistakes, message).remedy("Name a file that is there.")
        })?;
        Self::of(bytes.into()).ok_or_else(|| {
            let message = format!("{} is no JPEG, WebP, PNG or PDF, or is damaged", path.display());
            Failure::new(Exit::Mistakes, message)
                .remedy("Nothing was recorded; name a whole file of one of these kinds.")
        })
    }

    /// Refuses more bytes than the server takes.
    ///
    /// # Errors
    /// When there are more than `limit`.
    pub(super) fn fits(&self, limit: u64) -> Result<(), Failure> {
        let size = self.bytes.len();
        if size as u64 <= limit {
            return Ok(());
        }
        let message = format!("the photo has {size} bytes, and the server takes {limit}");
        Err(Failure::new(Exit::Mistakes, message)
            .remedy("Nothing was recorded; make the photo smaller and add it again."))
    }
}

/// The photos that wait to be sent.
#[derive(Debug)]
pub(super) struct Photos {
    folder: PathBuf,
}

impl Photos {
    /// Those of the phone in this file.
    pub(super) fn of(file: &PhoneFile) -> Self {
        Self { folder: file.beside("photos") }
    }

    /// Keeps a photo until the server has it: on disk, and whole, when this returns.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn keep(&self, photo: &Photo) -> Result<(), Failure> {
        let write = || {
            fs::create_dir_all(&self.folder)?;
            let (path, beside) = (self.path(photo.digest), self.folder.join(format!("{}.new", photo.digest)));
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            private(&mut options);
            let mut file = options.open(&beside)?;
            file.write_all(&photo.bytes)?;
            file.sync_all()?;
            fs::rename(&beside, path)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|error| self.unusable(&error))
    }

    /// Those that wait, the oldest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(super) fn waiting(&self) -> Result<Vec<Digest>, Failure> {
        let list = || {
            let mut found = Vec::new();
            for entry in fs::read_dir(&self.folder)? {
                let entry = entry?;
                let named = entry.file_name().into_string().ok().and_then(|name| Digest::try_from(name).ok());
                if let Some(digest) = named {
                    found.push((entry.metadata()?.modified()?, digest));
                }
            }
            found.sort();
            Ok(found.into_iter().map(|(_, digest)| digest).collect())
        };
        none_yet(list()).map(Option::unwrap_or_default).map_err(|error| self.unusable(&error))
    }

    /// One that waits, unless it was sent meanwhile.
    ///
    /// # Errors
    /// When the folder cannot be read, or the file in it is not what its name says.
    pub(super) fn find(&self, digest: Digest) -> Result<Option<Photo>, Failure> {
        let bytes = none_yet(fs::read(self.path(digest))).map_err(|error| self.unusable(&error))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let photo = Photo::of(bytes.into()).filter(|photo| photo.digest == digest);
        let damaged = || Failure::new(Exit::Refused, format!("{} is damaged", self.path(digest).display()));
        photo.map(Some).ok_or_else(damaged)
    }

    /// Forgets one that the server has.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn sent(&self, digest: Digest) -> Result<(), Failure> {
        none_yet(fs::remove_file(self.path(digest))).map(drop).map_err(|error| self.unusable(&error))
    }

    /// Where a photo waits.
    fn path(&self, digest: Digest) -> PathBuf {
        self.folder.join(digest.to_string())
    }

    fn unusable(&self, error: &io::Error) -> Failure {
        let message = format!("{} cannot be used: {error}", self.folder.display());
        Failure::new(Exit::Failed, message).remedy("Check the folder, its permissions and the space on the disk.")
    }
}

/// Nothing, instead of the error, for what is not there.
fn none_yet<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
