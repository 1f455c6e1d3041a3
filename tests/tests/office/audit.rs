//! Who did what, and who may ask.

use api_spec::audit::AuditEntry;
use api_spec::primitives::Page;
use serde_json::{Value, json};
use server::store::{orgs, run_tx, users};
use tests::world::{ORG, OTHER_PROJECT, PROJECT, id};

use crate::house::{House, refused};
use crate::policies::publish;

tests::scenarios! {
    async fn acts_are_listed_newest_first_filtered_and_by_pages(engine: Engine) {
        let house = House::open(engine).await;
        let office = house.user("huangyan").await;
        for seen in 0..3 {
            publish(&office, seen, &json!({"policy": {}})).await.unwrap();
        }
        let mut versions = Vec::new();
        let mut cursor = String::new();
        loop {
            let page: Page<AuditEntry> = office.get(&format!("/v1/audit?limit=1{cursor}")).await.unwrap();
            for act in page.items {
                assert_eq!((act.act.as_str(), act.project), ("publish_policy", Some(PROJECT)));
                assert_eq!(act.actor.unwrap().id, id("huangyan"));
                versions.push(act.detail["version"].as_u64().unwrap());
            }
            let Some(next) = page.next_cursor else { break };
            cursor = format!("&cursor={next}");
        }
        versions.sort_unstable();
        assert_eq!(versions, [1, 2, 3], "each once");
        let (mine, others) = (id("huangyan"), id("lihua"));
        for (filter, found) in [
            (format!("actor={mine}"), 3),
            (format!("actor={others}"), 0),
            ("act=publish_policy".to_owned(), 3),
            ("act=reveal_lead".to_owned(), 0),
            (format!("subject={PROJECT}&project={PROJECT}"), 3),
            (format!("subject={mine}"), 0),
            ("from=2026-11-23T01:00:00Z&to=2026-11-23T01:00:01Z".to_owned(), 3),
            ("to=2026-11-23T01:00:00Z".to_owned(), 0),
        ] {
            let page: Page<AuditEntry> = office.get(&format!("/v1/audit?{filter}")).await.unwrap();
            assert_eq!(page.items.len(), found, "{filter}");
        }
    }

    async fn the_office_sees_its_projects_and_an_admin_everything(engine: Engine) {
        let house = House::open(engine).await;
        let office = house.user("huangyan").await;
        publish(&office, 0, &json!({"policy": {}})).await.unwrap();
        let lead = house.user("lihua").await;
        let _: Value = lead.post(&format!("/v1/users/{}/one-time-code", id("zhangwei")), &json!({})).await.unwrap();
        let acts = |page: Page<AuditEntry>| page.items.into_iter().map(|act| act.act).collect::<Vec<_>>();
        assert_eq!(acts(office.get("/v1/audit").await.unwrap()), ["publish_policy"], "accounts are the admin's");
        assert_eq!(refused(office.get::<Value>(&format!("/v1/audit?project={OTHER_PROJECT}")).await).0, 404);
        for somebody in ["lihua", "xujun", "zhangwei", "machao"] {
            assert_eq!(refused(house.user(somebody).await.get::<Value>("/v1/audit").await).0, 403, "{somebody}");
        }
        run_tx(&house.server.app().db, "test", async |mut tx| {
            let org = orgs::by_code(&mut tx, ORG).await?.unwrap().org;
            let user = users::lock(&mut tx, org, id("gaofei")).await?.unwrap();
            users::update(&mut tx, &users::User { role: "admin".to_owned(), project: None, ..user }).await?;
            orgs::touch_directory(&mut tx, org).await
        })
        .await
        .unwrap();
        let mut all = acts(house.user("gaofei").await.get("/v1/audit").await.unwrap());
        all.sort();
        assert_eq!(all, ["issue_one_time_code", "publish_policy"]);
    }
}
