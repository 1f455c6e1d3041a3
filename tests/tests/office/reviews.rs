//! What the rules leave open has an exit (AT-5, AT-22, PR-2).

use api_spec::attendance::{AttendanceDay, DayOutcome};
use api_spec::primitives::Page;
use api_spec::rulings::{Review, Ruling};
use serde_json::json;
use sync_core::kinds::{CHECKIN, LEAD};
use tests::world::{self, PROJECT, TEAMS};

use crate::house::{House, check_in, post_at, refused, told};

tests::scenarios! {
    async fn at_5_at_22_a_check_in_is_on_time_late_void_or_reviewed(engine: Engine) {
        let house = House::open(engine).await;
        let mut phones = Vec::new();
        for (username, minute, north, outcome) in [
            ("zhangwei", 20, 0.0, "on_time"),
            ("wangfang", 21, 0.0, "late"),
            ("liuyang", 20, 0.02, "void"),
            ("lihua", 20, 0.0018, "review"), // 200 m away, give or take 10
        ] {
            let mut phone = house.phone(username).await;
            phone.clock.pass_minutes(minute);
            let id = check_in(&mut phone, north);
            phones.push((phone, id, outcome));
        }
        house.at("2026-11-23", "09:30").await;
        for (phone, id, outcome) in &mut phones {
            house.sync(phone).await;
            assert_eq!(told(phone, *id).1, *outcome, "{}", phone.username());
        }
        let path = format!("/v1/projects/{PROJECT}/attendance?team={}", TEAMS[0]);
        let day: AttendanceDay = house.user("lihua").await.get(&path).await.unwrap();
        let outcomes: Vec<_> = day.people.iter().map(|each| (each.person.name.as_str(), each.outcome, each.minutes.late)).collect();
        assert_eq!(
            outcomes,
            [
                ("LIHUA", Some(DayOutcome::Review), None),
                ("LIUYANG", None, None),
                ("WANGFANG", Some(DayOutcome::Review), None), // a liaison nobody has witnessed yet (AT-10)
                ("ZHANGWEI", Some(DayOutcome::OnTime), None),
            ]
        );
        assert_eq!(refused(house.user("chenjing").await.get::<AttendanceDay>(&path).await), (404, "not-found".to_owned()));
        let own: AttendanceDay = house.user("zhangwei").await.get(&format!("/v1/projects/{PROJECT}/attendance")).await.unwrap();
        assert_eq!(own.people.iter().map(|each| each.person.id).collect::<Vec<_>>(), [world::id("zhangwei")]);
        house.replay().await;
    }

    async fn a_review_is_decided_once_by_those_whose_task_it_is(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let id = phone.create(&CHECKIN, json!({"type": "on"}));
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, id).1, "review", "AT-22: no location");
        let lead = house.user("lihua").await;
        let open: Page<Review> = lead.get("/v1/reviews?kind=checkin").await.unwrap();
        let [review] = &open.items[..] else { panic!("{open:?}") };
        assert_eq!((review.ruling.subject, review.choices.join(" ")), (id, "on_time late void".to_owned()));
        assert_eq!(review.owner.as_ref().unwrap().id, world::id("zhangwei"));
        let office: Page<Review> = house.user("huangyan").await.get("/v1/reviews").await.unwrap();
        assert_eq!(office.items.len(), 1);
        let others: Page<Review> = house.user("chenjing").await.get("/v1/reviews").await.unwrap();
        assert_eq!(others.items, []);

        let path = format!("/v1/rulings/{}/decide", review.ruling.id);
        let decision = json!({"outcome": "on_time", "reason": "早会在场，电话 13812345678"});
        assert_eq!(refused(lead.post::<Ruling>(&path, &decision).await), (428, "precondition-required".to_owned()));
        for (somebody, expected) in [("zhangwei", (403, "forbidden")), ("chenjing", (404, "not-found")), ("gaofei", (404, "not-found"))] {
            let answer = post_at::<Ruling>(&house.user(somebody).await, &path, review.version, &decision).await;
            assert_eq!(refused(answer), (expected.0, expected.1.to_owned()), "{somebody}");
        }
        let wrong = json!({"outcome": "counted", "reason": "早会在场"});
        assert_eq!(refused(post_at::<Ruling>(&lead, &path, review.version, &wrong).await), (422, "validation".to_owned()));
        let ruling: Ruling = post_at(&lead, &path, review.version, &decision).await.unwrap();
        assert_eq!((ruling.outcome.as_str(), ruling.supersedes), ("on_time", Some(review.ruling.id)));
        assert!(ruling.reasons[0].message.contains("138****5678"), "{ruling:?}");
        assert_eq!(refused(post_at::<Ruling>(&lead, &path, review.version, &decision).await), (409, "wrong-state".to_owned()));
        let open: Page<Review> = lead.get("/v1/reviews").await.unwrap();
        assert_eq!(open.items, []);
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, id).1, "on_time");
        let day: AttendanceDay = lead.get(&format!("/v1/projects/{PROJECT}/attendance")).await.unwrap();
        let zhang = day.people.iter().find(|each| each.person.id == world::id("zhangwei")).unwrap();
        assert_eq!(zhang.outcome, Some(DayOutcome::OnTime));
        assert_eq!(house.replay().await, 2, "P9");
    }

    async fn pr_2_a_number_beyond_the_daily_limit_is_protected_when_the_lead_accepts_it(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let mut last = uuid::Uuid::nil();
        for n in 0..31 {
            last = phone.create(&LEAD, json!({"name": "王女士", "phone": format!("138123400{n:02}"), "source": "canvass"}));
        }
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, last).1, "review");
        let protections = |phone: &tests::phone::Phone| phone.replica.records().iter().filter(|view| view.kind == "protection").count();
        assert_eq!(protections(&phone), 30);
        let lead = house.user("lihua").await;
        let open: Page<Review> = lead.get("/v1/reviews?kind=lead").await.unwrap();
        let review = &open.items[0];
        let path = format!("/v1/rulings/{}/decide", review.ruling.id);
        let decision = json!({"outcome": "protected", "reason": "展会"});
        let _: Ruling = post_at(&lead, &path, review.version, &decision).await.unwrap();
        house.sync(&mut phone).await;
        assert_eq!((told(&phone, last).1.as_str(), protections(&phone)), ("protected", 31));
        house.replay().await;
    }
}
