//! `PUT /v1/attachments/{sha256}`: a photo or paper, whole or piece by piece.
//!
//! Pieces are kept as they come. With the last one the whole is put together, held against its digest and its type, and kept under the
//! digest; the pieces go. Records name digests and never wait.

use api_spec::attachments::Attachment;
use api_spec::info::Limits;
use api_spec::problem::{Code, Problem};
use bytes::Bytes;
use sha2::Digest as _;
use sync_core::op::Digest;
use uuid::Uuid;

use super::actor::{Actor, Standing};
use crate::attachments::media::Media;
use crate::attachments::{piece, whole};
use crate::error::AppError;
use crate::state::App;
use crate::store::attachments::{self, Upload};
use crate::store::run_tx;

/// Attachments that somebody may have begun at once.
const BEGUN_MAX: i64 = 20;
/// Attachments that somebody may send within a day.
const DAILY_MAX: i64 = 500;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// What came.
#[derive(Debug, Clone)]
pub enum Sent {
    /// All of it.
    Whole(Bytes),
    /// The bytes from `at` on, of `size`.
    Piece {
        /// The place of the first of these bytes.
        at: u64,
        /// Bytes of all of it.
        size: u64,
        /// Some of them.
        bytes: Bytes,
    },
    /// Nothing: how far has it come?
    Question {
        /// Bytes of all of it.
        size: u64,
    },
}

/// Takes what came; a digest that is known is answered at once.
///
/// # Errors
/// `payload-too-large`, `attachment-type`, `attachment-gap`, `digest-mismatch`, `too-many-uploads`.
pub async fn put_attachment(
    app: &App,
    actor: &Actor,
    digest: Digest,
    media: Media,
    sent: Sent,
) -> Result<Attachment, AppError> {
    if actor.standing == Standing::Stolen {
        return Err(Code::PushOnly.into());
    }
    let size = match &sent {
        Sent::Whole(bytes) => bytes.len() as u64,
        Sent::Piece { size, .. } | Sent::Question { size } => *size,
    };
    if size > app.limits.attachment_bytes {
        return Err(Problem::payload_too_large(Limits::ATTACHMENT_BYTES, app.limits.attachment_bytes).into());
    }
    let sending = Sending { app, org: actor.org, user: actor.user, digest, media, size };
    let known = attachments::find(&mut app.db.read().await?, actor.org, &digest.0).await?;
    if let Some(known) = known {
        if let Sent::Whole(bytes) = &sent {
            // who has the bytes may see them; who knows the digest alone may not
            sending.check(bytes)?;
            sending.is_whole().await?;
        }
        let size = known.size.cast_unsigned();
        return Ok(Attachment { sha256: digest, media_type: known.media_type, size, received: size, complete: true });
    }
    match sent {
        Sent::Whole(bytes) => {
            sending.admit().await?;
            sending.keep(bytes).await
        }
        Sent::Piece { at, bytes, .. } => sending.add(at, bytes).await,
        Sent::Question { .. } => {
            let upload = sending.upload().await?;
            Ok(sending.so_far(upload.map_or(0, |upload| upload.received)))
        }
    }
}

/// Whether all of an attachment is there already.
///
/// # Errors
/// Those of the store.
pub async fn is_known(app: &App, actor: &Actor, digest: Digest) -> Result<bool, AppError> {
    Ok(attachments::find(&mut app.db.read().await?, actor.org, &digest.0).await?.is_some())
}

struct Sending<'a> {
    app: &'a App,
    org: i64,
    user: Uuid,
    digest: Digest,
    media: Media,
    size: u64,
}

