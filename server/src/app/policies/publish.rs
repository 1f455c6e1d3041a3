//! `PUT /v1/projects/{project}/policy`: the office publishes a new version.

use std::sync::Arc;

use api_spec::locale::Text;
use api_spec::messages;
use api_spec::notices::Audience;
use api_spec::policy::{PolicyDocument, PublishPolicy};
use api_spec::problem::Problem;
use serde_json::json;
use sync_core::time::Answer;
use uuid::Uuid;

use super::{describe, read_document};
use crate::app::actor::Actor;
use crate::app::audited::write_down;
use crate::app::publish_notice;
use crate::app::publish_project::publish_projects;
use crate::error::AppError;
use crate::facts::directory::Directory;
use crate::facts::{Facts, Need};
use crate::rules::policy::diff;
use crate::rules::ruling::Rule;
use crate::seal::mask::mask_numbers_in;
use crate::state::App;
use crate::store::projects::Policy;
use crate::store::{Key, Tx, feed, orgs, projects, run_tx};

/// Longest note, in characters.
const NOTE_MAX: usize = 4_000;

/// Publishes a version that holds from now or from later on. Versions are only ever added: rulings name theirs. `check_version` refuses a
/// version published last other than the one the caller saw. Phones are told when it takes effect.
///
/// # Errors
/// `validation` with all mistakes of the document, and for a moment that is over; `stale`, `precondition-required`.
pub async fn publish_policy(
    app: &App,
    actor: &Actor,
    project: Uuid,
    request: &PublishPolicy,
    check_version: impl Fn(u64) -> Result<(), Problem> + Sync,
) -> Result<PolicyDocument, AppError> {
    let check_version = &check_version;
    run_tx(&app.db, "publish_policy", async |mut tx| {
        let now = app.clock.now();
        // two at once come one after the other here; from here on the cached directory lags behind
        orgs::touch_directory(&mut tx, actor.org).await?;
        let before = Directory::load(&mut tx, actor.org).await?;
        let newest = projects::newest_policy(&mut tx, project).await?.map_or(0, |policy| policy.version);
        check_version(newest.cast_unsigned())?;
        read_document(&before, project, &request.policy)?;
        let effective_from = request.effective_from.map_or(now, |at| at.0);
        if effective_from < now {
            let text = Text::new(
                "must not be over: rulings have been made by the policy of then",
                "不得早于当前时间：此前的裁定已按当时的政策作出",
            );
            return Err(Problem::invalid("/effective_from", text).into());
        }
        if request.note.as_ref().is_some_and(|note| note.chars().count() > NOTE_MAX) {
            return Err(
                Problem::invalid("/note", Text::new("must be up to 4000 characters", "不得超过 4000 个字符")).into()
            );
        }
        let note = request.note.as_ref().map(|note| mask_numbers_in(note, before.region(project)).into_owned());
        let policy = Policy {
            project,
            version: newest + 1,
            effective_from,
            doc: request.policy.to_string(),
            author: Some(actor.user),
            at: now,
            note,
        };
        projects::add_policy(&mut tx, &policy).await?;
        let directory = Directory::load(&mut tx, actor.org).await?;
        let document = describe(&mut tx, &directory, project, policy.version.cast_unsigned(), now).await?;
        let text = changes(&before, &directory, project, &policy);
        let detail = json!({"version": policy.version, "effective_from": policy.effective_from});
        let (who, subject) = ((actor.org, actor.user), Key { project, id: project });
        write_down(&mut tx, &app.random, who, "publish_policy", subject, &detail, now).await?;
        tell(&mut tx, app, (actor, project), Arc::new(directory), (&policy, &text)).await?;
        let publications = publish_projects(&mut tx, actor.org, &[project], now).await?;
        feed::publish(&mut tx, now, &publications).await?;
        Ok(document)
    })
    .await
}

/// OV-7: which keys a version changes about the policy that would hold without it, and from when on; nothing where it changes none.
fn changes(before: &Directory, after: &Directory, project: Uuid, policy: &Policy) -> Option<Text> {
    let at = policy.effective_from;
    let changes = diff(&before.policy(project, at), &after.policy(project, at));
    if changes.is_empty() {
        return None;
    }
    let keys: Vec<String> = changes.into_iter().map(|change| change.path).collect();
    let tz = after.zone(project).tz();
    let from = chrono::DateTime::from_timestamp_millis(at).unwrap_or_default().with_timezone(&tz);
    let facts = json!({"case": "policy", "from": from.format("%Y-%m-%d %H:%M").to_string(), "keys": keys});
    Some(messages::message(Rule::Ov7.as_str(), Answer::Yes, &facts, &tz))
}

/// OV-7: everybody on the project is to read what changes.
async fn tell(
    tx: &mut Tx,
    app: &App,
    (actor, project): (&Actor, Uuid),
    directory: Arc<Directory>,
    (policy, text): (&Policy, &Option<Text>),
) -> Result<(), AppError> {
    let Some(text) = text else { return Ok(()) };
    let unit = app.exchange.unit(directory);
    let key = Key { project, id: Uuid::new_v5(&project, format!("policy:{}", policy.version).as_bytes()) };
    let mut need = Need::default();
    need.record(key);
    let mut facts = Facts::load(tx, &unit, &need).await?;
    let title = format!("{} v{}", Rule::Ov7, policy.version);
    let said = (title.as_str(), &*text.both(), Audience::All);
    publish_notice::publish(tx, &unit, &mut facts, (key, actor.user), said, Vec::new()).await?;
    facts.save(tx, &unit).await
}
