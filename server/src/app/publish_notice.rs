//! `POST /v1/projects/{project}/notices`: something that everybody it is for is to read (OV-7).

use std::sync::Arc;

use api_spec::locale::Text;
use api_spec::notices::{Audience, Notice as Shown, PublishNotice};
use api_spec::primitives::Instant;
use api_spec::problem::{Code, Problem};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::actor::Actor;
use super::audited::write_down;
use crate::error::AppError;
use crate::facts::audience::readers;
use crate::facts::directory::Directory;
use crate::facts::{Facts, Need, Unit};
use crate::seal::mask::mask_numbers_in;
use crate::state::App;
use crate::store::notices::{self, Notice};
use crate::store::{Key, Tx, run_tx};

/// Longest title, in characters.
const TITLE_MAX: usize = 64;
/// Longest text, in characters.
const TEXT_MAX: usize = 4_000;

/// Publishes a notice. The same request again is answered the same.
///
/// # Errors
/// `validation`, `not-found` for teams and companies that are none of the project's, `id-taken`.
pub async fn publish_notice(
    app: &App,
    actor: &Actor,
    project: Uuid,
    request: &PublishNotice,
) -> Result<Shown, AppError> {
    run_tx(&app.db, "publish_notice", async |mut tx| {
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let unit = app.exchange.unit(Arc::clone(&directory));
        let region = directory.region(project);
        let checked = |text: &str, pointer: &str, max: usize| {
            let text = text.trim();
            if text.is_empty() || text.chars().count() > max {
                let message = Text {
                    en: format!("must be 1 to {max} characters, not blank").into(),
                    zh: format!("须为 1 至 {max} 个字符，且不能为空白").into(),
                };
                return Err(Problem::invalid(pointer, message));
            }
            Ok(mask_numbers_in(text, region).into_owned())
        };
        let title = checked(&request.title, "/title", TITLE_MAX)?;
        let text = checked(&request.text.shown(), "/text", TEXT_MAX)?;
        check_audience(&directory, project, request.audience)?;
        let digest = Sha256::digest(serde_json::to_vec(request).unwrap_or_default()).to_vec();
        let key = Key { project, id: request.id };
        let mut need = Need::default();
        need.record(key);
        let mut facts = Facts::load(&mut tx, &unit, &need).await?;
        match notices::find(&mut tx, key).await? {
            Some(notice) if notice.request_digest == digest => {
                return Ok(describe(&directory, &notice, &title, &text, request.audience));
            }
            Some(_) => return Err(Code::IdTaken.into()),
            None if facts.records.get(&key).is_some() => return Err(Code::IdTaken.into()),
            None => {}
        }
        let notice =
            publish(&mut tx, &unit, &mut facts, (key, actor.user), (&title, &text, request.audience), digest).await?;
        let detail = json!({"title": title, "audience": request.audience});
        write_down(&mut tx, &app.random, (actor.org, actor.user), "publish_notice", key, &detail, unit.now).await?;
        facts.save(&mut tx, &unit).await?;
        Ok(describe(&directory, &notice, &title, &text, request.audience))
    })
    .await
}

/// Keeps a notice and shows it; its record is needed.
///
/// # Errors
/// Those of the store.
pub(super) async fn publish(
    tx: &mut Tx,
    unit: &Unit,
    facts: &mut Facts,
    (key, author): (Key, Uuid),
    (title, text, audience): (&str, &str, Audience),
    request_digest: Vec<u8>,
) -> Result<Notice, AppError> {
    let hours = unit.directory.policy(key.project, unit.now).notice.hours;
    let notice = Notice {
        project: key.project,
        id: key.id,
        author,
        audience: serde_json::to_string(&audience).unwrap_or_default(),
        at: unit.now,
        due_at: unit.now.saturating_add(i64::from(hours) * 60 * 60 * 1_000),
        request_digest,
    };
    notices::add(tx, &notice).await?;
    facts.publish_notice(&notice, title, text, audience);
    Ok(notice)
}

fn check_audience(directory: &Directory, project: Uuid, audience: Audience) -> Result<(), Problem> {
    let known = match audience {
        Audience::All => true,
        Audience::Team(team) => directory.teams.get(&team).is_some_and(|team| team.project == project),
        Audience::Partner(partner) => directory.partners.contains_key(&partner),
    };
    if known {
        Ok(())
    } else {
        Err(Problem::invalid("/audience", Text::new("is not on this project", "不属于该项目")))
    }
}

/// A notice as people see it.
pub(super) fn describe(directory: &Directory, notice: &Notice, title: &str, text: &str, audience: Audience) -> Shown {
    let readers = readers(directory, notice.project, audience, notice.at);
    Shown {
        id: notice.id,
        title: title.to_owned(),
        text: text.to_owned(),
        audience,
        at: Instant(notice.at),
        due: Instant(notice.due_at),
        readers: readers.len() as u64,
    }
}
