//! From an access token to an [`Actor`].

use api_spec::locale::Locale;
use api_spec::problem::Code;
use sync_core::people::{Employment, Role};
use sync_core::words::UnknownWord;
use uuid::Uuid;

use super::actor::{Actor, GRACE_MS, Membership, Standing};
use crate::error::AppError;
use crate::seal::access::{AccessError, Identity};
use crate::state::App;
use crate::store::sessions::{self, Holder, HolderDevice};
use crate::store::users::User;
use crate::store::{Reader, StoreError, teams};

/// `devices.revocation` of a device in strange hands; any other revocation ends its use.
pub(super) const STOLEN: &str = "stolen";
/// `users.status` of an account in use.
pub const ACTIVE: &str = "active";

/// Whom a token speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bearer {
    pub(super) org: i64,
    pub(super) user: Uuid,
    pub(super) device: Option<Uuid>,
    pub(super) family: Uuid,
}

/// Checks an access token against the clock and what became of login, account and device since it was issued.
///
/// # Errors
/// `token-invalid`, `token-expired`, `session-ended`, `account-ended`, `device-revoked`; [`AppError::Store`].
pub async fn authenticate(app: &App, token: &str, locale: Locale) -> Result<Actor, AppError> {
    let now = app.clock.now();
    let identity = app.access.open(token, now).map_err(|error| match error {
        AccessError::Expired => Code::TokenExpired,
        AccessError::Invalid => Code::TokenInvalid,
    })?;
    let Identity { org, user, device, family, role: _ } = identity;
    load_actor(&mut app.db.read().await?, Bearer { org, user, device, family }, locale, now).await
}

/// The actor of a login, as far as it may still be used.
pub(super) async fn load_actor(db: &mut Reader, bearer: Bearer, locale: Locale, now: i64) -> Result<Actor, AppError> {
    let Bearer { org, user, device, family } = bearer;
    let Holder { user, live, device } =
        sessions::holder(db, org, user, device, family).await?.ok_or(Code::TokenInvalid)?;
    if bearer.device.is_some() && device.is_none() {
        return Err(Code::TokenInvalid.into());
    }
    let standing = standing(&user, device.as_ref(), now)?;
    if !live {
        return Err(Code::SessionEnded.into());
    }
    let role = user.role.parse().map_err(inconsistent)?;
    let memberships = teams::memberships_of(db, org, &[user.id]).await?;
    let oversees = match (role, user.project) {
        (Role::BackOffice | Role::Admin, None) => sessions::projects_of(db, org).await?,
        _ => Vec::new(),
    };
    Ok(Actor {
        org,
        user: user.id,
        role,
        employment: employment(&user.employment).map_err(inconsistent)?,
        project: user.project,
        team: user.team,
        partner: user.partner,
        memberships: memberships.iter().map(membership).collect::<Result<_, _>>()?,
        leads: sessions::teams_led(db, org, user.id).await?,
        oversees,
        device: bearer.device,
        family,
        standing,
        must_change_password: user.must_change_password,
        locale,
        username: user.username,
        name: user.name,
    })
}

/// How far an account and a device may be used now.
pub(super) fn standing(user: &User, device: Option<&HolderDevice>, now: i64) -> Result<Standing, Code> {
    let account = match user.ended_at {
        _ if user.status == ACTIVE => Standing::Active,
        Some(at) if now < at => Standing::Active,
        Some(at) if device.is_some() && now < at.saturating_add(GRACE_MS) => Standing::Ended(at),
        _ => return Err(Code::AccountEnded),
    };
    match device.filter(|device| device.revoked_at.is_some()) {
        None => Ok(account),
        Some(device) if device.revocation.as_deref() == Some(STOLEN) => Ok(Standing::Stolen),
        Some(_) => Err(Code::DeviceRevoked),
    }
}

fn employment(word: &str) -> Result<Option<Employment>, UnknownWord> {
    if word.is_empty() { Ok(None) } else { word.parse().map(Some) }
}

pub(super) fn membership(row: &teams::Membership) -> Result<Membership, StoreError> {
    Ok(Membership {
        project: row.project,
        team: row.team,
        role: row.role.parse().map_err(inconsistent)?,
        from_at: row.from_at,
        until_at: row.until_at,
    })
}

fn inconsistent(error: impl std::fmt::Display) -> StoreError {
    StoreError::Inconsistent(error.to_string())
}
