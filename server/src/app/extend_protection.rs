//! `POST /v1/protections/{id}/extend`: a protection ends later (PR-4).

use std::sync::Arc;

use api_spec::locale::Text;
use api_spec::messages;
use api_spec::primitives::{Holder, Instant};
use api_spec::problem::{Code, Problem};
use api_spec::protections::{Extension, Protection as Shown};
use serde_json::json;
use sync_core::people::Role;
use sync_core::time::Answer;
use uuid::Uuid;

use super::actor::Actor;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::record::Record;
use crate::facts::rulings::Subject;
use crate::facts::{Facts, Need};
use crate::rules::extension::{ExtensionError, ExtensionFacts, extend};
use crate::rules::replay::Decision;
use crate::rules::ruling::Rule;
use crate::seal::mask::mask_numbers_in;
use crate::state::App;
use crate::store::protections::Protection;
use crate::store::rulings::RulingRow;
use crate::store::{Key, StoreError, Tx, protections, rulings, run_tx};

/// Longest reason, in characters.
const REASON_MAX: usize = 4_000;

/// Extends the protection of a visited customer; its holder is told. The same request again is answered the same.
///
/// # Errors
/// `not-found`, also for those who extend none on its project, `stale`, `id-taken`, `validation`, `rule-refused` (PR-4).
pub async fn extend_protection(
    app: &App,
    actor: &Actor,
    id: Uuid,
    request: &Extension,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<Shown, AppError> {
    if request.reason.chars().count() > REASON_MAX {
        let text = Text::new("must be at most 4000 characters", "最多 4000 个字符");
        return Err(Problem::invalid("/reason", text).into());
    }
    let check_version = &check_version;
    run_tx(&app.db, "extend_protection", async |mut tx| {
        let now = app.clock.now();
        let projects = actor.projects_as(&[Role::SiteLead, Role::BackOffice], now);
        let found = protections::find(&mut tx, &projects, id).await?.ok_or(Code::NotFound)?;
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let key = Key { project: found.project, id };
        let mut need = Need::default();
        need.customer(Key { project: found.project, id: found.customer });
        need.record(key);
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        let row = facts.protections.get(&key).cloned().unwrap_or(found);
        let record = facts.records.get(&key).cloned().ok_or(Code::NotFound)?;
        let before = before(&mut tx, key).await?;
        let known = ExtensionFacts {
            request: request.id,
            zone: directory.zone(key.project),
            at: unit.now,
            by: actor.user,
            reason: mask_numbers_in(request.reason.trim(), directory.region(key.project)).into_owned(),
            class: row.class.clone(),
            state: row.state.clone(),
            until: row.until_at,
            extended: u32::try_from(before.len()).unwrap_or(u32::MAX),
        };
        if let Some((made, _)) = before.iter().find(|(made, _)| made.request == request.id) {
            let same = (&made.reason, made.by) == (&known.reason, known.by);
            return if same { Ok(describe(&row, &record)) } else { Err(Code::IdTaken.into()) };
        }
        check_version(record.version.cast_unsigned())?;
        let policy = directory.policy(key.project, unit.now);
        let ruling = extend(&known, &policy).map_err(|error| refusal(error, &known, &directory, key.project))?;
        let subject = Subject {
            key,
            family: "protection",
            owner: row.holder_user,
            team: None,
            supersedes: before.last().map(|(_, ruling)| *ruling),
            decided_by: Some(actor.user),
            note: Some(&known.reason),
        };
        let verdict = facts.rule(&directory, &subject, &ruling.ruling, &Decision::ProtectionExtended(known.clone()));
        let row = Protection { until_at: Some(ruling.until), ..row };
        facts.show_protection_again(&row);
        facts.protections.put(key, row.clone());
        let record = facts.records.get(&key).cloned().unwrap_or(record);
        let record = Record { verdict: Some(verdict), ..record };
        facts.records.put(key, record.clone());
        facts.save(&mut tx, &unit).await?;
        Ok(describe(&row, &record))
    })
    .await
}

/// The extensions there were, oldest first, each with its ruling.
async fn before(tx: &mut Tx, key: Key) -> Result<Vec<(ExtensionFacts, Uuid)>, StoreError> {
    let rows = rulings::of_subjects(tx, key.project, &[key.id]).await?;
    rows.iter().filter_map(|row| extension(row).transpose()).collect()
}

fn extension(row: &RulingRow) -> Result<Option<(ExtensionFacts, Uuid)>, StoreError> {
    let odd = |error: serde_json::Error| StoreError::Inconsistent(format!("ruling {}: {error}", row.id));
    let decision: Decision = serde_json::from_str(&row.facts).map_err(odd)?;
    Ok(if let Decision::ProtectionExtended(facts) = decision { Some((facts, row.id)) } else { None })
}

fn refusal(error: ExtensionError, known: &ExtensionFacts, directory: &Directory, project: Uuid) -> Problem {
    let rule = Rule::Pr4.as_str();
    let facts = match error {
        ExtensionError::Ended => json!({ "until": known.until }),
        _ => json!({ "case": error.case() }),
    };
    let text = messages::message(rule, Answer::No, &facts, &directory.zone(project).tz());
    let problem = Problem::rule(rule, &text);
    if error == ExtensionError::NoReason { problem.at("/reason", text) } else { problem }
}

fn describe(row: &Protection, record: &Record) -> Shown {
    let text = |name: &str| record.ruled.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    Shown {
        id: row.id,
        project: row.project,
        version: record.version.cast_unsigned(),
        class: row.class.clone(),
        state: row.state.clone(),
        customer_name: text("customer_name"),
        phone_masked: text("phone_masked"),
        holder: Holder { user: row.holder_user, partner: row.holder_partner },
        from: Instant(row.from_at),
        until: row.until_at.map(Instant),
    }
}
