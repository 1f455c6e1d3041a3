//! Lists as files (DP-3): who may take one away, what stands in it, and that it is written down.
//!
//! A list that people take away has its columns in a file of this folder; the handler calls [`export`] with the use case that gives its pages.

mod columns;
mod csv_file;
mod field_columns;
mod log_columns;
mod roster;
mod week_columns;
mod workbook;

use api_spec::info::Limits;
use api_spec::messages;
use api_spec::primitives::{ListFormat, Page, PageQuery};
use api_spec::problem::{Code, Problem};
use serde::Serialize;
use serde_json::{Value, json};
use sync_core::people::Role;
use sync_core::time::Answer;
use uuid::Uuid;

pub use columns::{acts, attendance, bookings, months, records, reviews, sheets};
pub use field_columns::{funnel, notices, outlet_months, outlet_pairs, outlets, overdue_leads, receipts};
pub use log_columns::{daily_logs, evening, missing_logs};
pub use roster::{morning, rosters, spot_checks};
pub use week_columns::office_week;

use super::actor::Actor;
use super::audited::{Subject, write_down};
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::rules::calendar::Zone;
use crate::seal::mask::mask_numbers_in;
use crate::state::App;
use crate::store::{Key, run_tx};

/// A cell of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words; empty for nothing.
    Text(String),
    /// A number.
    Number(f64),
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// The cells of an entry.
pub type Row<T> = Box<dyn Fn(&Reader<'_>, &T) -> Vec<Cell> + Send + Sync>;

/// What a list looks like as a table: a heading and a row of cells for each entry.
pub struct Columns<T> {
    /// The name of the list, in file names and in the audit trail.
    pub name: &'static str,
    /// The heading, in the caller's language.
    pub heading: Vec<String>,
    /// The cells of an entry.
    pub row: Row<T>,
}

impl<T> std::fmt::Debug for Columns<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Columns({})", self.name)
    }
}

/// What cells are written with.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// Who is who.
    pub directory: &'a Directory,
    /// The zone of the times.
    pub zone: Zone,
}

impl Reader<'_> {
    /// A time (Unix ms) as a clock on the wall of the project shows it.
    pub fn time(&self, at: i64) -> Cell {
        let utc = chrono::DateTime::from_timestamp_millis(at).unwrap_or_default();
        Cell::Text(utc.with_timezone(&self.zone.tz()).format("%Y-%m-%d %H:%M:%S").to_string())
    }

    /// Somebody's name.
    pub fn name(&self, user: Option<Uuid>) -> Cell {
        let person = user.and_then(|user| self.directory.people.get(&user));
        Cell::Text(person.map(|person| person.name.clone()).unwrap_or_default())
    }

    /// A team's name.
    pub fn team(&self, team: Option<Uuid>) -> Cell {
        let team = team.and_then(|team| self.directory.teams.get(&team));
        Cell::Text(team.map(|team| team.name.clone()).unwrap_or_default())
    }

    /// A company's name.
    pub fn company(&self, partner: Option<Uuid>) -> Cell {
        let partner = partner.and_then(|partner| self.directory.partners.get(&partner));
        Cell::Text(partner.map(|partner| partner.name.clone()).unwrap_or_default())
    }
}

/// A table on its way into a file.
#[derive(Debug)]
struct Table {
    name: &'static str,
    heading: Vec<String>,
    rows: Vec<Vec<Cell>>,
    /// Who took it away, and when: stands below the rows.
    footer: String,
    exporter: String,
}

