//! `POST /v1/projects/{project}/attendance/witness`: a lead or delegate takes the attendance of a whole post at once (AT-8, AT-10).

use std::collections::BTreeSet;
use std::sync::Arc;

use api_spec::attendance::{WitnessPost, Witnessed, WitnessedHow, WitnessedPost};
use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use chrono::NaiveDate;
use serde_json::{Map, json};
use sync_core::kinds::CHECKIN;
use sync_core::op::Action;
use sync_core::record::State;
use sync_core::time::{Moment, Stamp, rfc3339};
use uuid::Uuid;

use super::actor::Actor;
use super::rotation::person;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::record::Record;
use crate::facts::{Facts, Need, Unit};
use crate::rules::attendance::Vouched;
use crate::rules::person_day::CheckSource;
use crate::state::App;
use crate::store::checkins::{self, Checkin};
use crate::store::feed::Revs;
use crate::store::witness_rounds::{self, WitnessRound};
use crate::store::{Key, Tx, run_tx};
use crate::sync::judge::Judge;

/// People of one round at the most.
const PEOPLE_MAX: usize = 500;

/// Confirms the own check-ins of everybody on a post, and records one for those who have none. The same request again is answered the same.
///
/// # Errors
/// `not-found` for posts and named people outside the caller's teams, `forbidden` for those who take nobody's attendance, `validation`,
/// `id-taken`.
pub async fn witness_post(
    app: &App,
    actor: &Actor,
    project: Uuid,
    request: &WitnessPost,
) -> Result<WitnessedPost, AppError> {
    run_tx(&app.db, "witness_post", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let key = Key { project, id: request.id };
        let asked = serde_json::to_string(request).map_err(|error| AppError::Broken(error.to_string()))?;
        if let Some(known) = witness_rounds::find(&mut tx, key).await? {
            let same = (known.author, &known.request) == (actor.user, &asked);
            let answer = || serde_json::from_str(&known.answer).map_err(|error| AppError::Broken(error.to_string()));
            return if same { answer() } else { Err(Code::IdTaken.into()) };
        }
        let today = directory.zone(project).day_of(unit.now);
        let day = request.day.unwrap_or(today);
        let people = people(&mut tx, &directory, actor, project, (request, day, today)).await?;
        let answer = round(&mut tx, &unit, actor.user, request, (project, day, day == today), &people).await?;
        let text = serde_json::to_string(&answer).map_err(|error| AppError::Broken(error.to_string()))?;
        let row = WitnessRound { key, author: actor.user, at: unit.now, request: asked, answer: text };
        witness_rounds::add(&mut tx, &row).await?;
        Ok(answer)
    })
    .await
}

/// Who is meant, and whether the caller takes their attendance.
async fn people(
    tx: &mut Tx,
    directory: &Directory,
    actor: &Actor,
    project: Uuid,
    (request, day, today): (&WitnessPost, NaiveDate, NaiveDate),
) -> Result<Vec<(Uuid, bool)>, AppError> {
    if !directory.posts.contains_key(&(project, request.post)) {
        return Err(Code::NotFound.into());
    }
    let teams = directory.teams.iter().filter(|(_, team)| team.project == project).map(|(id, _)| *id);
    let taken: BTreeSet<Uuid> = teams.filter(|team| directory.witnesses(actor.user, *team)).collect();
    if taken.is_empty() {
        return Err(Code::Forbidden.into());
    }
    if day > today {
        let text = Text::new("must not lie in the future", "不能晚于今天");
        return Err(Problem::invalid("/day", text).into());
    }
    let attending = directory.attending(project, directory.zone(project).bounds(day));
    let mine = |id: Uuid| {
        let team = attending.iter().find(|each| each.id == id).and_then(|each| each.team);
        id != actor.user && team.is_some_and(|team| taken.contains(&team))
    };
    let Some(named) = &request.people else {
        let on_post = checkins::on_post(tx, project, &day.to_string(), request.post).await?;
        let there = on_post.into_iter().filter(|row| row.taken_back.is_none() && row.subject != actor.user);
        let ids: BTreeSet<Uuid> = there.map(|row| row.subject).collect();
        return Ok(ids.into_iter().map(|id| (id, mine(id))).collect());
    };
    if named.is_empty() || named.len() > PEOPLE_MAX {
        let text = Text::new("must name 1 to 500 people", "须列出 1 至 500 人");
        return Err(Problem::invalid("/people", text).into());
    }
    let ids: BTreeSet<Uuid> = named.iter().copied().collect();
    if !ids.iter().all(|id| mine(*id)) {
        return Err(Code::NotFound.into());
    }
    Ok(ids.into_iter().map(|id| (id, true)).collect())
}

