//! The rotation (A位): who takes part, and in which order (CF-4).

use std::collections::{BTreeMap, BTreeSet};

use api_spec::desk::{Rotation, RotationPlace};
use api_spec::primitives::{self, Instant};
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use crate::error::AppError;
use crate::facts::directory::{Directory, Person};
use crate::rules::attendance::{CheckInType, CheckInVerdict};
use crate::state::App;
use crate::store::checkins::{self, Checkin};
use crate::store::rotation::{self, next};
use crate::store::{Reader, StoreError};

/// `GET /v1/projects/{project}/rotation`: whose turn it is.
///
/// # Errors
/// Those of the store.
pub async fn show_rotation(app: &App, actor: &Actor, project: Uuid) -> Result<Rotation, AppError> {
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    read(&mut db, &directory, project, app.clock.now()).await
}

/// The rotation as it stands at an instant (Unix ms).
pub(super) async fn read(
    db: &mut Reader,
    directory: &Directory,
    project: Uuid,
    now: i64,
) -> Result<Rotation, AppError> {
    let day = directory.zone(project).day_of(now).to_string();
    let present = checked_in(db, project, &day).await?;
    let taking_part = candidates(db, directory, project, &day, now).await?;
    let mut all = active_consultants(directory, project, now);
    let last = rotation::last_turns(db, project, &all).await?;
    let place = |consultant: &Uuid| taking_part.iter().position(|each| each == consultant).unwrap_or(usize::MAX);
    all.sort_by_key(|consultant| {
        (!taking_part.contains(consultant), last.get(consultant).copied().unwrap_or(0), place(consultant))
    });
    let today = rotation::of_day(db, project, &day).await?;
    let shown = |consultant: &Uuid| {
        let used = || today.iter().filter(|turn| turn.consultant == *consultant && turn.reason.is_none());
        RotationPlace {
            consultant: person(directory, *consultant),
            present: present.contains_key(consultant),
            turns: used().count() as u64,
            last_turn_at: used().map(|turn| Instant(turn.at)).max(),
        }
    };
    Ok(Rotation {
        next: next(&taking_part, &last).map(|consultant| person(directory, consultant)),
        consultants: all.iter().map(shown).collect(),
    })
}

/// The consultants who work on a project at an instant (Unix ms), by login name.
pub(super) fn active_consultants(directory: &Directory, project: Uuid, at: i64) -> Vec<Uuid> {
    let works = |person: &Person| {
        let ended = person.ended_at.is_some_and(|ended| ended <= at);
        let receives = person.memberships.iter().any(|membership| {
            membership.project == project && membership.role == Role::Consultant && membership.holds_at(at)
        });
        receives && !ended
    };
    let mut active: Vec<_> = directory.people.iter().filter(|(_, person)| works(person)).collect();
    active.sort_by_key(|(_, person)| &person.username);
    active.into_iter().map(|(id, _)| *id).collect()
}

/// Who takes part in the rotation: those who are checked in, in that order; all active ones where nobody is.
pub(super) async fn candidates(
    db: &mut Reader,
    directory: &Directory,
    project: Uuid,
    day: &str,
    now: i64,
) -> Result<Vec<Uuid>, StoreError> {
    let active = active_consultants(directory, project, now);
    let since = checked_in(db, project, day).await?;
    let mut present: Vec<Uuid> = active.iter().copied().filter(|consultant| since.contains_key(consultant)).collect();
    present.sort_by_key(|consultant| since.get(consultant));
    Ok(if present.is_empty() { active } else { present })
}

/// Who is checked in, and since when (Unix ms).
async fn checked_in(db: &mut Reader, project: Uuid, day: &str) -> Result<BTreeMap<Uuid, i64>, StoreError> {
    let rows = checkins::of_day(db, project, day).await?;
    let counts = |row: &&Checkin| row.verdict != CheckInVerdict::Void.as_str() && row.verdict != "withdrawn";
    let is = |row: &Checkin, kind: CheckInType| row.kind == kind.as_str();
    let mut since = BTreeMap::new();
    for row in rows.iter().filter(counts) {
        if is(row, CheckInType::On) {
            since.entry(row.subject).or_insert(row.moment.latest);
        }
    }
    let left: BTreeSet<Uuid> = rows
        .iter()
        .filter(counts)
        .filter(|row| is(row, CheckInType::Off) && since.get(&row.subject).is_some_and(|at| row.moment.latest > *at))
        .map(|row| row.subject)
        .collect();
    since.retain(|subject, _| !left.contains(subject));
    Ok(since)
}

/// Somebody by name.
pub(super) fn person(directory: &Directory, id: Uuid) -> primitives::Person {
    let name = directory.people.get(&id).map(|person| person.name.clone());
    primitives::Person { id, name: name.unwrap_or_default() }
}