/// A list as a file.
#[derive(Debug)]
pub struct File {
    /// Its name, in ASCII.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Who may take lists away from where: the back office and site leads; team leads what their lists hold anyway, their teams' work.
///
/// # Errors
/// `forbidden`, with DP-3 and what it says
fn admit(actor: &Actor, project: Option<Uuid>, roles: &[Role], now: i64) -> Result<(), Problem> {
    let admitted = match project {
        Some(project) => actor.seats_on(project, now).any(|seat| roles.contains(&seat.role)),
        None => actor.is_one_of(roles, now),
    };
    if admitted {
        return Ok(());
    }
    let message = messages::message("DP-3", Answer::No, &json!({}), &chrono::Utc);
    Err(Problem::new(Code::Forbidden).with("rule", "DP-3").with("message", message.both()))
}

/// For the whole project's lists.
pub const OF_THE_PROJECT: &[Role] = &[Role::SiteLead, Role::BackOffice, Role::Admin];
/// For lists that show a team lead the own teams only.
pub const OF_ONES_TEAMS: &[Role] = &[Role::TeamLead, Role::SiteLead, Role::BackOffice, Role::Admin];

/// Where a list is taken away from, by whom.
#[derive(Debug, Clone, Copy)]
pub struct Whence<'a> {
    /// The project; lists over several have none.
    pub project: Option<Uuid>,
    /// Who may.
    pub roles: &'a [Role],
}

/// All pages of a list as one file. `list` gives a page; `filters` are written down with who took how much away.
///
/// # Errors
/// `forbidden`, `payload-too-large` beyond the rows of one file, and those of the list.
pub async fn export<T, F>(
    app: &App,
    actor: &Actor,
    whence: Whence<'_>,
    (format, filters): (ListFormat, &impl Serialize),
    columns: Columns<T>,
    list: impl Fn(PageQuery) -> F,
) -> Result<File, AppError>
where
    F: Future<Output = Result<Page<T>, AppError>>,
{
    let now = app.clock.now();
    admit(actor, whence.project, whence.roles, now)?;
    let directory = app.directories.current(&mut app.db.read().await?, actor.org).await?;
    let project = whence.project.or(actor.project);
    let zone = project.map_or(Zone::UTC, |project| directory.zone(project));
    let reader = Reader { directory: &directory, zone };
    let most = Limits::default().export_rows;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut cursor = None;
    loop {
        let page = list(PageQuery { cursor, limit: Some(PageQuery::MAX_LIMIT), format: None }).await?;
        rows.extend(page.items.iter().map(|item| (columns.row)(&reader, item)));
        if rows.len() as u64 > most {
            return Err(Problem::payload_too_large(Limits::EXPORT_ROWS, most).into());
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    let region = project.map_or(crate::seal::phone::Region::CN, |project| directory.region(project));
    let filters = masked(serde_json::to_value(filters).unwrap_or_default(), region);
    let (act, detail) =
        (format!("export_{}", columns.name), json!({"rows": rows.len(), "format": format, "filters": filters}));
    run_tx(&app.db, "export", async |mut tx| {
        let subject = match whence.project {
            Some(project) => Subject::from(Key { project, id: project }),
            None => actor.user.into(),
        };
        write_down(&mut tx, &app.random, (actor.org, actor.user), &act, subject, &detail, now).await?;
        Ok::<_, AppError>(())
    })
    .await?;
    let Cell::Text(at) = reader.time(now) else { return Err(Code::Internal.into()) };
    let exporter = format!("{} ({})", actor.name, actor.username);
    let footer = format!("导出人 / Exported by {exporter} · {at} {} · {} 行 / rows", zone.tz().name(), rows.len());
    let day = at.split(' ').next().unwrap_or_default();
    let stem = format!("{}-{day}", columns.name);
    let table = Table { name: columns.name, heading: columns.heading, rows, footer, exporter };
    match format {
        ListFormat::Xlsx => workbook::write(&table, &stem, now),
        ListFormat::Csv | ListFormat::Json => csv_file::write(&table, &stem),
    }
}

/// A value whose texts hold no full number.
fn masked(value: Value, region: crate::seal::phone::Region) -> Value {
    match value {
        Value::String(text) => Value::String(mask_numbers_in(&text, region).into_owned()),
        Value::Object(members) => members.into_iter().map(|(key, value)| (key, masked(value, region))).collect(),
        other => other,
    }
}