impl Sending<'_> {
    /// One more piece; what is there already may come again.
    async fn add(&self, at: u64, bytes: Bytes) -> Result<Attachment, AppError> {
        let before = self.upload().await?;
        if let Some(before) = before.as_ref().filter(|before| before.size.cast_unsigned() != self.size) {
            return Err(Problem::attachment_gap(before.received.cast_unsigned()).into());
        }
        if before.is_none() {
            self.admit().await?;
        }
        let received = before.as_ref().map_or(0, |before| before.received);
        let known = received.cast_unsigned().checked_sub(at);
        let Some(known) = known else { return Err(Problem::attachment_gap(received.cast_unsigned()).into()) };
        let known = usize::try_from(known).unwrap_or(usize::MAX);
        if known >= bytes.len() {
            return Ok(self.so_far(received));
        }
        if at == 0 && !self.media.begins(&bytes) {
            return Err(Code::AttachmentType.into());
        }
        let fresh = bytes.slice(known..);
        let part = format!("{received}-{}", fresh.len());
        let name = piece(self.org, self.digest, self.user, &part);
        let now_there = received.saturating_add(i64::try_from(fresh.len()).unwrap_or(i64::MAX));
        self.app.blobs.put(&name, fresh).await?;
        let stored = run_tx(&self.app.db, "add_piece", async |mut tx| {
            let standing = attachments::upload(&mut tx, self.org, &self.digest.0, self.user).await?;
            if standing.as_ref().map_or(0, |standing| standing.received) != received {
                return Ok::<_, AppError>(standing);
            }
            let mut parts = standing.map(|standing| standing.parts).unwrap_or_default();
            parts.push(part.clone());
            let upload = Upload { received: now_there, parts, ..self.row() };
            attachments::put_upload(&mut tx, &upload).await?;
            Ok(Some(upload))
        });
        let Some(upload) = stored.await? else { return Ok(self.so_far(0)) };
        if upload.parts.last() != Some(&part) {
            // the same piece came twice at once, over two connections
            self.app.blobs.remove(&name).await?;
        }
        if upload.received < upload.size || upload.parts.is_empty() {
            return Ok(self.so_far(upload.received));
        }
        self.put_together(&upload).await
    }

    /// The whole out of its pieces; when it is not what the digest says, all of it goes.
    async fn put_together(&self, upload: &Upload) -> Result<Attachment, AppError> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or_default());
        for part in &upload.parts {
            let part = self.app.blobs.get(&piece(self.org, self.digest, self.user, part)).await?;
            bytes.extend_from_slice(&part.unwrap_or_default());
        }
        let kept = self.keep(bytes.into()).await;
        if matches!(&kept, Ok(_) | Err(AppError::Problem(_))) {
            if kept.is_err() {
                let dropped = Upload { received: 0, ..upload.clone() };
                run_tx(&self.app.db, "drop_upload", async |mut tx| {
                    // it counts as whole until somebody has looked: say that it is not
                    attachments::put_upload(&mut tx, &dropped).await?;
                    attachments::drop_upload(&mut tx, &dropped).await
                })
                .await?;
            }
            for part in &upload.parts {
                self.app.blobs.remove(&piece(self.org, self.digest, self.user, part)).await?;
            }
        }
        kept
    }

    /// Keeps all of it, when it is what it should be.
    async fn keep(&self, bytes: Bytes) -> Result<Attachment, AppError> {
        self.check(&bytes)?;
        self.media.without_notes(bytes.clone()).map_err(|_| Code::AttachmentType)?;
        self.app.blobs.put(&whole(self.org, self.digest), bytes).await?;
        self.is_whole().await?;
        Ok(Attachment { complete: true, ..self.so_far(self.row().size) })
    }

    /// Whether these are all the bytes, by digest and type.
    fn check(&self, bytes: &Bytes) -> Result<(), Code> {
        let found: [u8; 32] = sha2::Sha256::digest(bytes).into();
        if found != self.digest.0 {
            return Err(Code::DigestMismatch);
        }
        if self.media.begins(bytes) && !bytes.is_empty() { Ok(()) } else { Err(Code::AttachmentType) }
    }

    /// Says that all of it is there, and who sent it.
    async fn is_whole(&self) -> Result<(), AppError> {
        let size = self.row().size;
        run_tx(&self.app.db, "put_attachment", async |mut tx| {
            let media_type = self.media.to_string();
            let attachment = attachments::Attachment { digest: self.digest.0, size, media_type };
            attachments::add(&mut tx, self.org, &attachment, self.app.clock.now()).await?;
            attachments::put_upload(&mut tx, &Upload { received: size, ..self.row() }).await
        })
        .await?;
        Ok(())
    }

    /// Refuses who has begun too many, or sent too many today.
    async fn admit(&self) -> Result<(), AppError> {
        let since = self.app.clock.now().saturating_sub(DAY_MS);
        let (sent, begun) = attachments::sent(&mut self.app.db.read().await?, self.org, self.user, since).await?;
        if begun >= BEGUN_MAX || sent >= DAILY_MAX { Err(Code::TooManyUploads.into()) } else { Ok(()) }
    }

    async fn upload(&self) -> Result<Option<Upload>, AppError> {
        let upload = run_tx(&self.app.db, "find_upload", async |mut tx| {
            attachments::upload(&mut tx, self.org, &self.digest.0, self.user).await
        });
        Ok(upload.await?)
    }

    /// An upload of which nothing has come.
    fn row(&self) -> Upload {
        Upload {
            org: self.org,
            digest: self.digest.0,
            user: self.user,
            size: i64::try_from(self.size).unwrap_or(i64::MAX),
            media_type: self.media.to_string(),
            received: 0,
            parts: Vec::new(),
            at: self.app.clock.now(),
        }
    }

    fn so_far(&self, received: i64) -> Attachment {
        let received = received.cast_unsigned();
        let media_type = self.media.to_string();
        Attachment { sha256: self.digest, media_type, size: self.size, received, complete: false }
    }
}
