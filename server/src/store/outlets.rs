//! The cards of outlets (OV): where they are, whose they are, what became of them, and the grades they were given.

use sync_core::time::Stamp;
use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "o.project, o.id, o.name, o.name_folded, o.grade, o.position, o.cell, o.owner, o.team, o.opened_on, o.state, \
         o.ended_on, o.into_card, o.idle_from, o.keep_until"
    };
}

statements! {
    SAVE = "INSERT INTO outlets (project, id, name, name_folded, grade, position, cell, owner, team, opened_on, state,
            idle_from, looked)
        {rows blob, blob, text, text, text, text, bigint, blob, blob, text, text, text, boolean}
        ON CONFLICT (project, id) DO UPDATE SET name = excluded.name, name_folded = excluded.name_folded,
            grade = excluded.grade, position = excluded.position, cell = excluded.cell, owner = excluded.owner,
            team = excluded.team,
            looked = outlets.looked AND outlets.name_folded = excluded.name_folded,
            state = CASE WHEN excluded.state = 'deleted' THEN excluded.state ELSE outlets.state END";
    LOAD = concat!(
        "WITH input (project, id) AS ({rows blob, blob}) SELECT ", columns!(),
        " FROM input JOIN outlets o ON o.project = input.project AND o.id = input.id"
    );
    BROUGHT = "WITH input (project, id, day) AS ({rows blob, blob, text})
        UPDATE outlets SET idle_from = input.day FROM input
        WHERE outlets.project = input.project AND outlets.id = input.id AND outlets.idle_from < input.day";
    DROP_CARD = "UPDATE outlets SET state = 'dropped', ended_on = $3 WHERE project = $1 AND id = $2 AND state = 'open'";
    KEEP = "UPDATE outlets SET keep_until = $3 WHERE project = $1 AND id = $2 AND state = 'open'";
    MERGE = "UPDATE outlets SET state = 'merged', ended_on = $4, into_card = $3 WHERE project = $1 AND id = $2";
    REDIRECT = "UPDATE outlets SET into_card = $3 WHERE project = $1 AND into_card = $2";
    MERGED_INTO = "SELECT id FROM outlets WHERE project = $1 AND into_card = $2 ORDER BY id";
    ADOPT = "UPDATE outlets SET opened_on = $3, idle_from = $4 WHERE project = $1 AND id = $2";
    TO_LOOK_AT = concat!(
        "SELECT ", columns!(), " FROM outlets o WHERE o.project = $1 AND NOT o.looked ORDER BY o.id LIMIT $2"
    );
    LOOKED = "WITH input (project, id, name_folded) AS ({rows blob, blob, text}) UPDATE outlets SET looked = TRUE FROM input
        WHERE outlets.project = input.project AND outlets.id = input.id AND outlets.name_folded = input.name_folded";
    NAMED = concat!(
        "SELECT ", columns!(), " FROM outlets o
        WHERE o.project = $1 AND o.name_folded IN {texts $2} AND o.state IN ('open', 'dropped') ORDER BY o.id"
    );
    AROUND = concat!(
        "SELECT ", columns!(), " FROM outlets o
        WHERE o.project = $1 AND o.cell IN {bigints $2} AND o.state IN ('open', 'dropped') ORDER BY o.id"
    );
    IDLE = concat!(
        "SELECT ", columns!(), " FROM outlets o
        WHERE o.project = $1 AND o.state = 'open' AND o.idle_from <= $2
            AND (o.keep_until IS NULL OR o.keep_until <= $3)
            AND ($4 OR o.team IS NULL OR o.team IN {blobs $5}) AND (o.team = $6 OR $6 IS NULL)
            AND (o.idle_from > $7 OR (o.idle_from = $7 AND o.id > $8))
        ORDER BY o.idle_from, o.id LIMIT $9"
    );
    OPEN_ONES = "SELECT id FROM outlets WHERE project = $1 AND state = 'open' AND id > $2 ORDER BY id LIMIT $3";
    ADD_GRADES = "INSERT INTO outlet_grades (project, outlet, ms, seq, device, grade)
        {rows blob, blob, bigint, bigint, blob, text}
        ON CONFLICT (project, outlet, ms, seq, device) DO NOTHING";
    GRADES = "SELECT outlet, grade FROM outlet_grades WHERE project = $1 AND outlet IN {blobs $2} AND ms < $3
        ORDER BY outlet, ms, seq, device";
}

