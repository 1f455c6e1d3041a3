//! Confirmation sheets (渠道客户确认单, CF).

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "project, id, org, customer, state, phase, route, arrived_at, opened_at, opened_by, booking, \
         holder_user, holder_partner, consultant, signed_by, signed_at, confirmed_by, confirmed_at, version, request_digest, late_entry, body"
    };
}

statements! {
    ADD = "INSERT INTO confirmations (project, id, org, customer, state, phase, route, arrived_at, opened_at, opened_by,
            booking, holder_user, holder_partner, consultant, signed_by, signed_at, confirmed_by, confirmed_at, version,
            request_digest, late_entry, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)";
    UPDATE = "UPDATE confirmations SET state = $3, booking = $4, holder_user = $5, holder_partner = $6,
            consultant = $7, signed_by = $8, signed_at = $9, confirmed_by = $10, confirmed_at = $11, version = $12,
            body = $13, phase = $14
        WHERE project = $1 AND id = $2 AND version = $12 - 1";
    LOCK = concat!("SELECT ", columns!(), " FROM confirmations WHERE project = $1 AND id = $2 {for update}");
    FIND = concat!("SELECT ", columns!(), " FROM confirmations WHERE project IN {blobs $1} AND id = $2");
    OF_CUSTOMERS = concat!(
        "SELECT ", columns!(), " FROM confirmations WHERE project = $1 AND customer IN {blobs $2}
        ORDER BY arrived_at, id"
    );
    LIST = concat!(
        "SELECT ", columns!(), " FROM confirmations
        WHERE project = $1 AND arrived_at >= $2 AND arrived_at < $3
            AND (phase = $4 OR $4 IS NULL) AND (consultant = $5 OR $5 IS NULL)
            AND (late_entry = $6 OR $6 IS NULL)
            AND (arrived_at > $7 OR (arrived_at = $7 AND id > $8))
        ORDER BY arrived_at, id LIMIT $9"
    );
    UNSIGNED = concat!(
        "SELECT ", columns!(), " FROM confirmations
        WHERE project = $1 AND arrived_at >= $2 AND arrived_at < $3
            AND (phase = $4 OR $4 IS NULL) AND (consultant = $5 OR $5 IS NULL)
            AND (late_entry = $6 OR $6 IS NULL)
            AND (opened_at > $7 OR (opened_at = $7 AND id > $8))
            AND opened_at <= $9 AND state = 'valid' AND phase IN ('open', 'signed')
        ORDER BY opened_at, id LIMIT $10"
    );
}

/// A sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The project.
    pub project: Uuid,
    /// Its id, chosen by the desk.
    pub id: Uuid,
    /// The organisation.
    pub org: i64,
    /// The customer who arrived.
    pub customer: Uuid,
    /// `valid`, `void`, `review` or `walk_in`.
    pub state: String,
    /// `open`, `signed`, `confirmed`, `voided` or `corrected`.
    pub phase: String,
    /// `booked`, `brought` or `walk_in`.
    pub route: String,
    /// When the customer arrived, Unix ms.
    pub arrived_at: i64,
    /// When the sheet was opened, Unix ms.
    pub opened_at: i64,
    /// The desk's user.
    pub opened_by: Uuid,
    /// The booking it used.
    pub booking: Option<Uuid>,
    /// The holder, when it is a person.
    pub holder_user: Option<Uuid>,
    /// The holder, when it is a company.
    pub holder_partner: Option<Uuid>,
    /// Who receives the customer.
    pub consultant: Option<Uuid>,
    /// The consultant who signed.
    pub signed_by: Option<Uuid>,
    /// Unix ms.
    pub signed_at: Option<i64>,
    /// The site lead who countersigned.
    pub confirmed_by: Option<Uuid>,
    /// Unix ms.
    pub confirmed_at: Option<i64>,
    /// 1 when opened; every change adds one.
    pub version: i64,
    /// SHA-256 of the request that opened it: a repeated request with the same id is compared with it.
    pub request_digest: [u8; 32],
    /// Entered late after the arrival (CF-3).
    pub late_entry: bool,
    /// Everything else on the sheet, JSON.
    pub body: String,
}

/// Opens a sheet.
///
/// # Errors
/// [`StoreError::Taken`] when the id is in use: look first, after the customer was locked.
pub async fn add(tx: &mut Tx, sheet: &Confirmation) -> Result<(), StoreError> {
    let s = sheet;
    let args = args![
        s.project,
        s.id,
        s.org,
        s.customer,
        &s.state,
        &s.phase,
        &s.route,
        s.arrived_at,
        s.opened_at,
        s.opened_by,
        s.booking,
        s.holder_user,
        s.holder_partner,
        s.consultant,
        s.signed_by,
        s.signed_at,
        s.confirmed_by,
        s.confirmed_at,
        s.version,
        &s.request_digest,
        s.late_entry,
        &s.body,
    ];
    tx.execute_one(&ADD, &args).await
}

