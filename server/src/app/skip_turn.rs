//! `POST /v1/projects/{project}/rotation/skip`: the next consultant is passed over (CF-4).

use api_spec::desk::{Rotation, RotationSkip};
use api_spec::locale::Text;
use api_spec::problem::{Code, Problem};
use uuid::Uuid;

use super::actor::Actor;
use super::rotation::{candidates, person, read};
use crate::error::AppError;
use crate::seal::mask::mask_numbers_in;
use crate::state::App;
use crate::store::rotation::{self, Call, Purpose};
use crate::store::run_tx;

/// Longest reason, in characters.
const REASON_MAX: usize = 4_000;

/// Passes over the consultant whose turn it is. The same skip again changes nothing more.
///
/// # Errors
/// `validation` without a reason, `wrong-state` when it is somebody else's turn, `id-taken`.
pub async fn skip_turn(app: &App, actor: &Actor, project: Uuid, skip: &RotationSkip) -> Result<Rotation, AppError> {
    let reason = skip.reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON_MAX {
        let text = Text::new("must be 1 to 4000 characters, not blank", "须为 1 至 4000 个字符，且不能为空白");
        return Err(Problem::invalid("/reason", text).into());
    }
    run_tx(&app.db, "skip_turn", async |mut tx| {
        let now = app.clock.now();
        let directory = app.directories.current(&mut tx, actor.org).await?;
        let reason = mask_numbers_in(reason, directory.region(project));
        let day = directory.zone(project).day_of(now).to_string();
        let taking_part = candidates(&mut tx, &directory, project, &day, now).await?;
        let call = Call { project, day: &day, at: now, actor: actor.user };
        let purpose = Purpose::Skip { id: skip.id, reason: &reason };
        if let Some(known) = rotation::of_sheet(&mut tx, project, skip.id).await? {
            if known.reason.as_deref() != Some(&*reason) || known.consultant != skip.consultant {
                return Err(Code::IdTaken.into());
            }
            return read(&mut tx, &directory, project, now).await;
        }
        let turn = rotation::take(&mut tx, &call, &taking_part, &purpose).await?;
        let next = turn.map(|turn| person(&directory, turn.consultant));
        if next.as_ref().is_none_or(|next| next.id != skip.consultant) {
            let whose = next.map_or_else(String::new, |next| next.name);
            return Err(Problem::wrong_state(whose).into());
        }
        read(&mut tx, &directory, project, now).await
    })
    .await
}
