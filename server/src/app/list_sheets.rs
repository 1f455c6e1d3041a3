//! `GET /v1/projects/{project}/confirmations`: the sheets of a project.

use api_spec::desk::{Confirmation, ConfirmationQuery, SheetState};
use api_spec::primitives::{Page, PageQuery};
use uuid::Uuid;

use super::actor::Actor;
use super::page::Wanted;
use super::sheets::describe;
use crate::error::AppError;
use crate::rules::sheet::Phase;
use crate::state::App;
use crate::store::confirmations::{self, Filter};

/// A page of sheets, by arrival.
///
/// # Errors
/// `bad-cursor`, `bad-parameter`.
pub async fn list_sheets(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &ConfirmationQuery,
    page: &PageQuery,
) -> Result<Page<Confirmation>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let phase = query.state.map(|state| match state {
        SheetState::Open => Phase::Open,
        SheetState::Signed => Phase::Signed,
        SheetState::Confirmed => Phase::Confirmed,
        SheetState::Voided => Phase::Voided,
    });
    let filter = Filter {
        project,
        arrived: query.day.map_or((i64::MIN, i64::MAX), |day| directory.zone(project).bounds(day)),
        phase: phase.map(Phase::as_str),
        consultant: query.consultant,
        after: wanted.after,
    };
    let rows = confirmations::list(&mut db, &filter, wanted.rows()).await?;
    let (rows, next_cursor) = wanted.cut(rows, |row| (row.arrived_at, row.id));
    let items = rows.iter().map(|row| describe(&directory, row)).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor })
}
