//! A project with outlets, and phones at the server's time.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sync_core::kinds::{OUTLET, VISIT};
use sync_core::time::rfc3339;
use tests::api::Api;
pub(crate) use tests::api::{post_at, refused};
use tests::engine::Engine;
use tests::in_process::InProcess;
pub(crate) use tests::in_process::eventually;
use tests::phone::{Phone, PhoneClock};
use tests::world::{self, PROJECT};
use uuid::Uuid;

/// Where the outlets are: far from the site.
pub(crate) const SHOP: (f64, f64) = (30.52, 104.05);
/// A metre to the north, in degrees.
pub(crate) const METRE: f64 = 1.0 / 110_858.0;

/// A server with the world on it.
pub(crate) struct House {
    pub(crate) server: InProcess,
}

impl House {
    /// Opens on 2 November 2026, 09:00 of the project.
    pub(crate) async fn open(engine: Engine) -> Self {
        let server =
            InProcess::start_with(engine, &["--dev-clock", "--access-lifetime", "90d", "--refresh-lifetime", "100d"])
                .await;
        server.api().set_clock("2026-11-02T01:00:00Z").await;
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
        self.phone_named(username, username).await
    }

    /// A phone of somebody who has several.
    pub(crate) async fn phone_named(&self, username: &str, name: &str) -> Phone {
        let mut phone = Phone::new(&self.server.api(), username, Uuid::new_v5(&PROJECT, name.as_bytes()));
        phone.clock = PhoneClock::new(&rfc3339::text(self.server.app().clock.now()));
        phone.log_in().await.unwrap();
        phone.sync().await.unwrap();
        phone
    }

    /// It is the server's time on the phone, too, though it may have no signal.
    pub(crate) fn set(&self, phone: &mut Phone) {
        phone.clock.set_ms(self.server.app().clock.now());
    }

    /// Exchanges at the server's time.
    pub(crate) async fn sync(&self, phone: &mut Phone) {
        self.set(phone);
        phone.sync().await.unwrap();
    }

    /// P9: decides every ruling of the project again.
    pub(crate) async fn replay(&self) -> usize {
        self.server.replay().await
    }
}

/// The entries of a list.
pub(crate) async fn items(api: &Api, path: &str) -> Vec<Value> {
    let page: Value = get(api, path).await;
    page["items"].as_array().cloned().unwrap_or_else(|| panic!("{page}"))
}

/// What stands behind a path.
pub(crate) async fn get<T: DeserializeOwned + std::fmt::Debug>(api: &Api, path: &str) -> T {
    api.get(path).await.unwrap()
}

/// The path of something on the project.
pub(crate) fn on_project(rest: &str) -> String {
    format!("/v1/projects/{PROJECT}/{rest}")
}

/// A location so many metres north of [`SHOP`].
pub(crate) fn north(metres: f64, accuracy_m: f64) -> Value {
    json!({"lat": SHOP.0 + metres * METRE, "lng": SHOP.1, "accuracy_m": accuracy_m, "mocked": false})
}

/// Opens a card, so many metres north of [`SHOP`].
pub(crate) fn open(phone: &mut Phone, name: &str, grade: &str, metres: f64) -> Uuid {
    phone.create(&OUTLET, json!({"name": name, "category": "broker", "grade": grade, "location": north(metres, 5.0)}))
}

/// The fields of a visit that counts at [`SHOP`].
pub(crate) fn full_visit(outlet: Uuid) -> Value {
    json!({
        "visit_type": "outlet", "outlet": outlet, "location": north(0.0, 10.0), "minutes": 15,
        "purpose": "政策宣讲", "result": "愿意推荐", "materials_checked": true,
    })
}

/// Records a visit that counts.
pub(crate) fn visit(phone: &mut Phone, outlet: Uuid) -> Uuid {
    phone.create(&VISIT, full_visit(outlet))
}

/// The outcome of a record on a phone, and the rules behind it.
pub(crate) fn told(phone: &Phone, id: Uuid) -> (String, Vec<String>) {
    let verdict = phone.replica.view(id).unwrap().verdict;
    let rules = verdict.iter().flat_map(|verdict| &verdict.reasons).map(|reason| reason.rule.clone()).collect();
    (verdict.map(|verdict| verdict.outcome).unwrap_or_default(), rules)
}