/// The card of an outlet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlet {
    /// The project.
    pub project: Uuid,
    /// Id of the record.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its name without what does not distinguish outlets.
    pub name_folded: String,
    /// `A` to `D`.
    pub grade: Option<String>,
    /// Where it is in WGS-84, JSON.
    pub position: Option<String>,
    /// The cell of the ground it lies in.
    pub cell: Option<i64>,
    /// Who opened it; nobody for imported ones.
    pub owner: Option<Uuid>,
    /// The owner's team, whose lead is responsible for it.
    pub team: Option<Uuid>,
    /// The project's day it was opened on.
    pub opened_on: String,
    /// `open`, `dropped`, `merged` or `deleted`.
    pub state: String,
    /// The day on which it was dropped or merged.
    pub ended_on: Option<String>,
    /// The card that took its place.
    pub into: Option<Uuid>,
    /// The last day that brought a lead, else the day of opening.
    pub idle_from: String,
    /// It is kept until then, though it brings no lead.
    pub keep_until: Option<String>,
}

/// A grade that was set on a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grade {
    /// The card.
    pub outlet: Key,
    /// When, as merges weigh it.
    pub stamp: Stamp,
    /// The grade; `None` when it was cleared.
    pub grade: Option<String>,
}

/// Stores cards, each once, new ones and changed ones. Of one stored before, what its record says changes; what became of it stays, except
/// that it is deleted.
///
/// # Errors
/// [`StoreError`]
pub async fn save(tx: &mut Tx, outlets: &[Outlet]) -> Result<(), StoreError> {
    let rows: Vec<_> = outlets
        .iter()
        .map(|o| {
            args![
                o.project,
                o.id,
                &o.name,
                &o.name_folded,
                &o.grade,
                &o.position,
                o.cell,
                o.owner,
                o.team,
                &o.opened_on,
                &o.state,
                &o.idle_from,
                false
            ]
        })
        .collect();
    tx.execute_each(&SAVE, &rows).await
}

/// Cards by id; ids without one are missing in the answer.
///
/// # Errors
/// [`StoreError`]
pub async fn by_ids(db: &mut Reader, keys: &[Key]) -> Result<Vec<Outlet>, StoreError> {
    let rows: Vec<_> = keys.iter().map(|key| args![key.project, key.id]).collect();
    db.fetch_rows(&LOAD, &rows).await?.iter().map(outlet).collect()
}

/// OV-9: cards, each once, brought a lead on a day.
///
/// # Errors
/// [`StoreError`]
pub async fn brought_leads(tx: &mut Tx, days: &[(Key, String)]) -> Result<(), StoreError> {
    let rows: Vec<_> = days.iter().map(|(outlet, day)| args![outlet.project, outlet.id, day]).collect();
    tx.execute_rows(&BROUGHT, &rows).await.map(drop)
}

/// OV-9: an open card is dropped.
///
/// # Errors
/// [`StoreError::RowCount`] when it is not open.
pub async fn drop_card(tx: &mut Tx, outlet: Key, on: &str) -> Result<(), StoreError> {
    tx.execute_one(&DROP_CARD, &args![outlet.project, outlet.id, on]).await
}

/// OV-9: an open card is kept until a day.
///
/// # Errors
/// [`StoreError::RowCount`] when it is not open.
pub async fn keep(tx: &mut Tx, outlet: Key, until: &str) -> Result<(), StoreError> {
    tx.execute_one(&KEEP, &args![outlet.project, outlet.id, until]).await
}

/// OV-2: a card is merged into another one, which takes its age and its leads over; what was merged into it goes along.
///
/// # Errors
/// [`StoreError::RowCount`] when there is no such card.
pub async fn merge(tx: &mut Tx, from: &Outlet, into: &Outlet, on: &str) -> Result<(), StoreError> {
    let project = from.project;
    tx.execute_one(&MERGE, &args![project, from.id, into.id, on]).await?;
    tx.execute(&REDIRECT, &args![project, from.id, into.id]).await?;
    let opened_on = from.opened_on.as_str().min(&into.opened_on);
    let idle_from = from.idle_from.as_str().max(&into.idle_from);
    tx.execute_one(&ADOPT, &args![project, into.id, opened_on, idle_from]).await
}

/// The cards that were merged into this one.
///
/// # Errors
/// [`StoreError`]
pub async fn merged_into(db: &mut Reader, outlet: Key) -> Result<Vec<Uuid>, StoreError> {
    db.fetch_all(&MERGED_INTO, &args![outlet.project, outlet.id]).await?.iter().map(|row| row.id("id")).collect()
}

/// Cards that were not compared with others yet, or were renamed since.
///
/// # Errors
/// [`StoreError`]
pub async fn to_look_at(db: &mut Reader, project: Uuid, limit: i64) -> Result<Vec<Outlet>, StoreError> {
    db.fetch_all(&TO_LOOK_AT, &args![project, limit]).await?.iter().map(outlet).collect()
}

