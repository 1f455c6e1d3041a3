//! WL-6: the review queue: what waits, what is overdue, what asks for a look; paged across days.

use api_spec::logs::{ApprovedLogs, DailyLog, LogList};
use reqwest::Method;
use serde_json::json;
use tests::api::Api;
use tests::world::TEAMS;

use crate::house::{House, eventually, hand_in, log_id, post_at, refused};
use crate::{hand_in_on, notices};

async fn ids(api: &Api, query: &str) -> Vec<uuid::Uuid> {
    let list: LogList = api.get(&format!("/v1/daily-logs?{query}")).await.unwrap();
    list.items.into_iter().map(|log| log.id).collect()
}

tests::scenarios! {
    async fn wl_6_the_queue_shows_what_waits_and_pages_across_days(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu, mut wang) = (house.phone("zhangwei").await, house.phone("liuyang").await, house.phone("wangfang").await);
        let first = [hand_in(&mut zhang, "三个小区"), hand_in(&mut wang, "拜访 5 家"), hand_in(&mut liu, "地铁口")];
        for phone in [&mut zhang, &mut liu, &mut wang] {
            house.sync(phone).await;
        }
        let lead = house.user("lihua").await;
        let path = format!("/v1/daily-logs/{}/approve", first[0]);
        let _: DailyLog = post_at(&lead, &path, 1, &json!({})).await.unwrap();
        house.at("2026-11-24", "09:00").await;
        house.set(&mut zhang);
        let second = hand_in_on(&mut zhang, "2026-11-24", "西区");
        house.sync(&mut zhang).await;
        eventually(async || ids(&lead, "from=2026-11-23&flagged=true").await == [first[1]]).await;
        let all = [first[0], first[1], first[2], second];
        let from = "from=2026-11-23";
        assert_eq!(ids(&lead, from).await, all, "by day and author");
        assert_eq!(ids(&lead, "").await, [second], "today");
        assert_eq!(ids(&lead, "until=2026-11-23").await, first, "one day");
        assert_eq!(ids(&lead, &format!("{from}&reviewed=true")).await, [first[0]]);
        assert_eq!(ids(&lead, &format!("{from}&reviewed=false")).await, [first[1], first[2], second]);
        assert_eq!(ids(&lead, &format!("{from}&phase=approved")).await, [first[0]]);
        assert_eq!(ids(&lead, &format!("{from}&flagged=false&reviewed=false")).await, [first[2], second]);
        assert!(ids(&lead, &format!("{from}&overdue=true")).await.is_empty());
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let page: LogList = lead.get(&format!("/v1/daily-logs?{from}&limit=1{cursor}")).await.unwrap();
            found.extend(page.items.iter().map(|log| log.id));
            let Some(next) = page.next_cursor else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(found, all);
        for query in ["day=2026-11-23&from=2026-11-23", "from=2026-11-24&until=2026-11-23"] {
            let answer = lead.get::<LogList>(&format!("/v1/daily-logs?{query}")).await;
            assert_eq!(refused(answer), (400, "bad-parameter".to_owned()), "{query}");
        }
        let office = house.user("huangyan").await;
        assert_eq!(ids(&office, from).await, all);
        assert!(ids(&office, &format!("{from}&team={}", TEAMS[1])).await.is_empty());
        assert!(ids(&house.user("chenjing").await, from).await.is_empty());
        let file = lead.request(Method::GET, &format!("/v1/daily-logs?{from}&format=csv")).send().await.unwrap().text().await.unwrap();
        assert!(file.contains("拜访 5 家") && file.contains("2026-11-24 12:00:00"), "{file}");
    }

    async fn wl_6_a_log_is_overdue_at_noon_of_the_next_working_day_and_the_office_is_told(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let logs = [hand_in(&mut zhang, "三个小区"), hand_in(&mut liu, "地铁口")];
        house.sync(&mut zhang).await;
        house.sync(&mut liu).await;
        let lead = house.user("lihua").await;
        let mut office = house.phone("huangyan").await;
        house.at("2026-11-24", "11:59").await;
        let overdue = "from=2026-11-23&overdue=true";
        assert!(ids(&lead, overdue).await.is_empty());
        house.at("2026-11-24", "12:00").await;
        assert_eq!(ids(&lead, overdue).await, logs);
        eventually(async || {
            house.sync(&mut office).await;
            !notices(&office, "WL-6 ").is_empty()
        })
        .await;
        let told = notices(&office, "WL-6 ");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].1.contains("1组: 2 logs of 2026-11-23 were to be read before 2026-11-24 12:00."), "{told:?}");
        let many = json!({"logs": logs.map(|id| json!({"id": id, "version": 1}))});
        let answer: ApprovedLogs = lead.post("/v1/daily-logs/approve", &many).await.unwrap();
        assert!(answer.results.iter().all(|each| each.approved), "{answer:?}");
        assert!(ids(&lead, overdue).await.is_empty());
        assert_eq!(logs[0], log_id("zhangwei"));
    }

    async fn wl_6_many_are_not_approved_where_it_is_open_whether_they_were_in_time(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        phone.clock.reboot();
        let id = hand_in(&mut phone, "三个小区");
        house.at("2026-11-24", "08:00").await;
        house.sync(&mut phone).await;
        let lead = house.user("lihua").await;
        let many = json!({"logs": [{"id": id, "version": 1}]});
        let answer: ApprovedLogs = lead.post("/v1/daily-logs/approve", &many).await.unwrap();
        let problem = answer.results[0].problem.as_ref().unwrap();
        assert_eq!((problem.code.as_str(), problem.members["rule"].as_str()), ("rule-refused", Some("WL-4")));
        let log: DailyLog = post_at(&lead, &format!("/v1/daily-logs/{id}/approve"), 1, &json!({})).await.unwrap();
        assert_eq!(log.verdict.unwrap().outcome, "approved", "by itself it is accepted");
    }
}
