//! `GET /v1/audit`: who did what.

use api_spec::audit::{AuditEntry, AuditQuery};
use api_spec::primitives::{Instant, Page, PageQuery};
use api_spec::problem::Code;
use serde_json::Value;
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::page::Wanted;
use super::rotation::person;
use crate::error::AppError;
use crate::state::App;
use crate::store::StoreError;
use crate::store::audit::{self, Filter};

/// A page of acts, the newest first: all for admins; for the back office those on its projects, which leaves out acts on accounts and
/// devices.
///
/// # Errors
/// `not-found` for projects outside the actor's scope, `bad-cursor`, `bad-parameter`.
pub async fn list_audit(
    app: &App,
    actor: &Actor,
    query: &AuditQuery,
    page: &PageQuery,
) -> Result<Page<AuditEntry>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    let sees =
        |project: &Uuid| actor.seats_on(*project, now).any(|seat| matches!(seat.role, Role::BackOffice | Role::Admin));
    let scope: Vec<Uuid> = actor.projects_at(now).into_iter().filter(sees).collect();
    let projects = match query.project {
        Some(project) if scope.contains(&project) => Some(vec![project]),
        Some(_) => return Err(Code::NotFound.into()),
        None if actor.role == Role::Admin => None,
        None => Some(scope),
    };
    let filter = Filter {
        org: actor.org,
        between: (query.from.map_or(i64::MIN, |at| at.0), query.to.map_or(i64::MAX, |at| at.0)),
        actor: query.actor,
        act: query.act.as_deref(),
        subject: query.subject.as_deref(),
        projects: projects.as_deref(),
        before: wanted.after,
    };
    let rows = audit::list(&mut db, &filter, wanted.rows()).await?;
    let (rows, next_cursor) = wanted.cut(rows, |row| (row.at, row.id));
    let described = |row: audit::AuditEntry| -> Result<AuditEntry, StoreError> {
        let detail: Value = serde_json::from_str(&row.detail)
            .map_err(|error| StoreError::Inconsistent(format!("act {}: {error}", row.id)))?;
        Ok(AuditEntry {
            id: row.id,
            at: Instant(row.at),
            actor: row.actor.map(|actor| person(&directory, actor)),
            act: row.act,
            subject: row.subject,
            project: row.project,
            detail,
        })
    };
    Ok(Page { items: rows.into_iter().map(described).collect::<Result<_, _>>()?, next_cursor })
}
