//! Notices to everybody, a team or a company, and whom they reached (OV-7).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

macro_rules! listed {
    ($which:literal) => {
        concat!(
            "SELECT project, id, author, audience, at, due_at, request_digest FROM notices
        WHERE project = $1 AND (at < $2 OR (at = $2 AND id < $3)) AND ",
            $which,
            " ORDER BY at DESC, id DESC LIMIT $4"
        )
    };
}

statements! {
    ADD = "INSERT INTO notices (project, id, author, audience, at, due_at, told, request_digest)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    FIND = "SELECT project, id, author, audience, at, due_at, request_digest FROM notices
        WHERE project = $1 AND id = $2";
    DUE = "SELECT project, id, author, audience, at, due_at, request_digest FROM notices
        WHERE project = $1 AND NOT told AND due_at <= $2 ORDER BY due_at, id LIMIT $3";
    LIST = listed!("TRUE");
    LIST_SEEN = listed!("(audience IN {texts $6} OR author = $5)");
    LIST_MINE = listed!("audience IN {texts $6} AND author <> $5");
    LIST_UNREAD = listed!("audience IN {texts $6} AND author <> $5
            AND NOT EXISTS (SELECT 1 FROM notice_receipts r WHERE r.project = notices.project AND r.notice = notices.id
                AND r.user_id = $5 AND r.read_at IS NOT NULL)");
    LIST_PUBLISHED = listed!("author = $5");
    READ_BY = "SELECT notice, COUNT(*) AS people FROM notice_receipts
        WHERE project = $1 AND notice IN {blobs $2} AND read_at IS NOT NULL GROUP BY notice";
    OF_READER = "SELECT notice, read_at FROM notice_receipts
        WHERE project = $1 AND notice IN {blobs $2} AND user_id = $3 AND read_at IS NOT NULL";
    TELL = "WITH input (project, id) AS ({rows blob, blob})
        UPDATE notices SET told = TRUE FROM input WHERE notices.project = input.project AND notices.id = input.id";
    DELIVERED = "INSERT INTO notice_receipts (project, notice, user_id, delivered_at) {rows blob, blob, blob, bigint}
        ON CONFLICT (project, notice, user_id) DO UPDATE SET
            delivered_at = COALESCE(notice_receipts.delivered_at, excluded.delivered_at)";
    READ = "INSERT INTO notice_receipts (project, notice, user_id, read_at) {rows blob, blob, blob, bigint}
        ON CONFLICT (project, notice, user_id) DO UPDATE SET
            read_at = CASE WHEN notice_receipts.read_at <= excluded.read_at THEN notice_receipts.read_at
                ELSE excluded.read_at END";
    RECEIPTS = "SELECT user_id, delivered_at, read_at FROM notice_receipts
        WHERE project = $1 AND notice = $2 AND user_id IN {blobs $3} ORDER BY user_id";
}

/// A notice that is to reach everybody it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The project.
    pub project: Uuid,
    /// Id of the record that tells it.
    pub id: Uuid,
    /// Who published it.
    pub author: Uuid,
    /// For whom it is, JSON.
    pub audience: String,
    /// When it was published, Unix ms.
    pub at: i64,
    /// Until when it is to be read, Unix ms.
    pub due_at: i64,
    /// SHA-256 of what was asked for.
    pub request_digest: Vec<u8>,
}

/// What became of a notice with one reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The reader.
    pub user: Uuid,
    /// When it first went to a phone of theirs, Unix ms.
    pub delivered_at: Option<i64>,
    /// When they read it, Unix ms.
    pub read_at: Option<i64>,
}

/// Which notices of a project are listed, as somebody sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of them.
    All,
    /// Those for some audiences, and those the person published.
    Seen,
    /// Those for some audiences that somebody else published.
    Mine,
    /// Those of them that the person has not read.
    Unread,
    /// Those the person published.
    Published,
}

/// A page of notices, the newest first: after an instant (Unix ms) and an id.
///
/// # Errors
/// [`StoreError`]
pub async fn list(
    db: &mut Reader,
    project: Uuid,
    (which, person, audiences): (Which, Uuid, &[String]),
    after: Option<(i64, Uuid)>,
    limit: i64,
) -> Result<Vec<Notice>, StoreError> {
    let (at, id) = after.unwrap_or((i64::MAX, Uuid::max()));
    let sql = match which {
        Which::All => &LIST,
        Which::Seen => &LIST_SEEN,
        Which::Mine => &LIST_MINE,
        Which::Unread => &LIST_UNREAD,
        Which::Published => &LIST_PUBLISHED,
    };
    let args = args![project, at, id, limit, person, audiences];
    let used = match which {
        Which::All => 4,
        Which::Published => 5,
        Which::Seen | Which::Mine | Which::Unread => 6,
    };
    db.fetch_all(sql, &args[..used]).await?.iter().map(notice).collect()
}

