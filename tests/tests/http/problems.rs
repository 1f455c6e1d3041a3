use std::time::Duration;

use reqwest::Method;
use reqwest::header::ACCEPT_LANGUAGE;
use serde_json::Value;
use server::clock::Clock;
use server::random::Random;
use server::serve::{Shutdown, serve};
use server::state::{App, Draining, Parts};
use server::store::{Db, DbOptions};
use server::tasks::Tasks;
use tests::api::{Api, read};

tests::scenarios! {
    async fn skeleton(engine: Engine) {
        let home = tempfile::tempdir().unwrap();
        let db = Db::open(&engine.fresh_database(home.path()), &DbOptions::default()).await.unwrap();
        db.migrate().await.unwrap();
        let app = App::new(Parts { db, clock: Clock::process(0), random: Random::system(), tasks: Tasks::new(), draining: Draining::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let running = serve(app, listener).unwrap();
        let api = Api::new(format!("http://{}", running.addr()));
        let info: Value = api.get("/v1/info").await.unwrap();
        assert_eq!(info["locales"], serde_json::json!(["en", "zh-CN"]));
        assert_eq!(api.get::<Value>("/readyz").await.unwrap()["clock"], true);
        let text = api.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
        assert!(text.contains("baobei_http_seconds"), "{text}");
        println!("{}", api.request(Method::GET, "/openapi.json").send().await.unwrap().text().await.unwrap());
        let docs = api.request(Method::GET, "/docs/").send().await.unwrap();
        println!("{:?}", docs.headers());
        println!("{}", docs.text().await.unwrap());
        let docs = api.request(Method::GET, "/docs/swagger-initializer.js").send().await.unwrap();
        println!("{}", docs.text().await.unwrap());
        let zh = api.with_header(ACCEPT_LANGUAGE, "zh");
        println!("{:?}", zh.get::<Value>("/nowhere").await.unwrap_err());
        println!("{:?}", zh.post::<Value>("/v1/info", &Value::Null).await.unwrap_err());
        let r = zh.request(Method::POST, "/v1/info").send().await.unwrap();
        println!("{:?}", r.headers());
        let r = zh.request(Method::POST, "/v1/info").header("content-encoding", "br").body("x");
        println!("{:?}", read::<Value>(r).await);
        assert!(running.shut_down(Shutdown { notice: Duration::ZERO, grace: Duration::from_secs(5) }).await);
    }
}
