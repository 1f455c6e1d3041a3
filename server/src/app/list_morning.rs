//! `GET /v1/projects/{project}/morning`: who is in, who is not, and which posts are empty.

use std::collections::{BTreeMap, BTreeSet};

use api_spec::primitives::{Instant, Page, PageQuery, Person};
use api_spec::problem::{Code, Problem};
use api_spec::rosters::DayPlan;
use api_spec::teams::{Morning, MorningPerson, MorningQuery, MorningState, PostName};
use chrono::NaiveDate;
use uuid::Uuid;

use super::actor::Actor;
use super::page::Wanted;
use super::rosters::Planning;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::attending::Attending;
use crate::facts::directory::Directory;
use crate::rules::attendance::{CheckInType, CheckInVerdict};
use crate::state::App;
use crate::store::checkins::{self, Checkin, PostAssignment};
use crate::store::{Reader, requests, rulings};

/// Reviews are counted up to here.
const REVIEWS_MAX: i64 = 501;

/// A page of the people whose morning the actor looks after: the teams one leads, everybody for the back office and the site lead.
///
/// # Errors
/// `not-found` for teams outside the scope, `forbidden` for those who look after nobody, `bad-cursor`, `bad-parameter`.
pub async fn list_morning(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &MorningQuery,
    page: &PageQuery,
) -> Result<Morning, AppError> {
    let wanted = Wanted::read(page)?;
    let state = query.state.as_ref().map(|word| named(word)).transpose()?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    let scope = Scope::of(actor, &directory, now);
    let teams = teams(&scope, &directory, project, query.team)?;
    let zone = directory.zone(project);
    let day = query.day.unwrap_or_else(|| zone.day_of(now));
    let people: Vec<Attending<'_>> = directory
        .attending(project, zone.bounds(day))
        .into_iter()
        .filter(|each| teams.as_ref().is_none_or(|teams| each.team.is_some_and(|team| teams.contains(&team))))
        .collect();
    let facts = Facts::read(&mut db, &directory, project, day, &people).await?;
    let mut all = Vec::new();
    for (place, each) in people.iter().enumerate() {
        let shown = facts.describe(&directory, each);
        if state.is_none_or(|state| shown.state == state) {
            all.push((i64::try_from(place).unwrap_or(i64::MAX), shown));
        }
    }
    // behind the last one of the page before, wherever that one stands by now
    let behind = wanted.after.map(|(place, last)| {
        let now_at = people.iter().position(|each| each.id == last);
        now_at.map_or(place, |place| i64::try_from(place).unwrap_or(i64::MAX))
    });
    all.retain(|(place, _)| behind.is_none_or(|behind| *place > behind));
    let (rows, next_cursor) = wanted.cut(all, |(place, shown)| (*place, shown.person.id));
    let mut morning = Morning {
        day,
        items: rows.into_iter().map(|(_, shown)| shown).collect(),
        next_cursor,
        empty_posts: Vec::new(),
        open_requests: 0,
        open_reviews: 0,
    };
    if wanted.after.is_none() {
        let ids: Vec<Uuid> = people.iter().map(|each| each.id).collect();
        morning.empty_posts = facts.empty_posts(&directory, project);
        morning.open_requests = requests::open_of(&mut db, project, &ids).await?.len() as u64;
        let open = rulings::in_review(&mut db, project, teams.as_deref(), None, None, REVIEWS_MAX).await?;
        morning.open_reviews = open.len() as u64;
    }
    Ok(morning)
}

/// The same as a plain page, for files.
///
/// # Errors
/// Those of [`list_morning`].
pub async fn list_morning_people(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &MorningQuery,
    page: &PageQuery,
) -> Result<Page<MorningPerson>, AppError> {
    let Morning { items, next_cursor, .. } = list_morning(app, actor, project, query, page).await?;
    Ok(Page { items, next_cursor })
}

/// The teams to show; all when there are none.
fn teams(
    scope: &Scope,
    directory: &Directory,
    project: Uuid,
    team: Option<Uuid>,
) -> Result<Option<Vec<Uuid>>, Problem> {
    let is_of = |team: &Uuid| directory.teams.get(team).is_some_and(|team| team.project == project);
    let all = scope.is_office(project) || scope.is_site_lead(project);
    let led: Vec<Uuid> = scope.teams.iter().copied().filter(is_of).collect();
    match team {
        Some(team) if is_of(&team) && (all || led.contains(&team)) => Ok(Some(vec![team])),
        Some(_) => Err(Code::NotFound.into()),
        None if all => Ok(None),
        None if led.is_empty() => Err(Code::Forbidden.into()),
        None => Ok(Some(led)),
    }
}

