//! Attachments as files.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt as _;

use super::{BlobError, Blobs};
use crate::random::Random;

/// A folder, made when it is first needed.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    random: Random,
}

impl Folder {
    pub(super) fn new(path: PathBuf, random: Random) -> Self {
        Self { path, random }
    }

    /// Written beside its place, forced to the disk, and moved there: nobody ever sees half of it.
    async fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path.join(name);
        let folder = path.parent().unwrap_or(&self.path);
        fs::create_dir_all(folder).await?;
        let beside = folder.join(format!(".{}.new", self.random.opaque_id()));
        let written = write_new(&beside, bytes).await;
        let moved = match written {
            Ok(()) => fs::rename(&beside, &path).await,
            Err(error) => Err(error),
        };
        if let Err(error) = moved {
            // what is left of it is of no use
            let _ = fs::remove_file(&beside).await;
            return Err(error);
        }
        // the move itself is on the disk, too
        File::open(folder).await?.sync_all().await
    }
}

async fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(path).await?;
    file.write_all(bytes).await?;
    file.sync_all().await
}

/// Nothing where nothing is.
fn missing<T: Default>(error: io::Error) -> io::Result<T> {
    if error.kind() == ErrorKind::NotFound { Ok(T::default()) } else { Err(error) }
}

impl Blobs for Folder {
    fn put<'a>(&'a self, name: &'a str, bytes: Bytes) -> BoxFuture<'a, Result<(), BlobError>> {
        Box::pin(async move { Ok(self.write(name, &bytes).await?) })
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, BlobError>> {
        Box::pin(async move {
            let read = fs::read(self.path.join(name)).await;
            Ok(read.map(|bytes| Some(bytes.into())).or_else(missing)?)
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), BlobError>> {
        Box::pin(async move { Ok(fs::remove_file(self.path.join(name)).await.or_else(missing)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_was_put_is_there_until_it_is_removed_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let blobs = Folder::new(home.path().join("attachments"), Random::seeded(1));
        assert_eq!(blobs.get("1/ab/abc").await.unwrap(), None);
        blobs.remove("1/ab/abc").await.unwrap();
        for text in ["first", "second"] {
            blobs.put("1/ab/abc", Bytes::from_static(text.as_bytes())).await.unwrap();
            assert_eq!(blobs.get("1/ab/abc").await.unwrap().as_deref(), Some(text.as_bytes()));
        }
        let left = std::fs::read_dir(home.path().join("attachments/1/ab")).unwrap().count();
        assert_eq!(left, 1, "no half files stay behind");
        blobs.remove("1/ab/abc").await.unwrap();
        assert_eq!(blobs.get("1/ab/abc").await.unwrap(), None);
    }
}
