//! A project whose people check in: phones at the server's time, leads and the office at their desks, jobs run by hand.

use serde_json::{Map, Value, json};
use server::jobs::Jobs;
use server::store::person_days::{self, PersonDay};
use sync_core::kinds::CHECKIN;
use tests::api::Api;
pub(crate) use tests::api::{post_at, refused};
use tests::engine::Engine;
use tests::in_process::InProcess;
use tests::phone::Phone;
use tests::world::{self, PROJECT, SITE};
use uuid::Uuid;

/// The Monday everything begins on.
pub(crate) const DAY: &str = "2026-11-23";

/// The day after.
pub(crate) const NEXT: &str = "2026-11-24";

/// A server with the world on it, whose clock stands at 09:00 of [`DAY`] on the project, and whose jobs run by hand.
pub(crate) struct House {
    pub(crate) server: InProcess,
}

impl House {
    pub(crate) async fn open(engine: Engine) -> Self {
        let server = InProcess::start_seeded_with(engine, 7, &["--dev-clock", "--access-lifetime", "20d"]).await;
        server.api().set_clock(world::MORNING).await;
        world::found(&server.app().db).await;
        let house = Self { server };
        // the first day is the one on which the project was founded
        house.jobs().await;
        house
    }

    /// Sets the clock to a time of a day in the project's zone, such as `2026-11-24` and `09:30` or `09:20:59`.
    pub(crate) async fn at(&self, day: &str, time: &str) {
        let seconds = if time.len() == 5 { ":00" } else { "" };
        self.server.api().set_clock(&format!("{day}T{time}{seconds}+08:00")).await;
    }

    /// Sets the clock, and does what is done by itself then.
    pub(crate) async fn jobs_at(&self, day: &str, time: &str) {
        self.at(day, time).await;
        self.jobs().await;
    }

    /// Does what is done by itself.
    pub(crate) async fn jobs(&self) {
        Jobs::default().run(self.server.app()).await.unwrap();
    }

    /// The server as seen by somebody without a phone.
    pub(crate) async fn user(&self, username: &str) -> Api {
        self.server.user(username).await
    }

    /// The phone of somebody, at the server's time; asked again it is the same phone with new records.
    pub(crate) async fn phone(&self, username: &str) -> Phone {
        let mut phone = Phone::new(&self.server.api(), username, Uuid::new_v5(&PROJECT, username.as_bytes()));
        phone.clock.set_ms(self.server.app().clock.now());
        phone.reseed(&phone.clock.now_ms().to_string());
        phone.log_in().await.unwrap();
        phone.sync().await.unwrap();
        phone
    }

    /// Exchanges at the server's time; what was not plainly applied, as status and rule.
    pub(crate) async fn sync(&self, phone: &mut Phone) -> Vec<(String, Option<String>)> {
        phone.clock.set_ms(self.server.app().clock.now());
        let outcomes = phone.sync().await.unwrap().outcomes;
        outcomes.into_iter().map(|each| (each.status.as_str().to_owned(), each.rule)).collect()
    }

    /// Somebody checks in at the site now, and sends it.
    pub(crate) async fn check(&self, username: &str, kind: &str) -> Uuid {
        let mut phone = self.phone(username).await;
        let id = check(&mut phone, kind);
        phone.sync().await.unwrap();
        id
    }

    /// What somebody's day came to, as stored.
    pub(crate) async fn day(&self, username: &str, day: &str) -> Option<PersonDay> {
        let mut db = self.server.app().db.read().await.unwrap();
        let days = (day, day);
        person_days::of_subjects(&mut db, PROJECT, &[world::id(username)], days).await.unwrap().pop()
    }

    /// The outcome of somebody's day, as stored; `-` before it is closed.
    pub(crate) async fn outcome(&self, username: &str, day: &str) -> String {
        self.day(username, day).await.and_then(|day| day.outcome).unwrap_or_else(|| "-".to_owned())
    }

    /// P9: decides every ruling of the project again from its facts; how many there are.
    pub(crate) async fn replay(&self) -> usize {
        self.server.replay().await
    }
}

/// A place so many metres north of the site, known to 10 m.
pub(crate) fn north(metres: f64) -> Value {
    json!({"lat": SITE.0 + metres / 110_858.0, "lng": SITE.1, "accuracy_m": 10.0, "mocked": false, "datum": "wgs84"})
}

/// The phone records a check-in of this type at the site.
pub(crate) fn check(phone: &mut Phone, kind: &str) -> Uuid {
    check_with(phone, kind, json!({}))
}

/// The phone records a check-in of this type at the site, with these fields beside.
pub(crate) fn check_with(phone: &mut Phone, kind: &str, more: Value) -> Uuid {
    let mut fields = Map::from_iter([("type".to_owned(), json!(kind)), ("location".to_owned(), north(0.0))]);
    fields.extend(more.as_object().cloned().unwrap_or_default());
    phone.create(&CHECKIN, fields.into())
}

/// What a phone is told about a record: outcome and rules.
pub(crate) fn told(phone: &Phone, id: Uuid) -> (String, Vec<String>) {
    let verdict = phone.replica.view(id).unwrap().verdict.unwrap();
    (verdict.outcome, verdict.reasons.into_iter().map(|reason| reason.rule).collect())
}
