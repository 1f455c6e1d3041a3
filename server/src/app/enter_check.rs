//! `POST /v1/projects/{project}/attendance/manual`: the office enters a check-in that a phone could not record (AT-9).

use std::sync::Arc;

use api_spec::attendance::{EnteredCheck, ManualCheck};
use api_spec::locale::Text;
use api_spec::primitives::Instant;
use api_spec::problem::{Code, Problem};
use serde_json::{Map, Value, json};
use sync_core::kinds::CHECKIN;
use sync_core::op::Action;
use sync_core::record::State;
use sync_core::time::{Moment, Stamp, rfc3339};
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use super::reason::reason;
use super::rotation::person;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::record::Record;
use crate::facts::{Facts, Need};
use crate::rules::attendance::Vouched;
use crate::state::App;
use crate::store::feed::Revs;
use crate::store::{Key, run_tx};
use crate::sync::judge::Judge;

/// Records the check-in with both times, and rules on it. The same request again is answered the same.
///
/// # Errors
/// `not-found` for people whose attendance is not taken then, `validation` for a time in the future, a blank reason or a witness who is
/// nobody else on the project, `id-taken`.
pub async fn enter_check(
    app: &App,
    actor: &Actor,
    project: Uuid,
    request: &ManualCheck,
) -> Result<EnteredCheck, AppError> {
    run_tx(&app.db, "enter_check", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let why = reason(&request.reason, directory.region(project))?;
        let moment = Moment::exact(request.at.0);
        check(&directory, project, request, unit.now)?;
        let key = Key { project, id: request.id };
        let mut need = Need::default();
        need.record(key);
        need.posts_of(project, directory.zone(project).day_of(request.at.0).to_string(), request.subject);
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let asked = json!({
            "type": request.kind, "subject": request.subject, "at": rfc3339::text(request.at.0), "reason": why,
            "witness": request.witness,
        });
        if let Some(known) = facts.records.get(&key) {
            let manual = known.ruled.get("manual").cloned().unwrap_or_default();
            let same = known.kind == CHECKIN.name && manual["asked"] == asked && manual["by"] == json!(actor.user);
            return if same { describe(&directory, known, request) } else { Err(Code::IdTaken.into()) };
        }
        let fields = Map::from_iter([("type".to_owned(), asked["type"].clone())]);
        let stamp = Stamp { ms: request.at.0, seq: 0, device: Uuid::nil() };
        let manual = json!({"by": actor.user, "entered_at": rfc3339::text(unit.now), "asked": asked});
        let mut record = Record {
            key,
            kind: CHECKIN.name.to_owned(),
            v: CHECKIN.v,
            owner: Some(request.subject),
            team: directory.team_at(request.subject, project, &moment),
            created: moment,
            phase: CHECKIN.phases[0].to_owned(),
            version: 1,
            deleted: false,
            state: State::of(&CHECKIN, &Action::Set(fields), stamp),
            ruled: Map::from_iter([("manual".to_owned(), manual)]),
            verdict: None,
            origin: None,
            ops: std::collections::BTreeMap::new(),
            revs: Revs::default(),
        };
        let vouched = Vouched::Manual { reason: why, witness: request.witness };
        Judge { directory: &directory, facts: &mut facts }.rule_on_checkin(&mut record, moment, Some(vouched));
        facts.records.put(key, record.clone());
        facts.save(&mut tx, &unit).await?;
        write_down(&mut tx, &app.random, (actor.org, actor.user), "enter_check", key, &asked, unit.now).await?;
        describe(&directory, &record, request)
    })
    .await
}

fn check(directory: &Directory, project: Uuid, request: &ManualCheck, now: i64) -> Result<(), Problem> {
    let at = request.at.0;
    if at > now {
        let text = Text::new("must not lie in the future", "不能晚于当前时间");
        return Err(Problem::invalid("/at", text));
    }
    let (from, until) = directory.zone(project).bounds(directory.zone(project).day_of(at));
    if !directory.attending(project, (from, until)).iter().any(|each| each.id == request.subject) {
        return Err(Code::NotFound.into());
    }
    let works_here = directory.memberships(request.witness, project, &Moment::exact(at)).next().is_some();
    if !works_here || request.witness == request.subject {
        let text = Text::new("must be somebody else who works on the project", "须为本项目的其他人员");
        return Err(Problem::invalid("/witness", text));
    }
    Ok(())
}

fn describe(directory: &Directory, record: &Record, request: &ManualCheck) -> Result<EnteredCheck, AppError> {
    let manual = record.ruled.get("manual").ok_or(Code::Internal)?;
    let id = |value: &Value| value.as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
    let entered_at = manual["entered_at"].as_str().and_then(|text| rfc3339::parse(text).ok()).ok_or(Code::Internal)?;
    Ok(EnteredCheck {
        id: record.key.id,
        subject: person(directory, request.subject),
        kind: request.kind,
        at: request.at,
        entered_at: Instant(entered_at),
        entered_by: person(directory, id(&manual["by"])),
        reason: manual["asked"]["reason"].as_str().unwrap_or_default().to_owned(),
        witness: person(directory, request.witness),
        verdict: record.verdict.clone(),
    })
}
