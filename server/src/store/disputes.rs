//! Cases about whose customer it is (判客, DS), and everything said in them. Entries are only ever added.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "project, id, org, customer, about, about_kind, state, opened_at, opened_by, due_at, overdue, version, \
         request_digest, body"
    };
}

statements! {
    ADD = "INSERT INTO disputes (project, id, org, customer, about, about_kind, state, opened_at, opened_by, due_at,
            overdue, version, request_digest, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    UPDATE = "UPDATE disputes SET state = $3, due_at = $4, overdue = $5, version = $6, body = $7
        WHERE project = $1 AND id = $2 AND version < $6";
    FIND = concat!("SELECT ", columns!(), " FROM disputes WHERE project IN {blobs $1} AND id = $2");
    BY_IDS = concat!("SELECT ", columns!(), " FROM disputes WHERE project = $1 AND id IN {blobs $2} ORDER BY id");
    STANDING = concat!(
        "SELECT ", columns!(), " FROM disputes
        WHERE project = $1 AND customer IN {blobs $2} AND state IN ('open', 'settled', 'appealed') ORDER BY id"
    );
    ABOUT = concat!("SELECT ", columns!(), " FROM disputes WHERE project = $1 AND about = $2 ORDER BY opened_at, id");
    RIPE = concat!(
        "SELECT ", columns!(), " FROM disputes
        WHERE project = $1 AND due_at <= $2 AND state IN ('open', 'settled', 'appealed') AND NOT overdue
        ORDER BY due_at, id LIMIT $3"
    );
    LIST = concat!(
        "SELECT ", columns!(), " FROM disputes d
        WHERE d.project IN {blobs $1} AND (d.state = $2 OR $2 IS NULL)
            AND (NOT $3 OR (d.state IN ('open', 'appealed') AND d.due_at <= $4))
            AND (d.project IN {blobs $5} OR EXISTS (SELECT 1 FROM dispute_parties p
                WHERE p.project = d.project AND p.dispute = d.id AND p.holder IN {blobs $6}))
            AND (d.opened_at > $7 OR (d.opened_at = $7 AND d.id > $8))
        ORDER BY d.opened_at, d.id LIMIT $9"
    );
    ADD_ENTRIES = "INSERT INTO dispute_entries (project, dispute, version, at, act, author, holder, text,
            attachments)
        {rows blob, blob, bigint, bigint, text, blob, blob, text, text}";
    ENTRIES = "SELECT project, dispute, version, at, act, author, holder, text, attachments FROM dispute_entries
        WHERE project = $1 AND dispute = $2 ORDER BY version";
    ADD_PARTIES = "INSERT INTO dispute_parties (project, dispute, holder) {rows blob, blob, blob}
        ON CONFLICT (project, dispute, holder) DO NOTHING";
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// The project.
    pub project: Uuid,
    /// Its id.
    pub id: Uuid,
    /// The organisation.
    pub org: i64,
    /// The customer it is about; at most one case of a customer stands.
    pub customer: Uuid,
    /// The sheet or lead it is about.
    pub about: Uuid,
    /// `confirmation` or `lead`.
    pub about_kind: String,
    /// `open`, `settled`, `appealed`, `final` or `withdrawn`.
    pub state: String,
    /// When it was opened, Unix ms.
    pub opened_at: i64,
    /// Who opened it; nobody when a sheet in review did.
    pub opened_by: Option<Uuid>,
    /// When something happens to it by itself, Unix ms.
    pub due_at: Option<i64>,
    /// The office was told that it is overdue.
    pub overdue: bool,
    /// 1 when opened; every act adds one.
    pub version: i64,
    /// SHA-256 of the request that opened it.
    pub request_digest: [u8; 32],
    /// Everything else, JSON.
    pub body: String,
}

/// Something said or done in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The project.
    pub project: Uuid,
    /// The case.
    pub dispute: Uuid,
    /// The version that the case had with it.
    pub version: i64,
    /// Unix ms.
    pub at: i64,
    /// `opened`, `joined`, `statement`, `withdrawn`, `settled`, `appealed`, `outside`, `overdue` or `closed`.
    pub act: String,
    /// Who; nobody for what happens by itself.
    pub author: Option<Uuid>,
    /// The party somebody spoke for: a person or a company.
    pub holder: Option<Uuid>,
    /// In words, numbers masked.
    pub text: String,
    /// Digests of photos and papers, as JSON.
    pub attachments: String,
}

/// Adds a case.
///
/// # Errors
/// [`StoreError::Taken`] when the id is in use or a case of the customer stands: look first, after the customer was locked.
pub async fn add(tx: &mut Tx, dispute: &Dispute) -> Result<(), StoreError> {
    let d = dispute;
    let args = args![
        d.project,
        d.id,
        d.org,
        d.customer,
        d.about,
        &d.about_kind,
        &d.state,
        d.opened_at,
        d.opened_by,
        d.due_at,
        d.overdue,
        d.version,
        &d.request_digest,
        &d.body,
    ];
    tx.execute_one(&ADD, &args).await
}

/// Stores a changed case, whose `version` is above the stored one; its customer is locked.
///
/// # Errors
/// [`StoreError::RowCount`] when it does not exist or has not changed.
pub async fn update(tx: &mut Tx, dispute: &Dispute) -> Result<(), StoreError> {
    let d = dispute;
    let args = args![d.project, d.id, &d.state, d.due_at, d.overdue, d.version, &d.body];
    tx.execute_one(&UPDATE, &args).await
}

