//! Photos go to the server after the records that name them, and where a line that was cut had stopped.

use std::ops::Range;

use api_spec::attachments::Attachment;
use serde::Serialize;
use sync_core::op::Digest;

use super::client::NoAnswer;
use super::line::Line;
use super::photos::{Photo, Photos};
use crate::cli::failure::{Exit, Failure};

/// What is sent at once: as much as a weak line brings through.
const PIECE: usize = 128 * 1024;
/// Answers in a row without a byte more than before, after which a photo waits for the next time.
const STALLED: u32 = 3;

/// What became of the photos.
#[derive(Debug, Default, Serialize)]
pub(super) struct Uploaded {
    /// Photos that the server has now.
    pub(super) sent: usize,
    /// Bytes of them that went over the line.
    pub(super) bytes: u64,
    /// Photos that still wait.
    pub(super) waiting: usize,
    /// Why these do.
    pub(super) kept_back: Vec<KeptBack>,
}

/// A photo that waits, and why.
#[derive(Debug, Serialize)]
pub(super) struct KeptBack {
    pub(super) sha256: Digest,
    pub(super) reason: String,
}

/// Sends the photos that wait, one after the other. One that is refused does not hold up the others; without a signal all wait.
///
/// # Errors
/// When the phone cannot be used, or the login has ended.
pub(super) async fn send_photos(line: &Line<'_>) -> Result<Uploaded, Failure> {
    let photos = Photos::of(line.file);
    let mut told = Uploaded::default();
    for digest in photos.waiting()? {
        let sent = match photos.find(digest) {
            Ok(Some(photo)) => send(line, &photo, &mut told.bytes).await,
            // another command has sent it
            Ok(None) => continue,
            Err(damaged) => Err(damaged),
        };
        match sent {
            Ok(()) => {
                photos.sent(digest)?;
                told.sent += 1;
            }
            Err(failure) => {
                let goes_on = failure.exit() == Exit::Refused;
                told.kept_back.push(KeptBack { sha256: digest, reason: failure.to_string() });
                if !goes_on {
                    break;
                }
            }
        }
    }
    told.waiting = photos.waiting()?.len();
    Ok(told)
}

/// Sends what the server does not have of a photo.
async fn send(line: &Line<'_>, photo: &Photo, bytes: &mut u64) -> Result<(), Failure> {
    let size = photo.bytes.len();
    let mut there = if size <= PIECE { 0 } else { put(line, photo, 0..0).await?.received };
    let mut stalled = 0;
    while stalled < STALLED {
        let from = usize::try_from(there).unwrap_or(size);
        // somebody else sent the same bytes: who has them, too, shows all of them
        let piece = if from >= size { 0..size } else { from..size.min(from + PIECE) };
        let answer = put(line, photo, piece.clone()).await?;
        *bytes += piece.len() as u64;
        if answer.complete && piece.end == size {
            return Ok(());
        }
        stalled = if answer.received > there { 0 } else { stalled + 1 };
        there = answer.received;
    }
    Err(Failure::new(Exit::Refused, "the server does not take more of it"))
}

/// Sends a piece, or asks how far the photo has come; a server that lacks what is before the piece says so, too.
async fn put(line: &Line<'_>, photo: &Photo, piece: Range<usize>) -> Result<Attachment, Failure> {
    line.call(async |token| {
        let answer = line.client.put_piece(token, photo, piece.clone()).await;
        let Err(NoAnswer::Refused(problem)) = &answer else { return answer };
        let received = problem.body.as_ref().and_then(|body| body.members.get("received")?.as_u64());
        let Some(received) = received else { return answer };
        let (media_type, size) = (photo.media.to_string(), photo.bytes.len() as u64);
        Ok(Attachment { sha256: photo.digest, media_type, size, received, complete: false })
    })
    .await
}
