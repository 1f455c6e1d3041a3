//! WL-4: a log is handed in on its own day, whenever it arrives.

use api_spec::primitives::Page;
use api_spec::rulings::{Review, Ruling};
use reqwest::Method;
use reqwest::header::IF_MATCH;
use serde_json::{Value, json};
use server::store::{StoreError, orgs, projects, run_tx};
use sync_core::kinds::{DAILY_LOG, daily_log_id};
use tests::api::read;
use tests::world::{self, ORG, PROJECT};

use crate::hand_in_on;
use crate::house::{DAY, House, hand_in, post_at, told};

const HOUR_MS: i64 = 3_600_000;

fn both(word: &str) -> (String, String) {
    (word.to_owned(), word.to_owned())
}

tests::scenarios! {
    async fn wl_4_a_log_handed_in_offline_at_23_50_and_synced_at_08_00_is_in_time(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        phone.clock.pass_minutes(14 * 60 + 50);
        let id = hand_in(&mut phone, "三个小区");
        house.at("2026-11-24", "08:00").await;
        assert_eq!(house.sync(&mut phone).await, []);
        assert_eq!(told(&phone, id), both("submitted"));
        assert_eq!(phone.body(id)["submitted"]["claimed"], "2026-11-23T15:50:00.000Z");
        let open: Page<Review> = house.user("lihua").await.get("/v1/reviews").await.unwrap();
        assert_eq!(open.items, [], "nobody has to decide");
        house.replay().await;
    }

    async fn wl_4_without_a_usable_clock_the_lead_decides(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        for phone in [&mut zhang, &mut liu] {
            phone.clock.pass_minutes(14 * 60 + 50);
            phone.clock.reboot();
            hand_in(phone, "三个小区");
        }
        house.at("2026-11-24", "08:00").await;
        let lead = house.user("lihua").await;
        for (phone, outcome) in [(&mut zhang, "submitted"), (&mut liu, "missed")] {
            house.sync(phone).await;
            let id = crate::house::log_id(phone.username());
            assert_eq!(told(phone, id), ("submitted".to_owned(), "review".to_owned()));
            let open: Page<Review> = lead.get("/v1/reviews?kind=daily_log").await.unwrap();
            let [review] = &open.items[..] else { panic!("{open:?}") };
            assert_eq!(review.choices, ["submitted", "missed"]);
            let path = format!("/v1/rulings/{}/decide", review.ruling.id);
            let decision = json!({"outcome": outcome, "reason": "群里看到了"});
            let _: Ruling = post_at(&lead, &path, review.version, &decision).await.unwrap();
            house.sync(phone).await;
            assert_eq!(told(phone, id), both(outcome));
        }
        house.replay().await;
    }

    async fn wl_4_the_last_millisecond_of_the_day_is_in_time_and_midnight_is_not(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        zhang.clock.pass_ms(15 * HOUR_MS - 1);
        liu.clock.pass_ms(15 * HOUR_MS);
        let ids = [hand_in(&mut zhang, "三个小区"), hand_in(&mut liu, "地铁口")];
        house.at("2026-11-24", "08:00").await;
        for (phone, id, outcome) in [(&mut zhang, ids[0], "submitted"), (&mut liu, ids[1], "missed")] {
            assert_eq!(house.sync(phone).await, []);
            assert_eq!(told(phone, id), both(outcome), "kept and shown");
        }
    }

    async fn wl_4_the_cutoff_is_the_policys_over_http(engine: Engine) {
        let house = House::open(engine).await;
        let office = house.user("huangyan").await;
        let policy = json!({"policy": {"log": {"cutoff": "20:00"}}, "note": "早收"});
        let path = format!("/v1/projects/{PROJECT}/policy");
        let _: Value = read(office.request(Method::PUT, &path).header(IF_MATCH, "\"0\"").json(&policy)).await.unwrap();
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        zhang.clock.pass_ms(11 * HOUR_MS + 59_999);
        liu.clock.pass_ms(11 * HOUR_MS + 60_000);
        let ids = [hand_in(&mut zhang, "三个小区"), hand_in(&mut liu, "地铁口")];
        house.at(DAY, "21:00").await;
        for (phone, id, outcome) in [(&mut zhang, ids[0], "submitted"), (&mut liu, ids[1], "missed")] {
            house.sync(phone).await;
            assert_eq!(told(phone, id), both(outcome));
        }
        house.replay().await;
    }

    async fn wl_4_a_day_of_23_hours_ends_at_its_own_midnight(engine: Engine) {
        let house = House::open(engine).await;
        move_to(&house, "Europe/Berlin").await;
        house.server.api().set_clock("2027-03-28T00:30:00+01:00").await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        // the clocks go from 02:00 to 03:00
        zhang.clock.pass_ms(22 * HOUR_MS + HOUR_MS / 2 - 1);
        liu.clock.pass_ms(22 * HOUR_MS + HOUR_MS / 2);
        let day = "2027-03-28";
        let ids = [hand_in_on(&mut zhang, day, "三个小区"), hand_in_on(&mut liu, day, "地铁口")];
        house.server.api().set_clock("2027-03-29T08:00:00+02:00").await;
        for (phone, id, outcome) in [(&mut zhang, ids[0], "submitted"), (&mut liu, ids[1], "missed")] {
            assert_eq!(house.sync(phone).await, []);
            assert_eq!(told(phone, id), both(outcome));
        }
        house.replay().await;
    }

    async fn wl_4_a_day_to_come_is_rejected(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let tomorrow = daily_log_id(world::id("zhangwei"), "2026-11-24".parse().unwrap());
        let seq = phone.set(&DAILY_LOG, tomorrow, json!({"day": "2026-11-24", "items": "三个小区"}));
        assert_eq!(house.sync(&mut phone).await, [(seq, "rejected".to_owned(), Some("WL-4".to_owned()))]);
    }
}

/// Moves the project to another time zone.
async fn move_to(house: &House, timezone: &str) {
    run_tx(&house.server.app().db, "move", async |mut tx| {
        let org = orgs::put(&mut tx, ORG, "青山").await?;
        let project = projects::Project {
            org,
            id: PROJECT,
            code: "tianfu".to_owned(),
            name: "TIANFU".to_owned(),
            timezone: timezone.to_owned(),
            region: "CN".to_owned(),
            site: r#"{"shape":"circle","centre":{"lat":30.5,"lng":104.06},"radius_m":200.0}"#.to_owned(),
        };
        projects::put(&mut tx, &project).await?;
        orgs::touch_directory(&mut tx, org).await?;
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
}
