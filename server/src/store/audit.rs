//! The audit trail: who did what that others may ask about.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

statements! {
    ADD = "INSERT INTO audit (org, id, at, actor, act, subject, project, detail)
        {rows bigint, blob, bigint, blob, text, text, blob, text}";
    LIST = "SELECT org, id, at, actor, act, subject, project, detail FROM audit
        WHERE org = $1 AND at >= $2 AND at < $3 AND (actor = $4 OR $4 IS NULL) AND (act = $5 OR $5 IS NULL)
            AND (subject = $6 OR $6 IS NULL) AND ($7 OR project IN {blobs $8})
            AND (at < $9 OR (at = $9 AND id < $10))
        ORDER BY at DESC, id DESC LIMIT $11";
    COUNT = "SELECT COUNT(*) AS acts FROM audit WHERE org = $1 AND actor = $2 AND act = $3 AND at >= $4";
}

/// An audited act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The organisation.
    pub org: i64,
    /// Its id.
    pub id: Uuid,
    /// Unix ms.
    pub at: i64,
    /// The user; nobody for the command line and for jobs.
    pub actor: Option<Uuid>,
    /// What was done, such as `reveal_lead`.
    pub act: String,
    /// To what.
    pub subject: Option<String>,
    /// On which project.
    pub project: Option<Uuid>,
    /// More, JSON; never a full phone number.
    pub detail: String,
}

/// What a list of acts is filtered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter<'a> {
    /// The organisation.
    pub org: i64,
    /// From (included) until (excluded), Unix ms.
    pub between: (i64, i64),
    /// Only by this user.
    pub actor: Option<Uuid>,
    /// Only of this sort.
    pub act: Option<&'a str>,
    /// Only about this.
    pub subject: Option<&'a str>,
    /// Only on these projects; all, and those on none, without a list.
    pub projects: Option<&'a [Uuid]>,
    /// Time and id of the last act of the page before.
    pub before: Option<(i64, Uuid)>,
}

/// Adds acts.
///
/// # Errors
/// [`StoreError`]
pub async fn add(tx: &mut Tx, entries: &[AuditEntry]) -> Result<(), StoreError> {
    let rows: Vec<_> =
        entries.iter().map(|e| args![e.org, e.id, e.at, e.actor, &e.act, &e.subject, e.project, &e.detail]).collect();
    tx.execute_each(&ADD, &rows).await
}

/// A page of acts, newest first.
///
/// # Errors
/// [`StoreError`]
pub async fn list(db: &mut Reader, filter: &Filter<'_>, limit: i64) -> Result<Vec<AuditEntry>, StoreError> {
    let (from, until) = filter.between;
    let (before_at, before_id) = filter.before.unwrap_or((i64::MAX, Uuid::max()));
    let (all, projects) = (filter.projects.is_none(), filter.projects.unwrap_or_default());
    let args = args![
        filter.org,
        from,
        until,
        filter.actor,
        filter.act,
        filter.subject,
        all,
        projects,
        before_at,
        before_id,
        limit
    ];
    db.fetch_all(&LIST, &args).await?.iter().map(entry).collect()
}

/// How often a user did something since a moment (Unix ms), such as reveals of a day (DP-2).
///
/// # Errors
/// [`StoreError`]
pub async fn count(db: &mut Reader, org: i64, actor: Uuid, act: &str, since: i64) -> Result<i64, StoreError> {
    db.fetch_one(&COUNT, &args![org, actor, act, since]).await?.i64("acts")
}

fn entry(row: &Row) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        org: row.i64("org")?,
        id: row.id("id")?,
        at: row.i64("at")?,
        actor: row.opt_id("actor")?,
        act: row.text("act")?,
        subject: row.opt_text("subject")?,
        project: row.opt_id("project")?,
        detail: row.text("detail")?,
    })
}
