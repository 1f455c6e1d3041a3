//! What a login is made of: a family of refresh tokens, each good for one exchange, and access tokens.

use api_spec::auth::{DeviceHead, Session, Tokens};
use api_spec::primitives::Secret;
use api_spec::problem::Code;
use sync_core::op::Digest;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::actor::Actor;
use super::authenticate::Bearer;
use crate::error::AppError;
use crate::seal::access::Identity;
use crate::seal::anchor::Anchor;
use crate::seal::refresh;
use crate::seal::sealing::Place;
use crate::state::App;
use crate::store::devices::Device;
use crate::store::tokens::{self, RefreshToken};
use crate::store::{StoreError, Tx};

/// A token that was exchanged may come again for so long: its answer was lost on the way.
const LOST_ANSWER_MS: i64 = 30_000;

/// What became of a refresh token that was presented.
#[derive(Debug)]
pub(super) enum Exchanged {
    /// It was exchanged for this one, now or within the last seconds.
    For(Zeroizing<String>),
    /// Somebody used it long before: the whole family was revoked, which must be committed.
    Reused,
}

/// Adds a refresh token for `bearer` and returns it.
pub(super) async fn add_refresh_token(
    app: &App,
    tx: &mut Tx,
    bearer: Bearer,
    now: i64,
) -> Result<Zeroizing<String>, StoreError> {
    let (token, hash) = refresh::issue(&app.random);
    let Bearer { org, user, device, family } = bearer;
    let row = RefreshToken {
        org,
        hash,
        family,
        user,
        device,
        issued_at: now,
        expires_at: now.saturating_add(app.refresh_lifetime_ms),
        rotated_at: None,
        successor_sealed: None,
        revoked_at: None,
    };
    tokens::add(tx, &row).await?;
    Ok(token)
}

/// The stored token, locked, when it may be exchanged as far as it alone can tell.
///
/// # Errors
/// `refresh-invalid`, `session-ended`.
pub(super) async fn lock_refresh_token(tx: &mut Tx, token: &str, now: i64) -> Result<RefreshToken, AppError> {
    let hash = refresh::digest(token).ok_or(Code::RefreshInvalid)?;
    let stored = tokens::lock(tx, &hash).await?.ok_or(Code::RefreshInvalid)?;
    if stored.revoked_at.is_some() {
        return Err(Code::SessionEnded.into());
    }
    if stored.expires_at <= now {
        return Err(Code::RefreshInvalid.into());
    }
    Ok(stored)
}

/// Exchanges a locked token for its successor, which is bound to `device`.
pub(super) async fn exchange(
    app: &App,
    tx: &mut Tx,
    stored: &RefreshToken,
    device: Option<Uuid>,
    now: i64,
) -> Result<Exchanged, AppError> {
    let place = Place { purpose: "refresh-successor", owner: &stored.hash };
    match (stored.rotated_at, &stored.successor_sealed) {
        (Some(at), Some(sealed)) if now.saturating_sub(at) <= LOST_ANSWER_MS => {
            let successor = Zeroizing::new(app.sealer.open(place, sealed)?);
            let text =
                std::str::from_utf8(&successor).map_err(|_| AppError::Broken("a refresh token is no text".into()))?;
            Ok(Exchanged::For(Zeroizing::new(text.to_owned())))
        }
        (None, _) => {
            let bearer = Bearer { org: stored.org, user: stored.user, device, family: stored.family };
            let successor = add_refresh_token(app, tx, bearer, now).await?;
            let sealed = app.sealer.seal(place, successor.as_bytes())?;
            tokens::rotate(tx, stored.org, &stored.hash, now, &sealed).await?;
            Ok(Exchanged::For(successor))
        }
        (Some(_), _) => {
            tokens::revoke_family(tx, stored.org, stored.family, now).await?;
            Ok(Exchanged::Reused)
        }
    }
}

/// The tokens of an answer.
pub(super) fn tokens(app: &App, actor: &Actor, refresh_token: &str, now: i64) -> Result<Tokens, AppError> {
    let &Actor { org, user, device, role, family, .. } = actor;
    let access_token = app
        .access
        .issue(Identity { user, org, device, role, family }, now)
        .map_err(|error| AppError::Broken(format!("access token: {error}")))?;
    Ok(Tokens {
        access_token: Secret::new(access_token),
        token_type: "Bearer".to_owned(),
        expires_in: app.access.lifetime().as_secs(),
        refresh_token: Secret::new(refresh_token),
    })
}

/// The answer of a login or a fork.
pub(super) fn session(
    app: &App,
    actor: &Actor,
    device: Option<&Device>,
    refresh_token: &str,
    now: i64,
) -> Result<Session, AppError> {
    let anchor = |device: &Device| {
        let digest = Digest(device.head_digest);
        app.anchors.issue(&Anchor { org: device.org, device: device.id, at: now, acked: device.head_seq, digest })
    };
    Ok(Session {
        tokens: tokens(app, actor, refresh_token, now)?,
        must_change_password: actor.must_change_password,
        anchor: device.map(anchor),
        user: actor.describe(),
        device: device.map(head),
    })
}

fn head(device: &Device) -> DeviceHead {
    let next_seq = u64::try_from(device.head_seq).unwrap_or_default() + 1;
    DeviceHead { id: device.id, next_seq, head: Digest(device.head_digest) }
}
