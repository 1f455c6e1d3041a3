//! `GET /v1/rulings?subject=`: why.

use api_spec::rulings::Ruling;
use uuid::Uuid;

use super::actor::Actor;
use super::explained::{explain, in_order};
use super::scope::Scope;
use crate::error::AppError;
use crate::state::App;
use crate::store::rulings;

/// Every ruling about a record, oldest first.
///
/// # Errors
/// `not-found` for records the actor may not see.
pub async fn list_rulings(app: &App, actor: &Actor, subject: Uuid) -> Result<Vec<Ruling>, AppError> {
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    let record = scope.record(&mut db, subject).await?;
    let rows = in_order(rulings::of_subjects(&mut db, record.project, &[subject]).await?);
    Ok(rows.iter().map(|row| explain(&directory, &scope, &record.kind, row)).collect::<Result<_, _>>()?)
}
