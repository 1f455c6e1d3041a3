//! A project with its office: phones at the server's time, people at their desks.

use std::time::Duration;

use api_spec::auth::Session;
use chrono::NaiveDate;
use reqwest::Method;
use reqwest::header::IF_MATCH;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use server::app::replay_rulings::replay;
use server::store::{orgs, rulings};
use sync_core::kinds::{CHECKIN, DAILY_LOG, daily_log_id};
use tests::api::{Answer, Api, read};
use tests::engine::Engine;
use tests::in_process::InProcess;
use tests::phone::Phone;
use tests::world::{self, ORG, PASSWORD, PROJECT, SITE};
use uuid::Uuid;

/// The day everything begins on.
pub(crate) const DAY: &str = "2026-11-23";

/// A server with the world on it, whose clock stands at 09:00 of the project.
pub(crate) struct House {
    pub(crate) server: InProcess,
}

impl House {
    pub(crate) async fn open(engine: Engine) -> Self {
        let server = InProcess::start_with(engine, &["--dev-clock", "--access-lifetime", "20d"]).await;
        server.api().set_clock(world::MORNING).await;
        world::found(&server.app().db).await;
        Self { server }
    }

    /// Sets the clock to a time of a day in the project's zone, such as `2026-11-24` and `09:30`.
    pub(crate) async fn at(&self, day: &str, time: &str) {
        self.server.api().set_clock(&format!("{day}T{time}:00+08:00")).await;
    }

    /// The server as seen by somebody without a phone.
    pub(crate) async fn user(&self, username: &str) -> Api {
        let login = json!({"org": ORG, "username": username, "password": PASSWORD});
        let session: Session = self.server.api().post("/v1/auth/login", &login).await.unwrap();
        self.server.api().with_token(session.tokens.access_token.reveal())
    }

    /// A new phone at the server's time.
    pub(crate) async fn phone(&self, username: &str) -> Phone {
        let mut phone = Phone::new(&self.server.api(), username, Uuid::new_v5(&PROJECT, username.as_bytes()));
        self.set(&mut phone);
        phone.log_in().await.unwrap();
        phone.sync().await.unwrap();
        phone
    }

    /// It is the server's time on the phone, too.
    pub(crate) fn set(&self, phone: &mut Phone) {
        phone.clock.set_ms(self.server.app().clock.now());
    }

    /// Exchanges at the server's time.
    pub(crate) async fn sync(&self, phone: &mut Phone) -> Vec<(u64, String, Option<String>)> {
        self.set(phone);
        let outcomes = phone.sync().await.unwrap().outcomes;
        outcomes.into_iter().map(|each| (each.seq, each.status.as_str().to_owned(), each.rule)).collect()
    }

    /// P9: decides every ruling of the project again; how many there are.
    pub(crate) async fn replay(&self) -> usize {
        let app = self.server.app();
        let mut db = app.db.read().await.unwrap();
        let org = orgs::by_code(&mut db, ORG).await.unwrap().unwrap().org;
        let directory = app.directories.current(&mut db, org).await.unwrap();
        let all = rulings::of_project(&mut db, PROJECT, None, 1_000).await.unwrap();
        for row in &all {
            assert_eq!(replay(&directory.projects[&PROJECT], row), None, "{row:?}");
        }
        all.len()
    }
}

/// Waits for what happens by itself.
pub(crate) async fn eventually(mut happened: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if happened().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(happened().await, "it did not happen within half a minute");
}

/// POST that names the version it saw.
pub(crate) async fn post_at<T: DeserializeOwned>(api: &Api, path: &str, version: u64, body: &Value) -> Answer<T> {
    read(api.request(Method::POST, path).header(IF_MATCH, format!("\"{version}\"")).json(body)).await
}

/// Status and code of a refusal.
pub(crate) fn refused<T: std::fmt::Debug>(answer: Answer<T>) -> (u16, String) {
    let problem = answer.unwrap_err();
    (problem.status, problem.code)
}

/// The phone writes its owner's log of [`DAY`].
pub(crate) fn write_log(phone: &mut Phone, items: &str) -> Uuid {
    let id = log_id(phone.username());
    phone.set(&DAILY_LOG, id, json!({"day": DAY, "items": items}));
    id
}

/// The phone writes the log and hands it in.
pub(crate) fn hand_in(phone: &mut Phone, items: &str) -> Uuid {
    let id = write_log(phone, items);
    phone.command(&DAILY_LOG, id, "submit", json!({}));
    id
}

/// The id of somebody's log of [`DAY`].
pub(crate) fn log_id(username: &str) -> Uuid {
    daily_log_id(world::id(username), DAY.parse::<NaiveDate>().unwrap())
}

/// The phone checks in, so many degrees north of the site.
pub(crate) fn check_in(phone: &mut Phone, north: f64) -> Uuid {
    let location = json!({"lat": SITE.0 + north, "lng": SITE.1, "accuracy_m": 10.0, "mocked": false, "datum": "wgs84"});
    phone.create(&CHECKIN, json!({"type": "on", "location": location}))
}

/// Phase and outcome of a record on a phone.
pub(crate) fn told(phone: &Phone, id: Uuid) -> (String, String) {
    let view = phone.replica.view(id).unwrap();
    (view.phase, view.verdict.map(|verdict| verdict.outcome).unwrap_or_default())
}
