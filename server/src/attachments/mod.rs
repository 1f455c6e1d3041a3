//! Where the bytes of photos and papers are: outside of the database, named by their digest, in a folder or in an S3-compatible store.

mod folder;
pub mod media;
mod s3;

use std::fmt;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use sync_core::op::Digest;
use uuid::Uuid;

use crate::clock::Clock;
use crate::config::Attachments;
use crate::random::Random;

use folder::Folder;
use s3::S3;

/// Keeps bytes under names. What was put is there after a crash, whole or not at all.
pub trait Blobs: fmt::Debug + Send + Sync {
    /// Puts bytes under a name; again the same changes nothing.
    fn put<'a>(&'a self, name: &'a str, bytes: Bytes) -> BoxFuture<'a, Result<(), BlobError>>;
    /// The bytes under a name, if there are any.
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, BlobError>>;
    /// Removes what is under a name, if there is anything.
    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), BlobError>>;
}

/// Why bytes could not be kept or read. None of these texts has bytes or names of attachments in it.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The folder.
    #[error("the folder of attachments cannot be used")]
    Folder(#[from] io::Error),
    /// The store was not reached.
    #[error("the store of attachments was not reached")]
    Unreachable(#[source] reqwest::Error),
    /// The store refused.
    #[error("the store of attachments answered {0}")]
    Refused(u16),
}

/// Why the place of attachments cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentsError {
    /// A name that is no bucket.
    #[error("--attachments {0}: s3://BUCKET or s3://BUCKET/PREFIX is expected")]
    Bucket(String),
    /// An endpoint that is no URL.
    #[error("AWS_ENDPOINT_URL is not a URL")]
    Endpoint,
    /// No login.
    #[error("an S3 store needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")]
    Credentials,
    /// No HTTP client.
    #[error("no HTTP client for the store of attachments")]
    Client(#[source] reqwest::Error),
}

/// Opens the place where attachments are.
///
/// # Errors
/// [`AttachmentsError`]
pub fn open(place: &Attachments, clock: &Clock, random: &Random) -> Result<Arc<dyn Blobs>, AttachmentsError> {
    Ok(match place {
        Attachments::Folder(path) => Arc::new(Folder::new(path.clone(), random.clone())),
        Attachments::S3(url) => Arc::new(S3::from_env(url, clock.clone())?),
    })
}

/// The name of a whole attachment.
pub fn whole(org: i64, digest: Digest) -> String {
    let digest = digest.to_string();
    format!("{org}/{}/{digest}", &digest[..2])
}

/// The name of a piece of one that somebody is sending.
pub fn piece(org: i64, digest: Digest, user: Uuid, part: &str) -> String {
    format!("{org}/parts/{digest}/{user}/{part}")
}
