//! What the rules need to know of bookings (BK).

use sync_core::time::Moment;
use uuid::Uuid;

use super::arg::args;
use super::moment::{grade, moment};
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "b.project, b.id, b.owner, b.holder_user, b.holder_partner, b.digits, b.name_folded, b.customer_name, b.route, \
         b.lead, b.earliest, b.latest, b.claimed, b.grade, b.day, b.state, b.cancelled_at, b.sheet"
    };
}

statements! {
    SAVE = "INSERT INTO bookings (project, id, owner, holder_user, holder_partner, digits, name_folded, customer_name,
            route, lead, earliest, latest, claimed, grade, day, state, cancelled_at, sheet)
        {rows blob, blob, blob, blob, blob, text, text, text, text, blob, bigint, bigint, bigint, text, text, text,
            bigint, blob}
        ON CONFLICT (project, id) DO UPDATE SET state = excluded.state, cancelled_at = excluded.cancelled_at,
            sheet = excluded.sheet, holder_user = excluded.holder_user, holder_partner = excluded.holder_partner,
            lead = excluded.lead";
    LOAD = concat!(
        "WITH input (project, id) AS ({rows blob, blob}) SELECT ", columns!(),
        " FROM input JOIN bookings b ON b.project = input.project AND b.id = input.id"
    );
    WITH_DIGITS = concat!(
        "SELECT ", columns!(), " FROM bookings b
        WHERE b.project = $1 AND b.digits IN {texts $2} AND b.latest >= $3 ORDER BY b.latest, b.id"
    );
    MAY_LIE_ON = concat!(
        "SELECT ", columns!(), " FROM bookings b
        WHERE b.project = $1 AND b.day >= $2 AND b.day <= $3 AND b.earliest < $4
            AND (b.latest > $5 OR (b.latest = $5 AND b.id > $6))
        ORDER BY b.latest, b.id LIMIT $7"
    );
    OPEN_MASKS = "INSERT INTO booking_masks (project, digits) {rows blob, text} ON CONFLICT (project, digits) DO NOTHING";
    LOCK_MASKS = "WITH input (project, digits) AS ({rows blob, text})
        SELECT m.project, m.digits FROM booking_masks m
        WHERE (m.project, m.digits) IN (SELECT project, digits FROM input) ORDER BY m.project, m.digits {for update}";
    LEFT_OVER = "SELECT b.project, b.id FROM feed f JOIN bookings b ON b.project = f.project AND b.id = f.record
        WHERE f.org = $1 AND f.bucket = $2 AND f.gone IS NULL AND b.day < $3 ORDER BY b.day, b.id LIMIT $4";
    BOOKED_BY = "SELECT owner AS who, COUNT(*) AS booked FROM bookings
        WHERE project = $1 AND day = $2 AND owner IN {blobs $3} GROUP BY owner";
    BOOKED_FOR = "SELECT holder_user AS who, COUNT(*) AS booked FROM bookings
            WHERE project = $1 AND day = $2 AND holder_user IN {blobs $3} AND holder_user IS NOT NULL GROUP BY holder_user
        UNION ALL SELECT holder_partner AS who, COUNT(*) AS booked FROM bookings
            WHERE project = $1 AND day = $2 AND holder_partner IN {blobs $3} AND holder_partner IS NOT NULL
            GROUP BY holder_partner";
}

/// A booking as the rules see it. The holder is the company of a partner's agent, else the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// The project.
    pub project: Uuid,
    /// Id of the record.
    pub id: Uuid,
    /// Who booked.
    pub owner: Uuid,
    /// The holder, when it is a person.
    pub holder_user: Option<Uuid>,
    /// The holder, when it is a company.
    pub holder_partner: Option<Uuid>,
    /// The masked number.
    pub digits: String,
    /// The name, folded for comparison (BK-5).
    pub name_folded: String,
    /// The name as written.
    pub customer_name: String,
    /// `booked` or `brought`.
    pub route: String,
    /// The lead it names.
    pub lead: Option<Uuid>,
    /// When it was made.
    pub moment: Moment,
    /// The project's day of `moment.latest`.
    pub day: String,
    /// `live`, `void`, `used`, `expired`, `cancelled`, `review` or `contested`.
    pub state: String,
    /// When it was cancelled, Unix ms.
    pub cancelled_at: Option<i64>,
    /// The confirmation that used it.
    pub sheet: Option<Uuid>,
}

