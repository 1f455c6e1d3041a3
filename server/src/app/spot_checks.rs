//! `POST` and `GET /v1/projects/{project}/spot-checks`: somebody is asked where they are (AT-11).

use std::collections::BTreeSet;
use std::sync::Arc;

use api_spec::locale::Text;
use api_spec::primitives::{Instant, Page, PageQuery};
use api_spec::problem::{Code, Problem};
use api_spec::spot_checks::{IssueSpotChecks, IssuedSpotChecks, SpotCheck as Shown, SpotCheckQuery};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::page::Wanted;
use super::rotation::person;
use super::scope::Scope;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::{Facts, Need, Unit};
use crate::state::App;
use crate::store::spot_checks::{self, Filter, SpotCheck};
use crate::store::{Key, Tx, checkins, run_tx};

/// People that one request may ask.
const MANY: usize = 1_000;

/// Asks people where they are: the back office anybody, a team lead the own team. The same request again is answered the same.
///
/// # Errors
/// `not-found` for people, teams and posts outside the scope, `forbidden` for those who check nobody, `validation`, `id-taken`.
pub async fn issue_spot_checks(
    app: &App,
    actor: &Actor,
    project: Uuid,
    request: &IssueSpotChecks,
) -> Result<IssuedSpotChecks, AppError> {
    run_tx(&app.db, "issue_spot_checks", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let scope = Scope::of(actor, &directory, unit.now);
        let digest = digest(actor, request);
        // whoever repeats the request at the same time waits here
        let mut need = Need::default();
        need.record(Key { project, id: request.id });
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let before = spot_checks::of_batch(&mut tx, project, request.id).await?;
        if let Some(first) = before.first() {
            return if first.request == digest {
                Ok(issued(&directory, request.id, &before))
            } else {
                Err(Code::IdTaken.into())
            };
        }
        let people = chosen(&mut tx, &unit, &scope, project, request).await?;
        let mut rows = Vec::with_capacity(people.len());
        for (subject, team) in people {
            let row = SpotCheck {
                project,
                id: Uuid::new_v5(&request.id, subject.as_bytes()),
                batch: request.id,
                request: digest.clone(),
                subject,
                team,
                issued_at: unit.now,
                issued_by: actor.user,
                reached_at: None,
                due_at: None,
                state: "issued".to_owned(),
                answer: None,
                decided: false,
            };
            facts.show_spot_check(&row);
            rows.push(row);
        }
        facts.save(&mut tx, &unit).await?;
        let detail =
            json!({"people": rows.len(), "team": request.team, "post": request.post, "random": request.random});
        let key = Key { project, id: request.id };
        write_down(&mut tx, &app.random, (actor.org, actor.user), "issue_spot_checks", key, &detail, unit.now).await?;
        rows.sort_by_key(|row| row.id);
        Ok(issued(&directory, request.id, &rows))
    })
    .await
}

fn digest(actor: &Actor, request: &IssueSpotChecks) -> String {
    let IssueSpotChecks { id: _, subjects, team, post, random } = request;
    let text = json!([actor.user, subjects, team, post, random]).to_string();
    hex::encode(Sha256::digest(text))
}

