//! A colleague takes over: the holder moves, never the end.

use api_spec::customers::{ClosedUser, Transferred};
use api_spec::desk::{Confirmation, SheetStatus};
use api_spec::rulings::Ruling;
use serde_json::{Value, json};
use sync_core::kinds::LEAD;
use tests::api::{Answer, Api};
use tests::world::{self, PROJECT};
use uuid::Uuid;

use crate::house::{House, NUMBER, make, ms, refused, rule_of, sheet, verdict};

async fn transfer(api: &Api, from: &str, to: &str, leads: Option<&[Uuid]>) -> Answer<Transferred> {
    let body = json!({"from": world::id(from), "to": world::id(to), "leads": leads, "reason": "离职交接"});
    api.post("/v1/leads/transfer", &body).await
}

tests::scenarios! {
    async fn pr_4_a_transfer_moves_leads_and_protections_and_keeps_every_end(engine: Engine) {
        let house = House::open(engine).await;
        let (mut old, id) = house.lead("zhangwei", "王丽", NUMBER).await;
        let by_wechat = old.create(&LEAD, json!({"name": "李丽", "wechat": "lili_66", "source": "visit"}));
        old.sync().await.unwrap();
        let desk = house.desk().await;
        house.at("10:00").await;
        let visited = desk.brought(1, "13900000002", "zhangwei").await;
        house.sign_and_confirm(&visited).await;
        let customer = house.customer(sheet(1)).await;
        let sheets = house.standing("sheet", &[customer]).await;
        old.sync().await.unwrap();
        let mut new = house.phone("liuyang").await;

        house.at("11:00").await;
        let lead = house.as_user("lihua").await;
        let moved = transfer(&lead, "zhangwei", "liuyang", None).await.unwrap();
        assert_eq!((moved.leads.len(), moved.protections.len()), (3, 2), "two, the one the sheet made, and both classes");
        let standing = house.standing("sheet", &[customer]).await;
        assert_eq!((standing[0].id, standing[0].holder_user), (sheets[0].id, Some(world::id("liuyang"))));
        assert_eq!((standing[0].from_at, standing[0].until_at), (sheets[0].from_at, sheets[0].until_at), "never the end");

        // the old owner's copy goes, the new one's comes
        old.sync().await.unwrap();
        assert!(old.replica.view(id).is_none() && old.replica.view(by_wechat).is_none());
        assert!(old.replica.view(standing[0].id).is_none());
        new.sync().await.unwrap();
        assert_eq!(new.body(id)["name"], "王丽");
        assert_eq!(new.body(by_wechat)["name"], "李丽");
        assert_eq!(new.body(standing[0].id)["until"], "2027-01-23T02:00:00.000Z");
        new.set(&LEAD, id, json!({"intent": "A"}));
        assert_eq!(new.sync().await.unwrap().outcomes, [], "theirs to work on");

        // why, and who decided
        let rulings: Vec<Ruling> = house.as_user("liuyang").await.get(&format!("/v1/rulings?subject={id}")).await.unwrap();
        let last = rulings.last().unwrap();
        assert_eq!((last.outcome.as_str(), last.reasons[0].rule.as_str()), ("transferred", "PR-4"));
        assert_eq!(last.decided_by.as_ref().unwrap().id, world::id("lihua"));

        // whose customers they are now
        house.at("12:00").await;
        let desk = house.desk().await;
        assert_eq!(desk.brought(2, "13900000002", "liuyang").await.status, SheetStatus::Valid);
        assert_eq!(verdict(&desk.brought(3, "13900000002", "zhangwei").await), (SheetStatus::Void, vec!["PR-3"]));
        assert_eq!(desk.brought(4, NUMBER, "liuyang").await.status, SheetStatus::Valid);
        let deal = json!({"stage": "signed", "on": "2026-11-23"});
        let path = format!("/v1/confirmations/{}/deal", sheet(1));
        assert!(house.as_user("xujun").await.post::<Confirmation>(&path, &deal).await.is_ok(), "CF-8 after a transfer");
        assert_eq!(transfer(&lead, "zhangwei", "liuyang", None).await.unwrap().leads, [] as [Uuid; 0], "again: nothing is left");
        house.replay().await;
    }

    async fn pr_4_named_leads_go_with_the_protections_of_their_customers_alone(engine: Engine) {
        let house = House::open(engine).await;
        let (mut phone, first) = house.lead("zhangwei", "王丽", NUMBER).await;
        let second = phone.create(&LEAD, json!({"name": "李丽", "phone": "13900000002", "source": "visit"}));
        phone.sync().await.unwrap();
        let office = house.as_user("huangyan").await;
        let moved = transfer(&office, "zhangwei", "zhaolei", Some(&[first])).await.unwrap();
        assert_eq!((moved.leads.as_slice(), moved.protections.len()), ([first].as_slice(), 1), "the office, to another team");
        phone.sync().await.unwrap();
        assert!(phone.replica.view(second).is_some());
        assert_eq!(transfer(&office, "zhangwei", "zhaolei", Some(&[first])).await.unwrap().leads, [] as [Uuid; 0], "again");
        assert_eq!(refused(transfer(&office, "liuyang", "zhaolei", Some(&[second])).await), (404, "not-found".to_owned()));
        assert_eq!(refused(transfer(&office, "zhangwei", "zhaolei", Some(&[])).await).0, 422);
        house.replay().await;
    }

    async fn pr_4_nothing_is_transferred_across_projects_companies_and_teams(engine: Engine) {
        let house = House::open(engine).await;
        house.lead("zhangwei", "王丽", NUMBER).await;
        house.lead("machao", "李丽", "13900000002").await;
        let (office, lead) = (house.as_user("huangyan").await, house.as_user("lihua").await);
        for (from, to, says) in [
            ("zhangwei", "yangtao", "same project"), ("zhangwei", "machao", "their company"), ("machao", "zhangwei", "their company"),
            ("zhangwei", "zhoumei", "in the field"),
        ] {
            let (status, rule, message) = rule_of(transfer(&office, from, to, None).await);
            assert!(status == 409 && rule == "PR-4" && message.contains(says), "{from} {to}: {message}");
        }
        assert_eq!(transfer(&office, "machao", "linna", None).await.unwrap().leads.len(), 1, "agents of one company");
        assert_eq!(refused(transfer(&lead, "zhangwei", "zhaolei", None).await).0, 422, "a lead disposes within the team");
        assert_eq!(refused(transfer(&lead, "zhangwei", "zhangwei", None).await).0, 422);
        for (who, status) in [("zhangwei", 403), ("chenjing", 403), ("xujun", 403), ("machao", 403), ("gaofei", 404), ("yangtao", 404)] {
            assert_eq!(refused(transfer(&house.as_user(who).await, "zhangwei", "liuyang", None).await).0, status, "{who}");
        }
        let body = json!({"from": world::id("zhangwei"), "to": world::id("liuyang"), "reason": " "});
        assert_eq!(refused(lead.post::<Transferred>("/v1/leads/transfer", &body).await).0, 422);
        assert_eq!(transfer(&lead, "zhangwei", "liuyang", None).await.unwrap().leads.len(), 1);
    }

    async fn pr_4_a_closed_account_hands_over_and_may_be_transferred_later(engine: Engine) {
        let house = House::open(engine).await;
        let (_, id) = house.lead("zhangwei", "王丽", NUMBER).await;
        house.lead("wangfang", "李丽", "13900000002").await;
        make(&house, "huangyan", PROJECT, "admin").await;
        house.at("18:00").await;
        let admin = house.as_user("huangyan").await;
        let close = async |api: &Api, who: &str, at: &str, to: Option<&str>| {
            let body = json!({"at": crate::house::instant(at), "transfer_to": to.map(world::id)});
            api.post::<ClosedUser>(&format!("/v1/users/{}/close", world::id(who)), &body).await
        };
        assert_eq!(refused(close(&admin, "zhangwei", "18:00:01", None).await).0, 422, "not in the future");
        assert_eq!(refused(close(&admin, "huangyan", "18:00", None).await).0, 403, "not oneself");
        assert_eq!(refused(close(&house.as_user("lihua").await, "zhangwei", "18:00", None).await).0, 403);
        assert_eq!(rule_of(close(&admin, "zhangwei", "18:00", Some("yangtao")).await).1, "PR-4");
        let closed = close(&admin, "zhangwei", "17:30", Some("liuyang")).await.unwrap();
        assert_eq!((closed.ended_at.0, closed.transferred.leads.as_slice()), (ms("17:30"), [id].as_slice()));
        assert!(close(&admin, "zhangwei", "17:30", None).await.is_ok(), "again");
        assert_eq!(refused(close(&admin, "zhangwei", "17:45", None).await).0, 409, "at another time");
        let login = json!({"org": world::ORG, "username": "zhangwei", "password": world::PASSWORD});
        assert!(house.server.api().post::<Value>("/v1/auth/login", &login).await.is_err());
        let mut new = house.phone("liuyang").await;
        new.sync().await.unwrap();
        assert_eq!(new.body(id)["name"], "王丽");

        // closed without an heir: the team lead does it later
        close(&admin, "wangfang", "18:00", None).await.unwrap();
        house.at("2026-11-24T09:00:00+08:00").await;
        let moved = transfer(&house.as_user("lihua").await, "wangfang", "liuyang", None).await.unwrap();
        assert_eq!((moved.leads.len(), moved.protections.len()), (1, 1));
        let (status, rule, _) = rule_of(transfer(&house.as_user("lihua").await, "liuyang", "zhangwei", None).await);
        assert_eq!((status, rule.as_str()), (409, "PR-4"), "nobody takes over who has left");
        house.replay().await;
    }
}