/// Stores bookings, each once. Of one stored before, only state, sheet, holder, lead and cancellation change.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, bookings: &[Booking]) -> Result<(), StoreError> {
    let rows: Vec<_> = bookings
        .iter()
        .map(|b| {
            let m = b.moment;
            args![
                b.project,
                b.id,
                b.owner,
                b.holder_user,
                b.holder_partner,
                &b.digits,
                &b.name_folded,
                &b.customer_name,
                &b.route,
                b.lead,
                m.earliest,
                m.latest,
                m.claimed,
                grade(m.grade),
                &b.day,
                &b.state,
                b.cancelled_at,
                b.sheet
            ]
        })
        .collect();
    tx.execute_each(&SAVE, &rows).await
}

/// Locks masked numbers until the transaction ends, each given once and in order: after customers, before records. Who books a customer
/// and who receives one with these digits wait for each other (BK-7, BK-13).
///
/// # Errors
/// [`StoreError`]
pub async fn lock_masks(tx: &mut Tx, masks: &[(Uuid, String)]) -> Result<(), StoreError> {
    let rows: Vec<_> = masks.iter().map(|(project, digits)| args![*project, digits]).collect();
    tx.execute_rows(&OPEN_MASKS, &rows).await?;
    tx.fetch_rows(&LOCK_MASKS, &rows).await.map(drop)
}

/// Bookings by id; unknown ids are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, keys: &[Key]) -> Result<Vec<Booking>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    db.fetch_rows(&LOAD, &rows).await?.iter().map(booking).collect()
}

/// Bookings with one of these masked numbers, received at `since` (Unix ms) or later, by time of receipt.
///
/// # Errors
/// [`StoreError`]
pub async fn with_digits(
    db: &mut Reader,
    project: Uuid,
    digits: &[String],
    since: i64,
) -> Result<Vec<Booking>, StoreError> {
    db.fetch_all(&WITH_DIGITS, &args![project, digits, since]).await?.iter().map(booking).collect()
}

/// At most `limit` bookings of days before `today` that a bucket still holds, the oldest days first.
///
/// # Errors
/// [`StoreError`]
pub async fn left_over(
    db: &mut Reader,
    org: i64,
    bucket: &str,
    today: &str,
    limit: i64,
) -> Result<Vec<Key>, StoreError> {
    let rows = db.fetch_all(&LEFT_OVER, &args![org, bucket, today, limit]).await?;
    rows.iter().map(|row| Ok(Key { project: row.id("project")?, id: row.id("id")? })).collect()
}

/// How many bookings each of these people made on a day; those who made none are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn booked_by(
    db: &mut Reader,
    project: Uuid,
    day: &str,
    owners: &[Uuid],
) -> Result<Vec<(Uuid, i64)>, StoreError> {
    db.fetch_all(&BOOKED_BY, &args![project, day, owners]).await?.iter().map(count).collect()
}

/// How many bookings of a day there are for each of these holders, people and companies; those without one are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn booked_for(
    db: &mut Reader,
    project: Uuid,
    day: &str,
    holders: &[Uuid],
) -> Result<Vec<(Uuid, i64)>, StoreError> {
    db.fetch_all(&BOOKED_FOR, &args![project, day, holders]).await?.iter().map(count).collect()
}

fn count(row: &Row) -> Result<(Uuid, i64), StoreError> {
    Ok((row.id("who")?, row.i64("booked")?))
}

/// Bookings whose moment may lie on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MayLieOn<'a> {
    /// The project.
    pub project: Uuid,
    /// The day: they came in on it or later.
    pub first_day: &'a str,
    /// The last day on which one came in.
    pub last_day: &'a str,
    /// The end of the day, Unix ms: their interval begins before.
    pub begun_before: i64,
}

/// A page of the bookings whose moment may lie on a day, by time of receipt and id (BK-2).
///
/// # Errors
/// [`StoreError`]
pub async fn that_may_lie_on(
    db: &mut Reader,
    on: &MayLieOn<'_>,
    after: Option<(i64, Uuid)>,
    limit: i64,
) -> Result<Vec<Booking>, StoreError> {
    let (at, id) = after.unwrap_or((i64::MIN, Uuid::nil()));
    let args = args![on.project, on.first_day, on.last_day, on.begun_before, at, id, limit];
    db.fetch_all(&MAY_LIE_ON, &args).await?.iter().map(booking).collect()
}

fn booking(row: &Row) -> Result<Booking, StoreError> {
    Ok(Booking {
        project: row.id("project")?,
        id: row.id("id")?,
        owner: row.id("owner")?,
        holder_user: row.opt_id("holder_user")?,
        holder_partner: row.opt_id("holder_partner")?,
        digits: row.text("digits")?,
        name_folded: row.text("name_folded")?,
        customer_name: row.text("customer_name")?,
        route: row.text("route")?,
        lead: row.opt_id("lead")?,
        moment: moment(row)?,
        day: row.text("day")?,
        state: row.text("state")?,
        cancelled_at: row.opt_i64("cancelled_at")?,
        sheet: row.opt_id("sheet")?,
    })
}
