//! Too much at once: whoever cannot be served is told so before any work, and those who run the server still see it.

use std::net::SocketAddr;
use std::time::Duration;

use api_spec::auth::Session;
use reqwest::Method;
use serde_json::json;
use server::store::{StoreError, devices, run_tx};
use sync_core::kinds::VISIT;
use tests::in_process::{InProcess, eventually};
use tests::phone::Phone;
use tests::world::{self, ORG, PASSWORD};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// A body this long is announced, and never sent.
const LENGTH: usize = 1_000_000;

/// The head of a push whose body has not come yet.
fn head(token: &str) -> String {
    format!(
        "POST /v1/sync HTTP/1.1\r\nhost: baobei\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {LENGTH}\r\n\r\n"
    )
}

/// Sends the head of a push and nothing else; what is answered within a moment, in lower case.
async fn answer_to_a_head(addr: SocketAddr, token: &str) -> Option<String> {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.write_all(head(token).as_bytes()).await.unwrap();
    let mut answer = vec![0; 4_096];
    let read = tokio::time::timeout(Duration::from_millis(500), stream.read(&mut answer)).await.ok()?.unwrap();
    Some(String::from_utf8_lossy(&answer[..read]).to_lowercase())
}

async fn log_in(server: &InProcess, username: &str, device: Uuid) -> Session {
    let device = json!({"id": device, "name": "手机", "platform": "android 15"});
    let login = json!({"org": ORG, "username": username, "password": PASSWORD, "device": device});
    server.api().post("/v1/auth/login", &login).await.unwrap()
}

tests::scenarios! {
    async fn a_full_line_is_told_before_the_body_is_read(engine: Engine) {
        let flags = ["--dev-clock", "--max-request-ops", "100", "--max-waiting-ops", "200"];
        let server = InProcess::start_with(engine, &flags).await;
        server.api().set_clock(world::MORNING).await;
        world::found(&server.app().db).await;
        let ids = [1, 2].map(Uuid::from_u128);
        let mut one = Phone::ready(&server.api(), "zhangwei", ids[0]).await;
        let mut other = Phone::ready(&server.api(), "zhangwei", ids[1]).await;
        for _ in 0..60 {
            one.create(&VISIT, json!({"visit_type": "cold"}));
            other.create(&VISIT, json!({"visit_type": "cold"}));
        }
        let third = log_in(&server, "zhangwei", Uuid::from_u128(3)).await;
        let (addr, token) = (server.running().addr(), third.tokens.access_token.reveal());
        assert_eq!(answer_to_a_head(addr, token).await, None, "with room in the line the body is waited for");

        let (held, released) = (CancellationToken::new(), CancellationToken::new());
        let hold = run_tx(&server.app().db, "hold", async |mut tx| {
            devices::lock(&mut tx, &ids).await?;
            held.cancel();
            released.cancelled().await;
            Ok::<_, StoreError>(())
        });
        let pushes = async {
            held.cancelled().await;
            tokio::join!(one.sync(), other.sync())
        };
        let probe = async {
            held.cancelled().await;
            let mut answer = None;
            eventually(async || {
                answer = answer_to_a_head(addr, token).await;
                answer.is_some()
            })
            .await;
            released.cancel();
            answer.unwrap()
        };
        let (held, _, answer) = tokio::join!(hold, pushes, probe);
        held.unwrap();
        assert!(answer.starts_with("http/1.1 503 "), "{answer}");
        assert!(answer.contains("\r\nretry-after: ") && answer.contains("\"code\":\"overloaded\""), "{answer}");
        // and when the line has moved on, they come back
        for phone in [&mut one, &mut other] {
            phone.clock.pass_minutes(1);
            phone.sync().await.unwrap();
        }
        assert_eq!(answer_to_a_head(addr, token).await, None);
    }

    async fn streams_have_a_limit_of_their_own_which_leaves_room_for_exchanges(engine: Engine) {
        let server = InProcess::start_with(engine, &["--dev-clock", "--max-event-streams", "1"]).await;
        server.api().set_clock(world::MORNING).await;
        world::found(&server.app().db).await;
        let mut phone = Phone::ready(&server.api(), "zhangwei", Uuid::from_u128(1)).await;
        let listen = async || phone.api().request(Method::GET, "/v1/sync/events").send().await.unwrap();
        let first = listen().await;
        assert_eq!(first.status(), 200);
        let second = listen().await;
        assert_eq!(second.status(), 503);
        let wait: u64 = second.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        drop(first);
        eventually(async || listen().await.status() == 200).await;
        phone.create(&VISIT, json!({"visit_type": "cold"}));
        phone.sync().await.unwrap();
    }

    async fn when_all_places_are_taken_only_those_who_run_the_server_are_answered(engine: Engine) {
        let server = InProcess::start_with(engine, &["--dev-clock", "--max-connections", "3"]).await;
        let addr = server.running().addr();
        let mut guests = Vec::new();
        eventually(async || {
            let mut guest = TcpStream::connect(addr).await.unwrap();
            guest.write_all(b"GET /v1/info HTTP/1.1\r\nhost: baobei\r\n\r\n").await.unwrap();
            let mut status = [0; 12];
            guest.read_exact(&mut status).await.unwrap();
            guests.push(guest);
            &status == b"HTTP/1.1 503"
        })
        .await;
        let answer = answer_to_a_head(addr, "nobody").await.unwrap();
        assert!(answer.starts_with("http/1.1 503 "), "{answer}");
        for expected in ["\r\nconnection: close\r\n", "\r\nretry-after: ", "\"code\":\"overloaded\"", "\r\nx-request-id: "] {
            assert!(answer.contains(expected), "{expected} is missing: {answer}");
        }
        for (path, status) in [("/healthz", 204), ("/readyz", 200), ("/metrics", 200), ("/v1/info", 503)] {
            let response = server.api().request(Method::GET, path).send().await.unwrap();
            assert_eq!(response.status(), status, "{path}");
        }
        drop(guests);
        eventually(async || server.api().request(Method::GET, "/v1/info").send().await.unwrap().status() == 200).await;
    }
}
