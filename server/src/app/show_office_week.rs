//! `GET /v1/projects/{project}/week`: what a week came to, for the project and for each team.

use std::collections::{BTreeMap, BTreeSet};

use api_spec::locale::Text;
use api_spec::office_week::{OfficeWeek, OfficeWeekQuery, WeekOutlets, WeekTeam};
use api_spec::primitives::{Instant, Page, PageQuery};
use api_spec::problem::{Code, Problem};
use uuid::Uuid;

use super::actor::Actor;
use super::page::Wanted;
use super::rotation::person;
use crate::error::AppError;
use crate::facts::attending::Attending;
use crate::facts::directory::Directory;
use crate::facts::outlets::month_text;
use crate::facts::person_days::Standing;
use crate::rules::week::Week;
use crate::state::App;
use crate::store::office_weeks::{self, HandedIn, Log, Outlets};
use crate::store::person_days;

const HOUR_MS: i64 = 60 * 60 * 1_000;
/// Phases of logs that were never handed in.
const NOT_HANDED_IN: [&str; 2] = ["draft", "withdrawn"];

/// A page of the week: the whole project first, then the teams by name.
///
/// # Errors
/// `bad-cursor`, `bad-parameter`.
pub async fn show_office_week(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &OfficeWeekQuery,
    page: &PageQuery,
) -> Result<Page<OfficeWeek>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let (now, zone) = (app.clock.now(), directory.zone(project));
    let week = match &query.week {
        Some(text) => text.parse::<Week>().map_err(|_| {
            let message = Text::new("must be a week such as 2026-W48", "须为形如 2026-W48 的周");
            Problem::new(Code::BadParameter).at("?week", message)
        })?,
        None => Week::of(zone.day_of(now)),
    };
    let people = directory.attending(project, (zone.start_of(week.first()), week.end(zone)));
    // its place in the list is a row's key: teams are few, and the whole project is the first
    let mut teams: Vec<Option<Uuid>> =
        directory.teams.iter().filter(|(_, team)| team.project == project).map(|(id, _)| Some(*id)).collect();
    teams.sort_by_key(|team| team.map(|team| (directory.teams[&team].name.as_str(), team)));
    teams.insert(0, None);
    let rows: Vec<(i64, Option<Uuid>)> = (0..).zip(teams).collect();
    let after = wanted.after.map_or(-1, |(place, _)| place);
    let rows = rows.into_iter().filter(|(place, _)| *place > after);
    let rows = rows.take(usize::try_from(wanted.rows()).unwrap_or(usize::MAX)).collect();
    let (rows, next_cursor) = wanted.cut(rows, |(place, team)| (*place, team.unwrap_or_default()));

    let span = (week.first().to_string(), week.last().to_string());
    let span = (span.0.as_str(), span.1.as_str());
    let months = (month_text(week.first()), month_text(week.last()));
    let ids: Vec<Uuid> = people.iter().map(|each| each.id).collect();
    let mut days = Vec::new();
    for row in person_days::of_subjects(&mut db, project, &ids, span).await? {
        if let Some(standing) = Standing::of(&row)? {
            days.push((row.subject, row.day, standing.outcome.to_string()));
        }
    }
    let seen = Seen {
        directory: &directory,
        week: week.to_string(),
        due: week.due(zone, &directory.policy(project, now)) <= now,
        people,
        days,
        logs: office_weeks::logs(&mut db, project, span).await?,
        outlets: office_weeks::outlets(&mut db, project, (&months.0, &months.1)).await?,
        reviews: office_weeks::reviews(&mut db, project).await?,
        handed_in: office_weeks::handed_in(&mut db, project, &week.to_string()).await?,
    };
    let patience = i64::from(directory.policy(project, now).sheet.sign_hours) * HOUR_MS;
    let mut items: Vec<OfficeWeek> = rows.iter().map(|(_, team)| seen.of(*team)).collect();
    if let Some(whole) = items.first_mut().filter(|item| item.team.is_none()) {
        let (open, overdue) = office_weeks::disputes(&mut db, project, now).await?;
        (whole.open_disputes, whole.overdue_disputes) = (Some(count(open)), Some(count(overdue)));
        whole.overdue_sheets = Some(count(office_weeks::unsigned(&mut db, project, now - patience).await?));
    }
    Ok(Page { items, next_cursor })
}

/// A week as far as it was recorded.
struct Seen<'a> {
    directory: &'a Directory,
    week: String,
    /// Whether its logs should have been handed in by now (WL-9).
    due: bool,
    people: Vec<Attending<'a>>,
    /// Whose day came to what.
    days: Vec<(Uuid, String, String)>,
    logs: Vec<Log>,
    outlets: Vec<Outlets>,
    reviews: Vec<(Option<Uuid>, i64)>,
    handed_in: Vec<HandedIn>,
}

impl Seen<'_> {
    /// The row of a team, or of the whole project.
    fn of(&self, team: Option<Uuid>) -> OfficeWeek {
        let people: BTreeSet<Uuid> =
            self.people.iter().filter(|each| team.is_none() || each.team == team).map(|each| each.id).collect();
        let (mut days, mut logs) = (BTreeMap::new(), BTreeMap::new());
        let mut handed_in = BTreeSet::new();
        for log in self.logs.iter().filter(|log| people.contains(&log.owner)) {
            *logs.entry(log.phase.clone()).or_default() += 1;
            if !NOT_HANDED_IN.contains(&log.phase.as_str()) {
                handed_in.insert((log.owner, log.day.as_str()));
            }
        }
        let mut days_without_log = 0;
        for (subject, day, outcome) in self.days.iter().filter(|(subject, ..)| people.contains(subject)) {
            *days.entry(outcome.clone()).or_default() += 1;
            let worked = matches!(outcome.as_str(), "on_time" | "late" | "early_leave");
            if worked && !handed_in.contains(&(*subject, day.as_str())) {
                days_without_log += 1;
            }
        }
        let reviews = self.reviews.iter().filter(|(of, _)| team.is_none() || *of == team);
        let outlets = self.outlets(team);
        let team = team.and_then(|id| {
            let team = self.directory.teams.get(&id)?;
            let handed_in = self.handed_in.iter().find(|each| each.team == id);
            Some(WeekTeam {
                id,
                name: team.name.clone(),
                lead: team.lead.map(|lead| person(self.directory, lead)),
                handed_in_at: handed_in.map(|each| Instant(each.at)),
                hand_in_late: handed_in.map_or(self.due, |each| each.late),
            })
        });
        OfficeWeek {
            week: self.week.clone(),
            team,
            people: u32::try_from(people.len()).unwrap_or(u32::MAX),
            days,
            logs,
            days_without_log,
            outlets,
            open_reviews: count(reviews.map(|(_, open)| open).sum()),
            open_disputes: None,
            overdue_disputes: None,
            overdue_sheets: None,
        }
    }

    /// The months of a team's outlets, or of all.
    fn outlets(&self, team: Option<Uuid>) -> Vec<WeekOutlets> {
        let mut months: BTreeMap<&str, WeekOutlets> = BTreeMap::new();
        for row in self.outlets.iter().filter(|row| team.is_none() || row.team == team) {
            let none =
                || WeekOutlets { month: row.month.clone(), outlets: 0, at_risk: 0, short: 0, counted: 0, quota: 0 };
            let month = months.entry(&row.month).or_insert_with(none);
            month.outlets += count(row.outlets);
            month.at_risk += count(row.at_risk);
            month.short += count(row.short);
            month.counted += count(row.counted);
            month.quota += count(row.quota);
        }
        months.into_values().collect()
    }
}

fn count(rows: i64) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}
