//! `POST /v1/projects/{project}/attendance/months/{month}/close`: the sheet is frozen (MC-1).

use std::sync::Arc;

use api_spec::attendance::{CloseMonth, MonthClosed};
use api_spec::messages;
use api_spec::primitives::Instant;
use api_spec::problem::Problem;
use serde_json::json;
use sha2::{Digest, Sha256};
use sync_core::time::Answer;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::close_person_days::{close_person_days, take_turn};
use super::list_month::{Month, person_months};
use super::reason::reason;
use super::rotation::person;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::rules::ruling::Rule;
use crate::state::App;
use crate::store::month_sheets::{self, MonthSheet};
use crate::store::{Key, run_tx};

/// Freezes the sheet of a month that is over. Days in review need a reason. A month that is closed stays as it was closed first.
///
/// # Errors
/// `rule-refused` (MC-1) for months that are not over or have days in review, `validation` for a reason that says nothing.
pub async fn close_month(
    app: &App,
    actor: &Actor,
    project: Uuid,
    month: Month,
    request: &CloseMonth,
) -> Result<MonthClosed, AppError> {
    let directory = app.directories.current(&mut app.db.read().await?, actor.org).await?;
    let zone = directory.zone(project);
    let today = zone.day_of(app.clock.now());
    if today <= month.last() {
        return Err(refusal(&directory, project, &json!({"case": "not_over", "day": month.last()})).into());
    }
    let reason = request.reason.as_deref().map(|text| reason(text, directory.region(project))).transpose()?;
    // what came in until now is ruled on first
    close_person_days(app, actor.org, project, today).await?;
    run_tx(&app.db, "close_month", async |mut tx| {
        take_turn(&mut tx, actor.org).await?;
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let name = month.to_string();
        if let Some(sheet) = month_sheets::find(&mut tx, project, &name).await? {
            return Ok(describe(&directory, sheet));
        }
        let mut people = directory.attending(project, month.bounds(zone));
        people.sort_by_key(|each| (each.person.name.as_str(), each.id));
        let rows = person_months(&mut tx, project, month, &people).await?;
        let open: u32 = rows.iter().map(|row| row.open).sum();
        if open > 0 && reason.is_none() {
            return Err(refusal(&directory, project, &json!({"count": open})).into());
        }
        // a JSON value keeps its members sorted
        let body = serde_json::to_value(&rows).map_err(|error| AppError::Broken(error.to_string()))?.to_string();
        let checksum = hex::encode(Sha256::digest(body.as_bytes()));
        let sheet = MonthSheet {
            project,
            month: name.clone(),
            closed_at: unit.now,
            closed_by: actor.user,
            reason: reason.clone(),
            checksum,
            body,
        };
        month_sheets::add(&mut tx, &sheet).await?;
        let detail = json!({
            "month": name, "people": rows.len(), "open": open, "reason": reason, "checksum": sheet.checksum,
        });
        let by = (actor.org, actor.user);
        write_down(&mut tx, &app.random, by, "close_month", Key { project, id: project }, &detail, unit.now).await?;
        Ok(describe(&directory, sheet))
    })
    .await
}

fn describe(directory: &Directory, sheet: MonthSheet) -> MonthClosed {
    MonthClosed {
        at: Instant(sheet.closed_at),
        by: person(directory, sheet.closed_by),
        reason: sheet.reason,
        checksum: sheet.checksum,
    }
}

fn refusal(directory: &Directory, project: Uuid, facts: &serde_json::Value) -> Problem {
    let rule = Rule::Mc1.as_str();
    Problem::rule(rule, &messages::message(rule, Answer::No, facts, &directory.zone(project).tz()))
}
