//! `GET /v1/projects/{project}/bookings`: the booking feed of a day (BK-2).

use api_spec::desk::{Booking, BookingQuery, Route};
use api_spec::primitives::{Instant, Page, PageQuery};
use chrono::Days;
use serde_json::Value;
use sync_core::time::rfc3339;
use uuid::Uuid;

use super::actor::Actor;
use super::page::Wanted;
use super::rotation::person;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::record::Record;
use crate::facts::stored::record;
use crate::state::App;
use crate::store::bookings::{self, MayLieOn};
use crate::store::{Key, records};

/// For how many days after it was made a booking may come in and still be listed with its day: so long do phones of ended accounts push.
const LATE_DAYS: u64 = 14;

/// A page of the bookings that may lie on a day, in server order.
///
/// # Errors
/// `bad-cursor`, `bad-parameter`.
pub async fn list_bookings(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &BookingQuery,
    page: &PageQuery,
) -> Result<Page<Booking>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let zone = directory.zone(project);
    let day = query.day.unwrap_or_else(|| zone.day_of(app.clock.now()));
    let (_, end) = zone.bounds(day);
    let last = day.checked_add_days(Days::new(LATE_DAYS)).unwrap_or(day).to_string();
    let on = MayLieOn { project, first_day: &day.to_string(), last_day: &last, begun_before: end };
    let rows = bookings::that_may_lie_on(&mut db, &on, wanted.after, wanted.rows()).await?;
    let (rows, next_cursor) = wanted.cut(rows, |row| (row.moment.latest, row.id));
    let keys: Vec<Key> = rows.iter().map(|row| Key { project, id: row.id }).collect();
    let mut stored = records::load(&mut db, &keys).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in &rows {
        if let Some(stored) = stored.remove(&Key { project, id: row.id }) {
            items.push(describe(&directory, row, &record(stored)?));
        }
    }
    Ok(Page { items, next_cursor })
}

/// A booking as its readers see it.
pub(super) fn describe(directory: &Directory, row: &bookings::Booking, record: &Record) -> Booking {
    let text = |field: &str| record.state.text(field).map(str::to_owned);
    let instant = |field: &str| {
        let value = record.state.value(field).and_then(Value::as_str)?;
        rfc3339::parse(value).ok().map(Instant)
    };
    Booking {
        id: row.id,
        customer_name: row.customer_name.clone(),
        phone_masked: row.digits.clone(),
        route: if row.route == "brought" { Route::Brought } else { Route::Booked },
        owner: person(directory, row.owner),
        subject: record.id_of("subject").map(|subject| person(directory, subject)),
        partner: row.holder_partner,
        consultant: record.id_of("consultant"),
        area: text("area"),
        expected_at: instant("expected_at"),
        note: text("note"),
        phase: record.phase.clone(),
        verdict: record.verdict.clone(),
        moment: row.moment,
    }
}
