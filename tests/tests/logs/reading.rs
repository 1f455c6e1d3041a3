//! WL-4, WL-6: logs are read: approved, returned, frozen, reopened; by the lead, the deputy or the office.

use api_spec::logs::{ApprovedLogs, DailyLog, LogList};
use api_spec::rulings::Ruling;
use serde_json::{Value, json};
use server::store::{orgs, run_tx, teams};
use sync_core::kinds::DAILY_LOG;
use sync_core::op::Action;
use sync_core::time::rfc3339;
use tests::world::{self, ORG, TEAMS};

use crate::house::{DAY, House, check_in, eventually, hand_in, log_id, post_at, refused, told, write_log};

tests::scenarios! {
    async fn wl_6_an_approval_given_offline_and_one_over_http_are_the_same_act(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let (first, second) = (hand_in(&mut zhang, "三个小区"), hand_in(&mut liu, "地铁口"));
        house.sync(&mut zhang).await;
        house.sync(&mut liu).await;
        let mut lead = house.phone("lihua").await;
        lead.command(&DAILY_LOG, first, "approve", json!({"version": 1, "comment": "好"}));
        assert_eq!(house.sync(&mut lead).await, []);
        let path = format!("/v1/daily-logs/{second}/approve");
        let log: DailyLog = post_at(&lead.api(), &path, 1, &json!({"comment": "好"})).await.unwrap();
        assert_eq!((log.version, log.verdict.unwrap().outcome.as_str()), (1, "approved"));
        let mut stood = Vec::new();
        for (phone, id) in [(&mut zhang, first), (&mut liu, second)] {
            // WL-6: frozen for an author who does not know it yet, too
            let late = phone.set(&DAILY_LOG, id, json!({"items": "四个小区"}));
            assert_eq!(house.sync(phone).await, [(late, "rejected".to_owned(), Some("frozen".to_owned()))]);
            assert_eq!((told(phone, id), &phone.body(id)["remark"]), (("approved".to_owned(), "approved".to_owned()), &json!("好")));
            let edit = Action::Set(json!({"items": "五个小区"}).as_object().unwrap().clone());
            assert!(phone.try_record(&DAILY_LOG, id, edit).is_err(), "now the phone knows");
            let rulings: Vec<Ruling> = phone.api().get(&format!("/v1/rulings?subject={id}")).await.unwrap();
            let last = rulings.last().unwrap().clone();
            assert_eq!(last.decided_by.unwrap().id, world::id("lihua"));
            stood.push((rulings.len(), last.outcome, last.reasons));
        }
        assert_eq!(stood[0], stood[1]);
        assert_eq!(house.replay().await, 4, "P9");
    }

    async fn wl_6_an_approval_names_the_version_it_saw(engine: Engine) {
        let house = House::open(engine).await;
        let mut author = house.phone("zhangwei").await;
        let id = hand_in(&mut author, "三个小区");
        house.sync(&mut author).await;
        let path = format!("/v1/daily-logs/{id}/approve");
        let lead = house.user("lihua").await;
        assert_eq!(refused(lead.post::<DailyLog>(&path, &json!({})).await), (428, "precondition-required".to_owned()));
        assert_eq!(refused(post_at::<DailyLog>(&lead, &path, 7, &json!({})).await), (412, "stale".to_owned()));
        let returned = format!("/v1/daily-logs/{id}/return");
        assert_eq!(refused(post_at::<DailyLog>(&lead, &returned, 1, &json!({"reason": " "})).await), (422, "validation".to_owned()));
        for (somebody, expected) in [
            ("zhangwei", (403, "forbidden".to_owned())),
            ("huangyan", (403, "forbidden".to_owned())), // reads the lead's own
            ("liuyang", (404, "not-found".to_owned())),
            ("chenjing", (404, "not-found".to_owned())),
            ("gaofei", (404, "not-found".to_owned())),
        ] {
            let api = house.user(somebody).await;
            assert_eq!(refused(post_at::<DailyLog>(&api, &path, 1, &json!({})).await), expected, "{somebody}");
        }
        let many = json!({"logs": [{"id": id, "version": 1}, {"id": log_id("liuyang"), "version": 1}]});
        let answer: ApprovedLogs = lead.post("/v1/daily-logs/approve", &many).await.unwrap();
        assert_eq!(answer.results.iter().map(|each| each.approved).collect::<Vec<_>>(), [true, false]);
        assert_eq!(answer.results[1].problem.as_ref().unwrap().code, "not-found");
        assert_eq!(refused(post_at::<DailyLog>(&lead, &path, 1, &json!({})).await), (409, "rule-refused".to_owned()));
        let reopened = format!("/v1/daily-logs/{id}/reopen");
        let log: DailyLog = post_at(&lead, &reopened, 1, &json!({"reason": "打 13812345678"})).await.unwrap();
        assert_eq!(log.verdict.unwrap().outcome, "returned");
        house.sync(&mut author).await;
        assert_eq!(author.body(id)["remark"], "打 138****5678", "DP-2");
        author.set(&DAILY_LOG, id, json!({"items": "四个小区"}));
        assert_eq!(house.sync(&mut author).await, []);
    }

    async fn wl_4_a_returned_log_is_due_by_the_end_of_the_day_after_it_reached_the_phone(engine: Engine) {
        let house = House::open(engine).await;
        let (mut prompt, mut late) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let lead = house.user("lihua").await;
        for phone in [&mut prompt, &mut late] {
            let id = hand_in(phone, "三个小区");
            house.sync(phone).await;
            let path = format!("/v1/daily-logs/{id}/return");
            let _: DailyLog = post_at(&lead, &path, 1, &json!({"reason": "哪三个？"})).await.unwrap();
        }
        house.at("2026-11-25", "08:00").await;
        for phone in [&mut prompt, &mut late] {
            house.sync(phone).await;
            let id = log_id(phone.username());
            assert_eq!((told(phone, id), &phone.body(id)["remark"]), (("returned".to_owned(), "returned".to_owned()), &json!("哪三个？")));
            house.sync(phone).await;
            let reached = phone.body(id)["review"]["reached_at"].clone();
            assert_eq!(reached, rfc3339::text(house.server.app().clock.now()));
            house.sync(phone).await;
            assert_eq!(phone.body(id)["review"]["reached_at"], reached, "noted once");
        }
        for (day, time, phone, outcome) in
            [("2026-11-26", "23:59", &mut prompt, "submitted"), ("2026-11-27", "00:00", &mut late, "missed")]
        {
            house.at(day, time).await;
            house.set(phone);
            let id = hand_in_again(phone);
            house.sync(phone).await;
            assert_eq!(told(phone, id), (outcome.to_owned(), outcome.to_owned()));
        }
        house.replay().await;
    }

    async fn wl_4_a_draft_is_missed_when_its_day_is_over_unless_it_was_handed_in_offline(engine: Engine) {
        let house = House::open(engine).await;
        let (mut offline, mut idle) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let (first, second) = (write_log(&mut offline, "三个小区"), write_log(&mut idle, "地铁口"));
        house.sync(&mut offline).await;
        house.sync(&mut idle).await;
        offline.clock.pass_minutes(9 * 60);
        offline.command(&DAILY_LOG, first, "submit", json!({}));
        house.at("2026-11-24", "08:00").await;
        let lead = house.user("lihua").await;
        let missed = format!("/v1/daily-logs?day={DAY}&phase=missed");
        eventually(async || lead.get::<LogList>(&missed).await.unwrap().items.len() == 2).await;
        assert_eq!(house.sync(&mut offline).await, []);
        assert_eq!(told(&offline, first), ("submitted".to_owned(), "submitted".to_owned()));
        house.set(&mut idle);
        idle.command(&DAILY_LOG, second, "submit", json!({}));
        house.sync(&mut idle).await;
        assert_eq!(told(&idle, second), ("missed".to_owned(), "missed".to_owned()), "kept and shown");
        assert_eq!(idle.body(second)["items"], "地铁口");
        house.replay().await;
    }

    async fn wl_6_the_deputy_reads_for_the_lead_and_the_office_the_leads_own(engine: Engine) {
        let house = House::open(engine).await;
        run_tx(&house.server.app().db, "deputy", async |mut tx| {
            let org = orgs::put(&mut tx, ORG, "青山").await?;
            teams::set_deputy(&mut tx, org, TEAMS[0], Some(world::id("liuyang"))).await?;
            orgs::touch_directory(&mut tx, org).await
        })
        .await
        .unwrap();
        let (mut zhang, mut liu, mut lead) = (house.phone("zhangwei").await, house.phone("liuyang").await, house.phone("lihua").await);
        for phone in [&mut zhang, &mut liu, &mut lead] {
            hand_in(phone, "三个小区");
            house.sync(phone).await;
        }
        let office = house.user("huangyan").await;
        for (author, refuses, reads) in [
            ("zhangwei", [&office], liu.api()),
            ("liuyang", [&liu.api()], lead.api()),
            ("lihua", [&liu.api()], office.clone()),
        ] {
            let path = format!("/v1/daily-logs/{}/approve", log_id(author));
            for api in refuses {
                assert_eq!(refused(post_at::<DailyLog>(api, &path, 1, &json!({})).await), (403, "forbidden".to_owned()), "{author}");
            }
            let log: DailyLog = post_at(&reads, &path, 1, &json!({})).await.unwrap();
            assert_eq!(log.verdict.unwrap().outcome, "approved", "{author}");
        }
        house.replay().await;
    }

    async fn wl_6_a_return_given_offline_reaches_the_author_with_its_reason(engine: Engine) {
        let house = House::open(engine).await;
        let (mut author, mut lead) = (house.phone("zhangwei").await, house.phone("lihua").await);
        let id = hand_in(&mut author, "三个小区");
        house.sync(&mut author).await;
        house.sync(&mut lead).await;
        lead.clock.pass_minutes(60);
        lead.command(&DAILY_LOG, id, "return", json!({"version": 1, "reason": "哪三个？"}));
        author.set(&DAILY_LOG, id, json!({"progress": "好"}));
        house.at(DAY, "19:00").await;
        assert_eq!(house.sync(&mut lead).await, []);
        house.sync(&mut author).await;
        assert_eq!((told(&author, id), &author.body(id)["remark"]), (("returned".to_owned(), "returned".to_owned()), &json!("哪三个？")));
        author.command(&DAILY_LOG, id, "submit", json!({}));
        house.sync(&mut author).await;
        assert_eq!(told(&author, id).0, "submitted");
        house.sync(&mut lead).await;
        author.set(&DAILY_LOG, id, json!({"progress": "很好"}));
        house.sync(&mut author).await;
        // the lead's phone saw version 2; the author is at 3 by now
        let seq = lead.command(&DAILY_LOG, id, "approve", json!({"version": 2}));
        assert_eq!(house.sync(&mut lead).await, [(seq, "rejected".to_owned(), Some("WL-6".to_owned()))]);
        lead.command(&DAILY_LOG, id, "approve", json!({"version": 3}));
        assert_eq!(house.sync(&mut lead).await, []);
        assert_eq!(told(&lead, id).0, "approved");
        house.replay().await;
    }

    async fn wl_5_a_log_taken_back_after_a_return_is_still_due_as_returned(engine: Engine) {
        let house = House::open(engine).await;
        let mut author = house.phone("zhangwei").await;
        let id = hand_in(&mut author, "三个小区");
        house.sync(&mut author).await;
        let lead = house.user("lihua").await;
        let path = format!("/v1/daily-logs/{id}/return");
        let _: DailyLog = post_at(&lead, &path, 1, &json!({"reason": "哪三个？"})).await.unwrap();
        house.at("2026-11-24", "09:00").await;
        house.sync(&mut author).await;
        house.sync(&mut author).await;
        author.command(&DAILY_LOG, id, "submit", json!({}));
        house.sync(&mut author).await;
        author.command(&DAILY_LOG, id, "withdraw", json!({}));
        house.sync(&mut author).await;
        assert_eq!(told(&author, id), ("returned".to_owned(), "returned".to_owned()));
        house.at("2026-11-25", "23:59").await;
        house.set(&mut author);
        author.command(&DAILY_LOG, id, "submit", json!({}));
        house.sync(&mut author).await;
        assert_eq!(told(&author, id), ("submitted".to_owned(), "submitted".to_owned()));
        house.replay().await;
    }

    async fn wl_5_only_the_author_hands_a_log_in(engine: Engine) {
        let house = House::open(engine).await;
        let mut author = house.phone("zhangwei").await;
        let id = write_log(&mut author, "三个小区");
        house.sync(&mut author).await;
        let mut lead = house.phone("lihua").await;
        let submit = Action::Command { name: "submit".to_owned(), args: serde_json::Map::new() };
        assert!(lead.try_record(&DAILY_LOG, id, submit).is_err());
        assert_eq!(told(&lead, id).0, "draft");
    }

    async fn wl_7_a_teams_day_shows_who_was_present_and_has_no_log(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        check_in(&mut zhang, 0.0);
        check_in(&mut liu, 0.0);
        hand_in(&mut zhang, "三个小区");
        write_log(&mut liu, "地铁口");
        house.sync(&mut zhang).await;
        house.sync(&mut liu).await;
        let path = format!("/v1/daily-logs?team={}", TEAMS[0]);
        for reader in ["lihua", "huangyan"] {
            let list: LogList = house.user(reader).await.get(&path).await.unwrap();
            let phases: Vec<Value> = list.items.iter().map(|log| serde_json::to_value(log.phase).unwrap()).collect();
            assert_eq!(phases, ["submitted", "draft"], "{reader}");
            let missing: Vec<_> = list.missing.iter().map(|person| person.id).collect();
            assert_eq!(missing, [world::id("liuyang")], "{reader}");
        }
        for stranger in ["zhangwei", "chenjing", "gaofei"] {
            assert_eq!(refused(house.user(stranger).await.get::<LogList>(&path).await), (404, "not-found".to_owned()));
        }
    }
}

fn hand_in_again(phone: &mut tests::phone::Phone) -> uuid::Uuid {
    let id = log_id(phone.username());
    phone.set(&DAILY_LOG, id, json!({"items": "东区、西区、南区"}));
    phone.command(&DAILY_LOG, id, "submit", json!({}));
    id
}