fn named(word: &str) -> Result<MorningState, Problem> {
    serde_json::from_value(word.into()).map_err(|_| {
        let text = api_spec::locale::Text::new(
            "must be in, late, missing, review, leave or off",
            "须为 in、late、missing、review、leave 或 off",
        );
        Problem::new(Code::BadParameter).at("?state", text)
    })
}

/// What a morning is made of.
struct Facts<'a> {
    planning: Planning<'a>,
    day: NaiveDate,
    arrivals: BTreeMap<Uuid, Checkin>,
    posts: Vec<PostAssignment>,
    leaves: BTreeSet<Uuid>,
}

impl<'a> Facts<'a> {
    async fn read(
        db: &mut Reader,
        directory: &'a Directory,
        project: Uuid,
        day: NaiveDate,
        people: &[Attending<'_>],
    ) -> Result<Self, AppError> {
        let ids: Vec<Uuid> = people.iter().map(|each| each.id).collect();
        let text = day.to_string();
        let planning = Planning::read(db, directory, project, &ids, (day, day)).await?;
        let mut arrivals: BTreeMap<Uuid, Checkin> = BTreeMap::new();
        for row in checkins::of_subjects(db, project, &ids, (&text, &text)).await? {
            let bears = row.kind == CheckInType::On.as_str()
                && !["withdrawn", CheckInVerdict::Void.as_str()].contains(&row.verdict.as_str());
            let earlier = arrivals.get(&row.subject).is_none_or(|known| rank(&row) < rank(known));
            if bears && earlier {
                arrivals.insert(row.subject, row);
            }
        }
        let posts = checkins::assigned_posts(db, project, &text, &ids).await?;
        let posts = posts.into_iter().filter(|row| row.taken_back.is_none()).collect();
        let leaves = requests::leaves_of(db, project, &ids, (&text, &text)).await?;
        let leaves = leaves.into_iter().map(|row| row.owner).collect();
        Ok(Self { planning, day, arrivals, posts, leaves })
    }

    fn describe(&self, directory: &Directory, each: &Attending<'_>) -> MorningPerson {
        let entry = self.planning.entry(each, self.day);
        let arrival = self.arrivals.get(&each.id);
        let state = match arrival.map(|row| row.verdict.as_str()) {
            Some("review") => MorningState::Review,
            Some("late") => MorningState::Late,
            Some(_) => MorningState::In,
            None if self.leaves.contains(&each.id) => MorningState::Leave,
            None if entry.plan == DayPlan::Off => MorningState::Off,
            None => MorningState::Missing,
        };
        let project_posts = self.posts.iter().filter(|row| row.subject == each.id);
        let posts: BTreeMap<Uuid, PostName> = project_posts
            .filter_map(|row| {
                let post = directory.posts.get(&(row.project, row.post))?;
                Some((row.post, PostName { id: row.post, name: post.name.clone() }))
            })
            .collect();
        MorningPerson {
            person: Person { id: each.id, name: each.person.name.clone() },
            team: each.team,
            state,
            plan: entry.plan,
            off: entry.off,
            on_site_by: entry.on_site_by,
            at: arrival.map(|row| Instant(row.moment.claimed.unwrap_or(row.moment.latest))),
            verdict: arrival.map(|row| row.verdict.clone()),
            posts: posts.into_values().collect(),
        }
    }

    /// Posts of the project that nobody is assigned to, by name.
    fn empty_posts(&self, directory: &Directory, project: Uuid) -> Vec<PostName> {
        let taken: BTreeSet<Uuid> = self.posts.iter().map(|row| row.post).collect();
        let empty = directory.posts.iter().filter(|((of, id), _)| *of == project && !taken.contains(id));
        let mut posts: Vec<PostName> =
            empty.map(|((_, id), post)| PostName { id: *id, name: post.name.clone() }).collect();
        posts.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        posts
    }
}

/// What counts comes before what waits for a decision, then the earlier.
fn rank(row: &Checkin) -> (bool, i64, Uuid) {
    (row.verdict == CheckInVerdict::Review.as_str(), row.moment.claimed.unwrap_or(row.moment.latest), row.id)
}
