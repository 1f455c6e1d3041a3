//! One card an outlet (OV-1, OV-2), and outlets that bring nothing (OV-9).

use serde_json::{Value, json};
use sync_core::kinds::{LEAD, OUTLET, VISIT};
use tests::api::Api;
use uuid::Uuid;

use crate::house::{House, eventually, full_visit, items, on_project, open, refused, told, visit};

/// The names of the cards that may be one outlet's, pair by pair.
async fn pairs(api: &Api) -> Vec<(String, String)> {
    let list = items(api, &on_project("outlets/duplicates")).await;
    let name = |card: &Value| card["name"].as_str().unwrap().to_owned();
    list.iter().map(|pair| (name(&pair["one"]), name(&pair["other"]))).collect()
}

async fn merge(api: &Api, from: Uuid, into: Uuid) -> tests::api::Answer<Value> {
    api.post(&format!("/v1/outlets/{from}/merge"), &json!({"into": into, "reason": "同一家店"})).await
}

tests::scenarios! {
    async fn ov_1_ov_2_the_same_shop_opened_on_two_phones_offline_is_suspected_and_merged(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let one = open(&mut zhang, "链家（天府店）", "A", 0.0);
        let other = open(&mut liu, "链家 天府店", "C", 300.0);
        // a neighbour with a similar name, and one with another
        let near = open(&mut zhang, "链家天府二店", "A", 325.0);
        open(&mut zhang, "红旗超市", "D", 0.0);
        visit(&mut zhang, one);
        house.at("2026-11-02", "15:00").await;
        house.sync(&mut liu).await;
        house.sync(&mut zhang).await;
        let (lead, stranger) = (house.user("lihua").await, house.user("chenjing").await);
        eventually(async || pairs(&lead).await.len() == 2).await;
        assert!(pairs(&stranger).await.is_empty(), "cards of another team");
        let mut lihua = house.phone("lihua").await;
        house.sync(&mut lihua).await;
        let notices = |phone: &tests::phone::Phone| {
            phone.replica.records().iter().filter(|view| view.kind == "notice" && view.body["title"] == "OV-2").count()
        };
        assert_eq!(notices(&lihua), 2);

        // the neighbour is another shop
        let path = format!("/v1/outlets/{near}/distinct");
        let body = json!({"other": other, "reason": "二店在对面"});
        assert_eq!(refused(house.user("zhangwei").await.post::<Value>(&path, &body).await).0, 403);
        assert_eq!(refused(stranger.post::<Value>(&path, &body).await).0, 403);
        assert_eq!(refused(house.user("gaofei").await.post::<Value>(&path, &body).await).0, 404);
        lead.post::<Value>(&path, &body).await.unwrap();
        lead.post::<Value>(&path, &body).await.unwrap();
        assert_eq!(pairs(&lead).await.len(), 1);

        assert_eq!(refused(merge(&house.user("zhangwei").await, other, one).await).0, 403);
        assert_eq!(refused(merge(&house.user("gaofei").await, other, one).await).0, 404);
        assert_eq!(refused(merge(&lead, other, other).await).0, 422);
        let merged = merge(&lead, other, one).await.unwrap();
        assert_eq!((&merged["state"], &merged["merged_into"]), (&json!("merged"), &json!(one)));
        assert_eq!(merge(&lead, other, one).await.unwrap(), merged, "the same request again");
        assert_eq!(refused(merge(&lead, other, near).await).0, 409);
        assert_eq!(refused(merge(&lead, one, other).await).0, 422, "that is itself");
        assert!(pairs(&lead).await.is_empty());
        house.sync(&mut liu).await;
        let shown = liu.replica.view(other).unwrap();
        assert_eq!((&shown.body["merged_into"], &shown.body["name"]), (&json!(one), &json!("链家 天府店")));
        house.replay().await;
    }

    async fn ov_2_what_names_a_merged_card_holds_for_the_one_that_took_over(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let one = open(&mut zhang, "链家天府店", "A", 0.0);
        let other = open(&mut liu, "链家天府店", "C", 0.0);
        house.sync(&mut zhang).await;
        house.sync(&mut liu).await;
        house.at("2026-11-02", "10:00").await;
        house.set(&mut zhang);
        let mine = visit(&mut zhang, one);
        house.sync(&mut zhang).await;
        house.at("2026-11-02", "11:00").await;
        house.set(&mut liu);
        let (theirs, next) = (visit(&mut liu, other), visit(&mut liu, one));
        house.sync(&mut liu).await;
        assert_eq!((told(&zhang, mine).0.as_str(), told(&liu, theirs).0.as_str()), ("counted", "counted"), "two cards");
        assert_eq!(told(&liu, next).0, "void");
        let lead = house.user("lihua").await;
        merge(&lead, other, one).await.unwrap();
        house.sync(&mut liu).await;
        house.sync(&mut zhang).await;
        assert_eq!((told(&zhang, mine).0.as_str(), told(&liu, theirs).0.as_str()), ("counted", "void"), "one shop");
        // Liu was offline and knows nothing of it
        house.at("2026-11-03", "10:00").await;
        house.set(&mut liu);
        let later = visit(&mut liu, other);
        liu.set(&OUTLET, other, json!({"grade": "B", "contact": "店长 周"}));
        house.sync(&mut liu).await;
        house.sync(&mut zhang).await;
        assert_eq!(told(&liu, later).0, "counted");
        let body = zhang.body(one);
        assert_eq!((&body["grade"], &body["contact"]), (&json!("B"), &json!("店长 周")));
        assert_eq!(liu.body(later)["outlet"], json!(other), "the record says what was said");
        house.at("2026-11-04", "09:00").await;
        house.set(&mut zhang);
        let expected = json!([one, 2, 5]);
        eventually(async || {
            let months = items(&lead, &on_project("outlet-months/2026-11")).await;
            months.len() == 1 && json!([months[0]["outlet"], months[0]["counted"], months[0]["quota"]]) == expected
        })
        .await;
        // a third card takes both over
        let third = open(&mut zhang, "链家天府店", "A", 5.0);
        house.sync(&mut zhang).await;
        merge(&lead, one, third).await.unwrap();
        house.set(&mut liu);
        let last = visit(&mut liu, other);
        house.sync(&mut liu).await;
        assert_eq!(told(&liu, last).0, "counted");
        assert_eq!(liu.body(other)["merged_into"], json!(third));
        house.replay().await;
    }

    async fn ov_2_ov_9_the_card_that_takes_over_is_as_old_as_the_older_and_as_busy_as_the_busier(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut zhao) = (house.phone("zhangwei").await, house.phone("zhaolei").await);
        let old = open(&mut zhang, "链家天府店", "A", 0.0);
        house.sync(&mut zhang).await;
        house.at("2026-12-20", "10:00").await;
        house.set(&mut zhao);
        // another team's, who met nobody there before
        let young = open(&mut zhao, "链家天府店", "A", 0.0);
        let brought = zhao.create(&LEAD, json!({"name": "王女士", "phone": "13812345678", "source": "outlet"}));
        let mut fields = full_visit(young);
        fields["lead"] = json!(brought);
        zhao.create(&VISIT, fields);
        house.sync(&mut zhao).await;
        let office = house.user("huangyan").await;
        let idle = async || {
            let list = items(&office, &on_project("outlets/idle")).await;
            list.iter().map(|card| card["id"].clone()).collect::<Vec<_>>()
        };
        house.at("2027-01-01", "09:00").await;
        assert_eq!(idle().await, [json!(old)], "60 days");
        let (lead, other_lead) = (house.user("lihua").await, house.user("chenjing").await);
        assert_eq!(refused(merge(&house.user("gaofei").await, old, young).await).0, 404, "another project's lead");
        merge(&lead, young, old).await.unwrap();
        assert!(idle().await.is_empty(), "the lead of the younger card counts for the one that took over");
        let kept = other_lead.post::<Value>(&format!("/v1/outlets/{young}/keep"), &json!({"until": "2027-03-01", "reason": "再看"})).await;
        assert_eq!(refused(kept).0, 409, "the merged card is no card any longer");
        let dropped = lead.post::<Value>(&format!("/v1/outlets/{old}/drop"), &json!({"reason": "关门"})).await.unwrap();
        assert_eq!((&dropped["opened_on"], &dropped["idle_from"]), (&json!("2026-11-02"), &json!("2026-12-20")));
        house.at("2027-02-18", "00:00").await;
        assert!(idle().await.is_empty(), "60 days after the lead, but nobody goes there");
        // December: the older card was there all month, and the visit of the younger is its own now
        eventually(async || {
            let months = items(&office, &on_project("outlet-months/2026-12")).await;
            let rows: Vec<_> = months.iter().map(|row| (row["outlet"].clone(), row["counted"].clone(), row["quota"].clone())).collect();
            rows.contains(&(json!(old), json!(1), json!(5)))
        })
        .await;
        house.replay().await;
    }

    async fn ov_2_evidence_of_before_a_merge_that_comes_late_counts_for_the_card_that_took_over(engine: Engine) {
        let house = House::open(engine).await;
        let (mut zhang, mut liu) = (house.phone("zhangwei").await, house.phone("liuyang").await);
        let one = open(&mut zhang, "链家天府店", "A", 0.0);
        let other = open(&mut zhang, "链家天府店", "A", 0.0);
        house.sync(&mut zhang).await;
        house.sync(&mut liu).await;
        // Liu was there first, without a signal
        house.at("2026-11-03", "09:00").await;
        house.set(&mut liu);
        let early = visit(&mut liu, other);
        house.at("2026-11-03", "10:00").await;
        house.set(&mut zhang);
        let late = visit(&mut zhang, one);
        house.sync(&mut zhang).await;
        let lead = house.user("lihua").await;
        merge(&lead, other, one).await.unwrap();
        house.at("2026-11-03", "11:00").await;
        house.sync(&mut liu).await;
        house.sync(&mut zhang).await;
        assert_eq!((told(&liu, early).0.as_str(), told(&zhang, late).0.as_str()), ("counted", "void"), "one a day, the earlier");
        house.replay().await;
    }

    async fn ov_9_an_outlet_without_a_lead_for_60_days_is_a_candidate_and_the_lead_decides(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let shops = ["甲店", "乙店", "丙店"].map(|name| open(&mut zhang, name, "A", 0.0));
        house.sync(&mut zhang).await;
        let names = async |api: &Api| {
            let list = items(api, &on_project("outlets/idle")).await;
            let mut names: Vec<String> = list.iter().map(|card| card["name"].as_str().unwrap().to_owned()).collect();
            names.sort();
            names
        };
        let lead = house.user("lihua").await;
        house.at("2026-11-10", "10:00").await;
        // a lead comes from the outlet whose visit names both
        house.set(&mut zhang);
        let brought = zhang.create(&LEAD, json!({"name": "王女士", "phone": "13812345678", "source": "outlet"}));
        let mut fields = full_visit(shops[0]);
        fields["lead"] = json!(brought);
        zhang.create(&VISIT, fields);
        house.sync(&mut zhang).await;
        house.at("2026-12-31", "23:59").await;
        assert!(names(&lead).await.is_empty(), "59 days");
        house.at("2027-01-01", "00:00").await;
        assert_eq!(names(&lead).await, ["丙店", "乙店"]);
        assert!(names(&house.user("chenjing").await).await.is_empty(), "another team's");
        let (drop, keep) = (format!("/v1/outlets/{}/drop", shops[1]), format!("/v1/outlets/{}/keep", shops[2]));
        assert_eq!(refused(house.user("zhangwei").await.post::<Value>(&drop, &json!({"reason": "关门"})).await).0, 403);
        assert_eq!(refused(lead.post::<Value>(&drop, &json!({"reason": " "})).await).0, 422);
        let dropped: Value = lead.post(&drop, &json!({"reason": "关门了"})).await.unwrap();
        assert_eq!(dropped["state"], "dropped");
        assert_eq!(refused(lead.post::<Value>(&keep, &json!({"until": "2027-01-01", "reason": "再看"})).await).0, 422);
        lead.post::<Value>(&keep, &json!({"until": "2027-01-10", "reason": "新店长"})).await.unwrap();
        assert!(names(&lead).await.is_empty());
        assert_eq!(refused(lead.post::<Value>(&keep.replace(&shops[2].to_string(), &shops[1].to_string()),
            &json!({"until": "2027-02-10", "reason": "再看"})).await).0, 409, "it is dropped");
        let asked = async || {
            let months = items(&lead, &on_project("outlet-months/2027-01")).await;
            let mut ids: Vec<Value> = months.iter().map(|row| row["name"].clone()).collect();
            ids.sort_by_key(Value::to_string);
            ids
        };
        house.at("2027-01-01", "00:01").await;
        eventually(async || asked().await == [json!("丙店"), json!("甲店")]).await;
        house.at("2027-01-09", "12:00").await;
        assert_eq!(names(&lead).await, ["甲店"], "60 days after its lead");
        house.at("2027-01-10", "00:00").await;
        assert_eq!(names(&lead).await, ["丙店", "甲店"]);
        house.sync(&mut zhang).await;
        assert_eq!(zhang.body(shops[1])["dropped"]["reason"], "关门了");
        house.replay().await;
    }
}
