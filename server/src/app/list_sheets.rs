//! `GET /v1/projects/{project}/confirmations`: the sheets of a project.

use api_spec::desk::{Confirmation, ConfirmationQuery, SheetState};
use api_spec::primitives::{Page, PageQuery};
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::page::Wanted;
use super::sheets::describe;
use crate::error::AppError;
use crate::rules::sheet::Phase;
use crate::state::App;
use crate::store::confirmations::{self, Filter};

/// A page of sheets, by arrival; of those overdue for signature (CF-5), the oldest first.
///
/// # Errors
/// `bad-cursor`, `bad-parameter`; `forbidden` for overdue sheets, which the site lead and the back office look at.
pub async fn list_sheets(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &ConfirmationQuery,
    page: &PageQuery,
) -> Result<Page<Confirmation>, AppError> {
    let wanted = Wanted::read(page)?;
    if query.overdue == Some(true) {
        actor.on_project_as(&[Role::SiteLead, Role::BackOffice], project, app.clock.now())?;
    }
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let phase = query.state.map(|state| match state {
        SheetState::Open => Phase::Open,
        SheetState::Signed => Phase::Signed,
        SheetState::Confirmed => Phase::Confirmed,
        SheetState::Voided => Phase::Voided,
        SheetState::Corrected => Phase::Corrected,
    });
    let filter = Filter {
        project,
        arrived: query.day.map_or((i64::MIN, i64::MAX), |day| directory.zone(project).bounds(day)),
        phase: phase.map(Phase::as_str),
        consultant: query.consultant,
        late_entry: query.late_entry,
        after: wanted.after,
    };
    let (rows, next_cursor) = if query.overdue == Some(true) {
        let now = app.clock.now();
        let patience_ms = i64::from(directory.policy(project, now).sheet.sign_hours) * 3_600_000;
        let rows = confirmations::unsigned(&mut db, &filter, now - patience_ms, wanted.rows()).await?;
        wanted.cut(rows, |row| (row.opened_at, row.id))
    } else {
        let rows = confirmations::list(&mut db, &filter, wanted.rows()).await?;
        wanted.cut(rows, |row| (row.arrived_at, row.id))
    };
    let items = rows.iter().map(|row| describe(&directory, row)).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor })
}
