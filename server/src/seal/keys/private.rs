//! Files and folders that only their owner may read.

pub(crate) use platform::create_file;
pub(super) use platform::{check, create_folder};

#[cfg(unix)]
mod platform {
    use std::fs::{self, DirBuilder, File, OpenOptions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
    use std::path::Path;

    use super::super::KeysError;

    pub(in super::super) fn create_folder(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    pub(crate) fn create_file(path: &Path) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
    }

    pub(in super::super) fn check(path: &Path) -> Result<(), KeysError> {
        let read = fs::metadata(path).map_err(|source| KeysError::Io { path: path.to_owned(), source })?;
        let mode = read.permissions().mode() & 0o777;
        // neither group nor others: the lower six bits are clear
        if mode.trailing_zeros() >= 6 { Ok(()) } else { Err(KeysError::Exposed { path: path.to_owned(), mode }) }
    }
}

/// Where access lists decide, files have their folder's.
#[cfg(not(unix))]
mod platform {
    use std::fs::{self, File};
    use std::io;
    use std::path::Path;

    use super::super::KeysError;

    pub(in super::super) fn create_folder(path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    pub(crate) fn create_file(path: &Path) -> io::Result<File> {
        File::create_new(path)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the signature of the other platform")]
    pub(in super::super) fn check(_: &Path) -> Result<(), KeysError> {
        Ok(())
    }
}
