//! `GET /v1/projects/{project}/attendance`: who came and went on a day, as far as the check-ins say (AT-5).

use api_spec::attendance::{AttendanceDay, AttendanceQuery, DayOutcome, PersonDay};
use api_spec::problem::Code;
use sync_core::people::{Employment, Role};
use uuid::Uuid;

use super::actor::Actor;
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::{Directory, Membership};
use crate::facts::stored;
use crate::rules::attendance::{CheckInVerdict, minutes_late};
use crate::state::App;
use crate::store::checkins::{self, Checkin};
use crate::store::{Key, Reader, records};

/// A day of everybody whose attendance is taken and whom the actor may see: the teams one leads, all for the back office and the site lead,
/// else oneself.
///
/// # Errors
/// `not-found` for projects and teams outside the actor's scope.
pub async fn list_attendance(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &AttendanceQuery,
) -> Result<AttendanceDay, AppError> {
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    let scope = Scope::of(actor, &directory, now);
    if !scope.projects.contains(&project) {
        return Err(Code::NotFound.into());
    }
    let all = scope.is_office(project) || scope.is_site_lead(project);
    let may = |team: Uuid| scope.teams.contains(&team) || (all && is_of(&directory, team, project));
    if query.team.is_some_and(|team| !may(team)) {
        return Err(Code::NotFound.into());
    }
    let day = query.day.unwrap_or_else(|| directory.zone(project).day_of(now));
    let (from, until) = directory.zone(project).bounds(day);
    let mut people: Vec<(Uuid, Option<Uuid>)> = Vec::new();
    for (id, person) in directory.people.iter().filter(|(_, person)| person.employment != Some(Employment::Agent)) {
        let there = |each: &&Membership| {
            each.project == project
                && matches!(each.role, Role::Promoter | Role::TeamLead | Role::Consultant)
                && each.from < until
                && each.until.is_none_or(|end| end > from)
        };
        let Some(membership) = person.memberships.iter().rfind(there) else { continue };
        let led = membership.team.is_some_and(|team| scope.teams.contains(&team));
        if (all || led || *id == scope.user) && query.team.is_none_or(|team| membership.team == Some(team)) {
            people.push((*id, membership.team));
        }
    }
    let ids: Vec<Uuid> = people.iter().map(|(id, _)| *id).collect();
    let text = day.to_string();
    let rows = checkins::of_subjects(&mut db, project, &ids, (&text, &text)).await?;
    let mut days = Vec::new();
    for (id, team) in people {
        let own: Vec<&Checkin> = rows.iter().filter(|row| row.subject == id).collect();
        days.push(person_day(&mut db, &directory, (id, team), &own).await?);
    }
    days.sort_by(|one, other| (&one.person.name, one.person.id).cmp(&(&other.person.name, other.person.id)));
    Ok(AttendanceDay { day, people: days })
}

fn is_of(directory: &Directory, team: Uuid, project: Uuid) -> bool {
    directory.teams.get(&team).is_some_and(|team| team.project == project)
}

/// AT-5: the arrival is the earliest `on` that counts, else one that waits for a decision; the departure the latest `off` that counts.
async fn person_day(
    db: &mut Reader,
    directory: &Directory,
    (id, team): (Uuid, Option<Uuid>),
    rows: &[&Checkin],
) -> Result<PersonDay, AppError> {
    let verdict = |row: &Checkin| row.verdict.parse().ok();
    let at = |row: &&&Checkin| row.moment.by_claim().latest;
    let on = |wanted: fn(CheckInVerdict) -> bool| {
        rows.iter().filter(|row| row.kind == "on" && verdict(row).is_some_and(wanted)).min_by_key(at)
    };
    let counted = on(|verdict| matches!(verdict, CheckInVerdict::OnTime | CheckInVerdict::Late));
    let arrival = counted.or_else(|| on(|verdict| verdict == CheckInVerdict::Review));
    let is_off = |row: &&&Checkin| row.kind == "off" && verdict(row) == Some(CheckInVerdict::Counted);
    let left = rows.iter().filter(is_off).max_by_key(at);
    let outcome = arrival.and_then(|row| verdict(row)).and_then(|verdict| match verdict {
        CheckInVerdict::OnTime => Some(DayOutcome::OnTime),
        CheckInVerdict::Late => Some(DayOutcome::Late),
        CheckInVerdict::Review => Some(DayOutcome::Review),
        CheckInVerdict::Counted | CheckInVerdict::Void => None,
    });
    let record = match arrival {
        Some(row) => {
            let key = Key { project: row.project, id: row.id };
            records::load(db, &[key]).await?.remove(&key).map(stored::record).transpose()?
        }
        None => None,
    };
    let late = arrival.filter(|_| outcome == Some(DayOutcome::Late)).map(|row| {
        let policy = directory.policy(row.project, row.moment.latest);
        u32::try_from(minutes_late(directory.zone(row.project), &row.moment, &policy)).unwrap_or_default()
    });
    Ok(PersonDay {
        person: person(directory, id),
        team,
        outcome,
        arrived: counted.map(|row| row.moment),
        left: left.map(|row| row.moment),
        late_minutes: late,
        verdict: record.and_then(|record| record.verdict),
    })
}
