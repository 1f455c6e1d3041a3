//! The end of a protection: reminders (PR-7) and the one extension (PR-4).

use api_spec::problem::Code;
use api_spec::protections::Protection;
use serde_json::json;
use server::jobs::Jobs;
use tests::api::Api;
use tests::phone::Phone;
use tests::world;
use uuid::Uuid;

use crate::house::{House, NUMBER, ms, refused, rule_of, sheet};

/// Two months after 10:00, to the minute.
const END: &str = "2027-01-23T10:00:00+08:00";

/// A house in which zhangwei's customer is protected until [`END`]; which protection it is.
async fn protected(engine: tests::engine::Engine) -> (House, Uuid) {
    let house = House::open(engine).await;
    let opened = house.desk().await.brought(1, NUMBER, "zhangwei").await;
    house.at("10:00").await;
    house.sign_and_confirm(&opened).await;
    let customer = house.customer(sheet(1)).await;
    let held = house.standing("sheet", &[customer]).await;
    assert_eq!(held[0].until_at, Some(ms(END)));
    let id = held[0].id;
    (house, id)
}

async fn extend(api: &Api, protection: Uuid, n: u128, reason: &str) -> tests::api::Answer<Protection> {
    let body = json!({"id": Uuid::from_u128(n), "reason": reason});
    api.post(&format!("/v1/protections/{protection}/extend"), &body).await
}

/// The texts of the notices on a phone.
async fn reminders(house: &House, phone: &mut Phone, at: &str) -> Vec<String> {
    house.at(at).await;
    Jobs::default().run(house.server.app()).await.unwrap();
    phone.clock.set_ms(house.server.app().clock.now());
    phone.sync().await.unwrap();
    let reminds = |title: &str| title.starts_with("PR-7");
    let all = phone.replica.records().into_iter().filter(|view| view.kind == "notice");
    let all = all.filter(|view| view.body["title"].as_str().is_some_and(reminds));
    let mut texts: Vec<String> = all.map(|view| view.body["text"].as_str().unwrap().to_owned()).collect();
    texts.sort();
    texts
}

