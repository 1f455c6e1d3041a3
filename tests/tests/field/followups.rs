//! Leads that nobody follows up surface (FW-10).

use serde_json::{Value, json};
use sync_core::kinds::{FOLLOWUP, LEAD, VISIT};
use tests::api::Api;
use tests::phone::Phone;
use tests::world::{TEAMS, id};
use uuid::Uuid;

use crate::house::{House, eventually, items, on_project, refused};

fn lead(phone: &mut Phone, name: &str, number: &str) -> Uuid {
    phone.create(&LEAD, json!({"name": name, "phone": number, "source": "visit", "status": "open"}))
}

async fn overdue(api: &Api, filter: &str) -> Vec<String> {
    let list = items(api, &on_project(&format!("leads/overdue?{filter}"))).await;
    let mut names: Vec<String> = list.iter().map(|lead| lead["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn reminders(phone: &Phone) -> usize {
    phone.replica.records().iter().filter(|view| view.kind == "notice" && view.body["title"] == "FW-10").count()
}

tests::scenarios! {
    async fn fw_10_an_open_lead_without_a_follow_up_for_7_days_surfaces_once(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let quiet = lead(&mut zhang, "王女士", "13812345678");
        let called = lead(&mut zhang, "李先生", "13812345679");
        let visited = lead(&mut zhang, "赵先生", "13812345670");
        let lost = lead(&mut zhang, "孙先生", "13812345671");
        zhang.set(&LEAD, lost, json!({"status": "lost"}));
        house.sync(&mut zhang).await;
        house.at("2026-11-05", "10:00").await;
        house.set(&mut zhang);
        zhang.create(&FOLLOWUP, json!({"lead": called, "channel": "call", "summary": "约周末"}));
        zhang.create(&VISIT, json!({"visit_type": "customer", "lead": visited}));
        house.sync(&mut zhang).await;
        let (office, own) = (house.user("huangyan").await, house.user("zhangwei").await);
        house.at("2026-11-08", "23:59").await;
        house.sync(&mut zhang).await;
        assert!(overdue(&office, "").await.is_empty(), "the 2nd was six days ago");
        house.at("2026-11-09", "00:01").await;
        eventually(async || overdue(&office, "").await == ["王女士"]).await;
        assert_eq!(overdue(&own, "").await, ["王女士"]);
        assert_eq!(overdue(&office, &format!("owner={}", id("liuyang"))).await, Vec::<String>::new());
        assert_eq!(overdue(&house.user("lihua").await, &format!("team={}", TEAMS[0])).await, ["王女士"]);
        assert!(overdue(&house.user("chenjing").await, "").await.is_empty(), "another team's");
        let other = on_project(&format!("leads/overdue?team={}", TEAMS[0]));
        assert_eq!(refused(house.user("chenjing").await.get::<Value>(&other).await).0, 404);
        assert_eq!(refused(house.user("gaofei").await.get::<Value>(&on_project("leads/overdue")).await).0, 404);
        house.sync(&mut zhang).await;
        assert_eq!(reminders(&zhang), 1);

        house.at("2026-11-12", "09:00").await;
        eventually(async || overdue(&office, "").await == ["李先生", "王女士", "赵先生"]).await;
        house.sync(&mut zhang).await;
        assert_eq!(reminders(&zhang), 3, "each once");
        zhang.create(&FOLLOWUP, json!({"lead": quiet, "channel": "wechat", "summary": "已回复"}));
        zhang.set(&LEAD, called, json!({"status": "lost"}));
        house.sync(&mut zhang).await;
        assert_eq!(overdue(&office, "").await, ["赵先生"]);
    }

    async fn fw_10_a_day_that_was_planned_and_passed_surfaces_and_late_evidence_counts(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let planned = lead(&mut zhang, "王女士", "13812345678");
        zhang.set(&LEAD, planned, json!({"next_follow_on": "2026-11-04"}));
        house.sync(&mut zhang).await;
        let office = house.user("huangyan").await;
        // called on the day, on a phone without a signal
        house.at("2026-11-04", "18:00").await;
        house.set(&mut zhang);
        zhang.create(&FOLLOWUP, json!({"lead": planned, "channel": "call", "summary": "周末来访"}));
        house.at("2026-11-05", "09:00").await;
        eventually(async || overdue(&office, "").await == ["王女士"]).await;
        house.sync(&mut zhang).await;
        assert!(overdue(&office, "").await.is_empty(), "it was followed up on the day");
        house.at("2026-11-10", "09:00").await;
        house.sync(&mut zhang).await;
        assert!(overdue(&office, "").await.is_empty(), "six days after the call");
        house.at("2026-11-11", "09:00").await;
        eventually(async || overdue(&office, "").await == ["王女士"]).await;
    }
}
