//! Deals, and the leads that valid sheets make.

use api_spec::desk::{Confirmation, DealStage, SheetDeal, SheetStatus};
use api_spec::primitives::{Instant, Page};
use reqwest::header::IF_MATCH;
use serde_json::{Value, json};
use sync_core::kinds::{FOLLOWUP, LEAD};
use tests::api::{Answer, Api};
use tests::world::{self, PROJECT};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::house::{House, MASK, NUMBER, arrival, ms, refused, rule_of, sheet, told, verdict};

async fn deal(api: &Api, n: u128, stage: &str, on: &str) -> Answer<Confirmation> {
    api.post(&format!("/v1/confirmations/{}/deal", sheet(n)), &json!({"stage": stage, "on": on})).await
}

/// The leads somebody may see of an owner: id, customer's name, source and mask.
async fn leads(house: &House, reader: &str, owner: &str) -> Vec<(Uuid, Value)> {
    let path = format!("/v1/projects/{PROJECT}/records?kind=lead&owner={}", world::id(owner));
    let page: Page<Value> = house.as_user(reader).await.get(&path).await.unwrap();
    page.items.iter().map(|each| (each["id"].as_str().unwrap().parse().unwrap(), each["body"].clone())).collect()
}

tests::scenarios! {
    async fn cf_8_a_deal_makes_the_protection_permanent_and_cancelled_gives_the_rest_back(engine: Engine) {
        let house = House::open(engine).await;
        let desk = house.desk().await;
        let mut holder = house.phone("zhangwei").await;
        let opened = desk.brought(1, NUMBER, "zhangwei").await;
        let lead = house.as_user("xujun").await;
        let (status, rule, message) = rule_of(deal(&lead, 1, "subscribed", "2026-11-23").await);
        assert!(status == 409 && rule == "CF-8" && message.contains("valid signed sheet"), "{message}");
        house.at("10:00").await;
        house.sign_and_confirm(&opened).await;
        for (stage, on, says) in [("cancelled", "2026-11-23", "no deal"), ("signed", "2026-11-24", "today"), ("signed", "2026-11-22", "arrival")] {
            let (_, rule, message) = rule_of(deal(&lead, 1, stage, on).await);
            assert!(rule == "CF-8" && message.contains(says), "{message}");
        }
        house.at("2026-12-04T10:00:00+08:00").await;
        let consultant = house.as_user(&crate::house::username(&opened)).await;
        let bought = deal(&consultant, 1, "subscribed", "2026-12-03").await.unwrap();
        assert_eq!((verdict(&bought), bought.protected_until), ((SheetStatus::Valid, vec!["CF-8"]), None));
        assert_eq!(deal(&consultant, 1, "subscribed", "2026-12-03").await.unwrap(), bought, "again changes nothing");
        let customer = house.customer(sheet(1)).await;
        let standing = house.standing("sheet", &[customer]).await;
        assert_eq!((standing[0].state.as_str(), standing[0].until_at), ("deal", None));
        holder.sync().await.unwrap();
        assert_eq!(holder.body(standing[0].id)["state"], "deal");
        assert_eq!(holder.body(sheet(1))["deal"], json!({"stage": "subscribed", "on": "2026-12-03"}));

        // for ever: others' claims fall, also long after the period
        house.at("2027-06-01T10:00:00+08:00").await;
        let desk = house.desk().await;
        assert_eq!(verdict(&desk.brought(2, NUMBER, "zhaolei").await), (SheetStatus::Void, vec!["CF-8"]));
        let consultant = house.as_user(&crate::house::username(&opened)).await;
        let signed = deal(&consultant, 1, "signed", "2027-05-31").await.unwrap();
        assert_eq!(signed.deal, Some(SheetDeal { stage: DealStage::Signed, on: "2027-05-31".parse().unwrap() }));
        assert_eq!(rule_of(deal(&consultant, 1, "signed", "2027-06-01").await).1, "CF-8");
        assert_eq!(rule_of(deal(&consultant, 1, "cancelled", "2027-05-30").await).1, "CF-8", "before the contract");
        // 51 days were left on the 3rd of December: they run from the day of the cancellation, to the same time of day
        let cancelled = deal(&consultant, 1, "cancelled", "2027-06-01").await.unwrap();
        let end = "2027-07-22T10:00:00+08:00";
        assert_eq!(cancelled.protected_until, Some(Instant(ms(end))));
        let standing = house.standing("sheet", &[customer]).await;
        assert_eq!((standing[0].state.as_str(), standing[0].until_at), ("live", Some(ms(end))));
        house.at("2027-07-22T09:59:59+08:00").await;
        assert_eq!(house.desk().await.brought(3, NUMBER, "zhaolei").await.status, SheetStatus::Void);
        house.at(end).await;
        assert_eq!(house.desk().await.brought(4, NUMBER, "zhaolei").await.status, SheetStatus::Valid);
        house.replay().await;
    }

    async fn cf_8_a_cancelled_deal_leaves_at_least_7_days(engine: Engine) {
        let house = House::open(engine).await;
        let opened = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        house.at("10:00").await;
        house.sign_and_confirm(&opened).await;
        house.at("2027-01-22T10:00:00+08:00").await;
        let lead = house.as_user("xujun").await;
        deal(&lead, 1, "signed", "2027-01-22").await.unwrap();
        house.at("2027-02-10T09:30:00+08:00").await;
        let lead = house.as_user("xujun").await;
        let cancelled = deal(&lead, 1, "cancelled", "2027-02-10").await.unwrap();
        assert_eq!(cancelled.protected_until, Some(Instant(ms("2027-02-17T09:30:00+08:00"))), "one day was left");
        assert_eq!(deal(&lead, 1, "subscribed", "2027-02-10").await.unwrap().protected_until, None, "bought again");
        house.replay().await;
    }

    async fn cf_8_nothing_remains_to_be_made_permanent_once_the_protection_has_ended(engine: Engine) {
        let house = House::open(engine).await;
        let opened = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        house.at("10:00").await;
        house.sign_and_confirm(&opened).await;
        house.at("2027-01-23T10:00:00+08:00").await;
        let lead = house.as_user("xujun").await;
        assert_eq!(rule_of(deal(&lead, 1, "signed", "2027-01-20").await).1, "PR-4");
        let next = house.desk().await.brought(2, NUMBER, "zhaolei").await;
        house.sign_and_confirm(&next).await;
        assert_eq!(rule_of(deal(&lead, 1, "signed", "2027-01-20").await).1, "PR-3", "somebody else's now");
        assert!(deal(&lead, 2, "signed", "2027-01-23").await.is_ok());
    }

    async fn cf_8_only_consultants_and_the_site_lead_record_deals(engine: Engine) {
        let house = House::open(engine).await;
        let opened = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        house.sign_and_confirm(&opened).await;
        for (who, status) in [("zhangwei", 403), ("zhoumei", 403), ("huangyan", 403), ("machao", 403), ("gaofei", 403)] {
            assert_eq!(refused(deal(&house.as_user(who).await, 1, "signed", "2026-11-23").await).0, status, "{who}");
        }
        crate::house::make_site_lead_elsewhere(&house, "yangtao").await;
        assert_eq!(refused(deal(&house.as_user("yangtao").await, 1, "signed", "2026-11-23").await), (404, "not-found".to_owned()));
        let stale = house.as_user("xujun").await.with_header(IF_MATCH, "\"1\"");
        assert_eq!(refused(deal(&stale, 1, "signed", "2026-11-23").await).0, 412);
    }

    async fn cf_9_a_confirmed_sheet_without_a_lead_makes_one_for_the_holder(engine: Engine) {
        let house = House::open(engine).await;
        house.book("zhangwei", "王女士", MASK).await;
        house.at("10:00").await;
        let opened = house.desk().await.arrive(&arrival(1, "王丽", NUMBER)).await.unwrap();
        assert_eq!(opened.status, SheetStatus::Valid);
        assert_eq!(leads(&house, "huangyan", "zhangwei").await, [], "not before the signatures");
        house.sign_and_confirm(&opened).await;
        let made = leads(&house, "huangyan", "zhangwei").await;
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].1, json!({"name": "王丽", "phone_masked": MASK, "source": "booking"}));

        // the holder follows up and knows until when
        let mut phone = house.phone("zhangwei").await;
        assert_eq!(told(&mut phone, made[0].0).await, ("protected".to_owned(), vec!["PR-2".to_owned(), "CF-9".to_owned()]));
        phone.set(&LEAD, made[0].0, json!({"intent": "A", "name": "王丽丽"}));
        phone.create(&FOLLOWUP, json!({"lead": made[0].0, "channel": "call", "summary": "约周六再看"}));
        let synced = phone.sync().await.unwrap();
        assert_eq!(synced.outcomes, [], "applied");
        assert_eq!(phone.body(made[0].0)["name"], "王丽丽");
        assert_eq!(leads(&house, "lihua", "zhangwei").await.len(), 1, "the team lead sees it");
        assert_eq!(leads(&house, "chenjing", "zhangwei").await, [], "another team's does not");

        // coming again makes no second one
        house.at("11:00").await;
        let again = house.desk().await.alone(2, NUMBER).await;
        house.sign_and_confirm(&again).await;
        assert_eq!(leads(&house, "huangyan", "zhangwei").await.len(), 1);
        house.replay().await;
    }

    async fn cf_9_a_holder_with_a_lead_keeps_it_and_a_company_gets_one_for_the_agent_who_brought(engine: Engine) {
        let house = House::open(engine).await;
        house.lead("zhangwei", "王丽", NUMBER).await;
        let desk = house.desk().await;
        house.sign_and_confirm(&desk.brought(1, NUMBER, "zhangwei").await).await;
        assert_eq!(leads(&house, "huangyan", "zhangwei").await.len(), 1);

        house.sign_and_confirm(&desk.brought(2, "13900000002", "machao").await).await;
        let of_agent = leads(&house, "huangyan", "machao").await;
        assert_eq!((of_agent.len(), &of_agent[0].1["source"]), (1, &json!("walk_in")));
        let mut agent = house.phone("machao").await;
        assert_eq!(told(&mut agent, of_agent[0].0).await.0, "protected");

        let mut nobody = crate::house::brought(3, "13900000003", "machao");
        nobody["brought_by"] = json!({"partner": world::PARTNER, "agent_name": "赵强"});
        let opened = desk.arrive(&nobody).await.unwrap();
        house.sign_and_confirm(&opened).await;
        assert_eq!(leads(&house, "huangyan", "machao").await.len(), 1, "nobody with an account to follow up");
        house.replay().await;
    }

    async fn cf_8_cf_10_a_deal_and_a_correction_at_once_leave_one_of_them(engine: Engine) {
        let house = House::open(engine).await;
        let opened = house.desk().await.brought(1, NUMBER, "zhangwei").await;
        house.sign_and_confirm(&opened).await;
        let lead = house.as_user("xujun").await;
        let mut acts = JoinSet::new();
        for n in 0..6_u128 {
            let lead = lead.clone();
            acts.spawn(async move {
                if n % 2 == 0 {
                    (true, deal(&lead, 1, "signed", "2026-11-23").await.map(|sheet| sheet.id))
                } else {
                    let body = json!({"id": sheet(10 + n), "customer": {"name": "王莉"}, "reason": "姓名有误"});
                    let path = format!("/v1/confirmations/{}/correct", sheet(1));
                    (false, lead.post::<Confirmation>(&path, &body).await.map(|sheet| sheet.id))
                }
            });
        }
        let (mut deals, mut corrections) = (0, 0);
        for (is_deal, answer) in acts.join_all().await {
            match (is_deal, answer) {
                (true, Ok(_)) => deals += 1,
                (false, Ok(_)) => corrections += 1,
                (_, refusal) => assert_eq!(rule_of(refusal).1, "CF-10"),
            }
        }
        assert!((deals == 3 && corrections == 0) || (deals == 0 && corrections == 1), "{deals} {corrections}");
        let customer = house.customer(sheet(1)).await;
        assert_eq!(house.standing("sheet", &[customer]).await.len(), 1);
        house.replay().await;
    }
}
