//! `GET /v1/projects/{project}/attendance/months/{month}`: person × day, totals, and what a closed month bears (MC-1).

use std::collections::{BTreeMap, BTreeSet};

use api_spec::attendance::{
    DayStanding, MonthAdjustment, MonthClosed, MonthDay, MonthMinutes, MonthQuery, MonthSheet, PersonMonth,
};
use api_spec::locale::Text;
use api_spec::primitives::{Instant, PageQuery, Person};
use api_spec::problem::{Code, Problem};
use chrono::{Months, NaiveDate};
use uuid::Uuid;

use super::actor::Actor;
use super::attendees::{attendees, cut};
use super::list_attendance::{minutes, outcome, standing};
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::attending::Attending;
use crate::facts::directory::Directory;
use crate::facts::person_days::Standing;
use crate::rules::calendar::Zone;
use crate::rules::person_day::DayVerdict;
use crate::state::App;
use crate::store::month_sheets::{self, Adjustment};
use crate::store::person_days::{self, PersonDay};
use crate::store::{Reader, StoreError};

/// A month of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    first: NaiveDate,
    /// The first day of the next month.
    next: NaiveDate,
}

impl Month {
    /// A month by its name, `2026-11`.
    ///
    /// # Errors
    /// `bad-parameter`
    pub fn read(text: &str) -> Result<Self, Problem> {
        let first = (text.len() == "2026-11".len()).then(|| format!("{text}-01").parse::<NaiveDate>().ok()).flatten();
        let month = first.and_then(|first| Some(Self { first, next: first.checked_add_months(Months::new(1))? }));
        month.ok_or_else(|| {
            let message = Text::new("must be a month such as 2026-11", "须为月份，如 2026-11");
            Problem::new(Code::BadParameter).at("{month}", message)
        })
    }

    /// Its days.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |day| *day < self.next)
    }

    /// Its last day.
    pub(super) fn last(self) -> NaiveDate {
        self.next.pred_opt().unwrap_or(self.first)
    }

    /// Its bounds `[from, until)`, Unix ms.
    pub(super) fn bounds(self, zone: Zone) -> (i64, i64) {
        (zone.start_of(self.first), zone.start_of(self.next))
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.first.format("%Y-%m").fmt(f)
    }
}

/// A page of a month's sheet. A closed month is shown as it was frozen.
///
/// # Errors
/// `not-found` for projects and teams outside the actor's scope, `bad-cursor`, `bad-parameter`.
pub async fn list_month(
    app: &App,
    actor: &Actor,
    (project, month): (Uuid, Month),
    query: &MonthQuery,
    page: &PageQuery,
) -> Result<MonthSheet, AppError> {
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    let people = attendees(&directory, &scope, project, query.team, month.bounds(directory.zone(project)))?;
    let seen: BTreeSet<Uuid> = people.iter().map(|each| each.id).collect();
    let (people, next_cursor) = cut(&directory, people, page)?;
    let frozen = month_sheets::find(&mut db, project, &month.to_string()).await?;
    let rows = match &frozen {
        Some(sheet) => {
            let all: Vec<PersonMonth> = serde_json::from_str(&sheet.body)
                .map_err(|error| StoreError::Inconsistent(format!("the sheet of {month}: {error}")))?;
            let wanted: BTreeSet<Uuid> = people.iter().map(|each| each.id).collect();
            all.into_iter().filter(|row| wanted.contains(&row.person.id)).collect()
        }
        None => person_months(&mut db, project, month, &people).await?,
    };
    let adjustments = month_sheets::adjustments(&mut db, project, &month.to_string()).await?;
    let adjustments = adjustments.iter().filter(|row| seen.contains(&row.subject) && page.cursor.is_none());
    Ok(MonthSheet {
        month: month.to_string(),
        closed: frozen.map(|sheet| MonthClosed {
            at: Instant(sheet.closed_at),
            by: person(&directory, sheet.closed_by),
            reason: sheet.reason,
            checksum: sheet.checksum,
        }),
        people: rows,
        adjustments: adjustments.map(|row| adjustment(&directory, row)).collect::<Result<_, _>>()?,
        next_cursor,
    })
}

/// The months of some persons, as they stand.
pub(super) async fn person_months(
    db: &mut Reader,
    project: Uuid,
    month: Month,
    people: &[Attending<'_>],
) -> Result<Vec<PersonMonth>, StoreError> {
    let ids: Vec<Uuid> = people.iter().map(|each| each.id).collect();
    let days = (month.first.to_string(), month.last().to_string());
    let rows = person_days::of_subjects(db, project, &ids, (&days.0, &days.1)).await?;
    let mut of: BTreeMap<Uuid, Vec<MonthDay>> = BTreeMap::new();
    for row in &rows {
        of.entry(row.subject).or_default().extend(day(row)?);
    }
    Ok(people.iter().map(|each| person_month(each, of.remove(&each.id).unwrap_or_default())).collect())
}

fn day(row: &PersonDay) -> Result<Option<MonthDay>, StoreError> {
    let Some(closed) = Standing::closed(row)? else { return Ok(None) };
    let day = row.day.parse().map_err(|_| StoreError::Inconsistent(format!("a person-day on {}", row.day)))?;
    // decided already, and ruled on within the minute
    let decided =
        row.decided.as_ref().filter(|_| closed.outcome == DayVerdict::Review).and_then(|word| word.parse().ok());
    Ok(Some(MonthDay { day, outcome: outcome(decided.unwrap_or(closed.outcome)), minutes: minutes(closed.minutes) }))
}

fn person_month(each: &Attending<'_>, days: Vec<MonthDay>) -> PersonMonth {
    let mut totals: BTreeMap<String, u32> = BTreeMap::new();
    let mut sum = MonthMinutes::default();
    for MonthDay { outcome, minutes, .. } in &days {
        *totals.entry(outcome.as_str().to_owned()).or_default() += 1;
        sum.late += minutes.late.unwrap_or_default();
        sum.early += minutes.early.unwrap_or_default();
        sum.worked += minutes.worked.unwrap_or_default();
        sum.breaks += minutes.breaks;
    }
    PersonMonth {
        person: Person { id: each.id, name: each.person.name.clone() },
        team: each.team,
        open: totals.get(DayVerdict::Review.as_str()).copied().unwrap_or_default(),
        days,
        totals,
        minutes: sum,
    }
}

fn adjustment(directory: &Directory, row: &Adjustment) -> Result<MonthAdjustment, StoreError> {
    let odd = || StoreError::Inconsistent(format!("the adjustment of {} on {}", row.subject, row.day));
    let read = |text: &str| -> Result<DayStanding, StoreError> {
        serde_json::from_str::<Standing>(text).map(|found| standing(&found)).map_err(|_| odd())
    };
    Ok(MonthAdjustment {
        day: row.day.parse().map_err(|_| odd())?,
        person: person(directory, row.subject),
        from: read(&row.before)?,
        to: read(&row.after)?,
        ruling: row.ruling,
        at: Instant(row.at),
    })
}
