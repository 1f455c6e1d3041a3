//! The exchange, and the pokes that tell a phone to come.

use std::convert::Infallible;
use std::time::Duration;

use api_spec::info::Limits;
use api_spec::problem::Code;
use api_spec::sync::{SyncPoke, SyncRequest, SyncResponse};
use axum::extract::Request;
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use sync_core::exchange;
use tokio_stream::wrappers::BroadcastStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Auth, Phone, Shared};
use super::extract;
use crate::app::actor::Standing;
use crate::error::AppError;
use crate::facts::directory::bucket;
use crate::state::App;
use crate::sync::exchange::Caller;

/// Bytes of a whole request, decompressed: the ops, and as much again for cursors and the envelope.
const BODY_BYTES: u64 = 2 * exchange::REQUEST_BYTES as u64;
/// How often an idle stream says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(20);

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(sync)).routes(routes!(events))
}

/// Pushes what a phone recorded and pulls what changed, in one round trip.
#[utoipa::path(post, path = "/v1/sync", tag = "sync", request_body = SyncRequest, responses((status = 200, body = SyncResponse)))]
async fn sync(auth: Auth<Phone>, request: Request) -> Result<Response, AppError> {
    let bytes = extract::json_body(request, Limits::REQUEST_BYTES, BODY_BYTES).await?;
    let received = auth.app.clock.now();
    let request: exchange::Request = extract::parse(&bytes)?;
    let answer = auth.app.exchange.run(&caller(&auth)?, &request, received).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

/// Tells a phone that a bucket of its user has changed: come and pull. A hint, nothing more.
#[utoipa::path(get, path = "/v1/sync/events", tag = "sync",
    responses((status = 200, body = SyncPoke, content_type = "text/event-stream")))]
async fn events(auth: Auth<Phone>) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, AppError> {
    let Caller { org, user, .. } = caller(&auth)?;
    if auth.actor.standing != Standing::Active {
        return Err(Code::PushOnly.into());
    }
    let app = auth.app.clone();
    let pokes = BroadcastStream::new(app.db.subscribe()).filter_map(move |poke| {
        let app = app.clone();
        async move {
            // who fell behind is poked once for everything
            let Ok(poke) = poke else { return Some(Ok(event(&SyncPoke { bucket: bucket::user(user), rev: 0 }))) };
            may_see(&app, org, user, &poke.bucket)
                .await
                .then(|| Ok(event(&SyncPoke { bucket: poke.bucket, rev: poke.rev })))
        }
    });
    Ok(Sse::new(pokes.take_until(auth.app.ending.closing()))
        .keep_alive(KeepAlive::new().interval(HEARTBEAT).text("alive")))
}

fn event(poke: &SyncPoke) -> Event {
    Event::default().json_data(poke).unwrap_or_default()
}

/// Whether a bucket is one of the user's right now.
async fn may_see(app: &App, org: i64, user: uuid::Uuid, bucket: &str) -> bool {
    let Ok(mut reader) = app.db.read().await else { return false };
    let directory = app.directories.current(&mut reader, org).await;
    directory.is_ok_and(|directory| directory.buckets_of(user, app.clock.now()).iter().any(|own| own == bucket))
}

fn caller(auth: &Auth<Phone>) -> Result<Caller, AppError> {
    let actor = &auth.actor;
    Ok(Caller {
        org: actor.org,
        user: actor.user,
        device: actor.device.ok_or(Code::DeviceRequired)?,
        stolen: actor.standing == Standing::Stolen,
        ended: matches!(actor.standing, Standing::Ended(_)),
    })
}
