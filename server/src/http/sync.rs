//! The exchange, and the pokes that tell a phone to come.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use api_spec::info::Limits;
use api_spec::problem::{Code, Problem};
use api_spec::sync::{SyncPoke, SyncRequest, SyncResponse};
use axum::extract::Request;
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt};
use sync_core::exchange;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::access::{Auth, Phone, Shared};
use super::extract;
use crate::app::actor::Standing;
use crate::error::AppError;
use crate::facts::directory::bucket;
use crate::state::App;
use crate::store::Poke;
use crate::sync::exchange::Caller;

/// After how many seconds a phone may ask for a stream again when there are enough of them; the answer is jittered.
const STREAM_RETRY_S: u64 = 30;
/// How often an idle stream says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(20);

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(sync)).routes(routes!(events))
}

/// Pushes what a phone recorded and pulls what changed, in one round trip.
#[utoipa::path(post, path = "/v1/sync", tag = "sync", request_body = SyncRequest, responses((status = 200, body = SyncResponse)))]
async fn sync(auth: Auth<Phone>, request: Request) -> Result<Response, AppError> {
    auth.app.exchange.admit(auth.actor.project.unwrap_or(auth.actor.user))?;
    // the ops, decompressed, and as much again for cursors and the envelope
    let body_bytes = auth.app.limits.request_bytes.saturating_mul(2);
    let bytes = extract::json_body(request, Limits::REQUEST_BYTES, body_bytes).await?;
    let received = auth.app.clock.now();
    let request: exchange::Request = extract::parse(&bytes)?;
    let answer = auth.app.exchange.run(&caller(&auth)?, &request, received).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

/// Tells a phone that a bucket of its user has changed: come and pull. A hint, nothing more.
#[utoipa::path(get, path = "/v1/sync/events", tag = "sync",
    responses((status = 200, body = SyncPoke, content_type = "text/event-stream")))]
async fn events(auth: Auth<Phone>) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, AppError> {
    if auth.actor.standing != Standing::Active {
        return Err(Code::PushOnly.into());
    }
    let place = Arc::clone(&auth.app.event_streams).try_acquire_owned();
    let place = place.map_err(|_| Problem::overloaded(STREAM_RETRY_S))?;
    let closing = auth.app.ending.closing();
    let listener = Listener {
        pokes: auth.app.db.subscribe(),
        org: auth.actor.org,
        user: auth.actor.user,
        seen: None,
        app: auth.app,
        _place: place,
    };
    let events = futures_util::stream::unfold(listener, |mut listener| async move {
        let poke = listener.next().await?;
        Some((Ok(Event::default().json_data(&poke).unwrap_or_default()), listener))
    });
    Ok(Sse::new(events.take_until(closing)).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("alive")))
}

/// Somebody who waits for pokes, with the buckets they may pull.
struct Listener {
    app: App,
    org: i64,
    user: Uuid,
    pokes: broadcast::Receiver<Poke>,
    seen: Option<(Instant, Vec<String>)>,
    /// Given back when the stream ends.
    _place: OwnedSemaphorePermit,
}

impl Listener {
    /// The next poke of a bucket of theirs; none when the server stops. Who fell behind is poked once for everything.
    async fn next(&mut self) -> Option<SyncPoke> {
        loop {
            match self.pokes.recv().await {
                Ok(poke) if self.may_pull(&poke.bucket).await => {
                    return Some(SyncPoke { bucket: poke.bucket, rev: poke.rev });
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return Some(SyncPoke { bucket: bucket::user(self.user), rev: 0 }),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Whether a bucket is one of theirs, as of a heartbeat ago at most; the pull itself is exact.
    async fn may_pull(&mut self, name: &str) -> bool {
        let stale = self.seen.as_ref().is_none_or(|(at, _)| at.elapsed() > HEARTBEAT);
        if stale
            && let Ok(mut reader) = self.app.db.read().await
            && let Ok(directory) = self.app.directories.current(&mut reader, self.org).await
        {
            self.seen = Some((Instant::now(), directory.buckets_of(self.user, self.app.clock.now())));
        }
        self.seen.as_ref().is_some_and(|(_, buckets)| buckets.iter().any(|own| own == name))
    }
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
