//! Protections: whose customer a customer is. At most one stands per class and customer (P8, PR-3).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "project, id, class, customer, holder_user, holder_partner, state, from_at, until_at, source, ruling, ended_at"
    };
}

statements! {
    ADD = "INSERT INTO protections (project, id, class, customer, holder_user, holder_partner, state, from_at,
            until_at, source, ruling)
        {rows blob, blob, text, blob, blob, blob, text, bigint, bigint, blob, blob}
        ON CONFLICT (project, class, customer) WHERE ended_at IS NULL DO NOTHING";
    // COALESCE where IS NULL would do: for that, PostgreSQL walks the partial index of all that stand
    UPDATE = "WITH input (project, id, holder_user, holder_partner, state, from_at, until_at, source, ruling) AS
            ({rows blob, blob, blob, blob, text, bigint, bigint, blob, blob})
        UPDATE protections SET holder_user = input.holder_user, holder_partner = input.holder_partner,
            state = input.state, from_at = input.from_at, until_at = input.until_at, source = input.source,
            ruling = input.ruling
        FROM input WHERE protections.project = input.project AND protections.id = input.id
            AND COALESCE(protections.ended_at, -1) = -1";
    END = "WITH input (project, id, at, state) AS ({rows blob, blob, bigint, text})
        UPDATE protections SET ended_at = input.at, state = input.state
        FROM input WHERE protections.project = input.project AND protections.id = input.id
            AND COALESCE(protections.ended_at, -1) = -1";
    STANDING = concat!(
        "SELECT ", columns!(), " FROM protections WHERE project = $1 AND customer IN {blobs $2} AND ended_at IS NULL
        ORDER BY customer, class"
    );
    OF_CUSTOMER = concat!(
        "SELECT ", columns!(), " FROM protections WHERE project = $1 AND customer = $2 ORDER BY from_at, id"
    );
    LOAD = concat!("SELECT ", columns!(), " FROM protections WHERE project = $1 AND id IN {blobs $2} ORDER BY id");
    FIND = concat!("SELECT ", columns!(), " FROM protections WHERE project IN {blobs $1} AND id = $2");
    HELD_BY = concat!(
        "SELECT ", columns!(), " FROM protections WHERE project = $1 AND holder_user = $2 AND ended_at IS NULL
        ORDER BY id"
    );
    LAPSED = concat!(
        "SELECT ", columns!(), " FROM protections p WHERE project = $1 AND ended_at IS NULL AND until_at <= $2
            AND NOT EXISTS (SELECT 1 FROM disputes d WHERE d.project = p.project AND d.customer = p.customer
                AND d.state IN ('open', 'appealed'))
        ORDER BY until_at, id LIMIT $3"
    );
}

/// A protection. The holder is the company of a partner's agent, else the person, else the site itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// The project.
    pub project: Uuid,
    /// Its id.
    pub id: Uuid,
    /// `sheet` or `lead`.
    pub class: String,
    /// The customer.
    pub customer: Uuid,
    /// The holder, when it is a person.
    pub holder_user: Option<Uuid>,
    /// The holder, when it is a company.
    pub holder_partner: Option<Uuid>,
    /// Such as `reserved`, `live`, `deal`, `site`; once ended, why: `lapsed`, `released` …
    pub state: String,
    /// Unix ms, included.
    pub from_at: i64,
    /// Unix ms, excluded; `None` is permanent.
    pub until_at: Option<i64>,
    /// The lead or sheet it comes from.
    pub source: Uuid,
    /// The ruling that made it.
    pub ruling: Option<Uuid>,
    /// When it ended, Unix ms; `None` while it stands.
    pub ended_at: Option<i64>,
}

impl Protection {
    /// `sheet` or `lead`.
    pub fn class_name(&self) -> &'static str {
        if self.class == "lead" { "lead" } else { "sheet" }
    }
}

