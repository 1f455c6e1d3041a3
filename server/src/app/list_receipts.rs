//! `GET /v1/projects/{project}/notices/{id}/receipts`: whom a notice reached (OV-7).

use std::collections::BTreeMap;

use api_spec::notices::{Receipt, ReceiptQuery, ReceiptState};
use api_spec::primitives::{Instant, Page, PageQuery};
use api_spec::problem::Code;
use uuid::Uuid;

use super::actor::Actor;
use super::overseen;
use super::page::Wanted;
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::audience::readers;
use crate::state::App;
use crate::store::notices::{self, Notice};
use crate::store::{Key, Reader, StoreError};

/// A page of the people a notice is for, and whether it reached them: those of the teams one leads, all for site lead and back office.
///
/// # Errors
/// `not-found` for projects, teams and notices outside the actor's scope, `forbidden`, `bad-cursor`, `bad-parameter`.
pub async fn list_receipts(
    app: &App,
    actor: &Actor,
    key: Key,
    query: &ReceiptQuery,
    page: &PageQuery,
) -> Result<Page<Receipt>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let now = app.clock.now();
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, now);
    let teams = overseen::teams(&scope, &directory, key.project, query.team)?;
    let notice = notices::find(&mut db, key).await?.ok_or(Code::NotFound)?;
    let shown = |team: Option<Uuid>| {
        let overseen = teams.as_ref().is_none_or(|teams| team.is_some_and(|team| teams.contains(&team)));
        overseen && (query.team.is_none() || query.team == team)
    };
    let mut all = receipts(&mut db, &directory, &notice, now).await?;
    all.retain(|receipt| shown(receipt.team) && query.state.is_none_or(|state| state == receipt.state));
    all.retain(|receipt| wanted.after.is_none_or(|(_, after)| receipt.user.id > after));
    let (items, next_cursor) = wanted.cut(all, |receipt| (0, receipt.user.id));
    Ok(Page { items, next_cursor })
}

/// Everybody a notice is for, by id, with what became of it: as many as work on the project.
///
/// # Errors
/// Those of the store.
pub async fn receipts(
    db: &mut Reader,
    directory: &crate::facts::directory::Directory,
    notice: &Notice,
    now: i64,
) -> Result<Vec<Receipt>, StoreError> {
    let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("notice {}: {error}", notice.id));
    let audience = serde_json::from_str(&notice.audience).map_err(odd)?;
    let readers = readers(directory, notice.project, audience, now);
    let ids: Vec<Uuid> = readers.keys().copied().filter(|id| *id != notice.author).collect();
    let key = Key { project: notice.project, id: notice.id };
    let known: BTreeMap<Uuid, notices::Receipt> =
        notices::receipts(db, key, &ids).await?.into_iter().map(|row| (row.user, row)).collect();
    let receipt = |id: Uuid| {
        let row = known.get(&id);
        let read_at = row.and_then(|row| row.read_at);
        let state = match read_at {
            Some(at) if at < notice.due_at => ReceiptState::Read,
            None if now < notice.due_at => ReceiptState::Unread,
            _ => ReceiptState::Late,
        };
        Receipt {
            user: person(directory, id),
            team: readers.get(&id).copied().flatten(),
            state,
            delivered_at: row.and_then(|row| row.delivered_at).map(Instant),
            read_at: read_at.map(Instant),
        }
    };
    Ok(ids.into_iter().map(receipt).collect())
}
