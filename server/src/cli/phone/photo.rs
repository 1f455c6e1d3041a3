//! `baobei phone photo`: a photo or paper of a record. The record says its digest at once and never waits for it; the photo is sent after the
//! next synchronisation.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use sync_core::kind::Kind;
use sync_core::kinds;
use sync_core::op::{Action, Digest};
use sync_core::replica::Draft;
use uuid::Uuid;

use super::claim::refused;
use super::clocks;
use super::find::{self, short};
use super::photos::{Photo, Photos};
use super::state::{Phone, PhoneFile};
use crate::cli::failure::{Exit, Failure};
use crate::cli::terminal::{FAINT, GOOD, Terminal, styled};

/// The field of records that names photos.
const FIELD: &str = "photos";

/// What is added to which record.
#[derive(Debug, Args)]
pub(super) struct AddPhoto {
    /// The record, by name, id or the end of its id: a visit, a check-in, a tally, an outlet, a log …
    record: String,
    /// A JPEG, WebP, PNG or PDF
    file: PathBuf,
}

/// What was recorded.
#[derive(Debug, Serialize)]
struct Added {
    kind: &'static str,
    record: Uuid,
    sha256: Digest,
    bytes: usize,
    /// Its place in the phone's log.
    op: u64,
    /// Ops that wait to be synchronised, this one included.
    pending: usize,
    /// Photos that wait to be sent, this one included.
    photos_waiting: usize,
}

/// Adds a photo to a record; works without a signal.
///
/// # Errors
/// When the file is no photo or paper, or too large, and what the server would reject: nothing is kept then.
pub(super) fn run(file: &PhoneFile, options: &AddPhoto, terminal: Terminal) -> Result<(), Failure> {
    let (photo, photos) = (Photo::read(&options.file)?, Photos::of(file));
    let added = file.change(|phone| {
        photo.fits(phone.account.limits.attachment_bytes)?;
        let (kind, record, op) = name(phone, &options.record, photo.digest)?;
        // a record may name what is not there yet, but the phone names only what it has
        photos.keep(&photo)?;
        Ok(Added {
            kind: kind.name,
            record,
            sha256: photo.digest,
            bytes: photo.bytes.len(),
            op,
            pending: phone.replica.status().pending,
            photos_waiting: photos.waiting()?.len(),
        })
    })?;
    terminal.answer(&added, |out| {
        let Added { kind, record, bytes, op, pending, photos_waiting, .. } = &added;
        let waiting = format!("(op {op}; {pending} to synchronise, {photos_waiting} photos to send)");
        let waiting = styled(FAINT, &waiting);
        writeln!(out, "{} {bytes} bytes to {kind} {} {waiting}", styled(GOOD, "added"), short(*record))
    })
}

/// The op that names the photo.
fn name(phone: &mut Phone, text: &str, digest: Digest) -> Result<(&'static Kind, Uuid, u64), Failure> {
    let with_photos: Vec<&Kind> = kinds::ALL.iter().filter(|kind| kind.field(FIELD).is_some()).collect();
    let view = find::record(&phone.replica, &with_photos, text)?;
    let kind = kinds::find(&view.kind, view.v)
        .ok_or_else(|| Failure::new(Exit::Mistakes, "the record is of a version this phone does not know"))?;
    let action = Action::Tag([(FIELD.to_owned(), vec![digest.to_string()])].into());
    let draft = Draft::new(kind, view.id, view.project, action);
    let op = phone.replica.record(draft, &clocks::read()).map_err(|fault| refused(&fault))?;
    Ok((kind, view.id, op))
}
