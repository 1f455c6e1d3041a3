//! Every error is a problem that says what to do, in the caller's language.

use reqwest::Method;
use reqwest::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, ALLOW, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderName,
};
use serde_json::{Value, json};
use tests::api::{Api, read};
use tests::in_process::InProcess;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::org::refused;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

async fn post_text(api: &Api, path: &str, media_type: &str, text: &'static str) -> (u16, String, Vec<String>) {
    let request = api.request(Method::POST, path).header(CONTENT_TYPE, media_type).body(text);
    let problem = read::<Value>(request).await.unwrap_err();
    (problem.status, problem.code.clone(), problem.errors.into_iter().map(|error| error.pointer).collect())
}

tests::scenarios! {
    async fn addresses_and_methods_that_do_not_exist_are_problems(engine: Engine) {
        let server = InProcess::start(engine).await;
        let api = server.api();
        assert_eq!(refused(api.get::<Value>("/v1/nowhere").await), (404, "not-found".to_owned()));
        assert_eq!(refused(api.post::<Value>("/v1/info", &json!({})).await), (405, "method-not-allowed".to_owned()));
        let answer = api.request(Method::DELETE, "/v1/info").send().await.unwrap();
        assert_eq!(answer.headers()[ALLOW], "GET,HEAD");
    }

    async fn bodies_that_are_not_what_is_asked_for_are_problems_with_places(engine: Engine) {
        let server = InProcess::start(engine).await;
        let api = server.api();
        let login = "/v1/auth/login";
        let json = "application/json";
        assert_eq!(post_text(&api, login, json, "{\"org\":").await, (400, "bad-json".to_owned(), vec![]));
        assert_eq!(post_text(&api, login, json, "{} {}").await.0, 422);
        assert_eq!(
            post_text(&api, login, json, r#"{"org":"a","username":7,"password":"p"}"#).await,
            (422, "validation".to_owned(), vec!["/username".to_owned()])
        );
        assert_eq!(
            post_text(&api, login, "application/json; charset=utf-8", r#"{"org":"a","username":"b"}"#).await,
            (422, "validation".to_owned(), vec!["/password".to_owned()])
        );
        assert_eq!(
            post_text(&api, login, json, r#"{"org":"a","username":"b","password":"p","device":{"id":"13812345678"}}"#).await.2,
            ["/device/id"]
        );
        assert_eq!(post_text(&api, login, "text/plain", "{}").await.1, "unsupported-media-type");
        let encoded = api.request(Method::POST, login).header(CONTENT_ENCODING, "br").header(CONTENT_TYPE, json).body("x");
        assert_eq!(read::<Value>(encoded).await.unwrap_err().code, "unsupported-media-type");
        let broken = api.request(Method::POST, login).header(CONTENT_ENCODING, "gzip").header(CONTENT_TYPE, json).body("x");
        assert_eq!(read::<Value>(broken).await.unwrap_err().code, "bad-body");
    }

    async fn a_body_beyond_the_limit_is_refused_by_name(engine: Engine) {
        let server = InProcess::start(engine).await;
        let api = server.api();
        let max = api.get::<Value>("/v1/info").await.unwrap()["limits"]["body_bytes"].as_u64().unwrap();
        let org = "x".repeat(usize::try_from(max).unwrap());
        let problem = api.post::<Value>("/v1/auth/login", &json!({"org": org})).await.unwrap_err();
        assert_eq!((problem.status, problem.code.as_str()), (413, "payload-too-large"));
        assert_eq!((&problem.members["limit"], &problem.members["max"]), (&json!("body_bytes"), &json!(max)));
    }

    async fn wrong_parameters_are_named(engine: Engine) {
        let server = crate::org::start(engine).await;
        let api = server.api();
        let session = crate::org::log_in(&api, crate::org::Who::Lead, None).await;
        let lead = crate::org::of(&api, &session);
        let problem = lead.get::<Value>("/v1/devices?user=me").await.unwrap_err();
        assert_eq!((problem.status, problem.code.as_str(), problem.errors[0].pointer.as_str()), (400, "bad-parameter", "?user"));
        let problem = lead.post::<Value>("/v1/users/13812345678/one-time-code", &json!({})).await.unwrap_err();
        assert_eq!((problem.status, problem.code.as_str(), problem.errors[0].pointer.as_str()), (400, "bad-parameter", "{id}"));
        assert!(!format!("{problem:?}").contains("13812345678"), "P11: {problem:?}");
    }

    async fn problems_speak_the_language_of_the_caller(engine: Engine) {
        let server = InProcess::start(engine).await;
        let zh = server.api().with_header(ACCEPT_LANGUAGE, "zh-TW, en;q=0.5");
        let problem = zh.post::<Value>("/v1/auth/login", &json!({"org": 1})).await.unwrap_err();
        assert_eq!(problem.title, "请求内容有误");
        assert_eq!(problem.errors[0].message, "格式应为：a string");
        let answer = zh.request(Method::GET, "/nowhere").send().await.unwrap();
        assert_eq!(answer.headers()[CONTENT_LANGUAGE], "zh-CN");
        let fr = server.api().with_header(ACCEPT_LANGUAGE, "fr");
        assert_eq!(fr.get::<Value>("/nowhere").await.unwrap_err().title, "There is no such thing here");
    }

    async fn a_request_keeps_its_id_unless_it_is_unfit_for_a_log(engine: Engine) {
        let server = InProcess::start(engine).await;
        let named = server.api().with_header(REQUEST_ID, "trace-7.b_2");
        assert_eq!(named.get::<Value>("/nowhere").await.unwrap_err().request_id.as_deref(), Some("trace-7.b_2"));
        let unfit = server.api().with_header(REQUEST_ID, "a b");
        let answer = unfit.request(Method::GET, "/v1/info").send().await.unwrap();
        let given = answer.headers()[REQUEST_ID].to_str().unwrap();
        assert!(uuid::Uuid::parse_str(given).is_ok(), "{given}");
    }

    async fn answers_are_compressed_and_guarded(engine: Engine) {
        let server = InProcess::start(engine).await;
        for encoding in ["gzip", "zstd"] {
            // the usual client hides the encoding from its user
            let client = reqwest::Client::builder().no_proxy().no_gzip().no_zstd().build().unwrap();
            let address = format!("{}/openapi.json", server.api().base());
            let answer = client.get(address).header(ACCEPT_ENCODING, encoding).send().await.unwrap();
            assert_eq!(answer.headers()[CONTENT_ENCODING], encoding);
            assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
            assert_eq!(answer.headers()["cache-control"], "no-store");
        }
    }

    async fn the_server_shows_itself_to_operators(engine: Engine) {
        let server = InProcess::start(engine).await;
        let api = server.api();
        let text = async |path: &str| {
            let answer = api.request(Method::GET, path).send().await.unwrap();
            assert!(answer.status().is_success(), "{path}");
            answer.text().await.unwrap()
        };
        assert_eq!(text("/healthz").await, "");
        assert_eq!(api.get::<Value>("/readyz").await.unwrap(), json!({"database": true, "clock": true, "serving": true}));
        assert!(text("/metrics").await.contains("baobei_http_seconds"));
        let document: Value = serde_json::from_str(&text("/openapi.json").await).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["paths"]["/v1/me"]["get"]["responses"]["default"]["$ref"], "#/components/responses/Problem");
        let page = text("/docs/").await;
        assert!(page.contains("swagger-ui") && !page.contains("https://"), "nothing from elsewhere: {page}");
        assert!(text("/docs/swagger-initializer.js").await.contains("/openapi.json"));
    }

    async fn the_clock_can_be_set_on_a_server_for_development_only(engine: Engine) {
        let server = InProcess::start_with(engine, &[]).await;
        let body = json!({"now": "2026-11-22T01:00:00Z"});
        assert_eq!(refused(server.api().put::<Value>("/v1/dev/clock", &body).await), (404, "not-found".to_owned()));
        let server = InProcess::start(engine).await;
        for now in ["2026-11-22T01:00:00.000Z", "2025-01-01T00:00:00.000Z"] {
            server.api().set_clock(now).await;
            assert_eq!(sync_core::time::rfc3339::text(server.app().clock.now()), now);
        }
    }

    async fn a_shutdown_finishes_a_request_that_is_still_being_sent(engine: Engine) {
        let server = crate::org::start(engine).await;
        let body = crate::org::login(crate::org::Who::Promoter, crate::org::PASSWORD, None).to_string();
        let mut phone = TcpStream::connect(server.running().addr()).await.unwrap();
        let head = format!(
            "POST /v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             expect: 100-continue\r\n\r\n",
            body.len()
        );
        phone.write_all(head.as_bytes()).await.unwrap();
        // only an answer proves that the server took the connection and works on the request
        let mut go_on = [0; b"HTTP/1.1 100 Continue\r\n\r\n".len()];
        phone.read_exact(&mut go_on).await.unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        let (first, rest) = body.split_at(10);
        phone.write_all(first.as_bytes()).await.unwrap();
        let base = server.api();
        let ending = tokio::spawn(server.shut_down());
        while base.request(Method::GET, "/healthz").send().await.is_ok() {
            tokio::task::yield_now().await;
        }
        phone.write_all(rest.as_bytes()).await.unwrap();
        let mut answer = String::new();
        phone.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("access_token"), "{answer}");
        assert!(ending.await.unwrap(), "all ended in time");
    }

    async fn a_shutdown_says_so_first(engine: Engine) {
        let server = InProcess::start_with(engine, &["--shutdown-notice", "1s"]).await;
        let api = server.api();
        let ending = tokio::spawn(server.shut_down());
        let unready = loop {
            match api.get::<Value>("/readyz").await {
                Ok(_) => tokio::task::yield_now().await,
                Err(problem) => break problem,
            }
        };
        assert_eq!((unready.status, &unready.members["serving"]), (503, &json!(false)));
        assert!(ending.await.unwrap(), "all ended in time");
        assert!(api.request(Method::GET, "/healthz").send().await.is_err(), "nobody listens any more");
    }
}
