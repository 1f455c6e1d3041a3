//! A project with its office: phones at the server's time, people at their desks.

use chrono::NaiveDate;
use serde_json::json;
use sync_core::kinds::{CHECKIN, DAILY_LOG, daily_log_id};
use tests::api::Api;
pub(crate) use tests::api::{post_at, refused};
use tests::engine::Engine;
use tests::in_process::InProcess;
pub(crate) use tests::in_process::eventually;
use tests::phone::Phone;
use tests::world::{self, PROJECT, SITE};
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
        self.server.user(username).await
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
        self.server.replay().await
    }
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
