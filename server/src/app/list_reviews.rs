//! `GET /v1/reviews`: what waits for a person.

use std::collections::BTreeMap;

use api_spec::primitives::{Page, PageQuery};
use api_spec::problem::Code;
use api_spec::rulings::{Review, ReviewQuery};
use uuid::Uuid;

use super::actor::Actor;
use super::explained::explain;
use super::page::Wanted;
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::record::Record;
use crate::facts::sheets::{COMPANION, SHEET};
use crate::facts::stored;
use crate::rules::review::Family;
use crate::state::App;
use crate::store::rulings::{self, RulingRow};
use crate::store::{Key, Reader, records};
use crate::sync::judge::reviews::family_of;

/// A page of the reviews the actor may decide, oldest first: sheets for the site lead, what a team recorded for its lead and deputy, all for
/// the back office.
///
/// # Errors
/// `not-found` for projects and teams outside the actor's scope, `bad-cursor`, `bad-parameter`.
pub async fn list_reviews(
    app: &App,
    actor: &Actor,
    query: &ReviewQuery,
    page: &PageQuery,
) -> Result<Page<Review>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    let mut rows = Vec::new();
    for project in projects(&scope, &directory, query)? {
        rows.extend(of_project(&mut db, &scope, project, query, wanted).await?);
    }
    rows.sort_by_key(|row| (row.at, row.id));
    let (rows, next_cursor) = wanted.cut(rows, |row| (row.at, row.id));
    let keys: Vec<Key> = rows.iter().map(|row| Key { project: row.project, id: row.subject }).collect();
    let subjects = records::load(&mut db, &keys).await?;
    let mut known: BTreeMap<Key, Record> = BTreeMap::new();
    for (key, row) in subjects {
        known.insert(key, stored::record(row)?);
    }
    let mut items = Vec::new();
    for row in &rows {
        let subject = known.get(&Key { project: row.project, id: row.subject });
        items.extend(subject.map(|subject| review(&directory, &scope, row, subject)).transpose()?);
    }
    Ok(Page { items, next_cursor })
}

/// # Errors
/// `not-found`
fn projects(scope: &Scope, directory: &Directory, query: &ReviewQuery) -> Result<Vec<Uuid>, Code> {
    let team = query.team.map(|id| directory.teams.get(&id).ok_or(Code::NotFound)).transpose()?;
    let named = query.project.or(team.map(|team| team.project));
    if team.is_some_and(|team| Some(team.project) != named) {
        return Err(Code::NotFound);
    }
    match named {
        Some(project) if scope.projects.contains(&project) => Ok(vec![project]),
        Some(_) => Err(Code::NotFound),
        None => Ok(scope.projects.clone()),
    }
}

async fn of_project(
    db: &mut Reader,
    scope: &Scope,
    project: Uuid,
    query: &ReviewQuery,
    wanted: Wanted,
) -> Result<Vec<RulingRow>, AppError> {
    let office = scope.is_office(project);
    let may = |team: &Uuid| office || scope.teams.contains(team);
    let teams: Option<Vec<Uuid>> = match query.team {
        Some(team) if may(&team) => Some(vec![team]),
        Some(_) => return Err(Code::NotFound.into()),
        None => (!office).then(|| scope.teams.clone()),
    };
    let kind = query.kind.as_deref();
    let mut rows = rulings::in_review(db, project, teams.as_deref(), kind, wanted.after, wanted.rows()).await?;
    // sheets belong to no team
    let of_site = [SHEET, COMPANION].into_iter().filter(|family| kind.is_none_or(|kind| kind == *family));
    if !office && scope.is_site_lead(project) && query.team.is_none() {
        for family in of_site {
            rows.extend(rulings::in_review(db, project, None, Some(family), wanted.after, wanted.rows()).await?);
        }
    }
    Ok(rows)
}

fn review(directory: &Directory, scope: &Scope, row: &RulingRow, subject: &Record) -> Result<Review, AppError> {
    let choices = family_of(subject).map(Family::choices).unwrap_or_default();
    Ok(Review {
        ruling: explain(directory, scope, &subject.kind, row)?,
        project: row.project,
        owner: row.owner.map(|owner| person(directory, owner)),
        version: subject.version.cast_unsigned(),
        choices: choices.iter().map(|(outcome, _)| (*outcome).to_owned()).collect(),
    })
}