/// Cards were compared under the names they had then; one that was renamed meanwhile stays to be looked at.
///
/// # Errors
/// [`StoreError`]
pub async fn looked(tx: &mut Tx, outlets: &[Outlet]) -> Result<(), StoreError> {
    let rows: Vec<_> = outlets.iter().map(|o| args![o.project, o.id, &o.name_folded]).collect();
    tx.execute_rows(&LOOKED, &rows).await.map(drop)
}

/// Cards with one of these names, or in one of these cells, that were neither merged nor deleted; by id.
///
/// # Errors
/// [`StoreError`]
pub async fn alike(db: &mut Reader, project: Uuid, names: &[String], cells: &[i64]) -> Result<Vec<Outlet>, StoreError> {
    let mut rows = db.fetch_all(&NAMED, &args![project, names]).await?;
    rows.extend(db.fetch_all(&AROUND, &args![project, cells]).await?);
    let mut found = rows.iter().map(outlet).collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|row| row.id);
    found.dedup_by_key(|row| row.id);
    Ok(found)
}

/// What a list of idle cards is asked with.
#[derive(Debug, Clone, Copy)]
pub struct IdleFilter<'a> {
    /// The project.
    pub project: Uuid,
    /// Without a lead since this day or longer.
    pub since: &'a str,
    /// Cards that are kept beyond this day are left out.
    pub today: &'a str,
    /// The teams whose cards are shown, beside those of no team; `None` for all.
    pub teams: Option<&'a [Uuid]>,
    /// Only this team's.
    pub team: Option<Uuid>,
    /// Day and id of the last card of the page before.
    pub after: Option<(&'a str, Uuid)>,
}

/// A page of open cards without a lead for long, the longest first.
///
/// # Errors
/// [`StoreError`]
pub async fn idle(db: &mut Reader, filter: &IdleFilter<'_>, limit: i64) -> Result<Vec<Outlet>, StoreError> {
    let f = filter;
    let (day, id) = f.after.unwrap_or(("", Uuid::nil()));
    let teams = f.teams.unwrap_or_default();
    let args = args![f.project, f.since, f.today, f.teams.is_none(), teams, f.team, day, id, limit];
    db.fetch_all(&IDLE, &args).await?.iter().map(outlet).collect()
}

/// A page of the ids of open cards.
///
/// # Errors
/// [`StoreError`]
pub async fn open_ones(db: &mut Reader, project: Uuid, after: Uuid, limit: i64) -> Result<Vec<Uuid>, StoreError> {
    db.fetch_all(&OPEN_ONES, &args![project, after, limit]).await?.iter().map(|row| row.id("id")).collect()
}

/// Keeps grades that were set.
///
/// # Errors
/// [`StoreError`]
pub async fn add_grades(tx: &mut Tx, grades: &[Grade]) -> Result<(), StoreError> {
    let rows: Vec<_> = grades
        .iter()
        .map(|g| {
            let (outlet, stamp) = (g.outlet, g.stamp);
            args![outlet.project, outlet.id, stamp.ms, stamp.seq.cast_signed(), stamp.device, &g.grade]
        })
        .collect();
    tx.execute_rows(&ADD_GRADES, &rows).await.map(drop)
}

/// The grades set on these cards before an instant (Unix ms), for each card in the order of their stamps.
///
/// # Errors
/// [`StoreError`]
pub async fn grades(
    db: &mut Reader,
    project: Uuid,
    outlets: &[Uuid],
    before: i64,
) -> Result<Vec<(Uuid, Option<String>)>, StoreError> {
    let rows = db.fetch_all(&GRADES, &args![project, outlets, before]).await?;
    rows.iter().map(|row| Ok((row.id("outlet")?, row.opt_text("grade")?))).collect()
}

fn outlet(row: &Row) -> Result<Outlet, StoreError> {
    Ok(Outlet {
        project: row.id("project")?,
        id: row.id("id")?,
        name: row.text("name")?,
        name_folded: row.text("name_folded")?,
        grade: row.opt_text("grade")?,
        position: row.opt_text("position")?,
        cell: row.opt_i64("cell")?,
        owner: row.opt_id("owner")?,
        team: row.opt_id("team")?,
        opened_on: row.text("opened_on")?,
        state: row.text("state")?,
        ended_on: row.opt_text("ended_on")?,
        into: row.opt_id("into_card")?,
        idle_from: row.text("idle_from")?,
        keep_until: row.opt_text("keep_until")?,
    })
}
