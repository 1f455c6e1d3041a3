//! What canvassing came to: tallies by day, and what followed from them.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Reader, StoreError, Tx};

/// Who counts: `$4` everybody, else the persons `$5`; with a post `$6`, those alone who canvassed there on that day.
macro_rules! canvassed {
    ($owner:literal, $day:literal) => {
        concat!(
            "($4 OR ",
            $owner,
            " IN {blobs $5}) AND (EXISTS (SELECT 1 FROM tallies t WHERE t.project = $1 AND t.day = ",
            $day,
            " AND t.owner = ",
            $owner,
            " AND t.post = $6) OR $6 IS NULL)"
        )
    };
}

statements! {
    SAVE = "INSERT INTO tallies (project, id, day, owner, post, flyers, contacts, interested, brought)
        {rows blob, blob, text, blob, blob, bigint, bigint, bigint, bigint}
        ON CONFLICT (project, id) DO UPDATE SET post = excluded.post, flyers = excluded.flyers,
            contacts = excluded.contacts, interested = excluded.interested, brought = excluded.brought";
    BY_DAY = "SELECT day, CAST(SUM(flyers) AS BIGINT) AS flyers, CAST(SUM(contacts) AS BIGINT) AS contacts,
            CAST(SUM(interested) AS BIGINT) AS interested, CAST(SUM(brought) AS BIGINT) AS brought FROM tallies
        WHERE project = $1 AND day >= $2 AND day <= $3 AND ($4 OR owner IN {blobs $5}) AND (post = $6 OR $6 IS NULL)
        GROUP BY day";
    LEADS = concat!(
        "SELECT r.day, COUNT(*) AS counted FROM records r
        WHERE r.project = $1 AND r.kind = 'lead' AND r.day >= $2 AND r.day <= $3 AND NOT r.deleted AND ",
        canvassed!("r.owner", "r.day"), " GROUP BY r.day"
    );
    BOOKINGS = concat!(
        "SELECT b.day, COUNT(*) AS counted FROM bookings b
        WHERE b.project = $1 AND b.day >= $2 AND b.day <= $3 AND b.cancelled_at IS NULL AND ",
        canvassed!("b.owner", "b.day"), " GROUP BY b.day"
    );
    ARRIVALS = "SELECT c.arrived_at, c.holder_user, p.state FROM confirmations c
        LEFT JOIN protections p ON p.project = c.project AND p.class = 'sheet' AND p.customer = c.customer
            AND p.ended_at IS NULL
        WHERE c.project = $1 AND c.arrived_at >= $2 AND c.arrived_at < $3 AND c.state = 'valid'
            AND ($4 OR c.holder_user IN {blobs $5})";
    AT_POST = "SELECT DISTINCT day, owner FROM tallies WHERE project = $1 AND day >= $2 AND day <= $3 AND post = $4";
}

/// The tally of one stint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The project.
    pub project: Uuid,
    /// Id of the record.
    pub id: Uuid,
    /// The project's day.
    pub day: String,
    /// Who opened it.
    pub owner: Uuid,
    /// Where.
    pub post: Option<Uuid>,
    /// What was counted.
    pub counts: Counts,
}

/// What is counted while canvassing; never below 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Flyers given out.
    pub flyers: i64,
    /// People talked to.
    pub contacts: i64,
    /// Those who were interested.
    pub interested: i64,
    /// Those who came along.
    pub brought: i64,
}

/// The days and people a funnel is about.
#[derive(Debug, Clone, Copy)]
pub struct Span<'a> {
    /// The project.
    pub project: Uuid,
    /// First and last day.
    pub days: (&'a str, &'a str),
    /// Only what these did; `None` for everybody.
    pub owners: Option<&'a [Uuid]>,
    /// Only who canvassed at this post on the day.
    pub post: Option<Uuid>,
}

/// Stores tallies, each once, new ones and changed ones.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, tallies: &[Tally]) -> Result<(), StoreError> {
    let rows: Vec<_> = tallies
        .iter()
        .map(|t| {
            let c = t.counts;
            args![t.project, t.id, &t.day, t.owner, t.post, c.flyers, c.contacts, c.interested, c.brought]
        })
        .collect();
    tx.execute_each(&SAVE, &rows).await
}

/// What was counted, by day.
///
/// # Errors
/// [`StoreError`]
pub async fn by_day(db: &mut Reader, span: &Span<'_>) -> Result<Vec<(String, Counts)>, StoreError> {
    let s = span;
    let args = args![s.project, s.days.0, s.days.1, s.owners.is_none(), s.owners.unwrap_or_default(), s.post];
    let rows = db.fetch_all(&BY_DAY, &args).await?;
    rows.iter()
        .map(|row| {
            let counts = Counts {
                flyers: row.i64("flyers")?,
                contacts: row.i64("contacts")?,
                interested: row.i64("interested")?,
                brought: row.i64("brought")?,
            };
            Ok((row.text("day")?, counts))
        })
        .collect()
}

/// Leads and bookings by day: the day, and how many.
///
/// # Errors
/// [`StoreError`]
pub async fn followed(
    db: &mut Reader,
    span: &Span<'_>,
) -> Result<(Vec<(String, i64)>, Vec<(String, i64)>), StoreError> {
    let s = span;
    let mut counted = [Vec::new(), Vec::new()];
    for (sql, counted) in [&LEADS, &BOOKINGS].into_iter().zip(&mut counted) {
        let args = args![s.project, s.days.0, s.days.1, s.owners.is_none(), s.owners.unwrap_or_default(), s.post];
        for row in db.fetch_all(sql, &args).await? {
            counted.push((row.text("day")?, row.i64("counted")?));
        }
    }
    let [leads, bookings] = counted;
    Ok((leads, bookings))
}

/// The valid arrivals between two instants (Unix ms) of customers of these holders: when, whose, and whether a deal came of it.
///
/// # Errors
/// [`StoreError`]
pub async fn arrivals(
    db: &mut Reader,
    project: Uuid,
    (from, until): (i64, i64),
    holders: Option<&[Uuid]>,
) -> Result<Vec<(i64, Option<Uuid>, bool)>, StoreError> {
    let args = args![project, from, until, holders.is_none(), holders.unwrap_or_default()];
    let rows = db.fetch_all(&ARRIVALS, &args).await?;
    rows.iter()
        .map(|row| {
            let is_deal = row.opt_text("state")?.as_deref() == Some("deal");
            Ok((row.i64("arrived_at")?, row.opt_id("holder_user")?, is_deal))
        })
        .collect()
}

/// Who canvassed at a post on which day.
///
/// # Errors
/// [`StoreError`]
pub async fn at_post(
    db: &mut Reader,
    project: Uuid,
    days: (&str, &str),
    post: Uuid,
) -> Result<Vec<(String, Uuid)>, StoreError> {
    let rows = db.fetch_all(&AT_POST, &args![project, days.0, days.1, post]).await?;
    rows.iter().map(|row| Ok((row.text("day")?, row.id("owner")?))).collect()
}
