//! Photos and papers: what is there, who sent it, which records name it. Their bytes are elsewhere.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

statements! {
    FIND = "SELECT digest, size, media_type FROM attachments WHERE org = $1 AND digest = $2";
    ADD = "INSERT INTO attachments (org, digest, size, media_type, at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (org, digest) DO NOTHING";
    UPLOAD = "SELECT org, digest, user_id, size, media_type, received, parts, at FROM attachment_uploads
        WHERE org = $1 AND digest = $2 AND user_id = $3 {for update}";
    PUT_UPLOAD = "INSERT INTO attachment_uploads (org, digest, user_id, size, media_type, received, parts, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (org, digest, user_id) DO UPDATE SET size = excluded.size, media_type = excluded.media_type,
            received = excluded.received, parts = excluded.parts, at = excluded.at";
    DROP_UPLOAD = "DELETE FROM attachment_uploads WHERE org = $1 AND digest = $2 AND user_id = $3 AND received < size";
    SENT = "SELECT COUNT(*) AS sent, CAST(COALESCE(SUM(CASE WHEN received < size THEN 1 ELSE 0 END), 0) AS BIGINT) AS begun
        FROM attachment_uploads WHERE org = $1 AND user_id = $2 AND at > $3";
    FORGOTTEN = "SELECT org, digest, user_id, size, media_type, received, parts, at FROM attachment_uploads
        WHERE org = $1 AND received < size AND at < $2 ORDER BY at, digest, user_id LIMIT $3";
    NAME = "INSERT INTO attachment_refs (project, digest, record, holder) {rows blob, blob, blob, blob}
        ON CONFLICT (project, digest, record, holder) DO NOTHING";
    NAMED_BY = "SELECT project, record, holder FROM attachment_refs WHERE project IN {blobs $1} AND digest = $2
        ORDER BY project, record, holder LIMIT $3";
}

/// A whole attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// SHA-256 of its bytes.
    pub digest: [u8; 32],
    /// How many there are.
    pub size: i64,
    /// Such as `image/jpeg`.
    pub media_type: String,
}

/// What somebody has sent of an attachment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The organisation.
    pub org: i64,
    /// SHA-256 of all of it.
    pub digest: [u8; 32],
    /// Who sends it.
    pub user: Uuid,
    /// Bytes of all of it.
    pub size: i64,
    /// Such as `image/jpeg`.
    pub media_type: String,
    /// Bytes that are there.
    pub received: i64,
    /// Names of the pieces, in order, while it is not whole.
    pub parts: Vec<String>,
    /// When the newest piece came, Unix ms.
    pub at: i64,
}

/// A record that ever named an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedBy {
    /// Its project.
    pub project: Uuid,
    /// The record, or the case.
    pub record: Uuid,
    /// In a case whose statement names it, else zeros.
    pub holder: Uuid,
}

/// A whole attachment, if it is there.
///
/// # Errors
/// [`StoreError`]
pub async fn find(db: &mut Reader, org: i64, digest: &[u8; 32]) -> Result<Option<Attachment>, StoreError> {
    let row = db.fetch_optional(&FIND, &args![org, digest]).await?;
    let attachment = |row: &Row| {
        Ok(Attachment { digest: row.digest("digest")?, size: row.i64("size")?, media_type: row.text("media_type")? })
    };
    row.as_ref().map(attachment).transpose()
}

/// Says that an attachment is there, whole.
///
/// # Errors
/// [`StoreError`]
pub async fn add(tx: &mut Tx, org: i64, attachment: &Attachment, at: i64) -> Result<(), StoreError> {
    let a = attachment;
    tx.execute(&ADD, &args![org, &a.digest, a.size, &a.media_type, at]).await.map(drop)
}

/// What somebody has sent of an attachment; in a write transaction nobody else changes it meanwhile.
///
/// # Errors
/// [`StoreError`]
pub async fn upload(tx: &mut Tx, org: i64, digest: &[u8; 32], user: Uuid) -> Result<Option<Upload>, StoreError> {
    tx.fetch_optional(&UPLOAD, &args![org, digest, user]).await?.as_ref().map(upload_of).transpose()
}

/// Stores how far an upload has come.
///
/// # Errors
/// [`StoreError`]
pub async fn put_upload(tx: &mut Tx, upload: &Upload) -> Result<(), StoreError> {
    let u = upload;
    let parts = u.parts.join(",");
    let args = args![u.org, &u.digest, u.user, u.size, &u.media_type, u.received, &parts, u.at];
    tx.execute_one(&PUT_UPLOAD, &args).await
}

/// Drops an upload that is not whole.
///
/// # Errors
/// [`StoreError`]
pub async fn drop_upload(tx: &mut Tx, upload: &Upload) -> Result<(), StoreError> {
    tx.execute(&DROP_UPLOAD, &args![upload.org, &upload.digest, upload.user]).await.map(drop)
}

/// How many attachments somebody has sent or begun since an instant (Unix ms), and how many of these are not whole.
///
/// # Errors
/// [`StoreError`]
pub async fn sent(db: &mut Reader, org: i64, user: Uuid, since: i64) -> Result<(i64, i64), StoreError> {
    let row = db.fetch_one(&SENT, &args![org, user, since]).await?;
    Ok((row.i64("sent")?, row.i64("begun")?))
}

/// At most `limit` uploads of which nothing came since an instant (Unix ms), and which are not whole.
///
/// # Errors
/// [`StoreError`]
pub async fn forgotten(db: &mut Reader, org: i64, since: i64, limit: i64) -> Result<Vec<Upload>, StoreError> {
    db.fetch_all(&FORGOTTEN, &args![org, since, limit]).await?.iter().map(upload_of).collect()
}

/// Remembers which records name which attachments.
///
/// # Errors
/// [`StoreError`]
pub async fn name(tx: &mut Tx, named: &[([u8; 32], NamedBy)]) -> Result<(), StoreError> {
    let rows: Vec<_> = named.iter().map(|(digest, by)| args![by.project, digest, by.record, by.holder]).collect();
    tx.execute_rows(&NAME, &rows).await.map(drop)
}

/// At most `limit` records of these projects that ever named an attachment.
///
/// # Errors
/// [`StoreError`]
pub async fn named_by(
    db: &mut Reader,
    projects: &[Uuid],
    digest: &[u8; 32],
    limit: i64,
) -> Result<Vec<NamedBy>, StoreError> {
    let rows = db.fetch_all(&NAMED_BY, &args![projects, digest, limit]).await?;
    rows.iter()
        .map(|row| Ok(NamedBy { project: row.id("project")?, record: row.id("record")?, holder: row.id("holder")? }))
        .collect()
}

fn upload_of(row: &Row) -> Result<Upload, StoreError> {
    let parts = row.text("parts")?;
    Ok(Upload {
        org: row.i64("org")?,
        digest: row.digest("digest")?,
        user: row.id("user_id")?,
        size: row.i64("size")?,
        media_type: row.text("media_type")?,
        received: row.i64("received")?,
        parts: parts.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        at: row.i64("at")?,
    })
}
