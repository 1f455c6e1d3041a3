//! `GET /v1/projects/{project}/attendance`: what the day of everybody came to, or has come to so far (AT).

use std::collections::BTreeMap;

use api_spec::attendance::{AttendanceDay, AttendanceQuery, DayFlag, DayMinutes, DayOutcome, DayStanding, PersonDay};
use api_spec::messages;
use api_spec::primitives::{PageQuery, Person as Named};
use sync_core::time::Moment;
use uuid::Uuid;

use super::actor::Actor;
use super::attendees::{attendees, cut};
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::attending::Attending;
use crate::facts::person_days::{Standing, day_key, load};
use crate::facts::record::Record;
use crate::facts::stored;
use crate::rules::attendance::CheckInType;
use crate::rules::person_day::{self, Counts, DayRuling, DayVerdict, PersonDayFacts};
use crate::state::App;
use crate::store::person_days::PersonDay as Row;
use crate::store::{Key, StoreError, person_days, records};

/// A page of a day of everybody whose attendance is taken and whom the actor may see.
///
/// # Errors
/// `not-found` for projects and teams outside the actor's scope, `bad-cursor`, `bad-parameter`.
pub async fn list_attendance(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &AttendanceQuery,
    page: &PageQuery,
) -> Result<AttendanceDay, AppError> {
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    let scope = Scope::of(actor, &directory, now);
    let zone = directory.zone(project);
    let day = query.day.unwrap_or_else(|| zone.day_of(now));
    let people = attendees(&directory, &scope, project, query.team, zone.bounds(day))?;
    let (people, next_cursor) = cut(&directory, people, page)?;
    let ids: Vec<Uuid> = people.iter().map(|each| each.id).collect();
    let text = day.to_string();
    let rows = person_days::of_subjects(&mut db, project, &ids, (&text, &text)).await?;
    let known = load(&mut db, &directory, (project, day), &people, &rows).await?;
    let rows: BTreeMap<Uuid, Row> = rows.into_iter().map(|row| (row.subject, row)).collect();
    let policy = directory.policy(project, now);
    let mut shown = Vec::new();
    for person in &people {
        let Some(facts) = known.get(&person.id) else { continue };
        let ruled = if now < zone.bounds(day).1 {
            person_day::so_far(facts, &policy, now).filter(|_| now >= zone.bounds(day).0)
        } else {
            Some(person_day::decide(facts, &policy))
        };
        let row = rows.get(&person.id).filter(|row| row.outcome.is_some());
        shown.push((person, facts, row, ruled));
    }
    let keys: Vec<Key> =
        shown.iter().map(|(_, facts, row, ruled)| subject(project, facts, *row, ruled.as_ref())).collect();
    let mut found = BTreeMap::new();
    for (key, row) in records::load(&mut db, &keys).await? {
        found.insert(key, stored::record(row)?);
    }
    let entries = shown.into_iter().zip(&keys);
    let people = entries.map(|((person, facts, row, ruled), key)| show(person, facts, (row, ruled), found.get(key)));
    Ok(AttendanceDay { day, people: people.collect::<Result<_, _>>()?, next_cursor })
}

/// The record whose verdict tells why: the closed day, else the check-in that gives the arrival.
fn subject(project: Uuid, facts: &PersonDayFacts, row: Option<&Row>, ruled: Option<&DayRuling>) -> Key {
    let arrived = ruled.and_then(|ruled| ruled.arrived);
    let ons = || facts.checks.iter().filter(|check| check.kind == CheckInType::On && check.counts != Counts::No);
    let arrival = ons().find(|check| Some(check.moment) == arrived).or_else(|| ons().next());
    match (row, arrival) {
        (None, Some(check)) => Key { project, id: check.id },
        _ => day_key(project, facts.subject, facts.day),
    }
}

fn show(
    person: &Attending<'_>,
    facts: &PersonDayFacts,
    (row, ruled): (Option<&Row>, Option<DayRuling>),
    record: Option<&Record>,
) -> Result<PersonDay, StoreError> {
    let closed = row.map(Standing::closed).transpose()?.flatten();
    let adjusted = row.filter(|row| row.adjusted.is_some()).map(Standing::of).transpose()?.flatten();
    let at = |name: &str| -> Option<Moment> {
        let moment = record.filter(|record| record.kind == "person_day")?.ruled.get(name)?;
        serde_json::from_value(moment.clone()).ok()
    };
    let moments = ruled.as_ref().map_or((None, None), |ruled| (ruled.arrived, ruled.left));
    let (arrived, left) = if closed.is_some() { (at("arrived"), at("left")) } else { moments };
    let flags = match row {
        Some(row) => serde_json::from_str(&row.flags)
            .map_err(|error| StoreError::Inconsistent(format!("flags of {} on {}: {error}", row.subject, row.day)))?,
        None => ruled.as_ref().map(|ruled| ruled.flags.clone()).unwrap_or_default(),
    };
    let is_closed = closed.is_some();
    let standing =
        closed.or(ruled.map(|DayRuling { ruling, minutes, .. }| Standing { outcome: ruling.outcome, minutes }));
    Ok(PersonDay {
        person: Named { id: person.id, name: person.person.name.clone() },
        team: person.team,
        day: facts.day,
        closed: is_closed,
        outcome: standing.as_ref().map(|standing| outcome(standing.outcome)),
        arrived,
        left,
        minutes: standing.map(|standing| minutes(standing.minutes)).unwrap_or_default(),
        flags: flags.iter().map(|flag| self::flag(facts, flag)).collect(),
        open: facts.checks.iter().filter(|check| check.counts == Counts::Review).map(|check| check.id).collect(),
        adjusted: adjusted.map(|standing| self::standing(&standing)),
        verdict: record.and_then(|record| record.verdict.clone()),
    })
}

fn flag(facts: &PersonDayFacts, flag: &person_day::DayFlag) -> DayFlag {
    let rule = flag.rule.as_str();
    let message = messages::message(rule, flag.answer, &flag.facts, &facts.zone.tz()).both();
    DayFlag { rule: rule.to_owned(), severe: flag.severe, message }
}

pub(super) fn standing(standing: &Standing) -> DayStanding {
    DayStanding { outcome: outcome(standing.outcome), minutes: minutes(standing.minutes) }
}

pub(super) fn minutes(minutes: person_day::DayMinutes) -> DayMinutes {
    let person_day::DayMinutes { late, early, worked, breaks } = minutes;
    DayMinutes { late, early, worked, breaks }
}

pub(super) fn outcome(outcome: DayVerdict) -> DayOutcome {
    match outcome {
        DayVerdict::OnTime => DayOutcome::OnTime,
        DayVerdict::Late => DayOutcome::Late,
        DayVerdict::Absent => DayOutcome::Absent,
        DayVerdict::EarlyLeave => DayOutcome::EarlyLeave,
        DayVerdict::Review => DayOutcome::Review,
        DayVerdict::Off => DayOutcome::Off,
        DayVerdict::Excused => DayOutcome::Excused,
    }
}
