//! Who asks, and what it may do: handlers reach the [`App`] only through [`Auth`] or [`Anyone`], so that none can be
//! written without saying who may call it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::error::AppError;
use crate::state::App;

/// What the router carries.
#[derive(Debug, Clone)]
pub(crate) struct Shared(App);

impl Shared {
    pub(super) fn new(app: App) -> Self {
        Self(app)
    }
}

/// No token is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Anyone(pub(crate) App);

impl FromRequestParts<Shared> for Anyone {
    type Rejection = AppError;

    async fn from_request_parts(_: &mut Parts, shared: &Shared) -> Result<Self, AppError> {
        Ok(Self(shared.0.clone()))
    }
}
