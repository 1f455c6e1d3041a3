//! Whose attendance somebody may look at: the teams one leads, all for the back office and the site lead, else oneself.

use api_spec::primitives::PageQuery;
use api_spec::problem::{Code, Problem};
use uuid::Uuid;

use super::page::Wanted;
use super::scope::Scope;
use crate::facts::attending::Attending;
use crate::facts::directory::Directory;

/// Those whose attendance is taken at some time in `[from, until)` (Unix ms), by name and id.
///
/// # Errors
/// `not-found` for projects and teams outside the actor's scope.
pub(super) fn attendees<'a>(
    directory: &'a Directory,
    scope: &Scope,
    project: Uuid,
    team: Option<Uuid>,
    bounds: (i64, i64),
) -> Result<Vec<Attending<'a>>, Problem> {
    if !scope.projects.contains(&project) {
        return Err(Code::NotFound.into());
    }
    let all = scope.is_office(project) || scope.is_site_lead(project);
    let is_here = |team: Uuid| directory.teams.get(&team).is_some_and(|team| team.project == project);
    let may = |team: Uuid| is_here(team) && (all || scope.teams.contains(&team));
    if team.is_some_and(|team| !may(team)) {
        return Err(Code::NotFound.into());
    }
    let mut people = directory.attending(project, bounds);
    people.retain(|each| {
        let led = each.team.is_some_and(|team| scope.teams.contains(&team));
        (all || led || each.id == scope.user) && team.is_none_or(|team| each.team == Some(team))
    });
    people.sort_by_key(|each| (each.person.name.as_str(), each.id));
    Ok(people)
}

/// A page of people by name and id; the cursor is the last one's id.
///
/// # Errors
/// `bad-cursor`, `bad-parameter`.
pub(super) fn cut<'a>(
    directory: &Directory,
    people: Vec<Attending<'a>>,
    page: &PageQuery,
) -> Result<(Vec<Attending<'a>>, Option<String>), Problem> {
    let after = page.cursor.as_ref().map(|cursor| cursor.parse::<Uuid>().map_err(|_| Code::BadCursor)).transpose()?;
    let wanted = Wanted::read(&PageQuery { cursor: None, ..page.clone() })?;
    let place = match after {
        Some(id) => Some((directory.people.get(&id).ok_or(Code::BadCursor)?.name.as_str(), id)),
        None => None,
    };
    let rest = people.into_iter().filter(|each| place.is_none_or(|place| (each.person.name.as_str(), each.id) > place));
    let limit = usize::try_from(wanted.rows()).unwrap_or(usize::MAX) - 1;
    let mut rows: Vec<_> = rest.take(limit + 1).collect();
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| last.id.to_string());
    Ok((rows, next))
}
