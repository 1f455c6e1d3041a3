//! WL-7: the lead's evening.

use api_spec::weeks::{Evening, EveningCounts};
use reqwest::Method;
use serde_json::json;
use sync_core::kinds::CANVASS;
use tests::world::{PROJECT, TEAMS};

use crate::house::{DAY, House, check_in, eventually, hand_in, refused};
use crate::visit;

tests::scenarios! {
    async fn wl_7_the_evening_shows_who_was_there_whose_log_waits_and_what_the_day_came_to(engine: Engine) {
        let house = House::open(engine).await;
        for (username, flyers, words) in [("zhangwei", 100, Some("拜访 5 家")), ("liuyang", 50, None), ("zhaolei", 7, Some("三个小区"))] {
            let mut phone = house.phone(username).await;
            check_in(&mut phone, 0.0);
            visit(&mut phone);
            let tally = phone.create(&CANVASS, json!({"place": "春熙路"}));
            phone.add(&CANVASS, tally, "flyers", flyers);
            if let Some(words) = words {
                hand_in(&mut phone, words);
            }
            house.sync(&mut phone).await;
        }
        let lead = house.user("lihua").await;
        let path = format!("/v1/projects/{PROJECT}/evening");
        eventually(async || lead.get::<Evening>(&path).await.unwrap().counts.flagged == 1).await;
        let evening: Evening = lead.get(&path).await.unwrap();
        assert_eq!(evening.day.to_string(), DAY);
        assert_eq!((evening.totals.visits, evening.totals.flyers, evening.totals.minutes), (2, 150, None));
        let counts = EveningCounts { present: 2, missing: 1, to_review: 1, flagged: 1, ..EveningCounts::default() };
        assert_eq!(evening.counts, counts);
        let people: Vec<_> = evening
            .items
            .iter()
            .map(|each| (each.person.name.as_str(), each.present, each.missing, each.facts.flyers, each.log.as_ref().map(|log| log.contradictions.len())))
            .collect();
        assert_eq!(people, [("ZHANGWEI", true, false, 100, Some(1)), ("LIUYANG", true, true, 50, None)]);
        let first: Evening = lead.get(&format!("{path}?limit=1")).await.unwrap();
        assert_eq!((first.items.len(), first.totals), (1, evening.totals));
        let rest: Evening = lead.get(&format!("{path}?limit=1&cursor={}", first.next_cursor.unwrap())).await.unwrap();
        assert_eq!((rest.items[0].person.name.as_str(), rest.next_cursor), ("LIUYANG", None));
        let all: Evening = house.user("huangyan").await.get(&path).await.unwrap();
        assert_eq!((all.counts.present, all.totals.flyers), (3, 157));
        let file = lead.request(Method::GET, &format!("{path}?format=csv")).send().await.unwrap().text().await.unwrap();
        assert!(file.contains("LIUYANG") && file.contains("flyers 100") && !file.contains("ZHAOLEI"), "{file}");

        for (somebody, query, expected) in [
            ("chenjing", format!("?team={}", TEAMS[0]), (404, "not-found")),
            ("zhangwei", String::new(), (403, "forbidden")),
            ("machao", String::new(), (403, "forbidden")),
            ("gaofei", String::new(), (404, "not-found")),
        ] {
            let answer = house.user(somebody).await.get::<Evening>(&format!("{path}{query}")).await;
            assert_eq!(refused(answer), (expected.0, expected.1.to_owned()), "{somebody}");
        }
    }
}
