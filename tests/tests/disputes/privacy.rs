//! Who the others are no party learns.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sync_core::op::Digest;
use tests::world;

use crate::court::{about_lead, act, contested_lead, for_user, make_office, settle};
use crate::house::House;

/// Everything by which somebody could be known.
fn traces(username: &str) -> [String; 2] {
    [world::id(username).to_string(), username.to_uppercase()]
}

tests::scenarios! {
    async fn ds_4_dp_1_a_party_learns_nothing_of_who_the_other_is(engine: Engine) {
        let house = House::open(engine).await;
        let (mut held, own, mut claimed, contested) = contested_lead(&house).await;
        make_office(&house, "xujun").await;
        let (claimant, holder) = (house.as_user("zhaolei").await, house.as_user("zhangwei").await);
        let office = house.as_user("huangyan").await;
        let case = about_lead(&claimant, contested).await.unwrap();
        act(&holder, case.id, "statements", &json!({"text": "我是 ZHANGWEI"})).await.unwrap();
        act(&claimant, case.id, "statements", &json!({"text": "我是 ZHAOLEI"})).await.unwrap();
        settle(&office, case.id, &for_user("zhangwei")).await.unwrap();
        act(&claimant, case.id, "appeal", &json!({"reason": "ZHAOLEI 录入时间更早"})).await.unwrap();
        settle(&house.as_user("xujun").await, case.id, &for_user("zhangwei")).await.unwrap();
        held.sync().await.unwrap();
        claimed.sync().await.unwrap();
        for (reader, phone, lead, other) in [(&claimant, &claimed, contested, "zhangwei"), (&holder, &held, own, "zhaolei")] {
            let view = phone.replica.view(case.id).unwrap();
            let mut seen = vec![format!("{:?} {:?}", view.body, view.verdict)];
            for path in [
                format!("/v1/disputes/{}", case.id),
                "/v1/disputes".to_owned(),
                format!("/v1/rulings?subject={}", case.id),
                format!("/v1/rulings?subject={lead}"),
                format!("/v1/records/{lead}/history"),
                format!("/v1/disputes/{}/evidence", case.id),
            ] {
                seen.push(reader.get::<Value>(&path).await.unwrap().to_string());
            }
            for text in seen {
                assert!(traces(other).iter().all(|trace| !text.contains(trace)), "{text}");
            }
        }
        let all: Value = office.get(&format!("/v1/disputes/{}", case.id)).await.unwrap();
        for party in ["zhangwei", "zhaolei"] {
            assert!(traces(party).iter().all(|trace| all.to_string().contains(trace)), "the office knows: {all}");
        }
        let shown = house.phone("huangyan").await;
        assert!(serde_json::to_string(&shown.body(case.id)).unwrap().contains(&traces("zhangwei")[0]));
    }

    async fn ds_1_the_papers_of_a_statement_are_for_the_office_and_its_own_side(engine: Engine) {
        let house = House::open(engine).await;
        let (_, _, _, contested) = contested_lead(&house).await;
        let (claimant, holder) = (house.as_user("zhaolei").await, house.as_user("zhangwei").await);
        let office = house.as_user("huangyan").await;
        let case = about_lead(&claimant, contested).await.unwrap();
        let paper = b"%PDF-1.7 a contract".to_vec();
        let digest = Digest(Sha256::digest(&paper).into()).to_string();
        let path = format!("/v1/attachments/{digest}");
        let sent = claimant.request(Method::PUT, &path).header(CONTENT_TYPE, "application/pdf").body(paper.clone());
        assert!(sent.send().await.unwrap().status().is_success());
        let said = json!({"text": "合同见附件", "attachments": [digest]});
        act(&claimant, case.id, "statements", &said).await.unwrap();
        for (reader, sees) in [(&claimant, true), (&office, true), (&holder, false)] {
            let shown: Value = reader.get(&format!("/v1/disputes/{}", case.id)).await.unwrap();
            assert_eq!(shown.to_string().contains(&digest), sees);
            let bytes = reader.request(Method::GET, &path).send().await.unwrap();
            assert_eq!(bytes.status().as_u16(), if sees { 200 } else { 404 });
        }
        let many = json!({"text": "多份附件", "attachments": vec![digest; 10]});
        assert_eq!(act(&claimant, case.id, "statements", &many).await.unwrap_err().code, "validation");
        let wrong = json!({"text": "附件", "attachments": ["abc"]});
        assert_eq!(act(&claimant, case.id, "statements", &wrong).await.unwrap_err().code, "validation");
    }
}
