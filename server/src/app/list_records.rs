//! `GET /v1/projects/{project}/records`: what was recorded.

use api_spec::locale::Text;
use api_spec::primitives::{Page, PageQuery};
use api_spec::problem::{Code, Problem};
use api_spec::records::RecordQuery;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::actor::Actor;
use super::scope::Scope;
use crate::error::AppError;
use crate::state::App;
use crate::store::records::{self, Filter, Record};
use crate::store::{Reader, StoreError};

/// Records that one request looks through at most for the words of a search.
const LOOKED_THROUGH: usize = 5_000;
/// Records read at once.
const CHUNK: i64 = 500;
/// Days that no record lies outside of.
const ALWAYS: (&str, &str) = ("0000-01-01", "9999-12-30");

/// A page of records as everybody sees them, the newest day first: one's own, those of the teams one leads, all for the back office. A page
/// may be short, even empty, and not the last one, when a search had to look through many.
///
/// # Errors
/// `not-found` for projects outside the actor's scope, `bad-cursor`, `bad-parameter`.
pub async fn list_records(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &RecordQuery,
    page: &PageQuery,
) -> Result<Page<Box<RawValue>>, AppError> {
    let limit = limit(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let scope = Scope::of(actor, &directory, app.clock.now());
    if !scope.projects.contains(&project) {
        return Err(Code::NotFound.into());
    }
    let (from, to) = (query.from.map(|day| day.to_string()), query.to.map(|day| day.to_string()));
    let filter = Filter {
        project,
        kind: &query.kind,
        days: (from.as_deref().unwrap_or(ALWAYS.0), to.as_deref().unwrap_or(ALWAYS.1)),
        owner: query.owner,
        team: query.team,
        phase: query.phase.as_deref(),
        whose: scope.whose(project),
        after: None,
    };
    let start = page.cursor.as_deref().map(|cursor| place(cursor).ok_or(Code::BadCursor)).transpose()?;
    let words = query.q.as_deref().map(str::trim).filter(|words| !words.is_empty()).map(str::to_lowercase);
    let found = search(&mut db, &filter, start, words.as_deref(), limit).await?;
    let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("a record's wire: {error}"));
    let raw = |row: Record| RawValue::from_string(row.wire).map_err(odd);
    let items = found.rows.into_iter().map(raw).collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor: found.next })
}

struct Found {
    rows: Vec<Record>,
    next: Option<String>,
}

/// Looks through the records of `filter` behind a place until a page is full.
async fn search(
    db: &mut Reader,
    filter: &Filter<'_>,
    mut after: Option<(String, Uuid)>,
    words: Option<&str>,
    limit: usize,
) -> Result<Found, StoreError> {
    let mut rows = Vec::new();
    let mut looked_through = 0;
    while looked_through < LOOKED_THROUGH {
        let place = after.as_ref().map(|(day, id)| (day.as_str(), *id));
        let chunk = records::list(db, &Filter { after: place, ..filter.clone() }, CHUNK).await?;
        let last = i64::try_from(chunk.len()).is_ok_and(|count| count < CHUNK);
        looked_through += chunk.len();
        let mut rest = chunk.into_iter();
        for row in rest.by_ref() {
            after = Some((row.day.clone(), row.id));
            if words.is_none_or(|words| says(&row, words)) {
                rows.push(row);
            }
            if rows.len() == limit {
                break;
            }
        }
        let is_more = rest.len() > 0 || !last;
        if rows.len() == limit || last {
            return Ok(Found { rows, next: after.filter(|_| is_more).map(cursor) });
        }
    }
    Ok(Found { rows, next: after.map(cursor) })
}

/// Whether a text of the record's body contains these words, in small letters.
fn says(row: &Record, words: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Wire {
        body: serde_json::Map<String, serde_json::Value>,
    }
    let Ok(wire) = serde_json::from_str::<Wire>(&row.wire) else { return false };
    wire.body.values().filter_map(serde_json::Value::as_str).any(|text| text.to_lowercase().contains(words))
}

fn limit(page: &PageQuery) -> Result<usize, Problem> {
    let limit = page.limit.unwrap_or(PageQuery::DEFAULT_LIMIT);
    if !(1..=PageQuery::MAX_LIMIT).contains(&limit) {
        let text = Text::new("must be 1 to 500", "须为 1 至 500");
        return Err(Problem::new(Code::BadParameter).at("?limit", text));
    }
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

fn cursor((day, id): (String, Uuid)) -> String {
    format!("{day}.{id}")
}

fn place(cursor: &str) -> Option<(String, Uuid)> {
    let (day, id) = cursor.split_once('.')?;
    Some((day.to_owned(), id.parse().ok()?))
}
