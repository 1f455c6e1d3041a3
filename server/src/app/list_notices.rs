//! `GET /v1/projects/{project}/notices`: what everybody is to read, the newest first (OV-7).

use std::collections::BTreeMap;

use api_spec::notices::{Audience, ListedNotice, NoticeQuery, NoticesShown};
use api_spec::primitives::{Instant, Page, PageQuery};
use api_spec::problem::Code;
use uuid::Uuid;

use super::actor::Actor;
use super::overseen;
use super::page::Wanted;
use super::publish_notice::describe;
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::audience::readers;
use crate::facts::stored;
use crate::state::App;
use crate::store::notices::{self, Notice, Which};
use crate::store::{Key, StoreError, records};

/// A page of the notices one may see: for site lead and back office all, for others those that are for them or their teams, and those they
/// published.
///
/// # Errors
/// `not-found` for projects outside the actor's scope, `bad-cursor`, `bad-parameter`.
pub async fn list_notices(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &NoticeQuery,
    page: &PageQuery,
) -> Result<Page<ListedNotice>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    // those who look after nobody see no counts of others
    let (led, looks_after) = match overseen::teams(&Scope::of(actor, &directory, now), &directory, project, None) {
        Ok(teams) => (teams, true),
        Err(Code::Forbidden) => (Some(Vec::new()), false),
        Err(code) => return Err(code.into()),
    };
    let mine = audiences(&directory, project, actor.user, now);
    let (which, of) = match (query.show, &led) {
        (Some(NoticesShown::Mine), _) => (Which::Mine, mine.clone()),
        (Some(NoticesShown::Unread), _) => (Which::Unread, mine.clone()),
        (Some(NoticesShown::Published), _) => (Which::Published, Vec::new()),
        (None, None) => (Which::All, Vec::new()),
        (None, Some(led)) => (Which::Seen, [mine.clone(), led.iter().copied().map(Audience::Team).collect()].concat()),
    };
    let of = of.iter().map(|audience| serde_json::to_string(audience).unwrap_or_default()).collect::<Vec<_>>();
    let found = notices::list(&mut db, project, (which, actor.user, &of), wanted.after, wanted.rows()).await?;
    let (found, next_cursor) = wanted.cut(found, |notice| (notice.at, notice.id));
    let ids: Vec<Uuid> = found.iter().map(|notice| notice.id).collect();
    let keys: Vec<Key> = ids.iter().map(|&id| Key { project, id }).collect();
    let bodies = records::load(&mut db, &keys).await?;
    let read_at: BTreeMap<Uuid, i64> =
        notices::of_reader(&mut db, project, &ids, actor.user).await?.into_iter().collect();
    let read: BTreeMap<Uuid, i64> = if looks_after {
        notices::read_by(&mut db, project, &ids).await?.into_iter().collect()
    } else {
        BTreeMap::new()
    };
    let listed = |notice: &Notice| {
        let odd = |what: String| StoreError::Inconsistent(format!("notice {}: {what}", notice.id));
        let audience = serde_json::from_str(&notice.audience).map_err(|error| odd(error.to_string()))?;
        let body = bodies.get(&Key { project, id: notice.id }).ok_or_else(|| odd("has no record".to_owned()))?;
        let body = stored::record(body.clone())?.ruled;
        let text = |field: &str| body.get(field).and_then(serde_json::Value::as_str).unwrap_or_default();
        Ok(ListedNotice {
            notice: describe(&directory, notice, text("title"), text("text"), audience),
            author: person(&directory, notice.author),
            mine: notice.author != actor.user && mine.contains(&audience),
            read_at: read_at.get(&notice.id).copied().map(Instant),
            read: looks_after.then(|| read.get(&notice.id).map_or(0, |people| people.cast_unsigned())),
        })
    };
    let items = found.iter().map(listed).collect::<Result<_, StoreError>>()?;
    Ok(Page { items, next_cursor })
}

/// The audiences somebody is in, as [`readers`] has it.
fn audiences(directory: &crate::facts::directory::Directory, project: Uuid, user: Uuid, now: i64) -> Vec<Audience> {
    let partner = directory.people.get(&user).and_then(|person| person.partner).map(Audience::Partner);
    let teams = directory.teams.keys().copied().map(Audience::Team);
    let all = std::iter::once(Audience::All).chain(partner).chain(teams);
    all.filter(|audience| readers(directory, project, *audience, now).contains_key(&user)).collect()
}
