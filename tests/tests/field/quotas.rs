//! Visits a month (OV-3, OV-4).

use api_spec::office_week::{OfficeWeek, WeekOutlets};
use api_spec::primitives::Page;
use serde_json::{Value, json};
use sync_core::kinds::{OUTLET, VISIT};

use crate::house::{House, eventually, get, items, north, on_project, open, refused, visit};

/// Counted visits, quota and state of the months a list shows, by name.
async fn months(api: &tests::api::Api, month: &str, filter: &str) -> Vec<(String, u64, u64, String)> {
    let list = items(api, &on_project(&format!("outlet-months/{month}?{filter}"))).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let number = |value: &Value| value.as_u64().unwrap();
    let mut rows: Vec<_> = list
        .iter()
        .map(|row| (text(&row["name"]), number(&row["counted"]), number(&row["quota"]), text(&row["state"])))
        .collect();
    rows.sort();
    rows
}

fn row(name: &str, counted: u64, quota: u64, state: &str) -> (String, u64, u64, String) {
    (name.to_owned(), counted, quota, state.to_owned())
}

/// The outlets of a week, as the office sees them: of the project and of its two teams.
async fn week_outlets(office: &tests::api::Api, week: &str) -> [Vec<WeekOutlets>; 3] {
    let page: Page<OfficeWeek> = get(office, &on_project(&format!("week?week={week}"))).await;
    page.items.into_iter().map(|row| row.outlets).collect::<Vec<_>>().try_into().unwrap()
}

tests::scenarios! {
    async fn ov_3_ov_4_months_are_counted_at_risk_short_and_met(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let (busy, quiet) = (open(&mut zhang, "甲店", "D", 0.0), open(&mut zhang, "乙店远", "A", 900.0));
        visit(&mut zhang, busy);
        house.sync(&mut zhang).await;
        house.at("2026-11-03", "10:00").await;
        house.set(&mut zhang);
        visit(&mut zhang, busy);
        // a second one that day does not count
        visit(&mut zhang, busy);
        house.sync(&mut zhang).await;
        let (lead, other_lead) = (house.user("lihua").await, house.user("chenjing").await);
        // opened on the 2nd of 30 days: five times 29 thirtieths, rounded up
        let expected = [row("乙店远", 0, 5, "open"), row("甲店", 2, 2, "met")];
        eventually(async || months(&lead, "2026-11", "").await == expected).await;
        assert!(months(&other_lead, "2026-11", "").await.is_empty(), "another team's");
        house.sync(&mut zhang).await;
        let shown = zhang.replica.records().into_iter().find(|view| view.kind == "outlet_month" && view.body["outlet"] == json!(quiet));
        assert_eq!(shown.unwrap().body["quota"], 5);
        let promoter = house.user("zhangwei").await;
        let path = on_project("outlet-months/2026-11");
        assert_eq!(refused(promoter.get::<Value>(&path).await).0, 403);
        let stranger = house.user("gaofei").await;
        assert_eq!(refused(stranger.get::<Value>(&path).await).0, 404);
        assert_eq!(refused(lead.get::<Value>(&on_project("outlet-months/2026-13")).await).0, 400);

        house.at("2026-11-18", "09:00").await;
        eventually(async || months(&lead, "2026-11", "state=risk").await == [row("乙店远", 0, 5, "risk")]).await;
        let mut lihua = house.phone("lihua").await;
        eventually(async || {
            house.sync(&mut lihua).await;
            lihua.replica.records().iter().any(|view| {
                view.kind == "notice" && view.body["text"].as_str().is_some_and(|text| text.contains("1 outlets are behind"))
            })
        })
        .await;

        let office = house.user("huangyan").await;
        let month = |month: &str, at_risk, short, counted, quota| WeekOutlets {
            month: month.to_owned(), outlets: 2, at_risk, short, counted, quota,
        };
        let [whole, one, two] = week_outlets(&office, "2026-W47").await;
        assert_eq!((&whole, &one), (&vec![month("2026-11", 1, 0, 2, 7)], &whole));
        assert_eq!(two, [], "the other team has none");

        house.at("2026-12-01", "09:00").await;
        eventually(async || months(&lead, "2026-11", "state=short").await == [row("乙店远", 0, 5, "short")]).await;
        assert_eq!(months(&lead, "2026-11", "state=met").await, [row("甲店", 2, 2, "met")]);
        eventually(async || months(&lead, "2026-12", "").await == [row("乙店远", 0, 5, "open"), row("甲店", 0, 2, "open")]).await;
        let [_, one, two] = week_outlets(&office, "2026-W49").await;
        assert_eq!(one, [month("2026-11", 0, 1, 2, 7), month("2026-12", 0, 0, 0, 7)], "the week touches both months");
        assert_eq!(two, []);
        house.replay().await;
    }

    async fn ov_3_what_comes_in_while_the_clock_stands_still_is_counted(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let lead = house.user("lihua").await;
        for (n, name) in ["甲店", "乙店", "丙店"].into_iter().enumerate() {
            let shop = open(&mut zhang, name, "C", 500.0 * f64::from(u8::try_from(n).unwrap()));
            zhang.create(&VISIT, json!({
                "visit_type": "outlet", "outlet": shop, "location": north(500.0 * f64::from(u8::try_from(n).unwrap()), 5.0),
                "minutes": 9, "purpose": "政策宣讲", "result": "愿意推荐",
            }));
            house.sync(&mut zhang).await;
            eventually(async || months(&lead, "2026-11", "").await.iter().filter(|(_, counted, ..)| *counted == 1).count() == n + 1).await;
        }
    }

    async fn ov_3_evidence_that_comes_late_counts_for_its_month_and_the_grade_is_the_last_of_the_month(engine: Engine) {
        let house = House::open(engine).await;
        let mut zhang = house.phone("zhangwei").await;
        let shop = open(&mut zhang, "甲店", "A", 0.0);
        house.sync(&mut zhang).await;
        // on the 30th, offline: a visit, and the shop matters less
        house.at("2026-11-30", "10:00").await;
        house.set(&mut zhang);
        visit(&mut zhang, shop);
        zhang.set(&OUTLET, shop, json!({"grade": "C"}));
        house.at("2026-12-01", "09:00").await;
        let lead = house.user("lihua").await;
        eventually(async || months(&lead, "2026-11", "").await == [row("甲店", 0, 5, "short")]).await;
        house.set(&mut zhang);
        zhang.set(&OUTLET, shop, json!({"grade": "B"}));
        house.sync(&mut zhang).await;
        house.at("2026-12-01", "09:01").await;
        eventually(async || months(&lead, "2026-11", "").await == [row("甲店", 1, 2, "short")]).await;
        eventually(async || months(&lead, "2026-12", "").await == [row("甲店", 0, 5, "open")]).await;
        house.replay().await;
    }
}
