//! Pokes: `GET /v1/sync/events` tells a phone to come and pull, whichever process wrote.

use std::time::Duration;

use api_spec::sync::SyncPoke;
use reqwest::Method;
use serde_json::json;
use sync_core::kinds::VISIT;
use tests::api::Api;
use tests::engine::Engine;
use tests::in_process::InProcess;
use tests::phone::Phone;
use tests::process::ServerProcess;
use tests::world;
use uuid::Uuid;

/// What must arrive arrives long before this.
const SOON: Duration = Duration::from_secs(20);

/// The first poke on a stream that names this bucket.
async fn poke(stream: reqwest::Response, bucket: &str) -> SyncPoke {
    let mut stream = stream;
    let mut text = String::new();
    let wait = async {
        while let Some(chunk) = stream.chunk().await.unwrap() {
            text.push_str(&String::from_utf8_lossy(&chunk));
            let pokes =
                text.lines().filter_map(|line| serde_json::from_str::<SyncPoke>(line.strip_prefix("data:")?).ok());
            if let Some(poke) = pokes.into_iter().find(|poke| poke.bucket == bucket) {
                return poke;
            }
        }
        panic!("the stream ended: {text}");
    };
    tokio::time::timeout(SOON, wait).await.unwrap_or_else(|_| panic!("no poke of {bucket}"))
}

async fn listen(api: &Api) -> reqwest::Response {
    let response = api.request(Method::GET, "/v1/sync/events").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response
}

tests::scenarios! {
    async fn a_phone_is_poked_when_another_one_of_its_user_has_pushed(engine: Engine) {
        let server = InProcess::start(engine).await;
        server.api().set_clock(world::MORNING).await;
        world::found(&server.app().db).await;
        let waiting = Phone::ready(&server.api(), "zhangwei", Uuid::from_u128(1)).await;
        let mut writing = Phone::ready(&server.api(), "zhangwei", Uuid::from_u128(2)).await;
        let stranger = Phone::ready(&server.api(), "zhaolei", Uuid::from_u128(3)).await;
        let (stream, other) = (listen(&waiting.api()).await, listen(&stranger.api()).await);
        writing.create(&VISIT, json!({"visit_type": "cold"}));
        writing.sync().await.unwrap();
        let own = format!("user:{}", world::id("zhangwei"));
        assert!(poke(stream, &own).await.rev > 0);
        let other = tokio::time::timeout(Duration::from_millis(500), poke(other, &own)).await;
        assert!(other.is_err(), "a stranger is told nothing (P10)");
        assert!(server.shut_down().await, "a stream without an end does not hold up the shutdown");
    }

    async fn a_stream_wants_a_token(engine: Engine) {
        let server = InProcess::start(engine).await;
        let response = server.api().request(Method::GET, "/v1/sync/events").send().await.unwrap();
        assert_eq!(response.status(), 401);
    }
}

#[test]
fn a_poke_crosses_processes_on_postgres() {
    tests::engine::run(async {
        let one = ServerProcess::start(Engine::Postgres).await;
        one.api().set_clock(world::MORNING).await;
        world::found_at(one.database()).await;
        let other = one.sibling().await;
        let waiting = Phone::ready(&one.api(), "zhangwei", Uuid::from_u128(1)).await;
        let mut writing = Phone::ready(&one.api(), "zhangwei", Uuid::from_u128(2)).await.at(&other.api());
        let stream = listen(&waiting.api()).await;
        writing.create(&VISIT, json!({"visit_type": "cold"}));
        writing.sync().await.unwrap();
        assert!(poke(stream, &format!("user:{}", world::id("zhangwei"))).await.rev > 0);
    });
}