async fn round(
    tx: &mut Tx,
    unit: &Unit,
    by: Uuid,
    request: &WitnessPost,
    (project, day, is_today): (Uuid, NaiveDate, bool),
    people: &[(Uuid, bool)],
) -> Result<WitnessedPost, AppError> {
    let kind = serde_json::to_value(request.kind).unwrap_or_default();
    let ids: Vec<Uuid> = people.iter().filter(|(_, mine)| *mine).map(|(id, _)| *id).collect();
    let text = day.to_string();
    let found = checkins::of_subjects(tx, project, &ids, (&text, &text)).await?;
    let mut need = Need::default();
    for row in &found {
        need.record(Key { project, id: row.id });
    }
    for id in &ids {
        need.record(recorded_key(project, request.id, *id));
        need.posts_of(project, text.clone(), *id);
    }
    let mut facts = Facts::load(tx, unit, &need).await?;
    let moment = Moment::exact(unit.now);
    let seen_at = request.seen_at.map(|at| json!(rfc3339::text(at.0)));
    let mut answer = Vec::with_capacity(people.len());
    for &(id, mine) in people {
        let is_own = |row: &&Checkin| {
            row.subject == id
                && kind.as_str() == Some(row.kind.as_str())
                && row.source != CheckSource::Witness.as_str()
                && !matches!(row.verdict.as_str(), "void" | "withdrawn")
        };
        // as they stand now that they are locked
        let own: Vec<Checkin> = facts.checkins.values().filter(is_own).cloned().collect();
        let unseen: Vec<Uuid> = own.iter().filter(|row| !row.witnessed).map(|row| row.id).collect();
        let mut judge = Judge { directory: &unit.directory, facts: &mut facts };
        let (how, checks) = match (mine, own.is_empty(), unseen.is_empty()) {
            (false, ..) => (WitnessedHow::NotYours, Vec::new()),
            (true, true, _) if is_today => {
                let key = recorded_key(project, request.id, id);
                let fields = Map::from_iter([("type".to_owned(), kind.clone()), ("subject".to_owned(), json!(id))]);
                let record = recorded(&unit.directory, key, by, id, moment, fields);
                let mut record = Record { ruled: seen(seen_at.as_ref()), ..record };
                judge.rule_on_checkin(&mut record, moment, Some(Vouched::Witness { by }));
                judge.facts.records.put(key, record);
                (WitnessedHow::Recorded, vec![key.id])
            }
            (true, true, _) => (WitnessedHow::Missing, Vec::new()),
            (true, false, true) => (WitnessedHow::Known, own.iter().map(|row| row.id).collect()),
            (true, false, false) => {
                for check in &unseen {
                    if let Some(record) = judge.facts.records.get(&Key { project, id: *check }).cloned() {
                        judge.witness(record, by, moment, seen_at.as_ref());
                    }
                }
                (WitnessedHow::Confirmed, unseen)
            }
        };
        answer.push(Witnessed { person: person(&unit.directory, id), checks, how });
    }
    facts.save(tx, unit).await?;
    Ok(WitnessedPost { id: request.id, day, people: answer })
}

/// The check-in that a round records for somebody.
fn recorded_key(project: Uuid, round: Uuid, subject: Uuid) -> Key {
    Key { project, id: Uuid::new_v5(&round, subject.as_bytes()) }
}

fn seen(seen_at: Option<&serde_json::Value>) -> Map<String, serde_json::Value> {
    seen_at.map(|at| ("seen_at".to_owned(), at.clone())).into_iter().collect()
}

fn recorded(
    directory: &Directory,
    key: Key,
    by: Uuid,
    subject: Uuid,
    moment: Moment,
    fields: Map<String, serde_json::Value>,
) -> Record {
    let stamp = Stamp { ms: moment.latest, seq: 0, device: Uuid::nil() };
    Record {
        key,
        kind: CHECKIN.name.to_owned(),
        v: CHECKIN.v,
        owner: Some(by),
        team: directory.team_at(subject, key.project, &moment),
        created: moment,
        phase: CHECKIN.phases[0].to_owned(),
        version: 1,
        deleted: false,
        state: State::of(&CHECKIN, &Action::Set(fields), stamp),
        ruled: Map::new(),
        verdict: None,
        origin: None,
        ops: std::collections::BTreeMap::new(),
        revs: Revs::default(),
    }
}