tests::scenarios! {
    async fn pr_4_the_site_lead_extends_once_and_the_holder_sees_it(engine: Engine) {
        let (house, id) = protected(engine).await;
        let mut holder = house.phone("zhangwei").await;
        let lead = house.as_user("xujun").await;
        let extended = extend(&lead, id, 1, "合同在签").await.unwrap();
        let end = "2027-02-23T10:00:00+08:00";
        assert_eq!(extended.until.map(|until| until.0), Some(ms(end)), "a calendar month from the end");
        holder.sync().await.unwrap();
        assert_eq!(holder.body(id)["until"], "2027-02-23T02:00:00.000Z");
        assert_eq!(holder.replica.view(id).unwrap().verdict.unwrap().reasons[0].rule, "PR-4");
        assert_eq!(extend(&lead, id, 1, "合同在签").await.unwrap(), extended, "asked again it is the same");
        assert_eq!(refused(extend(&lead, id, 1, "别的理由").await), (409, Code::IdTaken.as_str().to_owned()));
        house.server.api().set_clock(end).await;
        assert_eq!(house.desk().await.brought(2, NUMBER, "zhaolei").await.holder.unwrap().user, Some(world::id("zhaolei")));
        house.replay().await;
    }

    async fn pr_4_a_second_extension_is_refused(engine: Engine) {
        let (house, id) = protected(engine).await;
        let office = house.as_user("huangyan").await;
        extend(&office, id, 1, "first").await.unwrap();
        let (status, rule, message) = rule_of(extend(&office, id, 2, "second").await);
        assert_eq!((status, rule.as_str()), (409, "PR-4"));
        assert!(message.contains("extended before"), "{message}");
    }

    async fn pr_4_nothing_remains_to_extend_after_the_end_and_a_reason_is_needed(engine: Engine) {
        let (house, id) = protected(engine).await;
        let office = house.as_user("huangyan").await;
        assert_eq!(rule_of(extend(&office, id, 1, "  ").await).1, "PR-4");
        house.lead("zhangwei", "李丽", "13900000001").await;
        let mut phone = house.phone("zhangwei").await;
        phone.sync().await.unwrap();
        let of_lead = phone.replica.records().into_iter().find(|view| view.body.get("class") == Some(&json!("lead"))).unwrap();
        assert_eq!(rule_of(extend(&office, of_lead.id, 2, "a lead").await).1, "PR-4", "leads are not extended");
        house.server.api().set_clock(END).await;
        let office = house.as_user("huangyan").await;
        let (_, rule, message) = rule_of(extend(&office, id, 3, "too late").await);
        assert_eq!(rule, "PR-4");
        assert!(message.contains("ended"), "{message}");
    }

    async fn pr_4_others_extend_nothing(engine: Engine) {
        let (house, id) = protected(engine).await;
        for username in ["zhangwei", "lihua", "zhoumei", "machao"] {
            let other = house.as_user(username).await;
            assert_eq!(refused(extend(&other, id, 1, "mine").await), (403, "forbidden".to_owned()), "{username}");
        }
        make_site_lead_elsewhere(&house, "gaofei").await;
        let stranger = house.as_user("gaofei").await;
        assert_eq!(refused(extend(&stranger, id, 1, "mine").await), (404, "not-found".to_owned()));
        let lead = house.as_user("xujun").await;
        assert_eq!(refused(extend(&lead, Uuid::from_u128(7), 1, "unknown").await), (404, "not-found".to_owned()));
        let stale = lead.with_header(reqwest::header::IF_MATCH, "\"99\"");
        assert_eq!(refused(extend(&stale, id, 1, "stale").await), (412, "stale".to_owned()));
    }

    async fn pr_7_the_holder_is_reminded_7_days_and_1_day_before_the_end(engine: Engine) {
        let (house, id) = protected(engine).await;
        let mut holder = house.phone("zhangwei").await;
        let none: [String; 0] = [];
        assert_eq!(reminders(&house, &mut holder, "2027-01-16T09:59:59+08:00").await, none);
        let week = "The protection ends in 7 days.\n保护期还剩 7 天。".to_owned();
        let day = "The protection ends in 1 days.\n保护期还剩 1 天。".to_owned();
        assert_eq!(reminders(&house, &mut holder, "2027-01-16T10:00:00+08:00").await, [week.as_str()]);
        assert_eq!(reminders(&house, &mut holder, "2027-01-20T10:00:00+08:00").await, [week.as_str()], "once");
        assert_eq!(reminders(&house, &mut holder, "2027-01-22T10:00:00+08:00").await, [day.clone(), week.clone()]);
        assert_eq!(reminders(&house, &mut holder, "2027-01-23T09:00:00+08:00").await, [day.clone(), week.clone()]);
        // extended, it has another end
        let office = house.as_user("huangyan").await;
        extend(&office, id, 1, "the contract is being written").await.unwrap();
        let again = reminders(&house, &mut holder, "2027-02-16T10:00:00+08:00").await;
        assert_eq!(again, [day, week.clone(), week]);
    }

    async fn pr_7_after_a_downtime_the_nearest_reminder_is_told_alone(engine: Engine) {
        let (house, _) = protected(engine).await;
        let mut holder = house.phone("zhangwei").await;
        let told = reminders(&house, &mut holder, "2027-01-22T20:00:00+08:00").await;
        assert_eq!(told, ["The protection ends in 1 days.\n保护期还剩 1 天。"]);
        let mut other = house.phone("zhaolei").await;
        assert_eq!(reminders(&house, &mut other, "2027-01-22T20:01:00+08:00").await, [""; 0], "nobody else is told");
    }
}

/// Makes somebody site lead on the other project.
async fn make_site_lead_elsewhere(house: &House, username: &str) {
    use server::store::teams::{self, Membership};
    use server::store::{orgs, run_tx};
    run_tx(&house.server.app().db, "promote", async |mut tx| {
        let org = orgs::put(&mut tx, world::ORG, "青山").await?;
        let second = Membership {
            org,
            user: world::id(username),
            id: Uuid::from_u128(0x12),
            project: world::OTHER_PROJECT,
            team: None,
            role: "site_lead".to_owned(),
            from_at: 0,
            until_at: None,
        };
        teams::add_memberships(&mut tx, &[second]).await?;
        orgs::touch_directory(&mut tx, org).await
    })
    .await
    .unwrap();
}
