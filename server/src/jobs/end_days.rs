//! A project's day is over: unused bookings expire and leave the bookings of the day (BK-2, BK-6), drafts of daily logs count as missed
//! (WL-1, WL-4).

use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::{BATCH, begin};
use crate::error::AppError;
use crate::facts::directory::bucket;
use crate::facts::{Facts, Need, Unit};
use crate::rules::booking::BookingVerdict;
use crate::state::App;
use crate::store::records::{self, Filter, Whose};
use crate::store::{Key, Reader, StoreError, Tx, bookings, run_tx};
use crate::sync::judge::Judge;

/// How far back drafts of logs are looked for.
const DRAFTS_BACK: Days = Days::new(31);

/// Ends the days of a project before `today`.
///
/// # Errors
/// Those of the store.
pub(super) async fn run(app: &App, org: i64, project: Uuid, today: NaiveDate) -> Result<(), AppError> {
    while run_tx(&app.db, "expire_bookings", async |mut tx| expire(app, &mut tx, org, project, today).await).await? {}
    while run_tx(&app.db, "miss_logs", async |mut tx| miss(app, &mut tx, org, project, today).await).await? {}
    Ok(())
}

/// BK-6, BK-2: whether there may be more.
async fn expire(app: &App, tx: &mut Tx, org: i64, project: Uuid, today: NaiveDate) -> Result<bool, AppError> {
    let unit = begin(app, tx, org, "end_days").await?;
    let keys = bookings::left_over(tx, org, &bucket::bookings(project), &today.to_string(), BATCH).await?;
    let mut facts = load(tx, &unit, &keys).await?;
    for key in &keys {
        let Some(record) = facts.records.get(key).cloned() else { continue };
        let state = facts.bookings.get(key).and_then(|row| row.state.parse().ok());
        match state {
            Some(BookingVerdict::Live | BookingVerdict::Review | BookingVerdict::Contested) => {
                Judge { directory: &unit.directory, facts: &mut facts }.expire_booking(record);
            }
            // its audience is without the bookings of the day from now on
            _ => facts.records.put(*key, record),
        }
    }
    facts.save(tx, &unit).await?;
    Ok(is_full(&keys))
}

/// WL-1, WL-4: whether there may be more. A log that its phone hands in later is judged by its own moment.
async fn miss(app: &App, tx: &mut Tx, org: i64, project: Uuid, today: NaiveDate) -> Result<bool, AppError> {
    let unit = begin(app, tx, org, "end_days").await?;
    let keys = drafts(tx, project, today).await?;
    let mut facts = load(tx, &unit, &keys).await?;
    for key in &keys {
        let draft = facts.records.get(key).filter(|record| record.phase == "draft").cloned();
        if let Some(record) = draft {
            Judge { directory: &unit.directory, facts: &mut facts }.miss_log(record);
        }
    }
    facts.save(tx, &unit).await?;
    Ok(is_full(&keys))
}

async fn load(tx: &mut Tx, unit: &Unit, keys: &[Key]) -> Result<Facts, AppError> {
    let mut need = Need::default();
    for key in keys {
        need.record(*key);
    }
    Facts::load(tx, unit, &need).await
}

/// A batch that is not full was the last.
fn is_full(keys: &[Key]) -> bool {
    i64::try_from(keys.len()).is_ok_and(|count| count >= BATCH)
}

async fn drafts(db: &mut Reader, project: Uuid, today: NaiveDate) -> Result<Vec<Key>, StoreError> {
    let first = today.checked_sub_days(DRAFTS_BACK).unwrap_or(today).to_string();
    let last = today.pred_opt().unwrap_or(today).to_string();
    let filter = Filter {
        project,
        kind: "daily_log",
        days: (&first, &last),
        owner: None,
        team: None,
        phase: Some("draft"),
        whose: Whose::Everybody,
        after: None,
    };
    let rows = records::list(db, &filter, BATCH).await?;
    Ok(rows.into_iter().map(|row| Key { project, id: row.id }).collect())
}
