//! `POST /v1/devices`: a phone whose log forked goes on under a new device (P6).

use api_spec::auth::Session;
use api_spec::devices::ForkedDevice;
use api_spec::locale::{Locale, Text};
use api_spec::problem::{Code, Problem};
use serde_json::json;
use uuid::Uuid;

use super::actor::Standing;
use super::audited::write_down;
use super::authenticate::{Bearer, load_actor};
use super::session::{self, Exchanged};
use super::{log_time, registration};
use crate::error::AppError;
use crate::state::App;
use crate::store::devices::{self, Device, Registered};
use crate::store::tokens::RefreshToken;
use crate::store::{Tx, run_tx, users};

/// Forks of a user within [`DAY_MS`].
const FORKS_MAX: usize = 3;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Registers the new device and hands the login over to it. Asking again gives the same device.
///
/// # Errors
/// Those of a refresh; `wrong-device` when the login is of another device, `not-found` when the user has no such
/// device, `id-taken`, `device-of-another-user`, `too-many-forks`, `validation`.
pub async fn fork_device(app: &App, fork: &ForkedDevice, locale: Locale) -> Result<Session, AppError> {
    registration::check(&fork.device, "")?;
    let session = run_tx(&app.db, "fork_device", async |mut tx| {
        let now = app.clock.now();
        let stored = session::lock_refresh_token(&mut tx, fork.refresh_token.reveal(), now).await?;
        let device = register(app, &mut tx, fork, &stored, now).await?;
        let Exchanged::For(successor) = session::exchange(app, &mut tx, &stored, Some(device.id), now).await? else {
            return Ok(None);
        };
        let bearer = Bearer { org: stored.org, user: stored.user, device: Some(device.id), family: stored.family };
        let actor = load_actor(&mut tx, bearer, locale, now).await?;
        session::session(app, &actor, Some(&device), &successor, now).map(Some)
    });
    session.await?.ok_or_else(|| Code::RefreshReused.into())
}

/// The new device, made now or when the request came first.
async fn register(
    app: &App,
    tx: &mut Tx,
    fork: &ForkedDevice,
    stored: &RefreshToken,
    now: i64,
) -> Result<Device, AppError> {
    let &RefreshToken { org, user, family, device: bound_to, .. } = stored;
    if ![Some(fork.forked_from), Some(fork.device.id)].contains(&bound_to) {
        return Err(Code::WrongDevice.into());
    }
    // one fork of a user after the other, so that they can be counted
    users::lock(tx, org, user).await?.ok_or(Code::TokenInvalid)?;
    let parent = devices::lock(tx, &[fork.forked_from]).await?.pop();
    let parent = parent.filter(|parent| (parent.org, parent.user) == (org, user)).ok_or(Code::NotFound)?;
    let bearer = Bearer { org, user, device: Some(parent.id), family };
    if load_actor(tx, bearer, Locale::default(), now).await?.standing == Standing::Stolen {
        return Err(Code::DeviceRevoked.into());
    }
    let first_differing =
        i64::try_from(fork.seq).ok().filter(|seq| (1..=parent.head_seq.saturating_add(1)).contains(seq));
    let Some(first_differing) = first_differing else {
        let message = Text::new("must be the seq that device-forked named", "须为 device-forked 指明的序号");
        return Err(Problem::invalid("/seq", message).into());
    };
    let (earliest, stamp_ms) = log_time::after_fork(tx, &parent, first_differing).await?;
    let device = Device {
        forked_from: Some(parent.id),
        forked_seq: Some(first_differing),
        earliest,
        stamp_ms,
        ..registration::new_device(org, user, &fork.device, now)
    };
    match devices::register(tx, &device).await? {
        Registered::New => {
            check_count(tx, org, user, now).await?;
            let detail = json!({"forked_from": parent.id, "seq": first_differing});
            write_down(tx, &app.random, (org, user), "fork_device", device.id, &detail, now).await?;
            Ok(device)
        }
        Registered::Before(known) if (known.org, known.user) != (org, user) => Err(Code::DeviceOfAnotherUser.into()),
        Registered::Before(known) if known.forked_from == Some(parent.id) => Ok(*known),
        Registered::Before(_) => Err(Code::IdTaken.into()),
    }
}

/// # Errors
/// `too-many-forks` when the one just registered is one too many; the transaction then leaves no trace of it.
async fn check_count(tx: &mut Tx, org: i64, user: Uuid, now: i64) -> Result<(), AppError> {
    let all = devices::of_user(tx, org, user).await?;
    let recent = all.iter().filter(|each| each.forked_from.is_some() && each.created_at > now.saturating_sub(DAY_MS));
    if recent.count() > FORKS_MAX { Err(Code::TooManyForks.into()) } else { Ok(()) }
}
