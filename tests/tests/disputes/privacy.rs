//! Who the others are no party learns.

use serde_json::{Value, json};
use tests::world;

use crate::court::{about_lead, act, contested_lead, for_user, make_office, settle};
use crate::house::House;

/// Everything by which zhangwei could be known.
fn traces() -> [String; 2] {
    [world::id("zhangwei").to_string(), "ZHANGWEI".to_owned()]
}

tests::scenarios! {
    async fn ds_4_dp_1_a_party_learns_nothing_of_who_the_other_is(engine: Engine) {
        let house = House::open(engine).await;
        let (_, _, mut phone, contested) = contested_lead(&house).await;
        make_office(&house, "xujun").await;
        let (claimant, office) = (house.as_user("zhaolei").await, house.as_user("huangyan").await);
        let case = about_lead(&claimant, contested).await.unwrap();
        act(&house.as_user("zhangwei").await, case.id, "statements", &json!({"text": "我是 ZHANGWEI"})).await.unwrap();
        settle(&office, case.id, &for_user("zhangwei")).await.unwrap();
        act(&claimant, case.id, "appeal", &json!({"reason": "录入时间更早"})).await.unwrap();
        settle(&house.as_user("xujun").await, case.id, &for_user("zhangwei")).await.unwrap();
        phone.sync().await.unwrap();
        let mut seen = vec![serde_json::to_string(&phone.body(case.id)).unwrap()];
        for path in [
            format!("/v1/disputes/{}", case.id),
            "/v1/disputes".to_owned(),
            format!("/v1/rulings?subject={}", case.id),
            format!("/v1/rulings?subject={contested}"),
            format!("/v1/records/{contested}/history"),
            format!("/v1/disputes/{}/evidence", case.id),
        ] {
            seen.push(claimant.get::<Value>(&path).await.unwrap().to_string());
        }
        for text in seen {
            assert!(traces().iter().all(|trace| !text.contains(trace)), "{text}");
        }
        let all: Value = office.get(&format!("/v1/disputes/{}", case.id)).await.unwrap();
        assert!(traces().iter().all(|trace| all.to_string().contains(trace)), "the office knows: {all}");
        let shown = house.phone("huangyan").await;
        assert!(serde_json::to_string(&shown.body(case.id)).unwrap().contains(&traces()[0]));
    }
}
