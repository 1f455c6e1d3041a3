//! A contested lead on its whole way: case, settlement, appeal, and the end of it.

use api_spec::disputes::{DisputeLevel, DisputeState};
use serde_json::json;

use crate::court::{about_lead, act, contested_lead, for_site, for_user, listed, look, make_office, settle, stands};
use crate::house::{House, refused, rule_of, told};

tests::scenarios! {
    async fn ds_7_ds_4_a_party_that_lost_appeals_once_and_somebody_else_decides_for_good(engine: Engine) {
        let house = House::open(engine).await;
        let (mut first, held, mut second, contested) = contested_lead(&house).await;
        make_office(&house, "xujun").await;
        let (claimant, holder) = (house.as_user("zhaolei").await, house.as_user("zhangwei").await);
        let (office, other) = (house.as_user("huangyan").await, house.as_user("xujun").await);
        let case = about_lead(&claimant, contested).await.unwrap();
        assert_eq!(refused(act(&claimant, case.id, "appeal", &json!({"reason": "x"})).await), (409, "wrong-state".to_owned()));
        settle(&office, case.id, &for_user("zhaolei")).await.unwrap();
        assert_eq!(told(&mut first, held).await.0, "contested");

        assert_eq!(rule_of(act(&claimant, case.id, "appeal", &json!({"reason": "x"})).await).1, "DS-4", "who won");
        assert_eq!(refused(act(&holder, case.id, "appeal", &json!({"reason": " "})).await).0, 422);
        assert_eq!(refused(act(&office, case.id, "appeal", &json!({"reason": "x"})).await), (403, "forbidden".to_owned()));
        assert_eq!(refused(act(&house.as_user("sunli").await, case.id, "appeal", &json!({"reason": "x"})).await).0, 404);
        let appealed = act(&holder, case.id, "appeal", &json!({"reason": "录入时间更早"})).await.unwrap();
        assert_eq!((appealed.state, appealed.level), (DisputeState::Appealed, DisputeLevel::Appeal));
        assert_eq!(stands(&appealed).1.as_deref(), Some("lost"), "what was decided first holds meanwhile");

        let (_, rule, message) = rule_of(settle(&office, case.id, &for_user("zhaolei")).await);
        assert!(rule == "DS-4" && message.contains("somebody else"), "{message}");
        let decided = settle(&other, case.id, &for_user("zhangwei")).await.unwrap();
        assert_eq!((decided.state, decided.level), (DisputeState::Final, DisputeLevel::Appeal));
        assert_eq!(told(&mut first, held).await.0, "protected");
        assert_eq!(told(&mut second, contested).await.0, "contested");
        assert_eq!(first.body(case.id)["state"], "final");
        for api in [&claimant, &holder] {
            assert_eq!(refused(act(api, case.id, "appeal", &json!({"reason": "x"})).await), (409, "wrong-state".to_owned()));
        }
        assert_eq!(refused(about_lead(&claimant, contested).await), (409, "wrong-state".to_owned()), "settled for good");

        // DS-7: what comes after is recorded only
        assert_eq!(refused(act(&holder, case.id, "outside", &json!({"note": "x"})).await), (403, "forbidden".to_owned()));
        let noted = act(&office, case.id, "outside", &json!({"note": "仲裁委维持"})).await.unwrap();
        assert_eq!((noted.state, noted.level, noted.settlement), (DisputeState::Final, DisputeLevel::Outside, decided.settlement));
        let acts: Vec<String> = noted.entries.into_iter().map(|entry| entry.act).collect();
        assert_eq!(acts, ["opened", "settled", "appealed", "settled", "outside"]);
        house.replay().await;
    }

    async fn ds_4_after_three_days_a_settlement_is_final(engine: Engine) {
        let house = House::open(engine).await;
        let (_, _, _, contested) = contested_lead(&house).await;
        let holder = house.as_user("zhangwei").await;
        let case = about_lead(&house.as_user("zhaolei").await, contested).await.unwrap();
        settle(&house.as_user("huangyan").await, case.id, &for_user("zhaolei")).await.unwrap();
        house.at("2026-11-26T09:01:00+08:00").await;
        let (_, rule, message) = rule_of(act(&holder, case.id, "appeal", &json!({"reason": "迟了"})).await);
        assert!(rule == "DS-4" && message.contains("2026-11-26 09:01"), "{message}");
        server::jobs::Jobs::default().run(house.server.app()).await.unwrap();
        assert_eq!(look(&holder, case.id).await.unwrap().state, DisputeState::Final);
        assert_eq!(listed(&holder, "?state=final").await.len(), 1);
        house.replay().await;
    }

    async fn ds_4_the_last_second_of_the_third_day_is_in_time_and_an_appeal_withdrawn_leaves_the_first(engine: Engine) {
        let house = House::open(engine).await;
        let (mut first, held, _, contested) = contested_lead(&house).await;
        let case = about_lead(&house.as_user("zhaolei").await, contested).await.unwrap();
        settle(&house.as_user("huangyan").await, case.id, &for_site()).await.unwrap();
        assert_eq!(told(&mut first, held).await.0, "contested", "the site's");
        house.at("2026-11-26T09:00:59+08:00").await;
        let holder = house.as_user("lihua").await;
        act(&holder, case.id, "appeal", &json!({"reason": "组长代申诉"})).await.unwrap();
        let other = house.as_user("zhaolei").await;
        assert_eq!(refused(act(&other, case.id, "withdraw", &json!({})).await), (409, "wrong-state".to_owned()));
        let withdrawn = act(&holder, case.id, "withdraw", &json!({})).await.unwrap();
        assert_eq!((withdrawn.state, withdrawn.settlement.unwrap().party), (DisputeState::Final, None));
        assert_eq!(first.username(), "zhangwei");
        house.replay().await;
    }
}
