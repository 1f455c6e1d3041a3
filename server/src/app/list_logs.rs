//! `GET /v1/daily-logs`: the logs of a team's day, and who has none (WL-7).

use std::collections::BTreeSet;

use api_spec::logs::{LogList, LogPhase, LogQuery};
use api_spec::primitives::{PageQuery, Person};
use api_spec::problem::Code;
use chrono::NaiveDate;
use sync_core::people::{Employment, Role};
use uuid::Uuid;

use super::actor::Actor;
use super::daily_log::describe;
use super::page::Wanted;
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::{Directory, Membership};
use crate::facts::record::Record;
use crate::facts::stored;
use crate::state::App;
use crate::store::records::{self, Filter, Whose};
use crate::store::{Reader, checkins};

/// Logs of one team and day that are read at most.
const DAY: i64 = 2_000;

/// A page of the logs of a day, by receipt, of one team or of every team the actor reviews; with everybody who was present and has not handed
/// one in.
///
/// # Errors
/// `not-found` for teams the actor does not review, `bad-cursor`, `bad-parameter`.
pub async fn list_logs(app: &App, actor: &Actor, query: &LogQuery, page: &PageQuery) -> Result<LogList, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    let scope = Scope::of(actor, &directory, now);
    let (mut logs, mut missing) = (Vec::new(), Vec::new());
    for (team, project) in teams(&scope, &directory, query.team)? {
        let day = query.day.unwrap_or_else(|| directory.zone(project).day_of(now));
        let of_team = of_team(&mut db, project, team, day).await?;
        missing.extend(without_log(&mut db, &directory, (project, team), day, &of_team).await?);
        logs.extend(of_team);
    }
    missing.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    logs.retain(|log| query.phase.is_none_or(|phase| log.phase == word(phase)));
    let place = |log: &Record| (log.created.latest, log.key.id);
    logs.sort_by_key(place);
    logs.retain(|log| wanted.after.is_none_or(|after| place(log) > after));
    let (logs, next_cursor) = wanted.cut(logs, place);
    let items = logs.iter().map(|log| describe(&directory, log)).collect::<Result<_, _>>()?;
    Ok(LogList { items, missing, next_cursor })
}

/// The teams whose logs the actor reads: those led, and for the back office all.
///
/// # Errors
/// `not-found`
fn teams(scope: &Scope, directory: &Directory, named: Option<Uuid>) -> Result<Vec<(Uuid, Uuid)>, Code> {
    let reads = |id: &Uuid, project: Uuid| scope.teams.contains(id) || scope.is_office(project);
    let all = directory.teams.iter().filter(|(id, team)| reads(id, team.project)).map(|(id, team)| (*id, team.project));
    match named {
        None => Ok(all.collect()),
        Some(named) => {
            all.filter(|(id, _)| *id == named).map(|team| Ok(vec![team])).next().unwrap_or(Err(Code::NotFound))
        }
    }
}

async fn of_team(db: &mut Reader, project: Uuid, team: Uuid, day: NaiveDate) -> Result<Vec<Record>, AppError> {
    let day = day.to_string();
    let filter = Filter {
        project,
        kind: "daily_log",
        days: (&day, &day),
        owner: None,
        team: Some(team),
        phase: None,
        whose: Whose::Everybody,
        after: None,
    };
    let rows = records::list(db, &filter, DAY).await?;
    Ok(rows.into_iter().map(stored::record).collect::<Result<_, _>>()?)
}

/// WL-1, WL-7: members who were present that day, and have handed nothing in. Partners' agents write no logs.
async fn without_log(
    db: &mut Reader,
    directory: &Directory,
    (project, team): (Uuid, Uuid),
    day: NaiveDate,
    logs: &[Record],
) -> Result<Vec<Person>, AppError> {
    let (from, until) = directory.zone(project).bounds(day);
    let was_member = |membership: &Membership| {
        membership.team == Some(team)
            && matches!(membership.role, Role::Promoter | Role::TeamLead)
            && membership.from < until
            && membership.until.is_none_or(|end| end > from)
    };
    let members: Vec<Uuid> = directory
        .people
        .iter()
        .filter(|(_, person)| person.employment != Some(Employment::Agent) && person.memberships.iter().any(was_member))
        .map(|(id, _)| *id)
        .collect();
    let text = day.to_string();
    let came = checkins::of_subjects(db, project, &members, (&text, &text)).await?;
    let present: BTreeSet<Uuid> = came
        .iter()
        .filter(|row| row.kind == "on" && row.verdict != "void" && row.verdict != "withdrawn")
        .map(|row| row.subject)
        .collect();
    let is_handed_in = |log: &&Record| match log.phase.as_str() {
        "draft" => false,
        "missed" => log.ruled.contains_key("submitted"),
        _ => true,
    };
    let handed_in: BTreeSet<Uuid> = logs.iter().filter(is_handed_in).filter_map(|log| log.owner).collect();
    Ok(present.difference(&handed_in).map(|id| person(directory, *id)).collect())
}

fn word(phase: LogPhase) -> &'static str {
    match phase {
        LogPhase::Draft => "draft",
        LogPhase::Submitted => "submitted",
        LogPhase::Returned => "returned",
        LogPhase::Approved => "approved",
        LogPhase::Missed => "missed",
    }
}