/// How many people have read these; those nobody has read are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn read_by(db: &mut Reader, project: Uuid, notices: &[Uuid]) -> Result<Vec<(Uuid, i64)>, StoreError> {
    let rows = db.fetch_all(&READ_BY, &args![project, notices]).await?;
    rows.iter().map(|row| Ok((row.id("notice")?, row.i64("people")?))).collect()
}

/// When somebody read these (Unix ms), of those that were read.
///
/// # Errors
/// [`StoreError`]
pub async fn of_reader(
    db: &mut Reader,
    project: Uuid,
    notices: &[Uuid],
    user: Uuid,
) -> Result<Vec<(Uuid, i64)>, StoreError> {
    let rows = db.fetch_all(&OF_READER, &args![project, notices, user]).await?;
    rows.iter().map(|row| Ok((row.id("notice")?, row.i64("read_at")?))).collect()
}

/// Adds a notice.
///
/// # Errors
/// [`StoreError::Taken`] when there is one with its id.
pub async fn add(tx: &mut Tx, notice: &Notice) -> Result<(), StoreError> {
    let n = notice;
    let args = args![n.project, n.id, n.author, &n.audience, n.at, n.due_at, false, &n.request_digest];
    tx.execute_one(&ADD, &args).await
}

/// A notice, when there is one.
///
/// # Errors
/// [`StoreError`]
pub async fn find(db: &mut Reader, key: Key) -> Result<Option<Notice>, StoreError> {
    db.fetch_optional(&FIND, &args![key.project, key.id]).await?.as_ref().map(notice).transpose()
}

/// Notices whose time is over, of whose readers nobody was told.
///
/// # Errors
/// [`StoreError`]
pub async fn due(db: &mut Reader, project: Uuid, now: i64, limit: i64) -> Result<Vec<Notice>, StoreError> {
    db.fetch_all(&DUE, &args![project, now, limit]).await?.iter().map(notice).collect()
}

/// The leads and the office know who has not read these.
///
/// # Errors
/// [`StoreError`]
pub async fn tell(tx: &mut Tx, notices: &[Notice]) -> Result<(), StoreError> {
    let rows: Vec<_> = notices.iter().map(|n| args![n.project, n.id]).collect();
    tx.execute_rows(&TELL, &rows).await.map(drop)
}

/// Notices went to a phone of somebody; the first time stays.
///
/// # Errors
/// [`StoreError`]
pub async fn delivered(tx: &mut Tx, notices: &[Key], user: Uuid, at: i64) -> Result<(), StoreError> {
    let rows: Vec<_> = notices.iter().map(|key| args![key.project, key.id, user, at]).collect();
    tx.execute_rows(&DELIVERED, &rows).await.map(drop)
}

/// Notices, each with its reader and given once, were read at an instant (Unix ms); the earliest stays.
///
/// # Errors
/// [`StoreError`]
pub async fn read(tx: &mut Tx, receipts: &[(Key, Uuid, i64)]) -> Result<(), StoreError> {
    let rows: Vec<_> = receipts.iter().map(|(key, user, at)| args![key.project, key.id, *user, *at]).collect();
    tx.execute_rows(&READ, &rows).await.map(drop)
}

/// What became of a notice with these readers; those it never went to are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn receipts(db: &mut Reader, key: Key, users: &[Uuid]) -> Result<Vec<Receipt>, StoreError> {
    let rows = db.fetch_all(&RECEIPTS, &args![key.project, key.id, users]).await?;
    rows.iter()
        .map(|row| {
            Ok(Receipt {
                user: row.id("user_id")?,
                delivered_at: row.opt_i64("delivered_at")?,
                read_at: row.opt_i64("read_at")?,
            })
        })
        .collect()
}

fn notice(row: &Row) -> Result<Notice, StoreError> {
    Ok(Notice {
        project: row.id("project")?,
        id: row.id("id")?,
        author: row.id("author")?,
        audience: row.text("audience")?,
        at: row.i64("at")?,
        due_at: row.i64("due_at")?,
        request_digest: row.blob("request_digest")?,
    })
}