/// The case with this id on one of these projects.
///
/// # Errors
/// [`StoreError`]
pub async fn find(db: &mut Reader, projects: &[Uuid], id: Uuid) -> Result<Option<Dispute>, StoreError> {
    db.fetch_optional(&FIND, &args![projects, id]).await?.as_ref().map(dispute).transpose()
}

/// Cases by id, in that order.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, project: Uuid, ids: &[Uuid]) -> Result<Vec<Dispute>, StoreError> {
    db.fetch_all(&BY_IDS, &args![project, ids]).await?.iter().map(dispute).collect()
}

/// The cases of these customers that are neither final nor withdrawn.
///
/// # Errors
/// [`StoreError`]
pub async fn standing(db: &mut Reader, project: Uuid, customers: &[Uuid]) -> Result<Vec<Dispute>, StoreError> {
    db.fetch_all(&STANDING, &args![project, customers]).await?.iter().map(dispute).collect()
}

/// Every case there was about a sheet or a lead, by opening.
///
/// # Errors
/// [`StoreError`]
pub async fn about(db: &mut Reader, project: Uuid, about: Uuid) -> Result<Vec<Dispute>, StoreError> {
    db.fetch_all(&ABOUT, &args![project, about]).await?.iter().map(dispute).collect()
}

/// At most `limit` cases whose time was over at `at` (Unix ms) and to which nothing has happened yet, the oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn ripe(db: &mut Reader, project: Uuid, at: i64, limit: i64) -> Result<Vec<Dispute>, StoreError> {
    db.fetch_all(&RIPE, &args![project, at, limit]).await?.iter().map(dispute).collect()
}

/// What a list of cases is filtered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter<'a> {
    /// The projects.
    pub projects: &'a [Uuid],
    /// Only in this state.
    pub state: Option<&'a str>,
    /// Only those that should have been settled before this instant, Unix ms.
    pub overdue_at: Option<i64>,
    /// Projects of which everything is listed.
    pub offices: &'a [Uuid],
    /// Elsewhere, the persons and companies whose cases are listed.
    pub holders: &'a [Uuid],
    /// Opening and id of the last case of the page before.
    pub after: Option<(i64, Uuid)>,
}

/// A page of cases, by opening.
///
/// # Errors
/// [`StoreError`]
pub async fn list(db: &mut Reader, filter: &Filter<'_>, limit: i64) -> Result<Vec<Dispute>, StoreError> {
    let (after_at, after_id) = filter.after.unwrap_or((i64::MIN, Uuid::nil()));
    let overdue = filter.overdue_at;
    let args = args![
        filter.projects,
        filter.state,
        overdue.is_some(),
        overdue.unwrap_or_default(),
        filter.offices,
        filter.holders,
        after_at,
        after_id,
        limit
    ];
    db.fetch_all(&LIST, &args).await?.iter().map(dispute).collect()
}

/// Adds what was said.
///
/// # Errors
/// [`StoreError`]
pub async fn add_entries(tx: &mut Tx, entries: &[Entry]) -> Result<(), StoreError> {
    let rows: Vec<_> = entries
        .iter()
        .map(|e| args![e.project, e.dispute, e.version, e.at, &e.act, e.author, e.holder, &e.text, &e.attachments])
        .collect();
    tx.execute_each(&ADD_ENTRIES, &rows).await
}

/// Everything that was said in a case, in order.
///
/// # Errors
/// [`StoreError`]
pub async fn entries(db: &mut Reader, project: Uuid, dispute: Uuid) -> Result<Vec<Entry>, StoreError> {
    db.fetch_all(&ENTRIES, &args![project, dispute]).await?.iter().map(entry).collect()
}

/// Remembers whose cases these are: project, case, and a person or company each.
///
/// # Errors
/// [`StoreError`]
pub async fn add_parties(tx: &mut Tx, parties: &[(Uuid, Uuid, Uuid)]) -> Result<(), StoreError> {
    let rows: Vec<_> = parties.iter().map(|&(project, dispute, holder)| args![project, dispute, holder]).collect();
    tx.execute_rows(&ADD_PARTIES, &rows).await.map(drop)
}

fn dispute(row: &Row) -> Result<Dispute, StoreError> {
    Ok(Dispute {
        project: row.id("project")?,
        id: row.id("id")?,
        org: row.i64("org")?,
        customer: row.id("customer")?,
        about: row.id("about")?,
        about_kind: row.text("about_kind")?,
        state: row.text("state")?,
        opened_at: row.i64("opened_at")?,
        opened_by: row.opt_id("opened_by")?,
        due_at: row.opt_i64("due_at")?,
        overdue: row.bool("overdue")?,
        version: row.i64("version")?,
        request_digest: row.digest("request_digest")?,
        body: row.text("body")?,
    })
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        project: row.id("project")?,
        dispute: row.id("dispute")?,
        version: row.i64("version")?,
        at: row.i64("at")?,
        act: row.text("act")?,
        author: row.opt_id("author")?,
        holder: row.opt_id("holder")?,
        text: row.text("text")?,
        attachments: row.text("attachments")?,
    })
}
