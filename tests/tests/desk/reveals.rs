//! Numbers in clear: with a reason, audited, counted per day.

use api_spec::customers::Revealed;
use reqwest::Method;
use reqwest::header::CACHE_CONTROL;
use serde_json::{Value, json};
use sync_core::kinds::LEAD;
use tests::api::{Answer, Api};
use tests::world::{self, PROJECT};
use uuid::Uuid;

use crate::house::{House, NUMBER, refused, sheet, username};
use crate::lookups::trail;

async fn reveal(api: &Api, what: &str, id: Uuid) -> Answer<Revealed> {
    api.post(&format!("/v1/{what}/{id}/reveal"), &json!({"reason": "约看房，另有 13900000009"})).await
}

fn phones(revealed: &Revealed) -> Vec<&str> {
    revealed.items.iter().filter_map(|item| Some(item.phone.as_ref()?.reveal())).collect()
}

tests::scenarios! {
    async fn dp_2_the_owner_and_the_office_see_a_leads_newest_number(engine: Engine) {
        let house = House::open(engine).await;
        let (mut phone, id) = house.lead("zhangwei", "王丽", NUMBER).await;
        let owner = house.as_user("zhangwei").await;
        let shown = reveal(&owner, "leads", id).await.unwrap();
        assert_eq!((phones(&shown), shown.today, shown.items[0].name.as_str()), (vec!["+8613812345678"], 1, "王丽"));
        phone.set(&LEAD, id, json!({"phone": "13900000007", "wechat": "wangli_88"}));
        phone.sync().await.unwrap();
        let shown = reveal(&house.as_user("huangyan").await, "leads", id).await.unwrap();
        assert_eq!(phones(&shown), ["+8613900000007"], "the corrected one");
        assert_eq!(shown.items[0].wechat.as_ref().unwrap().reveal(), "wangli_88");
        assert_eq!(refused(reveal(&house.as_user("lihua").await, "leads", id).await), (403, "forbidden".to_owned()), "the team lead sees the lead alone");
        for who in ["liuyang", "chenjing", "machao", "gaofei", "zhoumei"] {
            assert_eq!(refused(reveal(&house.as_user(who).await, "leads", id).await), (404, "not-found".to_owned()), "{who}");
        }
        for reason in ["", "  \n"] {
            let answer = owner.post::<Revealed>(&format!("/v1/leads/{id}/reveal"), &json!({"reason": reason})).await;
            assert_eq!(refused(answer), (422, "validation".to_owned()));
        }
        assert_eq!(trail(&house, "zhangwei", "reveal_number").await.len(), 1, "what was refused is no reveal");
        let row = &trail(&house, "huangyan", "reveal_number").await[0];
        assert_eq!((&row["phone_masked"], &row["of"]), (&json!("139****0007"), &json!("lead")));
        assert!(row["reason"].as_str().unwrap().contains("139****0009"));
        let answer = owner.request(Method::POST, &format!("/v1/leads/{id}/reveal")).json(&json!({"reason": "x"})).send().await.unwrap();
        assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
    }

    async fn dp_2_own_leads_are_revealed_in_batches_each_with_its_entry(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let mut ids = Vec::new();
        for n in 0..3 {
            ids.push(phone.create(&LEAD, json!({"name": "王丽", "phone": format!("1390000000{n}"), "source": "visit"})));
        }
        ids.push(phone.create(&LEAD, json!({"name": "微信", "wechat": "only_wechat", "source": "visit"})));
        phone.sync().await.unwrap();
        let (_, others) = house.lead("liuyang", "李丽", NUMBER).await;
        let owner = house.as_user("zhangwei").await;
        let batch = async |api: &Api, leads: &[Uuid]| api.post::<Revealed>("/v1/leads/reveal", &json!({"leads": leads, "reason": "回访"})).await;
        let shown = batch(&owner, &ids).await.unwrap();
        let mut numbers = phones(&shown);
        numbers.sort_unstable();
        assert_eq!(numbers, ["+8613900000000", "+8613900000001", "+8613900000002"]);
        assert_eq!((shown.items.len(), shown.today), (4, 4));
        assert_eq!(refused(batch(&owner, &[ids[0], others]).await), (404, "not-found".to_owned()), "all or none");
        assert_eq!(refused(batch(&house.as_user("huangyan").await, &ids).await).0, 404, "own ones only");
        assert_eq!(refused(batch(&owner, &[]).await).0, 422);
        let many: Vec<Uuid> = (0..51).map(Uuid::from_u128).collect();
        assert_eq!(refused(batch(&owner, &many).await).0, 422);
        let rows = trail(&house, "zhangwei", "reveal_number").await;
        let numbers: Vec<_> = rows.iter().map(|row| row["number_of_the_day"].as_i64().unwrap()).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
        house.at("2026-11-24T00:00:00+08:00").await;
        assert_eq!(batch(&house.as_user("zhangwei").await, &ids[..1]).await.unwrap().today, 1, "counted per day");
    }

    async fn dp_2_beyond_the_daily_number_reveals_are_flagged(engine: Engine) {
        let house = House::open(engine).await;
        let mut phone = house.phone("zhangwei").await;
        let ids: Vec<Uuid> = (0..30).map(|n| {
            phone.create(&LEAD, json!({"name": "王丽", "phone": format!("139000000{n:02}"), "source": "visit"}))
        }).collect();
        phone.sync().await.unwrap();
        let owner = house.as_user("zhangwei").await;
        for _ in 0..4 {
            owner.post::<Revealed>("/v1/leads/reveal", &json!({"leads": ids, "reason": "回访"})).await.unwrap();
        }
        let rows = trail(&house, "zhangwei", "reveal_number").await;
        let flagged: Vec<i64> = rows.iter().filter(|row| row["flagged"] == true).map(|row| row["number_of_the_day"].as_i64().unwrap()).collect();
        assert_eq!((rows.len(), flagged), (120, (101..=120).collect()), "the 100th is not, the 101st is");
    }

    async fn dp_2_a_sheets_numbers_are_for_those_who_receive_the_customer(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let mut body = crate::house::brought(1, NUMBER, "zhangwei");
        body["companions"] = json!([{"name": "王强", "phone": "13900000002"}]);
        let opened = desk.arrive(&body).await.unwrap();
        let consultant = house.as_user(&username(&opened)).await;
        assert_eq!(phones(&reveal(&consultant, "confirmations", opened.id).await.unwrap()), ["+8613812345678", "+8613900000002"]);
        for who in ["xujun", "huangyan"] {
            assert_eq!(reveal(&house.as_user(who).await, "confirmations", opened.id).await.unwrap().today, 2, "{who}");
        }
        for who in ["wuqiang", "zhoumei", "zhangwei", "lihua"] {
            assert_eq!(refused(reveal(&house.as_user(who).await, "confirmations", opened.id).await), (403, "forbidden".to_owned()), "{who}");
        }
        crate::house::make_site_lead_elsewhere(&house, "yangtao").await;
        assert_eq!(refused(reveal(&house.as_user("yangtao").await, "confirmations", opened.id).await).0, 404);
        let correction = json!({"id": sheet(2), "customer": {"phone": "13900000007"}, "reason": "号码有误"});
        let path = format!("/v1/confirmations/{}/correct", opened.id);
        desk.0.post::<Value>(&path, &correction).await.unwrap();
        let shown = reveal(&consultant, "confirmations", opened.id).await.unwrap();
        assert_eq!((phones(&shown)[0], shown.items[0].id), ("+8613900000007", sheet(2)), "the newest version's");
        let rows = trail(&house, &username(&opened), "reveal_number").await;
        assert_eq!(rows.len(), 4, "one entry a number");

        // nowhere else
        for path in ["confirmations", "bookings", "records?kind=lead"] {
            let list: Value = house.as_user("huangyan").await.get(&format!("/v1/projects/{PROJECT}/{path}")).await.unwrap();
            let text = list.to_string();
            assert!(["13812345678", "13900000002", "13900000007"].iter().all(|number| !text.contains(number)), "P11: {text}");
        }
        let holder = house.phone("zhangwei").await;
        assert!(!holder.back_up().replica().contains("13812345678"), "P11: the feed");
        assert_eq!(world::id("zhangwei"), opened.holder.unwrap().user.unwrap());
    }
}
