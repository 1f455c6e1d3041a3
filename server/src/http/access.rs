//! Who asks, and what it may do: handlers reach the [`App`] only through [`Auth`] or [`Anyone`], so that none can be
//! written without saying who may call it.

use std::marker::PhantomData;

use api_spec::locale::Locale;
use api_spec::problem::{Code, Problem};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use ipnet::IpNet;
use sync_core::people::Role;
use uuid::Uuid;

use super::boundary::Language;
use crate::app::actor::{Actor, Seat, Standing};
use crate::app::authenticate::authenticate;
use crate::error::AppError;
use crate::state::App;

/// What the router carries.
#[derive(Debug, Clone)]
pub(crate) struct Shared(App);

impl Shared {
    pub(super) fn new(app: App) -> Self {
        Self(app)
    }

    /// The networks of the proxies in front of this server.
    pub(super) fn proxies(&self) -> &[IpNet] {
        &self.0.proxies
    }
}

/// No token is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Anyone {
    /// The server.
    pub(crate) app: App,
    /// The language of the caller.
    pub(crate) locale: Locale,
}

impl FromRequestParts<Shared> for Anyone {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, AppError> {
        Ok(Self { app: shared.0.clone(), locale: locale(parts) })
    }
}

/// What a caller must be. A handler declares its own where those below do not fit.
pub(crate) trait Permission: Send + Sync + 'static {
    /// One of these roles, on any project now; empty for every role.
    const ROLES: &'static [Role] = &[];
    /// The login must be of a device.
    const DEVICE: bool = false;
    /// Also those who may only send what they recorded: ended accounts and stolen devices.
    const PUSH_ONLY: bool = false;
    /// Also before the password was changed that somebody else set.
    const BEFORE_PASSWORD: bool = false;
}

macro_rules! permissions {
    ($($(#[$about:meta])* $name:ident { $($item:item)* })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name;

        impl Permission for $name { $($item)* }
    )*};
}

permissions! {
    /// Everybody with an account.
    SignedIn {}
    /// Also those who still have to set a password.
    Newcomer {
        const BEFORE_PASSWORD: bool = true;
    }
    /// A device, also one that may only push.
    Phone {
        const DEVICE: bool = true;
        const PUSH_ONLY: bool = true;
    }
}

/// Somebody with permission `P`. The access token was checked against the clock, the login, the account and the device.
#[derive(Debug, Clone)]
pub(crate) struct Auth<P> {
    /// The server.
    pub(crate) app: App,
    /// Who asks.
    pub(crate) actor: Actor,
    permission: PhantomData<P>,
}

impl<P: Permission> Auth<P> {
    /// The caller's seat on a project, with one of the roles of `P`. Every handler about a project begins here.
    ///
    /// # Errors
    /// `not-found` for strangers to the project, `forbidden` for those with other roles there.
    pub(crate) fn on_project(&self, project: Uuid) -> Result<Seat, Problem> {
        self.actor.on_project_as(P::ROLES, project, self.app.clock.now())
    }
}

impl<P: Permission> FromRequestParts<Shared> for Auth<P> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, Shared(app): &Shared) -> Result<Self, AppError> {
        let token = bearer_token(&parts.headers)?;
        let actor = authenticate(app, token, locale(parts)).await?;
        let span = tracing::Span::current();
        span.record("user", tracing::field::display(actor.user));
        if let Some(device) = actor.device {
            span.record("device", tracing::field::display(device));
        }
        admit::<P>(&actor, app.clock.now())?;
        Ok(Self { app: app.clone(), actor, permission: PhantomData })
    }
}

fn admit<P: Permission>(actor: &Actor, now: i64) -> Result<(), Code> {
    if actor.standing != Standing::Active && !P::PUSH_ONLY {
        return Err(Code::PushOnly);
    }
    if actor.must_change_password && !P::BEFORE_PASSWORD {
        return Err(Code::MustChangePassword);
    }
    if P::DEVICE && actor.device.is_none() {
        return Err(Code::DeviceRequired);
    }
    if P::ROLES.is_empty() || actor.is_one_of(P::ROLES, now) { Ok(()) } else { Err(Code::Forbidden) }
}

/// The token of `Authorization: Bearer …` (RFC 6750).
fn bearer_token(headers: &HeaderMap) -> Result<&str, Code> {
    let value = headers.get(header::AUTHORIZATION).ok_or(Code::TokenMissing)?;
    let (scheme, token) = value.to_str().ok().and_then(|value| value.split_once(' ')).ok_or(Code::TokenInvalid)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Code::TokenInvalid) }
}

fn locale(parts: &Parts) -> Locale {
    parts.extensions.get().map(|&Language(locale)| locale).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::actor::tests::actor;

    struct Desk;

    impl Permission for Desk {
        const ROLES: &'static [Role] = &[Role::Desk];
    }

    #[test]
    fn who_may_only_push_and_who_has_no_password_yet_is_kept_out_of_the_rest() {
        let ended = Actor { standing: Standing::Ended(0), device: Some(Uuid::nil()), ..actor() };
        assert_eq!(admit::<SignedIn>(&ended, 0), Err(Code::PushOnly));
        assert_eq!(admit::<Phone>(&ended, 0), Ok(()));
        let newcomer = Actor { must_change_password: true, ..actor() };
        assert_eq!(admit::<SignedIn>(&newcomer, 0), Err(Code::MustChangePassword));
        assert_eq!(admit::<Newcomer>(&newcomer, 0), Ok(()));
    }

    #[test]
    fn roles_and_devices_are_demanded() {
        assert_eq!(admit::<Desk>(&actor(), 0), Err(Code::Forbidden));
        assert_eq!(admit::<Desk>(&Actor { role: Role::Desk, ..actor() }, 0), Ok(()));
        assert_eq!(admit::<Phone>(&actor(), 0), Err(Code::DeviceRequired));
    }

    #[test]
    fn the_scheme_is_bearer_in_any_case() {
        let token = |value: &'static str| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
            bearer_token(&headers).map(str::to_owned)
        };
        assert_eq!(token("bearer abc").as_deref(), Ok("abc"));
        assert_eq!(token("Basic abc"), Err(Code::TokenInvalid));
        assert_eq!(bearer_token(&HeaderMap::new()), Err(Code::TokenMissing));
    }
}