/// Who is asked, each with the team.
async fn chosen(
    tx: &mut Tx,
    unit: &Unit,
    scope: &Scope,
    project: Uuid,
    request: &IssueSpotChecks,
) -> Result<Vec<(Uuid, Option<Uuid>)>, AppError> {
    let office = scope.is_office(project);
    let is_of = |team: &Uuid| unit.directory.teams.get(team).is_some_and(|team| team.project == project);
    let may = |team: Option<Uuid>| office || team.is_some_and(|team| scope.teams.contains(&team));
    if !office && !scope.teams.iter().any(is_of) {
        return Err(Code::Forbidden.into());
    }
    let named = [request.subjects.is_some(), request.team.is_some(), request.post.is_some()];
    if named.into_iter().filter(|named| *named).count() > 1 {
        let text = Text::new("name people, a team or a post, not several of them", "人员、组、点位只能指定一种");
        return Err(Problem::invalid("/subjects", text).into());
    }
    let zone = unit.directory.zone(project);
    let day = zone.day_of(unit.now);
    let all = unit.directory.attending(project, zone.bounds(day));
    let mut people: Vec<(Uuid, Option<Uuid>)> =
        all.iter().map(|each| (each.id, each.team)).filter(|(_, team)| may(*team)).collect();
    if let Some(subjects) = &request.subjects {
        let wanted: BTreeSet<Uuid> = subjects.iter().copied().collect();
        people.retain(|(id, _)| wanted.contains(id));
        if people.len() != wanted.len() {
            return Err(Code::NotFound.into());
        }
    } else if let Some(team) = request.team {
        if !is_of(&team) || !may(Some(team)) {
            return Err(Code::NotFound.into());
        }
        people.retain(|(_, of)| *of == Some(team));
    } else if let Some(post) = request.post {
        unit.directory.posts.get(&(project, post)).ok_or(Code::NotFound)?;
        let ids: Vec<Uuid> = people.iter().map(|(id, _)| *id).collect();
        let given = checkins::assigned_posts(tx, project, &day.to_string(), &ids).await?;
        people.retain(|(id, _)| {
            given.iter().any(|row| row.subject == *id && row.post == post && row.taken_back.is_none())
        });
    }
    if let Some(count) = request.random {
        // the lot is the digest of the request's id and the person's: the same request draws the same
        people.sort_by_key(|(id, _)| Uuid::new_v5(&request.id, id.as_bytes()));
        people.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    }
    if people.is_empty() || people.len() > MANY {
        let text = Text::new("must be 1 to 1000 people", "须为 1 至 1000 人");
        return Err(Problem::invalid("/subjects", text).into());
    }
    Ok(people)
}

/// A page of the spot checks of a day, by time of issue: the back office all, a team lead those of the own teams.
///
/// # Errors
/// `not-found` for teams outside the scope, `forbidden`, `bad-cursor`, `bad-parameter`.
pub async fn list_spot_checks(
    app: &App,
    actor: &Actor,
    project: Uuid,
    query: &SpotCheckQuery,
    page: &PageQuery,
) -> Result<Page<Shown>, AppError> {
    let wanted = Wanted::read(page)?;
    let mut db = app.db.read().await?;
    let directory = app.directories.current(&mut db, actor.org).await?;
    let now = app.clock.now();
    let scope = Scope::of(actor, &directory, now);
    let is_of = |team: &Uuid| directory.teams.get(team).is_some_and(|team| team.project == project);
    let all = scope.is_office(project) || scope.is_site_lead(project);
    let led: Vec<Uuid> = scope.teams.iter().copied().filter(is_of).collect();
    if !all && led.is_empty() {
        return Err(Code::Forbidden.into());
    }
    let teams = match query.team {
        Some(team) if is_of(&team) && (all || led.contains(&team)) => Some(vec![team]),
        Some(_) => return Err(Code::NotFound.into()),
        None => (!all).then_some(led),
    };
    let zone = directory.zone(project);
    let span = zone.bounds(query.day.unwrap_or_else(|| zone.day_of(now)));
    let filter = Filter { project, span, teams: teams.as_deref(), state: query.state.as_deref(), after: wanted.after };
    let rows = spot_checks::list(&mut db, &filter, wanted.rows()).await?;
    let (rows, next_cursor) = wanted.cut(rows, |row| (row.issued_at, row.id));
    Ok(Page { items: rows.iter().map(|row| shown(&directory, row)).collect(), next_cursor })
}

fn issued(directory: &Directory, id: Uuid, rows: &[SpotCheck]) -> IssuedSpotChecks {
    IssuedSpotChecks { id, checks: rows.iter().map(|row| shown(directory, row)).collect() }
}

fn shown(directory: &Directory, row: &SpotCheck) -> Shown {
    Shown {
        id: row.id,
        person: person(directory, row.subject),
        team: row.team,
        state: row.state.clone(),
        issued_at: Instant(row.issued_at),
        issued_by: person(directory, row.issued_by),
        reached_at: row.reached_at.map(Instant),
        until: row.due_at.map(Instant),
        answer: row.answer,
    }
}
