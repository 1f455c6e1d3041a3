//! WL-16: the facts of the day beside the words, and what contradicts them.

use std::time::Duration;

use api_spec::logs::{ApprovedLogs, DailyLog, DayFacts, LogList};
use api_spec::rulings::Ruling;
use serde_json::json;
use sync_core::kinds::{BOOKING, CANVASS, CHECKIN, DAILY_LOG, LEAD};
use tests::api::Api;
use tests::world::SITE;

use crate::house::{DAY, House, check_in, eventually, hand_in, log_id, post_at, told};
use crate::{second_phone, visit};

/// The only log of the day, once its facts are so.
async fn counted(api: &Api, is_so: impl Fn(&DailyLog) -> bool) -> DailyLog {
    let mut found = None;
    eventually(async || {
        let list: LogList = api.get(&format!("/v1/daily-logs?day={DAY}")).await.unwrap();
        found = list.items.into_iter().find(|log| log.facts.is_some() && is_so(log));
        found.is_some()
    })
    .await;
    found.unwrap()
}

tests::scenarios! {
    async fn wl_16_words_that_claim_more_than_the_records_are_flagged_until_the_evidence_arrives(engine: Engine) {
        let house = House::open(engine).await;
        let (mut phone, mut other) = (house.phone("zhangwei").await, second_phone(&house, "zhangwei").await);
        check_in(&mut phone, 0.0);
        visit(&mut phone);
        visit(&mut phone);
        for _ in 0..3 {
            visit(&mut other);
        }
        let tally = phone.create(&CANVASS, json!({"place": "春熙路"}));
        phone.add(&CANVASS, tally, "flyers", 100);
        phone.add(&CANVASS, tally, "interested", 4);
        phone.create(&LEAD, json!({"name": "王女士", "phone": "13812345678", "source": "canvass"}));
        phone.create(&BOOKING, json!({"customer_name": "王女士", "phone_masked": "138****5678", "route": "booked"}));
        let cancelled = phone.create(&BOOKING, json!({"customer_name": "李先生", "phone_masked": "139****5678", "route": "booked"}));
        phone.command(&BOOKING, cancelled, "cancel", json!({}));
        phone.clock.pass_minutes(9 * 60);
        let here = json!({"lat": SITE.0, "lng": SITE.1, "accuracy_m": 10.0, "mocked": false, "datum": "wgs84"});
        phone.create(&CHECKIN, json!({"type": "off", "location": here}));
        let id = hand_in(&mut phone, "拜访 5 家，发传单 100 张，意向客户三组，报备1组，工作9小时；明天拜访 9 家");
        house.at(DAY, "18:30").await;
        assert_eq!(house.sync(&mut phone).await, []);
        let lead = house.user("lihua").await;
        let log = counted(&lead, |_| true).await;
        let facts = DayFacts { visits: 2, flyers: 100, interested: 4, leads: 1, bookings: 1, minutes: Some(540), ..DayFacts::default() };
        assert_eq!(log.facts, Some(facts));
        let found: Vec<_> = log.contradictions.iter().map(|each| (each.what.as_str(), each.said, each.counted, each.words.as_str())).collect();
        assert_eq!(found, [("visits", 5, 2, "拜访 5 家")]);
        assert!(log.flagged);
        assert_eq!(told(&phone, id), ("submitted".to_owned(), "submitted".to_owned()), "a flag changes no outcome");

        let many = json!({"logs": [{"id": id, "version": log.version}]});
        let answer: ApprovedLogs = lead.post("/v1/daily-logs/approve", &many).await.unwrap();
        let problem = answer.results[0].problem.as_ref().unwrap();
        assert_eq!((problem.code.as_str(), problem.members["rule"].as_str()), ("rule-refused", Some("WL-16")), "read it by itself");

        house.sync(&mut other).await;
        let log = counted(&lead, |log| log.contradictions.is_empty()).await;
        assert_eq!((log.facts.unwrap().visits, log.flagged), (5, false));
        house.sync(&mut phone).await;
        assert_eq!(phone.body(id)["facts"]["visits"], 5, "the author sees them, too");
        let answer: ApprovedLogs = lead.post("/v1/daily-logs/approve", &many).await.unwrap();
        assert!(answer.results[0].approved, "{answer:?}");
        let rulings: Vec<Ruling> = lead.get(&format!("/v1/rulings?subject={id}")).await.unwrap();
        let last = rulings.last().unwrap();
        assert_eq!(last.reasons.iter().map(|reason| reason.rule.as_str()).collect::<Vec<_>>(), ["WL-6", "WL-16"]);
        assert_eq!(last.reasons[1].facts["counted_facts"]["visits"], 5, "what was seen is kept");
        house.set(&mut other);
        visit(&mut other);
        house.sync(&mut other).await;
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert_eq!(counted(&lead, |_| true).await.facts.unwrap().visits, 5, "frozen with the approval");
        house.replay().await;
    }

    async fn wl_16_an_edit_of_the_words_is_held_against_the_facts_again(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        visit(&mut phone);
        let id = hand_in(&mut phone, "拜访 2 家");
        house.sync(&mut phone).await;
        let lead = house.user("lihua").await;
        counted(&lead, |log| log.contradictions.len() == 1).await;
        phone.set(&DAILY_LOG, id, json!({"items": "拜访 1 家"}));
        house.sync(&mut phone).await;
        counted(&lead, |log| log.version == 2 && log.contradictions.is_empty()).await;
        phone.set(&DAILY_LOG, id, json!({"items": "visited 3 shops"}));
        house.sync(&mut phone).await;
        // before anything was counted again: an approval counts by itself
        let path = format!("/v1/daily-logs/{id}/approve");
        let log: DailyLog = post_at(&lead, &path, 3, &json!({"comment": "当面核对"})).await.unwrap();
        assert_eq!(log.contradictions[0].said, 3);
        assert!(log.verdict.unwrap().reasons[1].message.contains("the log says 3, the records say 1"));
        assert_eq!(id, log_id("zhangwei"));
        house.replay().await;
    }
}