/// Stores a changed sheet, whose `version` is one above the stored one.
///
/// # Errors
/// [`StoreError::RowCount`] when somebody else changed it.
pub async fn update(tx: &mut Tx, sheet: &Confirmation) -> Result<(), StoreError> {
    let s = sheet;
    let args = args![
        s.project,
        s.id,
        &s.state,
        s.booking,
        s.holder_user,
        s.holder_partner,
        s.consultant,
        s.signed_by,
        s.signed_at,
        s.confirmed_by,
        s.confirmed_at,
        s.version,
        &s.body,
        &s.phase,
    ];
    tx.execute_one(&UPDATE, &args).await
}

/// One sheet, locked until the transaction ends.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(tx: &mut Tx, project: Uuid, id: Uuid) -> Result<Option<Confirmation>, StoreError> {
    tx.fetch_optional(&LOCK, &args![project, id]).await?.as_ref().map(confirmation).transpose()
}

/// The sheet with this id on one of these projects.
///
/// # Errors
/// [`StoreError`]
pub async fn find(db: &mut Reader, projects: &[Uuid], id: Uuid) -> Result<Option<Confirmation>, StoreError> {
    db.fetch_optional(&FIND, &args![projects, id]).await?.as_ref().map(confirmation).transpose()
}

/// All sheets of these customers, by arrival.
///
/// # Errors
/// [`StoreError`]
pub async fn of_customers(db: &mut Reader, project: Uuid, customers: &[Uuid]) -> Result<Vec<Confirmation>, StoreError> {
    db.fetch_all(&OF_CUSTOMERS, &args![project, customers]).await?.iter().map(confirmation).collect()
}

/// What a list of sheets is filtered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter<'a> {
    /// The project.
    pub project: Uuid,
    /// Arrived from (included) until (excluded), Unix ms.
    pub arrived: (i64, i64),
    /// Only in this phase.
    pub phase: Option<&'a str>,
    /// Only of this consultant.
    pub consultant: Option<Uuid>,
    /// Only those entered late, or only those that were not.
    pub late_entry: Option<bool>,
    /// Arrival and id of the last sheet of the page before.
    pub after: Option<(i64, Uuid)>,
}

/// A page of sheets, by arrival.
///
/// # Errors
/// [`StoreError`]
pub async fn list(db: &mut Reader, filter: &Filter<'_>, limit: i64) -> Result<Vec<Confirmation>, StoreError> {
    let (after_at, after_id) = filter.after.unwrap_or((i64::MIN, Uuid::nil()));
    let (from, until) = filter.arrived;
    let f = filter;
    let args = args![f.project, from, until, f.phase, f.consultant, f.late_entry, after_at, after_id, limit];
    db.fetch_all(&LIST, &args).await?.iter().map(confirmation).collect()
}

/// A page of the valid sheets without both signatures that were opened at `opened_by` (Unix ms) or before, by the time they were opened;
/// `filter.after` is that of the last sheet of the page before.
///
/// # Errors
/// [`StoreError`]
pub async fn unsigned(
    db: &mut Reader,
    filter: &Filter<'_>,
    opened_by: i64,
    limit: i64,
) -> Result<Vec<Confirmation>, StoreError> {
    let (after_at, after_id) = filter.after.unwrap_or((i64::MIN, Uuid::nil()));
    let (from, until) = filter.arrived;
    let f = filter;
    let args = args![f.project, from, until, f.phase, f.consultant, f.late_entry, after_at, after_id, opened_by, limit];
    db.fetch_all(&UNSIGNED, &args).await?.iter().map(confirmation).collect()
}

fn confirmation(row: &Row) -> Result<Confirmation, StoreError> {
    Ok(Confirmation {
        project: row.id("project")?,
        id: row.id("id")?,
        org: row.i64("org")?,
        customer: row.id("customer")?,
        state: row.text("state")?,
        phase: row.text("phase")?,
        route: row.text("route")?,
        arrived_at: row.i64("arrived_at")?,
        opened_at: row.i64("opened_at")?,
        opened_by: row.id("opened_by")?,
        booking: row.opt_id("booking")?,
        holder_user: row.opt_id("holder_user")?,
        holder_partner: row.opt_id("holder_partner")?,
        consultant: row.opt_id("consultant")?,
        signed_by: row.opt_id("signed_by")?,
        signed_at: row.opt_i64("signed_at")?,
        confirmed_by: row.opt_id("confirmed_by")?,
        confirmed_at: row.opt_i64("confirmed_at")?,
        version: row.i64("version")?,
        request_digest: row.digest("request_digest")?,
        late_entry: row.bool("late_entry")?,
        body: row.text("body")?,
    })
}
