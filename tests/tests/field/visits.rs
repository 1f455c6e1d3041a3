//! Which visits to outlets count (OV-5, FW-8, OV-8).

use serde_json::{Value, json};
use sync_core::kinds::{LEAD, OUTLET, VISIT};
use tests::phone::Phone;
use uuid::Uuid;

use crate::house::{House, full_visit, get, items, north, open, post_at, refused, told, visit};

/// A visit that counts, but for these fields.
fn but(phone: &mut Phone, outlet: Uuid, fields: Value) -> Uuid {
    let Value::Object(mut all) = full_visit(outlet) else { panic!("fields") };
    all.extend(fields.as_object().cloned().unwrap());
    all.retain(|_, value| !value.is_null());
    phone.create(&VISIT, all.into())
}

fn rules(list: &[&str]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

tests::scenarios! {
    async fn ov_5_what_comes_later_and_asks_for_nothing_leaves_the_verdict(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let card = open(&mut phone, "链家天府店", "A", 0.0);
        let id = visit(&mut phone, card);
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, id), ("counted".to_owned(), rules(&["OV-5"])));
        phone.tag(&VISIT, id, "tags", &["重点"]);
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, id), ("counted".to_owned(), rules(&["OV-5"])), "a tag is no doubt");
        // the next day's visit comes in when its card was deleted: it counts like the one before
        house.at("2026-11-02", "11:00").await;
        phone.delete(&OUTLET, card);
        house.sync(&mut phone).await;
        house.at("2026-11-03", "10:00").await;
        house.set(&mut phone);
        let late = visit(&mut phone, card);
        house.sync(&mut phone).await;
        assert_eq!(told(&phone, late), ("counted".to_owned(), rules(&["OV-5"])));
        house.replay().await;
    }

    async fn ov_5_fw_8_a_visit_counts_when_it_is_near_long_enough_and_complete(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let shop = open(&mut zhang, "链家天府店", "A", 0.0);
        let far = but(&mut zhang, shop, json!({"location": north(215.0, 10.0)}));
        zhang.clock.pass_minutes(1);
        let short = but(&mut zhang, shop, json!({"minutes": 4}));
        zhang.clock.pass_minutes(1);
        let silent = but(&mut zhang, shop, json!({"result": null, "minutes": null}));
        house.at("2026-11-02", "09:10").await;
        house.sync(&mut zhang).await;
        assert_eq!(told(&zhang, far), ("void".into(), rules(&["OV-5"])));
        assert_eq!(told(&zhang, short), ("void".into(), rules(&["OV-5"])));
        assert_eq!(told(&zhang, silent), ("incomplete".into(), rules(&["FW-8", "OV-5"])));
        let said = zhang.replica.view(silent).unwrap().verdict.unwrap().reasons[0].message.clone();
        assert!(said.contains("result") && said.contains("拜访记录缺少"), "{said}");
        // what is filled in later is judged again
        zhang.set(&VISIT, silent, json!({"result": "约好周五再谈", "minutes": 5}));
        house.sync(&mut zhang).await;
        assert_eq!(told(&zhang, silent).0, "counted", "exactly five minutes");
        zhang.set(&VISIT, short, json!({"minutes": 20}));
        house.sync(&mut zhang).await;
        assert_eq!(told(&zhang, short).0, "counted", "it was recorded before the other");
        assert_eq!(told(&zhang, silent), ("void".into(), rules(&["OV-5"])), "one a day");
        house.replay().await;
    }

    async fn fw_8_a_visit_to_no_outlet_is_incomplete_until_it_says_why_and_what_came_of_it(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let lead = zhang.create(&LEAD, json!({"name": "王女士", "phone": "13812345678", "source": "canvass"}));
        let silent = zhang.create(&VISIT, json!({"visit_type": "cold", "purpose": " "}));
        let customer = zhang.create(&VISIT, json!({"visit_type": "customer", "lead": lead, "purpose": "看房后回访"}));
        let full = zhang.create(&VISIT, json!({"visit_type": "cold", "purpose": "陌拜", "result": "留了名片"}));
        house.sync(&mut zhang).await;
        for (id, outcome, lacks) in [(silent, "incomplete", "purpose, result"), (customer, "incomplete", "result"), (full, "complete", "")] {
            assert_eq!(told(&zhang, id), (outcome.to_owned(), rules(&["FW-8"])));
            let said = zhang.replica.view(id).unwrap().verdict.unwrap().reasons[0].message.clone();
            assert!(said.contains(lacks) && (lacks.is_empty() || said.contains("拜访记录缺少")), "{said}");
        }
        zhang.set(&VISIT, silent, json!({"purpose": "陌拜"}));
        house.sync(&mut zhang).await;
        let verdict = |phone: &Phone, id| phone.replica.view(id).unwrap().verdict.unwrap();
        assert!(!verdict(&zhang, silent).reasons[0].message.contains("purpose"), "that is said now");
        let standing = verdict(&zhang, full).ruling;
        zhang.set(&VISIT, full, json!({"result": "约了周五", "place": "站厅"}));
        zhang.set(&VISIT, silent, json!({"result": "没人在"}));
        house.sync(&mut zhang).await;
        assert_eq!((told(&zhang, silent).0.as_str(), verdict(&zhang, full).ruling), ("complete", standing), "nothing else is missing");
        zhang.set(&VISIT, full, json!({"result": null}));
        house.sync(&mut zhang).await;
        assert_eq!(told(&zhang, full).0, "incomplete");
        let path = format!("/v1/rulings?subject={full}");
        let lead = house.user("lihua").await;
        assert_eq!(get::<Vec<Value>>(&lead, &path).await.len(), 2, "each of them is kept");
        assert_eq!(refused(house.user("chenjing").await.get::<Value>(&path).await).0, 404);
        house.replay().await;
    }

    async fn ov_8_a_visit_that_says_nothing_of_the_materials_is_flagged(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let shop = open(&mut zhang, "链家天府店", "A", 0.0);
        let id = but(&mut zhang, shop, json!({"materials_checked": null}));
        house.sync(&mut zhang).await;
        let (outcome, cited) = told(&zhang, id);
        assert_eq!((outcome.as_str(), cited.contains(&"OV-8".to_owned())), ("counted", true));
        zhang.set(&VISIT, id, json!({"materials_checked": false}));
        house.sync(&mut zhang).await;
        assert!(!told(&zhang, id).1.contains(&"OV-8".to_owned()), "it says that nobody looked");
    }

    async fn ov_5_what_stays_open_is_for_the_lead_and_the_decision_stands_until_the_facts_change(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let shop = open(&mut zhang, "链家天府店", "A", 0.0);
        let id = but(&mut zhang, shop, json!({"location": north(195.0, 10.0)}));
        house.sync(&mut zhang).await;
        assert_eq!(told(&zhang, id), ("review".into(), rules(&["OV-5"])));
        let (lead, stranger) = (house.user("lihua").await, house.user("chenjing").await);
        let reviews = items(&lead, "/v1/reviews?kind=visit").await;
        assert_eq!((reviews.len(), &reviews[0]["choices"]), (1, &json!(["counted", "void"])));
        assert!(items(&stranger, "/v1/reviews?kind=visit").await.is_empty());
        let path = format!("/v1/rulings/{}/decide", reviews[0]["ruling"]["id"].as_str().unwrap());
        let version = reviews[0]["version"].as_u64().unwrap();
        let decision = json!({"outcome": "counted", "reason": "I was there, too"});
        assert_eq!(refused(post_at::<Value>(&stranger, &path, version, &decision).await).0, 404);
        let decided: Value = post_at(&lead, &path, version, &decision).await.unwrap();
        assert_eq!(decided["outcome"], "counted");
        house.sync(&mut zhang).await;
        assert_eq!(told(&zhang, id).0, "counted");
        zhang.set(&VISIT, id, json!({"next_step": "周五带看"}));
        house.sync(&mut zhang).await;
        assert_eq!(told(&zhang, id).0, "counted", "nothing that matters has changed");
        zhang.set(&VISIT, id, json!({"minutes": 60}));
        house.sync(&mut zhang).await;
        assert_eq!(told(&zhang, id).0, "review", "the lead decided on something else");
        house.replay().await;
    }

    async fn ov_5_one_visit_counts_an_outlet_and_day_whoever_syncs_first(engine: Engine) {
        for late_first in [false, true] {
            let house = House::open(engine).await;
            let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
            let shop = open(&mut zhang, "链家天府店", "A", 0.0);
            house.sync(&mut zhang).await;
            house.sync(&mut liu).await;
            // both are offline: Liu comes an hour after Zhang
            house.at("2026-11-02", "10:00").await;
            house.set(&mut zhang);
            let early = visit(&mut zhang, shop);
            house.at("2026-11-02", "11:00").await;
            house.set(&mut liu);
            let late = visit(&mut liu, shop);
            house.at("2026-11-02", "18:00").await;
            let mut phones = [(&mut zhang, early), (&mut liu, late)];
            if late_first {
                phones.reverse();
            }
            for (phone, _) in &mut phones {
                house.sync(phone).await;
            }
            house.sync(&mut zhang).await;
            house.sync(&mut liu).await;
            assert_eq!(told(&zhang, early).0, "counted", "late first: {late_first}");
            assert_eq!(told(&liu, late), ("void".into(), rules(&["OV-5"])), "late first: {late_first}");
            house.at("2026-11-03", "10:00").await;
            house.set(&mut liu);
            let next_day = visit(&mut liu, shop);
            house.sync(&mut liu).await;
            assert_eq!(told(&liu, next_day).0, "counted");
            house.replay().await;
        }
    }

    async fn ov_5_a_visit_that_came_before_its_card_is_judged_with_it(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let shop = zhang.draw_id();
        let id = visit(&mut liu, shop);
        house.sync(&mut liu).await;
        assert_eq!(told(&liu, id), ("review".into(), rules(&["OV-5"])), "nobody knows where that is");
        zhang.set(&OUTLET, shop, json!({"name": "链家", "category": "broker", "location": north(0.0, 5.0)}));
        house.sync(&mut zhang).await;
        house.sync(&mut liu).await;
        assert_eq!(told(&liu, id).0, "counted");
        house.replay().await;
    }
}
