//! Training, deputies, and the lead's morning (TR-1).

use api_spec::teams::{Deputy, Morning, MorningState, Training};
use serde_json::{Value, json};
use server::store::{orgs, run_tx, users};
use sync_core::kinds::{ASSIGNMENT, BOOKING, REQUEST};
use tests::api::{Answer, Api};
use tests::world::{self, ORG, POST, PROJECT, TEAMS};

use crate::house::{DAY, House, check, check_with, north, refused, told};

async fn train(api: &Api, username: &str, on: &str) -> Answer<Training> {
    api.post(&format!("/v1/users/{}/training", world::id(username)), &json!({"on": on})).await
}

async fn stand_in(api: &Api, team: usize, username: Option<&str>) -> Answer<Deputy> {
    api.put(&format!("/v1/teams/{}/deputy", TEAMS[team]), &json!({"user": username.map(world::id)})).await
}

/// Takes somebody's training record away.
async fn untrained(house: &House, username: &str) {
    run_tx(&house.server.app().db, "untrained", async |mut tx| {
        let org = orgs::by_code(&mut tx, ORG).await?.unwrap().org;
        let user = users::lock(&mut tx, org, world::id(username)).await?.unwrap();
        users::update(&mut tx, &users::User { trained_on: None, ..user }).await?;
        orgs::touch_directory(&mut tx, org).await
    })
    .await
    .unwrap();
}

