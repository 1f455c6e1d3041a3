//! Attachments of which nothing has come for a week are forgotten; who still has one sends it again from the first byte.

use sync_core::op::Digest;

use super::{BATCH, Run, is_full};
use crate::attachments::piece;
use crate::error::AppError;
use crate::store::{attachments, run_tx};

/// How long pieces wait for the next.
const KEEP_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// Forgets uploads that were left a week ago, and removes their pieces.
///
/// # Errors
/// Those of the store, and of the place where attachments are.
pub(super) async fn run(run: &Run) -> Result<u64, AppError> {
    let before = run.now.saturating_sub(KEEP_MS);
    let mut done = 0;
    loop {
        let left = attachments::forgotten(&mut run.app.db.read().await?, run.org, before, BATCH).await?;
        for upload in &left {
            for part in &upload.parts {
                run.app.blobs.remove(&piece(upload.org, Digest(upload.digest), upload.user, part)).await?;
            }
        }
        run_tx(&run.app.db, "purge_uploads", async |mut tx| {
            for upload in &left {
                attachments::drop_upload(&mut tx, upload).await?;
            }
            Ok::<_, AppError>(())
        })
        .await?;
        done += left.len() as u64;
        if !is_full(left.len() as u64) {
            return Ok(done);
        }
    }
}
