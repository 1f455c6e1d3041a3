//! Signing in for another (AT-16).

use api_spec::auth::Session;
use api_spec::primitives::Page;
use api_spec::rulings::{Review, Ruling};
use reqwest::Method;
use reqwest::header::IF_MATCH;
use serde_json::{Value, json};
use tests::api::{Api, read};
use tests::world::{self, ORG, PASSWORD};
use uuid::Uuid;

use crate::house::{DAY, House, check, check_with, north, refused};

/// Logs somebody's phone in as this hardware.
async fn on_hardware(house: &House, username: &str, hardware: &str) {
    let device = Uuid::new_v5(&world::PROJECT, username.as_bytes());
    let login = json!({"org": ORG, "username": username, "password": PASSWORD,
        "device": {"id": device, "name": "phone", "platform": "test", "hardware": hardware}});
    let _: Session = house.server.api().post("/v1/auth/login", &login).await.unwrap();
}

async fn reviews(api: &Api) -> Vec<Review> {
    api.get::<Page<Review>>("/v1/reviews?kind=notice").await.unwrap().items
}

async fn decide(api: &Api, review: &Review, outcome: &str) -> tests::api::Answer<Ruling> {
    let path = format!("/v1/rulings/{}/decide", review.ruling.id);
    let body = json!({"outcome": outcome, "reason": "已核实"});
    read(api.request(Method::POST, &path).header(IF_MATCH, format!("\"{}\"", review.version)).json(&body)).await
}

async fn flagged(house: &House, username: &str) -> bool {
    house.day(username, DAY).await.is_some_and(|day| day.flags.contains("AT-16"))
}

tests::scenarios! {
    async fn at_16_one_phone_under_two_accounts_flags_both_and_a_human_decides(engine: Engine) {
        let house = House::open(engine).await;
        for username in ["zhangwei", "liuyang", "zhaolei"] {
            let mut phone = house.phone(username).await;
            check(&mut phone, "on");
            house.sync(&mut phone).await;
        }
        on_hardware(&house, "zhangwei", "same").await;
        on_hardware(&house, "liuyang", "same").await;
        on_hardware(&house, "zhaolei", "another").await;
        house.jobs_at(DAY, "09:10").await;
        let (lead, office) = (house.user("lihua").await, house.user("huangyan").await);
        let open = reviews(&lead).await;
        assert_eq!(open.len(), 2, "both, and nobody else");
        assert_eq!(open[0].ruling.reasons[0].rule, "AT-16");
        assert_eq!(open[0].choices, ["dismissed", "confirmed"]);
        assert_eq!(reviews(&office).await.len(), 2);
        assert_eq!(reviews(&house.user("chenjing").await).await.len(), 0);
        let told = |phone: tests::phone::Phone| phone.replica.records().into_iter().filter(|view| view.body.get("title").and_then(Value::as_str).is_some_and(|title| title.starts_with("AT-16"))).count();
        for (username, count) in [("lihua", 2), ("huangyan", 2), ("zhangwei", 0), ("chenjing", 0)] {
            assert_eq!(told(house.phone(username).await), count, "{username}");
        }
        assert_eq!(refused(decide(&house.user("chenjing").await, &open[0], "confirmed").await).0, 404);
        for review in &open {
            let outcome = if review.ruling.id == open[0].ruling.id { "dismissed" } else { "confirmed" };
            decide(&lead, review, outcome).await.unwrap();
        }
        assert_eq!(reviews(&office).await.len(), 0);
        house.at(DAY, "09:15").await;
        house.check("zhaolei", "break_start").await;
        on_hardware(&house, "zhangwei", "same").await;
        house.jobs_at(DAY, "09:20").await;
        assert_eq!(reviews(&office).await.len(), 0, "the same evidence opens nothing again");
        house.jobs_at("2026-11-24", "01:00").await;
        let both = [flagged(&house, "zhangwei").await, flagged(&house, "liuyang").await];
        assert_eq!(both.iter().filter(|flagged| **flagged).count(), 1, "a dismissed flag is gone");
        assert!(!flagged(&house, "zhaolei").await);
        house.replay().await;
    }

    async fn at_16_impossible_travel_is_found_whatever_order_the_check_ins_come_in(engine: Engine) {
        let house = House::open(engine).await;
        let mut one = house.phone("zhangwei").await;
        check(&mut one, "on");
        one.clock.pass_minutes(1);
        check_with(&mut one, "off", json!({"location": north(300_000.0)}));
        house.at(DAY, "09:30").await;
        house.sync(&mut one).await;
        let mut mocked = house.phone("liuyang").await;
        check(&mut mocked, "on");
        let mut far = north(300_000.0);
        far["mocked"] = json!(true);
        check_with(&mut mocked, "off", json!({"location": far}));
        house.sync(&mut mocked).await;
        house.jobs().await;
        let open = reviews(&house.user("lihua").await).await;
        assert_eq!(open.len(), 1, "mocked locations say nothing");
        assert!(open[0].ruling.reasons[0].message.contains("km/h"));
        house.jobs_at("2026-11-24", "01:00").await;
        assert!(flagged(&house, "zhangwei").await && !flagged(&house, "liuyang").await);
        house.replay().await;
    }
}
