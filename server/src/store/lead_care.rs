//! When leads were last followed up (FW-10): which lie waiting, and since when.

use uuid::Uuid;

use super::arg::args;
use super::sql::statements;
use super::{Key, Reader, Row, StoreError, Tx};

macro_rules! columns {
    () => {
        "project, lead, owner, team, touched_on, next_on, overdue_on"
    };
}

statements! {
    KNOW = "INSERT INTO lead_care (project, lead, owner, team, open, touched_on, next_on)
        {rows blob, blob, blob, blob, boolean, text, text}
        ON CONFLICT (project, lead) DO UPDATE SET owner = excluded.owner, team = excluded.team, open = excluded.open,
            next_on = excluded.next_on,
            touched_on = CASE WHEN excluded.touched_on > lead_care.touched_on THEN excluded.touched_on
                ELSE lead_care.touched_on END,
            overdue_on = CASE WHEN excluded.open AND COALESCE(excluded.next_on, '') = COALESCE(lead_care.next_on, '')
                THEN lead_care.overdue_on END";
    TOUCH = "INSERT INTO lead_care (project, lead, open, touched_on) {rows blob, blob, boolean, text}
        ON CONFLICT (project, lead) DO UPDATE SET
            overdue_on = CASE WHEN excluded.touched_on > lead_care.touched_on THEN NULL ELSE lead_care.overdue_on END,
            touched_on = CASE WHEN excluded.touched_on > lead_care.touched_on THEN excluded.touched_on
                ELSE lead_care.touched_on END";
    UNTOUCHED = concat!(
        "SELECT ", columns!(), " FROM lead_care
        WHERE project = $1 AND open AND overdue_on IS NULL AND touched_on <= $2 ORDER BY touched_on LIMIT $3"
    );
    PLANNED = concat!(
        "SELECT ", columns!(), " FROM lead_care
        WHERE project = $1 AND open AND overdue_on IS NULL AND next_on IS NOT NULL AND next_on < $2
            AND touched_on < next_on
        ORDER BY next_on LIMIT $3"
    );
    FLAG = "WITH input (project, lead, touched_on, day) AS ({rows blob, blob, text, text})
        UPDATE lead_care SET overdue_on = input.day FROM input
        WHERE lead_care.project = input.project AND lead_care.lead = input.lead
            AND lead_care.touched_on = input.touched_on";
    OVERDUE = concat!(
        "SELECT ", columns!(), " FROM lead_care
        WHERE project = $1 AND overdue_on IS NOT NULL AND ($2 OR owner = $3 OR team IN {blobs $4})
            AND (owner = $5 OR $5 IS NULL) AND (team = $6 OR $6 IS NULL)
            AND (overdue_on > $7 OR (overdue_on = $7 AND lead > $8))
        ORDER BY overdue_on, lead LIMIT $9"
    );
}

/// How a lead is looked after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadCare {
    /// The project.
    pub project: Uuid,
    /// The lead.
    pub lead: Uuid,
    /// Whose it is; nobody before the lead itself has come.
    pub owner: Option<Uuid>,
    /// The owner's team.
    pub team: Option<Uuid>,
    /// The day of the last follow-up, else of the lead.
    pub touched_on: String,
    /// The day on which the owner meant to follow up.
    pub next_on: Option<String>,
    /// Since when it lies waiting.
    pub overdue_on: Option<String>,
}

/// What a lead's record says of it: whose it is, whether it is open, and the day of the lead.
///
/// # Errors
/// [`StoreError`]
pub async fn know(tx: &mut Tx, leads: &[(LeadCare, bool)]) -> Result<(), StoreError> {
    let rows: Vec<_> = leads
        .iter()
        .map(|(care, open)| {
            args![care.project, care.lead, care.owner, care.team, *open, &care.touched_on, &care.next_on]
        })
        .collect();
    tx.execute_each(&KNOW, &rows).await
}

/// Leads, each given once and in order, were followed up on a day.
///
/// # Errors
/// [`StoreError`]
pub async fn touch(tx: &mut Tx, leads: &[(Key, String)]) -> Result<(), StoreError> {
    let rows: Vec<_> = leads.iter().map(|(lead, day)| args![lead.project, lead.id, false, day]).collect();
    tx.execute_each(&TOUCH, &rows).await
}

/// Open leads that begin to lie waiting: not followed up since `cut` or before, or planned for a day before `today` and not followed up
/// since.
///
/// # Errors
/// [`StoreError`]
pub async fn due(
    db: &mut Reader,
    project: Uuid,
    (cut, today): (&str, &str),
    limit: i64,
) -> Result<Vec<LeadCare>, StoreError> {
    let mut rows = db.fetch_all(&UNTOUCHED, &args![project, cut, limit]).await?;
    if rows.is_empty() {
        rows = db.fetch_all(&PLANNED, &args![project, today, limit]).await?;
    }
    rows.iter().map(care).collect()
}

/// Leads lie waiting since `day`, unless they were followed up meanwhile.
///
/// # Errors
/// [`StoreError`]
pub async fn flag(tx: &mut Tx, leads: &[LeadCare], day: &str) -> Result<(), StoreError> {
    let rows: Vec<_> = leads.iter().map(|care| args![care.project, care.lead, &care.touched_on, day]).collect();
    tx.execute_rows(&FLAG, &rows).await.map(drop)
}

/// What a list of leads that lie waiting is asked with.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    /// The project.
    pub project: Uuid,
    /// Whose and which teams' may be shown; `None` for all.
    pub whose: Option<(Uuid, &'a [Uuid])>,
    /// Only this owner's.
    pub owner: Option<Uuid>,
    /// Only this team's.
    pub team: Option<Uuid>,
    /// Day and lead of the last entry of the page before.
    pub after: Option<(&'a str, Uuid)>,
}

/// A page of leads that lie waiting, the longest first.
///
/// # Errors
/// [`StoreError`]
pub async fn overdue(db: &mut Reader, filter: &Filter<'_>, limit: i64) -> Result<Vec<LeadCare>, StoreError> {
    let f = filter;
    let (day, lead) = f.after.unwrap_or(("", Uuid::nil()));
    let (user, teams) = f.whose.map_or((None, &[][..]), |(user, teams)| (Some(user), teams));
    let args = args![f.project, f.whose.is_none(), user, teams, f.owner, f.team, day, lead, limit];
    db.fetch_all(&OVERDUE, &args).await?.iter().map(care).collect()
}

fn care(row: &Row) -> Result<LeadCare, StoreError> {
    Ok(LeadCare {
        project: row.id("project")?,
        lead: row.id("lead")?,
        owner: row.opt_id("owner")?,
        team: row.opt_id("team")?,
        touched_on: row.text("touched_on")?,
        next_on: row.opt_text("next_on")?,
        overdue_on: row.opt_text("overdue_on")?,
    })
}
