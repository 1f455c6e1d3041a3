//! What partners booked for a day (BK-9): which days are to be counted, the counts, and what was ruled.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, Row, StoreError, Tx};

statements! {
    MARK = "INSERT INTO partner_days (project, partner, day, marks, judged, groups_booked, groups_arrived)
        {rows blob, blob, text, bigint, bigint, bigint, bigint}
        ON CONFLICT (project, partner, day) DO UPDATE SET marks = partner_days.marks + 1";
    DUE = "SELECT project, partner, day, marks, groups_booked, groups_arrived, outcome, ruling FROM partner_days
        WHERE project = $1 AND day < $2 AND marks <> judged ORDER BY day, partner LIMIT $3";
    LOCK = "SELECT project, partner, day, marks, groups_booked, groups_arrived, outcome, ruling FROM partner_days
        WHERE project = $1 AND day = $2 AND partner IN {blobs $3} ORDER BY partner {for update}";
    COUNT = "SELECT g.partner, COUNT(*) AS booked, CAST(SUM(g.arrived) AS BIGINT) AS arrived FROM (
            SELECT holder_partner AS partner, MAX(CASE WHEN state = 'used' THEN 1 ELSE 0 END) AS arrived FROM bookings
            WHERE project = $1 AND day >= $2 AND earliest < $3 AND holder_partner IN {blobs $4}
            GROUP BY holder_partner, digits, name_folded) g
        GROUP BY g.partner";
    SETTLE = "UPDATE partner_days SET judged = $4, groups_booked = $5, groups_arrived = $6, outcome = $7, ruling = $8
        WHERE project = $1 AND partner = $2 AND day = $3";
    FIND = "SELECT project, partner, day, marks, groups_booked, groups_arrived, outcome, ruling FROM partner_days
        WHERE project = $1 AND partner = $2 AND day = $3";
}

/// A partner's day on a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerDay {
    /// The project.
    pub project: Uuid,
    /// The company.
    pub partner: Uuid,
    /// The project's day.
    pub day: String,
    /// Counts the changes of bookings that may lie on the day.
    pub marks: i64,
    /// Groups booked when it was ruled on.
    pub booked: i64,
    /// Groups of these that had arrived then.
    pub arrived: i64,
    /// `passed` or `failed`; nothing while few were booked.
    pub outcome: Option<String>,
    /// The ruling that stands.
    pub ruling: Option<Uuid>,
}

/// Marks partner-days, each given once and in order, as to be counted: after records, before bucket heads.
///
/// # Errors
/// [`StoreError`]
pub async fn mark(tx: &mut Tx, days: &[(Uuid, Uuid, String)]) -> Result<(), StoreError> {
    let rows: Vec<_> =
        days.iter().map(|(project, partner, day)| args![*project, *partner, day, 1_i64, 0_i64, 0_i64, 0_i64]).collect();
    tx.execute_each(&MARK, &rows).await
}

/// At most `limit` partner-days before `today` that changed since they were counted, the oldest first.
///
/// # Errors
/// [`StoreError`]
pub async fn due(db: &mut Reader, project: Uuid, today: &str, limit: i64) -> Result<Vec<PartnerDay>, StoreError> {
    db.fetch_all(&DUE, &args![project, today, limit]).await?.iter().map(partner_day).collect()
}

/// The same day of several partners, locked until the transaction ends, by partner.
///
/// # Errors
/// [`StoreError`]
pub async fn lock(tx: &mut Tx, project: Uuid, day: &str, partners: &[Uuid]) -> Result<Vec<PartnerDay>, StoreError> {
    tx.fetch_all(&LOCK, &args![project, day, partners]).await?.iter().map(partner_day).collect()
}

/// Groups that partners booked with a moment that may lie on a `day` that ends at `until` (Unix ms), and how many of these arrived; a
/// group is a customer by digits and folded name, cancelled bookings included.
///
/// # Errors
/// [`StoreError`]
pub async fn count(
    db: &mut Reader,
    project: Uuid,
    (day, until): (&str, i64),
    partners: &[Uuid],
) -> Result<Vec<(Uuid, i64, i64)>, StoreError> {
    let rows = db.fetch_all(&COUNT, &args![project, day, until, partners]).await?;
    rows.iter().map(|row| Ok((row.id("partner")?, row.i64("booked")?, row.i64("arrived")?))).collect()
}

/// Stores what was counted and ruled on a day that is locked; it is due again when its bookings change.
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such day.
pub async fn settle(tx: &mut Tx, day: &PartnerDay) -> Result<(), StoreError> {
    let d = day;
    let args = args![d.project, d.partner, &d.day, d.marks, d.booked, d.arrived, &d.outcome, d.ruling];
    tx.execute_one(&SETTLE, &args).await
}

/// A partner's day, when anything was booked for it.
///
/// # Errors
/// [`StoreError`]
pub async fn find(db: &mut Reader, project: Uuid, partner: Uuid, day: &str) -> Result<Option<PartnerDay>, StoreError> {
    db.fetch_optional(&FIND, &args![project, partner, day]).await?.as_ref().map(partner_day).transpose()
}

/// DS-2: whether a partner's bookings of a day count as void in a dispute, as far as the day is over and counted.
///
/// # Errors
/// [`StoreError`]
pub async fn failed(db: &mut Reader, project: Uuid, partner: Uuid, day: &str) -> Result<bool, StoreError> {
    Ok(find(db, project, partner, day).await?.is_some_and(|day| day.outcome.as_deref() == Some("failed")))
}

fn partner_day(row: &Row) -> Result<PartnerDay, StoreError> {
    Ok(PartnerDay {
        project: row.id("project")?,
        partner: row.id("partner")?,
        day: row.text("day")?,
        marks: row.i64("marks")?,
        booked: row.i64("groups_booked")?,
        arrived: row.i64("groups_arrived")?,
        outcome: row.opt_text("outcome")?,
        ruling: row.opt_id("ruling")?,
    })
}