tests::scenarios! {
    async fn tr_1_a_training_recorded_late_with_its_true_date_derives_open_rulings_again(engine: Engine) {
        let house = House::open(engine).await;
        untrained(&house, "wangfang").await;
        let mut phone = house.phone("wangfang").await;
        let on = check(&mut phone, "on");
        let booking = phone.create(&BOOKING, json!({"customer_name": "王女士", "phone_masked": "138****5678", "route": "booked"}));
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, on), ("void".to_owned(), vec!["TR-1".to_owned()]));
        assert_eq!(told(&phone, booking).0, "void");
        let lead = house.phone("lihua").await;
        let notices = lead.replica.records().into_iter().filter(|view| view.kind == "notice" && view.body["title"].as_str().unwrap().starts_with("TR-1"));
        assert_eq!(notices.count(), 1, "the lead is told");

        house.at("2026-11-24", "10:00").await;
        phone.clock.set_ms(house.server.app().clock.now());
        let later = check(&mut phone, "on");
        house.sync(&mut phone).await;
        let lead = house.user("lihua").await;
        assert_eq!(refused(train(&lead, "wangfang", "2026-11-25").await), (422, "validation".to_owned()), "not in the future");
        // from the second day on: the first stays void
        assert!(train(&lead, "wangfang", "2026-11-24").await.unwrap().changed > 0);
        house.sync(&mut phone).await;
        assert_eq!((told(&phone, on).0.as_str(), told(&phone, later).0.as_str(), told(&phone, booking).0.as_str()), ("void", "late", "void"));
        // the true date
        let training = train(&lead, "wangfang", DAY).await.unwrap();
        assert!(training.changed >= 2);
        house.sync(&mut phone).await;
        assert_eq!((told(&phone, on).0.as_str(), told(&phone, booking).0.as_str()), ("on_time", "expired"), "its day is over");
        assert_eq!(train(&lead, "wangfang", DAY).await.unwrap().changed, 0, "again");
        house.replay().await;
    }

    async fn tr_1_training_is_recorded_by_the_lead_and_the_office(engine: Engine) {
        let house = House::open(engine).await;
        for (somebody, status) in [("zhangwei", 403), ("chenjing", 403), ("machao", 403), ("gaofei", 404)] {
            assert_eq!(refused(train(&house.user(somebody).await, "wangfang", DAY).await).0, status, "{somebody}");
        }
        train(&house.user("huangyan").await, "wangfang", DAY).await.unwrap();
        train(&house.user("lihua").await, "wangfang", "2026-11-20").await.unwrap();
    }

    async fn a_deputy_pulls_the_teams_bucket_and_answers_and_no_longer_when_the_lead_is_back(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let id = phone.create(&REQUEST, json!({"want": "leave", "reason": "家事", "from": "2026-11-25T00:00:00.000+08:00", "until": "2026-11-26T00:00:00.000+08:00"}));
        house.sync(&mut phone).await;
        for (somebody, status) in [("zhangwei", 403), ("chenjing", 403), ("gaofei", 404)] {
            assert_eq!(refused(stand_in(&house.user(somebody).await, 0, Some("liuyang")).await).0, status, "{somebody}");
        }
        let lead = house.user("lihua").await;
        for nobody in ["lihua", "machao", "yangtao"] {
            assert_eq!(refused(stand_in(&lead, 0, Some(nobody)).await).0, 422, "{nobody}");
        }
        let mut deputy = house.phone("liuyang").await;
        assert!(deputy.replica.view(id).is_none());
        assert_eq!(stand_in(&lead, 0, Some("liuyang")).await.unwrap().deputy.unwrap().id, world::id("liuyang"));
        house.sync(&mut deputy).await;
        deputy.command(&REQUEST, id, "approve", json!({}));
        assert_eq!(house.sync(&mut deputy).await, []);
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, id).0, "approved");
        stand_in(&house.user("huangyan").await, 0, None).await.unwrap();
        house.sync(&mut deputy).await;
        assert!(deputy.replica.view(id).is_none(), "feeds follow");
    }

    async fn the_morning_says_who_is_in_and_who_is_not_and_which_posts_are_empty(engine: Engine) {
        let house = House::open(engine).await;
        let lead = house.user("lihua").await;
        let path = format!("/v1/projects/{PROJECT}/morning");
        let morning: Morning = lead.get(&path).await.unwrap();
        assert_eq!(morning.empty_posts.iter().map(|post| post.id).collect::<Vec<_>>(), [POST]);
        assert!(morning.items.len() == 4 && morning.items.iter().all(|each| each.state == MorningState::Missing));
        let mut phone = house.phone("lihua").await;
        phone.create(&ASSIGNMENT, json!({"day": DAY, "subject": world::id("zhangwei"), "post": POST}));
        house.sync(&mut phone).await;
        house.check("zhangwei", "on").await;
        let mut liu = house.phone("liuyang").await;
        check_with(&mut liu, "on", json!({"location": north(200.0)}));
        liu.create(&REQUEST, json!({"want": "missed_check", "reason": "没电"}));
        house.sync(&mut liu).await;
        let people = json!([{"user": world::id("lihua"), "plan": "off", "off": "rotation"}]);
        let roster = format!("/v1/projects/{PROJECT}/rosters/{DAY}?team={}", TEAMS[0]);
        let _: Value = lead.put(&roster, &json!({"people": people})).await.unwrap();
        let morning: Morning = lead.get(&path).await.unwrap();
        let states: Vec<_> = morning.items.iter().map(|each| (each.person.name.as_str(), each.state)).collect();
        assert_eq!(
            states,
            [("LIHUA", MorningState::Off), ("LIUYANG", MorningState::Review), ("WANGFANG", MorningState::Missing), ("ZHANGWEI", MorningState::In)]
        );
        assert_eq!((morning.empty_posts.len(), morning.open_requests, morning.open_reviews), (0, 1, 1));
        let zhang = &morning.items[3];
        assert_eq!((zhang.verdict.as_deref(), zhang.posts.len(), zhang.at.is_some()), (Some("on_time"), 1, true));

        // pages, filters, files, strangers
        let first: Morning = lead.get(&format!("{path}?limit=3")).await.unwrap();
        let rest: Morning = lead.get(&format!("{path}?limit=3&cursor={}", first.next_cursor.unwrap())).await.unwrap();
        assert_eq!([first.items, rest.items].concat(), morning.items);
        let missing: Morning = lead.get(&format!("{path}?state=missing")).await.unwrap();
        assert_eq!(missing.items.len(), 1);
        assert_eq!(refused(lead.get::<Value>(&format!("{path}?state=gone")).await).0, 400);
        let csv = lead.request(reqwest::Method::GET, &format!("{path}?format=csv")).send().await.unwrap().text().await.unwrap();
        assert!(csv.contains("ZHANGWEI,in"), "{csv}");
        let all: Morning = house.user("huangyan").await.get(&path).await.unwrap();
        assert_eq!(all.items.len(), 9);
        let other = format!("{path}?team={}", TEAMS[0]);
        for (somebody, path, status) in [("chenjing", &other, 404), ("gaofei", &path, 404), ("zhangwei", &path, 403), ("machao", &path, 403)] {
            assert_eq!(refused(house.user(somebody).await.get::<Value>(path).await).0, status, "{somebody}");
        }
    }
}
