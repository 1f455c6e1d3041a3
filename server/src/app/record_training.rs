//! `POST /v1/users/{id}/training`: a training is recorded, also late with its true date (TR-1).

use std::collections::BTreeSet;
use std::sync::Arc;

use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use api_spec::teams::{RecordTraining, Training};
use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::publish_project::publish_projects;
use super::supervision::charge;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::{Facts, Need, Unit};
use crate::rules::booking::BookingVerdict;
use crate::rules::replay::Decision;
use crate::rules::ruling::Rule;
use crate::state::App;
use crate::store::rulings::RulingRow;
use crate::store::users::User;
use crate::store::{Key, Tx, checkins, feed, orgs, records, rulings, run_tx, users};
use crate::sync::judge::Judge;

/// Records when somebody was trained, and derives the open rulings of that span again: check-ins, and bookings that TR-1 made void or put in
/// review; sheets stay as they are. The same day again changes nothing.
///
/// # Errors
/// `not-found`, `forbidden`, `validation` for a day in the future.
pub async fn record_training(
    app: &App,
    actor: &Actor,
    id: Uuid,
    request: &RecordTraining,
) -> Result<Training, AppError> {
    run_tx(&app.db, "record_training", async |mut tx| {
        let now = app.clock.now();
        let charge = charge(&mut tx, actor, id, now).await?;
        let before = app.directories.current(&mut tx, actor.org).await?;
        let person = before.people.get(&id).ok_or(Code::NotFound)?;
        let projects: BTreeSet<Uuid> = person.memberships.iter().map(|membership| membership.project).collect();
        let today = projects.iter().map(|project| before.zone(*project).day_of(now)).max();
        if today.is_none_or(|today| request.on > today) {
            let text = Text::new("must not lie in the future", "不能晚于今天");
            return Err(Problem::invalid("/on", text).into());
        }
        let trained_before = person.trained_on;
        if trained_before == Some(request.on) {
            return Ok(Training { user: id, on: request.on, changed: 0 });
        }
        orgs::touch_directory(&mut tx, actor.org).await?;
        let user = users::lock(&mut tx, actor.org, id).await?.ok_or(Code::NotFound)?;
        users::update(&mut tx, &User { trained_on: Some(request.on.to_string()), ..user }).await?;
        let detail = json!({"on": request.on, "before": trained_before});
        let by = (actor.org, actor.user);
        write_down(&mut tx, &app.random, by, "record_training", charge.user.id, &detail, now).await?;
        let unit = app.exchange.unit(Arc::new(Directory::load(&mut tx, actor.org).await?));
        let first = trained_before.map_or(request.on, |before| before.min(request.on));
        let mut changed = 0;
        for project in &projects {
            changed += derive_again(&mut tx, &unit, (*project, id), first).await?;
        }
        let projects: Vec<Uuid> = projects.into_iter().collect();
        let publications = publish_projects(&mut tx, actor.org, &projects, now).await?;
        feed::publish(&mut tx, now, &publications).await?;
        Ok(Training { user: id, on: request.on, changed })
    })
    .await
}

/// Judges what somebody recorded on a project since a day again; how many verdicts are different now.
async fn derive_again(
    tx: &mut Tx,
    unit: &Unit,
    (project, user): (Uuid, Uuid),
    first: NaiveDate,
) -> Result<u64, AppError> {
    let zone = unit.directory.zone(project);
    let (from, until) = (first.to_string(), zone.day_of(unit.now).to_string());
    let rows = checkins::of_subjects(tx, project, &[user], (&from, &until)).await?;
    let days: BTreeSet<String> = rows.into_iter().map(|row| row.day).collect();
    let owned = records::of_owner(tx, project, user, (&from, &until)).await?;
    let bookings: Vec<Key> =
        owned.iter().filter(|row| row.kind == "booking").map(|row| Key { project, id: row.id }).collect();
    let mut need = Need::default();
    for day in &days {
        need.judge_again(project, day, user);
    }
    for key in &bookings {
        need.record(*key);
    }
    let mut facts = Facts::load(tx, unit, &need).await?;
    let ids: Vec<Uuid> = bookings.iter().map(|key| key.id).collect();
    let standing = if ids.is_empty() { Vec::new() } else { rulings::of_subjects(tx, project, &ids).await? };
    let mut judge = Judge { directory: &unit.directory, facts: &mut facts };
    for day in &days {
        judge.judge_again(project, day, user);
    }
    for ruling in standing.iter().filter(|ruling| is_open(ruling)) {
        if let Ok(Decision::Booking(known)) = serde_json::from_str(&ruling.facts) {
            judge.book_again(Key { project, id: ruling.subject }, known);
        }
    }
    let changed = facts.rulings.changes().count();
    facts.save(tx, unit).await?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

/// Whether a ruling on a booking stands that TR-1 decided, and no person.
fn is_open(ruling: &RulingRow) -> bool {
    let open = [BookingVerdict::Void.as_str(), BookingVerdict::Review.as_str()].contains(&ruling.outcome.as_str());
    open && ruling.superseded_by.is_none()
        && ruling.decided_by.is_none()
        && ruling.reasons.contains(&format!("\"{}\"", Rule::Tr1))
}
