//! `GET /v1/attachments/{sha256}`: for who sent it, and for who may see a record or a statement that names it.

use api_spec::problem::Code;
use bytes::Bytes;
use sync_core::op::Digest;
use uuid::Uuid;

use super::actor::Actor;
use super::scope::Scope;
use crate::attachments::media::Media;
use crate::attachments::whole;
use crate::error::AppError;
use crate::facts::stored;
use crate::state::App;
use crate::store::attachments::{self, NamedBy};
use crate::store::records::{self, Record};
use crate::store::{Key, run_tx};

/// Records that are looked at; a photo is in one, or in very few.
const NAMED_MAX: i64 = 100;

/// The bytes: as they were sent for who sent them, and without what a phone notes in a photo for everybody else.
///
/// # Errors
/// `not-found` for what is not there, not whole, or outside of the caller's scope.
pub async fn read_attachment(app: &App, actor: &Actor, digest: Digest) -> Result<(Media, Bytes), AppError> {
    let upload = run_tx(&app.db, "find_upload", async |mut tx| {
        attachments::upload(&mut tx, actor.org, &digest.0, actor.user).await
    });
    let is_own = upload.await?.is_some_and(|upload| upload.received == upload.size);
    let mut db = app.db.read().await?;
    let found = attachments::find(&mut db, actor.org, &digest.0).await?.ok_or(Code::NotFound)?;
    if !is_own {
        let directory = app.directories.current(&mut db, actor.org).await?;
        let scope = Scope::of(actor, &directory, app.clock.now());
        let named = attachments::named_by(&mut db, &scope.projects, &digest.0, NAMED_MAX).await?;
        let keys: Vec<Key> = named.iter().map(|by| Key { project: by.project, id: by.record }).collect();
        let rows = records::load(&mut db, &keys).await?;
        let sees = |by: &NamedBy| {
            let row = rows.get(&Key { project: by.project, id: by.record });
            row.is_some_and(|row| may_see(actor, &scope, by, row, digest))
        };
        if !named.iter().any(sees) {
            return Err(Code::NotFound.into());
        }
    }
    drop(db);
    let media = Media::of_type(&found.media_type).ok_or_else(|| AppError::Broken("an unknown type".to_owned()))?;
    let bytes = app.blobs.get(&whole(actor.org, digest)).await?;
    let bytes = bytes.ok_or_else(|| AppError::Broken("the bytes of an attachment are gone".to_owned()))?;
    let bytes = if is_own { bytes } else { shown(media, bytes)? };
    Ok((media, bytes))
}

/// A statement is read by the office and by its own side; a record by its scope, while it names the photo.
fn may_see(actor: &Actor, scope: &Scope, by: &NamedBy, row: &Record, digest: Digest) -> bool {
    if by.holder != Uuid::nil() {
        return scope.is_office(by.project) || by.holder == actor.user || actor.partner == Some(by.holder);
    }
    !row.deleted && scope.sees(row) && stored::record(row.clone()).is_ok_and(|record| record.photos().contains(&digest))
}

fn shown(media: Media, bytes: Bytes) -> Result<Bytes, AppError> {
    media.without_notes(bytes).map_err(|damaged| AppError::Broken(damaged.to_string()))
}
