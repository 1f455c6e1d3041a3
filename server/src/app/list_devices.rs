//! `GET /v1/devices`: the phones of somebody.

use api_spec::devices::Device;
use api_spec::primitives::{Instant, Person};
use uuid::Uuid;

use super::actor::Actor;
use super::supervision;
use crate::error::AppError;
use crate::state::App;
use crate::store::devices;
use crate::store::{Reader, StoreError};

/// All devices a user ever had, oldest first; the actor's own, or those of somebody the actor is responsible for.
///
/// # Errors
/// `not-found`, `forbidden`.
pub async fn list_devices(app: &App, actor: &Actor, user: Uuid) -> Result<Vec<Device>, AppError> {
    let mut db = app.db.read().await?;
    let name = if user == actor.user {
        actor.name.clone()
    } else {
        supervision::charge(&mut db, actor, user, app.clock.now()).await?.user.name
    };
    Ok(devices_of(&mut db, actor.org, Person { id: user, name }).await?)
}

pub(super) async fn devices_of(db: &mut Reader, org: i64, user: Person) -> Result<Vec<Device>, StoreError> {
    let all = devices::of_user(db, org, user.id).await?;
    let describe = |device: &devices::Device| Device {
        id: device.id,
        user: user.clone(),
        name: device.name.clone(),
        platform: device.platform.clone(),
        registered_at: Instant(device.created_at),
        seen_at: (device.last_seen > device.created_at).then_some(Instant(device.last_seen)),
        next_seq: u64::try_from(device.head_seq).unwrap_or_default() + 1,
        forked_from: device.forked_from,
        forked: all.iter().any(|other| other.forked_from == Some(device.id)),
        revoked_at: device.revoked_at.map(Instant),
    };
    Ok(all.iter().map(describe).collect())
}
