//! Posts given out for the day, and the check-ins made there (FW-9, AT-22).

use serde_json::json;
use sync_core::kinds::ASSIGNMENT;
use sync_core::op::Action;
use tests::phone::Phone;
use tests::world::{self, POST};
use uuid::Uuid;

use crate::house::{DAY, House, check_with, north, told};

/// Metres from the site to the post.
const AWAY: f64 = 1_108.58;

fn assign(phone: &mut Phone, username: &str, day: &str) -> Uuid {
    phone.create(&ASSIGNMENT, json!({"day": day, "subject": world::id(username), "post": POST, "duty": "发单"}))
}

fn check_at_post(phone: &mut Phone) -> Uuid {
    check_with(phone, "on", json!({"location": north(AWAY)}))
}

tests::scenarios! {
    async fn fw_9_a_post_given_out_offline_reaches_the_phone_and_the_team_and_nobody_else(engine: Engine) {
        let house = House::open(engine).await;
        let mut lead = house.phone("lihua").await;
        let (first, second) = (assign(&mut lead, "zhangwei", DAY), assign(&mut lead, "zhangwei", "2026-11-24"));
        lead.set(&ASSIGNMENT, first, json!({"note": "地铁口东侧"}));
        assert_eq!(house.sync(&mut lead).await, []);
        let mut phone = house.phone("zhangwei").await;
        assert_eq!((&phone.body(first)["duty"], &phone.body(first)["note"]), (&json!("发单"), &json!("地铁口东侧")));
        assert!(phone.replica.view(second).is_some(), "several posts");
        for other in ["liuyang", "chenjing", "machao", "gaofei"] {
            assert!(house.phone(other).await.replica.view(first).is_none(), "{other}");
        }
        // given out by the office, the team's lead sees it, too
        let mut office = house.phone("huangyan").await;
        let third = assign(&mut office, "zhangwei", DAY);
        assert_eq!(house.sync(&mut office).await, []);
        house.sync(&mut lead).await;
        assert!(lead.replica.view(third).is_some());
        // strangers give out nothing
        for (other, to) in [("zhangwei", "liuyang"), ("chenjing", "zhangwei"), ("machao", "zhangwei")] {
            let mut other = house.phone(other).await;
            let fields = json!({"day": DAY, "subject": world::id(to), "post": POST});
            let id = Uuid::new_v5(&POST, other.username().as_bytes());
            let action = Action::Set(fields.as_object().unwrap().clone());
            if other.try_record(&ASSIGNMENT, id, action).is_ok() {
                let outcomes = house.sync(&mut other).await;
                assert_eq!(outcomes, [("rejected".to_owned(), Some("not-permitted".to_owned()))], "{}", other.username());
            }
        }
        phone.sync().await.unwrap();
    }

    async fn at_22_fw_9_a_check_in_and_its_post_come_in_any_order(engine: Engine) {
        let house = House::open(engine).await;
        let (mut one, mut other) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let mut lead = house.phone("lihua").await;
        let (early, late) = (check_at_post(&mut one), check_at_post(&mut other));
        house.sync(&mut one).await;
        assert_eq!(told(&one, early), ("void".to_owned(), vec!["AT-22".to_owned()]), "no post is known yet");
        assign(&mut lead, "zhangwei", DAY);
        assign(&mut lead, "liuyang", DAY);
        house.sync(&mut lead).await;
        house.sync(&mut one).await;
        house.sync(&mut other).await;
        let expected = ("on_time".to_owned(), vec!["AT-22".to_owned(), "AT-5".to_owned()]);
        assert_eq!((told(&one, early), told(&other, late)), (expected.clone(), expected));
        assert_eq!(house.replay().await, 3, "the one that came first was judged again");
        assert!(house.day("zhangwei", DAY).await.unwrap().marks >= 2, "and its day is due again");
    }

    async fn at_22_fw_9_a_post_taken_back_counts_until_then_in_any_order(engine: Engine) {
        let house = House::open(engine).await;
        let (mut one, mut other) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let mut lead = house.phone("lihua").await;
        let posts = [assign(&mut lead, "zhangwei", DAY), assign(&mut lead, "liuyang", DAY)];
        house.sync(&mut lead).await;
        let mut ids = Vec::new();
        for phone in [&mut one, &mut other] {
            house.sync(phone).await;
            let before = check_at_post(phone);
            phone.clock.pass_minutes(20);
            ids.push((before, check_with(phone, "off", json!({"location": north(AWAY)}))));
        }
        house.at(DAY, "09:10").await;
        lead.clock.set_ms(house.server.app().clock.now());
        for post in posts {
            lead.delete(&ASSIGNMENT, post);
        }
        house.at(DAY, "09:30").await;
        house.sync(&mut one).await;
        assert_eq!(told(&one, ids[0].1).0, "counted", "the post is not known to be taken back");
        house.sync(&mut lead).await;
        house.sync(&mut one).await;
        house.sync(&mut other).await;
        for (phone, (before, after)) in [(&one, ids[0]), (&other, ids[1])] {
            assert_eq!((told(phone, before).0.as_str(), told(phone, after).0.as_str()), ("on_time", "void"), "{}", phone.username());
            assert!(phone.replica.view(posts[0]).is_none());
        }
        house.replay().await;
    }

    async fn fw_9_a_post_given_out_when_the_day_was_over_justifies_nothing(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let id = check_at_post(&mut phone);
        house.sync(&mut phone).await;
        let mut lead = house.phone("lihua").await;
        house.at("2026-11-24", "00:00").await;
        lead.clock.set_ms(house.server.app().clock.now());
        house.sync(&mut lead).await;
        let post = assign(&mut lead, "zhangwei", DAY);
        assert_eq!(house.sync(&mut lead).await, [], "kept");
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, id).0, "void");
        assert!(phone.replica.view(post).is_some());
        lead.delete(&ASSIGNMENT, post);
        assert_eq!(house.sync(&mut lead).await, [("rejected".to_owned(), Some("not-deletable".to_owned()))]);
    }

    async fn at_22_fw_9_what_the_lead_decided_stays_whatever_posts_come_in(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        // 200 m from the site, give or take 10: the edge
        let id = check_with(&mut phone, "on", json!({"location": north(200.0)}));
        house.sync(&mut phone).await;
        let lead = house.user("lihua").await;
        let open: api_spec::primitives::Page<api_spec::rulings::Review> = lead.get("/v1/reviews").await.unwrap();
        let review = &open.items[0];
        let decide = lead
            .request(reqwest::Method::POST, &format!("/v1/rulings/{}/decide", review.ruling.id))
            .header(reqwest::header::IF_MATCH, format!("\"{}\"", review.version))
            .json(&json!({"outcome": "void", "reason": "不在现场"}));
        let _: api_spec::rulings::Ruling = tests::api::read(decide).await.unwrap();
        let mut lead = house.phone("lihua").await;
        assign(&mut lead, "zhangwei", DAY);
        house.sync(&mut lead).await;
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, id).0, "void");
        assert_eq!(house.replay().await, 2);
    }
}