/// Adds protections; returns how many. Where one stands already for the class and customer, or the batch has a second one, nothing is added.
///
/// # Errors
/// [`StoreError::Taken`] when an id is in use.
pub async fn add(tx: &mut Tx, protections: &[&Protection]) -> Result<usize, StoreError> {
    let rows: Vec<_> = protections
        .iter()
        .map(|p| {
            args![
                p.project,
                p.id,
                &p.class,
                p.customer,
                p.holder_user,
                p.holder_partner,
                &p.state,
                p.from_at,
                p.until_at,
                p.source,
                p.ruling
            ]
        })
        .collect();
    Ok(usize::try_from(tx.execute_rows(&ADD, &rows).await?).unwrap_or(usize::MAX))
}

/// Stores holder, state, period, source and ruling of protections that stand.
///
/// # Errors
/// [`StoreError::RowCount`] when one has ended.
pub async fn update(tx: &mut Tx, protections: &[&Protection]) -> Result<(), StoreError> {
    let rows: Vec<_> = protections
        .iter()
        .map(|p| {
            args![p.project, p.id, p.holder_user, p.holder_partner, &p.state, p.from_at, p.until_at, p.source, p.ruling]
        })
        .collect();
    tx.execute_each(&UPDATE, &rows).await
}

/// Ends protections that stand at their `ended_at`, in their state.
///
/// # Errors
/// [`StoreError::RowCount`] when one has ended before.
pub async fn end(tx: &mut Tx, protections: &[&Protection]) -> Result<(), StoreError> {
    let rows: Vec<_> = protections.iter().map(|p| args![p.project, p.id, p.ended_at, &p.state]).collect();
    tx.execute_each(&END, &rows).await
}

/// The protections that stand for these customers, lapsed ones not yet ended included, by customer and class.
///
/// # Errors
/// [`StoreError`]
pub async fn standing(db: &mut Reader, project: Uuid, customers: &[Uuid]) -> Result<Vec<Protection>, StoreError> {
    db.fetch_all(&STANDING, &args![project, customers]).await?.iter().map(protection).collect()
}

/// Every protection a customer ever had, oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn of_customer(db: &mut Reader, project: Uuid, customer: Uuid) -> Result<Vec<Protection>, StoreError> {
    db.fetch_all(&OF_CUSTOMER, &args![project, customer]).await?.iter().map(protection).collect()
}

/// Protections by id, in that order.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, project: Uuid, ids: &[Uuid]) -> Result<Vec<Protection>, StoreError> {
    db.fetch_all(&LOAD, &args![project, ids]).await?.iter().map(protection).collect()
}

/// The protection with this id on one of these projects.
///
/// # Errors
/// [`StoreError`]
pub async fn find(db: &mut Reader, projects: &[Uuid], id: Uuid) -> Result<Option<Protection>, StoreError> {
    db.fetch_optional(&FIND, &args![projects, id]).await?.as_ref().map(protection).transpose()
}

/// The protections that stand for a person, lapsed ones not yet ended included, in the order of their ids.
///
/// # Errors
/// [`StoreError`]
pub async fn held_by(db: &mut Reader, project: Uuid, user: Uuid) -> Result<Vec<Protection>, StoreError> {
    db.fetch_all(&HELD_BY, &args![project, user]).await?.iter().map(protection).collect()
}

/// At most `limit` protections that stand although their period was over at `at` (Unix ms), the oldest first; while a case about the
/// customer is open nothing lapses (DS-4).
///
/// # Errors
/// [`StoreError`]
pub async fn lapsed(db: &mut Reader, project: Uuid, at: i64, limit: i64) -> Result<Vec<Protection>, StoreError> {
    db.fetch_all(&LAPSED, &args![project, at, limit]).await?.iter().map(protection).collect()
}

fn protection(row: &Row) -> Result<Protection, StoreError> {
    Ok(Protection {
        project: row.id("project")?,
        id: row.id("id")?,
        class: row.text("class")?,
        customer: row.id("customer")?,
        holder_user: row.opt_id("holder_user")?,
        holder_partner: row.opt_id("holder_partner")?,
        state: row.text("state")?,
        from_at: row.i64("from_at")?,
        until_at: row.opt_i64("until_at")?,
        source: row.id("source")?,
        ruling: row.opt_id("ruling")?,
        ended_at: row.opt_i64("ended_at")?,
    })
}
