//! What comes late, and what a person decides (AT-1, AT-5).

use api_spec::primitives::Page;
use api_spec::rulings::{Review, Ruling};
use serde_json::json;
use tests::world::PROJECT;

use crate::house::{DAY, House, NEXT, check, post_at, refused, told};

tests::scenarios! {
    async fn at_5_a_third_of_the_morning_without_signal_is_on_time_and_none_needs_a_human(engine: Engine) {
        let house = House::open(engine).await;
        let mut phones = Vec::new();
        for username in ["zhangwei", "liuyang", "zhaolei"] {
            phones.push(house.phone(username).await);
        }
        let mut clockless = house.phone("chenjing").await;
        clockless.clock.reboot();
        for phone in phones.iter_mut().chain([&mut clockless]) {
            phone.clock.pass_minutes(19);
            check(phone, "on");
        }
        house.at(DAY, "11:00").await;
        for phone in phones.iter_mut().chain([&mut clockless]) {
            house.sync(phone).await;
        }
        for phone in &phones {
            let own = phone.replica.records().into_iter().find(|view| view.kind == "checkin").unwrap();
            assert_eq!(told(phone, own.id), ("on_time".to_owned(), vec!["AT-22".to_owned(), "AT-5".to_owned()]));
        }
        let open: Page<Review> = house.user("huangyan").await.get("/v1/reviews?kind=checkin").await.unwrap();
        let [review] = &open.items[..] else { panic!("{open:?}") };
        assert_eq!(review.owner.as_ref().unwrap().name, "CHENJING");
        assert_eq!(review.ruling.reasons.iter().map(|reason| reason.rule.as_str()).collect::<Vec<_>>(), ["AT-5"]);
        for mut phone in phones {
            house.at(DAY, "18:00").await;
            house.sync(&mut phone).await;
            check(&mut phone, "off");
            house.sync(&mut phone).await;
        }
        house.jobs_at(NEXT, "00:00").await;
        for (username, outcome) in [("zhangwei", "on_time"), ("liuyang", "on_time"), ("zhaolei", "on_time"), ("chenjing", "review")] {
            assert_eq!(house.outcome(username, DAY).await, outcome, "{username}");
        }
        house.replay().await;
    }

    async fn at_1_a_day_that_was_closed_before_its_evidence_came_is_ruled_on_again(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        phone.clock.pass_minutes(10);
        check(&mut phone, "on");
        phone.clock.pass_minutes(8 * 60 + 50);
        let off = check(&mut phone, "off");
        house.jobs_at(NEXT, "00:00").await;
        assert_eq!(house.outcome("zhangwei", DAY).await, "absent");
        let before = house.day("zhangwei", DAY).await.unwrap();
        let notice = async || {
            let lead = house.phone("lihua").await;
            let about = format!("{DAY} ZHANGWEI");
            let titles = lead.replica.records().into_iter().filter(|view| view.kind == "notice");
            titles.map(|view| view.body["title"].as_str().unwrap().to_owned()).filter(|title| title.starts_with("AT-") && title.ends_with(&about)).collect::<Vec<_>>()
        };
        assert_eq!(notice().await, [format!("AT-1 {DAY} ZHANGWEI")]);
        house.at(NEXT, "08:00").await;
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, off).0, "counted");
        house.jobs().await;
        let after = house.day("zhangwei", DAY).await.unwrap();
        assert_eq!((after.outcome.as_deref(), after.absent), (Some("on_time"), false));
        assert_ne!(after.ruling, before.ruling);
        assert_eq!(notice().await, [format!("AT-5 {DAY} ZHANGWEI")], "the lead learns that it was none");
        let day = phone_day(&house).await;
        let rulings: Vec<Ruling> = house.user("lihua").await.get(&format!("/v1/rulings?subject={day}")).await.unwrap();
        assert_eq!(rulings.iter().map(|ruling| ruling.outcome.as_str()).collect::<Vec<_>>(), ["absent", "on_time"]);
        assert_eq!(rulings[1].supersedes, before.ruling);
        for stranger in ["chenjing", "gaofei", "liuyang"] {
            let answer = house.user(stranger).await.get::<Vec<Ruling>>(&format!("/v1/rulings?subject={day}")).await;
            assert_eq!(refused(answer).0, 404, "{stranger}");
        }
        house.replay().await;
    }

    async fn at_1_a_lead_decides_a_day_without_check_out(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        house.at(DAY, "09:10").await;
        house.sync(&mut phone).await;
        check(&mut phone, "on");
        house.sync(&mut phone).await;
        house.jobs_at(NEXT, "08:00").await;
        assert_eq!(house.outcome("zhangwei", DAY).await, "review");
        let lead = house.user("lihua").await;
        let open: Page<Review> = lead.get(&format!("/v1/reviews?project={PROJECT}&kind=person_day")).await.unwrap();
        let [review] = &open.items[..] else { panic!("{open:?}") };
        assert_eq!(review.choices.join(" "), "on_time late early_leave absent excused");
        let path = format!("/v1/rulings/{}/decide", review.ruling.id);
        let decision = json!({"outcome": "early_leave", "reason": "he left at five"});
        for (somebody, expected) in [("zhangwei", 403), ("chenjing", 404), ("gaofei", 404)] {
            let answer = post_at::<Ruling>(&house.user(somebody).await, &path, review.version, &decision).await;
            assert_eq!(refused(answer).0, expected, "{somebody}");
        }
        let ruling: Ruling = post_at(&lead, &path, review.version, &decision).await.unwrap();
        assert_eq!((ruling.outcome.as_str(), ruling.supersedes), ("early_leave", Some(review.ruling.id)));
        house.jobs().await;
        assert_eq!(house.outcome("zhangwei", DAY).await, "early_leave");
        let open: Page<Review> = lead.get("/v1/reviews?kind=person_day").await.unwrap();
        assert_eq!(open.items, []);
        house.replay().await;
    }
}

/// The record of the first day of zhangwei.
async fn phone_day(house: &House) -> uuid::Uuid {
    let phone = house.phone("zhangwei").await;
    let days = phone.replica.records().into_iter().filter(|view| view.kind == "person_day");
    days.filter(|view| view.body["day"] == DAY).map(|view| view.id).next().unwrap()
}
