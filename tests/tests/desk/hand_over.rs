//! Sheets that change hands, and those that wait too long for their signatures.

use api_spec::desk::Confirmation;
use api_spec::primitives::Page;
use api_spec::rulings::Ruling;
use serde_json::json;
use tests::api::{Answer, Api};
use tests::world::{self, PROJECT};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::house::{House, NUMBER, arrival, instant, refused, rule_of, sheet};
use crate::rotation::rotation;

async fn hand_over(api: &Api, n: u128, to: &str) -> Answer<Confirmation> {
    let body = json!({"to": world::id(to), "reason": "会见老客户 13900000009"});
    api.post(&format!("/v1/confirmations/{}/consultant", sheet(n)), &body).await
}

async fn listed(api: &Api, query: &str) -> Vec<Uuid> {
    let page: Page<Confirmation> = api.get(&format!("/v1/projects/{PROJECT}/confirmations?{query}")).await.unwrap();
    page.items.into_iter().map(|each| each.id).collect()
}

tests::scenarios! {
    async fn cf_4_a_hand_over_uses_no_turn_and_is_recorded_with_its_reason(engine: Engine) {
        let house = House::open(engine).await;
        let opened = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        let (own, other, lead) =
            (house.as_user("fenglin").await, house.as_user("wuqiang").await, house.as_user("xujun").await);
        let before = rotation(&lead).await;
        assert_eq!(refused(hand_over(&other, 1, "wuqiang").await), (403, "forbidden".to_owned()), "who is not in charge");
        let (_, rule, message) = rule_of(hand_over(&own, 1, "xujun").await);
        assert!(rule == "CF-4" && message.contains("consultant at work"), "{message}");
        assert_eq!(rule_of(hand_over(&own, 1, "fenglin").await).1, "CF-4", "it is theirs already");
        let body = json!({"to": world::id("wuqiang"), "reason": " "});
        let path = format!("/v1/confirmations/{}/consultant", opened.id);
        assert_eq!(refused(own.post::<Confirmation>(&path, &body).await).0, 422);

        house.at("09:05").await;
        let handed = hand_over(&own, 1, "wuqiang").await.unwrap();
        assert_eq!((handed.consultant.unwrap().name.as_str(), handed.version), ("WUQIANG", 2));
        assert_eq!((handed.status, handed.ruling), (opened.status, opened.ruling), "the verdict stands");
        assert_eq!(rotation(&lead).await, before, "no turn was used");
        let rulings: Vec<Ruling> = lead.get(&format!("/v1/rulings?subject={}", opened.id)).await.unwrap();
        let last = rulings.last().unwrap();
        assert_eq!((last.reasons[0].rule.as_str(), last.decided_by.as_ref().unwrap().id), ("CF-4", world::id("fenglin")));
        assert!(last.reasons[0].message.contains("139****0009"), "P11: {}", last.reasons[0].message);

        assert_eq!(rule_of(own.post::<Confirmation>(&format!("/v1/confirmations/{}/sign", opened.id), &json!({})).await).1, "CF-5");
        // the site lead swaps it back
        assert_eq!(hand_over(&lead, 1, "fenglin").await.unwrap().consultant, opened.consultant);
        own.post::<Confirmation>(&format!("/v1/confirmations/{}/sign", opened.id), &json!({})).await.unwrap();
        let (_, rule, message) = rule_of(hand_over(&lead, 1, "wuqiang").await);
        assert!(rule == "CF-4" && message.contains("has signed"), "{message}");
        house.replay().await;
    }

    async fn cf_4_a_sheet_in_review_stays_in_review_and_strangers_are_told_nothing(engine: Engine) {
        let house = House::open(engine).await;
        house.lead("zhaolei", "王丽", NUMBER).await;
        house.at("10:00").await;
        house.desk().await.brought(1, NUMBER, "zhangwei").await;
        let lead = house.as_user("xujun").await;
        hand_over(&lead, 1, "wuqiang").await.unwrap();
        let reviews: Page<serde_json::Value> = lead.get(&format!("/v1/reviews?project={PROJECT}")).await.unwrap();
        assert_eq!(reviews.items.len(), 1, "still to be decided");
        for who in ["zhangwei", "zhoumei", "huangyan", "lihua"] {
            assert_eq!(refused(hand_over(&house.as_user(who).await, 1, "fenglin").await).0, 403, "{who}");
        }
        crate::house::make_site_lead_elsewhere(&house, "yangtao").await;
        assert_eq!(refused(hand_over(&house.as_user("yangtao").await, 1, "fenglin").await).0, 404);
    }

    async fn cf_4_a_hand_over_and_a_signature_at_once_agree_on_who_received(engine: Engine) {
        let house = House::open(engine).await;
        let opened = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        let (own, lead) = (house.as_user("fenglin").await, house.as_user("xujun").await);
        let mut acts = JoinSet::new();
        for n in 0..6 {
            let (own, lead) = (own.clone(), lead.clone());
            acts.spawn(async move {
                if n % 2 == 0 {
                    own.post::<Confirmation>(&format!("/v1/confirmations/{}/sign", sheet(1)), &json!({})).await.is_ok()
                } else {
                    hand_over(&lead, 1, "wuqiang").await.is_ok()
                }
            });
        }
        assert_eq!(acts.join_all().await.into_iter().filter(|done| *done).count(), 1);
        let now = listed(&lead, "state=signed").await;
        let by = if now.is_empty() { "wuqiang" } else { "fenglin" };
        assert_eq!(listed(&lead, &format!("consultant={}", world::id(by))).await, [opened.id]);
    }

    async fn cf_5_valid_sheets_unsigned_after_24_hours_are_listed_and_stay_reserved(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let at = |time: &'static str| house.at(time);
        desk.brought(1, NUMBER, "zhangwei").await;
        at("09:00:01").await;
        for n in 2..=4 {
            desk.brought(n, &format!("1390000000{n}"), "zhangwei").await;
        }
        desk.alone(5, "13900000005").await;
        house.sign_and_confirm(&desk.brought(6, "13900000006", "zhangwei").await).await;
        let half: Confirmation = house.as_user("wuqiang").await
            .post(&format!("/v1/confirmations/{}/sign", sheet(2)), &json!({})).await.unwrap();
        assert!(half.signed_at.is_some());
        at("2026-11-24T08:59:59.999+08:00").await;
        let office = house.as_user("huangyan").await;
        assert_eq!(listed(&office, "overdue=true").await, [] as [Uuid; 0]);
        at("2026-11-24T09:00:00+08:00").await;
        assert_eq!(listed(&office, "overdue=true").await, [sheet(1)], "exactly 24 hours");
        at("2026-11-24T09:00:01+08:00").await;
        let lead = house.as_user("xujun").await;
        assert_eq!(listed(&lead, "overdue=true").await, [1, 2, 3, 4].map(sheet), "with one signature, too");
        assert_eq!(listed(&lead, "overdue=true&state=signed").await, [sheet(2)]);
        let page: Page<Confirmation> =
            lead.get(&format!("/v1/projects/{PROJECT}/confirmations?overdue=true&limit=3")).await.unwrap();
        let next = page.next_cursor.unwrap();
        assert_eq!(listed(&lead, &format!("overdue=true&limit=3&cursor={next}")).await, [sheet(4)]);
        for who in ["zhoumei", "fenglin", "zhangwei"] {
            let answer = house.as_user(who).await.get::<Page<Confirmation>>(&format!("/v1/projects/{PROJECT}/confirmations?overdue=true")).await;
            assert_eq!(refused(answer).0, 403, "{who}");
        }
        let rival = house.desk().await.brought(7, NUMBER, "zhaolei").await;
        assert_eq!(rival.reasons[0].rule, "PR-3", "the reservation stands");
    }

    async fn cf_3_late_entries_are_flagged_on_the_sheet_and_listed(engine: Engine) {
        let house = House::open(engine).await;
        house.at("10:00").await;
        let desk = house.desk().await;
        for (n, at) in [(1, "09:44:59"), (2, "09:45"), (3, "09:59")] {
            let mut body = arrival(n, "王丽", &format!("1390000000{n}"));
            body["arrived_at"] = instant(at).into();
            assert_eq!(desk.arrive(&body).await.unwrap().late_entry, n == 1, "{at}");
        }
        assert_eq!(listed(&desk.0, "late_entry=true&day=2026-11-23").await, [sheet(1)]);
        assert_eq!(listed(&desk.0, "late_entry=false").await, [sheet(2), sheet(3)]);
    }
}
