//! What the promises need often: a server with the world on it, phones, and what they recorded.

use serde_json::{Value, json};
use sync_core::exchange::Status;
use sync_core::kinds::{CANVASS, VISIT};
use tests::engine::Engine;
use tests::in_process::InProcess;
use tests::phone::Phone;
use tests::world;
use uuid::Uuid;

/// A server whose clock stands at the morning, with everybody of the world.
pub(crate) async fn start(engine: Engine) -> InProcess {
    let server = InProcess::start(engine).await;
    server.api().set_clock(world::MORNING).await;
    world::found(&server.app().db).await;
    server
}

/// The id of the nth phone of a scenario.
pub(crate) fn device(n: u128) -> Uuid {
    Uuid::from_u128(0xde_0000 + n)
}

/// Records a cold visit.
pub(crate) fn visit(phone: &mut Phone, purpose: &str) -> Uuid {
    phone.create(&VISIT, json!({"visit_type": "cold", "purpose": purpose, "result": "名片"}))
}

/// Records a canvassing tally with this many flyers.
pub(crate) fn tally(phone: &mut Phone, flyers: i64) -> Uuid {
    let id = phone.create(&CANVASS, json!({"place": "春熙路"}));
    phone.add(&CANVASS, id, "flyers", flyers);
    id
}

/// A counter as the phone shows it; 0 without one.
pub(crate) fn count(phone: &Phone, id: Uuid, counter: &str) -> i64 {
    phone.body(id).get(counter).and_then(Value::as_i64).unwrap_or(0)
}

/// Status and rule of an op's outcome.
pub(crate) fn outcome(phone: &Phone, seq: u64) -> (Status, Option<String>) {
    let outcome = phone.replica.outcome(seq).unwrap_or_else(|| panic!("op {seq} has no outcome"));
    (outcome.status, outcome.rule.clone())
}
