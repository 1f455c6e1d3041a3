//! `POST /v1/auth/login`: a password or a one-time code becomes a session, and the device is registered with it.

use api_spec::auth::{Login, Session};
use api_spec::locale::Locale;
use api_spec::problem::Code;
use zeroize::Zeroizing;

use super::address::Address;
use super::attempts::{Attempt, Scope};
use super::authenticate::{Bearer, load_actor, standing};
use super::session;
use super::{one_time_code, registration};
use crate::error::AppError;
use crate::state::App;
use crate::store::sessions::HolderDevice;
use crate::store::users::{self, User};
use crate::store::{orgs, run_tx};

/// Longer names and passwords are not looked at.
const MAX_BYTES: usize = 1_024;

/// What the caller has proven to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    Password,
    OneTimeCode,
}

/// Logs in. Who does not exist is answered like who has another password, after the same work.
///
/// # Errors
/// `bad-credentials`, `one-time-code-invalid`, `account-ended`, `device-of-another-user`, `device-revoked`,
/// `throttled`, `overloaded`, `validation`.
pub async fn log_in(app: &App, login: &Login, address: Address, locale: Locale) -> Result<Session, AppError> {
    if let Some(device) = &login.device {
        registration::check(device, "/device")?;
    }
    let code = one_time_code::normalise(login.password.reveal());
    let refusal = if code.is_some() { Code::OneTimeCodeInvalid } else { Code::BadCredentials };
    if [login.org.as_str(), &login.username, login.password.reveal()].iter().any(|text| text.len() > MAX_BYTES) {
        return Err(refusal.into());
    }
    let pass = app.attempts.admit(&Attempt {
        org: &login.org,
        username: &login.username,
        address,
        device: login.device.as_ref().map(|device| device.id),
        is_code: code.is_some(),
    })?;
    let session = compare(app, login, code, pass.scope(), refusal, locale).await;
    pass.settle(session)
}

/// The session of who proves to be who they say; `refusal` for all others.
async fn compare(
    app: &App,
    login: &Login,
    code: Option<Zeroizing<String>>,
    scope: Scope,
    refusal: Code,
    locale: Locale,
) -> Result<Session, AppError> {
    let user = find(app, login).await?;
    let proof = prove(app, user.as_ref(), login.password.reveal(), code, scope).await?;
    let (Some(user), Some(proof)) = (user, proof) else { return Err(refusal.into()) };
    run_tx(&app.db, "log_in", async |mut tx| {
        let now = app.clock.now();
        let locked = users::lock(&mut tx, user.org, user.id).await?.ok_or(refusal)?;
        if !still_holds(proof, &user, &locked) {
            return Err(refusal.into());
        }
        if proof == Proof::OneTimeCode {
            if locked.one_time_code_expires.is_none_or(|expires| expires <= now) {
                return Err(refusal.into());
            }
            users::use_one_time_code(&mut tx, user.org, user.id).await?;
        }
        let device = match &login.device {
            Some(claim) => {
                let device = registration::new_device(user.org, user.id, claim, now);
                Some(registration::register(&mut tx, device).await?)
            }
            None => None,
        };
        let held = device.as_ref().map(|device| HolderDevice {
            id: device.id,
            revoked_at: device.revoked_at,
            revocation: device.revocation.clone(),
        });
        standing(&locked, held.as_ref(), now)?;
        let family = app.random.opaque_id();
        let device_id = device.as_ref().map(|device| device.id);
        let bearer = Bearer { org: user.org, user: user.id, device: device_id, family };
        let refresh_token = session::add_refresh_token(app, &mut tx, bearer, now).await?;
        let actor = load_actor(&mut tx, bearer, locale, now).await?;
        session::session(app, &actor, device.as_ref(), &refresh_token, now)
    })
    .await
}

async fn find(app: &App, login: &Login) -> Result<Option<User>, AppError> {
    let mut db = app.db.read().await?;
    let Some(org) = orgs::by_code(&mut db, login.org.trim()).await? else { return Ok(None) };
    Ok(users::by_username(&mut db, org.org, login.username.trim()).await?)
}

/// Checks the password, and before it the code when it has the form of one: the work depends on what was sent and on how often that was
/// tried, and not on who exists.
async fn prove(
    app: &App,
    user: Option<&User>,
    password: &str,
    code: Option<Zeroizing<String>>,
    scope: Scope,
) -> Result<Option<Proof>, AppError> {
    if let Some(code) = code {
        let hash = user.filter(|user| user.one_time_code_expires.is_some());
        let hash = hash.and_then(|user| user.one_time_code_hash.as_deref());
        if app.passwords.verify(hash, &code).await? {
            return Ok(Some(Proof::OneTimeCode));
        }
    }
    if scope == Scope::CodeAlone {
        return Ok(None);
    }
    let hash = user.and_then(|user| user.password_hash.as_deref());
    Ok(app.passwords.verify(hash, password).await?.then_some(Proof::Password))
}

/// Whether nobody changed meanwhile what was checked before the transaction.
fn still_holds(proof: Proof, checked: &User, locked: &User) -> bool {
    match proof {
        Proof::Password => checked.password_hash == locked.password_hash,
        Proof::OneTimeCode => {
            (&checked.one_time_code_hash, checked.one_time_code_expires)
                == (&locked.one_time_code_hash, locked.one_time_code_expires)
        }
    }
}
