//! WL-1: who was there without a log is told when the day is over; what arrives late heals it.

use api_spec::logs::{LogList, MissingLog};
use api_spec::primitives::Page;
use api_spec::rulings::Ruling;
use serde_json::json;
use sync_core::kinds::{CHECKIN, REQUEST};
use tests::world::{self, TEAMS};

use crate::house::{DAY, House, check_in, eventually, hand_in, log_id, refused, told, write_log};
use crate::{hand_in_on, notices};

tests::scenarios! {
    async fn wl_1_at_9_who_was_there_by_the_leads_word_owes_a_log_as_well(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        zhang.clock.pass_minutes(10 * 60);
        let asked = json!({"want": "missed_check", "type": "on", "at": format!("{DAY}T09:15:00+08:00"), "reason": "手机没电"});
        let request = zhang.create(&REQUEST, asked);
        house.at("2026-11-24", "08:00").await;
        house.sync(&mut zhang).await;
        let mut lead = house.phone("lihua").await;
        lead.command(&REQUEST, request, "approve", json!({}));
        house.sync(&mut lead).await;
        let reader = house.user("lihua").await;
        eventually(async || {
            let page: Page<MissingLog> = reader.get(&format!("/v1/daily-logs/missing?team={}", TEAMS[0])).await.unwrap();
            page.items.iter().map(|each| each.person.name.as_str()).eq(["ZHANGWEI"])
        })
        .await;
        house.replay().await;
    }

    async fn wl_1_who_was_there_without_a_log_is_told_at_day_close_and_a_late_log_heals_it(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu, mut wang) = (house.phone("zhangwei").await, house.phone("liuyang").await, house.phone("wangfang").await);
        for phone in [&mut zhang, &mut liu, &mut wang] {
            check_in(phone, 0.0);
            house.sync(phone).await;
        }
        // one hands in what does not arrive, one has not even a draft, one has a draft
        zhang.clock.pass_minutes(9 * 60);
        hand_in(&mut zhang, "三个小区");
        write_log(&mut wang, "地铁口");
        house.sync(&mut wang).await;
        let mut lead = house.phone("lihua").await;
        house.at("2026-11-24", "00:00").await;
        eventually(async || {
            house.sync(&mut lead).await;
            notices(&lead, "WL-1 ").len() == 3
        })
        .await;
        let titles: Vec<String> = notices(&lead, "WL-1 ").into_iter().map(|(title, _)| title).collect();
        assert_eq!(titles, ["WL-1 2026-11-23 LIUYANG", "WL-1 2026-11-23 WANGFANG", "WL-1 2026-11-23 ZHANGWEI"]);
        house.sync(&mut liu).await;
        assert!(notices(&liu, "WL-1 ")[0].1.contains("There is no log for 2026-11-23."));
        let path = format!("/v1/daily-logs/missing?team={}", TEAMS[0]);
        let reader = house.user("lihua").await;
        let missing = async || {
            let page: Page<MissingLog> = reader.get(&path).await.unwrap();
            page.items.iter().map(|each| each.person.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(missing().await, ["ZHANGWEI", "WANGFANG", "LIUYANG"], "by day and person");
        house.at("2026-11-24", "08:00").await;
        assert_eq!(house.sync(&mut zhang).await, []);
        assert_eq!(told(&zhang, log_id("zhangwei")).1, "submitted");
        eventually(async || missing().await.len() == 2).await;
        eventually(async || {
            house.sync(&mut zhang).await;
            notices(&zhang, "WL-1 ")[0].1.contains("is there")
        })
        .await;
        let notice = zhang.replica.records().into_iter().find(|view| view.kind == "notice").unwrap();
        let rulings: Vec<Ruling> = zhang.api().get(&format!("/v1/rulings?subject={}", notice.id)).await.unwrap();
        let outcomes: Vec<&str> = rulings.iter().map(|ruling| ruling.outcome.as_str()).collect();
        assert_eq!(outcomes, ["missing", "handed_in"]);
        assert_eq!(rulings[1].supersedes, Some(rulings[0].id));
        for stranger in ["zhangwei", "chenjing", "gaofei"] {
            let answer = house.user(stranger).await.get::<Page<MissingLog>>(&path).await;
            assert_eq!(refused(answer), (404, "not-found".to_owned()), "{stranger}");
        }
        let mut other = house.phone("chenjing").await;
        house.sync(&mut other).await;
        assert_eq!(notices(&other, "WL-1 "), []);
        house.replay().await;
    }

    async fn wl_1_a_check_in_that_arrives_after_the_close_is_counted_and_one_taken_back_is_not(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        check_in(&mut zhang, 0.0);
        let taken_back = check_in(&mut liu, 0.0);
        house.sync(&mut liu).await;
        liu.command(&CHECKIN, taken_back, "withdraw", json!({"reason": "误打"}));
        let lead = house.user("lihua").await;
        let names = async || {
            let page: Page<MissingLog> = lead.get("/v1/daily-logs/missing").await.unwrap();
            page.items.into_iter().map(|each| (each.person.name, each.day.to_string())).collect::<Vec<_>>()
        };
        house.at("2026-11-24", "08:00").await;
        eventually(async || names().await == [("LIUYANG".to_owned(), DAY.to_owned())]).await;
        house.sync(&mut zhang).await;
        house.sync(&mut liu).await;
        eventually(async || {
            names().await == [("ZHANGWEI".to_owned(), DAY.to_owned())]
        })
        .await;
        house.replay().await;
    }

    async fn wl_1_agents_and_the_desk_owe_no_log_and_who_was_away_neither(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        check_in(&mut zhang, 0.0);
        hand_in(&mut zhang, "三个小区");
        house.sync(&mut zhang).await;
        let mut agent = house.phone("machao").await;
        crate::visit(&mut agent);
        house.sync(&mut agent).await;
        let mut liu = house.phone("liuyang").await;
        crate::visit(&mut liu);
        house.sync(&mut liu).await;
        house.at("2026-11-24", "09:00").await;
        house.set(&mut zhang);
        hand_in_on(&mut zhang, "2026-11-24", "西区");
        house.sync(&mut zhang).await;
        let office = house.user("huangyan").await;
        eventually(async || {
            let list: LogList = office.get("/v1/daily-logs?day=2026-11-24").await.unwrap();
            list.items.iter().any(|log| log.facts.is_some())
        })
        .await;
        let page: Page<MissingLog> = office.get("/v1/daily-logs/missing").await.unwrap();
        assert_eq!(page.items, []);
        assert_eq!(world::id("zhangwei"), zhang.replica.user());
    }

    async fn wl_7_a_teams_day_shows_who_was_present_and_has_no_log_while_it_lasts(engine: Engine) {
        let house = House::open(engine).await;
        let mut liu = house.phone("liuyang").await;
        check_in(&mut liu, 0.0);
        house.sync(&mut liu).await;
        let lead = house.user("lihua").await;
        let list: LogList = lead.get("/v1/daily-logs").await.unwrap();
        assert_eq!(list.missing.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(), ["LIUYANG"]);
        let page: Page<MissingLog> = lead.get("/v1/daily-logs/missing").await.unwrap();
        assert_eq!(page.items, [], "the day is not over");
    }
}
