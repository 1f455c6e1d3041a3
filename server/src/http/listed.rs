//! A list as a page or as a file (DP-3).

use api_spec::primitives::{ListFormat, Page, PageQuery};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::access::Auth;
use super::extract::Json;
use crate::app::actor::Actor;
use crate::app::export::{Columns, File, Whence, export};
use crate::error::AppError;
use crate::state::App;

/// The answer of a list.
#[derive(Debug)]
pub(super) enum Listed<P> {
    /// A page.
    Page(P),
    /// Everything, as a file.
    File(File),
}

impl<P: Serialize> IntoResponse for Listed<P> {
    fn into_response(self) -> Response {
        match self {
            Self::Page(page) => Json(page).into_response(),
            Self::File(File { name, media_type, bytes }) => {
                let name = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
                let disposition = name.unwrap_or(HeaderValue::from_static("attachment"));
                let headers: [(HeaderName, HeaderValue); 3] = [
                    (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
                    (header::CONTENT_DISPOSITION, disposition),
                    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                ];
                (headers, bytes).into_response()
            }
        }
    }
}

/// What a page is asked with.
#[derive(Debug)]
pub(super) struct Asked<Q> {
    pub(super) app: App,
    pub(super) actor: Actor,
    pub(super) query: Q,
    pub(super) page: PageQuery,
}

/// One page of `list`, or all of it as a file when `page` asks for one.
///
/// # Errors
/// Those of the list, and of [`export`].
pub(super) async fn listed<P, Q, T, F>(
    auth: &Auth<P>,
    whence: Whence<'_>,
    (query, page): (Q, PageQuery),
    columns: Columns<T>,
    list: impl Fn(Asked<Q>) -> F,
) -> Result<Listed<Page<T>>, AppError>
where
    Q: Clone + Serialize,
    F: Future<Output = Result<Page<T>, AppError>>,
{
    let ask = |page| list(Asked { app: auth.app.clone(), actor: auth.actor.clone(), query: query.clone(), page });
    match page.format {
        None | Some(ListFormat::Json) => ask(page).await.map(Listed::Page),
        Some(format) => export(&auth.app, &auth.actor, whence, (format, &query), columns, ask).await.map(Listed::File),
    }
}
