//! WL-12: every version of a log is kept, through returns and reopenings.

use api_spec::logs::DailyLog;
use api_spec::weeks::LogVersions;
use serde_json::json;
use sync_core::kinds::DAILY_LOG;
use tests::world;

use crate::house::{House, hand_in, post_at, refused};

tests::scenarios! {
    async fn wl_12_every_version_is_kept_with_what_the_lead_said_about_it(engine: Engine) {
        let house = House::open(engine).await;
        let mut author = house.phone("zhangwei").await;
        let id = hand_in(&mut author, "三个小区，致电 13812345678");
        author.set(&DAILY_LOG, id, json!({"progress": "好"}));
        house.sync(&mut author).await;
        let lead = house.user("lihua").await;
        let act = async |what: &str, version: u64, body: serde_json::Value| {
            let log: DailyLog = post_at(&lead, &format!("/v1/daily-logs/{id}/{what}"), version, &body).await.unwrap();
            log.version
        };
        act("return", 2, json!({"reason": "哪三个？"})).await;
        house.at("2026-11-23", "19:00").await;
        house.sync(&mut author).await;
        author.set(&DAILY_LOG, id, json!({"items": "东区、西区、南区"}));
        author.command(&DAILY_LOG, id, "submit", json!({}));
        house.sync(&mut author).await;
        act("approve", 3, json!({"comment": "好"})).await;
        act("reopen", 3, json!({"reason": "补成果"})).await;
        house.at("2026-11-23", "20:00").await;
        house.sync(&mut author).await;
        author.set(&DAILY_LOG, id, json!({"results": "两家有意向"}));
        // the same again changes nothing and makes no version
        author.set(&DAILY_LOG, id, json!({"results": "两家有意向"}));
        author.command(&DAILY_LOG, id, "submit", json!({}));
        house.sync(&mut author).await;

        let path = format!("/v1/daily-logs/{id}/versions");
        let history: LogVersions = lead.get(&path).await.unwrap();
        let words: Vec<_> = history
            .versions
            .iter()
            .map(|each| (each.version, each.items.as_str(), each.progress.as_deref(), each.results.as_deref()))
            .collect();
        assert_eq!(
            words[..3],
            [
                (1, "三个小区，致电 138****5678", None, None),
                (2, "三个小区，致电 138****5678", Some("好"), None),
                (3, "东区、西区、南区", Some("好"), None),
            ]
        );
        let last = history.versions.last().unwrap();
        let now: Vec<DailyLog> = lead.get::<api_spec::logs::LogList>("/v1/daily-logs").await.unwrap().items;
        assert_eq!((last.version, last.results.as_deref()), (now[0].version, Some("两家有意向")), "{history:?}");
        assert_eq!((last.by.id, last.device), (world::id("zhangwei"), author.replica.device()));
        let acts: Vec<_> = history.acts.iter().map(|act| (act.outcome.as_str(), act.version, act.remark.as_deref())).collect();
        assert_eq!(
            acts,
            [
                ("submitted", 2, None),
                ("returned", 2, Some("哪三个？")),
                ("submitted", 3, None),
                ("approved", 3, Some("好")),
                ("returned", 3, Some("补成果")),
                ("submitted", last.version, None),
            ]
        );
        assert_eq!(history.acts[1].by.as_ref().unwrap().name, "LIHUA");
        let own: LogVersions = author.api().get(&path).await.unwrap();
        assert_eq!(own, history);
        for stranger in ["liuyang", "chenjing", "gaofei", "machao"] {
            assert_eq!(refused(house.user(stranger).await.get::<LogVersions>(&path).await), (404, "not-found".to_owned()), "{stranger}");
        }
        house.replay().await;
    }
}
