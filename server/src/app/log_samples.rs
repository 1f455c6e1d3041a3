//! `GET /v1/projects/{project}/log-samples/{week}`, `POST …/{log}`: the office inspects some of a week's logs (WL-8).

use api_spec::locale::Text;
use api_spec::primitives::{Instant, PageQuery};
use api_spec::problem::{Code, Problem};
use api_spec::weeks::{Finding, Inspect, Inspection, LogSample, SampledLog};
use serde_json::json;
use sync_core::people::Role;
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::daily_log::describe;
use super::list_logs::{after, log_key, place, records_of};
use super::page::Wanted;
use super::rotation::person;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::record::Record;
use crate::facts::stored;
use crate::rules::week::Week;
use crate::seal::mask::mask_numbers_in;
use crate::state::App;
use crate::store::log_days::LogDay;
use crate::store::log_weeks::{self, Sampled};
use crate::store::{Key, records, run_tx};

/// Characters of a note.
const NOTE: usize = 4_000;

/// A page of a week's sample, by day and author.
///
/// # Errors
/// `not-found` for strangers to the project, `forbidden` for those who do not inspect, `bad-cursor`, `bad-parameter`.
pub async fn show_sample(
    app: &App,
    actor: &Actor,
    project: Uuid,
    week: Week,
    page: &PageQuery,
) -> Result<LogSample, AppError> {
    let wanted = Wanted::read(page)?;
    let now = app.clock.now();
    actor.on_project_as(&[Role::BackOffice], project, now)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let text = week.to_string();
    let drawn = log_weeks::drawn(&mut db, project, &text).await?;
    let place_of = after(wanted);
    let place_of = place_of.as_ref().map(|(day, user)| (day.as_str(), *user));
    let rows = log_weeks::sampled(&mut db, (project, &text), place_of, wanted.rows()).await?;
    let (rows, next_cursor) = wanted.cut(rows, |row| place(&as_day(row)));
    let days: Vec<LogDay> = rows.iter().map(as_day).collect();
    let known = records_of(&mut db, &days).await?;
    let mut items = Vec::new();
    for (row, day) in rows.iter().zip(&days) {
        if let Some(log) = log_key(day).and_then(|key| known.get(&key)) {
            items.push(shown(&directory, row, log, now)?);
        }
    }
    let logs = drawn.and_then(|(_, logs)| u32::try_from(logs).ok()).unwrap_or_default();
    Ok(LogSample { week: text, drawn_at: drawn.map(|(at, _)| Instant(at)), logs, items, next_cursor })
}

/// Writes down what the inspection of a log found; the same again is answered the same.
///
/// # Errors
/// `not-found` for logs that are not in the sample, `forbidden`, `id-taken` for a log with another finding, `validation`.
pub async fn inspect_log(
    app: &App,
    actor: &Actor,
    (project, week, log): (Uuid, Week, Uuid),
    request: &Inspect,
) -> Result<SampledLog, AppError> {
    let now = app.clock.now();
    actor.on_project_as(&[Role::BackOffice], project, now)?;
    let note = request.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.chars().count() > NOTE) || (request.finding == Finding::Doubtful && note.is_none())
    {
        let text = Text::new(
            "must be at most 4000 characters, and not blank where the log is doubtful",
            "最多 4000 个字符，存疑时不能为空白",
        );
        return Err(Problem::invalid("/note", text).into());
    }
    run_tx(&app.db, "inspect_log", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let key = Key { project, id: log };
        let found = records::load(&mut tx, &[key]).await?.remove(&key).ok_or(Code::NotFound)?;
        let record = stored::record(found)?;
        let (Some(day), Some(owner)) = (record.state.text("day"), record.owner) else {
            return Err(Code::NotFound.into());
        };
        let text = week.to_string();
        let row = log_weeks::lock(&mut tx, (project, &text), (day, owner)).await?.ok_or(Code::NotFound)?;
        let note = note.map(|note| mask_numbers_in(note, directory.region(project)).into_owned());
        let finding = serde_json::to_value(request.finding).ok().and_then(|word| word.as_str().map(str::to_owned));
        if row.finding.is_some() {
            let same = row.finding == finding && row.note == note && row.inspector == Some(actor.user);
            return if same { shown(&directory, &row, &record, now) } else { Err(Code::IdTaken.into()) };
        }
        let row = Sampled { finding, note, inspector: Some(actor.user), inspected_at: Some(now), ..row };
        log_weeks::inspect(&mut tx, &row).await?;
        let detail = json!({"week": text, "finding": row.finding, "note": row.note});
        write_down(&mut tx, &app.random, (actor.org, actor.user), "inspect_log", key, &detail, now).await?;
        shown(&directory, &row, &record, now)
    })
    .await
}

/// The day of a log of the sample.
fn as_day(row: &Sampled) -> LogDay {
    LogDay {
        project: row.project,
        day: row.day.clone(),
        subject: row.subject,
        team: None,
        phase: None,
        review_due: None,
        flagged: false,
        outcome: None,
        ruling: None,
    }
}

fn shown(directory: &Directory, row: &Sampled, log: &Record, now: i64) -> Result<SampledLog, AppError> {
    let finding = row.finding.as_deref().and_then(|word| serde_json::from_value(word.into()).ok());
    let inspection = finding.zip(row.inspector).zip(row.inspected_at).map(|((finding, by), at)| Inspection {
        finding,
        note: row.note.clone(),
        by: person(directory, by),
        at: Instant(at),
    });
    Ok(SampledLog { log: describe(directory, log, now)?, inspection })
}
